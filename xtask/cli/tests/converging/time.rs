//! A clock that nobody waits for: who sleeps turns it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use release_edge::clock::Clock;
use release_edge::forge::retry::Jitter;

/// The time of a scene, shared by everybody in it.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<Mutex<Timestamp>>);

impl Time {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, duration: Duration) {
        let mut now = self.0.lock().expect("a clock");
        *now = now.checked_add(duration).expect("before the end of the calendar");
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a clock")
    }

    fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}

/// The longest pause each time: what comes of it must not hang on luck.
pub(crate) struct Longest;

impl Jitter for Longest {
    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}
