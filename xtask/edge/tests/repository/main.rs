//! The repository as a release needs it, proven on real clones and bare remotes that the git program made.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod channel;
#[cfg(test)]
mod child;
#[cfg(test)]
mod commit;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod history;
#[cfg(test)]
mod key;
#[cfg(test)]
mod open;
#[cfg(test)]
mod push;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod world;
