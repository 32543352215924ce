//! `verify`: a bundle's archive against its manifest and the checksums beside it.

use release_core::bundle::verify::verify;
use release_core::finding::Cause;
use release_edge::failure::Failure;

use crate::args::VerifyArgs;
use crate::exit::Stop;
use crate::terminal;

/// The checksum list beside an archive.
const CHECKSUMS: &str = release_core::bundle::assets::CHECKSUMS;

/// Runs the command.
pub fn run(args: &VerifyArgs) -> Result<(), Stop> {
    let failed = |path: &std::path::Path, error: &std::io::Error| {
        Failure::of(Cause::FileSystem, format!("could not read `{}`: {error}", path.display()))
    };
    let archive = std::fs::read(&args.archive).map_err(|error| failed(&args.archive, &error))?;
    let beside = args.archive.with_file_name(CHECKSUMS);
    let checksums = match std::fs::read_to_string(&beside) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(&beside, &error).into()),
    };
    let name = args.archive.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let manifest = verify(&name, &archive, checksums.as_deref()).map_err(Stop::Findings)?;
    if args.output.json {
        terminal::json(&manifest);
    } else {
        let beside = if checksums.is_some() { "checksum, " } else { "" };
        terminal::out(&format!(
            "{} {} ({}): {beside}manifest and all {} files are right.",
            manifest.product,
            manifest.version,
            manifest.variant,
            manifest.files.len()
        ));
    }
    Ok(())
}
