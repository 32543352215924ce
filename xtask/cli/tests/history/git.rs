//! The git program, apart from whatever the machine's user has configured. Never touches anything but the folder it is given.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs git and returns what it prints.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    fed(folder, arguments, &[])
}

/// Runs git, gives it this to read, and returns what it prints.
pub fn fed(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .args(["-c", "protocol.file.allow=always", "-c", "core.fsync=none", "-c", "gc.auto=0"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    assert!(
        output.status.success(),
        "git {arguments:?} in {}: {}",
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// An empty bare repository.
pub fn bare(folder: &Path) {
    let parent = folder.parent().expect("a folder above");
    git(parent, &["init", "--quiet", "--bare", "--template=", "--initial-branch=main", text(folder)]);
}

/// A clone with somebody who commits.
pub fn clone(bare: &Path, clone: &Path) {
    let parent = clone.parent().expect("a folder above");
    git(parent, &["clone", "--quiet", "--template=", text(bare), text(clone)]);
    git(clone, &["config", "user.name", "Release Robot"]);
    git(clone, &["config", "user.email", "robot@acme.example"]);
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}
