//! From the files of the source commit to the files of a bundle, with everything that keeps one from being made. Never changes what is
//! copied.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{self, Manifest};
use jiff::Timestamp;
use semver::Version;

use crate::check::stop;
use crate::compose::{ComposeFile, load};
use crate::config::bundles::VariantConfig;
use crate::config::{Configuration, paths};
use crate::environment;
use crate::facts::{CommitFacts, Content, Facts, ImageFacts, SourceFile};
use crate::finding::{self, Cause, Finding, Severity};
use crate::identity::{ObjectId, Tag};
use crate::plan::{Bundle, BundleFile, PlanId};
use crate::sources;
use crate::stamp;

use super::assets::{self, bytes_of};
use super::closure::{self, Drawn};
use super::images::pin;
use super::provenance::Origin;
use super::template::{self, Values};
use super::{compare, copied};

/// The name of the Compose file in a bundle.
pub const COMPOSE: &str = "docker-compose.yml";

/// What bundles are made of.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The configuration.
    pub configuration: &'a Configuration,
    /// The files of the source commit.
    pub tree: &'a BTreeMap<String, SourceFile>,
    /// What the images resolved to; none where no registry was asked.
    pub images: Option<&'a BTreeMap<String, ImageFacts>>,
    /// The source commit.
    pub source: &'a ObjectId,
    /// The commit that CI built the own images for: the source commit, or the newest before it that is no stamp.
    pub built: &'a ObjectId,
    /// When it was made.
    pub source_date: Timestamp,
    /// Whether the registry was a rehearsal's.
    pub rehearsed: bool,
}

impl<'a> Material<'a> {
    /// The material among the facts of a release.
    #[must_use]
    pub fn of(facts: &'a Facts) -> Self {
        Self {
            configuration: &facts.configuration,
            tree: &facts.tree,
            images: Some(&facts.images),
            source: &facts.repository.source.id,
            built: &facts.built,
            source_date: facts.repository.source.committed,
            rehearsed: facts.rehearsed,
        }
    }

    /// The material that a commit holds by itself, as it is checked before anything was asked of a registry.
    #[must_use]
    pub fn of_commit(
        commit: &'a CommitFacts,
        configuration: &'a Configuration,
        tree: &'a BTreeMap<String, SourceFile>,
    ) -> Self {
        Self {
            configuration,
            tree,
            images: None,
            source: &commit.id,
            built: &commit.id,
            source_date: commit.committed,
            rehearsed: false,
        }
    }

    /// What a version of it is built from, by a plan or without one.
    #[must_use]
    pub fn origin(&self, version: &'a Version, plan: Option<&'a PlanId>) -> Origin<'a> {
        Origin {
            product: &self.configuration.release.product,
            repository: self.configuration.release.repository.full_name(),
            version,
            source: self.source,
            source_date: self.source_date,
            plan,
        }
    }
}

/// The bundles of a version.
#[derive(Debug)]
pub struct Rendered {
    /// One for each variant.
    pub bundles: Vec<Bundle>,
    /// What is worth saying about them and keeps none from being made.
    pub notes: Vec<Finding>,
}

/// Every bundle of a version.
///
/// # Errors
///
/// Everything that is wrong with any variant, and the notes with it.
pub fn bundles(material: &Material<'_>, version: &Version) -> Result<Rendered, Vec<Finding>> {
    let (stamped, mut findings) = stamped(material, version);
    let material = &Material { tree: &stamped, ..*material };
    let (drawn, more) = drawn(material, version);
    findings.extend(more);
    let whole = findings.is_empty();
    let loaded: Vec<(&VariantConfig, &ComposeFile)> =
        drawn.iter().map(|drawn| (drawn.variant, &drawn.compose)).collect();
    findings.extend(compare::variants(&loaded));
    // Where something could not be read, nobody knows what it would have referred to.
    let counts = |finding: &Finding| whole || finding.severity == Severity::Stop;
    findings.extend(closure::findings(&drawn).into_iter().filter(counts));
    let mut bundles = Vec::new();
    for Drawn { variant, compose, files, .. } in drawn {
        match bundle(material, version, variant, compose, files.unwrap_or_default()) {
            Ok(bundle) => bundles.push(bundle),
            Err(more) => findings.extend(more),
        }
    }
    let findings = finding::once(findings);
    let stopped = findings.iter().any(|finding| finding.severity == Severity::Stop);
    if stopped { Err(findings) } else { Ok(Rendered { bundles, notes: findings }) }
}

/// The files as a release leaves them, or as they are where that cannot be said, so that everything else is still looked at.
fn stamped(material: &Material<'_>, version: &Version) -> (stamp::Tree, Vec<Finding>) {
    match stamp::stamped(&material.configuration.release, material.tree, version) {
        Ok(stamped) => (stamped, Vec::new()),
        Err(findings) => (material.tree.clone(), findings),
    }
}

/// Every variant with the files that travel in it, nothing pinned yet, as far as it can be read.
fn drawn<'a>(material: &'a Material<'a>, version: &Version) -> (Vec<Drawn<'a>>, Vec<Finding>) {
    let (mut all, mut findings) = (Vec::new(), unreadable_templates(material));
    for variant in &material.configuration.bundles.variants {
        let mut files = Some(Vec::new());
        for part in
            [copied::files(material, version, variant), environment::files(material, version, variant)]
        {
            match part {
                Ok(part) => files.iter_mut().for_each(|files| files.extend(part.iter().cloned())),
                Err(more) => {
                    findings.extend(more);
                    files = None;
                }
            }
        }
        match compose_file(material, version, variant) {
            Ok(compose) => all.push(Drawn { material, variant, compose, files }),
            Err(more) => findings.extend(more),
        }
    }
    (all, findings)
}

/// A repository's own template that is no text would be passed over.
fn unreadable_templates(material: &Material<'_>) -> Vec<Finding> {
    let folder = format!("{}/", sources::TEMPLATES);
    let own =
        material.tree.iter().filter(|(path, _)| path.starts_with(&folder) && template::is_template(path));
    own.filter(|(_, file)| file.content.as_text().is_none())
        .map(|(path, file)| template::no_text(path, file))
        .collect()
}

pub(super) fn compose_file(
    material: &Material<'_>,
    version: &Version,
    variant: &VariantConfig,
) -> Result<ComposeFile, Vec<Finding>> {
    let values = Values::of(material, version, variant);
    let mut texts = Vec::new();
    let mut findings = Vec::new();
    for path in &variant.compose {
        let named_in = || format!("`compose` of the variant `{}`", variant.id);
        let file = material.tree.get(path).ok_or_else(|| missing(path, &named_in()));
        match file.and_then(|file| template::text(path, file, &values)) {
            Ok(text) => texts.push((path.as_str(), text)),
            Err(finding) => findings.push(finding),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_ref())).collect();
    load(&texts).map_err(|errors| {
        let finding = |error: &crate::compose::Error| Finding {
            place: Some(error.place()),
            ..stop(
                Cause::Compose,
                error.without_place(),
                "correct the Compose file; what is not supported is never guessed",
            )
        };
        errors.iter().map(finding).collect()
    })
}

fn bundle(
    material: &Material<'_>,
    version: &Version,
    variant: &VariantConfig,
    mut file: ComposeFile,
    mut files: Vec<BundleFile>,
) -> Result<Bundle, Vec<Finding>> {
    let (images, findings) = pin(material, version, &mut file);
    let header =
        format!("# {} {} ({})\n", material.configuration.release.product, Tag::of(version), variant.id);
    files.push(text(COMPOSE, header + &file.emit()));
    if !findings.is_empty() {
        return Err(findings);
    }
    let manifest = manifest(material, version, variant, images, &files);
    // Every map of a manifest has string keys, so this cannot fail.
    let json = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    files.push(text(manifest::FILE_NAME, json + "\n"));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let stem = format!("{}-{}{}", material.configuration.release.product, Tag::of(version), variant.suffix);
    Ok(Bundle {
        variant: variant.id.clone(),
        archive: format!("{stem}{}", assets::ARCHIVE),
        manifest: format!("{stem}.bundle.json"),
        files,
    })
}

fn manifest(
    material: &Material<'_>,
    version: &Version,
    variant: &VariantConfig,
    images: BTreeMap<String, manifest::Image>,
    files: &[BundleFile],
) -> Manifest {
    let described = files.iter().filter_map(|file| {
        let bytes = bytes_of(&file.path, &file.content).ok()?;
        let mode = if file.executable { "0755" } else { "0644" };
        let described =
            manifest::File { sha256: Sha256Hex::of(&bytes), mode: mode.to_owned(), size: bytes.len() as u64 };
        Some((file.path.clone(), described))
    });
    Manifest {
        format: manifest::FORMAT,
        product: material.configuration.release.product.clone(),
        version: version.clone(),
        variant: variant.id.clone(),
        source_commit: material.source.to_string(),
        source_date: material.source_date.to_string(),
        rehearsed: material.rehearsed,
        images,
        files: described.collect(),
        environment: material.configuration.environment.clone(),
        updating: material.configuration.updating(version),
    }
}

/// A text file of a bundle that nobody executes.
fn text(path: &str, content: String) -> BundleFile {
    BundleFile { path: path.to_owned(), executable: false, content: Content::Text(content) }
}

pub(super) fn missing(path: &str, named_in: &str) -> Finding {
    let hint =
        format!("add it, or correct {named_in} in `{}`; what Git ignores does not count", paths::BUNDLES);
    stop(Cause::FileMissing, format!("`{path}` is not in the repository"), hint)
}

/// A repository's own template of a name, where it has one.
#[must_use]
pub fn own_template<'a>(tree: &'a BTreeMap<String, SourceFile>, name: &str) -> Option<&'a str> {
    tree.get(&format!("{}/{name}", sources::TEMPLATES))?.content.as_text()
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
