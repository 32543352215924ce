//! Owns what a plain scalar means. It follows the reader that Docker Compose is built on, which mixes YAML 1.1 and 1.2:
//! `yes` and `12:30` are text, `0755` is octal, `1_000` a number, and a date is a date. It must never see quoted text.

use super::{Problem, Value};

/// Resolves a plain scalar without a tag.
///
/// # Errors
/// For a date and for a whole number that does not fit into 64 bits.
pub(super) fn resolve(text: &str) -> Result<Value, Problem> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Value::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Ok(Value::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Ok(Value::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Ok(Value::Text(text.to_owned()));
    }
    if is_date(text) {
        return Err(Problem::Date(text.to_owned()));
    }
    let plain = text.replace('_', "");
    if let Some(number) = whole(&plain) {
        return match number {
            Some(value) => Ok(Value::Int(value)),
            None => Err(Problem::NumberTooLarge(text.to_owned())),
        };
    }
    if is_float(&plain) {
        return plain.parse().map(Value::Float).map_err(|_| Problem::NumberTooLarge(text.to_owned()));
    }
    Ok(Value::Text(text.to_owned()))
}

/// Some(None) for a whole number that is too large.
fn whole(text: &str) -> Option<Option<i128>> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let prefixed = |radix, lower: &str, upper: &str| {
        digits.strip_prefix(lower).or_else(|| digits.strip_prefix(upper)).map(|rest| (radix, rest))
    };
    let (radix, digits) = prefixed(16, "0x", "0X")
        .or_else(|| prefixed(8, "0o", "0O"))
        .or_else(|| prefixed(2, "0b", "0B"))
        .or_else(|| digits.strip_prefix('0').filter(|rest| !rest.is_empty()).map(|rest| (8, rest)))
        .unwrap_or((10, digits));
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok().map(|value| if negative { -value } else { value });
    Some(value.filter(|value| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(value)))
}

/// A number with a point or an exponent, as YAML 1.2 writes it.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_right = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_is_right =
        exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    mantissa_is_right && exponent_is_right
}

/// Four digits, a dash, a month, a dash and a day: the start of every timestamp that a YAML reader knows.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let day = rest.split(['T', 't', ' ']).next().unwrap_or(rest);
    year.len() == 4 && digits(year) && is_short(month) && digits(month) && is_short(day) && digits(day)
}

fn is_short(part: &str) -> bool {
    matches!(part.len(), 1 | 2)
}
