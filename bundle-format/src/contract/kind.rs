//! Where a variable's first value comes from, and what generated values look like. Never generates one: that needs randomness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In the template of a derived value: the absolute path of the folder that holds `.env`.
pub const FOLDER: &str = "{folder}";

/// Where a variable's first value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// A value that is right for most installations.
    Default {
        /// The value.
        value: String,
    },
    /// A value that only the operator knows.
    Manual {
        /// What it looks like. Left in place it counts as not set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<String>,
    },
    /// Nothing, unless the operator wants what it switches on.
    Empty {},
    /// A random value that is made once on the operator's machine.
    Secret {
        /// How it is made.
        generate: Generator,
    },
    /// A value that follows from the installation.
    Derived {
        /// The value, in which [`FOLDER`] stands for the absolute path of the folder that holds `.env`.
        template: String,
    },
}

/// How a random value is made. Every generated character is one of `A-Z a-z 0-9 _ -`, so that every reader of `.env` agrees on
/// it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Generator {
    /// Random bytes in base64url without padding (RFC 4648 section 5).
    Base64url {
        /// How many bytes.
        bytes: u16,
    },
    /// Random bytes in lower-case hexadecimal.
    Hex {
        /// How many bytes; the text is twice as long.
        bytes: u16,
    },
    /// Random letters and digits.
    Alnum {
        /// How many characters.
        length: u16,
    },
    /// A random UUID (RFC 9562 section 5.4).
    Uuid4 {},
    /// A fixed text before another generated value.
    Prefixed {
        /// The fixed text.
        prefix: String,
        /// The value after it.
        of: Box<Generator>,
    },
}

impl Generator {
    /// The length of the value in characters.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::Base64url { bytes } => (usize::from(*bytes) * 4).div_ceil(3),
            Self::Hex { bytes } => usize::from(*bytes) * 2,
            Self::Alnum { length } => usize::from(*length),
            Self::Uuid4 {} => 36,
            Self::Prefixed { prefix, of } => prefix.len() + of.length(),
        }
    }

    /// How many bits of the value are random, rounded down.
    #[must_use]
    pub fn random_bits(&self) -> u32 {
        match self {
            Self::Base64url { bytes } | Self::Hex { bytes } => u32::from(*bytes) * 8,
            // log2(62) is 5.954.
            Self::Alnum { length } => u32::from(*length) * 5954 / 1000,
            // 128 bits, of which four say the version and two the variant.
            Self::Uuid4 {} => 122,
            Self::Prefixed { of, .. } => of.random_bits(),
        }
    }

    /// Whether a value looks as if this generator made it.
    #[must_use]
    pub fn made(&self, value: &str) -> bool {
        value.len() == self.length()
            && match self {
                Self::Base64url { .. } => value.bytes().all(is_base64url),
                Self::Hex { .. } => value.bytes().all(is_lower_hexadecimal),
                Self::Alnum { .. } => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                Self::Uuid4 {} => is_uuid4(value),
                Self::Prefixed { prefix, of } => {
                    value.strip_prefix(prefix.as_str()).is_some_and(|rest| of.made(rest))
                }
            }
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_lower_hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_uuid4(value: &str) -> bool {
    value.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'4',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => is_lower_hexadecimal(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_knows_its_own_values() {
        let cases = [
            (Generator::Base64url { bytes: 4 }, "aB-_09"),
            (Generator::Hex { bytes: 3 }, "00ffa9"),
            (Generator::Alnum { length: 5 }, "aZ09b"),
            (Generator::Uuid4 {}, "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"),
            (
                Generator::Prefixed { prefix: "sk-".into(), of: Box::new(Generator::Hex { bytes: 1 }) },
                "sk-0a",
            ),
        ];
        for (generator, value) in &cases {
            assert!(generator.made(value), "{generator:?}");
            assert!(!generator.made(&format!("{value}a")), "{generator:?}: too long");
            assert!(!generator.made(&value.replace(['6', 'b', '9', 'a'], "é")));
        }
        assert!(!Generator::Uuid4 {}.made("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), "a UUID of version 1");
    }

    #[test]
    fn thirty_two_bytes_are_forty_three_characters_and_256_bits() {
        let generator = Generator::Base64url { bytes: 32 };
        assert_eq!((generator.length(), generator.random_bits()), (43, 256));
    }
}
