//! What a release did, as `--json` prints it. Never says that something was done which was not verified.

use bundle_format::digest::Sha256Hex;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::facts::Requests;
use crate::finding::Finding;
use crate::plan::PlanId;

/// The newest format of [`Receipt`].
pub const FORMAT: u32 = 1;

/// What a release did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The format number, [`FORMAT`].
    pub format: u32,
    /// Whether it was a rehearsal.
    pub rehearsed: bool,
    /// How it ended.
    pub outcome: ReceiptOutcome,
    /// The version; none where there was nothing to release.
    #[schemars(with = "Option<String>")]
    pub version: Option<Version>,
    /// The tag.
    pub tag: Option<String>,
    /// The channel; empty where the configuration that names it could not be read.
    pub channel: String,
    /// The plan's id.
    pub plan: Option<PlanId>,
    /// The release's page.
    pub release_url: Option<String>,
    /// The folder in which everything lies.
    pub folder: Option<String>,
    /// The assets.
    pub assets: Vec<AssetReceipt>,
    /// Every step and its outcome.
    pub steps: Vec<StepReceipt>,
    /// How many requests it took.
    pub requests: Requests,
    /// What was worth saying, or stopped it.
    pub findings: Vec<Finding>,
    /// The releases that had begun before, which this run finished first.
    #[serde(default)]
    pub finished: Vec<Receipt>,
}

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptOutcome {
    /// The release is published.
    Released,
    /// Everything was done already.
    AlreadyReleased,
    /// Nothing was merged since the last release that asks for one.
    NothingToRelease,
    /// The pull request with the stamp waits to be merged.
    WaitingForMerge,
    /// Only the local files were built.
    Built,
    /// It stopped; `findings` says why.
    Stopped,
}

/// One asset and where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetReceipt {
    /// Its name.
    pub name: String,
    /// Its place on this machine.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its content.
    pub sha256: Sha256Hex,
}

/// One step and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepReceipt {
    /// The step's name in the plan.
    pub id: String,
    /// What it does, for people.
    pub title: String,
    /// Whether it may change anything outside this machine.
    pub writes: bool,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// It was done and verified.
    Done,
    /// It was done before; says how that was seen.
    AlreadyDone(String),
}
