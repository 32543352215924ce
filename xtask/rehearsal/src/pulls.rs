//! Pull requests made from commits, for a rehearsal of a repository that has none to show.
//!
//! Owns the reading of Conventional Commits and of merge messages. Pure: must never look into a repository.
//! Source: Conventional Commits 1.0.0.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::seed::{PullState, SeedCommit, SeedPullRequest};

/// A commit since the last tag.
#[derive(Clone, Debug)]
pub struct CommitRecord {
    /// Its id.
    pub sha: String,
    /// Ids of its parents, the first one first.
    pub parents: Vec<String>,
    /// First line of its message.
    pub subject: String,
    /// The rest of its message.
    pub body: String,
    /// Login of its author.
    pub author: String,
    /// When it was committed.
    pub date: Timestamp,
}

/// What the repository calls the labels that decide a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionLabels {
    /// For breaking changes.
    pub major: String,
    /// For new features.
    pub minor: String,
    /// For fixes and all that is not known better.
    pub patch: String,
    /// For what needs no release.
    pub none: String,
}

/// Types of commits that need no release.
const QUIET_TYPES: &[&str] = &["build", "chore", "ci", "docs", "refactor", "style", "test"];

/// How much a commit changes, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Size {
    None,
    Patch,
    Minor,
    Major,
}

/// Makes one merged pull request from each commit of the first-parent history, the oldest first.
///
/// `commits` are all commits since the last tag in any order; `head` is the newest. A merge becomes a pull request with the
/// commits it brought in, anything else a squash merge. The type of a title that is a Conventional Commit chooses the label,
/// for other merges the largest of their commits.
#[must_use]
pub fn pull_requests_from_commits(
    commits: &[CommitRecord],
    head: &str,
    labels: &VersionLabels,
) -> Vec<SeedPullRequest> {
    let known: BTreeMap<&str, &CommitRecord> =
        commits.iter().map(|commit| (commit.sha.as_str(), commit)).collect();
    let mut mainline = Vec::new();
    let mut next = known.get(head);
    while let Some(commit) = next {
        mainline.push(*commit);
        next = commit.parents.first().and_then(|parent| known.get(parent.as_str()));
    }
    mainline.reverse();

    let mut claimed: BTreeSet<&str> = mainline.iter().map(|commit| commit.sha.as_str()).collect();
    let mut numbers = Numbers::reserve(&mainline);
    let mut pulls = Vec::new();
    for commit in mainline {
        let side = brought_in(commit, &known, &mut claimed);
        let (title, number) = title(commit);
        pulls.push(pull(commit, title, numbers.take(number), &side, labels));
    }
    pulls
}

/// The commits that a merge brought in, the oldest first; each belongs to the first merge that reaches it.
fn brought_in<'a>(
    merge: &'a CommitRecord,
    known: &BTreeMap<&'a str, &'a CommitRecord>,
    claimed: &mut BTreeSet<&'a str>,
) -> Vec<&'a CommitRecord> {
    let mut found = Vec::new();
    let mut waiting: Vec<&str> = merge.parents.iter().skip(1).map(String::as_str).collect();
    while let Some(sha) = waiting.pop() {
        if let Some(commit) = known.get(sha).filter(|_| claimed.insert(sha)) {
            found.push(*commit);
            waiting.extend(commit.parents.iter().map(String::as_str));
        }
    }
    found.sort_by(|one, other| one.date.cmp(&other.date).then_with(|| one.sha.cmp(&other.sha)));
    // Commits of one second keep their order by ancestry: a parent never follows its child.
    let mut ordered: Vec<&CommitRecord> = Vec::with_capacity(found.len());
    while !found.is_empty() {
        let ready = |commit: &&CommitRecord| {
            !commit.parents.iter().any(|parent| found.iter().any(|other| other.sha == *parent))
        };
        let index = found.iter().position(ready).unwrap_or(0);
        ordered.push(found.remove(index));
    }
    ordered
}

fn pull(
    commit: &CommitRecord,
    title: String,
    number: u64,
    side: &[&CommitRecord],
    labels: &VersionLabels,
) -> SeedPullRequest {
    let merge = commit.parents.len() > 1;
    let size = size_of(&title, &commit.body).unwrap_or_else(|| {
        let sizes = side.iter().filter_map(|commit| size_of(&commit.subject, &commit.body));
        sizes.max().unwrap_or(Size::Patch)
    });
    let label = match size {
        Size::None => &labels.none,
        Size::Patch => &labels.patch,
        Size::Minor => &labels.minor,
        Size::Major => &labels.major,
    };
    let own = if side.is_empty() { vec![commit] } else { side.to_vec() };
    let author =
        if merge { own.first().map_or(&commit.author, |first| &first.author) } else { &commit.author };
    let mut landed: Vec<String> = side.iter().map(|commit| commit.sha.clone()).collect();
    landed.push(commit.sha.clone());
    SeedPullRequest {
        number,
        title,
        body: if merge || commit.body.trim().is_empty() { None } else { Some(commit.body.trim().to_owned()) },
        author: Some(author.clone()),
        labels: vec![label.clone()],
        base: None,
        head: None,
        head_repository: None,
        state: PullState::Merged,
        created_at: None,
        merged_at: Some(commit.date),
        merge_commit: Some(commit.sha.clone()),
        landed,
        commits: own
            .iter()
            .map(|commit| SeedCommit {
                sha: commit.sha.clone(),
                headline: commit.subject.clone(),
                authored_at: commit.date,
            })
            .collect(),
        unindexed: false,
    }
}

/// The title a pull request had, and the number its merge speaks of.
fn title(commit: &CommitRecord) -> (String, Option<u64>) {
    if let Some(rest) = commit.subject.strip_prefix("Merge pull request #") {
        let number = rest.split(' ').next().and_then(|number| number.parse().ok());
        let first = commit.body.lines().map(str::trim).find(|line| !line.is_empty());
        return (first.unwrap_or(&commit.subject).to_owned(), number);
    }
    let numbered = commit.subject.strip_suffix(')').and_then(|subject| subject.rsplit_once(" (#"));
    match numbered.and_then(|(title, number)| Some((title, number.parse().ok()?))) {
        Some((title, number)) => (title.to_owned(), Some(number)),
        None => (commit.subject.clone(), None),
    }
}

/// How much a Conventional Commit changes; `None` for any other message.
fn size_of(subject: &str, body: &str) -> Option<Size> {
    let (kind, description) = subject.split_once(": ")?;
    let (kind, breaking) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
    let kind = kind.split_once('(').map_or(kind, |(kind, _)| kind);
    let conventional = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !conventional || description.trim().is_empty() {
        return None;
    }
    let footer = |line: &str| line.starts_with("BREAKING CHANGE: ") || line.starts_with("BREAKING-CHANGE: ");
    let kind = kind.to_ascii_lowercase();
    Some(match kind.as_str() {
        _ if breaking || body.lines().any(footer) => Size::Major,
        "feat" => Size::Minor,
        quiet if QUIET_TYPES.contains(&quiet) => Size::None,
        _ => Size::Patch,
    })
}

/// Hands out numbers: the one a message speaks of where it is free, else one that no message speaks of.
struct Numbers {
    spoken_of: BTreeSet<u64>,
    taken: BTreeSet<u64>,
    next: u64,
}

impl Numbers {
    fn reserve(mainline: &[&CommitRecord]) -> Self {
        let spoken_of = mainline.iter().filter_map(|commit| title(commit).1).collect();
        Self { spoken_of, taken: BTreeSet::new(), next: 1 }
    }

    fn take(&mut self, wanted: Option<u64>) -> u64 {
        if let Some(number) = wanted.filter(|number| *number > 0 && self.taken.insert(*number)) {
            return number;
        }
        while self.spoken_of.contains(&self.next) || !self.taken.insert(self.next) {
            self.next = self.next.saturating_add(1);
        }
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(sha: &str, parents: &[&str], subject: &str, body: &str, second: i64) -> CommitRecord {
        CommitRecord {
            sha: sha.to_owned(),
            parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            author: format!("author-of-{sha}"),
            date: Timestamp::from_second(second).unwrap(),
        }
    }

    fn labels() -> VersionLabels {
        let name = str::to_owned;
        VersionLabels { major: name("major"), minor: name("minor"), patch: name("patch"), none: name("none") }
    }

    #[test]
    fn the_type_of_a_commit_chooses_the_label() {
        for (subject, body, label) in [
            ("feat: a", "", "minor"),
            ("feat(api)!: a", "", "major"),
            ("fix: a", "why\n\nBREAKING CHANGE: b", "major"),
            ("fix(x): a", "", "patch"),
            ("perf: a", "", "patch"),
            ("docs: a", "", "none"),
            ("Chore: a", "", "none"),
            ("revert: a", "", "patch"),
            ("tidy up", "", "patch"),
            ("see http://x: y", "", "patch"),
        ] {
            let pulls = pull_requests_from_commits(&[commit("a", &[], subject, body, 1)], "a", &labels());
            assert_eq!(pulls[0].labels, [label], "{subject}");
        }
    }

    #[test]
    fn a_merge_lands_the_commits_it_brought_in_and_they_become_no_pull_requests() {
        let commits = [
            commit("m", &["a", "c"], "Merge pull request #7 from acme/x", "\nfeat: both", 9),
            commit("c", &["b"], "fix: second", "", 5),
            commit("b", &["base"], "fix: first", "", 5),
            commit("a", &["base"], "docs: text (#9)", "", 3),
        ];
        let pulls = pull_requests_from_commits(&commits, "m", &labels());
        let numbers: Vec<u64> = pulls.iter().map(|pull| pull.number).collect();
        assert_eq!(numbers, [9, 7]);
        assert_eq!(pulls[0].title, "docs: text");
        assert_eq!(pulls[1].landed, ["b", "c", "m"]);
        assert_eq!(pulls[1].title, "feat: both");
        assert_eq!(pulls[1].labels, ["minor"]);
        assert_eq!(pulls[1].author.as_deref(), Some("author-of-b"));
    }

    #[test]
    fn a_merge_without_a_conventional_title_takes_the_largest_of_its_commits() {
        let commits = [
            commit("m", &["a", "b"], "Merge branch 'x'", "", 9),
            commit("b", &["a"], "feat!: all new", "", 5),
            commit("a", &[], "docs: text", "", 3),
        ];
        let pulls = pull_requests_from_commits(&commits, "m", &labels());
        assert_eq!(pulls[1].labels, ["major"]);
    }

    #[test]
    fn a_number_that_two_commits_claim_is_given_once() {
        let commits = [commit("b", &["a"], "fix: b (#3)", "", 2), commit("a", &[], "fix: a (#3)", "", 1)];
        let pulls = pull_requests_from_commits(&commits, "b", &labels());
        let numbers: Vec<u64> = pulls.iter().map(|pull| pull.number).collect();
        assert_eq!(numbers, [3, 1]);
    }
}
