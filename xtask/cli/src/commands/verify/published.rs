//! A release as the forge has it, downloaded into a scratch folder the way those who may see it do. Changes nothing there.

use std::collections::BTreeSet;
use std::fs;

use bundle_format::pointer::Yanked;
use release_core::bundle::assets::CHECKSUMS;
use release_core::bundle::proof::signature_name;
use release_core::bundle::unpack::LIMITS;
use release_core::facts::Visibility;
use release_core::finding::{Cause, Finding, Severity};
use release_core::identity::Tag;
use release_core::untrusted::terminal_line;
use release_edge::channels::{Trust, read};
use release_edge::failure::Failure;
use release_edge::forge::{Forge as _, ReleaseAsset};
use tempfile::TempDir;

use crate::commands::release::configuration;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;

use super::wrong;

/// A published release in a folder.
pub(super) struct Published {
    pub(super) folder: TempDir,
    /// That it was withdrawn, if it was.
    pub(super) withdrawn: Option<Finding>,
}

/// Downloads every asset of the published release of a tag, and asks whether it was withdrawn.
pub(super) fn download(tag: &Tag) -> Result<Published, Stop> {
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    let forge = &context.forge;
    let name = tag.to_string();
    let release = forge.releases()?.into_iter().find(|release| release.tag == name && !release.draft);
    let release = release.ok_or_else(|| {
        Failure::new(
            Cause::Forge,
            format!("the forge has no published release of {tag}"),
            "name a tag that is released, or a file that you have",
        )
    })?;
    let visibility = forge.repository()?.visibility;
    let folder = tempfile::tempdir().map_err(|error| unwritten(&error))?;
    for asset in forge.assets(release.id)? {
        check(&asset)?;
        let content = match visibility {
            Visibility::Public => forge.download(&asset)?,
            Visibility::Private => forge.read_asset(&asset)?,
        };
        fs::write(folder.path().join(&asset.name), content).map_err(|error| unwritten(&error))?;
    }
    if !folder.path().join(CHECKSUMS).exists() {
        let message = format!("the release of {tag} has no `{CHECKSUMS}`");
        return Err(Stop::Findings(vec![wrong(message)]));
    }
    // The files are judged whatever comes of this.
    let withdrawn = match read(&context.repository, &context.remote, [], &Trust::default()) {
        Ok(board) => {
            let yanked = board.withdrawn.iter().find(|yanked| yanked.version == *tag.version());
            yanked.map(|yanked| note(tag, yanked))
        }
        Err(failure) => Some(Finding { severity: Severity::Note, ..failure.into_finding() }),
    };
    Ok(Published { folder, withdrawn })
}

/// Says that a release was withdrawn, and why. Its files are none the worse for it.
fn note(tag: &Tag, yanked: &Yanked) -> Finding {
    let message = format!("{tag} was withdrawn: {}", terminal_line(&yanked.reason));
    let note = Failure::new(Cause::Withdrawn, message, "install another version").into_finding();
    Finding { severity: Severity::Note, ..note }
}

/// Refuses an asset before it is asked for: one that would land elsewhere, or that is larger than any of ours.
fn check(asset: &ReleaseAsset) -> Result<(), Stop> {
    let name = &asset.name;
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    if plain && asset.size <= LIMITS.packed {
        return Ok(());
    }
    let shown = terminal_line(name);
    Err(Stop::Findings(vec![wrong(format!(
        "the release has the asset `{shown}`, which no release of ours has"
    ))]))
}

/// What the release has beyond what its checksums list.
pub(super) fn surplus(folder: &TempDir) -> Result<Vec<Finding>, Stop> {
    let checksums = fs::read(folder.path().join(CHECKSUMS)).map_err(|error| unwritten(&error))?;
    let text = String::from_utf8_lossy(&checksums);
    let mut wanted: BTreeSet<&str> = text.lines().filter_map(|line| Some(line.split_once("  ")?.1)).collect();
    let signature = signature_name();
    wanted.extend([CHECKSUMS, signature.as_str()]);
    let mut findings = Vec::new();
    for entry in fs::read_dir(folder.path()).map_err(|error| unwritten(&error))? {
        let name = entry.map_err(|error| unwritten(&error))?.file_name().to_string_lossy().into_owned();
        if !wanted.contains(name.as_str()) {
            let shown = terminal_line(&name);
            findings
                .push(wrong(format!("the release has the asset `{shown}`, which its checksums do not list")));
        }
    }
    Ok(findings)
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::of(Cause::FileSystem, format!("the scratch folder for the release failed: {error}"))
}
