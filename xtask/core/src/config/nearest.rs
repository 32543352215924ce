//! Finds the known name that somebody probably meant. Never knows what the names are for.

/// The known name closest to a text, where one is close enough to be a slip of the finger.
#[must_use]
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(text);
    let allowed = 1 + wanted.len() / 4;
    known
        .into_iter()
        .map(|name| (distance(&wanted, &folded(name)), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Case and the kind of separator do not count.
fn folded(text: &str) -> Vec<char> {
    text.chars()
        .take(64)
        .map(|letter| if letter == '_' { '-' } else { letter.to_ascii_lowercase() })
        .collect()
}

/// How many letters have to be added, removed, replaced or swapped with their neighbour (the restricted Damerau–Levenshtein
/// distance).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(a != b);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&line, column) + 1);
            let neighbours = (row.checked_sub(1), column.checked_sub(1));
            if let (Some(up), Some(back)) = neighbours
                && left.get(up) == Some(b)
                && right.get(back) == Some(a)
            {
                best = best.min(at(&before, back) + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        let known = ["major", "minor", "patch", "none", "below_one"];
        for (typed, meant) in [
            ("mayor", Some("major")),
            ("Minor", Some("minor")),
            ("ptach", Some("patch")),
            ("non", Some("none")),
            ("below-one", Some("below_one")),
            ("feature", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }

    #[test]
    fn the_distance_counts_each_change_once() {
        let count = |a: &str, b: &str| distance(&folded(a), &folded(b));
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("abc", "abc"), 0);
        assert_eq!(count("acb", "abc"), 1);
        assert_eq!(count("kitten", "sitting"), 3);
    }
}
