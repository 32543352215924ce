//! The `.env` of a folder: read, and written beside and renamed, one run at a time. Decides nothing about values, and shows none.

mod turn;

use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use bundle_format::contract::EnvironmentContract;
use bundle_format::setup::{Hidden, Randomness, Refusal};
use rand::TryRng as _;
use release_core::finding::Cause;

pub use turn::Turn;

use crate::failure::Failure;

/// The name of the file.
const NAME: &str = ".env";

/// Settings in a folder.
#[derive(Clone, Debug)]
pub struct Settings {
    folder: String,
    file: PathBuf,
}

impl Settings {
    /// The settings of a folder, whether they are there yet or not.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvFile`] where the folder is none, where its name is not UTF-8, or where `.env` is no file of its own.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let refused = |what: String, hint: &str| Failure::new(Cause::EnvFile, what, hint);
        let full = folder.canonicalize().map_err(|error| {
            refused(
                format!("the folder `{}` cannot be entered: {error}", folder.display()),
                "name a folder that is there",
            )
        })?;
        let file = full.join(NAME);
        let folder = full.into_os_string().into_string().map_err(|name| {
            refused(format!("the name of the folder `{}` is not UTF-8", name.display()), "use another folder")
        })?;
        match std::fs::symlink_metadata(&file) {
            Ok(facts) if facts.is_symlink() => Err(refused(
                format!("`{}` is a symbolic link", file.display()),
                "put the file itself here: a link would be replaced by a file",
            )),
            Ok(facts) if !facts.is_file() => {
                Err(refused(format!("`{}` is no file", file.display()), "move it out of the way"))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(refused(
                format!("`{}` cannot be looked at: {error}", file.display()),
                "see that you may read the folder",
            )),
            _ => Ok(Self { folder, file }),
        }
    }

    /// The absolute path of the folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The path of the file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text of the file; none where there is none.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvFile`] where it cannot be read, [`Cause::EnvUnreadable`] where it is no text.
    pub fn read(&self) -> Result<Option<Hidden>, Failure> {
        let unreadable = |error: std::io::Error| {
            let what = format!("`{}` cannot be read: {error}", self.file.display());
            Failure::new(Cause::EnvFile, what, "run this as the user who owns the file")
        };
        let mut bytes = Vec::new();
        match std::fs::File::open(&self.file) {
            Ok(mut file) => file.read_to_end(&mut bytes).map_err(unreadable)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        // The error would show the text.
        let text = String::from_utf8(bytes).map_err(|_| {
            let what = format!("`{}` is not UTF-8", self.file.display());
            Failure::new(Cause::EnvUnreadable, what, "write it in UTF-8")
        })?;
        Ok(Some(Hidden::new(text)))
    }

    /// Closes a file that others could read.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvOwner`].
    pub fn close_to_others(&self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            let what = format!("the mode of `{}` cannot be changed: {error}", self.file.display());
            Failure::new(Cause::EnvOwner, what, "run this as its owner")
        };
        let mode = std::fs::symlink_metadata(&self.file).map_err(failed)?.mode() & 0o7777;
        if mode == turn::MODE {
            return Ok(());
        }
        std::fs::set_permissions(&self.file, PermissionsExt::from_mode(turn::MODE)).map_err(failed)
    }
}

/// Random bytes for every value of a contract, from the operating system and nowhere else.
///
/// # Errors
///
/// [`Cause::EnvRandom`] where it gives none.
pub fn randomness(contract: &EnvironmentContract) -> Result<Randomness, Failure> {
    let mut bytes = vec![0; Randomness::needed(contract)];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        let what = format!("the operating system gives no random bytes: {error}");
        Failure::new(Cause::EnvRandom, what, "check that /dev/urandom is there and works")
    })?;
    Ok(Randomness::new(bytes))
}

/// A refusal as a failure, where `command` writes settings.
#[must_use]
pub fn refused(refusal: &Refusal, command: &str) -> Failure {
    let cause = match refusal {
        Refusal::Usage(_) | Refusal::Unknown { .. } | Refusal::Nul(_) => Cause::EnvUsage,
        Refusal::Immutable(_) => Cause::EnvImmutable,
        Refusal::Unreadable(_) => Cause::EnvUnreadable,
        Refusal::Random => Cause::EnvRandom,
    };
    Failure::new(cause, refusal.to_string(), refusal.hint(command))
}
