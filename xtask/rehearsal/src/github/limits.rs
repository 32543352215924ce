//! GitHub's rate limits.
//!
//! Owns the counting of requests and writes. Must never answer; the caller turns a refusal into an answer.
//! Source: GitHub's documentation "Rate limits for the REST API" and "… for the GraphQL API".

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::options::WritePace;

/// The counters of every token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    buckets: BTreeMap<Key, Bucket>,
    writes: VecDeque<Timestamp>,
    /// A standing that was set from outside, for every token.
    forced: Option<Forced>,
}

#[derive(Clone, Debug)]
struct Forced {
    remaining: u32,
    reset: Timestamp,
}

/// Whose requests of which resource are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) who: String,
    pub(crate) resource: &'static str,
}

#[derive(Clone, Debug)]
struct Bucket {
    used: u32,
    reset: Timestamp,
}

/// Where a token stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) used: u32,
    pub(crate) reset: Timestamp,
    pub(crate) resource: &'static str,
}

/// What a token has for one window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) limit: u32,
    pub(crate) window: Duration,
}

impl Limits {
    /// Counts a request; the error is the standing of a token that has used everything up.
    pub(crate) fn charge(
        &mut self,
        key: &Key,
        allowance: Allowance,
        cost: u32,
    ) -> Result<Standing, Standing> {
        let now = Timestamp::now();
        if self.forced.as_ref().is_some_and(|forced| forced.reset <= now) {
            self.forced = None;
        }
        if let Some(forced) = &mut self.forced {
            let enough = forced.remaining >= cost;
            forced.remaining = forced.remaining.saturating_sub(cost);
            let standing = self.standing(key, allowance);
            return if enough { Ok(standing) } else { Err(standing) };
        }
        let bucket = self.bucket(key, allowance, now);
        let enough = bucket.used.saturating_add(cost) <= allowance.limit;
        if enough {
            bucket.used = bucket.used.saturating_add(cost);
        }
        let standing = self.standing(key, allowance);
        if enough { Ok(standing) } else { Err(Standing { remaining: 0, ..standing }) }
    }

    /// Takes back what a request has cost.
    pub(crate) fn refund(&mut self, key: &Key, allowance: Allowance, cost: u32) -> Standing {
        if let Some(forced) = &mut self.forced {
            forced.remaining = forced.remaining.saturating_add(cost);
        } else if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.used = bucket.used.saturating_sub(cost);
        }
        self.standing(key, allowance)
    }

    /// Where a token stands, without counting.
    pub(crate) fn standing(&mut self, key: &Key, allowance: Allowance) -> Standing {
        let now = Timestamp::now();
        if let Some(forced) = &self.forced {
            let remaining = forced.remaining.min(allowance.limit);
            let used = allowance.limit.saturating_sub(remaining);
            return Standing {
                limit: allowance.limit,
                remaining,
                used,
                reset: forced.reset,
                resource: key.resource,
            };
        }
        let bucket = self.bucket(key, allowance, now);
        Standing {
            limit: allowance.limit,
            remaining: allowance.limit.saturating_sub(bucket.used),
            used: bucket.used,
            reset: bucket.reset,
            resource: key.resource,
        }
    }

    /// Sets what every token has left.
    pub(crate) fn set_remaining(&mut self, remaining: u32, reset_in: Duration) {
        self.forced = Some(Forced { remaining, reset: later(Timestamp::now(), reset_in) });
    }

    /// Counts a write; the error is the number of seconds to wait.
    pub(crate) fn write(&mut self, pace: &WritePace) -> Result<(), u64> {
        let now = Timestamp::now();
        let hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
        while self.writes.front().is_some_and(|write| *write <= hour_ago) {
            self.writes.pop_front();
        }
        let since = |start: Timestamp| self.writes.iter().filter(|write| **write > start).count();
        let minute_ago = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(now);
        let apart = SignedDuration::try_from(pace.apart).unwrap_or_default();
        let too_close = self.writes.back().is_some_and(|last| now.duration_since(*last) < apart);
        if too_close {
            return Err(apart.as_secs().unsigned_abs().max(1));
        }
        if since(minute_ago) >= pace.per_minute || self.writes.len() >= pace.per_hour {
            return Err(60);
        }
        self.writes.push_back(now);
        Ok(())
    }

    fn bucket(&mut self, key: &Key, allowance: Allowance, now: Timestamp) -> &mut Bucket {
        let bucket = self
            .buckets
            .entry(key.clone())
            .or_insert_with(|| Bucket { used: 0, reset: later(now, allowance.window) });
        if bucket.reset <= now {
            *bucket = Bucket { used: 0, reset: later(now, allowance.window) };
        }
        bucket
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now)
}
