//! Releases in process: the tool's own gathering, planning and executing against the rehearsal's GitHub and registry, without sockets,
//! without processes and on a clock that a test turns. So every call can break, and every order of two runs can be tried, in no time.
//!
//! What stands in for something real is said where it does: the way of a request (`carrier`), the git program (`remote`) and the registry
//! client (`registry`). The real ones are proven by the tests of the program.

#[cfg(test)]
mod atlas;
#[cfg(test)]
mod carrier;
#[cfg(test)]
mod deed;
#[cfg(test)]
mod history;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod many;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod races;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod state;
#[cfg(test)]
mod time;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod year;
