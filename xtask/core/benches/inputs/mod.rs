//! The inputs of the benchmarks: this repository's own platform as it lies here, and a history of any length that is generated, the
//! same each time. Never measures anything.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bundle_format::digest::Sha256Hex;
use jiff::Timestamp;
use release_core::bundle::images::references;
use release_core::bundle::render::Material;
use release_core::config::Configuration;
use release_core::facts::{
    BucketFacts, CommitFacts, Content, Divergence, FORMAT, Facts, Identity, ImageFacts, KeyFacts,
    PullRequestFacts, PushRight, RepositoryFacts, Requests, SourceFile, TagFacts, Visibility,
};
use release_core::identity::ObjectId;
use release_core::sources;
use semver::Version;

const REPOSITORY: &str = "https://github.com/acme/widgets";

/// The version that the inputs lead to.
pub fn version() -> Version {
    Version::new(1, 3, 0)
}

/// The facts of a release of this repository's platform, with so many commits since v1.2.0. Each pull request brought one commit, every
/// tenth two.
pub fn facts(commits: u64) -> Facts {
    let configuration = configuration();
    let tree = sources::paths(&configuration).iter().flat_map(|path| files(path)).collect();
    let (commits, pull_requests) = history(commits);
    let source = commits.first().cloned().expect("at least one commit");
    let before = id(0);
    let tag = TagFacts {
        tag: "v1.2.0".parse().expect("a tag"),
        object: before.clone(),
        commit: before.clone(),
        source: before.clone(),
        plan: None,
        on_this_line: true,
    };
    let mut facts = Facts {
        format: FORMAT,
        now: time(20_000),
        rehearsed: false,
        channel: "latest".to_owned(),
        configuration,
        repository_url: REPOSITORY.to_owned(),
        visibility: Visibility::Public,
        push: PushRight::Granted,
        release_key: KeyFacts::Missing,
        channel_key: KeyFacts::Missing,
        promoted: None,
        built: source.id.clone(),
        deployable: true,
        superseded: None,
        own_tags: BTreeMap::new(),
        repository: RepositoryFacts {
            branch: Some("main".to_owned()),
            line: None,
            lines: Vec::new(),
            remote_branch: Some(source.id.clone()),
            divergence: Some(Divergence { ahead: 0, behind: Some(0) }),
            dirty: Vec::new(),
            identity: Some(person()),
            remote_tags: [(tag.tag.clone(), before)].into(),
            overtaken_by: None,
            tags: vec![tag],
            source,
        },
        commits,
        sections: Vec::new(),
        pull_requests,
        releases: Vec::new(),
        pointers: BTreeMap::new(),
        withdrawn: Vec::new(),
        bucket: BucketFacts::Unused,
        images: BTreeMap::new(),
        tree,
        unfinished: None,
        requests: Requests::default(),
    };
    let wanted = references(&Material::of(&facts), &version()).expect("right Compose files");
    facts.images = wanted.into_iter().map(|name| (name.clone(), image(&name))).collect();
    facts
}

fn configuration() -> Configuration {
    let texts = files("config").filter_map(|(path, file)| Some((path, file.content.as_text()?.to_owned())));
    Configuration::parse(&texts.collect()).expect("a right configuration")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of this repository, or every file of a folder.
fn files(path: &str) -> impl Iterator<Item = (String, SourceFile)> {
    let mut found = Vec::new();
    let mut left = vec![root().join(path)];
    while let Some(place) = left.pop() {
        if let Ok(entries) = fs::read_dir(&place) {
            left.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
        } else if let Ok(text) = fs::read_to_string(&place) {
            let executable = fs::metadata(&place).is_ok_and(|meta| meta.permissions().mode() & 0o100 != 0);
            let name = place.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            found.push((name, SourceFile { content: Content::Text(text), executable }));
        }
    }
    found.into_iter()
}

/// Commits, newest first, and the pull requests that brought them in: squashed, rebased, by bots, with long descriptions, blocks for
/// the changelog and titles of all kinds.
fn history(commits: u64) -> (Vec<CommitFacts>, Vec<PullRequestFacts>) {
    let mut pull_requests: Vec<PullRequestFacts> = Vec::new();
    for number in 1..=commits {
        match pull_requests.last_mut() {
            Some(last) if number % 11 == 0 => last.commits.push(id(number)),
            _ => pull_requests.push(pull_request(number)),
        }
    }
    ((1..=commits).rev().map(commit).collect(), pull_requests)
}

fn commit(number: u64) -> CommitFacts {
    CommitFacts {
        id: id(number),
        parents: vec![id(number - 1)],
        subject: format!("{} (#{number})", title(number)),
        body: "Words about the change.\n".repeat(6),
        author: person(),
        authored: time(number),
        committed: time(number),
    }
}

fn pull_request(number: u64) -> PullRequestFacts {
    let words =
        if number.is_multiple_of(10) { "\nchangelog(action-required): Set a *variable*\n" } else { "" };
    PullRequestFacts {
        number,
        title: title(number),
        body: "Words about the change, some of them `code`.\n\n".repeat(12) + words,
        author: Some(format!("user{}", number % 60)),
        bot: number.is_multiple_of(7),
        url: format!("{REPOSITORY}/pull/{number}"),
        base: "main".to_owned(),
        head: format!("topic-{number}"),
        fork: false,
        labels: [
            ["patch", "bug"],
            ["minor", "enhancement"],
            ["none", "documentation"],
            ["patch", "area/web"],
        ][usize::try_from(number % 4).unwrap_or_default()]
        .map(str::to_owned)
        .to_vec(),
        merged: Some(time(number)),
        commits: vec![id(number)],
    }
}

fn title(number: u64) -> String {
    match number % 3 {
        0 => format!("fix: wait for `service_{number}` before <starting>, as @alice asked"),
        1 => format!("Bump widget from 1.{number}.0 to 1.{number}.1"),
        _ => format!("Überarbeitung der Anmeldung *{number}*: e\u{301}\u{202e}"),
    }
}

/// A commit's name made of a number.
pub fn id(number: u64) -> ObjectId {
    format!("{number:040x}").parse().expect("40 digits")
}

fn time(hours: u64) -> Timestamp {
    let seconds = i64::try_from(hours).unwrap_or_default() * 3600;
    Timestamp::from_second(1_600_000_000 + seconds).expect("a time of our days")
}

fn person() -> Identity {
    Identity { name: "Alice Example".to_owned(), email: "alice@example.org".to_owned() }
}

fn image(reference: &str) -> ImageFacts {
    let digest = |part: &str| Sha256Hex::of(format!("{reference} {part}").as_bytes());
    let platforms = ["linux/amd64", "linux/arm64"].map(|name| (name.to_owned(), digest(name)));
    ImageFacts { digest: digest("index"), platforms: platforms.into() }
}
