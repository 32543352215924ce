//! Correlates alerts.
