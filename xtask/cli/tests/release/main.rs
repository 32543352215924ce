//! The whole tool from outside: the built program against small repositories and a rehearsal started in the test. Never calls a
//! function of the tool itself.
//!
//! The program has to be built with the feature `crash-points`, as the test command does; without it the tests that kill it fail.

#[cfg(test)]
mod abandoning;
#[cfg(test)]
mod actions;
#[cfg(test)]
mod affected;
#[cfg(test)]
mod announcing;
#[cfg(test)]
mod asked;
#[cfg(test)]
mod awaiting;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod checking;
#[cfg(test)]
mod converged;
#[cfg(test)]
mod copying;
#[cfg(test)]
mod early;
#[cfg(test)]
mod enterprise;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod git;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod held;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod landing;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod materials;
#[cfg(test)]
mod midway;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod nightly;
#[cfg(test)]
mod onlooker;
#[cfg(test)]
mod open;
#[cfg(test)]
mod output;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod overtaken;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod private;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod receipt;
#[cfg(test)]
mod reproducible;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod run;
/// The registry program that the tests of `release-edge` start, too.
#[cfg(test)]
#[path = "../../../edge/tests/running/mod.rs"]
mod running;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod silent;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod stabilising;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stamps;
#[cfg(test)]
mod started;
/// The server of buckets that the tests of `release-edge` start, too.
#[cfg(test)]
#[path = "../../../edge/tests/storing/mod.rs"]
mod storing;
#[cfg(test)]
mod updating;
#[cfg(test)]
mod verifying;
#[cfg(test)]
mod whole;
#[cfg(test)]
mod yanking;
