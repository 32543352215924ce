//! What a change reaches, read from the clone alone: no forge and no registry is asked.

use release_core::affected::{Affected, Comparison, affected, everything, read};
use release_core::config::release::OwnImages;
use release_core::config::{Configuration, parse_located, paths};
use release_core::facts::SourceFile;
use release_core::identity::ObjectId;
use release_core::line;

use super::{GatherError, configured};
use crate::failure::Failure;
use crate::repository::Repository;

/// What the checked-out commit brings against an earlier one.
#[derive(Debug)]
pub struct Survey {
    /// The configuration of the checked-out commit.
    pub configuration: Configuration,
    /// The commit whose images a release of the checked-out one takes.
    pub built: ObjectId,
    /// What it was compared with; none where nothing was released on this line.
    pub since: Option<Since>,
    /// What has to be built.
    pub affected: Affected,
}

/// The commit that is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// What it was named by: the tag of the newest release of the line, or what was asked for.
    pub name: String,
    /// The commit.
    pub commit: ObjectId,
    /// The commit whose images belong to it: the same, but for commits that only stamp.
    pub built: ObjectId,
}

/// Compares the checked-out commit with another, or with the source of the newest release of its line where none is named.
///
/// # Errors
///
/// Every fault of the configuration at once, or a commit that is not there or cannot be read.
pub fn survey(repository: &Repository, since: Option<&str>) -> Result<Survey, GatherError> {
    let source = repository.source()?.id;
    let (configuration, _) = configured(repository, &source)?;
    let release = &configuration.release;
    let built = repository.built(&source, release)?;
    let here = repository.built_here(&source, &release.images.names)?;
    let Some((name, commit)) = earlier(repository, &source, since)? else {
        let affected = everything(&configuration, &here);
        return Ok(Survey { configuration, built, since: None, affected });
    };
    let read = read(&configuration);
    let comparison = Comparison {
        configuration: &configuration,
        declared_before: declared(repository, &commit)?,
        changed: repository.changed_between(&commit, &source)?,
        before: repository.plain_files(&commit, &read, release)?,
        after: repository.plain_files(&source, &read, release)?,
        built_here: here,
    };
    let affected = affected(&comparison);
    let since = Since { built: repository.built(&commit, release)?, name, commit };
    Ok(Survey { configuration, built, since: Some(since), affected })
}

fn earlier(
    repository: &Repository,
    source: &ObjectId,
    since: Option<&str>,
) -> Result<Option<(String, ObjectId)>, Failure> {
    if let Some(name) = since {
        return Ok(Some((name.to_owned(), repository.commit_named(name)?)));
    }
    let tags = repository.tags(source)?;
    Ok(line::newest(&tags).map(|newest| (newest.tag.to_string(), newest.source.clone())))
}

/// The own images that a commit declares; none where that cannot be read, as by a version of this tool that knows other keys.
fn declared(repository: &Repository, commit: &ObjectId) -> Result<Option<OwnImages>, Failure> {
    let files = repository.files(commit, &[paths::RELEASE.to_owned()])?;
    let text = files.get(paths::RELEASE).and_then(|file: &SourceFile| file.content.as_text());
    let read =
        text.and_then(|text| parse_located::<release_core::config::ReleaseConfig>(paths::RELEASE, text).ok());
    Ok(read.map(|(release, _)| release.images))
}
