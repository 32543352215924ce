//! `keys`: makes, changes and takes back the keys that prove releases. A secret half is written into the one file that was asked for and
//! shown nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use bundle_format::signature::{PublicKey, Subject};
use release_core::config::keys::{KeysError, revoked, rotated};
use release_core::config::paths;
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::key_files::{KeyFilesError, Made, create};
use release_edge::output::{create_ignored, replace};
use release_edge::signing::{KeyError, SigningKey};

use crate::args::{KeysAction, KeysArgs};
use crate::context::{Surroundings, root, variables};
use crate::exit::Stop;
use crate::terminal;

/// The statement about a change of keys.
const STATEMENT: &str = "release-key-rotation.txt";

/// Runs the command.
pub fn run(args: &KeysArgs) -> Result<(), Stop> {
    match &args.action {
        KeysAction::Generate { out, no_password } => made(out, *no_password),
        KeysAction::Rotate { out } => rotate(out),
        KeysAction::Revoke { key } => revoke(key),
    }
}

fn made(out: &Path, open: bool) -> Result<(), Stop> {
    let password = Surroundings::from_environment().release_key_password;
    if password.is_none() && !open {
        let message = format!("`{}` is not set", variables::RELEASE_KEY_PASSWORD);
        let hint = "set it to the new key's password, or say `--no-password` for a key that opens without";
        return Err(Failure::new(Cause::Configuration, message, hint).into());
    }
    let key = create(out, password.as_ref().filter(|_| !open)).map_err(|error| unmade(&error))?;
    if key.made == Made::Before {
        terminal::note(&format!(
            "note: `{}` was there without its public half, as an interrupted run leaves it: no new key was made",
            out.display()
        ));
    }
    terminal::out(&format!("public key  {}", key.public));
    terminal::out(&format!("public file {}", key.public_file.display()));
    terminal::out(&format!("secret key  {} (readable by you alone)", out.display()));
    terminal::out("");
    terminal::out(
        "1. Keep the secret key and its password apart, outside the repository, with a copy offline.",
    );
    terminal::out(
        "2. Add the public key to `signing.release_keys` in `config/release.yaml`, or to `signing.channel_keys` for one that signs pointers, and commit that:",
    );
    terminal::out(&format!("   signing:\n     release_keys:\n       - {}", key.public));
    terminal::out(&format!(
        "3. Give the text of the file to the release as `{}`, its password as `{}`; of a key that signs pointers as `{}` and `{}`.",
        variables::RELEASE_KEY,
        variables::RELEASE_KEY_PASSWORD,
        variables::CHANNEL_KEY,
        variables::CHANNEL_KEY_PASSWORD
    ));
    Ok(())
}

fn rotate(out: &Path) -> Result<(), Stop> {
    let (path, text) = configuration()?;
    let (edited, old, new) = rotated(&text).map_err(|error| refused(&error))?;
    let surroundings = Surroundings::from_environment();
    let secret = surroundings.release_key.as_ref().ok_or_else(|| {
        let hint =
            "the old key has to sign the statement: without it, take it back with `cargo xtask keys revoke`";
        Failure::new(Cause::ReleaseKeyMissing, format!("`{}` is not set", variables::RELEASE_KEY), hint)
    })?;
    let key = SigningKey::read(secret, surroundings.release_key_password.as_ref())
        .map_err(|error| failed(&error))?;
    if *key.public() != old {
        let message = format!("the key in `{}` is not the current one, `{old}`", variables::RELEASE_KEY);
        let hint = "give the key that signed so far";
        return Err(Failure::new(Cause::ReleaseKeyUnpinned, message, hint).into());
    }
    let statement = format!("Releases were signed with\n{old}\nand are signed from now on with\n{new}\n");
    let signature = key
        .sign(Subject::Checksums, statement.as_bytes(), &format!("old:{old}\tnew:{new}"))
        .map_err(|error| failed(&error))?;
    create_ignored(out)?;
    replace(&out.join(STATEMENT), statement.as_bytes())?;
    replace(&out.join(format!("{STATEMENT}.minisig")), signature.as_bytes())?;
    replace(&path, edited.as_bytes())?;
    terminal::out(&format!(
        "`{}`: {new} is the current key; {old} is retired: it still proves what it signed.",
        paths::RELEASE
    ));
    terminal::out(&format!("`{}`: the statement, signed with the old key.", out.join(STATEMENT).display()));
    terminal::out("");
    terminal::out("1. Commit the configuration and publish the statement where operators look.");
    terminal::out(&format!("2. Give the new key to the releases as `{}`.", variables::RELEASE_KEY));
    terminal::out(
        "3. Make the next key with `cargo xtask keys generate` and add it after the current one in `signing.release_keys`, so that operators know it in time.",
    );
    Ok(())
}

fn revoke(key: &str) -> Result<(), Stop> {
    let key = PublicKey::try_from(key.to_owned()).map_err(|error| {
        let hint = "copy it from `signing` in `config/release.yaml`";
        Failure::new(Cause::Configuration, error.to_string(), hint)
    })?;
    let (path, text) = configuration()?;
    let edited = revoked(&text, &key).map_err(|error| refused(&error))?;
    replace(&path, edited.as_bytes())?;
    terminal::out(&format!("`{}`: {key} was taken back.", paths::RELEASE));
    terminal::out("");
    terminal::out("1. Commit and push it: from then on `cargo xtask verify` refuses what the key signed.");
    terminal::out(
        "2. Tell operators, and release again with another key: bundles out there name the old one.",
    );
    Ok(())
}

/// The release configuration as it lies in the working tree.
fn configuration() -> Result<(PathBuf, String), Stop> {
    let path = root()?.join(paths::RELEASE);
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "run it in the repository that is released",
        )
    })?;
    Ok((path, text))
}

fn refused(error: &KeysError) -> Failure {
    Failure::new(Cause::Configuration, error.to_string(), error.hint())
}

fn failed(error: &KeyError) -> Failure {
    let hint = format!("check `{}` and `{}`", variables::RELEASE_KEY, variables::RELEASE_KEY_PASSWORD);
    Failure::new(Cause::ReleaseKeyMissing, format!("the key cannot be used: {error}"), hint)
}

fn unmade(error: &KeyFilesError) -> Failure {
    let cause = match error {
        KeyFilesError::Key(_) => Cause::Internal,
        _ => Cause::FileSystem,
    };
    Failure::new(cause, error.to_string(), error.hint())
}
