//! A scratch folder with a bare remote and a clone of it, set up by the git program. Never looks at the user's own Git settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use release_core::facts::Identity;
use release_core::identity::{ObjectId, Tag};
use release_core::plan::PlanId;
use release_edge::repository::{Annotation, Authorship, RemoteAccess, Repository};
use tempfile::TempDir;

/// A bare remote and a clone with one commit on `main`.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { folder: TempDir::new().expect("a scratch folder") };
        git(world.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        git(world.path(), &["clone", "--quiet", "remote.git", "clone"]);
        let clone = world.clone_path();
        for (name, value) in [("user.name", "Rosa"), ("user.email", "rosa@example.org")] {
            git(&clone, &["config", name, value]);
        }
        write(&clone, "VERSION", "1.2.0\n");
        world.commit("feat: first");
        git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn clone_path(&self) -> PathBuf {
        self.path().join("clone")
    }

    pub(crate) fn remote_path(&self) -> PathBuf {
        self.path().join("remote.git")
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.clone_path()).expect("the clone opens")
    }

    pub(crate) fn origin(&self) -> RemoteAccess {
        RemoteAccess::new("origin")
    }

    /// Commits everything in the clone.
    pub(crate) fn commit(&self, message: &str) -> ObjectId {
        git(&self.clone_path(), &["add", "--all"]);
        git(&self.clone_path(), &["commit", "--quiet", "--allow-empty", "--message", message]);
        self.id("HEAD")
    }

    /// What a name stands for in the clone.
    pub(crate) fn id(&self, name: &str) -> ObjectId {
        git(&self.clone_path(), &["rev-parse", name]).trim().parse().expect("an object name")
    }

    /// What a reference of the remote points to.
    pub(crate) fn remote_id(&self, reference: &str) -> Option<ObjectId> {
        let listed = git(&self.remote_path(), &["for-each-ref", "--format=%(objectname)", reference]);
        listed.trim().parse().ok()
    }

    /// Somebody else's clone, with one more commit of theirs pushed to `main`.
    pub(crate) fn somebody_else_pushes(&self) -> ObjectId {
        self.somebody_else_pushes_to("main")
    }

    /// The same, pushed to another branch.
    pub(crate) fn somebody_else_pushes_to(&self, branch: &str) -> ObjectId {
        let other = self.path().join("other");
        if !other.exists() {
            git(self.path(), &["clone", "--quiet", "remote.git", "other"]);
        }
        git(&other, &["pull", "--quiet"]);
        git(&other, &["commit", "--quiet", "--allow-empty", "--message", "fix: theirs"]);
        git(&other, &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")]);
        git(&other, &["rev-parse", "HEAD"]).trim().parse().expect("an object name")
    }

    /// Puts a hook into the bare remote.
    pub(crate) fn hook(&self, name: &str, script: &str) {
        program(&self.remote_path().join("hooks").join(name), script);
    }

    /// Everything in the clone's `.git` with its content, to see whether something was written.
    pub(crate) fn snapshot(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.clone_path()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let bytes = std::fs::read(&path).expect("a file");
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }
}

/// Runs git apart from the user's settings and returns what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_output(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} in {}: {said}", folder.display());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn git_output(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "protocol.file.allow=always"]).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "Rosa"),
        ("GIT_AUTHOR_EMAIL", "rosa@example.org"),
        ("GIT_AUTHOR_DATE", "1700000000 +0000"),
        ("GIT_COMMITTER_NAME", "Rosa"),
        ("GIT_COMMITTER_EMAIL", "rosa@example.org"),
        ("GIT_COMMITTER_DATE", "1700000000 +0000"),
    ] {
        command.env(name, value);
    }
    command.output().expect("git runs")
}

pub(crate) fn write(folder: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}

/// Writes a shell script that can be run.
pub(crate) fn program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("made executable");
}

pub(crate) fn tag(name: &str) -> Tag {
    Tag::parse(name).expect("a version tag")
}

/// Rosa, at a fixed time.
pub(crate) fn rosa() -> Authorship {
    Authorship {
        identity: Identity { name: "Rosa".to_owned(), email: "rosa@example.org".to_owned() },
        time: "2026-03-01T12:00:00Z".parse().expect("a time"),
    }
}

pub(crate) fn annotation(source: &ObjectId) -> Annotation {
    let digest = "ab".repeat(32).try_into().expect("a digest");
    Annotation { plan: PlanId(digest), source: source.clone() }
}
