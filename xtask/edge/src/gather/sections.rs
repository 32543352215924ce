//! The changelog's sections of earlier stable releases that the released branch never got: in `tag-only` mode only the tags hold them,
//! and those of a release line are in its branch. Never reads more than it has to: one file as a rule.

use release_core::changelog::document::{sections_of, versions_of};
use release_core::changelog::render::RenderedSection;
use release_core::config::release::Mode;
use release_core::facts::{RepositoryFacts, SourceFile, TagFacts};
use release_core::identity::ObjectId;
use release_core::line::Line;
use release_core::plan::{Header, PATH};
use release_core::sources::CHANGELOG;

use crate::failure::Failure;
use crate::repository::Repository;

/// Reads those that the changelog of the source commit lacks.
///
/// What the branch had and lacks now was taken out by somebody, as when old sections move to a file of their own; so only releases
/// count whose commits lie beside its history.
pub(super) fn missing(
    repository: &Repository,
    facts: &RepositoryFacts,
    branch: &str,
    changelog: Option<&SourceFile>,
) -> Result<Vec<RenderedSection>, Failure> {
    let there = changelog.and_then(|file| file.content.as_text()).map(versions_of).unwrap_or_default();
    let ours = Line::from(facts).stable().filter(|tag| tag.plan.is_some());
    let mut missing: Vec<&TagFacts> = ours.filter(|tag| !there.contains(tag.tag.version())).collect();
    let commits = missing.iter().map(|tag| tag.commit.clone()).collect();
    let beside = repository.beside(&facts.source.id, commits)?;
    missing.retain(|tag| beside.contains(&tag.commit));
    missing.sort_by(|one, other| one.tag.cmp(&other.tag));
    let mut sections = Vec::new();
    // The newest has those before it too; a further file is read for what is still missing, as after a line was merged back.
    while let Some(newest) = missing.pop() {
        if reached_the_branch(repository, branch, &newest.commit)? {
            continue;
        }
        let text = text(repository, &newest.commit, CHANGELOG)?;
        let wanted = missing.iter().chain([&newest]).map(|tag| tag.tag.version().clone()).collect();
        let found = sections_of(&text, &wanted);
        missing.retain(|tag| found.iter().all(|section| section.version != *tag.tag.version()));
        sections.extend(found);
    }
    Ok(sections)
}

/// Whether the branch got the stamp of a release commit, if under another name, as by a squashed pull request.
fn reached_the_branch(repository: &Repository, branch: &str, commit: &ObjectId) -> Result<bool, Failure> {
    let header = Header::read(&text(repository, commit, PATH)?);
    Ok(header.is_some_and(|header| header.mode != Mode::TagOnly && header.branch == branch))
}

fn text(repository: &Repository, commit: &ObjectId, path: &str) -> Result<String, Failure> {
    let file = repository.file(commit, path)?;
    Ok(file.and_then(|file| file.content.as_text().map(str::to_owned)).unwrap_or_default())
}
