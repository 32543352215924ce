//! Owns the `${VAR}` expressions of Compose files: finding them and reading around them. Source: the Compose specification's
//! page on interpolation. It must never replace one; bundles are not interpolated.

/// One expression, such as `${PORT:-80}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression<'a> {
    /// The whole expression.
    pub text: &'a str,
    /// The variable's name.
    pub name: &'a str,
    /// What happens when the variable has no value.
    pub operator: Operator,
    /// What follows the operator: a default, a message or an alternative. It may hold further expressions.
    pub argument: &'a str,
}

/// What an expression does when its variable is unset or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `$VAR` or `${VAR}`: gives nothing.
    None,
    /// `:-`: gives the argument when unset or empty.
    Default,
    /// `-`: gives the argument when unset.
    DefaultIfUnset,
    /// `:?`: fails with the argument when unset or empty.
    Required,
    /// `?`: fails with the argument when unset.
    RequiredIfUnset,
    /// `:+`: gives the argument when set and not empty.
    Alternative,
    /// `+`: gives the argument when set.
    AlternativeIfSet,
}

impl Operator {
    /// The operator as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Default => ":-",
            Self::DefaultIfUnset => "-",
            Self::Required => ":?",
            Self::RequiredIfUnset => "?",
            Self::Alternative => ":+",
            Self::AlternativeIfSet => "+",
        }
    }
}

/// An expression that Compose refuses; holds its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no expression that Compose understands")]
pub struct Malformed(pub String);

/// The expressions of a text, each followed by those in its argument. `$$` is a dollar sign and a lone `$` is one too.
///
/// # Errors
/// When Compose would refuse the text.
pub fn expressions(text: &str) -> Result<Vec<Expression<'_>>, Malformed> {
    let mut found = Vec::new();
    collect(text, &mut found)?;
    Ok(found)
}

/// Whether Compose may change the text when it loads the file.
pub(super) fn is_open(text: &str) -> bool {
    text.contains('$')
}

fn collect<'a>(text: &'a str, found: &mut Vec<Expression<'a>>) -> Result<(), Malformed> {
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let from = rest.get(start..).unwrap_or_default();
        let length = match expression_length(from) {
            Some(length) => length,
            None => return Err(Malformed(from.to_owned())),
        };
        let (whole, after) = from.split_at_checked(length).unwrap_or((from, ""));
        if let Some(expression) = read(whole)? {
            found.push(expression);
            collect(expression.argument, found)?;
        }
        rest = after;
    }
    Ok(())
}

/// How many bytes belong to the dollar sign that the text begins with. None when a brace stays open.
fn expression_length(from: &str) -> Option<usize> {
    let after = from.get(1..).unwrap_or_default();
    if after.starts_with('$') {
        return Some(2);
    }
    if !after.starts_with('{') {
        return Some(1 + name_length(after));
    }
    let mut open = 0_usize;
    for (index, byte) in from.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(index + 1),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Reads what `expression_length` cut out. None for `$$` and a lone `$`.
fn read(text: &str) -> Result<Option<Expression<'_>>, Malformed> {
    let Some(body) = text.strip_prefix("${").and_then(|body| body.strip_suffix('}')) else {
        let name = text.trim_start_matches('$');
        let expression = Expression { text, name, operator: Operator::None, argument: "" };
        return Ok((!name.is_empty()).then_some(expression));
    };
    let (name, rest) = body.split_at_checked(name_length(body)).unwrap_or((body, ""));
    let split = |prefix: &str| rest.strip_prefix(prefix);
    let (operator, argument) = if rest.is_empty() {
        (Operator::None, "")
    } else if let Some(argument) = split(":-") {
        (Operator::Default, argument)
    } else if let Some(argument) = split("-") {
        (Operator::DefaultIfUnset, argument)
    } else if let Some(argument) = split(":?") {
        (Operator::Required, argument)
    } else if let Some(argument) = split("?") {
        (Operator::RequiredIfUnset, argument)
    } else if let Some(argument) = split(":+") {
        (Operator::Alternative, argument)
    } else if let Some(argument) = split("+") {
        (Operator::AlternativeIfSet, argument)
    } else {
        return Err(Malformed(text.to_owned()));
    };
    if name.is_empty() || argument.contains('\n') {
        return Err(Malformed(text.to_owned()));
    }
    Ok(Some(Expression { text, name, operator, argument }))
}

fn name_length(text: &str) -> usize {
    let starts_right = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if starts_right { length } else { 0 }
}

/// Splits a text at a separator, but not within expressions.
pub(super) fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c == '$' {
            let rest = text.get(at..).unwrap_or_default();
            at += expression_length(rest).unwrap_or(rest.len()).max(1);
        } else {
            if c == separator {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            at += c.len_utf8();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, &'static str, String)> {
        let found = expressions(text).unwrap();
        found.iter().map(|e| (e.name.to_owned(), e.operator.as_str(), e.argument.to_owned())).collect()
    }

    #[test]
    fn every_operator_is_read() {
        let cases = [
            ("$A", "A", "", ""),
            ("${A}", "A", "", ""),
            ("${A:-b}", "A", ":-", "b"),
            ("${A-b}", "A", "-", "b"),
            ("${A:?set it}", "A", ":?", "set it"),
            ("${A?a:b}", "A", "?", "a:b"),
            ("${A:+b}", "A", ":+", "b"),
            ("${A+b:c}", "A", "+", "b:c"),
            ("${A:-{x}}", "A", ":-", "{x}"),
            ("${_a1:-}", "_a1", ":-", ""),
        ];
        for (text, name, operator, argument) in cases {
            assert_eq!(names(text), [(name.to_owned(), operator, argument.to_owned())], "{text}");
        }
    }

    #[test]
    fn expressions_in_an_argument_follow_their_parent() {
        let found = expressions("x${A:-${B:-c}/$D}y${E}").unwrap();
        let texts: Vec<_> = found.iter().map(|e| e.text).collect();
        assert_eq!(texts, ["${A:-${B:-c}/$D}", "${B:-c}", "$D", "${E}"]);
    }

    #[test]
    fn dollar_signs_are_no_expressions() {
        for text in ["$$A", "$${A", "a$ b", "$", "$1", "", "$$", "5$."] {
            assert_eq!(names(text), [], "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_refused() {
        for text in
            ["${", "${A", "${1}", "${}", "${A b}", "${A:=x}", "${A.b}", "${A:x}", "${A:-a\nb}", "${A:-${1}}"]
        {
            assert!(expressions(text).is_err(), "{text}");
        }
    }

    #[test]
    fn splitting_leaves_expressions_whole() {
        assert_eq!(split_outside("${A:?set it}/pg:/data:ro", ':'), ["${A:?set it}/pg", "/data", "ro"]);
        assert_eq!(split_outside("${A:-${B:-1:2}}:80", ':'), ["${A:-${B:-1:2}}", "80"]);
        assert_eq!(split_outside("$A:80", ':'), ["$A", "80"]);
        assert_eq!(split_outside("", ':'), [""]);
        assert_eq!(split_outside("ä:ö", ':'), ["ä", "ö"]);
    }
}
