//! Two at a time: whatever their order from call to call, what is there in the end is what one after the other would have made, and who
//! came too late says so.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use release_core::finding::{Cause, Finding};

use crate::atlas::{Atlas, Place};
use crate::deed::{Deed, Ended, LATER};
use crate::kinds::{done, main};
use crate::many::{difference, is_explained, require_all};
use crate::orders::Extent;
use crate::scene::Scene;
use crate::state::State;
use crate::turns::{Schedule, Scheduler, Trace};
use crate::wire::{Side, Wire, number_of};

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
    atlas: Arc<Atlas>,
    ends: Mutex<Ends>,
}

/// How a race ended, so far.
#[derive(Default)]
struct Ends {
    /// By where both were when they had ended.
    at: HashMap<Place, Arc<State>>,
    /// By what there was then: from the same, whoever comes afterwards does the same.
    of: HashMap<u64, Arc<State>>,
    /// How many orders were gone, and not only followed on the atlas.
    gone: usize,
}

/// One after the other.
const ORDERS: [[(usize, usize); 2]; 2] =
    [[(0, usize::MAX), (1, usize::MAX)], [(1, usize::MAX), (0, usize::MAX)]];

impl Race {
    fn new(name: &'static str, scene: Scene, acts: [Act; 2], after: Vec<Deed>) -> Self {
        Self { name, scene, acts, after, atlas: Arc::default(), ends: Mutex::default() }
    }

    /// Lets both act by a schedule.
    fn start(&self, schedule: &Schedule) -> Result<(Scene, Trace, Place), String> {
        let scene = self.scene.fork();
        let clones: Vec<Option<PathBuf>> = self.acts.iter().map(|act| act.prepare(&scene)).collect();
        let (atlas, time) = (Arc::clone(&self.atlas), scene.time.clone());
        let wanted = self.acts.iter().map(Act::number).collect();
        let scheduler = Arc::new(Scheduler::new(wanted, schedule, atlas, time));
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
        let (trace, place) = scheduler.ended();
        Ok((scene, trace, place))
    }

    /// The same, and then whoever comes afterwards, whom nothing disturbs.
    fn run(&self, schedule: &Schedule) -> Result<(Arc<State>, Trace), String> {
        if let Some(known) = self.follow(schedule) {
            return Ok(known);
        }
        let (scene, trace, place) = self.start(schedule)?;
        let there = number_of(scene.seen_by_a_run());
        let known = self.ends().of.get(&there).cloned();
        let state = match known {
            Some(state) => state,
            None => Arc::new(self.come_afterwards(&scene)?),
        };
        let mut ends = self.ends();
        ends.at.insert(place.whoever(), Arc::clone(&state));
        ends.of.insert(there, Arc::clone(&state));
        ends.gone += 1;
        Ok((state, trace))
    }

    /// How an order ends that only passes through known places.
    fn follow(&self, schedule: &Schedule) -> Option<(Arc<State>, Trace)> {
        let (trace, place) = self.atlas.follow(schedule)?;
        Some((self.ends().at.get(&place.whoever()).cloned()?, trace))
    }

    fn come_afterwards(&self, scene: &Scene) -> Result<State, String> {
        for deed in &self.after {
            scene.time.pass(LATER);
            let ended = scene.perform(deed, &Arc::new(Wire::new(scene.time.clone())));
            if !ended.is_done() {
                return Err(format!("nobody disturbs {deed:?}, and it stops: {:?}", ended.stopped));
            }
            scene.require_safe()?;
        }
        Ok(scene.state().without_sequences())
    }

    /// Whether both do the same.
    fn is_of_equals(&self) -> bool {
        self.acts[0].number() == self.acts[1].number()
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().expect("no panic")
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
    fn serial(&self) -> Vec<Arc<State>> {
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
    /// The same for all who do the same.
    fn number(&self) -> u64 {
        match self {
            Self::Run { first, deed } => number_of((*first as usize, format!("{deed:?}"))),
            Self::Person(act) => number_of(*act as usize),
        }
    }

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

/// Nobody waits between two writes: who is when has nothing to do with time.
const AT_ONCE: (&str, &str) = ("mode: push\n", "mode: push\nmilliseconds_between_writes: 0\n");

/// Every race.
fn races() -> Vec<Race> {
    let scene = Scene::set(&[AT_ONCE]);
    done(&scene, &main());
    scene.merge("main", "Serve a second page", &["minor"]);
    let later = Act::Run { first: merge_a_third_page, deed: main() };
    let merge = Act::Person(merge_a_third_page);
    let nightly = Deed::on_merge("main");
    let race = |name, acts: [Act; 2], after: &[Deed]| Race::new(name, scene.fork(), acts, after.to_vec());
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
    let scene = Scene::set(&[AT_ONCE]);
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
    let race = |name, scene: &Scene, acts: [&Deed; 2]| {
        Race::new(name, scene.fork(), acts.map(|deed| run(deed.clone())), acts.map(Deed::clone).to_vec())
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

#[test]
fn whoever_is_faster_the_end_is_that_of_one_after_the_other() {
    let (races, extent) = (races(), Extent::of_this_run());
    let known: Vec<(&Race, Vec<Arc<State>>)> = races.iter().map(|race| (race, race.serial())).collect();
    let mut cases = Vec::new();
    for (race, serial) in &known {
        cases.extend(
            extent
                .schedules(race.calls(), race.is_of_equals())
                .into_iter()
                .map(|schedule| (*race, serial, schedule)),
        );
    }
    let seen = Mutex::new(BTreeSet::new());
    let spoken =
        |(race, _, schedule): &(&Race, &Vec<Arc<State>>, Schedule)| format!("{}, {schedule:?}", race.name);
    require_all(&cases, spoken, |(race, serial, schedule)| {
        let (state, trace) = race.run(schedule)?;
        seen.lock().expect("no panic").insert((race.name, trace));
        if serial.contains(&state) {
            return Ok(());
        }
        Err(serial.iter().map(|serial| format!("{}\nor", difference(&state, serial))).collect())
    });
    let different = seen.into_inner().expect("no panic").len();
    let gone: usize = races.iter().map(|race| race.ends().gone).sum();
    println!(
        "{different} different orders of {} races; {gone} were gone, the others pass through the same places",
        races.len()
    );
    assert!(different >= extent.least(), "{different} of {}", extent.least());
}

#[test]
fn a_tag_that_somebody_deletes_during_its_release_is_missed_before_anything_is_published() {
    let scene = Scene::set(&[]);
    let acts = [run(main()), Act::Person(delete_the_tag)];
    let race = Race::new("a tag is deleted", scene, acts, vec![main()]);
    let calls = race.calls()[0];
    let cases: Vec<usize> = (0..calls).collect();
    require_all(
        &cases,
        |begin| format!("after {begin} calls"),
        |begin| {
            let (scene, ..) = race.start(&Schedule(vec![(0, *begin), (1, 1), (0, usize::MAX)]))?;
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
