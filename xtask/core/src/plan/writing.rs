//! What a plan writes about the release: its entries, the edit of `CHANGELOG.md`, the text of the release page.

use std::collections::BTreeMap;

use semver::Version;

use crate::bundle::render::own_template;
use crate::changelog::document::insert;
use crate::changelog::entry::{self, Change};
use crate::changelog::notes;
use crate::changelog::render::{NOTES_TEMPLATE, Release, RenderError, Renderer, SECTION_TEMPLATE, Templates};
use crate::check::stop;
use crate::config::release::{Bump, LabelRule};
use crate::facts::{CommitFacts, Facts, Promoted, PullRequestFacts, SourceFile};
use crate::finding::{Cause, Finding};
use crate::line::Line;
use crate::sources::CHANGELOG;
use crate::stamp;
use crate::version::Decided;

use super::{Entry, FileEdit, PlanId};

/// What is written about a release.
pub(super) struct Writing {
    pub(super) release: Release,
    /// The edit of the changelog; none where every section is there already.
    pub(super) edit: Option<FileEdit>,
    renderer: Renderer,
}

impl Writing {
    /// The text of the release page.
    pub(super) fn notes(&self, plan: &PlanId) -> Result<String, Vec<Finding>> {
        notes::render(&self.renderer, &self.release, plan).map_err(template)
    }
}

/// The changelog's entries.
pub(crate) fn entries(
    commits: &[CommitFacts],
    pull_requests: &[PullRequestFacts],
    labels: &[LabelRule],
    decided: &Decided,
) -> Vec<Entry> {
    let direct_ids: BTreeMap<_, _> = decided.direct.iter().map(|(id, bump)| (id, *bump)).collect();
    let direct: Vec<CommitFacts> =
        commits.iter().filter(|commit| direct_ids.contains_key(&commit.id)).cloned().collect();
    let bump_of = |change: Change<'_>| match change {
        Change::PullRequest(pull_request) => decided.pull_requests.get(&pull_request.number).copied(),
        Change::Commit(commit) => direct_ids.get(&commit.id).copied(),
    };
    let judged = |it: &&PullRequestFacts| decided.pull_requests.contains_key(&it.number);
    let pull_requests: Vec<PullRequestFacts> = pull_requests.iter().filter(judged).cloned().collect();
    entry::entries(&pull_requests, &direct, labels, |change| bump_of(change).unwrap_or(Bump::None))
}

/// What writes with the templates of the repository.
pub(crate) fn renderer(facts: &Facts) -> Result<Renderer, Vec<Finding>> {
    let templates = Templates {
        section: own_template(&facts.tree, SECTION_TEMPLATE),
        notes: own_template(&facts.tree, NOTES_TEMPLATE),
    };
    Renderer::new(&facts.repository_url, templates).map_err(template)
}

/// Renders the section and finds its place in the changelog.
pub(super) fn write(facts: &Facts, decided: &Decided, version: &Version) -> Result<Writing, Vec<Finding>> {
    let renderer = renderer(facts)?;
    let labels = &facts.configuration.release.labels;
    let previous = Line::from(&facts.repository).previous().map(|tag| tag.tag.clone());
    let (entries, contributors) = match &facts.promoted {
        // As they were tested: titles and labels may have changed since.
        Some(Promoted { plan, .. }) => (plan.entries.clone(), plan.contributors.clone()),
        None => (
            entries(&facts.commits, &facts.pull_requests, labels, decided),
            entry::contributors(&facts.pull_requests),
        ),
    };
    let release = Release { version: version.clone(), date: facts.now, previous, entries, contributors };
    let section = renderer.section(&release).map_err(template)?;
    let edit = edit(&facts.tree, |existing| {
        insert(existing, &facts.sections, &section).map_err(|error| {
            vec![stop(Cause::ChangelogConflict, format!("`{CHANGELOG}`: {error}"), error.hint())]
        })
    })?;
    Ok(Writing { release, edit, renderer })
}

fn edit(
    tree: &BTreeMap<String, SourceFile>,
    splices: impl FnOnce(Option<&str>) -> Result<Vec<super::Splice>, Vec<Finding>>,
) -> Result<Option<FileEdit>, Vec<Finding>> {
    let existing = match tree.get(CHANGELOG) {
        Some(file) => Some(file.content.as_text().ok_or_else(|| {
            let wrong = file.content.first_wrong_byte();
            vec![stop(
                Cause::ChangelogConflict,
                format!("`{CHANGELOG}` is {}", wrong.map(|wrong| wrong.to_string()).unwrap_or_default()),
                format!("save it as UTF-8, or move it away: the release then begins a new `{CHANGELOG}`"),
            )]
        })?),
        None => None,
    };
    let splices = splices(existing)?;
    if splices.is_empty() {
        return Ok(None);
    }
    let edit = stamp::edited(CHANGELOG, existing.map(str::as_bytes), splices);
    edit.map(Some)
        .map_err(|error| vec![stop(Cause::Internal, error.to_string(), Cause::Internal.explanation().trim())])
}

/// What is wrong with a template of the repository.
pub(crate) fn template(error: RenderError) -> Vec<Finding> {
    vec![stop(Cause::Template, error.to_string(), error.hint())]
}
