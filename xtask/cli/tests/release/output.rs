//! What is said on the way, and what becomes of a result that nobody gets: a full disk is a failure, a reader that has seen enough is
//! none.

use std::fs::File;
use std::io::Read as _;

use release_rehearsal::{Fault, FaultKind, Target};

use crate::run::Run;
use crate::stage::{Setting, Stage};

/// Commands that print a result without changing anything.
const COMMANDS: &[&[&str]] = &[
    &["plan", "--json"],
    &["plan"],
    &["check", "--json"],
    &["images", "--json"],
    &["changelog"],
    &["completions", "bash"],
    &["abandon", "v1.0.0", "--yes", "--json"],
];

fn stage() -> Stage {
    Setting::new().set()
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let stage = stage();
    let clone = stage.fresh_clone();
    for arguments in COMMANDS {
        let full = File::options().write(true).open("/dev/full").expect("a full device");
        let output = stage.command(&clone, arguments, &[]).stdout(full).output().expect("the program runs");
        let run = Run::of(clone.clone(), &output).ends_with(5);
        assert!(run.stderr.contains("error[E-FILE]: the result could not be written"), "{}", run.stderr);
        assert!(run.stderr.contains("No space left"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_release_whose_receipt_is_lost_says_so_and_is_done() {
    let stage = stage();
    let clone = stage.fresh_clone();
    let full = File::options().write(true).open("/dev/full").expect("a full device");
    let mut command = stage.command(&clone, &["release", "--json"], &[]);
    let run = Run::of(clone.clone(), &command.stdout(full).output().expect("the program runs")).ends_with(5);
    assert!(run.stderr.contains("error[E-FILE]"), "{}", run.stderr);
    let again = stage.run(&clone, &["release", "--json"]).ends_with(0).json();
    assert_eq!(again["outcome"], "already-released");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let stage = stage();
    let clone = stage.fresh_clone();
    let mut child = stage.command(&clone, &["plan", "--json"], &[]).spawn().expect("the program starts");
    let mut first = [0; 1];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("a first byte");
    drop(stdout);
    let run = Run::of(clone, &child.wait_with_output().expect("an end")).ends_with(0);
    assert!(!run.stderr.contains("error["), "{}", run.stderr);
}

#[test]
fn a_run_that_waits_says_for_whom_and_how_long() {
    let cases = [
        (
            FaultKind::Limited { status: 403, retry_after: Some(1) },
            "the forge asks to wait 1 s (1 s of at most 900 s",
        ),
        (FaultKind::Status(503), "(try 2 of 6)"),
    ];
    for (kind, said) in cases {
        let stage = stage();
        stage.rehearsal.inject(Fault::first(Target::operation("repos/list-releases"), kind));
        let run = stage.run(&stage.fresh_clone(), &["plan"]).ends_with(0);
        assert!(run.stderr.contains(said), "{said} is not in {}", run.stderr);
    }
}
