//! The rules about the Git repository and its remote. Never looks at a repository: the facts say what was seen.

use crate::config::release::Mode;
use crate::facts::{Divergence, Facts};
use crate::finding::{Cause, Finding, Severity};
use crate::identity::Tag;
use crate::line::Line;
use crate::version::is_prerelease;

use super::stop;

/// How many changed files a message names before it only counts.
const NAMED_FILES: usize = 5;

pub(super) fn tree_is_clean(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let dirty = &facts.repository.dirty;
    if dirty.is_empty() {
        return Vec::new();
    }
    let mut named: Vec<String> = dirty
        .iter()
        .take(NAMED_FILES)
        .map(|path| format!("`{}`", crate::untrusted::terminal_line(path)))
        .collect();
    if dirty.len() > NAMED_FILES {
        named.push(format!("and {} more", dirty.len() - NAMED_FILES));
    }
    vec![stop(
        Cause::TreeDirty,
        format!("the working tree has changes: {}", named.join(", ")),
        "commit them, or set them aside with `git stash --include-untracked`",
    )]
}

pub(super) fn branch_is_right(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let wanted = &facts.branch();
    match &facts.repository.branch {
        Some(branch) if branch == wanted => Vec::new(),
        Some(branch) => vec![stop(
            Cause::BranchWrong,
            format!("`{branch}` is checked out, but releases are cut from `{wanted}`"),
            format!("run `git switch {wanted}`, or change `branches` in `config/release.yaml`"),
        )],
        // CI checks out a commit, not a branch: that is right as long as the commit is the branch's.
        None if facts.repository.remote_branch.as_ref() == Some(&facts.repository.source.id) => Vec::new(),
        None => vec![stop(
            Cause::BranchWrong,
            format!("no branch is checked out, and the commit is not the newest of `{wanted}` on the remote"),
            format!("run `git switch {wanted}`"),
        )],
    }
}

pub(super) fn branch_is_pushed(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let branch = &facts.branch();
    let remote = &facts.configuration.release.repository.remote;
    let differs = |how: String, hint: String| vec![stop(Cause::BranchDiffers, how, hint)];
    match facts.repository.divergence {
        None if facts.repository.remote_branch.is_none() => differs(
            format!("the remote `{remote}` has no branch `{branch}`"),
            format!("push it first: `git push {remote} {branch}`"),
        ),
        None | Some(Divergence { ahead: 0, .. }) => Vec::new(),
        Some(Divergence { ahead, behind: Some(0) }) => differs(
            format!("`{branch}` has {} that `{remote}/{branch}` has not", counted(Some(ahead))),
            format!(
                "push them first: `git push {remote} {branch}`; only what was reviewed there is released"
            ),
        ),
        Some(Divergence { ahead, behind: count }) => differs(
            format!(
                "`{branch}` and `{remote}/{branch}` have parted: {} here, {} there",
                counted(Some(ahead)),
                counted(count)
            ),
            format!("bring them together with `git pull --rebase {remote} {branch}` and push"),
        ),
    }
}

pub(super) fn nothing_came_first(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let Some(tag) = &facts.repository.overtaken_by else { return branch_is_current(facts) };
    vec![stop(
        Cause::Overtaken,
        format!("another run of this tool made the tag {tag}, which this clone has not"),
        "run `git pull --tags`, then run again: it finishes that release, or finds it finished",
    )]
}

fn branch_is_current(facts: &Facts) -> Vec<Finding> {
    let branch = &facts.branch();
    let remote = &facts.configuration.release.repository.remote;
    match (facts.mode(), facts.repository.divergence) {
        // A tag alone may name an older commit of the branch; a moved branch may not lose newer ones.
        (Mode::TagOnly, _) => Vec::new(),
        (_, None | Some(Divergence { ahead: 0, behind: Some(0) } | Divergence { ahead: 1.., .. })) => {
            Vec::new()
        }
        (_, Some(Divergence { ahead: 0, behind: count })) => vec![stop(
            Cause::Overtaken,
            format!("`{branch}` is {} behind `{remote}/{branch}`", counted(count)),
            format!(
                "run `git pull --ff-only --tags {remote} {branch}`, then run again; in CI, the run of the newer commit releases both"
            ),
        )],
    }
}

fn counted(commits: Option<usize>) -> String {
    match commits {
        Some(1) => "1 commit".to_owned(),
        Some(count) => format!("{count} commits"),
        None => "some commits".to_owned(),
    }
}

pub(super) fn identity_is_known(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    if facts.repository.identity.is_some() {
        return Vec::new();
    }
    vec![stop(
        Cause::IdentityMissing,
        "git does not know who commits",
        "run `git config user.name \"…\"` and `git config user.email \"…\"`; in CI, set both in the job",
    )]
}

pub(super) fn line_is_known(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let tags = &facts.repository.tags;
    let line = Line::from(&facts.repository);
    if line.is_first() || line.is_known() {
        return Vec::new();
    }
    let highest = tags.iter().map(|tag| &tag.tag).filter(|tag| tag.version().pre.is_empty()).max();
    let named = highest.map(ToString::to_string).unwrap_or_default();
    vec![stop(
        Cause::LineUnknown,
        format!("there are releases up to {named}, but none of them lies on the history of this commit"),
        "release from the branch that has them; or, if their history was rewritten, tag the commit of this history that \
         corresponds to the last release",
    )]
}

/// Said, and in nobody's way: what was mended on a line only may have no meaning on main any more.
pub(super) fn lines_are_forwarded(facts: &Facts, _: Option<&Tag>) -> Vec<Finding> {
    let branches = &facts.configuration.release.branches;
    let lost =
        facts.repository.lines.iter().flat_map(|line| {
            line.unforwarded.iter().map(move |commit| (branches.of(Some(line.number)), commit))
        });
    lost.map(|(line, commit)| Finding {
        severity: Severity::Note,
        ..stop(
            Cause::NotForwarded,
            format!(
                "{} `{}` is on `{line}` and never reached `{}`",
                commit.id.short(),
                crate::untrusted::terminal_line(&commit.subject),
                branches.main
            ),
            format!(
                "bring it there with `git cherry-pick -x {}`, or leave it where it has no meaning",
                commit.id.short()
            ),
        )
    })
    .collect()
}

/// Whether a tag that the remote lacks is of a pre-release that was deleted because newer ones came: its channel keeps a few only, and the
/// remote has a newer one.
fn is_pruned(tag: &Tag, facts: &Facts) -> bool {
    let kept = facts.configuration.release.channels.iter().filter(|channel| channel.keep.is_some());
    let mut kinds = kept.filter_map(|channel| channel.prerelease.as_deref());
    let newer = |kind: &str| {
        facts.repository.remote_tags.keys().any(|other| is_prerelease(other, kind) && other > tag)
    };
    kinds.any(|kind| is_prerelease(tag, kind) && newer(kind))
}

pub(super) fn tags_agree(facts: &Facts, tag: Option<&Tag>) -> Vec<Finding> {
    let repository = &facts.repository;
    let remote_name = &facts.configuration.release.repository.remote;
    let mut findings = Vec::new();
    for local in &repository.tags {
        match repository.remote_tags.get(&local.tag) {
            Some(remote) if *remote != local.object => findings.push(stop(
                Cause::TagElsewhere,
                format!(
                    "the tag {} is {} here and {} on the remote",
                    local.tag,
                    local.object.short(),
                    remote.short()
                ),
                format!(
                    "tags never move: if the remote is right, run `git tag -d {0}` and `git fetch --tags`",
                    local.tag
                ),
            )),
            Some(_) => {}
            None if is_pruned(&local.tag, facts) => {}
            None => findings.push(stop(
                Cause::TagElsewhere,
                format!("this clone has the tag {} and the remote has not", local.tag),
                format!(
                    "versions are counted from tags: push it with `git push {remote_name} {0}`, or remove it with `git tag -d {0}`",
                    local.tag
                ),
            )),
        }
    }
    let known = |tag: &Tag| repository.tags.iter().any(|local| local.tag == *tag);
    for tag in repository.remote_tags.keys().filter(|tag| !known(tag)) {
        findings.push(stop(
            Cause::TagElsewhere,
            format!("the remote has the tag {tag} and this clone has not"),
            "run `git fetch --tags`, so that the next version is computed from all of them",
        ));
    }
    if let Some(tag) = tag
        && known(tag)
    {
        findings.push(stop(
            Cause::TagElsewhere,
            format!("the tag {tag}, which would be next, exists already and leads to another line"),
            "release from the line that has it, or delete the tag if it was made by mistake",
        ));
    }
    findings
}
