//! The two files of a new key: the secret half for its owner alone, and the public half beside it. Each appears whole or not at all, the
//! secret one first: whoever was interrupted between them has a key that says by itself what its public half is. Never writes over a file.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bundle_format::signature::PublicKey;

use crate::secret::Secret;
use crate::signing::{KeyError, SigningKey, generate};

/// How the name of the public file ends, after that of the secret one.
const PUBLIC: &str = ".pub";

/// A key in its two files.
#[derive(Debug)]
pub struct KeyFiles {
    /// Its public half.
    pub public: PublicKey,
    /// The file that holds that.
    pub public_file: PathBuf,
    /// Whose key it is.
    pub made: Made,
}

/// When a key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// By this run.
    Now,
    /// By an earlier one that was interrupted: only its public file was written now.
    Before,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFilesError {
    /// There is one already.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// There is a public half of another key.
    #[error("`{}` is there, but not the secret half that belongs to it, `{}`", .public.display(), .secret.display())]
    NoSecret {
        /// The file that is there.
        public: PathBuf,
        /// The file that is not.
        secret: PathBuf,
    },
    /// An earlier run left a secret half that cannot be opened.
    #[error("`{}` is there without its public half, and cannot be opened: {why}", .secret.display())]
    Unopened {
        /// The file that is there.
        secret: PathBuf,
        /// Why.
        why: KeyError,
    },
    /// An earlier run left a secret half without a password.
    #[error("`{}` is there without its public half, and has no password although one was given", .0.display())]
    Open(PathBuf),
    /// The key could not be made.
    #[error("the key cannot be made: {0}")]
    Key(#[from] KeyError),
    /// A file could not be read or written.
    #[error("could not {what} `{}`: {error}", .path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl KeyFilesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Exists(_) => "name a new file; an old key is never written over".to_owned(),
            Self::NoSecret { public, .. } => {
                format!("name a new file, or remove `{}` where nobody needs it", public.display())
            }
            Self::Unopened { secret, .. } => format!(
                "give the password that it was made with and run this again, which writes the public half; or remove `{}` where it is no key that \
                 somebody needs",
                secret.display()
            ),
            Self::Open(secret) => format!(
                "say `--no-password` without a password to keep it, or remove `{}` where nobody needs it",
                secret.display()
            ),
            Self::Key(_) => "run it again".to_owned(),
            Self::File { .. } => "name a new file in a folder that you may write to".to_owned(),
        }
    }
}

/// Makes a key and writes both halves, or writes the public half of a key whose making was interrupted. Without a password whoever reads
/// the secret file can sign.
///
/// # Errors
///
/// Where a file would have to be written over, or cannot be written. What is there stays as it is.
pub fn create(secret: &Path, password: Option<&Secret>) -> Result<KeyFiles, KeyFilesError> {
    let mut name = secret.as_os_str().to_owned();
    name.push(PUBLIC);
    let public_file = PathBuf::from(name);
    let (public, made) = match (is_there(secret)?, is_there(&public_file)?) {
        (true, true) => return Err(KeyFilesError::Exists(secret.to_owned())),
        (false, true) => {
            return Err(KeyFilesError::NoSecret { public: public_file, secret: secret.to_owned() });
        }
        (true, false) => (begun(secret, password)?, Made::Before),
        (false, false) => {
            let key = generate(password)?;
            write(secret, &format!("{}\n", key.secret.reveal()), 0o600)?;
            (key.public, Made::Now)
        }
    };
    let text = format!("untrusted comment: minisign public key {}\n{public}\n", public.id());
    write(&public_file, &text, 0o644)?;
    Ok(KeyFiles { public, public_file, made })
}

/// The public half of the key that an earlier run left alone.
fn begun(secret: &Path, password: Option<&Secret>) -> Result<PublicKey, KeyFilesError> {
    let text = fs::read_to_string(secret).map_err(|error| failed("read", secret, error))?;
    let unopened = |why| KeyFilesError::Unopened { secret: secret.to_owned(), why };
    let text = Secret::new(&text).ok_or_else(|| unopened(KeyError::Form))?;
    match (SigningKey::read(&text, None), password) {
        (Ok(_), Some(_)) => Err(KeyFilesError::Open(secret.to_owned())),
        (Ok(key), None) => Ok(key.public().clone()),
        (Err(_), password) => {
            SigningKey::read(&text, password).map(|key| key.public().clone()).map_err(unopened)
        }
    }
}

fn is_there(path: &Path) -> Result<bool, KeyFilesError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("look for", path, error)),
    }
}

/// Writes a new file: it appears whole, with its rights and on the disk, or not at all.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), KeyFilesError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritten = |error| failed("write", path, error);
    // Temporary files are their owner's alone from the start.
    let mut beside = tempfile::Builder::new().prefix(".new-key-").tempfile_in(folder).map_err(unwritten)?;
    beside.write_all(text.as_bytes()).map_err(unwritten)?;
    beside.as_file().set_permissions(Permissions::from_mode(mode)).map_err(unwritten)?;
    beside.as_file().sync_all().map_err(unwritten)?;
    beside.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => KeyFilesError::Exists(path.to_owned()),
        _ => unwritten(error.error),
    })?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritten)
}

fn failed(what: &'static str, path: &Path, error: io::Error) -> KeyFilesError {
    KeyFilesError::File { what, path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).expect("not empty")
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn both_halves_are_written_for_whom_they_are_for_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("release.key");
        let made = create(&path, None).expect("a key");
        let public = folder.path().join("release.key.pub");
        assert_eq!((made.made, &made.public_file), (Made::Now, &public));
        assert_eq!((mode(&path), mode(&public)), (0o600, 0o644));
        let text = fs::read_to_string(&public).expect("a file");
        assert_eq!(PublicKey::try_from(text), Ok(made.public.clone()));
        let text = secret(&fs::read_to_string(&path).expect("a file"));
        assert_eq!(*SigningKey::read(&text, None).expect("a key").public(), made.public);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
        let again = create(&path, None).expect_err("is there");
        assert!(matches!(&again, KeyFilesError::Exists(there) if *there == path), "{again}");
    }

    #[test]
    fn what_an_interruption_left_is_finished_or_named_with_a_way_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("release.key");
        let password = secret("correct horse");
        let made = create(&path, Some(&password)).expect("a key");
        let bytes = fs::read(&path).expect("a key");
        fs::remove_file(&made.public_file).expect("a file");
        for (given, why) in [(None, KeyError::Locked), (Some(secret("wrong")), KeyError::Password)] {
            let error = create(&path, given.as_ref()).expect_err("does not open");
            assert!(matches!(&error, KeyFilesError::Unopened { why: found, .. } if *found == why), "{error}");
            assert!(error.hint().contains("release.key"), "{}", error.hint());
        }
        let finished = create(&path, Some(&password)).expect("the same key");
        assert_eq!((finished.made, finished.public), (Made::Before, made.public));
        assert_eq!(fs::read(&path).expect("a key"), bytes, "never written over");
        fs::remove_file(&path).expect("a file");
        let error = create(&path, Some(&password)).expect_err("a half of another key");
        assert!(matches!(error, KeyFilesError::NoSecret { .. }), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_key_that_opens_without_a_password_never_passes_for_one_that_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("release.key");
        let made = create(&path, None).expect("a key");
        fs::remove_file(&made.public_file).expect("a file");
        let error = create(&path, Some(&secret("correct horse"))).expect_err("no password");
        assert!(matches!(error, KeyFilesError::Open(_)), "{error}");
        assert_eq!(create(&path, None).expect("finished").public, made.public);
    }

    #[test]
    fn an_empty_file_says_what_to_do_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("release.key");
        fs::write(&path, "").expect("a file");
        let error = create(&path, None).expect_err("no key");
        assert!(error.hint().contains("remove"), "{}", error.hint());
        assert!(error.to_string().contains("no secret key"), "{error}");
        assert!(create(Path::new("/nowhere/at/all"), None).is_err());
    }
}
