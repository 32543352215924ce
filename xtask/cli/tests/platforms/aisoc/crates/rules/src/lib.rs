//! Detection rules.
