//! Values that everybody knows, because documentation, images and examples all over the world carry them. Never used for
//! anything but refusing them as secrets.

/// Values that are no secret, in lower case. `setup-env.sh` refuses the same ones.
pub const PUBLISHED: &[&str] = &[
    "admin",
    "administrator",
    "changeit",
    "changeme",
    "change-me",
    "change_me",
    "default",
    "dummy",
    "example",
    "fixme",
    "foobar",
    "guest",
    "letmein",
    "minioadmin",
    "null",
    "none",
    "pass",
    "password",
    "passwd",
    "placeholder",
    "replaceme",
    "replace-me",
    "replace_me",
    "root",
    "secret",
    "test",
    "todo",
    "token",
    "undefined",
    "user",
    "12345678",
    "123456",
    "1234",
    "sk-1234",
    "your-secret",
    "your_secret",
    "your-password",
    "your_password",
    "your-key",
    "your-token",
];

/// Whether a value is one that everybody knows, in whatever case, or the kind of text that stands where a value should: `<…>`.
///
/// ```
/// use bundle_format::contract::is_published;
/// assert!(is_published("ChangeMe"));
/// assert!(is_published("<your token>"));
/// assert!(!is_published("hV1uVjb5DO3sY8mCqA0b"));
/// ```
#[must_use]
pub fn is_published(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PUBLISHED.contains(&lower.as_str()) || (lower.starts_with('<') && lower.ends_with('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_lower_case_and_needs_no_quoting_in_a_shell_pattern() {
        for value in PUBLISHED {
            let plain = value.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
            assert!(plain && is_published(&value.to_uppercase()), "{value}");
        }
    }
}
