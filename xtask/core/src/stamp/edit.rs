//! Edits of files as data: makes them and applies them, proving the file before and after by digest. Never knows what an edit is for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bundle_format::digest::Sha256Hex;

use crate::plan::{FileEdit, Splice};

/// Why an edit does not fit a file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ApplyError {
    /// The file is there although the edit creates it.
    #[error("`{path}` exists already, and the edit creates it; plan again")]
    Exists {
        /// The file.
        path: String,
    },
    /// The file is not there although the edit changes it.
    #[error("`{path}` does not exist, and the edit changes it; plan again")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file is not what the edit was made for.
    #[error("`{path}` is not the file that the edit was made for; plan again")]
    BeforeDiffers {
        /// The file.
        path: String,
    },
    /// A replaced range lies outside of the file, or not behind the one before.
    #[error("`{path}` has no bytes to replace at {at}, or they are replaced already; plan again")]
    Range {
        /// The file.
        path: String,
        /// Where the range starts, in bytes.
        at: usize,
    },
    /// The result is not what the edit promises.
    #[error("`{path}` would not become what the edit promises; plan again")]
    AfterDiffers {
        /// The file.
        path: String,
    },
}

/// Makes an edit of a file. Without the bytes before, the edit creates the file.
///
/// # Errors
/// When a range lies outside of the file or not behind the one before.
pub fn edited(path: &str, before: Option<&[u8]>, splices: Vec<Splice>) -> Result<FileEdit, ApplyError> {
    let after = spliced(path, before.unwrap_or_default(), &splices)?;
    let (before, after) = (before.map(Sha256Hex::of), Sha256Hex::of(&after));
    Ok(FileEdit { path: path.to_owned(), before, splices, after })
}

/// The bytes of a file after an edit. `before` is none where the file does not exist.
///
/// # Errors
/// When the file is not the one that the edit was made for, or does not become what it promises.
pub fn apply(edit: &FileEdit, before: Option<&[u8]>) -> Result<Vec<u8>, ApplyError> {
    let path = || edit.path.clone();
    match (&edit.before, before) {
        (None, Some(_)) => return Err(ApplyError::Exists { path: path() }),
        (Some(_), None) => return Err(ApplyError::Missing { path: path() }),
        (Some(digest), Some(bytes)) if *digest != Sha256Hex::of(bytes) => {
            return Err(ApplyError::BeforeDiffers { path: path() });
        }
        _ => {}
    }
    let after = spliced(&edit.path, before.unwrap_or_default(), &edit.splices)?;
    if Sha256Hex::of(&after) == edit.after {
        Ok(after)
    } else {
        Err(ApplyError::AfterDiffers { path: path() })
    }
}

fn spliced(path: &str, before: &[u8], splices: &[Splice]) -> Result<Vec<u8>, ApplyError> {
    let mut after = Vec::with_capacity(before.len());
    let mut done = 0;
    for Splice { at, remove, insert } in splices {
        let outside = || ApplyError::Range { path: path.to_owned(), at: *at };
        let end = at.checked_add(*remove).filter(|end| *end <= before.len()).ok_or_else(outside)?;
        after.extend_from_slice(before.get(done..*at).ok_or_else(outside)?);
        after.extend_from_slice(insert.as_bytes());
        done = end;
    }
    after.extend_from_slice(before.get(done..).unwrap_or_default());
    Ok(after)
}

/// The bytes of a file that is no text. What is no base64 counts as empty: the digest of the edit will not fit it.
pub(super) fn decoded(encoded: &str) -> Vec<u8> {
    STANDARD.decode(encoded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(at: usize, remove: usize, insert: &str) -> Splice {
        Splice { at, remove, insert: insert.to_owned() }
    }

    #[test]
    fn an_edit_replaces_exactly_its_ranges() {
        let edit =
            edited("f", Some(b"abcdef"), vec![splice(1, 2, "X"), splice(3, 0, "Y"), splice(6, 0, "Z")])
                .expect("fits");
        assert_eq!(apply(&edit, Some(b"abcdef")), Ok(b"aXYdefZ".to_vec()));
    }

    #[test]
    fn a_new_file_is_one_insertion() {
        let edit = edited("f", None, vec![splice(0, 0, "new\n")]).expect("fits");
        assert_eq!(apply(&edit, None), Ok(b"new\n".to_vec()));
        assert_eq!(apply(&edit, Some(b"")), Err(ApplyError::Exists { path: "f".to_owned() }));
    }

    #[test]
    fn an_edit_is_refused_where_the_file_is_another() {
        let path = || "f".to_owned();
        let mut edit = edited("f", Some(b"abc"), vec![splice(0, 1, "x")]).expect("fits");
        assert_eq!(apply(&edit, None), Err(ApplyError::Missing { path: path() }));
        assert_eq!(apply(&edit, Some(b"abd")), Err(ApplyError::BeforeDiffers { path: path() }));
        edit.after = Sha256Hex::of(b"else");
        assert_eq!(apply(&edit, Some(b"abc")), Err(ApplyError::AfterDiffers { path: path() }));
    }

    #[test]
    fn ranges_outside_or_out_of_order_are_refused() {
        for (splices, at) in [
            (vec![splice(4, 0, "x")], 4),
            (vec![splice(2, 2, "x")], 2),
            (vec![splice(usize::MAX, 1, "x")], usize::MAX),
            (vec![splice(1, 1, "x"), splice(0, 1, "y")], 0),
            (vec![splice(0, 2, "x"), splice(1, 1, "y")], 1),
        ] {
            assert_eq!(
                edited("f", Some(b"abc"), splices),
                Err(ApplyError::Range { path: "f".to_owned(), at })
            );
        }
    }
}
