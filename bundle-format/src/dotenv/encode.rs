//! The one way this project writes a value into `.env`: in double quotes, everything that Compose would interpret escaped.
//! Never writes a form that another reader of `.env` files could take for two lines.

use crate::contract::is_name;

/// A name or value that no `.env` file can hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EncodeError {
    /// The name is none.
    #[error("`{0}` is no variable name: use capitals, digits and `_`, and no digit first")]
    Name(String),
    /// The value holds a NUL, which no environment can carry.
    #[error("the value holds a NUL character, which no environment can carry; remove it")]
    Nul,
}

/// Encodes a value: the text that stands after `NAME=`.
///
/// ```
/// use bundle_format::dotenv::encode_value;
/// assert_eq!(encode_value("it costs $5").as_deref(), Ok(r#""it costs \$5""#));
/// ```
///
/// # Errors
///
/// [`EncodeError::Nul`].
pub fn encode_value(value: &str) -> Result<String, EncodeError> {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for letter in value.chars() {
        match letter {
            '\0' => return Err(EncodeError::Nul),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' | '"' | '$' => text.extend(['\\', letter]),
            _ => text.push(letter),
        }
    }
    text.push('"');
    Ok(text)
}

/// Encodes an assignment, `NAME="value"`, without line break.
///
/// # Errors
///
/// [`EncodeError`].
pub fn encode_assignment(name: &str, value: &str) -> Result<String, EncodeError> {
    if !is_name(name) {
        return Err(EncodeError::Name(name.escape_debug().to_string()));
    }
    Ok(format!("{name}={}", encode_value(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_whatever_it_holds() {
        let text = encode_assignment("A", "a\nB=injected\r\n\"'\\$x #").unwrap();
        assert_eq!(text, r#"A="a\nB=injected\r\n\"'\\\$x #""#);
    }

    #[test]
    fn what_no_environment_can_carry_is_refused() {
        assert_eq!(encode_value("a\0b"), Err(EncodeError::Nul));
        for name in ["", "a", "1A", "A B", "A\nB", "A=", "Ä"] {
            assert!(matches!(encode_assignment(name, "x"), Err(EncodeError::Name(_))), "{name}");
        }
    }
}
