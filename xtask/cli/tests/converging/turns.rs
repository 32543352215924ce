//! Who goes on when: several runs at a time, of which always exactly one moves, from one of its calls to the next. Which one is said in
//! advance, so that every order can be had again.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use release_edge::clock::Clock as _;

use crate::atlas::{Atlas, Place, Step};
use crate::time::Time;
use crate::wire::{Seen, Turns};

/// A schedule: how many calls a run makes before another one has its turn, again and again. When it is at its end, each runs to its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Schedule(pub(crate) Vec<(usize, usize)>);

/// The runs of all calls, in the order in which they were made.
pub(crate) type Trace = Vec<u8>;

/// A schedule that is gone through.
pub(crate) struct Course {
    left: Vec<(usize, usize)>,
    /// How many calls of the last entry have been made.
    made: usize,
}

impl Course {
    pub(crate) fn new(schedule: &Schedule) -> Self {
        Self { left: schedule.0.iter().rev().copied().collect(), made: 0 }
    }

    /// Whose turn it is next; none where all are over.
    pub(crate) fn next(&mut self, over: &[bool]) -> Option<usize> {
        while let Some((run, calls)) = self.left.last().copied() {
            if self.made < calls && !over[run] {
                self.made += 1;
                return Some(run);
            }
            self.left.pop();
            self.made = 0;
        }
        over.iter().position(|over| !over)
    }
}

/// Lets runs go on by a schedule, and draws the way they take.
pub(crate) struct Scheduler {
    state: Mutex<State>,
    changed: Condvar,
    atlas: Arc<Atlas>,
    time: Time,
}

struct State {
    course: Course,
    waiting: Vec<bool>,
    over: Vec<bool>,
    turn: Option<usize>,
    place: Place,
    /// Where the last call was made from, until it is known where it led.
    from: Option<(usize, Step, Seen)>,
    trace: Trace,
}

impl State {
    /// Gives somebody the turn, where everybody waits for it.
    fn decide(&mut self) {
        let idle = |run: usize| self.waiting[run] || self.over[run];
        if self.turn.is_none() && (0..self.over.len()).all(idle) {
            self.turn = self.course.next(&self.over);
        }
    }
}

impl Scheduler {
    /// For runs that are to do something, each said by a number.
    pub(crate) fn new(wanted: Vec<u64>, schedule: &Schedule, atlas: Arc<Atlas>, time: Time) -> Self {
        let (runs, place) = (wanted.len(), atlas.begin(wanted, time.now()));
        let state = State {
            course: Course::new(schedule),
            waiting: vec![false; runs],
            over: vec![false; runs],
            turn: None,
            place,
            from: None,
            trace: Vec::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), atlas, time }
    }

    /// Whose call came when, and where that led.
    pub(crate) fn ended(&self) -> (Trace, Place) {
        let state = self.state.lock().expect("no panic");
        (state.trace.clone(), state.place.clone())
    }

    /// A run makes no more calls.
    pub(crate) fn end(&self, run: usize) {
        // Where one found a mistake, the other still has to end.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.over[run] = true;
        self.arrive(&mut state, run);
    }

    /// A run is where it goes on from, or over: what its last call came to is known.
    fn arrive(&self, state: &mut State, run: usize) {
        state.place.now = self.time.now();
        if let Some((_, step, call)) = state.from.take_if(|(from, ..)| *from == run) {
            self.atlas.draw((step, call), (&state.place, run), state.over[run]);
        }
        state.decide();
        self.changed.notify_all();
    }
}

impl Turns for Scheduler {
    fn take(&self, run: usize, call: &Seen) {
        let mut state = self.state.lock().expect("no panic");
        state.waiting[run] = true;
        self.arrive(&mut state, run);
        while state.turn != Some(run) {
            state = self.changed.wait(state).expect("no panic");
        }
        state.turn = None;
        state.waiting[run] = false;
        state.trace.push(u8::try_from(run).expect("few runs"));
        state.from = Some((run, state.place.step(run), call.clone()));
        state.place.called(run, call.write);
    }

    fn heard(&self, run: usize, answer: u64) {
        let mut state = self.state.lock().expect("no panic");
        state.place.answered(run, answer);
    }
}
