//! How work comes onto main: the three ways in which a forge merges a pull request, made with git, and commits that nobody reviewed.

use std::fs;
use std::path::{Path, PathBuf};

use release_rehearsal::{SeedCommit, SeedPullRequest};

use crate::git::{at, commit, git};
use crate::stage::{Stage, merged};

/// A pull request that is merged.
pub(crate) struct Pull<'a> {
    pub(crate) title: &'a str,
    pub(crate) labels: &'a [&'a str],
    pub(crate) body: Option<&'a str>,
    pub(crate) way: Way<'a>,
    /// What it changes beside the file that every pull request brings.
    pub(crate) edit: fn(&Path),
}

/// The way it is merged, with the messages of its own commits where they reach main.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way<'a> {
    Squash,
    Merge(&'a [&'a str]),
    Rebase(&'a [&'a str]),
}

impl Default for Pull<'_> {
    fn default() -> Self {
        Self { title: "Change it", labels: &[], body: None, way: Way::Squash, edit: |_| () }
    }
}

impl Stage {
    /// Merges a pull request into main and returns its number.
    pub(crate) fn land(&self, pull: &Pull<'_>) -> u64 {
        let number = self.next();
        let workshop = self.path("workshop");
        let squashed = format!("{} (#{number})", pull.title);
        let landed = match pull.way {
            Way::Squash => self.on_main(number, &squashed, pull.edit),
            Way::Merge(messages) => self.merge_commit(number, messages, pull.edit),
            Way::Rebase(messages) => {
                messages.iter().flat_map(|message| self.on_main(number, message, pull.edit)).collect()
            }
        };
        let commits = match pull.way {
            Way::Squash => Vec::new(),
            Way::Merge(messages) => own(&landed, messages, number),
            // On their branch they had other names; the dates of authorship stay.
            Way::Rebase(messages) => {
                let before: Vec<String> = (1..=messages.len()).map(|place| format!("{place:040x}")).collect();
                own(&before, messages, number)
            }
        };
        let body = pull.body.map(str::to_owned);
        let seed = merged(&workshop, number, pull.title, pull.labels);
        let seed = SeedPullRequest { body, landed, commits, ..seed };
        self.rehearsal.add_pull_request(seed).expect("a pull request");
        number
    }

    /// Squash-merges a pull request into another branch than main and returns its number.
    pub(crate) fn merge_into(&self, branch: &str, title: &str, labels: &[&str]) -> u64 {
        let number = self.next();
        let workshop = self.path("workshop");
        git(&workshop, &["fetch", "--quiet", "--tags", "--force", "origin"]);
        git(&workshop, &["switch", "--quiet", "--detach", &format!("origin/{branch}")]);
        self.change(number, &format!("{title} (#{number})"), |_| ());
        git(&workshop, &["push", "--quiet", "origin", &format!("HEAD:{branch}")]);
        let seed = merged(&workshop, number, title, labels);
        let seed = SeedPullRequest { base: Some(branch.to_owned()), ..seed };
        self.rehearsal.add_pull_request(seed).expect("a pull request");
        number
    }

    /// A fresh clone in which a branch is checked out.
    pub(crate) fn clone_at(&self, branch: &str) -> PathBuf {
        let clone = self.fresh_clone();
        git(&clone, &["switch", "--quiet", branch]);
        clone
    }

    /// Puts one commit on main and pushes it.
    pub(crate) fn on_main(&self, number: u64, message: &str, edit: impl Fn(&Path)) -> Vec<String> {
        let workshop = self.up_to_date();
        self.change(number, message, edit);
        git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
        vec![git(&workshop, &["rev-parse", "HEAD"])]
    }

    /// Brings commits in from a branch that left main before its newest commit.
    fn merge_commit(&self, number: u64, messages: &[&str], edit: fn(&Path)) -> Vec<String> {
        let workshop = self.up_to_date();
        git(&workshop, &["switch", "--quiet", "--force-create", "feature", "HEAD~1"]);
        let mut landed: Vec<String> = Vec::new();
        for message in messages {
            self.change(number, message, edit);
            landed.push(git(&workshop, &["rev-parse", "HEAD"]));
        }
        git(&workshop, &["switch", "--quiet", "--detach", "origin/main"]);
        let message = format!("Merge pull request #{number} from example/feature");
        git(&workshop, &["merge", "--quiet", "--no-ff", "--no-commit", "feature"]);
        commit(&workshop, &message, number);
        git(&workshop, &["push", "--quiet", "origin", "HEAD:main"]);
        landed.push(git(&workshop, &["rev-parse", "HEAD"]));
        landed
    }

    /// The workshop, with what is on main now.
    fn up_to_date(&self) -> PathBuf {
        let workshop = self.path("workshop");
        git(&workshop, &["fetch", "--quiet", "--tags", "--force", "origin"]);
        git(&workshop, &["switch", "--quiet", "--detach", "origin/main"]);
        workshop
    }

    /// Commits a change to a service, a new one each time.
    fn change(&self, number: u64, message: &str, edit: impl Fn(&Path)) {
        let workshop = self.path("workshop");
        let service = workshop.join("services").join(self.platform.images[0]);
        let file = service.join(format!("{number}-{}.txt", self.next()));
        fs::create_dir_all(&service).expect("a folder");
        fs::write(file, message).expect("a file");
        edit(&workshop);
        commit(&workshop, message, number);
    }
}

/// Commits as they are on the branch of a pull request.
fn own(names: &[String], messages: &[&str], minute: u64) -> Vec<SeedCommit> {
    let authored_at = at(minute);
    let commits = names.iter().zip(messages).map(|(sha, message)| SeedCommit {
        sha: sha.clone(),
        headline: message.lines().next().unwrap_or_default().to_owned(),
        authored_at,
    });
    commits.collect()
}
