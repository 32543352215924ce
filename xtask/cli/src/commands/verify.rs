//! `verify`: a bundle's archive against its manifest and the checksums beside it, or everything that checksums list.

use std::io::ErrorKind;
use std::path::Path;

use bundle_format::manifest::Manifest;
use release_core::bundle::assets::CHECKSUMS;
use release_core::bundle::verify::{verify, verify_listed};
use release_core::finding::Cause;
use release_edge::failure::Failure;

use crate::args::VerifyArgs;
use crate::exit::Stop;
use crate::terminal;

/// Runs the command.
pub fn run(args: &VerifyArgs) -> Result<(), Stop> {
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let given = read(&args.file)?.ok_or_else(|| {
        let message = format!("there is no file `{}`", args.file.display());
        Failure::new(Cause::FileSystem, message, "name an archive, or the `SHA256SUMS` beside it")
    })?;
    if name == CHECKSUMS {
        let manifests = listed(&args.file, &given)?;
        if args.output.json {
            terminal::json(&serde_json::json!({ "manifests": manifests }));
        } else {
            manifests.iter().for_each(|manifest| say(manifest, "checksum, "));
            terminal::out(&format!("Every file in `{CHECKSUMS}` has its checksum."));
        }
        return Ok(());
    }
    let checksums = read(&args.file.with_file_name(CHECKSUMS))?.map(text);
    let manifest = verify(&name, &given, checksums.as_deref()).map_err(Stop::Findings)?;
    if args.output.json {
        terminal::json(&manifest);
    } else {
        say(&manifest, if checksums.is_some() { "checksum, " } else { "" });
    }
    Ok(())
}

fn say(manifest: &Manifest, checksum: &str) {
    terminal::out(&format!(
        "{} {} ({}): {checksum}manifest and all {} files are right.",
        manifest.product,
        manifest.version,
        manifest.variant,
        manifest.files.len()
    ));
}

fn listed(path: &Path, checksums: &[u8]) -> Result<Vec<Manifest>, Stop> {
    let mut failure = None;
    let content = |name: &str| {
        read(&path.with_file_name(name)).unwrap_or_else(|error| {
            failure = Some(error);
            None
        })
    };
    let manifests = verify_listed(&text(checksums.to_vec()), content);
    failure.map_or(manifests.map_err(Stop::Findings), |failure| Err(failure.into()))
}

/// A file; none where it is not there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "see that it is a file and that you may read it",
        )),
    }
}

/// What is not text matches no checksum.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
