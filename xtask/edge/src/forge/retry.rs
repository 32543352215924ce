//! How long and how often a request is tried: pauses, limits and the pace of writes. Never sends and never reads an answer itself.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rand::TryRng as _;
use release_core::finding::Cause;

use super::answer::{Answer, Attempt};
use super::classify::{self, Reaction};
use super::operation::{Kind, Missing, Operation};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::waiting::{Nobody, Observer, Wait};

/// The longest pauses between tries, in seconds; each real one lies anywhere below ("full jitter").
///
/// Source: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 16];

/// How long one run waits for limits altogether.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The shortest wait for a limit that does not say how long; it doubles each time.
///
/// Source: <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.
const UNSAID: Duration = Duration::from_secs(60);

/// How often, and how far apart, a thing that was just made is looked for.
const STALE_READS: u32 = 5;
const STALE_PAUSE: Duration = Duration::from_secs(3);

/// Where the length of a pause comes from.
pub trait Jitter: Send + Sync {
    /// A duration from zero to `most`.
    fn up_to(&self, most: Duration) -> Duration;
}

/// Jitter from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemJitter;

impl Jitter for SystemJitter {
    fn up_to(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        // Without randomness the longest pause is the polite one.
        let drawn = rand::rngs::SysRng.try_next_u64().map_or(most - 1, |number| number % most);
        Duration::from_millis(drawn)
    }
}

/// What came of an operation in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled<T> {
    /// It was done, and this is the answer.
    Yes(T),
    /// The thing is not there.
    Missing,
    /// The thing is there already.
    Exists,
    /// Nobody knows.
    Unknown(String),
}

/// The patience of one run.
pub struct Patience {
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
    pace: Duration,
    written: Cell<Option<Timestamp>>,
    waited: Cell<Duration>,
    observer: Arc<dyn Observer>,
}

/// What one operation has used of it.
#[derive(Debug, Default)]
struct Used {
    pauses: usize,
    limits: u32,
    stale: u32,
    /// Whether one of the tries may have had its effect.
    doubtful: bool,
}

impl Patience {
    /// Patience by this clock, with writes at least `pace` apart.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, jitter: Arc<dyn Jitter>, pace: Duration) -> Self {
        let (written, waited) = (Cell::new(None), Cell::new(Duration::ZERO));
        Self { clock, jitter, pace, written, waited, observer: Arc::new(Nobody) }
    }

    /// The same, with somebody who is told of every wait.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Carries an operation out: `attempt` sends it once, `read` reads a good answer.
    ///
    /// # Errors
    ///
    /// Where the class of the outcome says stop, the tries are used up, or the limit asks for more than a run waits.
    pub fn settle<T>(
        &self,
        operation: &Operation,
        mut attempt: impl FnMut() -> Attempt,
        read: impl Fn(&Answer) -> Result<T, String>,
    ) -> Result<Settled<T>, Failure> {
        let mut used = Used::default();
        loop {
            if operation.kind != Kind::Read {
                self.keep_pace();
            }
            let outcome = match taken(attempt(), &read) {
                Ok(value) => return Ok(Settled::Yes(value)),
                Err(outcome) => outcome,
            };
            if let Some(end) = self.turn(operation, &outcome, &mut used)? {
                return Ok(match end {
                    End::Missing => Settled::Missing,
                    End::Exists => Settled::Exists,
                    End::Unknown => Settled::Unknown(outcome.describe()),
                });
            }
        }
    }

    /// Pauses after `done` pauses and a fault, `why` saying which; false where no try is left.
    #[must_use]
    pub fn pause(&self, done: usize, why: &str) -> bool {
        let Some(seconds) = PAUSES.get(done) else { return false };
        let pause = self.jitter.up_to(Duration::from_secs(*seconds));
        self.observer.waiting(&Wait::Again { why, pause, next: done + 2, of: PAUSES.len() + 1 });
        self.clock.sleep(pause);
        true
    }

    /// Waits for a limit: as long as it asks, else a minute and then twice as long each time.
    ///
    /// # Errors
    ///
    /// Where the run would wait longer than 15 minutes altogether; then it does not wait at all.
    pub fn wait_for_limit(&self, asked: Option<Duration>, times: u32, who: &str) -> Result<(), Failure> {
        let unsaid = UNSAID.saturating_mul(2_u32.saturating_pow(times));
        let wait = asked.unwrap_or(unsaid).max(Duration::from_secs(1));
        let waited = self.waited.get().saturating_add(wait);
        if waited > PATIENCE {
            let minutes = wait.as_secs().div_ceil(60);
            return Err(Failure::new(
                Cause::RateLimited,
                format!("{who} asks to wait {minutes} min, longer than a run may (15 min altogether)"),
                format!("run again in {minutes} min: a release continues where it stopped"),
            ));
        }
        self.waited.set(waited);
        self.observer.waiting(&Wait::Limit { who, wait, altogether: waited, most: PATIENCE });
        self.clock.sleep(wait);
        Ok(())
    }

    /// The time of its clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Decides after an outcome that was not taken: none means another try.
    fn turn(
        &self,
        operation: &Operation,
        outcome: &Attempt,
        used: &mut Used,
    ) -> Result<Option<End>, Failure> {
        let class = classify::class_of(outcome);
        match class.reaction(operation.kind) {
            // A good answer that does not read was turned into a lost one before.
            Reaction::Take | Reaction::Look => Ok(Some(End::Unknown)),
            Reaction::Exists => Ok(Some(End::Exists)),
            Reaction::Again => {
                used.doubtful |= !matches!(outcome, Attempt::NotSent(_));
                used.pauses += 1;
                if self.pause(used.pauses - 1, &format!("cannot {}: {}", operation.doing, outcome.describe()))
                {
                    return Ok(None);
                }
                if operation.kind == Kind::Read || !used.doubtful {
                    return Err(classify::failure(Cause::Forge, operation, outcome));
                }
                Ok(Some(End::Unknown))
            }
            Reaction::Wait => self.limited(outcome, used).map(|()| None),
            Reaction::WaitThenLook => self.limited(outcome, used).map(|()| Some(End::Unknown)),
            Reaction::Missing => self.missing(operation, outcome, used),
            // The refusal may be the echo of an earlier try of the same write that took effect.
            Reaction::Stop(Cause::Forge) if used.doubtful && operation.kind != Kind::Read => {
                Ok(Some(End::Unknown))
            }
            Reaction::Stop(cause) => Err(classify::failure(cause, operation, outcome)),
        }
    }

    fn limited(&self, outcome: &Attempt, used: &mut Used) -> Result<(), Failure> {
        let asked = match outcome {
            Attempt::Answered(answer) => answer.asks_to_wait(self.clock.now()),
            Attempt::NotSent(_) | Attempt::Barred(..) | Attempt::Lost(_) => None,
        };
        used.limits += 1;
        self.wait_for_limit(asked, used.limits - 1, "the forge")
    }

    fn missing(
        &self,
        operation: &Operation,
        outcome: &Attempt,
        used: &mut Used,
    ) -> Result<Option<End>, Failure> {
        match operation.missing {
            Missing::Answer => Ok(Some(End::Missing)),
            Missing::Refusal => Err(classify::failure(Cause::TokenRights, operation, outcome)),
            Missing::Stale => {
                used.stale += 1;
                if used.stale >= STALE_READS {
                    return Ok(Some(End::Missing));
                }
                self.clock.sleep(STALE_PAUSE);
                Ok(None)
            }
        }
    }

    /// Holds a write back until it is far enough from the one before.
    fn keep_pace(&self) {
        if let Some(last) = self.written.get() {
            let passed = Duration::try_from(self.clock.now().duration_since(last)).unwrap_or_default();
            let rest = self.pace.saturating_sub(passed);
            if !rest.is_zero() {
                self.clock.sleep(rest);
            }
        }
        self.written.set(Some(self.clock.now()));
    }
}

/// How an operation ends without an answer to take.
enum End {
    Missing,
    Exists,
    Unknown,
}

/// The value of a good answer; what else came otherwise. A good answer that does not read is a lost one.
fn taken<T>(outcome: Attempt, read: impl Fn(&Answer) -> Result<T, String>) -> Result<T, Attempt> {
    let good = classify::class_of(&outcome).reaction(Kind::Read) == Reaction::Take;
    match outcome {
        Attempt::Answered(answer) if good => read(&answer).map_err(Attempt::Lost),
        other => Err(other),
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
