//! The rehearsal GitHub and registry by themselves, spoken to over HTTP.
//!
//! Owns one test for each thing that GitHub does and a release tool must know (`github_01` to `github_19`), and the tests
//! of GraphQL, registry, faults and control server. Must never use anything but the public interface.

#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod graphql;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod repository;
#[cfg(test)]
mod support;
