//! The version tags of the clone. Never judges them: which release came before is decided elsewhere.

use std::collections::HashSet;

use git2::{ObjectType, Oid};
use jiff::Timestamp;
use release_core::facts::TagFacts;
use release_core::finding::Cause;
use release_core::identity::{LineNumber, ObjectId, Tag};
use release_core::line::{counts, is_stable};

use super::annotation::Annotation;
use super::commits::timestamp;
use super::remote::RemoteRefs;
use super::{Repository, git_failure, object_id, oid};
use crate::failure::Failure;

impl Repository {
    /// The highest of the stable releases that count for a line whose source comes after a commit; none where the newest of all lies on
    /// its history, as usual.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`](release_core::finding::Cause::Git) where the history cannot be walked.
    pub fn superseding(
        &self,
        tags: &[TagFacts],
        line: Option<LineNumber>,
        commit: &ObjectId,
    ) -> Result<Option<Tag>, Failure> {
        let elsewhere = tags.iter().filter(|tag| !tag.on_this_line && is_stable(tag) && counts(line, tag));
        let Some(newest) = elsewhere.max_by_key(|tag| tag.tag.version()) else { return Ok(None) };
        let later = self
            .git
            .graph_descendant_of(oid(&newest.source)?, oid(commit)?)
            .map_err(|error| git_failure("comparing with the newest release", &error))?;
        Ok(later.then(|| newest.tag.clone()))
    }

    /// Every version tag of the clone in the order of versions, seen from the commit that is released.
    ///
    /// Walks the history once, however many tags there are.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where a tag cannot be read or leads to something other than a commit.
    pub fn tags(&self, source: &ObjectId) -> Result<Vec<TagFacts>, Failure> {
        self.facts_of(source, self.named()?)
    }

    /// As [`Self::tags`], and those of the remote that are of a plan, that the clone has no tag for and yet every object of: it made
    /// and pushed them, and was stopped before it could set its own.
    ///
    /// # Errors
    ///
    /// As [`Self::tags`].
    pub fn tags_with_pushed(&self, source: &ObjectId, remote: &RemoteRefs) -> Result<Vec<TagFacts>, Failure> {
        let mut names = self.named()?;
        for (tag, object) in remote.version_tags() {
            let object = oid(&object)?;
            let named = names.iter().any(|(known, _)| *known == tag);
            if !named && self.git.find_tag(object).is_ok_and(|found| is_of_plan(&tag, &found)) {
                names.push((tag, object));
            }
        }
        self.facts_of(source, names)
    }

    /// When a tag was made; where it does not say, when the commit was made that it leads to.
    ///
    /// # Errors
    ///
    /// [`Cause::Git`] where neither can be read.
    pub fn tagged(&self, tag: &TagFacts) -> Result<Timestamp, Failure> {
        let annotated = self.git.find_tag(oid(&tag.object)?).ok();
        match annotated.as_ref().and_then(git2::Tag::tagger) {
            Some(tagger) => Ok(timestamp(tagger.when())),
            None => Ok(self.commit(&tag.commit)?.committed),
        }
    }

    /// The version tags of the clone and what they name.
    fn named(&self) -> Result<Vec<(Tag, Oid)>, Failure> {
        let reading = |error: git2::Error| git_failure("reading the tags", &error);
        let mut names = Vec::new();
        for reference in self.git.references_glob("refs/tags/v*").map_err(reading)? {
            let reference = reference.map_err(reading)?;
            let name = reference.name_bytes().strip_prefix(b"refs/tags/").unwrap_or_default().to_vec();
            if let Some(tag) = std::str::from_utf8(&name).ok().and_then(Tag::parse) {
                let target = reference.resolve().map_err(reading)?.target();
                names.push((
                    tag,
                    target.ok_or_else(|| reading(git2::Error::from_str("a reference without target")))?,
                ));
            }
        }
        Ok(names)
    }

    fn facts_of(&self, source: &ObjectId, mut names: Vec<(Tag, Oid)>) -> Result<Vec<TagFacts>, Failure> {
        let mut tags = Vec::new();
        names.sort();
        for (tag, target) in names {
            tags.push(self.tag_facts(tag, target)?);
        }
        self.mark_line(source, &mut tags)?;
        Ok(tags)
    }

    fn tag_facts(&self, tag: Tag, target: Oid) -> Result<TagFacts, Failure> {
        let reading = |error: git2::Error| git_failure(&format!("reading tag `{tag}`"), &error);
        let object = self.git.find_object(target, None).map_err(reading)?;
        let commit = object.peel(ObjectType::Commit).map_err(|error| {
            Failure::new(
                Cause::Git,
                format!("tag `{tag}` does not lead to a commit: {}", error.message()),
                format!("delete it with `git tag -d {tag}` if it is not a release"),
            )
        })?;
        let annotation = object.as_tag().and_then(|annotated| annotation(&tag, annotated));
        let commit = object_id(commit.id())?;
        let (plan, source) = match annotation {
            Some(Annotation { plan, source }) => (Some(plan), source),
            None => (None, commit.clone()),
        };
        Ok(TagFacts { object: object_id(target)?, commit, source, plan, on_this_line: false, tag })
    }

    /// Marks the tags whose source is the commit or an ancestor of it, in one walk that ends when all are found.
    fn mark_line(&self, source: &ObjectId, tags: &mut [TagFacts]) -> Result<(), Failure> {
        let walking = |error: git2::Error| git_failure("walking the history", &error);
        let mut sought = HashSet::new();
        for tag in tags.iter() {
            sought.insert(oid(&tag.source)?);
        }
        let mut found = HashSet::new();
        let mut walk = self.git.revwalk().map_err(walking)?;
        walk.push(oid(source)?).map_err(walking)?;
        while found.len() < sought.len() {
            let Some(commit) = walk.next() else { break };
            let commit = commit.map_err(walking)?;
            if sought.contains(&commit) {
                found.insert(commit);
            }
        }
        for tag in tags {
            tag.on_this_line = found.contains(&oid(&tag.source)?);
        }
        Ok(())
    }
}

/// What a tag of ours says; none for any other.
fn annotation(tag: &Tag, annotated: &git2::Tag<'_>) -> Option<Annotation> {
    let message = std::str::from_utf8(annotated.message_bytes()?).ok()?;
    Annotation::read(tag, message)
}

/// Whether a tag is of a plan and leads to a commit that is here.
fn is_of_plan(tag: &Tag, annotated: &git2::Tag<'_>) -> bool {
    let leads_to_commit = || annotated.target().is_ok_and(|target| target.peel(ObjectType::Commit).is_ok());
    annotation(tag, annotated).is_some() && leads_to_commit()
}
