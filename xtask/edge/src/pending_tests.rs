//! A wait for images, by a clock that is turned.

use std::cell::{Cell, RefCell};
use std::sync::Mutex;

use bundle_format::digest::Sha256Hex;
use release_core::facts::ImageFacts;

use super::*;

/// A clock that only sleeping moves.
struct Turned(Mutex<(Duration, Vec<u64>)>);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap() + self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) {
        let mut state = self.0.lock().unwrap();
        state.0 += duration;
        state.1.push(duration.as_secs());
    }
}

/// A registry that has each image from a second on, and fails while it is down.
struct Later<'a> {
    clock: &'a Turned,
    images: &'a [(&'a str, u64)],
    down: std::ops::Range<u64>,
    asked: RefCell<Vec<Vec<String>>>,
    written: Cell<bool>,
}

impl Registry for Later<'_> {
    fn resolve(&self, _: &[String]) -> Result<Vec<Option<ImageFacts>>, Failure> {
        panic!("a look asks for no content")
    }

    fn exist(&self, references: &[String]) -> Result<Vec<bool>, Failure> {
        self.asked.borrow_mut().push(references.to_vec());
        let now = self.clock.0.lock().unwrap().0.as_secs();
        if self.down.contains(&now) {
            return Err(Failure::of(Cause::Registry, "it is down"));
        }
        let there = |name: &String| self.images.iter().any(|(known, from)| known == name && *from <= now);
        Ok(references.iter().map(there).collect())
    }

    fn tag(&self, _: &str, _: &Sha256Hex, _: &str) -> Result<(), Failure> {
        self.written.set(true);
        Ok(())
    }

    fn requests(&self) -> u32 {
        0
    }
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Observer for Lines {
    fn waiting(&self, wait: &Wait<'_>) {
        self.0.lock().unwrap().push(wait.to_string());
    }
}

/// What came of waiting for images, the pauses, what was told, and what was asked for.
struct Waited {
    result: Result<(), Failure>,
    pauses: Vec<u64>,
    lines: Vec<String>,
    asked: Vec<Vec<String>>,
}

fn waited(images: &[(&str, u64)], down: std::ops::Range<u64>, patience: u64) -> Waited {
    let clock = Turned(Mutex::default());
    let registry =
        Later { clock: &clock, images, down, asked: RefCell::default(), written: Cell::new(false) };
    let lines = Lines::default();
    let missing: Vec<String> = images.iter().map(|(name, _)| (*name).to_owned()).collect();
    let pending = Pending { of: missing.len() + 2, missing };
    let deadline = Deadline { begun: clock.now(), patience: Duration::from_secs(patience) };
    let result = wait(&registry, &clock, &lines, &pending, deadline);
    assert!(!registry.written.get(), "nothing is written while a run waits");
    let asked = registry.asked.into_inner();
    let pauses = clock.0.into_inner().unwrap().1;
    Waited { result, pauses, lines: lines.0.into_inner().unwrap(), asked }
}

#[test]
fn a_run_goes_on_when_the_last_image_is_there_and_asks_only_for_what_is_missing() {
    let found = waited(&[("r.io/a:1", 1), ("r.io/b:1", 10)], 0..0, 3600);
    assert!(found.result.is_ok(), "{:?}", found.result);
    assert_eq!(found.pauses, [2, 4, 8]);
    assert_eq!(found.asked, [vec!["r.io/a:1", "r.io/b:1"], vec!["r.io/b:1"], vec!["r.io/b:1"]]);
    assert_eq!(
        found.lines.first().map(String::as_str),
        Some("2 of 4 images are there; waiting for `r.io/a:1`, `r.io/b:1`; next look in 2s, at most 1h more")
    );
    assert_eq!(
        found.lines.last().map(String::as_str),
        Some("3 of 4 images are there; waiting for `r.io/b:1`; next look in 8s, at most 59m 54s more")
    );
}

#[test]
fn pauses_grow_to_a_minute_and_the_last_look_is_at_the_deadline() {
    let found = waited(&[("r.io/a:1", u64::MAX)], 0..0, 200);
    assert_eq!(found.pauses, [2, 4, 8, 16, 32, 60, 60, 18]);
    let failure = found.result.unwrap_err();
    assert_eq!(failure.cause, Cause::ImagesPending);
    assert_eq!(failure.cause.exit_code(), 75);
    assert_eq!(failure.message, "1 of 3 images are not there after 3m 20s: `r.io/a:1`");
    assert!(waited(&[("r.io/a:1", 200)], 0..0, 200).result.is_ok(), "there at the deadline is in time");
}

#[test]
fn a_registry_that_fails_meanwhile_is_asked_again_and_told_of() {
    let found = waited(&[("r.io/a:1", 1)], 0..30, 3600);
    assert!(found.result.is_ok(), "{:?}", found.result);
    assert_eq!(found.pauses, [2, 4, 8, 16]);
    assert!(
        found.lines.iter().skip(1).all(|line| line.contains("`r.io/a:1` (it is down)")),
        "{:?}",
        found.lines
    );
    let failure = waited(&[("r.io/a:1", 1)], 0..u64::MAX, 10).result.unwrap_err();
    assert!(failure.message.ends_with("`r.io/a:1`; at the last look it is down"), "{}", failure.message);
}

#[test]
fn a_line_names_no_more_than_three_and_the_end_names_all() {
    let never = u64::MAX;
    let images: Vec<(String, u64)> = (0..5).map(|number| (format!("r.io/{number}:1"), never)).collect();
    let images: Vec<(&str, u64)> = images.iter().map(|(name, from)| (name.as_str(), *from)).collect();
    let found = waited(&images, 0..0, 1);
    assert!(
        found.lines.iter().all(|line| line.contains("`r.io/2:1` and 2 more; next look")),
        "{:?}",
        found.lines
    );
    assert!(found.result.unwrap_err().message.contains("`r.io/3:1`, `r.io/4:1`"));
}
