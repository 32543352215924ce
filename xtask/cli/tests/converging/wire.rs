//! What all ways out of a run share: every call of it is counted, may break, and may have to wait for its turn.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use release_rehearsal::FaultKind;

use crate::time::Time;

/// One number for anything, the same each time.
pub(crate) fn number_of(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Forge,
    Registry,
    Git,
}

/// One call of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) side: Side,
    /// What was asked, with numbers left out.
    pub(crate) what: String,
    pub(crate) write: bool,
}

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaking {
    Refused,
    ResetBefore,
    ResetAfter,
    /// Nothing happens, and nobody says so.
    TimeoutBefore,
    /// It happens, and nobody says so.
    TimeoutAfter,
    Status500,
    /// An upload leaves a `starter`.
    Status502,
    Limited403,
    Limited403Saying,
    Limited429,
    Limited429Saying,
    SlowBody,
    WrongContent,
    TruncatedJson,
    StaleList,
}

/// Longer than any request may take.
const FOR_EVER: f64 = 100_000.0;

impl Breaking {
    pub(crate) const ALL: [Self; 15] = [
        Self::Refused,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::TimeoutBefore,
        Self::TimeoutAfter,
        Self::Status500,
        Self::Status502,
        Self::Limited403,
        Self::Limited403Saying,
        Self::Limited429,
        Self::Limited429Saying,
        Self::SlowBody,
        Self::WrongContent,
        Self::TruncatedJson,
        Self::StaleList,
    ];

    /// Whether a call can break in this way: only lists are stale, and the git program has no statuses.
    pub(crate) fn fits(self, call: &Seen) -> bool {
        let lists =
            call.what.contains("list ") || call.what.ends_with("/releases") || call.what.ends_with("/assets");
        match (self, call.side) {
            (Self::StaleList, Side::Forge) => !call.write && lists,
            (Self::StaleList, Side::Git) => call.what == "list references",
            (Self::StaleList, Side::Registry) => false,
            (
                Self::Refused
                | Self::ResetBefore
                | Self::ResetAfter
                | Self::TimeoutBefore
                | Self::TimeoutAfter,
                _,
            ) => true,
            (_, Side::Git) => false,
            _ => true,
        }
    }

    /// The same as the rehearsal's servers do it; none where nothing reaches them.
    pub(crate) fn on_a_server(self) -> Option<FaultKind> {
        let limited = |status, retry_after| FaultKind::Limited { status, retry_after };
        Some(match self {
            Self::Refused => return None,
            Self::ResetBefore => FaultKind::ResetBefore,
            Self::ResetAfter => FaultKind::ResetAfter,
            Self::TimeoutBefore => FaultKind::Hold(FOR_EVER),
            Self::TimeoutAfter => FaultKind::HoldAfter(FOR_EVER),
            Self::Status500 => FaultKind::Status(500),
            Self::Status502 => FaultKind::Status(502),
            Self::Limited403 => limited(403, None),
            Self::Limited403Saying => limited(403, Some(7)),
            Self::Limited429 => limited(429, None),
            Self::Limited429Saying => limited(429, Some(7)),
            Self::SlowBody => FaultKind::SlowBody(50.0),
            Self::WrongContent => FaultKind::WrongContent,
            Self::TruncatedJson => FaultKind::TruncatedJson,
            Self::StaleList => FaultKind::StaleList,
        })
    }
}

/// Who decides when a call may go on.
pub(crate) trait Turns: Send + Sync {
    /// Returns when it is the turn of this run.
    fn take(&self, run: usize, call: &Seen);

    /// What the run was answered, as a number.
    fn heard(&self, run: usize, answer: u64);
}

/// The calls of one run after the other in one scene, counted from 0.
pub(crate) struct Wire {
    pub(crate) time: Time,
    calls: Mutex<Vec<Seen>>,
    breaking: Mutex<BTreeMap<usize, Breaking>>,
    turns: Option<(usize, Arc<dyn Turns>)>,
    look: Mutex<Option<Look>>,
}

/// What somebody looks at.
type Look = Box<dyn Fn() + Send>;

impl Wire {
    pub(crate) fn new(time: Time) -> Self {
        Self {
            time,
            calls: Mutex::default(),
            breaking: Mutex::default(),
            turns: None,
            look: Mutex::default(),
        }
    }

    /// The same, one of several runs that take turns.
    pub(crate) fn in_turns(time: Time, run: usize, turns: Arc<dyn Turns>) -> Self {
        Self { turns: Some((run, turns)), ..Self::new(time) }
    }

    /// Lets the call of this number break.
    pub(crate) fn break_at(&self, number: usize, breaking: Breaking) {
        self.breaking.lock().expect("no panic").insert(number, breaking);
    }

    /// Lets somebody look before each call.
    pub(crate) fn look_before_each_call(&self, look: impl Fn() + Send + 'static) {
        *self.look.lock().expect("no panic") = Some(Box::new(look));
    }

    /// Counts a call and says how it breaks.
    pub(crate) fn pass(&self, side: Side, what: String, write: bool) -> Option<Breaking> {
        let seen = Seen { side, what, write };
        if let Some((run, turns)) = &self.turns {
            turns.take(*run, &seen);
        }
        if let Some(look) = &*self.look.lock().expect("no panic") {
            look();
        }
        let number = {
            let mut calls = self.calls.lock().expect("no panic");
            calls.push(seen.clone());
            calls.len() - 1
        };
        self.breaking.lock().expect("no panic").remove(&number).filter(|breaking| breaking.fits(&seen))
    }

    /// Notes what a call was answered, as far as a run goes by it.
    pub(crate) fn heard<T: Hash>(&self, answer: impl FnOnce() -> T) {
        if let Some((run, turns)) = &self.turns {
            turns.heard(*run, number_of(answer()));
        }
    }

    /// Whether a fault is still to come.
    pub(crate) fn is_to_break(&self) -> bool {
        let passed = self.calls.lock().expect("no panic").len();
        self.breaking.lock().expect("no panic").keys().any(|number| *number >= passed)
    }

    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.calls.lock().expect("no panic").clone()
    }

    /// The end of a call that nobody answers.
    pub(crate) fn wait_in_vain(&self, patience: Duration) {
        self.time.pass(patience);
    }
}
