//! What all servers share.
//!
//! Owns the locks. Must never hold two of them at once, so that no order can be wrong; the repository's own lock is inside
//! `Store` and always the innermost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::faults::Faults;
use crate::git::Store;
use crate::github::state::State;
use crate::journal::RequestRecord;
use crate::options::Options;
use crate::registry::Shelf;
use crate::urls::Urls;

/// The rehearsed world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) urls: Urls,
    pub(crate) store: Store,
    state: Mutex<State>,
    shelf: Mutex<Shelf>,
    faults: Mutex<Faults>,
    journal: Mutex<Vec<RequestRecord>>,
    requests: AtomicU64,
}

impl World {
    pub(crate) fn new(options: Options, urls: Urls, store: Store) -> Self {
        Self {
            store,
            shelf: Mutex::new(Shelf::new(options.registry.clone())),
            options,
            urls,
            state: Mutex::default(),
            faults: Mutex::default(),
            journal: Mutex::default(),
            requests: AtomicU64::new(0),
        }
    }

    /// Becomes what another world is; its faults and its log stay behind.
    pub(crate) fn take_over(&self, other: &Self) {
        let state = other.state().clone();
        *self.state() = state;
        let shelf = other.shelf().clone();
        *self.shelf() = shelf;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Vec<RequestRecord>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request into the log under the next number, which is never used again.
    pub(crate) fn log(&self, mut record: RequestRecord) -> u64 {
        record.number = self.requests.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let number = record.number;
        self.journal().push(record);
        number
    }
}
