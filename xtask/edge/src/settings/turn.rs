//! One run at a time, in the same way as `setup-env.sh`, so that both wait for each other: the file that a run writes carries its
//! process number. Never leaves a file behind that others could read.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use bundle_format::setup::Hidden;
use release_core::finding::Cause;
use rustix::process::{Pid, test_kill_process};

use super::{NAME, Settings};
use crate::failure::Failure;

/// The mode of every file with settings.
pub(super) const MODE: u32 = 0o600;

/// The right to write the settings of a folder. When it ends, so does the file beside.
#[derive(Debug)]
pub struct Turn<'a> {
    settings: &'a Settings,
    beside: PathBuf,
    file: File,
    /// Of the file that is replaced, where that is not this user.
    owner: Option<(u32, u32)>,
}

impl<'a> Turn<'a> {
    /// Takes the turn.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvBusy`] while another run has it, [`Cause::EnvWrite`] where the folder cannot be written to, [`Cause::EnvOwner`]
    /// where the file belongs to somebody else.
    pub fn take(settings: &'a Settings) -> Result<Self, Failure> {
        let folder = Path::new(settings.folder());
        let beside = folder.join(format!("{NAME}.new.{}", std::process::id()));
        let _ = std::fs::remove_file(&beside);
        let file = private(&beside).map_err(|error| {
            let what = format!("`{}` cannot be written to: {error}", folder.display());
            Failure::new(
                Cause::EnvWrite,
                what,
                "run this as the user who owns the folder, or free disk space",
            )
        })?;
        let mut turn = Self { settings, beside, file, owner: None };
        turn.wait_for_nobody(folder)?;
        turn.own()?;
        Ok(turn)
    }

    /// Puts a new file in the place of the old one.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvWrite`]; then the old file is there as it was.
    pub fn write(mut self, text: &Hidden) -> Result<(), Failure> {
        let target = self.settings.file().to_path_buf();
        let failed = |what: String| Failure::new(Cause::EnvWrite, what, "free disk space and run this again");
        let written = self.file.write_all(text.reveal().as_bytes()).and_then(|()| self.file.sync_all());
        written
            .map_err(|error| failed(format!("`{}` could not be written: {error}", self.beside.display())))?;
        if !self.is_own() {
            let what = format!("`{}` is not the file that this run made", self.beside.display());
            let hint = format!(
                "see that no other run is at work in `{}`, in a container neither, and run this again",
                self.settings.folder()
            );
            return Err(Failure::new(Cause::EnvWrite, what, hint));
        }
        // What was written is read back before it counts.
        if std::fs::read(&self.beside).ok().as_deref() != Some(text.reveal().as_bytes()) {
            return Err(failed(format!("not every value reached `{}`", self.beside.display())));
        }
        std::fs::rename(&self.beside, &target)
            .and_then(|()| File::open(self.settings.folder())?.sync_all())
            .map_err(|error| failed(format!("`{}` could not be replaced: {error}", target.display())))
    }

    /// Keeps the old file beside the new one, for whoever changes data that is bound to a value.
    ///
    /// # Errors
    ///
    /// [`Cause::EnvFile`] where an old file is kept already, [`Cause::EnvWrite`].
    pub fn keep(&self, text: &Hidden) -> Result<(), Failure> {
        let path = Path::new(self.settings.folder()).join(format!("{NAME}.old"));
        if path.symlink_metadata().is_ok() {
            let hint = "delete it when the values in it are no longer needed, and run this again";
            return Err(Failure::new(Cause::EnvFile, format!("`{}` is there already", path.display()), hint));
        }
        let written = private(&path).and_then(|mut file| {
            self.owner.map_or(Ok(()), |(user, group)| fchown(&file, Some(user), Some(group)))?;
            file.write_all(text.reveal().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| {
            let _ = std::fs::remove_file(&path);
            let what = format!("`{}` could not be written: {error}", path.display());
            Failure::new(Cause::EnvWrite, what, "free disk space and run this again")
        })
    }

    /// The file beside, which has to go where the program ends early.
    #[must_use]
    pub fn beside(&self) -> &Path {
        &self.beside
    }

    /// Whether the file beside is still the one that this run made. A run whose processes have numbers of their own, as in a container,
    /// may take it for left behind.
    fn is_own(&self) -> bool {
        let (own, beside) = (self.file.metadata(), self.beside.symlink_metadata());
        matches!((own, beside), (Ok(own), Ok(it)) if (own.dev(), own.ino()) == (it.dev(), it.ino()))
    }

    fn wait_for_nobody(&self, folder: &Path) -> Result<(), Failure> {
        let entries = std::fs::read_dir(folder).map_err(|error| {
            let what = format!("`{}` cannot be listed: {error}", folder.display());
            Failure::new(Cause::EnvFile, what, "see that you may read the folder")
        })?;
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let number = name.to_str().and_then(|name| name.strip_prefix(NAME)?.strip_prefix(".new."));
            let Some(number) = number.filter(|_| path != self.beside) else { continue };
            if runs(number) {
                let what = format!("another run is at work in `{}` (process {number})", folder.display());
                let hint =
                    format!("try again when it has ended; if there is none, delete `{}`", path.display());
                return Err(Failure::new(Cause::EnvBusy, what, hint));
            }
            // Left behind by a run that was killed.
            let _ = std::fs::remove_file(&path);
        }
        Ok(())
    }

    /// The new file belongs to whoever the old one belonged to.
    fn own(&mut self) -> Result<(), Failure> {
        let Ok(old) = self.settings.file().symlink_metadata() else { return Ok(()) };
        if self.file.metadata().is_ok_and(|new| new.uid() == old.uid()) {
            return Ok(());
        }
        self.owner = Some((old.uid(), old.gid()));
        fchown(&self.file, Some(old.uid()), Some(old.gid())).map_err(|_| {
            let what = format!(
                "`{}` belongs to another user (number {})",
                self.settings.file().display(),
                old.uid()
            );
            Failure::new(Cause::EnvOwner, what, "run this as that user or as root")
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Renamed by then, if it was written.
        if self.is_own() {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

/// Whether a process of that number is there. One that may not be signalled is.
fn runs(number: &str) -> bool {
    let process = number.parse::<i32>().ok().and_then(Pid::from_raw);
    process.is_some_and(|process| test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_run_put_in_the_place_of_ours_is_neither_used_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env"), "A=old\n").unwrap();
        let settings = Settings::of(folder.path()).unwrap();
        let turn = Turn::take(&settings).unwrap();
        let beside = turn.beside().to_path_buf();
        std::fs::remove_file(&beside).unwrap();
        std::fs::write(&beside, "A=half").unwrap();
        let failure = turn.write(&Hidden::new("A=new\n")).unwrap_err();
        assert_eq!(failure.cause, Cause::EnvWrite);
        assert!(failure.to_string().contains("is not the file that this run made"), "{failure}");
        assert_eq!(std::fs::read_to_string(settings.file()).unwrap(), "A=old\n");
        assert_eq!(std::fs::read_to_string(beside).unwrap(), "A=half");
    }
}
