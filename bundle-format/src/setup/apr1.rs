//! MD5-crypt as Apache writes it, `$apr1$…`. Never decides that a password is good.

use md5::{Digest as _, Md5};

/// What such a hash begins with.
const MARK: &str = "$apr1$";
const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Which bytes of the digest are spelled together, most significant first.
const GROUPS: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
const LAST: usize = 11;
const ROUNDS: usize = 1000;

/// The hash of a password with a salt of at most eight letters, digits, `.` and `/`.
pub(super) fn hash(password: &str, salt: &str) -> String {
    let (word, salted) = (password.as_bytes(), salt.as_bytes());
    let mixed = Md5::new().chain_update(word).chain_update(salted).chain_update(word).finalize();
    let mut first = Md5::new().chain_update(word).chain_update(MARK).chain_update(salted);
    first.update(mixed.iter().copied().cycle().take(word.len()).collect::<Vec<_>>());
    let mut left = word.len();
    while left > 0 {
        first.update(if left & 1 == 1 { &[0][..] } else { word.get(..1).unwrap_or_default() });
        left >>= 1;
    }
    let mut digest = first.finalize();
    for round in 0..ROUNDS {
        let odd = round % 2 == 1;
        let mut next = Md5::new();
        if odd {
            next.update(word)
        } else {
            next.update(digest)
        }
        if round % 3 != 0 {
            next.update(salted);
        }
        if round % 7 != 0 {
            next.update(word);
        }
        if odd {
            next.update(digest)
        } else {
            next.update(word)
        }
        digest = next.finalize();
    }
    let byte = |at: usize| u32::from(digest.get(at).copied().unwrap_or_default());
    let mut text = format!("{MARK}{salt}$");
    for [high, middle, low] in GROUPS {
        spell(&mut text, byte(high) << 16 | byte(middle) << 8 | byte(low), 4);
    }
    spell(&mut text, byte(LAST), 2);
    text
}

/// Six bits a letter, least significant first.
fn spell(text: &mut String, mut bits: u32, letters: usize) {
    for _ in 0..letters {
        let letter = usize::try_from(bits & 63).ok().and_then(|at| LETTERS.get(at));
        text.extend(letter.map(|letter| char::from(*letter)));
        bits >>= 6;
    }
}

/// The salt of a hash, whatever stands before it; none where there is no such hash.
pub(super) fn salt_of(text: &str) -> Option<&str> {
    let (_, behind) = text.rsplit_once(MARK)?;
    behind.split_once('$').map(|(salt, _)| salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_openssl() {
        // openssl passwd -apr1 -salt SALT PASSWORD
        for (password, salt, expected) in [
            ("password", "xxxxxxxx", "$apr1$xxxxxxxx$dxHfLAsjHkDRmG83UXe8K0"),
            ("", "abc", "$apr1$abc$BfqKdn9xFDWJPa3kcp/PH0"),
            (
                "grüezi wohl, dies ist ein langes Passwort von über 64 Zeichen Länge 0123456789",
                "Ab1",
                "$apr1$Ab1$QdTbx7SYWx5Q94idVqmaj/",
            ),
        ] {
            assert_eq!(hash(password, salt), expected);
            assert_eq!(salt_of(&format!("me:{expected}")), Some(salt));
        }
    }
}
