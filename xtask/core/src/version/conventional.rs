//! Conventional Commits 1.0.0, as far as a version needs them. Never guesses a type that is not written.

use crate::config::release::Bump;

/// A message that is a Conventional Commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventional<'a> {
    /// The type as written: `feat`, `fix`, …
    pub kind: &'a str,
    /// The scope, without its parentheses.
    pub scope: Option<&'a str>,
    /// What follows the colon.
    pub description: &'a str,
    /// Whether `!` or a `BREAKING CHANGE` footer says that it breaks something.
    pub breaking: bool,
}

impl Conventional<'_> {
    /// How far it moves the version: breaking changes major, `feat` minor, `fix`, `perf` and `revert` patch, all else nothing.
    #[must_use]
    pub fn bump(&self) -> Bump {
        if self.breaking {
            return Bump::Major;
        }
        match self.kind.to_ascii_lowercase().as_str() {
            "feat" => Bump::Minor,
            "fix" | "perf" | "revert" => Bump::Patch,
            _ => Bump::None,
        }
    }
}

/// Reads a subject line and the rest of a message by <https://www.conventionalcommits.org/en/v1.0.0/>; `None` where the subject
/// has not the form `type(scope)!: description`.
///
/// ```
/// let commit = release_core::version::conventional("feat(api)!: drop v1", "").unwrap();
/// assert_eq!((commit.kind, commit.scope, commit.breaking), ("feat", Some("api"), true));
/// ```
#[must_use]
pub fn conventional<'a>(subject: &'a str, body: &str) -> Option<Conventional<'a>> {
    let (head, description) = subject.split_once(':')?;
    let description = description.strip_prefix(' ')?.trim();
    let (head, marked) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (kind, scope) = match head.split_once('(') {
        Some((kind, rest)) => (kind, Some(rest.strip_suffix(')')?)),
        None => (head, None),
    };
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if !word(kind)
        || description.is_empty()
        || scope.is_some_and(|scope| scope.is_empty() || scope.contains(['(', ')']))
    {
        return None;
    }
    let footer = body
        .lines()
        .any(|line| line.starts_with("BREAKING CHANGE: ") || line.starts_with("BREAKING-CHANGE: "));
    Some(Conventional { kind, scope, description, breaking: marked || footer })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bump(subject: &str, body: &str) -> Option<Bump> {
        conventional(subject, body).map(|commit| commit.bump())
    }

    #[test]
    fn types_decide_the_bump() {
        let table = [
            ("feat: a", "", Some(Bump::Minor)),
            ("FEAT: a", "", Some(Bump::Minor)),
            ("fix(api): a", "", Some(Bump::Patch)),
            ("perf: a", "", Some(Bump::Patch)),
            ("revert: feat: a", "", Some(Bump::Patch)),
            ("docs: a", "", Some(Bump::None)),
            ("chore(deps): a", "", Some(Bump::None)),
            ("refactor!: a", "", Some(Bump::Major)),
            ("feat(api)!: a", "", Some(Bump::Major)),
            ("fix: a", "text\n\nBREAKING CHANGE: b", Some(Bump::Major)),
            ("fix: a", "BREAKING-CHANGE: b", Some(Bump::Major)),
            ("fix: a", "not a BREAKING CHANGE: b", Some(Bump::Patch)),
        ];
        for (subject, body, expected) in table {
            assert_eq!(bump(subject, body), expected, "{subject}");
        }
    }

    #[test]
    fn anything_else_is_no_conventional_commit() {
        for subject in [
            "Add a thing",
            "feat:missing space",
            "feat: ",
            ": a",
            "feat(: a",
            "feat(): a",
            "two words: a",
            "",
        ] {
            assert_eq!(conventional(subject, ""), None, "{subject}");
        }
    }
}
