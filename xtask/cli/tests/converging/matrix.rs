//! Every call of every kind of release, broken in every way it can break, alone and in pairs: a run ends well, or says why and what to do;
//! at no moment is anything half released; and runs that nothing disturbs any more end where a clean one does.

use std::sync::Arc;

use crate::deed::LATER;
use crate::kinds::{Kind, all, done};
use crate::many::{difference, is_explained, require_all};
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
        let ended = scene.perform(&kind.deed, &wire);
        assert!(ended.is_done(), "{}: {:?}", kind.name, ended.stopped);
        scene.require_safe().expect("a clean run leaves nothing half done");
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

#[test]
fn every_call_of_every_kind_of_release_may_break_in_every_way() {
    let known = known();
    let cases: Vec<(&Known, Vec<Fault>)> =
        known.iter().flat_map(|one| one.faults().into_iter().map(move |fault| (one, vec![fault]))).collect();
    println!("{} single faults of {} kinds", cases.len(), known.len());
    require_all(&cases, spoken, |(known, faults)| known.converges(faults));
}

#[test]
fn speed() {
    let known = known();
    for one in &known {
        let begun = std::time::Instant::now();
        for _ in 0..10 {
            let scene = one.kind.scene.fork();
            let wire = Arc::new(Wire::new(scene.time.clone()));
            let ended = scene.perform(&one.kind.deed, &wire);
            assert!(ended.is_done());
        }
        println!("{} {} calls {:?}", one.kind.name, one.calls.len(), begun.elapsed() / 10);
    }
}
