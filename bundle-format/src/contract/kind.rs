//! Where a variable's first value comes from, and what generated values look like. Never generates one: that needs randomness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::template::{Piece, pieces};

/// The lengths of a cookie secret: those of an AES key.
pub const COOKIE_LENGTHS: [u16; 3] = [16, 24, 32];

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
    /// A value that follows from the installation or from other variables.
    Derived {
        /// The value. In it, `{folder}` stands for the absolute path of the folder that holds `.env`, and `{NAME}` for the value of
        /// another variable, as in `https://auth.{DOMAIN}`.
        template: String,
    },
    /// The hash of a password, as `htpasswd -m` writes it (MD5-crypt, `$apr1$…`) and Apache, nginx and proxies read it.
    Htpasswd {
        /// The variable that holds the password.
        password: String,
        /// The user before the hash, which makes it a line of a password file, as in `admin` or `{ADMIN_USER}`; without it the
        /// value is the hash alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
    /// A JSON Web Token, signed with another variable (HS256, RFC 7515).
    Jwt {
        /// The variable that holds the key. Its characters are the key.
        key: String,
        /// What the token claims: a JSON object on one line, signed as it is written, as in `{"role":"reader"}`.
        claims: String,
    },
}

impl Kind {
    /// Whether the value is computed from others rather than made or given.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        matches!(self, Self::Derived { .. } | Self::Htpasswd { .. } | Self::Jwt { .. })
    }

    /// The variables that the value follows from, each once. A template that does not read names none.
    #[must_use]
    pub fn follows(&self) -> Vec<&str> {
        let (template, direct) = match self {
            Self::Derived { template } => (Some(template), None),
            Self::Htpasswd { password, user } => (user.as_ref(), Some(password.as_str())),
            Self::Jwt { key, .. } => (None, Some(key.as_str())),
            Self::Default { .. } | Self::Manual { .. } | Self::Empty {} | Self::Secret { .. } => (None, None),
        };
        let mut names: Vec<&str> = Vec::new();
        let parts = template.and_then(|template| pieces(template).ok()).unwrap_or_default();
        let named = parts.into_iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name),
            Piece::Text(_) | Piece::Folder => None,
        });
        for name in named.chain(direct) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// How a random value is made. Every generated character is one of `A-Z a-z 0-9 _ -`, and at the end `=`, so that every reader of
/// `.env` agrees on it.
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
    /// A cookie secret of exactly so many characters, as proxies need it that take the text itself for an AES key.
    Cookie {
        /// How many characters: 16, 24 or 32.
        length: u16,
    },
    /// A Fernet key: 32 random bytes in base64url with padding.
    Fernet {},
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
            Self::Cookie { length } => usize::from(*length),
            Self::Fernet {} => 44,
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
            // Six bits each: the characters are those of base64url.
            Self::Cookie { length } => u32::from(*length) * 6,
            Self::Fernet {} => 256,
            Self::Prefixed { of, .. } => of.random_bits(),
        }
    }

    /// Whether a value looks as if this generator made it.
    #[must_use]
    pub fn made(&self, value: &str) -> bool {
        value.len() == self.length()
            && match self {
                Self::Base64url { .. } | Self::Cookie { .. } => value.bytes().all(is_base64url),
                Self::Fernet {} => value.strip_suffix('=').is_some_and(|rest| rest.bytes().all(is_base64url)),
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
            (Generator::Cookie { length: 16 }, "0123456789abcd-_"),
            (Generator::Fernet {}, "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="),
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
    fn a_kind_names_what_it_follows_from_once() {
        let line = Kind::Htpasswd { password: "PASS".into(), user: Some("{USER}-{USER}".into()) };
        assert_eq!(line.follows(), ["USER", "PASS"]);
        assert_eq!(Kind::Derived { template: "{folder}/{A}".into() }.follows(), ["A"]);
        assert_eq!(Kind::Jwt { key: "KEY".into(), claims: "{}".into() }.follows(), ["KEY"]);
        assert!(Kind::Empty {}.follows().is_empty() && !Kind::Empty {}.is_derived() && line.is_derived());
    }

    #[test]
    fn thirty_two_bytes_are_forty_three_characters_and_256_bits() {
        let generator = Generator::Base64url { bytes: 32 };
        assert_eq!((generator.length(), generator.random_bits()), (43, 256));
    }
}
