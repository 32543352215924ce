//! Random values from random bytes. Never draws a byte: whoever has the operating system's random source hands them over.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

use crate::contract::{EnvironmentContract, Generator, Kind};

/// Letters of [`Generator::Alnum`], and of salts.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The length of a salt: the longest that MD5-crypt takes.
const SALT: u16 = 8;

/// Random bytes, each of which is used once. Its debug form does not show them.
pub struct Randomness {
    left: Vec<u8>,
}

impl Randomness {
    /// Bytes that the operating system drew.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { left: bytes }
    }

    /// How many bytes are enough for every value of a contract.
    #[must_use]
    pub fn needed(contract: &EnvironmentContract) -> usize {
        let of = |kind: &Kind| match kind {
            Kind::Secret { generate } => draws(generate),
            Kind::Htpasswd { .. } => draws(&Generator::Alnum { length: SALT }),
            _ => 0,
        };
        contract.variables.iter().map(|variable| of(&variable.kind)).sum()
    }

    /// A value; none where the bytes do not suffice.
    pub fn make(&mut self, generator: &Generator) -> Option<String> {
        let bytes = self.left.len().checked_sub(draws(generator)).map(|at| self.left.split_off(at))?;
        spell(generator, &bytes)
    }

    /// The salt of a hash; none where the bytes do not suffice.
    pub fn salt(&mut self) -> Option<String> {
        self.make(&Generator::Alnum { length: SALT })
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Randomness").field("left", &self.left.len()).finish()
    }
}

/// How many bytes a value takes.
fn draws(generator: &Generator) -> usize {
    match generator {
        Generator::Base64url { bytes } | Generator::Hex { bytes } => usize::from(*bytes),
        // Eight values in 256 are rejected, so that each letter is equally likely; this many are never too few.
        Generator::Alnum { length } => usize::from(*length) * 2 + 64,
        Generator::Uuid4 {} => 16,
        Generator::Cookie { length } => usize::from(*length) / 4 * 3,
        Generator::Fernet {} => 32,
        Generator::Prefixed { of, .. } => draws(of),
    }
}

fn spell(generator: &Generator, bytes: &[u8]) -> Option<String> {
    Some(match generator {
        Generator::Base64url { .. } | Generator::Cookie { .. } => URL_SAFE_NO_PAD.encode(bytes),
        Generator::Fernet {} => URL_SAFE.encode(bytes),
        Generator::Hex { .. } => hexadecimal(bytes),
        Generator::Alnum { length } => alnum(bytes, usize::from(*length))?,
        Generator::Uuid4 {} => uuid4(bytes)?,
        Generator::Prefixed { prefix, of } => format!("{prefix}{}", spell(of, bytes)?),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn alnum(bytes: &[u8], length: usize) -> Option<String> {
    let count = LETTERS.len();
    let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 / count * count);
    let letters = fair.filter_map(|byte| LETTERS.get(usize::from(*byte) % count));
    let text: String = letters.take(length).map(|letter| char::from(*letter)).collect();
    (text.len() == length).then_some(text)
}

/// RFC 9562 section 5.4: four bits say the version, two the variant.
fn uuid4(bytes: &[u8]) -> Option<String> {
    let mut bytes: [u8; 16] = bytes.try_into().ok()?;
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    let text = hexadecimal(&bytes);
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default());
    Some(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generator_spells_its_bytes() {
        let cases = [
            (Generator::Base64url { bytes: 4 }, vec![0, 255, 16, 131], "AP8Qgw"),
            (Generator::Cookie { length: 16 }, vec![255; 12], "________________"),
            (Generator::Fernet {}, vec![0; 32], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            (Generator::Hex { bytes: 3 }, vec![0, 10, 255], "000aff"),
            (Generator::Uuid4 {}, vec![255; 16], "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ];
        for (generator, bytes, expected) in cases {
            let made = Randomness::new(bytes).make(&generator).unwrap();
            assert_eq!(made, expected);
            assert!(generator.made(&made));
        }
    }

    #[test]
    fn letters_beyond_a_whole_round_of_the_alphabet_are_rejected() {
        let mut bytes = vec![248, 255, 0, 61, 62, 247];
        bytes.resize(2 * 4 + 64, 255);
        let of = |bytes: Vec<u8>| Randomness::new(bytes).make(&Generator::Alnum { length: 4 });
        assert_eq!(of(bytes.clone()).as_deref(), Some("A9A9"));
        assert_eq!(of(vec![255; 72]), None, "too few are left");
    }

    #[test]
    fn no_byte_is_used_twice_and_too_few_make_nothing() {
        let mut random = Randomness::new(vec![1, 2, 3, 4]);
        let two = Generator::Hex { bytes: 2 };
        let made = [random.make(&two), random.make(&two), random.make(&two)];
        assert_eq!(made, [Some("0304".to_owned()), Some("0102".to_owned()), None]);
        assert_eq!(format!("{:?}", Randomness::new(vec![77])), "Randomness { left: 1 }");
    }
}
