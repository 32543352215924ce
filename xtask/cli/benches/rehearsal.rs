//! How long a whole warm rehearsal takes, as a user sees it: the program is started, releases this repository's platform to a clone and
//! loopback servers, and ends. The history is made here, the same each time; the files are those that lie in this repository.

#![expect(clippy::expect_used, reason = "a benchmark stops at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use tempfile::TempDir;

/// What of this repository a release reads.
const FILES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "VERSION",
    "config",
    "compose",
    "bundle-templates",
    "bundle-format/Cargo.toml",
    "xtask/core/Cargo.toml",
    "xtask/edge/Cargo.toml",
    "xtask/rehearsal/Cargo.toml",
    "xtask/cli/Cargo.toml",
];

/// How many changes are released.
const COMMITS: u32 = 30;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for (name, value) in [("GIT_AUTHOR_NAME", "A"), ("GIT_COMMITTER_NAME", "A")] {
        command.env(name, value);
    }
    for name in ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
        command.env(name, "a@example.org");
    }
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A repository with this platform's files, a release, and changes since.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path();
    let files = FILES.join(" ");
    let copy = format!("cd '{}' && tar -c {files} | tar -x -C '{}'", root().display(), path.display());
    run(path, "sh", &["-c", &copy]);
    run(path, "git", &["init", "--quiet", "--initial-branch=main"]);
    run(path, "git", &["add", "--all"]);
    run(path, "git", &["commit", "--quiet", "--message", "feat: begin"]);
    run(path, "git", &["tag", "--annotate", "--message", "v1.0.0", "v1.0.0"]);
    for number in 0..COMMITS {
        let kind = if number % 3 == 0 { "feat" } else { "fix" };
        let message = format!("{kind}: change {number}");
        run(path, "git", &["commit", "--quiet", "--allow-empty", "--message", &message]);
    }
    folder
}

fn rehearse(repository: &Path) -> String {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["release", "--rehearse", "--json"])
        .current_dir(repository)
        .env("TMPDIR", scratch.path())
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

fn rehearsal(criterion: &mut Criterion) {
    let repository = repository();
    assert!(rehearse(repository.path()).contains("\"v1.1.0\""), "it releases");
    let mut group = criterion.benchmark_group("rehearsal");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.bench_function("whole", |bencher| bencher.iter(|| rehearse(repository.path())));
    group.finish();
}

criterion_group!(benches, rehearsal);
criterion_main!(benches);
