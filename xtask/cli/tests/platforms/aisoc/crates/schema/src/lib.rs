//! The schema of events, which has a version of its own.
