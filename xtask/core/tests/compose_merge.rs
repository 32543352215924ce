//! Proves that merged Compose files mean what Docker Compose makes of the files that they come from: for each folder under
//! `compose-cases`, `docker compose config` of the source files and of the merged file give the same, with variables replaced and
//! without; and what Compose refuses is refused. Needs the `docker compose` command, no engine.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples and run programs; what they test does not"
)]
#![expect(clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

use std::collections::VecDeque;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Map, Value};

/// What the variables of the cases are set to; all others are unset.
const VARIABLES: &[(&str, &str)] = &[
    ("A", "aa"),
    ("C", "cc"),
    ("DOM", "example.net"),
    ("API_KEY", "key"),
    ("EXTRA", "/extra"),
    ("FROM_OUTSIDE", "outside"),
    ("HOME_DIR", "/home/someone"),
    ("HOST_NAME", "host"),
    ("PREFIX", "A"),
    ("VOLUME_ROOT", "/srv/volumes"),
];

/// Cases that can only be compared with variables replaced, and why.
const NOT_COMPARED_AS_WRITTEN: &[(&str, &str)] = &[
    ("environment-dollar-in-a-name", "a dollar sign is doubled when a key becomes a list item"),
    (
        "volumes-with-a-required-variable",
        "Compose splits `${VAR:?message}/path:/target` at the colon within the braces",
    ),
];

#[test]
fn merged_files_mean_what_compose_makes_of_their_sources() {
    require_compose();
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let queue = Mutex::new(VecDeque::from(cases));
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = { queue.lock().unwrap().pop_front() } {
                    if let Err(failure) = check(&case) {
                        failures.lock().unwrap().push(format!("{}: {failure}", name_of(&case)));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn cases_that_are_not_compared_as_written_would_differ() {
    require_compose();
    for (name, why) in NOT_COMPARED_AS_WRITTEN {
        let case = folder().join(name);
        let merged = merge(&files(&case)).unwrap();
        let sources = config(&case, &Input::Files(&files(&case)), Mode::AsWritten);
        let merged = config(&case, &Input::Text(&merged), Mode::AsWritten);
        assert!(sources != merged, "{name} can be compared now ({why}); take it off the list");
    }
}

fn require_compose() {
    let found = Command::new("docker").args(["compose", "version"]).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    assert!(is_there, "`docker compose` is missing; run `cargo xtask test`, which installs Docker Compose");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose-cases")
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<_> = folder().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn name_of(case: &Path) -> &str {
    case.file_name().and_then(|name| name.to_str()).unwrap()
}

fn files(case: &Path) -> Vec<PathBuf> {
    let names = ["base.yaml", "overlay.yaml", "third.yaml"];
    names.iter().map(|name| case.join(name)).filter(|file| file.exists()).collect()
}

/// One case: both refuse, or both give the same.
fn check(case: &Path) -> Result<(), String> {
    let files = files(case);
    let sources = config(case, &Input::Files(&files), Mode::Interpolated);
    let merged = merge(&files);
    let (sources, merged) = match (sources, merged, name_of(case).starts_with("refused-")) {
        (Err(_), Err(_), true) => return Ok(()),
        (Ok(sources), Ok(merged), false) => (sources, merged),
        (Err(error), _, false) => return Err(format!("Compose refuses: {error}")),
        (_, Err(error), false) => return Err(format!("we refuse: {error}")),
        (Ok(_), _, true) => return Err("Compose accepts".to_owned()),
        (_, Ok(_), true) => return Err("we accept what Compose refuses".to_owned()),
    };
    same(Ok(sources), config(case, &Input::Text(&merged), Mode::Interpolated), &merged)?;
    if NOT_COMPARED_AS_WRITTEN.iter().any(|(name, _)| *name == name_of(case)) {
        return Ok(());
    }
    let sources = config(case, &Input::Files(&files), Mode::AsWritten);
    let ours = config(case, &Input::Text(&merged), Mode::AsWritten);
    // A variable where a number has to stand is refused as long as it is not replaced.
    if sources.is_err() && ours.is_err() { Ok(()) } else { same(sources, ours, &merged) }
}

fn same(sources: Result<Value, String>, ours: Result<Value, String>, merged: &str) -> Result<(), String> {
    match (sources, ours) {
        (Ok(sources), Ok(ours)) if sources == ours => Ok(()),
        (Ok(sources), Ok(ours)) => {
            Err(format!("Compose gives\n{sources:#}\nand of what we merged\n{ours:#}\nwhich is\n{merged}"))
        }
        (Ok(_), Err(error)) => Err(format!("Compose refuses what we merged: {error}\n{merged}")),
        (Err(error), _) => Err(format!("Compose refuses: {error}")),
    }
}

fn merge(files: &[PathBuf]) -> Result<String, String> {
    let texts: Vec<_> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let paths: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let sources: Vec<_> = paths.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let merged = release_core::compose::load(&sources).map_err(|errors| errors.to_string())?.emit();
    let again =
        release_core::compose::load(&[("merged.yaml", &merged)]).map_err(|errors| errors.to_string())?;
    assert_eq!(again.emit(), merged, "what is emitted is emitted alike when it is read again");
    Ok(merged)
}

enum Input<'a> {
    Files(&'a [PathBuf]),
    Text(&'a str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Interpolated,
    AsWritten,
}

/// What `docker compose config` gives, in a form in which equal meanings are equal.
fn config(case: &Path, input: &Input<'_>, mode: Mode) -> Result<Value, String> {
    let mut command = Command::new("docker");
    command.env_clear().envs(VARIABLES.iter().copied());
    command
        .envs(["PATH", "HOME", "DOCKER_CONFIG"].iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    command.arg("compose").arg("--project-directory").arg(case).args(["--profile", "*"]);
    match input {
        Input::Files(files) => files.iter().for_each(|file| {
            command.arg("-f").arg(file);
        }),
        Input::Text(_) => {
            command.args(["-f", "-"]);
        }
    }
    command.args(["config", "--format", "json"]);
    if mode == Mode::AsWritten {
        command.arg("--no-interpolate");
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    if let Input::Text(text) = input {
        stdin.write_all(text.as_bytes()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut value: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Bundles do not carry top-level extension fields: what they are for, anchors, is resolved.
    if let Some(root) = value.as_object_mut() {
        root.retain(|key, _| !key.starts_with("x-"));
    }
    Ok(if mode == Mode::AsWritten { with_pairs_as_maps(value) } else { value })
}

/// Without replacing variables, Compose prints pairs as lists after a merge and as mappings otherwise.
fn with_pairs_as_maps(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.into_iter().map(pairs_as_map).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(with_pairs_as_maps).collect()),
        other => other,
    }
}

fn pairs_as_map((key, value): (String, Value)) -> (String, Value) {
    let is_pairs = ["additional_contexts", "annotations", "args", "environment", "labels", "sysctls"];
    if !is_pairs.contains(&key.as_str()) {
        return (key, with_pairs_as_maps(value));
    }
    let pairs: Map<String, Value> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(pair).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => return (key, other),
    };
    (key, Value::Object(pairs))
}

fn pair(text: &str) -> (String, Value) {
    match text.split_once('=') {
        Some((key, value)) => (key.to_owned(), plain(Value::from(value))),
        None => (text.to_owned(), Value::Null),
    }
}

/// Numbers, and texts that are numbers, compare by their value; truth values by their text.
fn plain(value: Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse::<f64>().map_or(Value::String(text), Value::from)
}
