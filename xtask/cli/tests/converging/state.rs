//! What a scene looks like to those who use it, without what may differ between two ways to the same end: object names, numbers, times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::Envelope;
use bundle_format::signature::PublicKey;
use git2::{Oid, Repository};
use release_core::identity::Tag;
use release_core::plan::{PATH, Plan};
use release_rehearsal::{Rehearsal, SnapshotRelease};

use crate::remote::Remote;
use crate::scene::Scene;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Each version tag, with the subjects of the history behind it.
    pub(crate) tags: BTreeMap<String, Vec<String>>,
    /// Each branch but that of the channels, with the subjects of its history.
    pub(crate) branches: BTreeMap<String, Vec<String>>,
    /// The versions in the changelog of each branch and tag.
    pub(crate) changelogs: BTreeMap<String, Vec<String>>,
    /// Releases, those that are published and drafts.
    pub(crate) releases: BTreeSet<Shown>,
    /// The version that each channel's pointer names, and its sequence.
    pub(crate) pointers: BTreeMap<String, (String, u64)>,
    /// The version tag that each moving tag agrees with.
    pub(crate) moving: BTreeMap<String, String>,
    /// Each tag that an image was given, with the version tags that lead to the same bits.
    pub(crate) images: BTreeMap<String, Vec<String>>,
    pub(crate) withdrawn: Vec<String>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) tag: String,
    pub(crate) draft: bool,
    pub(crate) prerelease: bool,
    pub(crate) latest: bool,
    pub(crate) title: String,
    pub(crate) assets: Vec<String>,
}

impl State {
    /// Each part by name, as text.
    pub(crate) fn parts(&self) -> Vec<(&'static str, String)> {
        let branches = self.branches.iter().map(|(name, subjects)| (format!("branch {name}"), subjects));
        let tags = self.tags.iter().map(|(name, subjects)| (format!("tag {name}"), subjects));
        vec![
            ("histories", format!("{:?}", branches.chain(tags).collect::<Vec<_>>())),
            ("changelogs", format!("{:?}", self.changelogs)),
            ("releases", format!("{:?}", self.releases)),
            ("pointers", format!("{:?}", self.pointers)),
            ("moving tags", format!("{:?}", self.moving)),
            ("images", format!("{:?}", self.images)),
            ("withdrawn", format!("{:?}", self.withdrawn)),
        ]
    }

    /// The same without how often each pointer moved, where a version may have been passed over.
    pub(crate) fn without_sequences(mut self) -> Self {
        self.pointers.values_mut().for_each(|(_, sequence)| *sequence = 0);
        self
    }
}

impl Scene {
    /// What there is now.
    pub(crate) fn state(&self) -> State {
        let references = self.remote.references();
        let git = self.git();
        let mut state = State::default();
        for (name, object) in &references {
            let commit =
                git.find_object(oid(object), None).and_then(|it| it.peel_to_commit()).expect("a commit");
            if let Some(tag) = name.strip_prefix("refs/tags/") {
                if Tag::parse(tag).is_some() {
                    state.tags.insert(tag.to_owned(), subjects(&git, commit.id()));
                    state.changelogs.insert(tag.to_owned(), headings(&git, commit.id()));
                } else {
                    let same = references.iter().find(|(other, there)| {
                        let version = other.strip_prefix("refs/tags/").and_then(Tag::parse);
                        version.is_some() && peeled(&git, there) == commit.id()
                    });
                    state.moving.insert(tag.to_owned(), same.map_or("nothing", |(name, _)| name).to_owned());
                }
            } else if let Some(branch) = name.strip_prefix("refs/heads/").filter(|name| *name != "channels") {
                state.branches.insert(branch.to_owned(), subjects(&git, commit.id()));
                state.changelogs.insert(branch.to_owned(), headings(&git, commit.id()));
            }
        }
        let snapshot = self.rehearsal.snapshot();
        state.releases = snapshot.releases.iter().map(shown).collect();
        let versions = |digest: &str| {
            let same = snapshot.images.iter().filter(|(_, other)| *other == digest);
            same.map(|(name, _)| name.clone()).filter(|name| name.contains(":v")).collect()
        };
        state.images =
            snapshot.images.iter().map(|(name, digest)| (name.clone(), versions(digest))).collect();
        if let Some(head) = references.get("refs/heads/channels") {
            self.onlooker().read_channels(&git, oid(head), &mut state);
        }
        state
    }

    /// Everything that a run from a fresh clone goes by: from the same, it does the same.
    pub(crate) fn seen_by_a_run(&self) -> String {
        let mut snapshot = self.rehearsal.snapshot();
        let head = snapshot.refs.remove("refs/heads/channels");
        let channels = head.map(|head| self.remote.meaning("refs/heads/channels", &head));
        for asset in snapshot.releases.iter_mut().flat_map(|release| &mut release.assets) {
            // Signatures of the same differ each time.
            if asset.name.ends_with(".minisig") {
                asset.sha256.clear();
            }
        }
        format!("{:?} {channels:?} {snapshot:?}", self.time)
    }

    /// Somebody who looks at it from outside.
    pub(crate) fn onlooker(&self) -> Onlooker {
        Onlooker {
            remote: Arc::clone(&self.remote),
            rehearsal: Arc::clone(&self.rehearsal),
            key: self.keys().channel.public().clone(),
        }
    }

    /// As [`Onlooker::require_safe`], now.
    pub(crate) fn require_safe(&self) -> Result<(), String> {
        self.onlooker().require_safe()
    }
}

/// Somebody who may look at a scene whenever he wants.
pub(crate) struct Onlooker {
    remote: Arc<Remote>,
    rehearsal: Arc<Rehearsal>,
    key: PublicKey,
}

impl Onlooker {
    fn read_channels(&self, git: &Repository, head: Oid, state: &mut State) {
        for channel in ["latest", "rc", "nightly"] {
            let Some(text) = file(git, head, &format!("{channel}/latest.json")) else { continue };
            let envelope = Envelope::read(text.as_bytes()).expect("a pointer reads, whenever somebody looks");
            let pointer = envelope
                .prove(std::slice::from_ref(&self.key), &[])
                .expect("a pointer is proven, whenever somebody looks");
            state.pointers.insert(channel.to_owned(), (pointer.version.to_string(), pointer.sequence));
        }
        if let Some(text) = file(git, head, "yanked.json") {
            let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let versions = read["yanked"].as_array().into_iter().flatten();
            state.withdrawn =
                versions.map(|one| one["version"].as_str().expect("a version").to_owned()).collect();
        }
    }

    /// What must hold at any moment: of no version two releases or half a one, and no name for something that is not there.
    pub(crate) fn require_safe(&self) -> Result<(), String> {
        let snapshot = self.rehearsal.snapshot();
        let git = Repository::open_bare(self.remote.folder()).expect("a repository");
        let references = self.remote.references();
        let published: Vec<&SnapshotRelease> = snapshot.releases.iter().filter(|it| !it.draft).collect();
        for release in &published {
            let twice = published.iter().filter(|other| other.tag_name == release.tag_name).count();
            if twice != 1 {
                return Err(format!("{} is published {twice} times", release.tag_name));
            }
            let reference = format!("refs/tags/{}", release.tag_name);
            let tag = references
                .get(&reference)
                .ok_or(format!("{} is published and has no tag", release.tag_name))?;
            let text = file(&git, peeled(&git, tag), PATH).ok_or("a release of nobody")?;
            let plan: Plan = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            require_whole(release, &plan)?;
        }
        if snapshot.releases.iter().any(|release| release.latest && (release.draft || release.prerelease)) {
            return Err("the latest release is none".to_owned());
        }
        let mut state = State::default();
        if let Some(head) = references.get("refs/heads/channels") {
            self.read_channels(&git, oid(head), &mut state);
        }
        for (channel, (version, _)) in &state.pointers {
            if !published.iter().any(|release| release.tag_name == format!("v{version}")) {
                return Err(format!("{channel} points at {version}, which is not published"));
            }
        }
        Ok(())
    }
}

fn require_whole(release: &SnapshotRelease, plan: &Plan) -> Result<(), String> {
    let wanted: BTreeMap<&str, &Sha256Hex> =
        plan.assets.iter().map(|asset| (asset.name.as_str(), &asset.sha256)).collect();
    let names: Vec<&str> = release.assets.iter().map(|asset| asset.name.as_str()).collect();
    let signature = plan.signature.as_ref().map(|signature| signature.name.as_str());
    let mut expected: Vec<&str> = wanted.keys().copied().chain(signature).collect();
    let mut found = names.clone();
    expected.sort_unstable();
    found.sort_unstable();
    if expected != found {
        return Err(format!("{} has {found:?} instead of {expected:?}", release.tag_name));
    }
    for asset in &release.assets {
        let right =
            wanted.get(asset.name.as_str()).is_none_or(|digest| digest.prefixed().ends_with(&asset.sha256));
        if asset.state != "uploaded" || !right {
            return Err(format!("`{}` of {} is not what was planned", asset.name, release.tag_name));
        }
    }
    Ok(())
}

fn shown(release: &SnapshotRelease) -> Shown {
    let mut assets: Vec<String> =
        release.assets.iter().map(|asset| format!("{} {}", asset.name, asset.state)).collect();
    assets.sort();
    Shown {
        tag: release.tag_name.clone(),
        draft: release.draft,
        prerelease: release.prerelease,
        latest: release.latest,
        title: release.name.clone().unwrap_or_default(),
        assets,
    }
}

fn oid(object: &str) -> Oid {
    Oid::from_str(object).expect("an object")
}

fn peeled(git: &Repository, object: &str) -> Oid {
    git.find_object(oid(object), None).and_then(|it| it.peel_to_commit()).expect("a commit").id()
}

/// A text of a commit.
pub(crate) fn file(git: &Repository, commit: Oid, path: &str) -> Option<String> {
    let tree = git.find_commit(commit).and_then(|commit| commit.tree()).expect("a tree");
    let entry = tree.get_path(std::path::Path::new(path)).ok()?;
    let blob = git.find_blob(entry.id()).expect("a file");
    Some(String::from_utf8_lossy(blob.content()).into_owned())
}

/// The first lines of all messages behind a commit, the newest first.
fn subjects(git: &Repository, commit: Oid) -> Vec<String> {
    let mut walk = git.revwalk().expect("a walk");
    walk.set_sorting(git2::Sort::TOPOLOGICAL).expect("an order");
    walk.push(commit).expect("a commit");
    let subject = |id: Oid| {
        let commit = git.find_commit(id).expect("a commit");
        String::from_utf8_lossy(commit.message_bytes()).lines().next().unwrap_or_default().to_owned()
    };
    walk.map(|id| subject(id.expect("a commit"))).collect()
}

/// The versions that a changelog has sections for, from the top.
fn headings(git: &Repository, commit: Oid) -> Vec<String> {
    let text = file(git, commit, "CHANGELOG.md").unwrap_or_default();
    let headings = text.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next());
    headings.map(str::to_owned).collect()
}
