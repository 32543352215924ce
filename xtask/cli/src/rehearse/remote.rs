//! The Git side of the stage, by the git program: a bare remote and a clone of it. No hook of the user runs, and nothing is written to
//! the user's own repository.

use std::path::Path;

use release_core::config::ReleaseConfig;
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::shell::Call;

/// Who commits in a rehearsal.
const NAME: &str = "Release Rehearsal";
const EMAIL: &str = "rehearsal@localhost";

/// Makes the bare remote: the checked-out commit as the branch that is released, every tag, and the main branch and release lines as the
/// clone last saw them.
pub(super) fn publish(
    root: &Path,
    bare: &Path,
    config: &ReleaseConfig,
    released: &str,
) -> Result<(), Failure> {
    let bare_text = bare.to_string_lossy();
    run(root, &["init", "--quiet", "--bare", &format!("--initial-branch={released}"), &bare_text])?;
    let seen = format!("refs/remotes/{}/", config.repository.remote);
    let names = output(root, &["for-each-ref", "--format=%(refname)", &seen])?;
    let branches = names.lines().filter_map(|name| name.strip_prefix(&seen)).filter(|branch| {
        let counts = *branch == config.branches.main || config.branches.line(branch).is_some();
        counts && *branch != released
    });
    let mut references: Vec<String> =
        branches.map(|branch| format!("{seen}{branch}:refs/heads/{branch}")).collect();
    references.push(format!("HEAD:refs/heads/{released}"));
    references.push("refs/tags/*:refs/tags/*".to_owned());
    let mut push = vec!["push", "--quiet", "--no-verify", &bare_text];
    push.extend(references.iter().map(String::as_str));
    run(root, &push)
}

/// Clones it, with an identity of its own.
pub(super) fn clone(bare: &Path, clone: &Path, remote: &str) -> Result<(), Failure> {
    let parent = clone.parent().unwrap_or(Path::new("."));
    run(
        parent,
        &["clone", "--quiet", "--origin", remote, &bare.to_string_lossy(), &clone.to_string_lossy()],
    )?;
    run(clone, &["config", "user.name", NAME])?;
    run(clone, &["config", "user.email", EMAIL])
}

/// Pushes the branch of the clone.
pub(super) fn push(clone: &Path, remote: &str, branch: &str) -> Result<(), Failure> {
    run(clone, &["push", "--quiet", "--force", remote, &format!("HEAD:refs/heads/{branch}")])
}

/// Runs git and returns what it prints.
pub(super) fn output(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let call = Call::new("git")
        .folder(folder)
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .without_env("GIT_DIR")
        .without_env("GIT_WORK_TREE")
        .without_env("GIT_INDEX_FILE")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=always"])
        .args(arguments);
    let output = call.run().map_err(|error| Failure::new(Cause::Git, error.to_string(), error.hint()))?;
    if output.succeeded() {
        return Ok(output.text().trim_end().to_owned());
    }
    let subcommand = arguments.first().copied().unwrap_or_default();
    Err(Failure::of(Cause::Git, format!("`git {subcommand}` failed: {}", output.error_text().trim())))
}

fn run(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    output(folder, arguments).map(|_| ())
}
