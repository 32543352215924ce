//! Edits of the keys in the text of `config/release.yaml`. Every byte that is not about the keys stays; an edit that does not read as what
//! was meant is never handed out.

use bundle_format::signature::PublicKey;

use super::release::SigningConfig;
use super::{ReleaseConfig, parse_located, paths};

/// Why keys cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The file is wrong already; carries what is.
    #[error("`{path}` cannot be read: {0}", path = paths::RELEASE)]
    Unreadable(String),
    /// There is no section about keys.
    #[error("`{path}` has no `signing`", path = paths::RELEASE)]
    NoSigning,
    /// There is no second key.
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
                "make the next key with `cargo xtask keys generate`, add it to `signing.release_keys` and release once with both"
            }
            Self::Unknown(_) => "name a key of `signing.release_keys` or `signing.channel_keys`",
            Self::Layout => "write each key as `- KEY` on a line of its own, or edit the lists yourself",
        }
    }
}

/// The text with the next release key as the current one, and the old and the new key. The old one stays in the list: it proves the
/// releases that it signed.
///
/// # Errors
///
/// Where there is no next key, or the text cannot be edited.
pub fn rotated(text: &str) -> Result<(String, PublicKey, PublicKey), KeysError> {
    let (config, signing) = read(text)?;
    let [current, next, ..] = signing.release_keys.as_slice() else { return Err(KeysError::NoNext) };
    let (current, next) = (current.clone(), next.clone());
    let mut wanted = signing.clone();
    wanted.release_keys.rotate_left(1);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = position(&lines, &current).ok_or(KeysError::Layout)?;
    let last = wanted.release_keys.get(wanted.release_keys.len().saturating_sub(2)).unwrap_or(&next);
    let end = position(&lines, last).filter(|end| *end > at).ok_or(KeysError::Layout)?;
    let mut edited = lines.clone();
    let moved = edited.remove(at);
    edited.insert(end, moved);
    Ok((proven(edited.concat(), config, wanted)?, current, next))
}

/// The text with a key among those that were taken back.
///
/// # Errors
///
/// Where it is not in use, is the only one, or the text cannot be edited.
pub fn revoked(text: &str, key: &PublicKey) -> Result<String, KeysError> {
    let (config, signing) = read(text)?;
    let mut wanted = signing.clone();
    wanted.release_keys.retain(|known| known != key);
    wanted.channel_keys.retain(|known| known != key);
    if wanted == signing {
        return Err(KeysError::Unknown(key.clone()));
    }
    if wanted.release_keys.is_empty() {
        return Err(KeysError::Only(key.clone()));
    }
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = position(&lines, key).ok_or(KeysError::Layout)?;
    let item = lines.remove(at);
    let head = |name: &str| {
        let bare = |line: &String| line.split('#').next().unwrap_or_default().trim_end() == name;
        lines.iter().position(bare)
    };
    if wanted.revoked.is_empty() {
        let section = head("signing:").ok_or(KeysError::Layout)?;
        lines.splice(section + 1..section + 1, ["  revoked:\n".to_owned(), item]);
    } else {
        let last = wanted.revoked.last().and_then(|last| position(&lines, last)).ok_or(KeysError::Layout)?;
        lines.insert(last + 1, item);
    }
    wanted.revoked.push(key.clone());
    proven(lines.concat(), config, wanted)
}

fn read(text: &str) -> Result<(ReleaseConfig, SigningConfig), KeysError> {
    let config = parse(text)?;
    let signing = config.signing.clone().ok_or(KeysError::NoSigning)?;
    Ok((config, signing))
}

fn parse(text: &str) -> Result<ReleaseConfig, KeysError> {
    let read = parse_located::<ReleaseConfig>(paths::RELEASE, text);
    read.map(|(config, _)| config).map_err(|errors| {
        KeysError::Unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    })
}

/// The line that is one key of a list and nothing else but a comment.
fn position<L: AsRef<str>>(lines: &[L], key: &PublicKey) -> Option<usize> {
    lines.iter().position(|line| {
        let item = line.as_ref().trim_start().strip_prefix("- ").unwrap_or_default();
        item.split_whitespace().next() == Some(key.as_str()) && line.as_ref().ends_with('\n')
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
            "  release_keys:\n    - {two}\n    - {one} # until spring\n  channel_keys:\n    - {THIRD}\n"
        ));
        assert_eq!(rotated(&before), Ok((after.clone(), one.clone(), two.clone())));
        assert_eq!(rotated(&after).map(|it| it.0), Ok(before), "and back");
        let three = text(&format!("  release_keys:\n    - {one}\n    - {two}\n    - {THIRD}\n"));
        let turned = text(&format!("  release_keys:\n    - {two}\n    - {THIRD}\n    - {one}\n"));
        assert_eq!(rotated(&three).map(|it| it.0), Ok(turned));
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
