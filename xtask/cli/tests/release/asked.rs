//! A person at a terminal: asked before anything is written, and told what becomes of a run that they interrupt. The terminal is a real
//! pseudo-terminal of the kernel.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use release_rehearsal::{Fault, FaultKind, Target};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::converged::converged;
use crate::held::wait_until;
use crate::killed::for_each;
use crate::stage::{RELEASE, Setting, Stage};

/// A program whose standard input and standard error are a terminal.
struct Seated {
    running: Child,
    terminal: File,
}

impl Seated {
    fn at_a_terminal(mut command: Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let terminal = openpt(flags).expect("a pseudo-terminal");
        grantpt(&terminal).expect("granted");
        unlockpt(&terminal).expect("unlocked");
        let seat = ioctl_tiocgptpeer(&terminal, flags).expect("its other side");
        let again = seat.try_clone().expect("a second handle");
        let running = command.stdin(seat).stderr(again).stdout(Stdio::piped()).spawn().expect("it starts");
        // The command keeps handles of the other side; as long as it lives, the terminal never ends.
        drop(command);
        Self { running, terminal: terminal.into() }
    }

    /// Reads what is shown until it holds a text.
    fn until(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let mut buffer = [0; 4096];
        while !shown.contains(text) {
            let read = self.terminal.read(&mut buffer).unwrap_or(0);
            assert!(read > 0, "it ended without `{text}`:\n{shown}");
            shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        shown
    }

    /// Types a line, and reads on until the program ends; returns its exit code and what was shown.
    fn answer(mut self, line: &str) -> (Option<i32>, String) {
        self.terminal.write_all(format!("{line}\n").as_bytes()).expect("typed");
        let mut shown = Vec::new();
        let mut buffer = [0; 4096];
        // The kernel ends a terminal without another side by an error.
        while let Ok(read @ 1..) = self.terminal.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..read]);
        }
        let code = self.running.wait().expect("an end").code();
        (code, String::from_utf8_lossy(&shown).into_owned())
    }
}

fn seated(stage: &Stage, arguments: &[&str]) -> Seated {
    Seated::at_a_terminal(stage.command(&stage.fresh_clone(), arguments, &[("TERM", "xterm")]))
}

#[test]
fn row_1_10_a_maintainer_is_asked_once_and_only_yes_releases() {
    for_each(&[("n", 2), ("", 2), ("yes please", 2), ("y", 0), ("yes", 0)], |(typed, code)| {
        let stage = Setting::new().set();
        let before = (stage.rehearsal.snapshot(), stage.references());
        let mut person = seated(&stage, &["release"]);
        person.until("Release v1.0.0 to ");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "asked before any write");
        let (ended, shown) = person.answer(typed);
        assert_eq!(ended, Some(*code), "{typed:?}: {shown}");
        match code {
            0 => converged(&stage, &["v1.0.0"]),
            _ => assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "{typed:?}"),
        }
    });
}

#[test]
fn row_1_10_a_maintainer_sees_what_giving_up_takes_away_and_only_yes_does_it() {
    for_each(&[("n", 2), ("y", 0)], |(typed, code)| {
        let stage = Setting::new().set();
        let draft = stage.step("draft");
        stage.release_killed(&format!("after:{draft}")).was_killed();
        let before = (stage.rehearsal.snapshot(), stage.references());
        let mut person = seated(&stage, &["abandon", "v1.0.0"]);
        let shown = person.until("Give it up?");
        assert!(shown.contains("the tag v1.0.0"), "{shown}");
        assert_eq!((stage.rehearsal.snapshot(), stage.references()), before, "asked before any write");
        let (ended, shown) = person.answer(typed);
        assert_eq!(ended, Some(*code), "{typed:?}: {shown}");
        assert_eq!(stage.references().contains("refs/tags/v1.0.0"), *code == 2, "{typed:?}");
    });
}

#[test]
fn row_1_10_an_interrupted_release_says_what_to_do_and_the_next_one_finishes_it() {
    for_each(&[Signal::INT, Signal::TERM, Signal::HUP], |signal| {
        let stage = Setting::new().set();
        let hold = FaultKind::HoldAfter(600.0);
        stage.rehearsal.inject(Fault { target: Target::writes(), nth: 3, times: 1, kind: hold });
        let running = stage.start(&stage.fresh_clone(), RELEASE);
        wait_until("the fault never struck", || {
            stage.rehearsal.requests().iter().any(|request| request.fault.is_some())
        });
        kill_process(Pid::from_child(&running), *signal).expect("a signal");
        let ended = running.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), None, "a signal ends it: {said}");
        for needed in ["interrupted: nothing of v1.0.0 is lost", "cargo xtask abandon v1.0.0"] {
            assert!(said.contains(needed), "{needed} is not in {said}");
        }
        assert!(ended.stdout.is_empty(), "half an object is none");
        stage.rehearsal.clear_faults();
        stage.release().ends_with(0);
        converged(&stage, &["v1.0.0"]);
    });
}
