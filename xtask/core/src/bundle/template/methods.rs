//! Methods of Python's texts that templates call and the engine's own list of them lacks. Never changes a value in place: what does, such
//! as `append`, is refused, and `+` or a namespace says the same.
//! Source: the Python Standard Library, "String Methods".

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat;

use super::filters::center;

/// Calls a method that the engine does not know.
pub(super) fn call(state: &mut State, value: &Value, method: &str, given: &[Value]) -> Result<Value, Error> {
    match value.as_str().filter(|_| value.kind() == ValueKind::String) {
        Some(text) => match of_text(text, method, given) {
            Some(result) => result,
            None => pycompat::unknown_method_callback(state, value, method, given),
        },
        None => pycompat::unknown_method_callback(state, value, method, given),
    }
}

/// None for a method that is not among them.
fn of_text(text: &str, method: &str, given: &[Value]) -> Option<Result<Value, Error>> {
    Some(match method {
        "zfill" => from_args::<(usize,)>(given).map(|(width,)| zero_filled(text, width).into()),
        "ljust" => padded(given, |width, fill| format!("{text}{}", missing(text, width, fill))),
        "rjust" => padded(given, |width, fill| format!("{}{text}", missing(text, width, fill))),
        "center" => padded(given, |width, fill| center(text, width, fill)),
        "removeprefix" => {
            from_args::<(&str,)>(given).map(|(prefix,)| text.strip_prefix(prefix).unwrap_or(text).into())
        }
        "removesuffix" => {
            from_args::<(&str,)>(given).map(|(suffix,)| text.strip_suffix(suffix).unwrap_or(text).into())
        }
        "partition" => from_args::<(&str,)>(given).map(|(separator,)| match text.split_once(separator) {
            Some((before, after)) => [before, separator, after].map(Value::from).into_iter().collect(),
            None => [text, "", ""].map(Value::from).into_iter().collect(),
        }),
        "rsplit" => from_args::<(Option<&str>, Option<usize>)>(given)
            .map(|(separator, most)| Value::from(split_from_the_right(text, separator, most))),
        "swapcase" => from_args::<()>(given).map(|()| swapped(text).into()),
        "index" => from_args::<(&str,)>(given).and_then(|(part,)| {
            let at = text.find(part).and_then(|at| text.get(..at));
            at.map(|before| before.chars().count().into())
                .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the text has no such part"))
        }),
        _ => return None,
    })
}

fn padded(given: &[Value], pad: impl Fn(usize, char) -> String) -> Result<Value, Error> {
    let (width, fill) = from_args::<(usize, Option<char>)>(given)?;
    Ok(pad(width, fill.unwrap_or(' ')).into())
}

/// What a text lacks of a width.
fn missing(text: &str, width: usize, fill: char) -> String {
    std::iter::repeat_n(fill, width.saturating_sub(text.chars().count())).collect()
}

/// Zeros go after a sign.
fn zero_filled(text: &str, width: usize) -> String {
    let zeros = missing(text, width, '0');
    match text.strip_prefix(['+', '-']) {
        Some(digits) => format!("{}{zeros}{digits}", text.get(..1).unwrap_or_default()),
        None => format!("{zeros}{text}"),
    }
}

fn swapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_uppercase() {
            true => out.extend(character.to_lowercase()),
            false => out.extend(character.to_uppercase()),
        }
    }
    out
}

fn split_from_the_right(text: &str, separator: Option<&str>, most: Option<usize>) -> Vec<String> {
    let most = most.unwrap_or(usize::MAX);
    let mut parts: Vec<String> = Vec::new();
    let mut rest = if separator.is_none() { text.trim_end() } else { text };
    while parts.len() < most {
        let split = match separator {
            Some(separator) => rest.rsplit_once(separator),
            None => rest.rsplit_once(char::is_whitespace).map(|(before, part)| (before.trim_end(), part)),
        };
        let Some((before, part)) = split else { break };
        parts.push(part.to_owned());
        rest = before;
    }
    if separator.is_some() || !rest.trim().is_empty() {
        parts.push(rest.to_owned());
    }
    parts.reverse();
    parts
}
