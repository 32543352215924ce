//! What makes an environment contract valid: a table of rules, each with an id and a text. Never stops at the first violation.

use super::{EnvironmentContract, FOLDER, FORMAT, Generator, Kind, Variable, is_name, is_published};

/// One rule of the table.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// What it demands, as one sentence.
    pub text: &'static str,
    check: Check,
}

/// Where a contract breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The id of the rule.
    pub rule: &'static str,
    /// The variable, where it is about one.
    pub variable: Option<String>,
    /// What is wrong and what would be right. Never holds a value of an operator.
    pub message: String,
}

#[derive(Clone, Copy)]
enum Check {
    Whole(fn(&EnvironmentContract) -> Vec<String>),
    Each(fn(&EnvironmentContract, &Variable) -> Option<String>),
}

impl Rule {
    /// Everything that breaks this rule.
    #[must_use]
    pub fn check(&self, contract: &EnvironmentContract) -> Vec<Violation> {
        let violation = |variable, message| Violation { rule: self.id, variable, message };
        match self.check {
            Check::Whole(check) => {
                check(contract).into_iter().map(|message| violation(None, message)).collect()
            }
            Check::Each(check) => contract
                .variables
                .iter()
                .filter_map(|variable| {
                    Some(violation(Some(variable.name.clone()), check(contract, variable)?))
                })
                .collect(),
        }
    }
}

/// Every rule, in the order of the reference page.
pub const RULES: &[Rule] = &[
    Rule { id: "env-format", text: "The format is one this version knows.", check: Check::Whole(format) },
    Rule {
        id: "env-sections",
        text: "Each section has an id of its own and a title on one line.",
        check: Check::Whole(sections),
    },
    Rule {
        id: "env-name",
        text: "A name, also a former one, is capitals, digits and `_`, and starts with no digit.",
        check: Check::Each(name),
    },
    Rule {
        id: "env-name-unique",
        text: "A name, also a former one, belongs to one variable.",
        check: Check::Each(unique),
    },
    Rule {
        id: "env-section-known",
        text: "A variable's section is declared.",
        check: Check::Each(section_known),
    },
    Rule { id: "env-description", text: "A variable is described.", check: Check::Each(description) },
    Rule {
        id: "env-secret-published",
        text: "A secret has no published value: no default, and no example that could start.",
        check: Check::Each(secret_published),
    },
    Rule {
        id: "env-secret-weak",
        text: "A generated secret has at least 120 random bits and at most 512 characters.",
        check: Check::Each(secret_weak),
    },
    Rule {
        id: "env-secret-prefix",
        text: "A prefix is letters, digits, `_` and `-`.",
        check: Check::Each(prefix),
    },
    Rule {
        id: "env-required",
        text: "A required variable can get a value: it is not of kind `empty`, its default is not empty, and it is not deprecated.",
        check: Check::Each(required),
    },
    Rule {
        id: "env-value",
        text: "Values, examples and templates hold no control characters but line breaks and tabs.",
        check: Check::Each(value),
    },
    Rule {
        id: "env-example",
        text: "An example is printable ASCII without spaces, quotes, backslashes and `$`.",
        check: Check::Each(example),
    },
    Rule {
        id: "env-template",
        text: "A derived value refers to nothing but `{folder}`.",
        check: Check::Each(template),
    },
];

fn format(contract: &EnvironmentContract) -> Vec<String> {
    let known = contract.format == FORMAT;
    if known {
        Vec::new()
    } else {
        vec![format!("format {} is unknown; write `format: {FORMAT}`", contract.format)]
    }
}

fn sections(contract: &EnvironmentContract) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, section) in contract.sections.iter().enumerate() {
        if contract.sections.iter().take(at).any(|earlier| earlier.id == section.id) {
            wrong.push(format!("section `{}` is declared twice; remove one", section.id));
        }
        if section.title.trim().is_empty() || section.title.contains(char::is_control) {
            wrong.push(format!("section `{}` needs a title on one line", section.id));
        }
    }
    wrong
}

fn name(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let wrong = names(variable).find(|name| !is_name(name))?;
    Some(format!("`{}` is no name: use capitals, digits and `_`, and no digit first", wrong.escape_debug()))
}

fn unique(contract: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let taken =
        |name: &&str| contract.variables.iter().flat_map(names).filter(|other| other == name).count() > 1;
    let name = names(variable).find(taken)?;
    Some(format!("`{name}` is declared or renamed twice; keep one"))
}

fn section_known(contract: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let known = contract.sections.iter().any(|section| section.id == variable.section);
    (!known).then(|| format!("section `{}` is not declared; add it under `sections`", variable.section))
}

fn description(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let text = &variable.description;
    let unclean = text.contains(|letter: char| letter.is_control() && letter != '\n');
    (text.trim().is_empty() || unclean)
        .then(|| "the description is empty or holds control characters; say what it is for".to_owned())
}

fn secret_published(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    if !variable.is_secret() {
        return None;
    }
    match &variable.kind {
        Kind::Default { .. } | Kind::Derived { .. } => {
            Some("a value that is published is no secret; use kind `secret`, `manual` or `empty`".to_owned())
        }
        Kind::Manual { example: Some(example) } if !is_published(example) => {
            Some(format!("the example could pass for a secret; leave it out or write it as `<{}>`", "…"))
        }
        _ => None,
    }
}

fn secret_weak(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let generator = generator(variable)?;
    let (bits, length) = (generator.random_bits(), generator.length());
    (bits < 120 || length > 512)
        .then(|| format!("{bits} random bits in {length} characters; 120 bits at least and 512 characters at most, as 32 bytes of base64url"))
}

fn prefix(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let mut generator = generator(variable)?;
    while let Generator::Prefixed { prefix, of } = generator {
        let plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !plain || prefix.is_empty() {
            return Some(
                "the prefix is empty or holds something other than letters, digits, `_` and `-`".to_owned(),
            );
        }
        generator = of;
    }
    None
}

fn required(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let empty = match &variable.kind {
        Kind::Empty {} => true,
        Kind::Default { value } => value.is_empty(),
        _ => false,
    };
    let impossible = variable.required && (empty || variable.deprecated.is_some());
    impossible.then(|| {
        "required, yet empty at first or deprecated; use kind `manual`, or drop `required`".to_owned()
    })
}

fn value(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let text = match &variable.kind {
        Kind::Default { value } => value,
        Kind::Derived { template } => template,
        Kind::Manual { .. } | Kind::Empty {} | Kind::Secret { .. } => return None,
    };
    let unclean = text.contains(|letter: char| letter.is_control() && letter != '\n' && letter != '\t');
    unclean.then(|| "the value holds control characters; remove them".to_owned())
}

fn example(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let Kind::Manual { example: Some(example) } = &variable.kind else { return None };
    let plain = example
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'$' | b'`'));
    (!plain || example.is_empty()).then(|| {
        "the example is not plain; write printable ASCII without quotes, spaces, `\\` and `$`".to_owned()
    })
}

fn template(_: &EnvironmentContract, variable: &Variable) -> Option<String> {
    let Kind::Derived { template } = &variable.kind else { return None };
    let rest = template.replace(FOLDER, "");
    (rest.contains(['{', '}']) || template.is_empty())
        .then(|| format!("the template is empty or refers to something unknown; `{FOLDER}` is all there is"))
}

fn names(variable: &Variable) -> impl Iterator<Item = &str> {
    std::iter::once(variable.name.as_str()).chain(variable.renamed_from.iter().map(String::as_str))
}

fn generator(variable: &Variable) -> Option<&Generator> {
    match &variable.kind {
        Kind::Secret { generate } => Some(generate),
        _ => None,
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
