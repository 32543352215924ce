//! Who goes on when: several runs at a time, of which always exactly one moves, from one of its calls to the next. Which one is said in
//! advance, so that every order can be had again.

use std::sync::{Condvar, Mutex};

use crate::wire::{Seen, Turns};

/// A schedule: how many calls a run makes before another one has its turn, again and again. When it is at its end, each runs to its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Schedule(pub(crate) Vec<(usize, usize)>);

/// Lets runs go on by a schedule.
pub(crate) struct Scheduler {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    schedule: Vec<(usize, usize)>,
    /// How many calls of its first entry have been made.
    made: usize,
    waiting: Vec<bool>,
    ended: Vec<bool>,
    turn: Option<usize>,
    trace: Vec<u8>,
}

impl State {
    /// Gives somebody the turn, where everybody waits for it.
    fn decide(&mut self) {
        let live = |run: &usize| !self.ended[*run];
        let runs: Vec<usize> = (0..self.ended.len()).filter(live).collect();
        if self.turn.is_some() || runs.is_empty() || runs.iter().any(|run| !self.waiting[*run]) {
            return;
        }
        while let Some((run, calls)) = self.schedule.first().copied() {
            if self.made < calls && !self.ended[run] {
                self.made += 1;
                self.turn = Some(run);
                return;
            }
            self.schedule.remove(0);
            self.made = 0;
        }
        self.turn = runs.first().copied();
    }
}

impl Scheduler {
    /// For so many runs.
    pub(crate) fn new(runs: usize, schedule: &Schedule) -> Self {
        let state = State {
            schedule: schedule.0.clone(),
            made: 0,
            waiting: vec![false; runs],
            ended: vec![false; runs],
            turn: None,
            trace: Vec::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Whose call came when.
    pub(crate) fn trace(&self) -> Vec<u8> {
        self.state.lock().expect("no panic").trace.clone()
    }

    /// A run makes no more calls.
    pub(crate) fn end(&self, run: usize) {
        let mut state = self.state.lock().expect("no panic");
        state.ended[run] = true;
        state.decide();
        self.changed.notify_all();
    }
}

impl Turns for Scheduler {
    fn take(&self, run: usize, _: &Seen) {
        let mut state = self.state.lock().expect("no panic");
        state.waiting[run] = true;
        state.decide();
        self.changed.notify_all();
        while state.turn != Some(run) {
            state = self.changed.wait(state).expect("no panic");
        }
        state.turn = None;
        state.waiting[run] = false;
        state.trace.push(u8::try_from(run).expect("few runs"));
    }
}
