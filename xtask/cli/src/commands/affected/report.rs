//! What `affected` found, for programs, for the next jobs of a workflow, and for people.

use bundle_format::digest::Sha256Hex;
use release_core::affected::Reason;
use release_core::identity::ObjectId;
use release_edge::gather::Since;
use serde::Serialize;
use serde_json::{Value, json};

use crate::terminal::Output;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What the checked-out commit was compared with; null where nothing was released on this line.
    pub(super) since: Option<Compared>,
    /// The commit whose images a release takes: the checked-out one, but for commits that only stamp.
    pub(super) built: ObjectId,
    /// Whether an own image or a bundle changed.
    pub(super) deployable: bool,
    /// Why a bundle would differ.
    pub(super) bundle: Vec<Reason>,
    /// The own images to build.
    pub(super) images: Vec<Built>,
    /// The own images that stay.
    pub(super) untouched: Vec<Untouched>,
    /// The own images that are not built from this repository.
    pub(super) elsewhere: Vec<String>,
}

/// What was compared with.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    name: String,
    commit: ObjectId,
    built: ObjectId,
}

impl From<Since> for Compared {
    fn from(Since { name, commit, built }: Since) -> Self {
        Self { name, commit, built }
    }
}

/// An image to build.
#[derive(Debug, Serialize)]
pub(super) struct Built {
    pub(super) name: String,
    pub(super) context: String,
    pub(super) dockerfile: String,
    /// The registry's host, to log in at.
    pub(super) registry: String,
    /// What it is pushed as.
    pub(super) reference: String,
    pub(super) reasons: Vec<Reason>,
}

/// An image that stays.
#[derive(Debug, Serialize)]
pub(super) struct Untouched {
    pub(super) name: String,
    /// The tag that a release looks for.
    pub(super) reference: String,
    pub(super) state: State,
    /// What the tag leads to, where it was looked at.
    pub(super) digest: Option<Sha256Hex>,
}

/// Whether an image has the tag that a release looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Nobody looked.
    Untagged,
    /// It got it now.
    Tagged,
    /// It had it.
    AlreadyTagged,
}

impl Report {
    /// What the next jobs want to know. A matrix may not be empty, so `any` says whether it is.
    pub(super) fn outputs(&self) -> [(&'static str, Output); 3] {
        let entry = |image: &Built| {
            let Built { name, context, dockerfile, registry, reference, .. } = image;
            json!({ "name": name, "context": context, "dockerfile": dockerfile, "registry": registry, "reference": reference })
        };
        let include: Vec<Value> = self.images.iter().map(entry).collect();
        let truth = |value: bool| Output::Text(value.to_string());
        [
            ("matrix", Output::Json(json!({ "include": include }))),
            ("any", truth(!self.images.is_empty())),
            ("deployable", truth(self.deployable)),
        ]
    }

    /// A table for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let names = self.images.iter().map(|image| image.name.as_str());
        let names = names.chain(self.untouched.iter().map(|image| image.name.as_str()));
        let width = names.chain(self.elsewhere.iter().map(String::as_str)).map(str::len).max().unwrap_or(0);
        let line = |what: &str, name: &str, why: &str| format!("{what:<9}  {name:<width$}  {why}");
        let mut lines: Vec<String> =
            self.images.iter().map(|image| line("build", &image.name, &why(&image.reasons))).collect();
        lines.extend(self.untouched.iter().map(|image| {
            let state = match image.state {
                State::Untagged => "nothing of it changed",
                State::Tagged => "nothing of it changed; tagged now",
                State::AlreadyTagged => "nothing of it changed; had the tag",
            };
            line("untouched", &image.name, state)
        }));
        lines.extend(self.elsewhere.iter().map(|name| line("elsewhere", name, "its folder is not here")));
        lines.push(match self.bundle.as_slice() {
            [] => "bundle     unchanged".to_owned(),
            reasons => format!("bundle     {}", why(reasons)),
        });
        lines
    }
}

/// The first reason, and how many more there are.
fn why(reasons: &[Reason]) -> String {
    let first = reasons.first().map(ToString::to_string).unwrap_or_default();
    match reasons.len() {
        0 | 1 => first,
        2 => format!("{first}, and 1 reason more"),
        count => format!("{first}, and {} reasons more", count - 1),
    }
}
