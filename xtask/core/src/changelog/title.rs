//! Turns a title into the first words of an entry. Never removes what it does not know.

/// The types of Conventional Commits whose prefix says nothing that the section does not say. `revert` is not among them: without it
/// the entry would say the opposite.
const TYPES: &[&str] = &[
    "build", "chore", "ci", "deps", "doc", "docs", "feat", "feature", "fix", "hotfix", "perf", "refactor",
    "security", "style", "test", "tests",
];

/// The title without its Conventional Commits prefix and without its own number at the end, with a capital letter where it starts
/// with a plain word. Takes and gives untrusted text.
pub(super) fn entry_text(title: &str, number: Option<u64>) -> String {
    let mut text = without_prefix(title);
    if let Some(number) = number {
        // Squash merges put it there; the entry's link says it already.
        text = text.strip_suffix(&format!("(#{number})")).map_or(text, str::trim_end);
    }
    capitalised(text)
}

/// The text with its first letter in upper case, unless its first word is the name of something, as `setup-env.sh` or `iOS`.
pub(super) fn capitalised(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default().trim_end_matches([',', ';', ':']);
    let plain = !word.is_empty() && word.chars().all(char::is_lowercase);
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if plain => first.to_uppercase().chain(rest).collect(),
        _ => text.to_owned(),
    }
}

/// `Drop x` from `feat(scope)!: Drop x`.
fn without_prefix(title: &str) -> &str {
    let Some((prefix, rest)) = title.split_once(':') else { return title };
    let prefix = prefix.strip_suffix('!').unwrap_or(prefix);
    let (kind, scope) = match prefix.split_once('(') {
        Some((kind, scope)) => (kind, Some(scope)),
        None => (prefix, None),
    };
    let scoped =
        scope.is_none_or(|scope| scope.strip_suffix(')').is_some_and(|scope| !scope.contains(['(', ')'])));
    let known = TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind));
    let text = rest.trim_start();
    if known && scoped && rest.starts_with(' ') && !text.is_empty() { text } else { title }
}

#[cfg(test)]
mod tests {
    use super::entry_text;

    #[test]
    fn a_title_loses_its_conventional_prefix_and_starts_with_a_capital() {
        let cases = [
            ("feat: add threads", "Add threads"),
            ("feat(bot)!: add threads", "Add threads"),
            ("FIX(api,web): answer", "Answer"),
            ("fix!: answer", "Answer"),
            ("add threads", "Add threads"),
            ("über alles", "Über alles"),
            ("add threads (#12)", "Add threads"),
            // Not ours to take away.
            ("add threads (#13)", "Add threads (#13)"),
            ("revert: feat: add threads", "Revert: feat: add threads"),
            ("Revert \"feat: add threads\"", "Revert \"feat: add threads\""),
            ("SQL: use an index", "SQL: use an index"),
            ("fix:answer", "fix:answer"),
            ("fix: ", "Fix: "),
            ("feat(a(b)): c", "feat(a(b)): c"),
            // Names stay as they are.
            ("fix: setup-env.sh asks twice", "setup-env.sh asks twice"),
            ("iOS works", "iOS works"),
            ("feat: `serve` waits", "`serve` waits"),
            ("", ""),
        ];
        for (title, expected) in cases {
            assert_eq!(entry_text(title, Some(12)), expected, "{title:?}");
        }
    }
}
