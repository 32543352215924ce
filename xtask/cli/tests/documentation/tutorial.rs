//! The tutorial, followed word by word: its rehearsals release, and its commands work in the folder that a rehearsal leaves.

use std::fs;
use std::path::Path;
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::checkout::{copy_to, git, run, text};

const PAGE: &str = "docs/tutorial/first-release.md";

/// The page's blocks of a language, in order.
fn blocks(wanted: &str) -> Vec<String> {
    let page = text(PAGE);
    let (mut blocks, mut inside) = (Vec::new(), false);
    for event in Parser::new(&page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if &*language == wanted => {
                inside = true;
                blocks.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(lines) if inside => blocks.last_mut().unwrap().push_str(&lines),
            _ => {}
        }
    }
    blocks
}

/// Rehearses in a repository and returns the receipt.
fn rehearse(repository: &Path, scratch: &Path, more: &[&str]) -> Value {
    fs::create_dir_all(scratch).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["release", "--rehearse", "--json"]).args(more);
    command.current_dir(repository).env("TMPDIR", scratch);
    serde_json::from_slice(&run(&mut command).stdout).unwrap()
}

#[test]
fn the_commands_of_the_tutorial_work_in_the_folder_that_the_rehearsal_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    copy_to(&repository);
    let receipt = rehearse(&repository, &folder.path().join("scratch"), &[]);
    assert_eq!(receipt["tag"], "v1.0.0");
    let mut steps = blocks("sh");
    steps.retain(|block| !block.starts_with("cargo xtask"));
    assert_eq!(steps.len(), 3, "the page lost a step, or this test does not know a new one");
    // What only the operator knows is left to be filled in; the script says so with its exit code.
    let script = format!(
        "set -eu\n{}",
        steps.concat().replace("./setup-env.sh\n", "./setup-env.sh || test -f .env\n")
    );
    run(Command::new("sh").args(["-c", &script]).current_dir(receipt["folder"].as_str().unwrap()));
    assert_eq!(git(&repository, &["status", "--porcelain"]), "", "the checkout stays as it is");
    assert_eq!(git(&repository, &["tag"]), "");
}

#[test]
fn the_pull_requests_of_the_tutorial_are_released() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    copy_to(&repository);
    let pulls = folder.path().join("pulls.yaml");
    fs::write(&pulls, blocks("yaml").concat()).unwrap();
    let arguments = ["--pulls", pulls.to_str().unwrap()];
    let receipt = rehearse(&repository, &folder.path().join("scratch"), &arguments);
    assert_eq!(receipt["outcome"], "released");
    git(&repository, &["fetch", "--quiet", &remote(&receipt), "refs/tags/v1.0.0:refs/tags/v1.0.0"]);
    let changelog = git(&repository, &["show", "v1.0.0:CHANGELOG.md"]);
    assert!(changelog.contains("Answer in threads") && changelog.contains("Keep the order of messages"));
}

/// The bare remote of a rehearsal, beside the folder with the files.
fn remote(receipt: &Value) -> String {
    let files = Path::new(receipt["folder"].as_str().unwrap());
    files.parent().unwrap().parent().unwrap().join("remote.git").display().to_string()
}
