//! Every call of every kind of release, broken in every way it can break.

use std::sync::Arc;
use std::time::Instant;

use crate::deed::Deed;
use crate::scene::Scene;
use crate::wire::Wire;

#[test]
fn a_release() {
    let scene = Scene::set(&[]);
    let deed = Deed::Release { branch: "main", channel: "stable" };
    for _ in 0..5 {
        let begun = Instant::now();
        let fork = scene.fork();
        let wire = Arc::new(Wire::new(fork.time.clone()));
        let forked = begun.elapsed();
        let ended = fork.perform(&deed, &wire);
        let performed = begun.elapsed();
        let again = fork.perform(&deed, &wire);
        let twice = begun.elapsed();
        let state = fork.state();
        fork.require_safe().expect("safe");
        println!(
            "{forked:?} {performed:?} {twice:?} {:?} {ended:?} {again:?} {}",
            begun.elapsed(),
            wire.calls().len()
        );
        println!("{state:#?}");
    }
}
