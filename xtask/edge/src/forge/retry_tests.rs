//! Patience by a clock that only tests turn.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;

/// A clock that stands still but for sleeping, and remembers how long each sleep was.
#[derive(Default)]
struct TurnedClock(Mutex<(Duration, Vec<Duration>)>);

impl TurnedClock {
    fn sleeps(&self) -> Vec<u64> {
        self.0.lock().unwrap().1.iter().map(Duration::as_secs).collect()
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_000).unwrap() + self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) {
        let mut state = self.0.lock().unwrap();
        state.0 += duration;
        state.1.push(duration);
    }
}

/// Always the longest pause.
struct Longest;

impl Jitter for Longest {
    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}

fn rest(status: u16, headers: &[(&str, &str)]) -> Attempt {
    let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Attempt::Answered(Answer::of_rest(status, headers, Vec::new()))
}

fn lost() -> Attempt {
    Attempt::Lost("reset".to_owned())
}

fn not_sent() -> Attempt {
    Attempt::NotSent("refused".to_owned())
}

struct Run {
    end: Result<Settled<u16>, Failure>,
    sent: usize,
    sleeps: Vec<u64>,
}

/// Settles an operation against outcomes in order; the last one is repeated.
fn run(operation: &Operation, pace: u64, outcomes: Vec<Attempt>) -> Run {
    let clock = Arc::new(TurnedClock::default());
    let patience = Patience::new(Arc::clone(&clock) as _, Arc::new(Longest), Duration::from_secs(pace));
    let queue = RefCell::new(VecDeque::from(outcomes));
    let sent = Cell::new(0);
    let end = patience.settle(
        operation,
        || {
            sent.set(sent.get() + 1);
            let mut queue = queue.borrow_mut();
            if queue.len() > 1 { queue.pop_front().unwrap() } else { queue.front().unwrap().clone() }
        },
        |answer| if answer.status == 299 { Err("cut off".to_owned()) } else { Ok(answer.status) },
    );
    Run { end, sent: sent.get(), sleeps: clock.sleeps() }
}

fn read() -> Operation {
    Operation::read("read it", "`contents: read`")
}

fn create() -> Operation {
    Operation::create("make it", "`contents: write`")
}

fn patch() -> Operation {
    Operation::repeatable("change it", "`contents: write`")
}

#[test]
fn a_read_is_tried_again_with_growing_pauses_and_then_fails() {
    for outcome in [rest(502, &[]), rest(408, &[]), rest(409, &[]), lost(), not_sent(), rest(299, &[])] {
        let run = run(&read(), 0, vec![outcome.clone()]);
        assert_eq!(run.end.unwrap_err().cause, Cause::Forge, "{outcome:?}");
        assert_eq!((run.sent, run.sleeps), (6, vec![1, 2, 4, 8, 16]), "{outcome:?}");
    }
}

#[test]
fn a_read_that_works_again_is_taken() {
    let run = run(&read(), 0, vec![rest(502, &[]), lost(), rest(200, &[])]);
    assert_eq!(run.end.unwrap(), Settled::Yes(200));
    assert_eq!(run.sent, 3);
}

#[test]
fn a_creation_that_may_have_happened_is_sent_once() {
    for outcome in [rest(500, &[]), rest(502, &[]), rest(408, &[]), rest(409, &[]), lost(), rest(299, &[])] {
        let run = run(&create(), 0, vec![outcome.clone()]);
        assert!(matches!(run.end, Ok(Settled::Unknown(_))), "{outcome:?}");
        assert_eq!((run.sent, run.sleeps), (1, vec![]), "{outcome:?}");
    }
}

#[test]
fn a_creation_that_was_never_sent_is_tried_again() {
    let works = run(&create(), 0, vec![not_sent(), rest(201, &[])]);
    assert_eq!((works.end.unwrap(), works.sent), (Settled::Yes(201), 2));
    let never = run(&create(), 0, vec![not_sent()]);
    assert_eq!((never.end.unwrap_err().cause, never.sent), (Cause::Forge, 6));
}

#[test]
fn a_limited_creation_waits_and_is_left_to_be_looked_at() {
    let run = run(&create(), 0, vec![rest(429, &[("retry-after", "7")])]);
    assert!(matches!(run.end, Ok(Settled::Unknown(_))));
    assert_eq!((run.sent, run.sleeps), (1, vec![7]));
}

#[test]
fn a_limit_is_waited_for_as_long_as_it_asks() {
    let run_ = run(&read(), 0, vec![rest(429, &[("retry-after", "7")]), rest(200, &[])]);
    assert_eq!((run_.end.unwrap(), run_.sleeps), (Settled::Yes(200), vec![7]));
    let reset = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1059")];
    let run_ = run(&read(), 0, vec![rest(403, &reset), rest(200, &[])]);
    assert_eq!(run_.sleeps, vec![60]);
    let run_ = run(&read(), 0, vec![rest(429, &[]), rest(429, &[]), rest(429, &[]), rest(200, &[])]);
    assert_eq!(run_.sleeps, vec![60, 120, 240]);
}

#[test]
fn a_limit_longer_than_a_run_may_wait_ends_it_at_once() {
    let run_ = run(&read(), 0, vec![rest(429, &[("retry-after", "901")])]);
    let failure = run_.end.unwrap_err();
    assert_eq!((failure.cause, failure.cause.exit_code(), run_.sent), (Cause::RateLimited, 75, 1));
    assert!(run_.sleeps.is_empty() && failure.hint.contains("16 min"), "{}", failure.hint);
    let run_ = run(&read(), 0, vec![rest(429, &[])]);
    assert_eq!(run_.end.unwrap_err().cause, Cause::RateLimited);
    assert_eq!(run_.sleeps, vec![60, 120, 240, 480], "15 minutes altogether");
    let run_ = run(&read(), 0, vec![rest(429, &[("retry-after", "0")])]);
    assert_eq!((run_.end.unwrap_err().cause, run_.sent), (Cause::RateLimited, 901), "even at no wait at all");
}

#[test]
fn a_thing_just_made_is_looked_for_five_times() {
    let stale = read().missing(Missing::Stale);
    let late = run(&stale, 0, vec![rest(404, &[]), rest(404, &[]), rest(200, &[])]);
    assert_eq!((late.end.unwrap(), late.sleeps), (Settled::Yes(200), vec![3, 3]));
    let never = run(&stale, 0, vec![rest(404, &[])]);
    assert_eq!((never.end.unwrap(), never.sent), (Settled::Missing, 5));
    let answer = run(&read().missing(Missing::Answer), 0, vec![rest(404, &[])]);
    assert_eq!((answer.end.unwrap(), answer.sent), (Settled::Missing, 1));
    assert_eq!(run(&read(), 0, vec![rest(404, &[])]).end.unwrap_err().cause, Cause::TokenRights);
}

#[test]
fn a_repeatable_write_is_repeated_and_left_in_doubt_only_where_it_may_have_happened() {
    let again = run(&patch(), 0, vec![rest(502, &[]), rest(200, &[])]);
    assert_eq!((again.end.unwrap(), again.sent), (Settled::Yes(200), 2));
    let doubt = run(&patch(), 0, vec![rest(502, &[])]);
    assert!(matches!(doubt.end, Ok(Settled::Unknown(_))));
    assert_eq!(run(&patch(), 0, vec![not_sent()]).end.unwrap_err().cause, Cause::Forge);
    let echo = run(&patch(), 0, vec![rest(502, &[]), rest(422, &[])]);
    assert!(matches!(echo.end, Ok(Settled::Unknown(_))), "the second answer may be about the first");
    assert_eq!(run(&patch(), 0, vec![rest(422, &[])]).end.unwrap_err().cause, Cause::Forge);
}

#[test]
fn refusals_stop_at_once() {
    for (status, cause) in [(401, Cause::TokenRights), (403, Cause::TokenRights), (400, Cause::Forge)] {
        for operation in [read(), patch(), create()] {
            let run = run(&operation, 0, vec![rest(status, &[])]);
            assert_eq!((run.end.unwrap_err().cause, run.sent), (cause, 1), "{status}");
        }
    }
}

#[test]
fn writes_keep_their_distance_and_reads_do_not_wait() {
    let clock = Arc::new(TurnedClock::default());
    let patience = Patience::new(Arc::clone(&clock) as _, Arc::new(Longest), Duration::from_secs(1));
    let go = |operation: &Operation| {
        patience.settle(operation, || rest(200, &[]), |answer| Ok(answer.status)).unwrap();
    };
    go(&read());
    go(&create());
    go(&read());
    assert!(clock.sleeps().is_empty(), "the first write does not wait");
    go(&patch());
    clock.sleep(Duration::from_secs(5));
    go(&create());
    assert_eq!(clock.sleeps(), vec![1, 5]);
}

#[test]
fn jitter_of_the_system_lies_within_the_pause() {
    let most = Duration::from_millis(50);
    let drawn: Vec<_> = (0..200).map(|_| SystemJitter.up_to(most)).collect();
    assert!(drawn.iter().all(|one| *one <= most));
    assert!(drawn.iter().any(|one| *one != drawn[0]), "the pauses differ");
    assert_eq!(SystemJitter.up_to(Duration::ZERO), Duration::ZERO);
}
