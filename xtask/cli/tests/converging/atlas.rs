//! Where orders of calls lead, as far as some were gone: a run that has heard the same does the same next, and the same things answer it
//! the same. So an order that passes through known places only has a known end, and need not be gone. Must never guess: whoever comes to
//! another place by a known step finds a mistake of these tests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;

use crate::turns::{Course, Schedule, Trace};
use crate::wire::{Seen, number_of};

/// Where all runs are, between two calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// What each has been answered so far, and when, in one number: what it does next depends on nothing else.
    pub(crate) heard: Vec<u64>,
    /// What was written so far, by whom, and after what: what there is depends on nothing else.
    pub(crate) written: u64,
    pub(crate) now: Timestamp,
}

impl Place {
    /// The step that a run makes from here.
    pub(crate) fn step(&self, run: usize) -> Step {
        Step { heard: self.heard[run], written: self.written, now: self.now }
    }

    /// The same place whoever of two that do the same is the first.
    pub(crate) fn whoever(mut self) -> Self {
        self.heard.sort_unstable();
        self
    }

    /// A run makes a call now, which may change something.
    pub(crate) fn called(&mut self, run: usize, write: bool) {
        // It also knows what the time is.
        self.heard[run] = number_of((self.heard[run], self.now));
        if write {
            self.written = number_of((self.written, self.heard[run]));
        }
    }

    /// A run is answered.
    pub(crate) fn answered(&mut self, run: usize, answer: u64) {
        self.heard[run] = number_of((self.heard[run], answer));
    }
}

/// One call of a run, by all that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    heard: u64,
    written: u64,
    now: Timestamp,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Landing {
    call: Seen,
    heard: u64,
    written: u64,
    now: Timestamp,
    /// Whether the run is over.
    over: bool,
}

/// All steps that were made.
#[derive(Default)]
pub(crate) struct Atlas(Mutex<Drawn>);

#[derive(Default)]
struct Drawn {
    beginning: Option<Place>,
    steps: HashMap<Step, Landing>,
}

impl Atlas {
    /// Where runs begin that are to do something, each said by a number, which is the same each time.
    pub(crate) fn begin(&self, heard: Vec<u64>, now: Timestamp) -> Place {
        let beginning = Place { heard, written: 0, now };
        let mut drawn = self.drawn();
        let known = drawn.beginning.get_or_insert_with(|| beginning.clone());
        assert_eq!(*known, beginning, "all begin where the first one did");
        beginning
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.0.lock().expect("no panic")
    }

    /// Notes where a step led.
    pub(crate) fn draw(&self, (step, call): (Step, Seen), (place, run): (&Place, usize), over: bool) {
        let landing = Landing { call, heard: place.heard[run], written: place.written, now: place.now, over };
        let mut drawn = self.drawn();
        let known = drawn.steps.entry(step).or_insert_with(|| landing.clone());
        assert_eq!(*known, landing, "one call leads to one place");
    }

    /// Goes an order from the beginning; none where it leaves what is drawn.
    pub(crate) fn follow(&self, schedule: &Schedule) -> Option<(Trace, Place)> {
        let drawn = self.drawn();
        let mut place = drawn.beginning.clone()?;
        let (mut course, mut trace) = (Course::new(schedule), Trace::new());
        let mut over = vec![false; place.heard.len()];
        while let Some(run) = course.next(&over) {
            let landing = drawn.steps.get(&place.step(run))?;
            place.heard[run] = landing.heard;
            (place.written, place.now, over[run]) = (landing.written, landing.now, landing.over);
            trace.push(u8::try_from(run).expect("few runs"));
        }
        Some((trace, place))
    }
}
