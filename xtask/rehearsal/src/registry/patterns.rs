//! Patterns for images.
//!
//! Owns what `*` means. Must never know what an image is.

/// Whether a text fits a pattern in which `*` stands for any characters.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("ghcr.io/acme/*:*", "ghcr.io/acme/api:1.0", true),
            ("ghcr.io/acme/*:sha-*", "ghcr.io/acme/api:1.0", false),
            ("ghcr.io/acme/*:sha-*", "ghcr.io/acme/api:sha-12", true),
            ("a:1", "a:1", true),
            ("a:1", "a:12", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
