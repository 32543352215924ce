//! Whether the tags of a channel follow a release: only forward, and never to what was withdrawn. They move before the pointer, which says
//! that a release is complete.

use bundle_format::pointer::Yanked;
use semver::Version;

use crate::channels::is_withdrawn;

/// Whether a moving tag follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Following {
    /// It does, wherever it is now.
    Follows,
    /// It is, or is about to be, at a newer release.
    Newer(String),
    /// The release was withdrawn.
    Withdrawn,
}

/// Decides whether the tags of a channel go to a version. `named` are the versions that the channel names by now: its pointer, and the
/// Git tag of its name.
#[must_use]
pub fn following<'a>(
    named: impl IntoIterator<Item = &'a Version>,
    version: &Version,
    withdrawn: &[Yanked],
) -> Following {
    if is_withdrawn(withdrawn, version) {
        return Following::Withdrawn;
    }
    let newer = named.into_iter().filter(|named| *named > version && !is_withdrawn(withdrawn, named)).max();
    newer.map_or(Following::Follows, |newer| Following::Newer(newer.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_only_move_forward_and_never_to_what_was_withdrawn() {
        let version = |text: &str| -> Version { text.parse().unwrap() };
        let since = crate::samples::day(1);
        let withdrawn = ["1.4.0", "1.0.0"].map(|text| Yanked {
            version: version(text),
            reason: "loses mail".to_owned(),
            since,
        });
        let decided = |named: &[&str], wanted: &str| {
            let named: Vec<Version> = named.iter().map(|text| version(text)).collect();
            following(&named, &version(wanted), &withdrawn)
        };
        assert_eq!(decided(&[], "1.3.0"), Following::Follows);
        assert_eq!(decided(&["1.2.0", "1.3.0"], "1.3.0"), Following::Follows);
        assert_eq!(decided(&["1.2.0", "1.3.1"], "1.3.0"), Following::Newer("1.3.1".to_owned()));
        assert_eq!(decided(&["1.4.0", "1.2.0"], "1.3.0"), Following::Follows, "the newer one was withdrawn");
        assert_eq!(decided(&[], "1.4.0"), Following::Withdrawn);
    }
}
