//! What all servers share.
//!
//! Owns the locks. Must never hold two of them at once, so that no order can be wrong; the repository's own lock is inside
//! `Store` and always the innermost.

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
        }
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
}
