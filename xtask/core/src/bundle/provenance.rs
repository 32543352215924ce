//! Where the files of a release come from, said of the very bytes. Never knows when or where it was built, so that a rebuild says the
//! same.

use std::collections::{BTreeMap, BTreeSet};

use bundle_format::manifest::Manifest;
use bundle_format::provenance::{
    BUILD_TYPE, BUILDER, BuildDefinition, Builder, Dependency, PREDICATE, Parameters, Provenance, RunDetails,
    STATEMENT, Sha256, Statement, Subject,
};
use jiff::Timestamp;
use semver::Version;

use crate::identity::ObjectId;
use crate::plan::{Asset, Plan, PlanId};

use super::sbom::package_url;

/// What bundles are built from.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The platform.
    pub product: &'a str,
    /// The repository on the forge, `owner/name`.
    pub repository: String,
    /// The version.
    pub version: &'a Version,
    /// The source commit.
    pub source: &'a ObjectId,
    /// When it was made.
    pub source_date: Timestamp,
    /// The plan; none for what is built without one.
    pub plan: Option<&'a PlanId>,
}

impl<'a> From<&'a Plan> for Origin<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self {
            product: &plan.product,
            repository: plan.repository.clone(),
            version: &plan.version,
            source: &plan.source,
            source_date: plan.source_date,
            plan: Some(&plan.id),
        }
    }
}

/// The statement about files that were built.
#[must_use]
pub fn statement<'a>(
    files: impl IntoIterator<Item = &'a Asset>,
    manifests: &[Manifest],
    origin: &Origin<'_>,
) -> Statement {
    let subject =
        |file: &Asset| Subject { name: file.name.clone(), digest: Sha256 { sha256: file.sha256.clone() } };
    Statement {
        kind: STATEMENT.to_owned(),
        subject: files.into_iter().map(subject).collect(),
        predicate_type: PREDICATE.to_owned(),
        predicate: Provenance {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: Parameters {
                    product: origin.product.to_owned(),
                    repository: origin.repository.clone(),
                    source_commit: origin.source.to_string(),
                    version: origin.version.clone(),
                    plan: origin.plan.map(|plan| plan.0.clone()),
                },
                resolved_dependencies: dependencies(&origin.source.to_string(), manifests),
            },
            run_details: RunDetails { builder: Builder { id: BUILDER.to_owned() } },
        },
    }
}

/// What bundles were made from: the source commit, and every image of theirs once.
pub(super) fn dependencies<'a>(
    source: &str,
    manifests: impl IntoIterator<Item = &'a Manifest>,
) -> Vec<Dependency> {
    let source = Dependency {
        name: "source".to_owned(),
        digest: BTreeMap::from([("gitCommit".to_owned(), source.to_owned())]),
    };
    std::iter::once(source).chain(images(manifests)).collect()
}

fn images<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> BTreeSet<Dependency> {
    let all = manifests.into_iter().flat_map(|manifest| manifest.images.values());
    all.filter_map(|image| {
        let digest = image.digest.as_ref()?.to_string();
        Some(Dependency {
            name: package_url(image)?,
            digest: BTreeMap::from([("sha256".to_owned(), digest)]),
        })
    })
    .collect()
}

/// The statement as it lies in its file: pretty JSON with a final newline.
#[must_use]
pub fn text(statement: &Statement) -> String {
    // Every map of it has string keys, so this cannot fail.
    serde_json::to_string_pretty(statement).unwrap_or_default() + "\n"
}
