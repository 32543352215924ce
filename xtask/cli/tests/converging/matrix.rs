//! Every call of every kind of release, broken in every way it can break, alone and in pairs: a run ends well, or says why and what to do;
//! neither then nor before any call of a clean run is anything half released; and runs that nothing disturbs any more end where a clean one does.

use std::sync::Arc;

use crate::deed::LATER;
use crate::kinds::{Kind, all, done};
use crate::many::{difference, is_explained, long, require_all};
use crate::state::State;
use crate::wire::{Breaking, Seen, Wire};

/// A call by its number and how it breaks.
type Fault = (usize, Breaking);

/// A kind of release, how a clean run of it ends, and its calls.
struct Known {
    kind: Kind,
    clean: State,
    calls: Vec<Seen>,
}

impl Known {
    fn of(kind: Kind) -> Self {
        let scene = kind.scene.fork();
        let wire = Arc::new(Wire::new(scene.time.clone()));
        let looking = scene.onlooker();
        wire.look_before_each_call(move || {
            looking.require_safe().expect("at no moment is anything half done")
        });
        let ended = scene.perform(&kind.deed, &wire);
        assert!(ended.is_done(), "{}: {:?}", kind.name, ended.stopped);
        let (clean, calls) = (scene.state(), wire.calls());
        assert_ne!(clean, kind.scene.state(), "{} does something", kind.name);
        done(&scene, &kind.deed);
        assert_eq!(clean, scene.state(), "{}: a second run changes nothing", kind.name);
        Self { kind, clean, calls }
    }

    /// Every call in every way in which it can break.
    fn faults(&self) -> Vec<Fault> {
        let of = |(number, call): (usize, &Seen)| {
            Breaking::ALL
                .into_iter()
                .filter(|kind| kind.fits(call))
                .map(|kind| (number, kind))
                .collect::<Vec<_>>()
        };
        self.calls.iter().enumerate().flat_map(of).collect()
    }

    /// Every fault where there is time, else one of each call: another way to break for each call and kind.
    fn singles(&self) -> Vec<Fault> {
        let all = self.faults();
        if long().is_some() {
            return all;
        }
        let of = |number: usize| {
            let ways: Vec<Fault> = all.iter().filter(|fault| fault.0 == number).copied().collect();
            ways[(number + self.kind.name.len()) % ways.len()]
        };
        (0..self.calls.len()).map(of).collect()
    }

    /// Runs with these faults until nothing disturbs a run, and says what is wrong then.
    fn converges(&self, faults: &[Fault]) -> Result<(), String> {
        let scene = self.kind.scene.fork();
        let wire = Arc::new(Wire::new(scene.time.clone()));
        for (number, breaking) in faults {
            wire.break_at(*number, *breaking);
        }
        let mut last = None;
        // Each fault may stop one run, and the one after the last ends well.
        for _ in 0..=faults.len() {
            let ended = scene.perform(&self.kind.deed, &wire);
            is_explained(&ended)?;
            scene.require_safe()?;
            scene.time.pass(LATER);
            let is_done = ended.is_done();
            last = Some(ended);
            if is_done && !wire.is_to_break() {
                break;
            }
        }
        let wire = Arc::new(Wire::new(scene.time.clone()));
        let ended = scene.perform(&self.kind.deed, &wire);
        if !ended.is_done() {
            return Err(format!("a run that nothing disturbs stops: {:?}; before: {last:?}", ended.stopped));
        }
        let state = scene.state();
        if state == self.clean {
            return scene.require_safe();
        }
        Err(format!("it ends elsewhere: {}", difference(&state, &self.clean)))
    }
}

/// A case for people.
fn spoken((known, faults): &(&Known, Vec<Fault>)) -> String {
    let calls = faults.iter().map(|(number, breaking)| {
        let call = known.calls.get(*number).map_or("later", |call| call.what.as_str());
        format!("{breaking:?} at {number} ({call})")
    });
    format!("{}, {}", known.kind.name, calls.collect::<Vec<_>>().join(", "))
}

fn known() -> Vec<Known> {
    all().into_iter().map(Known::of).collect()
}

/// How many pairs are tried in a usual run, and where there is time.
const PAIRS: [usize; 2] = [280, 22_500];

#[test]
fn every_call_of_every_kind_of_release_may_break_in_every_way() {
    let known = known();
    let cases: Vec<(&Known, Vec<Fault>)> =
        known.iter().flat_map(|one| one.singles().into_iter().map(move |fault| (one, vec![fault]))).collect();
    println!("{} single faults of {} kinds", cases.len(), known.len());
    require_all(&cases, spoken, |(known, faults)| known.converges(faults));
}

#[test]
fn two_calls_of_one_release_may_break_one_after_the_other() {
    let known = known();
    let [usual, all] = PAIRS;
    let wanted = if long().is_some() { all } else { usual };
    let mut cases = Vec::new();
    for one in &known {
        let faults = one.faults();
        let pairs = faults.len() * (faults.len() - 1) / 2;
        // Each as often as the others, and evenly among its own.
        let step = (pairs / (wanted / known.len() + 1)).max(1);
        let pair = |number: usize| {
            let (first, second) = pair_of(number, faults.len());
            vec![faults[first], faults[second]]
        };
        cases.extend((0..pairs).step_by(step).map(|number| (one, pair(number))));
    }
    // Two ways in which the same call breaks are one: it breaks once.
    cases.retain(|(_, faults)| faults.first().map(|fault| fault.0) != faults.last().map(|fault| fault.0));
    println!("{} pairs of {} kinds", cases.len(), known.len());
    require_all(&cases, spoken, |(known, faults)| known.converges(faults));
}

/// The pair of a number, of those that so many things make, the first before the second.
fn pair_of(number: usize, things: usize) -> (usize, usize) {
    let (mut first, mut rest) = (0, number);
    while rest >= things - 1 - first {
        rest -= things - 1 - first;
        first += 1;
    }
    (first, first + 1 + rest)
}

#[test]
fn a_pair_is_counted_once() {
    let pairs: Vec<_> = (0..6).map(|number| pair_of(number, 4)).collect();
    assert_eq!(pairs, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
}

#[test]
fn a_release_that_nobody_finished_is_found_out() {
    let kind = all().remove(0);
    let known = Known::of(kind);
    let scene = known.kind.scene.fork();
    // Everything but the pointer, which is the last push.
    let last = known.calls.iter().rposition(|call| call.what == "push channels").expect("a push");
    let wire = Arc::new(Wire::new(scene.time.clone()));
    wire.break_at(last, Breaking::Refused);
    assert!(!scene.perform(&known.kind.deed, &wire).is_done());
    assert_ne!(scene.state(), known.clean);
    scene.require_safe().expect("unfinished, and nothing wrong yet");
    let asset = scene.rehearsal.snapshot().releases[0].assets[0].id;
    scene.ask("DELETE", &format!("/repos/example/hut/releases/assets/{asset}"));
    scene.require_safe().expect_err("a published release without one of its assets");
}
