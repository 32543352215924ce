//! What makes an environment contract valid: a table of rules, each with an id and a text. Never stops at the first violation.

mod derived;

use super::{
    COOKIE_LENGTHS, EnvironmentContract, FORMAT, Generator, Kind, Piece, Variable, is_name, is_published,
    pieces,
};

/// One rule of the table.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// What it demands, as one sentence.
    pub text: &'static str,
    check: Check,
}

/// Where a contract breaks a rule. Never holds a value of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The id of the rule.
    pub rule: &'static str,
    /// The path of the key, as in `variables[3].name`.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

/// A violation before its rule is known.
struct Fault {
    /// Of a rule about each variable, the key within the variable.
    key: String,
    wrong: String,
    right: String,
}

#[derive(Clone, Copy)]
enum Check {
    Whole(fn(&EnvironmentContract) -> Vec<Fault>),
    Each(fn(&EnvironmentContract, usize, &Variable) -> Option<Fault>),
}

impl Rule {
    /// Everything that breaks this rule.
    #[must_use]
    pub fn check(&self, contract: &EnvironmentContract) -> Vec<Violation> {
        let violation = |Fault { key, wrong, right }| Violation { rule: self.id, key, wrong, right };
        match self.check {
            Check::Whole(check) => check(contract).into_iter().map(violation).collect(),
            Check::Each(check) => {
                let variables = contract.variables.iter().enumerate();
                let faults = variables.filter_map(|(index, variable)| {
                    let fault = check(contract, index, variable)?;
                    Some(Fault { key: format!("variables[{index}].{}", fault.key), ..fault })
                });
                faults.map(violation).collect()
            }
        }
    }
}

fn fault(key: impl Into<String>, wrong: impl Into<String>, right: impl Into<String>) -> Fault {
    Fault { key: key.into(), wrong: wrong.into(), right: right.into() }
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
        text: "A generated secret has at least 120 random bits and at most 512 characters; a cookie secret of 16 characters has the 96 that fit.",
        check: Check::Each(secret_weak),
    },
    Rule {
        id: "env-secret-prefix",
        text: "A prefix is letters, digits, `_` and `-`.",
        check: Check::Each(prefix),
    },
    Rule {
        id: "env-secret-cookie",
        text: "A cookie secret has 16, 24 or 32 characters.",
        check: Check::Each(cookie),
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
        id: "env-absolute-path",
        text: "An absolute path starts with `/` in a default or an example, and in a template with `/`, `{folder}` or another absolute path; it is neither random nor hashed nor signed.",
        check: Check::Each(absolute_path),
    },
    Rule {
        id: "env-template",
        text: "A template is not empty, and refers to `{folder}` and to variables of the contract only.",
        check: Check::Each(derived::template),
    },
    Rule {
        id: "env-derived-known",
        text: "What a value follows from is a variable of the contract.",
        check: Check::Each(derived::known),
    },
    Rule {
        id: "env-derived-cycle",
        text: "No value follows from itself.",
        check: Check::Each(derived::cycle),
    },
    Rule {
        id: "env-derived-secret",
        text: "A template that refers to a secret makes its variable `sensitive`; only secrets are hashed, and only secrets sign.",
        check: Check::Each(derived::secret),
    },
    Rule {
        id: "env-derived-required",
        text: "What a required value follows from is required, too.",
        check: Check::Each(derived::required),
    },
    Rule {
        id: "env-htpasswd-user",
        text: "The user before a hash has no `:` and is on one line.",
        check: Check::Each(derived::user),
    },
    Rule {
        id: "env-jwt-claims",
        text: "The claims of a token are a JSON object that is not empty, on one line.",
        check: Check::Each(derived::claims),
    },
    Rule {
        id: "env-rekey",
        text: "What must be done in the data is said of immutable variables only, in printable text.",
        check: Check::Each(rekey),
    },
    Rule {
        id: "env-rotation-group",
        text: "A rotation group is named by small letters, digits, `-` and `_`, and a letter first.",
        check: Check::Each(rotation_group),
    },
];

fn format(contract: &EnvironmentContract) -> Vec<Fault> {
    let unknown = contract.format != FORMAT;
    let wrong = || {
        fault(
            "format",
            format!("`{}` is unknown to this version", contract.format),
            format!("write `{FORMAT}`"),
        )
    };
    unknown.then(wrong).into_iter().collect()
}

fn sections(contract: &EnvironmentContract) -> Vec<Fault> {
    let mut wrong = Vec::new();
    for (at, section) in contract.sections.iter().enumerate() {
        let mut earlier = contract.sections.iter().take(at);
        if let Some(first) = earlier.position(|earlier| earlier.id == section.id) {
            let repeats = format!("`{}` repeats `sections[{first}].id`", section.id.escape_debug());
            wrong.push(fault(format!("sections[{at}].id"), repeats, "declare each section once"));
        }
        if section.title.trim().is_empty() || section.title.contains(char::is_control) {
            let right = "write a heading on one line, as in `Databases`";
            wrong.push(fault(format!("sections[{at}].title"), "is empty or has several lines", right));
        }
    }
    wrong
}

fn name(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let (key, name) = names(variable).find(|(_, name)| !is_name(name))?;
    Some(fault(key, format!("`{}` is no name of a variable", name.escape_debug()), renamed(name)))
}

/// What a name would be in the form that variables have.
fn renamed(name: &str) -> String {
    let upper: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect();
    let example = Some(upper.as_str()).filter(|name| is_name(name)).unwrap_or("LOG_LEVEL");
    format!("use capitals, digits and `_`, and no digit first, as in `{example}`")
}

/// Told of the later one: the first may have the name.
fn unique(contract: &EnvironmentContract, index: usize, variable: &Variable) -> Option<Fault> {
    let variables = contract.variables.iter().enumerate().take(index);
    let earlier: Vec<(String, &str)> = variables
        .flat_map(|(at, other)| names(other).map(move |(key, name)| (format!("variables[{at}].{key}"), name)))
        .collect();
    let mut own: Vec<(String, &str)> = Vec::new();
    for (key, name) in names(variable) {
        if let Some((first, _)) = earlier.iter().chain(&own).find(|(_, other)| *other == name) {
            let wrong = format!("`{}` repeats `{first}`", name.escape_debug());
            return Some(fault(
                key,
                wrong,
                "give each name to one variable: remove one of them, or rename it",
            ));
        }
        own.push((format!("variables[{index}].{key}"), name));
    }
    None
}

fn section_known(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let known = contract.sections.iter().any(|section| section.id == variable.section);
    let declared: Vec<String> =
        contract.sections.iter().map(|section| format!("`{}`", section.id.escape_debug())).collect();
    (!known).then(|| {
        let right = format!("declare it under `sections`, which are {}", declared.join(", "));
        fault("section", format!("`{}` is no section", variable.section.escape_debug()), right)
    })
}

fn description(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let text = &variable.description;
    let unclean = text.contains(|letter: char| letter.is_control() && letter != '\n');
    (text.trim().is_empty() || unclean)
        .then(|| fault("description", "is empty or holds control characters", "say what the variable is for"))
}

fn secret_published(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    if !variable.is_secret() {
        return None;
    }
    let hides = |name: &str| contract.variable(name).is_some_and(Variable::is_secret);
    match &variable.kind {
        Kind::Derived { .. } if variable.kind.follows().into_iter().any(hides) => None,
        Kind::Default { .. } | Kind::Derived { .. } => Some(fault(
            "kind",
            "gives a secret a value that is published",
            "use the kind `secret`, `manual` or `empty`, or remove `sensitive`",
        )),
        Kind::Manual { example: Some(example) } if !is_published(example) => Some(fault(
            "kind.example",
            "could pass for a secret",
            format!("leave it out, or write it as `<{}>`", "…"),
        )),
        _ => None,
    }
}

fn secret_weak(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let generator = generator(variable)?;
    let (bits, length) = (generator.random_bits(), generator.length());
    // A cookie secret has the length that its reader demands; the rule about it refuses others.
    let fixed = matches!(generator, Generator::Cookie { .. });
    (!fixed && (bits < 120 || length > 512)).then(|| {
        fault(
            "kind.generate",
            format!("makes {bits} random bits in {length} characters"),
            "120 bits are the least and 512 characters the most, as in `{ type: base64url, bytes: 32 }`",
        )
    })
}

fn cookie(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let mut generator = generator(variable)?;
    let mut key = "kind.generate".to_owned();
    while let Generator::Prefixed { of, .. } = generator {
        generator = of;
        key.push_str(".of");
    }
    let Generator::Cookie { length } = generator else { return None };
    let wrong = || format!("`{length}` is no length of an AES key");
    (!COOKIE_LENGTHS.contains(length)).then(|| fault(format!("{key}.length"), wrong(), "use 16, 24 or 32"))
}

fn prefix(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let mut generator = generator(variable)?;
    let mut key = "kind.generate".to_owned();
    while let Generator::Prefixed { prefix, of } = generator {
        let plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !plain || prefix.is_empty() {
            let right = "use letters, digits, `_` and `-`, as in `sk-`";
            let wrong = format!("`{}` is no prefix", prefix.escape_debug());
            return Some(fault(format!("{key}.prefix"), wrong, right));
        }
        generator = of;
        key.push_str(".of");
    }
    None
}

fn required(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    if !variable.required {
        return None;
    }
    let wrong = match &variable.kind {
        _ if variable.deprecated.is_some() => "is set for a variable that is deprecated",
        Kind::Empty {} => "is set, but the kind `empty` gives no value",
        Kind::Default { value } if value.is_empty() => "is set, but the default is empty",
        _ => return None,
    };
    Some(fault("required", wrong, "use the kind `manual`, or remove `required`"))
}

fn value(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let (key, text) = match &variable.kind {
        Kind::Default { value } => ("kind.value", value),
        Kind::Derived { template } => ("kind.template", template),
        Kind::Htpasswd { user: Some(user), .. } => ("kind.user", user),
        Kind::Manual { .. }
        | Kind::Empty {}
        | Kind::Secret { .. }
        | Kind::Htpasswd { user: None, .. }
        | Kind::Jwt { .. } => return None,
    };
    let unclean = text.contains(|letter: char| letter.is_control() && letter != '\n' && letter != '\t');
    unclean.then(|| fault(key, "holds control characters", "remove them; line breaks and tabs may stay"))
}

fn example(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let Kind::Manual { example: Some(example) } = &variable.kind else { return None };
    let plain = example
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'$' | b'`'));
    (!plain || example.is_empty()).then(|| {
        let right = "write printable ASCII without quotes, spaces, `\\` and `$`, as in `hub.example.org`";
        fault("kind.example", "is empty or not plain", right)
    })
}

fn absolute_path(contract: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    if !variable.absolute_path {
        return None;
    }
    let key = match &variable.kind {
        Kind::Default { value } if variable.is_relative(value) => "kind.value",
        Kind::Manual { example: Some(example) } if variable.is_relative(example) => "kind.example",
        Kind::Derived { template } => match pieces(template).ok()?.first()? {
            Piece::Text(text) if text.starts_with('/') => return None,
            Piece::Variable(name) if contract.variable(name).is_none_or(|it| it.absolute_path) => {
                return None;
            }
            Piece::Folder => return None,
            Piece::Text(_) | Piece::Variable(_) => "kind.template",
        },
        Kind::Secret { .. } | Kind::Htpasswd { .. } | Kind::Jwt { .. } => "kind",
        Kind::Default { .. } | Kind::Manual { .. } | Kind::Empty {} => return None,
    };
    Some(fault(key, "is no absolute path", "start it with `/`, or remove `absolute_path`"))
}

fn rekey(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let text = variable.rekey.as_ref()?;
    if !variable.immutable {
        return Some(fault(
            "rekey",
            "is said of a variable that may change",
            "set `immutable`, or remove it",
        ));
    }
    let unclean = text.contains(|letter: char| letter.is_control() && letter != '\n');
    (text.trim().is_empty() || unclean)
        .then(|| fault("rekey", "is empty or holds control characters", "say what must be done in the data"))
}

fn rotation_group(_: &EnvironmentContract, _: usize, variable: &Variable) -> Option<Fault> {
    let group = variable.rotation_group.as_ref()?;
    let plain = group.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    (!plain || !group.starts_with(|first: char| first.is_ascii_lowercase())).then(|| {
        let wrong = format!("`{}` is no name of a group", group.escape_debug());
        fault("rotation_group", wrong, "use small letters, digits, `-` and `_`, as in `database`")
    })
}

/// The name and the former ones, each with its key.
fn names(variable: &Variable) -> impl Iterator<Item = (String, &str)> {
    let former = variable.renamed_from.iter().enumerate();
    let former = former.map(|(at, name)| (format!("renamed_from[{at}]"), name.as_str()));
    std::iter::once(("name".to_owned(), variable.name.as_str())).chain(former)
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
