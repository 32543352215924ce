//! Two at a time: whatever their order from call to call, what is there in the end is what one after the other would have made, and who
//! came too late says so.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::deed::{Deed, Ended, LATER};
use crate::kinds::done;
use crate::many::{difference, is_explained, require_all};
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

const MAIN: Deed = Deed::Release { branch: "main", channel: "latest" };

/// The calls of both, in the order in which they were made: 0 for one of the first, 1 for one of the second.
type Trace = Vec<u8>;

impl Race {
    /// Lets both act by a schedule, and then whoever comes afterwards.
    fn run(&self, schedule: &Schedule) -> Result<(State, Trace), String> {
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
        for deed in &self.after {
            scene.time.pass(LATER);
            let ended = scene.perform(deed, &Arc::new(Wire::new(scene.time.clone())));
            if !ended.is_done() {
                return Err(format!("nobody disturbs {deed:?}, and it stops: {:?}", ended.stopped));
            }
            scene.require_safe()?;
        }
        Ok((scene.state(), scheduler.trace()))
    }

    /// How it ends where one comes after the other, whoever is first.
    fn serial(&self) -> Vec<State> {
        let orders = [[(0, usize::MAX), (1, usize::MAX)], [(1, usize::MAX), (0, usize::MAX)]];
        orders
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
    done(&scene, &MAIN);
    scene.merge("main", "Serve a second page", &["minor"]);
    let later = Act::Run { first: merge_a_third_page, deed: MAIN };
    let merge = Act::Person(merge_a_third_page);
    let nightly = Deed::OnMerge { branch: "main".to_owned() };
    let race = |name, acts: [Act; 2], after: &[Deed]| Race {
        name,
        scene: scene.fork(),
        acts,
        after: after.to_vec(),
    };
    let mut races = vec![
        race("two runs of one commit", [run(MAIN), run(MAIN)], &[MAIN]),
        race("two merges in the same minute", [run(MAIN), later], &[MAIN]),
        race("somebody merges during a release", [run(MAIN), merge], &[MAIN]),
        race("a nightly and a release", [run(nightly.clone()), run(MAIN)], &[MAIN, nightly]),
    ];
    races.extend(races_of_lines());
    races
}

fn races_of_lines() -> Vec<Race> {
    let candidate = Deed::Release { branch: "release/1.1", channel: "rc" };
    let hotfix = Deed::Release { branch: "release/1.1", channel: "latest" };
    let promotion = Deed::Promote { tag: "v1.1.0-rc.1".to_owned() };
    let withdrawal = Deed::Withdraw { tag: "v1.1.0".to_owned() };
    let scene = Scene::set(&[]);
    done(&scene, &MAIN);
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
        race("a promotion and a release", &promoting, [&promotion, &MAIN]),
        race("two promotions", &promoting, [&promotion, &promotion]),
        race("a hotfix and a release", &scene, [&hotfix, &MAIN]),
        race("a withdrawal and a release", &scene, [&withdrawal, &MAIN]),
        race("two withdrawals", &scene, [&withdrawal, &withdrawal]),
        race("a renewal and a release", &aged, [&Deed::Renew, &MAIN]),
    ]
}

/// How often one of both is interrupted at most in the schedules that are tried one after the other.
fn schedules(calls: [usize; 2]) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for (first, second) in [(0, 1), (1, 0)] {
        for begin in 0..=calls[first] {
            for middle in 1..=calls[second] {
                schedules.push(Schedule(vec![(first, begin), (second, middle), (first, usize::MAX)]));
            }
        }
    }
    schedules
}

#[test]
fn whoever_is_faster_the_end_is_that_of_one_after_the_other() {
    for race in races() {
        let begun = std::time::Instant::now();
        let serial = race.serial();
        println!("{} {:?}", race.name, begun.elapsed());
        let orders = [[(0, usize::MAX), (1, usize::MAX)]];
        let (_, trace) = race.run(&Schedule(orders[0].to_vec())).expect("x");
        let count = |run: u8| trace.iter().filter(|one| **one == run).count();
        let all = schedules([count(0), count(1)]);
        println!("{} {:?} {}", race.name, [count(0), count(1)], all.len());
        let all: Vec<Schedule> = all.into_iter().step_by(97).collect();
        let seen = std::sync::Mutex::new(BTreeSet::new());
        require_all(
            &all,
            |schedule| format!("{}, {schedule:?}", race.name),
            |schedule| {
                let (state, trace) = race.run(schedule)?;
                seen.lock().expect("no panic").insert(trace);
                if serial.contains(&state) {
                    return Ok(());
                }
                Err(serial.iter().map(|serial| format!("{}\nor", difference(&state, serial))).collect())
            },
        );
        println!("{} {}", all.len(), seen.lock().expect("").len());
    }
}

fn merge_a_third_page(scene: &Scene) {
    scene.merge("main", "Serve a third page", &["patch"]);
}
