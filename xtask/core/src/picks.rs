//! Commits that were copied from one branch to another, and how that is told: by the line that `git cherry-pick -x` writes. Never judges
//! by titles.

use crate::identity::ObjectId;

const BEFORE: &str = "(cherry picked from commit ";

/// The commits that a message says it is a copy of, the last copy last.
///
/// ```
/// let body = "Because.\n\n(cherry picked from commit 0123456789012345678901234567890123456789)\n";
/// assert_eq!(release_core::picks::origins(body)[0].short(), "012345678901");
/// ```
#[must_use]
pub fn origins(body: &str) -> Vec<ObjectId> {
    let named = body.lines().filter_map(|line| line.trim().strip_prefix(BEFORE)?.strip_suffix(')'));
    named.filter_map(|name| name.parse().ok()).collect()
}

/// The message of a copy: that of the original, and where it came from.
#[must_use]
pub fn message(original: &str, commit: &ObjectId) -> String {
    let original = original.trim_end();
    let last = original.lines().last().unwrap_or_default();
    // A line of the same kind, or another trailer, goes on without a blank line, so that Git still reads all of them as trailers.
    let is_trailer = original.lines().count() > 1
        && (last.starts_with(BEFORE) || last.split_once(": ").is_some_and(|(name, _)| is_token(name)));
    let gap = if is_trailer { "\n" } else { "\n\n" };
    format!("{original}{gap}{BEFORE}{commit})\n")
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::id;

    #[test]
    fn what_is_written_is_read_again() {
        let twice = message(&message("Mend it (#7)\n\nBecause.\n", &id(1)), &id(2));
        assert_eq!(origins(&twice), [id(1), id(2)]);
        assert!(twice.starts_with("Mend it (#7)\n\nBecause.\n\n(cherry"), "{twice}");
        assert_eq!(origins("(cherry picked from commit 12)\n(cherry picked from commit x)"), []);
    }

    #[test]
    fn trailers_stay_together() {
        let signed = message("Mend it\n\nSigned-off-by: Rosa <rosa@example.org>\n", &id(1));
        assert!(signed.contains("org>\n(cherry"), "{signed}");
        assert!(message("fix: mend it\n", &id(1)).contains("it\n\n(cherry"), "a title is no trailer");
    }
}
