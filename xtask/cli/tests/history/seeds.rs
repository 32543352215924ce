//! From a story to a repository and to what the forge knows of it. Never asks what follows from the story.

use jiff::Timestamp;
use release_core::config::release::Bump;
use release_rehearsal::{PullState, Seed, SeedCommit, SeedPullRequest, SeedRelease};
use tempfile::TempDir;

use crate::past::{BEGIN, Start, start};
use crate::platform::{RELEASE, Settings, release};
use crate::story::{Author, Elsewhere, Event, Pull, Story, Way, number};
use crate::titles::TITLES;
use crate::writer::{Commit, Names, Writer};

/// A folder with the bare repository `remote.git`, and what the forge knows.
pub struct Built {
    pub folder: TempDir,
    pub seed: Seed,
    /// How many commits are new since the last release.
    pub commits: usize,
}

/// Makes it true.
pub fn build(story: &Story) -> Built {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bare = folder.path().join("remote.git");
    let start = start(story.past);
    start.unpack(&bare);
    let mut telling = Telling::new(start);
    for (place, event) in story.events.iter().enumerate() {
        telling.tell(place, event);
    }
    let Telling { mut writer, main, pulls, .. } = telling;
    if main != Commit::Known(start.main.clone()) {
        writer.amend(&main, RELEASE, release(&settings(story)));
    }
    let commits = start.unreleased + writer.len();
    writer.point("refs/heads/main", &main);
    if story.strange_tags {
        strange_tags(&mut writer, start, &main);
    }
    let names = writer.write(&bare);
    let mut pull_requests: Vec<_> = pulls.into_iter().map(|pull| pull.seed(&names)).collect();
    pull_requests.extend(start.stamp.clone());
    let drafts = (0..story.drafts).map(draft);
    let releases = start.releases.iter().cloned().chain(drafts).collect();
    Built { folder, seed: Seed { pull_requests, labels: Vec::new(), releases }, commits }
}

fn settings(story: &Story) -> Settings {
    Settings {
        mode: story.mode,
        below_one: story.below_one,
        unlabelled: story.unlabelled,
        direct_commits: story.direct_commits,
        ..Settings::default()
    }
}

/// Tags that say nothing about the release to come.
fn strange_tags(writer: &mut Writer, start: &Start, main: &Commit) {
    let early = Commit::Known(start.early.clone());
    let other = writer.commit("On another line", &[&early], (BEGIN, BEGIN), &[]);
    for tag in ["v7.0.0", "v0.1.9", "v7.1.0-rc.1"] {
        writer.point(&format!("refs/tags/{tag}"), &other);
    }
    writer.annotate("v6.5.0", &other, "Release v6.5.0\n\nNot by the tool.\n");
    for tag in [
        "v1.9.0-rc.4",
        "v9.9.9-beta.1",
        "nightly",
        "v-next",
        "1.99.0",
        "v1.99",
        "v1.99.0+build",
        "vendor/v1.99.0",
    ] {
        writer.point(&format!("refs/tags/{tag}"), main);
    }
}

fn draft(number: usize) -> SeedRelease {
    SeedRelease {
        tag_name: format!("draft-{number}"),
        target: None,
        name: None,
        body: None,
        draft: true,
        prerelease: false,
        assets: Vec::new(),
    }
}

/// A story being told.
struct Telling {
    writer: Writer,
    main: Commit,
    early: Commit,
    second: i64,
    made_up: u64,
    pulls: Vec<Told>,
}

/// A pull request whose commits have no names yet.
struct Told {
    seed: SeedPullRequest,
    merge: Option<Commit>,
    landed: Vec<Commit>,
    own: Vec<(Option<Commit>, SeedCommit)>,
}

impl Told {
    fn seed(mut self, names: &Names) -> SeedPullRequest {
        self.seed.merge_commit = self.merge.map(|commit| names.of(&commit));
        self.seed.landed = self.landed.iter().map(|commit| names.of(commit)).collect();
        let own = self.own.into_iter().map(|(commit, seed)| match commit {
            Some(commit) => SeedCommit { sha: names.of(&commit), ..seed },
            None => seed,
        });
        self.seed.commits = own.collect();
        self.seed
    }
}

impl Telling {
    fn new(start: &Start) -> Self {
        Self {
            writer: Writer::default(),
            main: Commit::Known(start.main.clone()),
            early: Commit::Known(start.early.clone()),
            second: BEGIN + 100_000,
            made_up: 0,
            pulls: Vec::new(),
        }
    }

    fn tell(&mut self, place: usize, event: &Event) {
        match event {
            Event::Merged(pull) => self.merged(number(place), pull),
            Event::Direct { misleading } => {
                let subject = if *misleading { "Push at once (#11)" } else { "Push at once" };
                self.main = self.on_main(subject);
            }
            Event::Elsewhere(elsewhere) => self.elsewhere(number(place), *elsewhere),
        }
    }

    /// The time of the next commit.
    fn tick(&mut self) -> i64 {
        self.second += 7;
        self.second
    }

    fn on_main(&mut self, message: &str) -> Commit {
        let main = self.main.clone();
        self.child(message, &[&main])
    }

    /// A commit with a file of its own.
    fn child(&mut self, message: &str, parents: &[&Commit]) -> Commit {
        let second = self.tick();
        let file = [("notes.txt", format!("{second}\n"))];
        self.writer.commit(message, parents, (second, second), &file)
    }

    /// A commit of a branch that the repository does not have.
    fn made_up(&mut self, headline: &str) -> SeedCommit {
        self.made_up += 1;
        let second = BEGIN + 5_000 + i64::try_from(self.made_up).unwrap();
        SeedCommit {
            sha: format!("feed{:036x}", self.made_up),
            headline: headline.to_owned(),
            authored_at: Timestamp::from_second(second).unwrap(),
        }
    }

    fn merged(&mut self, number: u64, pull: &Pull) {
        let title = TITLES[pull.title].raw(number);
        let (landed, own) = match pull.way {
            Way::Squash => self.squashed(number, &title),
            Way::Rebase { commits } => self.rebased(number, commits),
            Way::FastForward { commits } => {
                let main = self.main.clone();
                self.side(number, commits, &main)
            }
            Way::Merge { commits, early, updated } => {
                self.with_a_merge(number, &title, commits, early, updated)
            }
            Way::Stack { squashed } => self.stacked(number, &title, squashed),
        };
        let merge = landed.last().cloned().expect("a commit");
        self.main = merge.clone();
        let seed = SeedPullRequest {
            title,
            body: Some(
                if pull.block {
                    "Why.\r\n\r\nchangelog(deprecated): The old way goes\r\n"
                } else {
                    "Why (#1)."
                }
                .into(),
            ),
            author: match pull.author {
                Author::Person(login) => Some(login.to_owned()),
                Author::Bot => Some("dependabot[bot]".to_owned()),
                Author::Deleted => None,
            },
            labels: labels(pull),
            head_repository: pull.fork.then(|| "somebody/widget".to_owned()),
            unindexed: pull.hurried,
            ..self.seed(number, PullState::Merged)
        };
        self.pulls.push(Told { seed, merge: Some(merge), landed, own });
    }

    fn seed(&self, number: u64, state: PullState) -> SeedPullRequest {
        let time = Timestamp::from_second(self.second).unwrap();
        SeedPullRequest {
            number,
            title: format!("Not in the release (#{})", number + 2),
            body: None,
            author: Some("mallory".to_owned()),
            labels: vec!["major".to_owned()],
            base: None,
            head: Some(format!("topic-{number}")),
            head_repository: None,
            state,
            created_at: Some(time),
            merged_at: (state == PullState::Merged).then_some(time),
            merge_commit: None,
            landed: Vec::new(),
            commits: Vec::new(),
            unindexed: false,
        }
    }

    fn squashed(&mut self, number: u64, title: &str) -> Landed {
        let own = (0..2).map(|_| (None, self.made_up("wip"))).collect();
        (vec![self.on_main(&format!("{title} (#{number})"))], own)
    }

    /// A rebase keeps subjects and the dates of authorship.
    fn rebased(&mut self, number: u64, commits: usize) -> Landed {
        let (mut landed, mut own, mut head) = (Vec::new(), Vec::new(), self.main.clone());
        for step in 0..commits {
            let subject = format!("Step {step} of {number}");
            let original = self.made_up(&subject);
            let dates = (original.authored_at.as_second(), self.tick());
            let file = [("notes.txt", format!("{dates:?}\n"))];
            head = self.writer.commit(&subject, &[&head], dates, &file);
            landed.push(head.clone());
            own.push((None, original));
        }
        (landed, own)
    }

    /// Commits on top of another, which the pull request has as they are.
    fn side(&mut self, number: u64, commits: usize, from: &Commit) -> Landed {
        let (mut landed, mut own, mut head) = (Vec::new(), Vec::new(), from.clone());
        for step in 0..commits {
            let subject = format!("Step {step} of {number}");
            head = self.child(&subject, &[&head]);
            landed.push(head.clone());
            own.push((Some(head.clone()), self.as_it_is(&subject)));
        }
        (landed, own)
    }

    fn as_it_is(&self, headline: &str) -> SeedCommit {
        SeedCommit {
            sha: String::new(),
            headline: headline.to_owned(),
            authored_at: Timestamp::from_second(self.second).unwrap(),
        }
    }

    fn with_a_merge(
        &mut self,
        number: u64,
        title: &str,
        commits: usize,
        early: bool,
        updated: bool,
    ) -> Landed {
        let from = if early { self.early.clone() } else { self.main.clone() };
        let (mut landed, mut own) = self.side(number, commits, &from);
        if updated {
            let (tip, main) = (landed[landed.len() - 1].clone(), self.main.clone());
            let subject = format!("Merge branch 'main' into topic-{number}");
            let merge = self.child(&subject, &[&tip, &main]);
            own.push((Some(merge.clone()), self.as_it_is(&subject)));
            landed.push(merge);
        }
        self.close(number, title, (landed, own))
    }

    /// The merge commit of a pull request.
    fn close(&mut self, number: u64, title: &str, (mut landed, own): Landed) -> Landed {
        let (tip, main) = (landed[landed.len() - 1].clone(), self.main.clone());
        let message = format!("Merge pull request #{number} from acme/topic-{number}\n\n{title}");
        landed.push(self.child(&message, &[&main, &tip]));
        (landed, own)
    }

    /// A pull request into whose branch another was merged, whose labels say nothing about the release.
    fn stacked(&mut self, number: u64, title: &str, squashed: bool) -> Landed {
        let main = self.main.clone();
        let (mut landed, mut own) = self.side(number, 1, &main);
        let tip = landed[0].clone();
        let inner = if squashed {
            let subject = format!("Upon it (#{})", number + 1);
            let commit = self.child(&subject, &[&tip]);
            (vec![commit.clone()], vec![(Some(commit), self.as_it_is(&subject))])
        } else {
            self.side(number + 1, 2, &tip)
        };
        let seed = SeedPullRequest {
            base: Some(format!("topic-{number}")),
            ..self.seed(number + 1, PullState::Merged)
        };
        let merge = inner.0.last().cloned();
        self.pulls.push(Told { seed, merge, landed: inner.0.clone(), own: inner.1.clone() });
        landed.extend(inner.0);
        own.extend(inner.1);
        self.close(number, title, (landed, own))
    }

    fn elsewhere(&mut self, number: u64, elsewhere: Elsewhere) {
        let there = SeedCommit { sha: String::new(), ..self.made_up("Open") };
        let main = Some(self.main.clone());
        let told = match elsewhere {
            // Their branches hold what is on the release branch already, as every branch does.
            Elsewhere::Open | Elsewhere::Closed => {
                let state =
                    if matches!(elsewhere, Elsewhere::Open) { PullState::Open } else { PullState::Closed };
                Told {
                    seed: self.seed(number, state),
                    merge: None,
                    landed: Vec::new(),
                    own: vec![(main, there)],
                }
            }
            Elsewhere::OtherBranch => {
                let merge = Commit::Known(self.made_up("Elsewhere").sha);
                let base = Some("release/0.9".to_owned());
                let seed = SeedPullRequest { base, ..self.seed(number, PullState::Merged) };
                Told { seed, merge: Some(merge.clone()), landed: vec![merge], own: vec![(main, there)] }
            }
        };
        self.pulls.push(told);
    }
}

/// The commits on the release branch, and the pull request's own.
type Landed = (Vec<Commit>, Vec<(Option<Commit>, SeedCommit)>);

fn labels(pull: &Pull) -> Vec<String> {
    let bump = match pull.bump {
        Bump::None => "none",
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "major",
    };
    let others = (0..pull.other_labels).map(|other| format!("area/{other}"));
    others.chain(pull.section.map(|(label, _)| label.to_owned())).chain([bump.to_owned()]).collect()
}
