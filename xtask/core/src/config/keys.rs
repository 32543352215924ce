//! Edits of the keys in the text of `config/release.yaml`. Every byte that is not about the keys stays; an edit that does not read as what
//! was meant is never handed out.

use bundle_format::signature::PublicKey;

use super::release::SigningConfig;
use super::{ReleaseConfig, parse_located, paths, validate};

/// Why keys cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The file is wrong already; carries what is.
    #[error("`{path}` cannot be read: {0}", path = paths::RELEASE)]
    Unreadable(String),
    /// There is no section about keys.
    #[error("`{path}` has no `signing`", path = paths::RELEASE)]
    NoSigning,
    /// No key comes after the current one. Retired ones do not count: they never come back.
    #[error("`signing.release_keys` has no next key")]
    NoNext,
    /// It is no key in use.
    #[error("`{0}` is none of the keys in use")]
    Unknown(PublicKey),
    /// It is the only key that proves a release.
    #[error("`{0}` is the only key that proves a release")]
    Only(PublicKey),
    /// The lists are written in a way that is not edited.
    #[error("the keys are not written one on a line")]
    Layout,
}

impl KeysError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "correct the file first",
            Self::NoSigning => "add `signing` with `release_keys`, and a key of `cargo xtask keys generate`",
            Self::NoNext | Self::Only(_) => {
                "make the next key with `cargo xtask keys generate`, add it after the current one in `signing.release_keys` and release once with both"
            }
            Self::Unknown(_) => {
                "name a key of `signing.release_keys`, `signing.retired_keys` or `signing.channel_keys`"
            }
            Self::Layout => "write each key as `- KEY` on a line of its own, or edit the lists yourself",
        }
    }
}

/// The text with the next release key as the current one, and the old and the new key. The old one is retired: it proves the releases
/// that it signed, and never signs again.
///
/// # Errors
///
/// Where there is no next key, or the text cannot be edited.
pub fn rotated(text: &str) -> Result<(String, PublicKey, PublicKey), KeysError> {
    let (config, signing) = read(text)?;
    let [current, next, ..] = signing.release_keys.as_slice() else { return Err(KeysError::NoNext) };
    let mut wanted = signing.clone();
    wanted.release_keys.remove(0);
    wanted.retired_keys.push(current.clone());
    let mut lines = lines_of(text);
    let head = position_of(&lines, "release_keys:").ok_or(KeysError::Layout)?;
    let item = take(&mut lines, current)?;
    if let Some(last) = signing.retired_keys.last() {
        put_after(&mut lines, last, [item])?;
    } else {
        let margin: String =
            lines.get(head).map_or("", String::as_str).chars().take_while(|c| *c == ' ').collect();
        let last = wanted.release_keys.last().unwrap_or(next);
        put_after(&mut lines, last, [format!("{margin}retired_keys:\n"), item])?;
    }
    Ok((proven(lines.concat(), config, wanted)?, current.clone(), next.clone()))
}

/// The text with a key among those that were taken back.
///
/// # Errors
///
/// Where it is not known, is the only one, or the text cannot be edited.
pub fn revoked(text: &str, key: &PublicKey) -> Result<String, KeysError> {
    let (config, signing) = read(text)?;
    let mut wanted = signing.clone();
    for keys in [&mut wanted.release_keys, &mut wanted.retired_keys, &mut wanted.channel_keys] {
        keys.retain(|known| known != key);
    }
    if wanted == signing {
        return Err(KeysError::Unknown(key.clone()));
    }
    if wanted.release_keys.is_empty() {
        return Err(KeysError::Only(key.clone()));
    }
    let mut lines = lines_of(text);
    let item = take(&mut lines, key)?;
    for (name, before, after) in [
        ("retired_keys:", &signing.retired_keys, &wanted.retired_keys),
        ("channel_keys:", &signing.channel_keys, &wanted.channel_keys),
    ] {
        // A list that has lost its last key would be none at all.
        if after.is_empty() && !before.is_empty() {
            let head = position_of(&lines, name).ok_or(KeysError::Layout)?;
            lines.remove(head);
        }
    }
    if let Some(last) = wanted.revoked.last() {
        put_after(&mut lines, last, [item])?;
    } else {
        let section = position_of(&lines, "signing:").ok_or(KeysError::Layout)?;
        lines.splice(section + 1..section + 1, ["  revoked:\n".to_owned(), item]);
    }
    wanted.revoked.push(key.clone());
    proven(lines.concat(), config, wanted)
}

fn lines_of(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// Takes the line of a key out.
fn take(lines: &mut Vec<String>, key: &PublicKey) -> Result<String, KeysError> {
    position(lines, key).map(|at| lines.remove(at)).ok_or(KeysError::Layout)
}

/// Puts lines below the line of a key.
fn put_after<const N: usize>(
    lines: &mut Vec<String>,
    key: &PublicKey,
    more: [String; N],
) -> Result<(), KeysError> {
    let at = position(lines, key).ok_or(KeysError::Layout)? + 1;
    lines.splice(at..at, more);
    Ok(())
}

/// The line that has this name and nothing else but a comment.
fn position_of(lines: &[String], name: &str) -> Option<usize> {
    lines.iter().position(|line| line.split('#').next().unwrap_or_default().trim() == name)
}

fn read(text: &str) -> Result<(ReleaseConfig, SigningConfig), KeysError> {
    let config = parse(text)?;
    let signing = config.signing.clone().ok_or(KeysError::NoSigning)?;
    // A key in two lists would be taken for one of each.
    let rules = validate::RELEASE.iter().filter(|rule| rule.reads.contains(&"signing"));
    let wrong: Vec<String> = rules
        .flat_map(|rule| rule.violations(&config))
        .map(|it| format!("{}: {}; {}", it.key, it.wrong, it.right))
        .collect();
    if wrong.is_empty() { Ok((config, signing)) } else { Err(KeysError::Unreadable(wrong.join("; "))) }
}

fn parse(text: &str) -> Result<ReleaseConfig, KeysError> {
    let read = parse_located::<ReleaseConfig>(paths::RELEASE, text);
    read.map(|(config, _)| config).map_err(|errors| {
        KeysError::Unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })
}

/// The line that is one key of a list and nothing else but a comment.
fn position(lines: &[String], key: &PublicKey) -> Option<usize> {
    lines.iter().position(|line| {
        let item = line.trim_start().strip_prefix("- ").unwrap_or_default();
        item.split_whitespace().next() == Some(key.as_str()) && line.ends_with('\n')
    })
}

/// The edited text, where it reads as what was meant.
fn proven(text: String, config: ReleaseConfig, signing: SigningConfig) -> Result<String, KeysError> {
    let wanted = ReleaseConfig { signing: Some(signing), ..config };
    match parse(&text) {
        Ok(read) if read == wanted => Ok(text),
        _ => Err(KeysError::Layout),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{other_key, release_key};

    const THIRD: &str = "RWRWD16+lescfLgBZqqyBZ7gcdIE8OnT282jIsUiPKPGs3btW7ON3Vry";

    fn text(signing: &str) -> String {
        format!(
            "# what is released\nformat: 1\nproduct: p\nrepository: {{ owner: acme, name: p }}\n\
             version: {{ first: 1.0.0, source: conventional-commits }}\n# who signs\nsigning:\n{signing}# the end\nmode: push\n"
        )
    }

    fn third() -> PublicKey {
        PublicKey::try_from(THIRD.to_owned()).unwrap()
    }

    #[test]
    fn the_next_key_becomes_the_current_one_and_every_other_line_stays() {
        let (one, two) = (release_key(), other_key());
        let before = text(&format!(
            "  release_keys:\n    - {one} # until spring\n    - {two}\n  channel_keys:\n    - {THIRD}\n"
        ));
        let after = text(&format!(
            "  release_keys:\n    - {two}\n  retired_keys:\n    - {one} # until spring\n  channel_keys:\n    - {THIRD}\n"
        ));
        assert_eq!(rotated(&before), Ok((after, one.clone(), two.clone())));
        let three = text(&format!("  release_keys:\n    - {one}\n    - {two}\n    - {THIRD}\n"));
        let once =
            text(&format!("  release_keys:\n    - {two}\n    - {THIRD}\n  retired_keys:\n    - {one}\n"));
        assert_eq!(rotated(&three).map(|it| it.0), Ok(once.clone()));
        let twice =
            text(&format!("  release_keys:\n    - {THIRD}\n  retired_keys:\n    - {one}\n    - {two}\n"));
        assert_eq!(rotated(&once), Ok((twice, two, third())));
    }

    #[test]
    fn a_retired_key_never_comes_back() {
        let (one, two) = (release_key(), other_key());
        let before = text(&format!("  release_keys:\n    - {one}\n    - {two}\n"));
        let (once, _, current) = rotated(&before).unwrap();
        assert_eq!(current, two);
        let error = rotated(&once).unwrap_err();
        assert_eq!(error, KeysError::NoNext, "the retired one is no next one");
        assert!(error.hint().contains("cargo xtask keys generate"), "{}", error.hint());
        // Nor may anybody pin it again.
        let again = once.replacen(&format!("    - {two}\n"), &format!("    - {two}\n    - {one}\n"), 1);
        assert!(matches!(rotated(&again), Err(KeysError::Unreadable(_))));
    }

    #[test]
    fn a_key_is_taken_back_by_moving_its_line() {
        let (one, two) = (release_key(), other_key());
        let before = text(&format!("  release_keys:\n    - {one}\n    - {two}\n"));
        let once = text(&format!("  revoked:\n    - {one}\n  release_keys:\n    - {two}\n"));
        assert_eq!(revoked(&before, &one), Ok(once));
        let more = text(&format!("  release_keys:\n    - {one}\n    - {two}\n  revoked:\n    - {THIRD}\n"));
        let twice = text(&format!("  release_keys:\n    - {two}\n  revoked:\n    - {THIRD}\n    - {one}\n"));
        assert_eq!(revoked(&more, &one), Ok(twice));
    }

    #[test]
    fn a_list_that_loses_its_last_key_goes_with_it() {
        let (one, two) = (release_key(), other_key());
        for list in ["retired_keys", "channel_keys"] {
            let before = text(&format!("  release_keys:\n    - {one}\n  {list}: # old\n    - {two}\n"));
            let after = text(&format!("  revoked:\n    - {two}\n  release_keys:\n    - {one}\n"));
            assert_eq!(revoked(&before, &two), Ok(after), "{list}");
        }
        let retired = text(&format!("  release_keys:\n    - {one}\n  retired_keys:\n    - {two}\n"));
        assert_eq!(revoked(&retired, &one), Err(KeysError::Only(one)), "a retired key signs no release");
    }

    #[test]
    fn what_cannot_be_meant_or_is_written_otherwise_is_refused() {
        let (one, two) = (release_key(), other_key());
        let alone = text(&format!("  release_keys:\n    - {one}\n"));
        assert_eq!(rotated(&alone).unwrap_err(), KeysError::NoNext);
        assert_eq!(revoked(&alone, &one), Err(KeysError::Only(one.clone())));
        assert_eq!(revoked(&alone, &third()), Err(KeysError::Unknown(third())));
        let flow = text(&format!("  release_keys: [{one}, {two}]\n"));
        assert_eq!(rotated(&flow).unwrap_err(), KeysError::Layout);
        assert_eq!(revoked(&flow, &one), Err(KeysError::Layout));
        let unsigned = alone.split("# who signs").next().unwrap().to_owned();
        assert_eq!(rotated(&unsigned).unwrap_err(), KeysError::NoSigning);
        assert!(matches!(rotated("format: x\n"), Err(KeysError::Unreadable(_))));
    }
}
