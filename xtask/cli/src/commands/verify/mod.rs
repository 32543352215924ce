//! `verify`: an archive against its manifest, the checksums beside it and their signature; everything that checksums list; or a release
//! as the forge has it. With `--rebuild`, the archives against what the tag builds.

mod published;
mod rebuild;
mod trust;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use bundle_format::manifest::Manifest;
use release_core::bundle::assets::{ARCHIVE, CHECKSUMS};
use release_core::bundle::proof::{Verified, signature_name, signed, verify_listed};
use release_core::bundle::unpack::LIMITS;
use release_core::bundle::verify::{Expected, manifest, verify};
use release_core::finding::{Cause, Finding, Severity};
use release_core::identity::Tag;
use release_core::untrusted::terminal_line;
use release_edge::failure::Failure;

use crate::args::VerifyArgs;
use crate::exit::Stop;
use crate::terminal;

/// Runs the command.
pub fn run(args: &VerifyArgs) -> Result<(), Stop> {
    let path = PathBuf::from(&args.target);
    // A file may be called like a tag; whoever has one means it.
    let tag = if path.exists() { None } else { args.target.parse::<Tag>().ok() };
    let expected = trust::expected(tag.as_ref())?;
    let looked = match &tag {
        Some(tag) => {
            let release = published::download(tag)?;
            let mut looked = folder(&release.folder.path().join(CHECKSUMS), args, &expected)?;
            looked.findings.extend(published::surplus(&release.folder)?);
            looked.note(release.withdrawn);
            looked
        }
        None => local(&path, args, &expected)?,
    };
    let Looked { verified, mut findings, archives } = looked;
    if args.rebuild {
        let version =
            || archives.iter().find_map(|(_, bytes)| manifest(bytes)).map(|it| Tag::of(&it.version));
        match tag.clone().or_else(version) {
            Some(tag) => findings.extend(rebuild::differences(&tag, &archives)?),
            None => findings
                .push(wrong("no archive says which version it is, so nothing can be rebuilt".to_owned())),
        }
    }
    match verified {
        Some(verified) if findings.is_empty() => {
            report(&verified, args);
            Ok(())
        }
        _ => Err(Stop::Findings(findings)),
    }
}

/// Archives by their names, where they are to be compared with a rebuild.
type Archives = Vec<(String, Vec<u8>)>;

/// What a look at files came to.
struct Looked {
    /// What is right; none where anything is wrong.
    verified: Option<Verified>,
    /// What is wrong.
    findings: Vec<Finding>,
    /// The archives.
    archives: Archives,
}

impl Looked {
    fn new(result: Result<Verified, Vec<Finding>>, archives: Archives) -> Self {
        match result {
            Ok(verified) => Self { verified: Some(verified), findings: Vec::new(), archives },
            Err(findings) => Self { verified: None, findings, archives },
        }
    }

    /// Has something said that makes nothing wrong.
    fn note(&mut self, note: Option<Finding>) {
        match &mut self.verified {
            Some(verified) => verified.notes.extend(note),
            None => self.findings.extend(note),
        }
    }
}

/// Verifies a file here: checksums with everything that they list, or one archive.
fn local(path: &Path, args: &VerifyArgs, expected: &Expected) -> Result<Looked, Stop> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name == CHECKSUMS {
        return folder(path, args, expected);
    }
    let given = read(path)?.ok_or_else(|| missing(path))?;
    let checksums = read(&path.with_file_name(CHECKSUMS))?;
    let mut findings = Vec::new();
    let (signed, notes) = match &checksums {
        None => (None, vec![alone(&name)]),
        Some(checksums) => {
            let signature = read(&path.with_file_name(signature_name()))?;
            signed(checksums, signature.as_deref(), &trust::of(args)?).unwrap_or_else(|finding| {
                findings.push(finding);
                (None, Vec::new())
            })
        }
    };
    let text = checksums.as_deref().map(String::from_utf8_lossy);
    let result = match verify(&name, &given, text.as_deref(), expected) {
        Ok(manifest) if findings.is_empty() => Ok(Verified { manifests: vec![manifest], signed, notes }),
        Ok(_) => Err(findings),
        Err(more) => Err(findings.into_iter().chain(more).collect()),
    };
    Ok(Looked::new(result, vec![(name, given)]))
}

/// What an archive by itself leaves open: whoever made it made its manifest as well.
fn alone(name: &str) -> Finding {
    let name = terminal_line(name);
    let message =
        format!("`{name}` was compared with its own manifest only: there is no `{CHECKSUMS}` beside it");
    let hint = "download the checksums and their signature as well, or verify the release by its tag";
    let note = Failure::new(Cause::Unsigned, message, hint).into_finding();
    Finding { severity: Severity::Note, ..note }
}

/// Verifies checksums and everything beside them.
fn folder(path: &Path, args: &VerifyArgs, expected: &Expected) -> Result<Looked, Stop> {
    let checksums = read(path)?.ok_or_else(|| missing(path))?;
    let (mut failure, mut archives) = (None, Archives::new());
    let content = |name: &str| {
        let content = read(&path.with_file_name(name)).unwrap_or_else(|error| {
            failure = Some(error);
            None
        })?;
        if args.rebuild && name.ends_with(ARCHIVE) {
            archives.push((name.to_owned(), content.clone()));
        }
        Some(content)
    };
    let result = verify_listed(&checksums, &trust::of(args)?, expected, content);
    failure.map_or_else(|| Ok(Looked::new(result, archives)), |failure| Err(failure.into()))
}

fn report(verified: &Verified, args: &VerifyArgs) {
    terminal::report_findings(&verified.notes);
    if args.output.json {
        let Verified { manifests, signed, notes } = verified;
        terminal::json(&serde_json::json!({
            "manifests": manifests, "signed": signed, "rebuilt": args.rebuild, "findings": notes,
        }));
        return;
    }
    let rebuilt = if args.rebuild { "the same as the tag builds, " } else { "" };
    verified.manifests.iter().for_each(|manifest| terminal::out(&right(manifest, rebuilt)));
    if let Some(comment) = &verified.signed {
        let comment = terminal_line(&comment.replace('\t', " "));
        terminal::out(&format!("The signature is right: {comment}"));
    }
}

fn right(manifest: &Manifest, rebuilt: &str) -> String {
    format!(
        "{} {} ({}): {rebuilt}manifest and all {} files are right.",
        terminal_line(&manifest.product),
        manifest.version,
        terminal_line(&manifest.variant),
        manifest.files.len()
    )
}

/// A file; none where it is not there. Whoever gave it may have made it of any size or kind, so what no release has is not read.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let shown = terminal_line(&path.display().to_string());
    match bounded(path) {
        Ok(Some(bytes)) => Ok(Some(bytes)),
        Ok(None) => Err(Failure::new(
            Cause::VerificationFailed,
            format!("`{shown}` has more than {} bytes, which no file of a release has", LIMITS.packed),
            "name an archive, or the `SHA256SUMS` of a release; archives of images have checksums of their own",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(
            Cause::FileSystem,
            format!("could not read `{shown}`: {error}"),
            "see that it is a file and that you may read it",
        )),
    }
}

/// The bytes of a file; none where they are more than may be.
fn bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    // Asked before it is opened: a pipe would wait for somebody to write to it.
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if found.len() > LIMITS.packed {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    File::open(path)?.take(LIMITS.packed + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LIMITS.packed).then_some(bytes))
}

fn missing(path: &Path) -> Failure {
    let message = format!("there is no file `{}`", terminal_line(&path.display().to_string()));
    Failure::new(
        Cause::FileSystem,
        message,
        "name an archive, the `SHA256SUMS` beside it, or the tag of a release",
    )
}

/// A finding about a release that is not as it was made.
fn wrong(message: String) -> Finding {
    let hint = "do not use it, and tell those who released it";
    Failure::new(Cause::VerificationFailed, message, hint).into_finding()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_manifest_steers_the_terminal() {
        let manifest = serde_json::json!({
            "format": 1, "product": "widgets 9.9.9 (cpu): right.\n\u{1b}[8m", "version": "1.0.0", "variant": "g\u{202e}pu",
            "source_commit": "", "source_date": "", "rehearsed": false, "images": {}, "files": {},
            "environment": { "format": 1, "sections": [], "variables": [] },
        });
        let line = right(&serde_json::from_value(manifest).unwrap(), "");
        assert_eq!(line, "widgets 9.9.9 (cpu): right. 1.0.0 (gpu): manifest and all 0 files are right.");
    }

    #[test]
    fn what_no_release_has_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.tar.gz");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("which no file of a release has"));
        assert!(read(folder.path()).unwrap_err().to_string().contains("it is no file"));
        assert!(read(&folder.path().join("absent")).unwrap().is_none());
    }
}
