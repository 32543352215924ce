//! A scene: a small platform on a rehearsed GitHub, with a bare repository, pull requests and a clock. It can be forked as often as a test
//! wants, each time as it is at that moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use git2::{Oid, Repository};
use http::Request;
use jiff::Timestamp;
use release_edge::clock::Clock as _;
use release_edge::signing::{NewKey, SigningKey, generate};
use release_rehearsal::{Options, PullState, Rehearsal, SeedPullRequest, Server};
use tempfile::TempDir;

use crate::carrier::TOKEN;
use crate::history::{File, commit, files};
use crate::remote::{Change, References, Remote, make_bare};
use crate::state::file;
use crate::time::Time;

/// The platform that is released.
const PLATFORM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/platforms/hut");

/// The keys that everything is signed with.
pub(crate) struct Keys {
    pub(crate) release: SigningKey,
    pub(crate) channel: SigningKey,
}

/// What all forks of a scene share.
struct Shared {
    folder: TempDir,
    keys: Keys,
    forks: AtomicUsize,
}

pub(crate) struct Scene {
    shared: Arc<Shared>,
    folder: PathBuf,
    pub(crate) remote: Arc<Remote>,
    pub(crate) rehearsal: Arc<Rehearsal>,
    pub(crate) time: Time,
    /// The number of the last pull request.
    number: AtomicU64,
    clones: AtomicUsize,
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Scene {
    /// A platform that was only just described, with a configuration that says this in place of that.
    pub(crate) fn set(configured: &[(&str, &str)]) -> Self {
        // Nothing breaks these disks.
        git2::opts::strict_hash_verification(false);
        let folder = tempfile::tempdir().expect("a scratch folder");
        let objects = folder.path().join("objects");
        fs::create_dir(&objects).expect("a folder");
        let own = folder.path().join("0");
        let remote = Remote::make(own.join("remote.git"), &objects, &References::new());
        let made = || generate(None).expect("a key");
        let (release, channel) = (made(), made());
        let mut described = files(Path::new(PLATFORM));
        let public = [release.public.to_string(), channel.public.to_string()];
        configure(&mut described, &public, configured);
        let read = |made: &NewKey| SigningKey::read(&made.secret, None).expect("a key");
        let keys = Keys { release: read(&release), channel: read(&channel) };
        let mut options = Options::new("example", "hut", remote.folder());
        // They would go by the clock of the machine, by which a year takes a minute.
        options.limits.requests = u32::MAX;
        options.registry.absent = vec!["registry.example/hut/*:v*".to_owned()];
        options
            .registry
            .absent
            .extend(["latest", "nightly", "rc"].map(|channel| format!("registry.example/hut/*:{channel}")));
        let rehearsal = Rehearsal::without_servers(options).expect("a rehearsal");
        let scene = Self {
            shared: Arc::new(Shared { folder, keys, forks: AtomicUsize::new(1) }),
            folder: own,
            remote: Arc::new(remote),
            rehearsal: Arc::new(rehearsal),
            time: Time::at(Timestamp::from_second(1_790_000_000).expect("a time")),
            number: AtomicU64::new(0),
            clones: AtomicUsize::new(0),
        };
        scene.land("main", "Describe the platform", &["minor"], &described);
        scene
    }

    /// A scene of its own that begins as this one is now.
    pub(crate) fn fork(&self) -> Self {
        let number = self.shared.forks.fetch_add(1, Ordering::Relaxed);
        let folder = self.shared.folder.path().join(number.to_string());
        let remote = Remote::make(folder.join("remote.git"), &self.objects(), &self.remote.references());
        let rehearsal = self.rehearsal.copy(remote.folder().to_owned()).expect("a copy");
        Self {
            shared: Arc::clone(&self.shared),
            folder,
            remote: Arc::new(remote),
            rehearsal: Arc::new(rehearsal),
            time: Time::at(self.time.now()),
            number: AtomicU64::new(self.number.load(Ordering::Relaxed)),
            clones: AtomicUsize::new(0),
        }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.shared.folder.path().join("objects")
    }

    /// The bare repository, to look into.
    pub(crate) fn git(&self) -> Repository {
        Repository::open_bare(self.remote.folder()).expect("a repository")
    }

    /// Squash-merges a pull request into a branch and returns its number.
    pub(crate) fn merge(&self, branch: &str, title: &str, labels: &[&str]) -> u64 {
        let path = format!("services/server/{}.txt", self.number.load(Ordering::Relaxed) + 1);
        self.land(branch, title, labels, &[(path, title.as_bytes().to_vec())])
    }

    /// The same with other files.
    pub(crate) fn land(&self, branch: &str, title: &str, labels: &[&str], files: &[File]) -> u64 {
        let number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        let made = self.push_commit(branch, &format!("{title} (#{number})"), files);
        let merged = SeedPullRequest {
            number,
            title: title.to_owned(),
            body: None,
            author: Some("rosa".to_owned()),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            base: Some(branch.to_owned()),
            head: None,
            head_repository: None,
            state: PullState::Merged,
            created_at: None,
            merged_at: Some(self.time.now()),
            merge_commit: Some(made.clone()),
            landed: vec![made],
            commits: Vec::new(),
            unindexed: false,
        };
        self.rehearsal.add_pull_request(merged).expect("a pull request");
        self.time.pass(Duration::from_secs(60));
        number
    }

    /// Puts a commit on a branch and returns it.
    pub(crate) fn push_commit(&self, branch: &str, message: &str, files: &[File]) -> String {
        let reference = format!("refs/heads/{branch}");
        let head = self.remote.references().get(&reference).cloned();
        let parent = head.as_deref().map(|head| Oid::from_str(head).expect("an object"));
        let made = commit(&self.git(), parent, files, message, self.time.now()).to_string();
        let change = Change { reference, expected: head, new: Some(made.clone()) };
        assert_eq!(self.remote.push(&[change]), [""; 0], "nobody else pushes");
        made
    }

    /// Begins a release line at the newest commit of main.
    pub(crate) fn cut(&self, branch: &str) {
        let head = self.remote.references().get("refs/heads/main").cloned();
        let change = Change { reference: format!("refs/heads/{branch}"), expected: None, new: head };
        assert_eq!(self.remote.push(&[change]), [""; 0], "nobody else pushes");
    }

    /// Deletes a reference as a person does who may do everything.
    pub(crate) fn delete_by_hand(&self, reference: &str) {
        let expected = self.remote.references().get(reference).cloned();
        let change = Change { reference: reference.to_owned(), expected, new: None };
        assert_eq!(self.remote.push(&[change]), [""; 0], "nobody else pushes");
    }

    /// Merges the pull request that a release waits for.
    pub(crate) fn merge_release_pull_request(&self) {
        let references = self.remote.references();
        let waiting = references.get("refs/heads/slipway/release").expect("a branch with the stamp").clone();
        let change = Change {
            reference: "refs/heads/main".to_owned(),
            expected: references.get("refs/heads/main").cloned(),
            new: Some(waiting),
        };
        assert_eq!(self.remote.push(&[change]), [""; 0], "nobody else pushes");
        self.time.pass(Duration::from_secs(60));
    }

    /// Lets time pass until every pointer has to be signed again.
    pub(crate) fn let_pointers_age(&self) {
        self.time.pass(Duration::from_secs(60 * 60 * 24 * 25));
    }

    /// Moves a reference as a person does who may do everything.
    pub(crate) fn move_by_hand(&self, reference: &str, to: &str) {
        let references = self.remote.references();
        let expected = references.get(reference).cloned();
        let change = Change { reference: reference.to_owned(), expected, new: references.get(to).cloned() };
        assert_eq!(self.remote.push(&[change]), [""; 0], "nobody else pushes");
    }

    /// Packs what there is, as forges do with their repositories from time to time and git with clones.
    pub(crate) fn pack(&self) {
        let folder = self.remote.folder();
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args(["-c", "gc.auto=0", "repack", "-a", "-d", "--quiet"]);
        let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A text of the commit that a reference of the remote leads to.
    pub(crate) fn text(&self, reference: &str, path: &str) -> String {
        let object = self.remote.references()[reference].clone();
        let object = Oid::from_str(&object).expect("an object");
        file(&self.git(), object, path).expect("a file")
    }

    /// Sends a request to GitHub as a person with a token does who uses no tool.
    pub(crate) fn ask(&self, method: &str, path: &str) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.rehearsal.api_url()))
            .header("user-agent", "a person")
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Bytes::new())
            .expect("a request");
        let reply = self.rehearsal.exchange(Server::Api, request, Duration::from_secs(1)).reply;
        assert!(reply.is_some_and(|reply| reply.status < 300), "{method} {path}");
    }

    /// A fresh clone with everything in it, on a branch.
    pub(crate) fn clone_at(&self, branch: &str) -> PathBuf {
        let number = self.clones.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(format!("clone-{number}.git"));
        let mut references = References::new();
        for (name, object) in self.remote.references() {
            match name.strip_prefix("refs/heads/") {
                Some(name) => drop(references.insert(format!("refs/remotes/origin/{name}"), object.clone())),
                None => drop(references.insert(name.clone(), object.clone())),
            }
            if name == format!("refs/heads/{branch}") {
                references.insert(name, object);
            }
        }
        let config = format!(
            "[remote \"origin\"]\n\turl = {}\n[user]\n\tname = Rosa\n\temail = rosa@example.org\n",
            self.remote.folder().display()
        );
        make_bare(&folder, &self.objects(), &format!("ref: refs/heads/{branch}"), &references, &config);
        folder
    }
}

/// Writes the public keys and the settings of a test into the configuration.
fn configure(files: &mut [File], keys: &[String; 2], configured: &[(&str, &str)]) {
    let file = files.iter_mut().find(|(path, _)| path == "config/release.yaml").expect("a configuration");
    let mut text = String::from_utf8(file.1.clone()).expect("text");
    for (instead_of, wanted) in configured {
        assert!(text.contains(instead_of), "`{instead_of}` is not in {text}");
        text = text.replace(instead_of, wanted);
    }
    let [release, channel] = keys;
    text.push_str(&format!("\nsigning:\n  release_keys: [{release}]\n  channel_keys: [{channel}]\n"));
    file.1 = text.into_bytes();
}
