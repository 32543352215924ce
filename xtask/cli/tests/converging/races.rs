//! Two at a time: whatever their order from call to call, what is there in the end is what one after the other would have made, and who
//! came too late says so.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use release_core::finding::{Cause, Finding};

use crate::deed::{Deed, Ended, LATER};
use crate::kinds::{done, main};
use crate::many::{difference, is_explained, is_long, require_all};
use crate::scene::Scene;
use crate::state::State;
use crate::turns::{Schedule, Scheduler};
use crate::wire::{Side, Wire};

/// Somebody who does something while somebody else does.
#[derive(Clone)]
enum Act {
    /// A run of the tool, from a clone that was made after something had happened.
    Run { first: fn(&Scene), deed: Deed },
    /// A person or a program that is not ours, at one moment.
    Person(fn(&Scene)),
}

/// Two who do something at the same time, and what is done afterwards until nothing is left to do.
struct Race {
    name: &'static str,
    scene: Scene,
    acts: [Act; 2],
    after: Vec<Deed>,
}

/// One after the other.
const ORDERS: [[(usize, usize); 2]; 2] =
    [[(0, usize::MAX), (1, usize::MAX)], [(1, usize::MAX), (0, usize::MAX)]];

/// The calls of both, in the order in which they were made: 0 for one of the first, 1 for one of the second.
type Trace = Vec<u8>;

impl Race {
    /// Lets both act by a schedule.
    fn start(&self, schedule: &Schedule) -> Result<(Scene, Trace), String> {
        let scene = self.scene.fork();
        let clones: Vec<Option<PathBuf>> = self.acts.iter().map(|act| act.prepare(&scene)).collect();
        let scheduler = Arc::new(Scheduler::new(self.acts.len(), schedule));
        let ended = thread::scope(|scope| {
            let start = |(number, (act, clone)): (usize, (&Act, Option<PathBuf>))| {
                let (scene, scheduler) = (&scene, Arc::clone(&scheduler));
                let (act, turns) = (act.clone(), Arc::clone(&scheduler));
                scope.spawn(move || {
                    let _end = End { scheduler, number };
                    act.act(clone, scene, &Arc::new(Wire::in_turns(scene.time.clone(), number, turns)))
                })
            };
            let running: Vec<_> = self.acts.iter().zip(clones).enumerate().map(start).collect();
            running.into_iter().map(|running| running.join().expect("no panic")).collect::<Vec<_>>()
        });
        for ended in &ended {
            is_explained(ended)?;
        }
        scene.require_safe()?;
        Ok((scene, scheduler.trace()))
    }

    /// The same, and then whoever comes afterwards, whom nothing disturbs.
    fn run(&self, schedule: &Schedule) -> Result<(State, Trace), String> {
        let (scene, trace) = self.start(schedule)?;
        for deed in &self.after {
            scene.time.pass(LATER);
            let ended = scene.perform(deed, &Arc::new(Wire::new(scene.time.clone())));
            if !ended.is_done() {
                return Err(format!("nobody disturbs {deed:?}, and it stops: {:?}", ended.stopped));
            }
            scene.require_safe()?;
        }
        Ok((scene.state().without_sequences(), trace))
    }

    /// How many calls each makes where the first comes first.
    fn calls(&self) -> [usize; 2] {
        let of = |order: [(usize, usize); 2], run: u8| {
            let (_, trace) = self.run(&Schedule(order.to_vec())).expect("one after the other");
            trace.iter().filter(|one| **one == run).count()
        };
        [of(ORDERS[0], 0), of(ORDERS[1], 1)]
    }

    /// How it ends where one comes after the other, whoever is first.
    fn serial(&self) -> Vec<State> {
        ORDERS
            .iter()
            .map(|order| self.run(&Schedule(order.to_vec())).expect("one after the other").0)
            .collect()
    }
}

/// Tells the scheduler that a run is over, however it ended.
struct End {
    scheduler: Arc<Scheduler>,
    number: usize,
}

impl Drop for End {
    fn drop(&mut self) {
        self.scheduler.end(self.number);
    }
}

impl Act {
    fn prepare(&self, scene: &Scene) -> Option<PathBuf> {
        let Self::Run { first, deed } = self else { return None };
        first(scene);
        Some(scene.clone_at(deed.branch()))
    }

    fn act(&self, clone: Option<PathBuf>, scene: &Scene, wire: &Arc<Wire>) -> Ended {
        match (self, clone) {
            (Self::Run { deed, .. }, Some(clone)) => scene.perform_in(clone, deed, wire),
            (Self::Person(act), _) => {
                wire.pass(Side::Git, "a person".to_owned(), true);
                act(scene);
                Ended::default()
            }
            (Self::Run { .. }, None) => panic!("a run has a clone"),
        }
    }
}

fn run(deed: Deed) -> Act {
    Act::Run { first: |_| (), deed }
}

/// Every race.
fn races() -> Vec<Race> {
    let scene = Scene::set(&[]);
    done(&scene, &main());
    scene.merge("main", "Serve a second page", &["minor"]);
    let later = Act::Run { first: merge_a_third_page, deed: main() };
    let merge = Act::Person(merge_a_third_page);
    let nightly = Deed::on_merge("main");
    let race = |name, acts: [Act; 2], after: &[Deed]| Race {
        name,
        scene: scene.fork(),
        acts,
        after: after.to_vec(),
    };
    let mut races = vec![
        race("two runs of one commit", [run(main()), run(main())], &[main()]),
        race("two merges in the same minute", [run(main()), later], &[main()]),
        race("somebody merges during a release", [run(main()), merge], &[main()]),
        race("a nightly and a release", [run(nightly.clone()), run(main())], &[main(), nightly]),
    ];
    races.extend(races_of_lines());
    races
}

fn races_of_lines() -> Vec<Race> {
    let candidate = Deed::release("release/1.1", "rc");
    let hotfix = Deed::release("release/1.1", "latest");
    let promotion = Deed::promote("v1.1.0-rc.1");
    let withdrawal = Deed::withdraw("v1.1.0");
    let scene = Scene::set(&[]);
    done(&scene, &main());
    scene.merge("main", "Serve a second page", &["minor"]);
    scene.cut("release/1.1");
    done(&scene, &candidate);
    scene.merge("main", "Serve a third page", &["minor"]);
    let promoting = scene.fork();
    done(&scene, &promotion);
    scene.merge("release/1.1", "Mend the second page", &["patch"]);
    let aged = scene.fork();
    aged.let_pointers_age();
    let race = |name, scene: &Scene, acts: [&Deed; 2]| Race {
        name,
        scene: scene.fork(),
        acts: acts.map(|deed| run(deed.clone())),
        after: acts.map(Deed::clone).to_vec(),
    };
    vec![
        race("a promotion and a release", &promoting, [&promotion, &main()]),
        race("two promotions", &promoting, [&promotion, &promotion]),
        race("a hotfix and a release", &scene, [&hotfix, &main()]),
        race("a withdrawal and a release", &scene, [&withdrawal, &main()]),
        race("two withdrawals", &scene, [&withdrawal, &withdrawal]),
        race("a renewal and a release", &aged, [&Deed::Renew, &main()]),
    ]
}

/// Every schedule in which the first, or the second, is interrupted once by the other, for as long as that likes; and as many in which both
/// take turns of a few calls.
fn schedules(calls: [usize; 2]) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for (first, second) in [(0, 1), (1, 0)] {
        for begin in 0..=calls[first] {
            for middle in 1..=calls[second] {
                schedules.push(Schedule(vec![(first, begin), (second, middle), (first, usize::MAX)]));
                schedules.push(in_turns(first, begin, middle));
            }
        }
    }
    schedules
}

/// Both a few calls at a time, from the beginning on: how many each time two numbers say.
fn in_turns(first: usize, begin: usize, middle: usize) -> Schedule {
    let mut number = begin * 1_000 + middle;
    let turns = (0..40).map(|turn| {
        // A linear congruence (Numerical Recipes): any spread will do, as long as it is the same each time.
        number = (number * 1_664_525 + 1_013_904_223) % (1 << 32);
        ((first + turn) % 2, 1 + (number >> 16) % 6)
    });
    Schedule(turns.collect())
}

/// How many schedules of all races are tried in a usual run, and where there is time.
const SCHEDULES: [usize; 2] = [400, 10_000];

#[test]
fn whoever_is_faster_the_end_is_that_of_one_after_the_other() {
    let races = races();
    let [usual, long] = SCHEDULES;
    let wanted = if is_long() { long } else { usual };
    // Some races are over soon, whatever their order: the others make up for them.
    let of = |race: &Race| schedules(race.calls()).len();
    let altogether: usize = races.iter().map(of).sum();
    let step = (altogether / (wanted + wanted / 5)).max(1);
    let known: Vec<(&Race, Vec<State>)> = races.iter().map(|race| (race, race.serial())).collect();
    let mut cases = Vec::new();
    for (race, serial) in &known {
        cases.extend(
            schedules(race.calls()).into_iter().step_by(step).map(|schedule| (*race, serial, schedule)),
        );
    }
    let seen = Mutex::new(BTreeSet::new());
    let spoken =
        |(race, _, schedule): &(&Race, &Vec<State>, Schedule)| format!("{}, {schedule:?}", race.name);
    require_all(&cases, spoken, |(race, serial, schedule)| {
        let (state, trace) = race.run(schedule)?;
        seen.lock().expect("no panic").insert((race.name, trace));
        if serial.contains(&state) {
            return Ok(());
        }
        Err(serial.iter().map(|serial| format!("{}\nor", difference(&state, serial))).collect())
    });
    let different = seen.into_inner().expect("no panic").len();
    println!("{different} different orders of {} races", races.len());
    assert!(different >= wanted, "{different} of {wanted}");
}

#[test]
fn a_tag_that_somebody_deletes_during_its_release_is_missed_before_anything_is_published() {
    let scene = Scene::set(&[]);
    let race = Race {
        name: "a tag is deleted",
        scene,
        acts: [run(main()), Act::Person(delete_the_tag)],
        after: vec![main()],
    };
    let calls = race.calls()[0];
    let cases: Vec<usize> = (0..calls).collect();
    require_all(
        &cases,
        |begin| format!("after {begin} calls"),
        |begin| {
            let (scene, _) = race.start(&Schedule(vec![(0, *begin), (1, 1), (0, usize::MAX)]))?;
            let ended = scene.perform(&main(), &Arc::new(Wire::new(scene.time.clone())));
            is_explained(&ended)?;
            scene.require_safe()?;
            // Whoever deletes a tag gives its release up; what is left of that is somebody's, and is not released over.
            let says_so = |finding: &Finding| finding.cause == Cause::ReleaseForeign;
            match ended.is_done() || ended.stopped.iter().any(says_so) {
                true => Ok(()),
                false => Err(format!("{:?}", ended.stopped)),
            }
        },
    );
}

/// Somebody gives a release up that is not published.
fn delete_the_tag(scene: &Scene) {
    let reference = "refs/tags/v1.0.0";
    let published = scene.rehearsal.snapshot().releases.iter().any(|release| !release.draft);
    if !published && scene.remote.references().contains_key(reference) {
        scene.delete_by_hand(reference);
    }
}

fn merge_a_third_page(scene: &Scene) {
    scene.merge("main", "Serve a third page", &["patch"]);
}
