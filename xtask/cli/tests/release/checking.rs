//! What `check` looks at, and that what it finds is found before a release, too.

use std::fs;
use std::path::Path;

use crate::git::{commit, git};
use crate::killed::for_each;
use crate::run::Run;
use crate::stage::{Setting, Stage};

const UNCOMMITTED: &str = "checked the working tree, which has changes that are not committed";

/// Without the servers of the stage: a rehearsal has its own.
const NOBODY: &[(&str, &str)] = &[
    ("GITHUB_TOKEN", ""),
    ("GITHUB_API_URL", ""),
    ("GITHUB_GRAPHQL_URL", ""),
    ("GITHUB_SERVER_URL", ""),
    ("SLIPWAY_REHEARSAL_REGISTRY", ""),
];

/// Replaces a text of a file, which has to be there.
fn edit(clone: &Path, path: &str, instead_of: &str, text: &str) {
    let place = clone.join(path);
    let before = fs::read_to_string(&place).expect("a file");
    assert!(before.contains(instead_of), "`{instead_of}` is not in {before}");
    fs::write(place, before.replacen(instead_of, text, 1)).expect("a file");
}

#[track_caller]
fn only(run: &Run, cause: &str) -> String {
    let findings = run.findings();
    let [(found, words)] = findings.as_slice() else { panic!("one finding: {findings:?}") };
    assert_eq!(found, cause, "{words}");
    words.clone()
}

#[test]
fn check_reads_what_was_just_edited_and_says_so() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    assert!(!stage.run(&clone, &["check"]).ends_with(0).stderr.contains(UNCOMMITTED), "nothing differs");

    edit(&clone, "compose/base.yaml", "worker:\n    image:", "worker:\n    imaeg:");
    for json in [false, true] {
        let arguments: &[&str] = if json { &["check", "--json"] } else { &["check"] };
        let run = stage.run(&clone, arguments).ends_with(4);
        assert!(run.stderr.contains(UNCOMMITTED), "{}", run.stderr);
    }
    git(&clone, &["add", "--all"]);
    stage.run(&clone, &["check"]).ends_with(4);
    edit(&clone, "compose/base.yaml", "imaeg:", "image:");
    let mended = stage.run(&clone, &["check"]).ends_with(0);
    assert!(mended.stdout.contains("Everything is in order."), "{}", mended.stdout);
    fs::remove_file(clone.join("config/services/server/server.conf")).expect("a file");
    assert_eq!(stage.run(&clone, &["check", "--json"]).ends_with(1).findings()[0].0, "E-FILE-MISSING");
}

#[test]
fn new_files_count_and_those_that_git_ignores_do_not() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    edit(&clone, "compose/base.yaml", "server.conf:/etc", "new.conf:/etc");
    let words = only(&stage.run(&clone, &["check", "--json"]).ends_with(1), "E-FILE-MISSING");
    assert!(words.contains("config/services/server/new.conf"), "{words}");
    fs::write(clone.join("config/services/server/new.conf"), "listen = 1\n").expect("a file");
    stage.run(&clone, &["check"]).ends_with(0);
    fs::write(clone.join(".git/info/exclude"), "new.conf\n").expect("a file");
    only(&stage.run(&clone, &["check", "--json"]).ends_with(1), "E-FILE-MISSING");
    // No release could carry a link either, and one that lies elsewhere is nobody's business.
    std::os::unix::fs::symlink("VERSION", clone.join("link")).expect("a link");
    only(&stage.run(&clone, &["check", "--json"]).ends_with(1), "E-FILE-MISSING");
    std::os::unix::fs::symlink("server.conf", clone.join("config/services/server/link.conf"))
        .expect("a link");
    let words = only(&stage.run(&clone, &["check", "--json"]).ends_with(5), "E-FILE");
    assert!(words.contains("link.conf` is a symbolic link"), "{words}");
}

#[test]
fn check_of_a_checkout_that_leaves_files_out_reads_them_from_the_index() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    git(&clone, &["sparse-checkout", "set", "--no-cone", "/*", "!/config/services/"]);
    assert!(!clone.join("config/services").exists(), "it is left out");
    stage.run(&clone, &["check"]).ends_with(0);
}

#[test]
fn a_bundle_and_a_rehearsal_of_a_changed_tree_say_that_they_take_the_commit() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    let bundle = ["bundle", "--version", "v1.0.0", "--offline", "--out", "built"];
    assert!(!stage.run(&clone, &bundle).ends_with(0).stderr.contains("not committed"));
    fs::remove_dir_all(clone.join("built")).expect("a folder");
    edit(&clone, "compose/base.yaml", "worker:\n    image:", "worker:\n    imaeg:");
    let head = git(&clone, &["rev-parse", "HEAD"]);
    let built = stage.run(&clone, &bundle).ends_with(0);
    let rehearsed = stage.run_with(&clone, &["release", "--rehearse", "--json"], NOBODY).ends_with(0);
    for (run, what) in [(built, "built from the commit"), (rehearsed, "rehearsing the commit")] {
        let told: Vec<_> = run.stderr.lines().filter(|line| line.contains("not committed")).collect();
        let [line] = told.as_slice() else { panic!("one note: {}", run.stderr) };
        assert!(line.contains(what) && line.contains(&head[..12]), "{line}");
    }
}

/// What would keep a bundle from starting: the text it stands in, the text instead, and the cause with words of the finding.
const UNFIT: &[(&str, &str, &str, &[&str])] = &[
    (
        "DOMAIN: ${DOMAIN:?run ./setup-env.sh}",
        "TOKEN: ${SEARCH_TOKEN:?run ./setup-env.sh}",
        "E-VARIABLE-UNDECLARED",
        &["SEARCH_TOKEN", "services.server.environment.TOKEN", "compose/base.yaml:17:"],
    ),
    (
        "./configs/server/server.conf",
        "./configs/server/serve.conf",
        "E-FILE-MISSING",
        &["services.server.volumes", "./configs/server/serve.conf", "compose/base.yaml:20:"],
    ),
    (
        "aihummer/worker:v0.0.0",
        "aihummer/wroker:v0.0.0",
        "E-IMAGE-UNDECLARED",
        &["`worker`", "aihummer/wroker", "compose/base.yaml:24:"],
    ),
    (
        "image: registry.example/aihummer/worker:v0.0.0",
        "build: ./services/worker",
        "E-COMPOSE",
        &["`worker`", "`build`", "compose/base.yaml:24:"],
    ),
    (
        "postgres:17.5-alpine",
        "postgres:latest",
        "E-IMAGE-FLOATING",
        &["`postgres`", "`latest`", "compose/base.yaml:5:"],
    ),
    ("postgres:17.5-alpine", "postgres", "E-IMAGE-FLOATING", &["no tag", "compose/base.yaml:5:"]),
];

#[test]
fn what_keeps_a_bundle_from_starting_is_found_by_check_and_before_a_release() {
    for_each(UNFIT, |(instead_of, text, cause, said)| {
        let stage = Setting::new().set();
        let clone = stage.fresh_clone();
        edit(&clone, "compose/base.yaml", instead_of, text);
        let code = if *cause == "E-COMPOSE" { 4 } else { 1 };
        let words = only(&stage.run(&clone, &["check", "--json"]).ends_with(code), cause);
        for part in *said {
            assert!(words.contains(part), "{cause}: `{part}` is not in {words}");
        }
        commit(&clone, "Change the deployment", 50);
        let run = stage.run_with(&clone, &["release", "--rehearse", "--json"], NOBODY).ends_with(code);
        assert_eq!(only(&run, cause), words, "the same before a release");
        assert_eq!(run.json()["outcome"], "stopped");
    });
}

#[test]
fn what_is_only_worth_saying_stops_nothing() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    edit(&clone, "config/env.yaml", "consumers: [server]", "consumers: [server, sevrer]");
    let run = stage.run(&clone, &["check"]).ends_with(0);
    assert!(run.stderr.contains("note[E-CONSUMER-UNKNOWN]"), "{}", run.stderr);
    assert!(run.stderr.contains("config/env.yaml:21:"), "{}", run.stderr);
}

#[test]
fn a_file_that_is_no_text_and_a_compose_file_that_is_no_yaml_are_each_told_once() {
    let stage = Setting::new().set();
    let clone = stage.fresh_clone();
    fs::write(clone.join("compose/base.yaml"), "services:\n  server: [\n").expect("a file");
    let words = only(&stage.run(&clone, &["check", "--json"]).ends_with(4), "E-COMPOSE");
    assert!(words.contains("compose/base.yaml:3:1"), "{words}");
    git(&clone, &["checkout", "--quiet", "."]);
    fs::write(clone.join("config/env.yaml"), b"format: 1\n# caf\xe9\n").expect("a file");
    let words = only(&stage.run(&clone, &["check", "--json"]).ends_with(4), "E-CONFIG");
    assert!(words.contains("not UTF-8 text: byte 15 on line 2") && !words.contains("missing"), "{words}");
}

fn rehearsed(stage: &Stage, pulls: &str) -> Run {
    let path = stage.path("pulls.yaml");
    fs::write(&path, pulls).expect("a file");
    let path = path.display().to_string();
    let arguments = ["release", "--rehearse", "--json", "--pulls", &path];
    stage.run_with(&stage.fresh_clone(), &arguments, NOBODY)
}

#[test]
fn mistakes_in_a_file_of_pull_requests_are_told_with_file_number_and_the_page_about_it() {
    let stage = Setting::new().set();
    let merged = "pull_requests:\n  - { number: 7, title: a, merge_commit: abc }\n";
    for (text, said) in [
        (
            "pull_requests:\n  - { number: 7, title: a }\n  - { number: 7, title: b }\n",
            "number `7` is used twice",
        ),
        ("pull_requests:\n  - { number: 7, titel: a }\n", "unknown field `titel`"),
        (merged, "`7` is merged but has no `merged_at`"),
    ] {
        let words = only(&rehearsed(&stage, text).ends_with(4), "E-CONFIG");
        for part in [said, "pulls.yaml", "docs/how-to/pulls.md"] {
            assert!(words.contains(part), "`{part}` is not in {words}");
        }
    }
}
