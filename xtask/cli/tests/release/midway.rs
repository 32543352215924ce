//! Every kind of release, killed from outside while a write to the forge or a registry, or a push, is under way. The writes and pushes are
//! those of a run that nobody disturbs, so that a new one is covered by itself, and what the next run from a fresh clone leaves has to be
//! what that run left. Somebody looks on all the time.
//!
//! A usual run takes some of the cases: of each operation of each kind one write, held before or after its effect, and for each push one of
//! the ways in which it can end, in turn. `cargo xtask test --long` takes all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::Duration;

use release_rehearsal::{Access, Fault, FaultKind, RequestRecord, Target};

use crate::held::{FOR_EVER, wait_until};
use crate::killed::for_each;
use crate::kinds::{Kind, first, kinds};
use crate::onlooker::{AT_TIMES, HARDLY, watched};
use crate::picture::picture;
use crate::stage::Stage;

/// Where a push is held: before anything happens, with every reference locked, and when all has happened but its sender was not told.
const PLACES: &[&str] = &["pre-receive", "reference-transaction", "post-receive"];

/// Counts pushes in the bare repository, and holds the one whose number is in `hold` until there is a file `end`, which says how it ends.
const HOOK: &str = r#"#!/bin/sh
place=${0##*/}
if [ $place = pre-receive ]; then echo >>pushes; fi
if [ $place = reference-transaction ] && [ "$1" != prepared ]; then exit 0; fi
if [ "$(cat hold 2>/dev/null)" != "$place $(wc -l <pushes)" ]; then exit 0; fi
rm hold
echo $PPID >new && mv new held
while [ ! -e end ]; do sleep 0.02; done
exit "$(cat end)"
"#;

/// What is under way when the program is killed.
#[derive(Clone, Debug)]
enum Held {
    /// The write of this number.
    Write(u32, FaultKind),
    Push(Push),
}

#[derive(Clone, Copy, Debug)]
struct Push {
    number: usize,
    place: &'static str,
    git: Git,
    remote: Remote,
}

/// What becomes of the git program that the killed one had started.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Git {
    Lives,
    Dies,
}

/// What the remote makes of the push that it has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Remote {
    Accepts,
    Refuses,
}

/// What a run did that nobody disturbed, and what it left.
struct Clean {
    writes: Vec<RequestRecord>,
    pushes: usize,
    picture: String,
    tag: String,
}

impl Clean {
    #[track_caller]
    fn of(kind: &Kind) -> Self {
        let stage = kind.before.copy();
        hook(&stage, PLACES);
        let run = watched(&stage, HARDLY, |_| kind.run(&stage));
        let requests = stage.rehearsal.requests().into_iter();
        let writes: Vec<_> = requests.filter(|request| request.access == Access::Write).collect();
        for needed in kind.needs {
            assert!(
                writes.iter().any(|it| it.operation == *needed),
                "{}: {needed} is not in {writes:#?}",
                kind.name
            );
        }
        let pushes = fs::read_to_string(stage.bare().join("pushes")).unwrap_or_default().lines().count();
        assert_eq!(pushes, kind.pushes, "{}: pushes", kind.name);
        Self { writes, pushes, picture: picture(&stage), tag: tag(&run.json()) }
    }

    /// Everything that can be under way when it is killed.
    fn all_cases(&self) -> Vec<Held> {
        let holds = [FaultKind::Hold(FOR_EVER), FaultKind::HoldAfter(FOR_EVER)];
        let numbers = 1..=u32::try_from(self.writes.len()).expect("few writes");
        let writes = numbers.flat_map(|nth| holds.clone().map(|hold| Held::Write(nth, hold)));
        let pushes = (1..=self.pushes).flat_map(|number| {
            ENDS.iter().map(move |&(place, git, remote)| Held::Push(Push { number, place, git, remote }))
        });
        writes.chain(pushes).collect()
    }

    /// Some of them: of each operation one write, and one end of each push. `turn` says where to begin, so that over all kinds every way
    /// of holding and of ending has its turn.
    fn some_cases(&self, turn: usize) -> Vec<Held> {
        let mut known = BTreeSet::new();
        let firsts: Vec<u32> = (1..)
            .zip(&self.writes)
            .filter(|(_, write)| known.insert(&write.operation))
            .map(|(nth, _)| nth)
            .collect();
        let writes = (turn..).zip(firsts).map(|(turn, nth)| {
            let hold = if turn % 2 == 0 { FaultKind::HoldAfter(FOR_EVER) } else { FaultKind::Hold(FOR_EVER) };
            Held::Write(nth, hold)
        });
        let ends = ENDS.iter().cycle().skip(turn * 3);
        let pushes = (1..=self.pushes)
            .zip(ends)
            .map(|(number, &(place, git, remote))| Held::Push(Push { number, place, git, remote }));
        writes.chain(pushes).collect()
    }
}

/// Where a push is held, what becomes of its sender, and what its receiver makes of it; nobody can refuse what has happened.
const ENDS: &[(&str, Git, Remote)] = &[
    ("pre-receive", Git::Lives, Remote::Accepts),
    ("reference-transaction", Git::Dies, Remote::Refuses),
    ("post-receive", Git::Dies, Remote::Accepts),
    ("pre-receive", Git::Dies, Remote::Refuses),
    ("reference-transaction", Git::Lives, Remote::Accepts),
    ("post-receive", Git::Lives, Remote::Accepts),
    ("pre-receive", Git::Lives, Remote::Refuses),
    ("reference-transaction", Git::Dies, Remote::Accepts),
    ("pre-receive", Git::Dies, Remote::Accepts),
    ("reference-transaction", Git::Lives, Remote::Refuses),
];

/// Puts the hook of pushes into the remote.
fn hook(stage: &Stage, places: &[&str]) {
    let hooks = stage.bare().join("hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for place in places {
        fs::write(hooks.join(place), HOOK).expect("a hook");
        fs::set_permissions(hooks.join(place), Permissions::from_mode(0o755)).expect("a mode");
    }
}

/// The tag that a receipt names; empty where it is of no release.
fn tag(receipt: &serde_json::Value) -> String {
    receipt["tag"].as_str().unwrap_or_default().to_owned()
}

/// Starts a kind of release, waits until what is to be held is held, does something meanwhile, and kills it.
fn kill(kind: &Kind, stage: &Stage, held: &Held, meanwhile: impl FnOnce()) {
    let clone = stage.clone_at(kind.branch);
    match held {
        Held::Write(nth, fault) => {
            stage.rehearsal.inject(Fault {
                target: Target::writes(),
                nth: *nth,
                times: 1,
                kind: fault.clone(),
            });
            let mut running = stage.start(&clone, kind.command);
            let struck = || stage.rehearsal.requests().iter().any(|request| request.fault.is_some());
            wait_until("the fault never struck", struck);
            meanwhile();
            end(&mut running);
            stage.rehearsal.clear_faults();
        }
        Held::Push(push) => {
            let bare = stage.bare();
            hook(stage, PLACES);
            fs::write(bare.join("hold"), format!("{} {}\n", push.place, push.number)).expect("a file");
            let mut running = stage.start(&clone, kind.command);
            wait_until("the push was never held", || bare.join("held").exists());
            let receiver =
                fs::read_to_string(bare.join("held")).expect("a process").trim().parse().expect("its number");
            let sender = child_of(running.id(), receiver);
            meanwhile();
            end(&mut running);
            if push.git == Git::Dies {
                let killed = Command::new("kill").args(["-9", &sender.to_string()]).status();
                assert!(killed.expect("kill runs").success(), "{sender}");
                wait_until("git does not die", || !is_alive(sender));
            }
            let code = if push.remote == Remote::Accepts { "0" } else { "1" };
            fs::write(bare.join("new"), code).expect("a file");
            fs::rename(bare.join("new"), bare.join("end")).expect("a file");
            wait_until("the push does not end", || !is_alive(receiver) && !is_alive(sender));
        }
    }
}

fn end(running: &mut Child) {
    running.kill().expect("a signal");
    assert_eq!(running.wait().expect("an end").code(), None, "it was killed");
}

/// The fields of a process behind its name, as the system tells them: state, parent and more.
fn fields(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?;
    let (_, behind) = text.rsplit_once(')')?;
    Some(behind.split_whitespace().map(str::to_owned).collect())
}

/// Whether a process runs; one that nobody has buried does not.
fn is_alive(process: u32) -> bool {
    fields(process).is_some_and(|fields| fields[0] != "Z")
}

/// The child of a process from which a descendant comes.
fn child_of(parent: u32, descendant: u32) -> u32 {
    let mut process = descendant;
    loop {
        let above = fields(process).expect("a process")[1].parse().expect("a number");
        if above == parent {
            return process;
        }
        process = above;
    }
}

/// Kills a release while this is held, and requires the next run to end it as if nothing had happened.
fn is_finished_by_the_next_run(kind: &Kind, clean: &Clean, held: &Held) {
    let stage = kind.before.copy();
    let again = watched(&stage, AT_TIMES, |watch| {
        kill(kind, &stage, held, || watch.is_seen());
        watch.is_seen();
        kind.run(&stage)
    });
    let case = format!("{}, killed at {held:?}", kind.name);
    assert_eq!(tag(&again.json()), clean.tag, "{case}: the version did not climb");
    assert_eq!(picture(&stage), clean.picture, "{case}");
}

#[test]
fn row_1_10_every_kind_of_release_killed_while_a_write_or_a_push_is_under_way_is_finished_by_the_next_run() {
    let kinds = kinds();
    let clean = Mutex::new(BTreeMap::new());
    for_each(&kinds, |kind| {
        let ran = Clean::of(kind);
        clean.lock().expect("nobody failed").insert(kind.name, ran);
    });
    let clean = clean.into_inner().expect("nobody failed");
    let long = std::env::var_os("SLIPWAY_TEST_LONG").is_some();
    let cases: Vec<(&Kind, Held)> = kinds
        .iter()
        .enumerate()
        .flat_map(|(turn, kind)| {
            let clean = &clean[kind.name];
            let cases = if long { clean.all_cases() } else { clean.some_cases(turn) };
            cases.into_iter().map(move |held| (kind, held))
        })
        .collect();
    println!("{} kills of {} kinds", cases.len(), kinds.len());
    assert!(cases.len() > 40, "{}", cases.len());
    for_each(&cases, |(kind, held)| is_finished_by_the_next_run(kind, &clean[kind.name], held));
}

/// What the cases are made of can fail: a world that lacks one thing is another picture.
#[test]
fn a_release_that_nobody_finished_is_another_picture() {
    let kind = first();
    let clean = Clean::of(&kind);
    for held in [
        Held::Write(1, FaultKind::HoldAfter(FOR_EVER)),
        Held::Write(u32::try_from(clean.writes.len()).expect("few"), FaultKind::Hold(FOR_EVER)),
    ] {
        let stage = kind.before.copy();
        kill(&kind, &stage, &held, || ());
        std::thread::sleep(Duration::from_millis(50));
        let there = stage.rehearsal.snapshot();
        assert!(there.releases.iter().any(|it| it.draft) || picture(&stage) != clean.picture, "{held:?}");
    }
}
