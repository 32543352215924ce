//! The bytes of an image's parts, from a registry that answers from a script: what broke off goes on where it stopped, whatever the
//! registry thinks of ranges.

#![expect(clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod scripted;

use std::sync::{Arc, Mutex};

use bundle_format::digest::Sha256Hex;
use release_core::bundle::offline::Blob;
use release_edge::offline::Source as _;
use release_edge::registry::{OciRegistry, RegistryAccess};
use scripted::{Longest, Reply, Seen, Server, TurnedClock, json};

/// How many bytes the part has.
const SIZE: usize = 5000;
/// After how many the first answer ends.
const BROKEN_AT: usize = 1800;

/// What a registry makes of a range that it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ranges {
    /// It sends it.
    Sent,
    /// It sends everything.
    Ignored,
    /// It sends another one.
    Mistaken,
    /// It sends none, as if there were no such range.
    Refused,
}

fn content() -> Vec<u8> {
    (0..SIZE).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn answered(ranges: Ranges, seen: &Seen) -> Reply {
    let whole = content();
    let asked = seen.header("range").map(|range| {
        let from = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
        from.unwrap().parse::<usize>().unwrap()
    });
    let partial = |from: usize| {
        let range = format!("bytes {from}-{}/{SIZE}", SIZE - 1);
        Reply::Answer(206, vec![("content-range".into(), range)], whole.iter().skip(from).copied().collect())
    };
    match (ranges, asked) {
        (Ranges::Sent, Some(from)) => partial(from),
        (Ranges::Mistaken, Some(from)) => partial(from / 2 + 1),
        (Ranges::Refused, Some(_)) => json(416, "no such range"),
        (Ranges::Ignored, _) | (_, None) => Reply::Answer(200, vec![], whole),
    }
}

/// An answer that promises all it has and ends early.
fn cut_off(answer: Reply) -> Reply {
    let Reply::Answer(status, _, body) = answer else { return answer };
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n", body.len());
    Reply::Raw(head.into_bytes().into_iter().chain(body.into_iter().take(BROKEN_AT)).collect())
}

/// What arrives of the part, and which ranges were asked for.
fn read(ranges: Ranges, from: u64) -> (Vec<u8>, Vec<Option<String>>) {
    let broken = Mutex::new(false);
    let server = Server::with(move |seen| {
        if seen.target == "/v2/" {
            return json(200, "{}");
        }
        let answer = answered(ranges, seen);
        let mut broken = broken.lock().unwrap();
        if *broken || !matches!(answer, Reply::Answer(200 | 206, ..)) {
            return answer;
        }
        *broken = true;
        cut_off(answer)
    });
    let access = RegistryAccess {
        mirror: server.url.strip_prefix("http://").map(str::to_owned),
        ..RegistryAccess::default()
    };
    let clock = Arc::new(TurnedClock::default());
    let registry = OciRegistry::with_clock(access, clock as _, Arc::new(Longest)).unwrap();
    let blob = Blob { digest: Sha256Hex::of(&content()), size: u64::try_from(SIZE).unwrap() };
    let image = format!("ghcr.io/acme/app@{}", Sha256Hex::of(b"a manifest").prefixed());
    let mut taken = Vec::new();
    let mut take = |bytes: &[u8]| {
        taken.extend_from_slice(bytes);
        Ok(())
    };
    registry.read(&image, &blob, from, &mut take).unwrap();
    let asked = server.seen().into_iter().filter(|seen| seen.target.contains("/blobs/"));
    (taken, asked.map(|seen| seen.header("range").map(str::to_owned)).collect())
}

#[test]
fn a_part_that_broke_off_is_asked_for_from_there() {
    let (taken, asked) = read(Ranges::Sent, 0);
    assert_eq!(taken, content());
    let wanted = ["bytes=0-".to_owned(), format!("bytes={BROKEN_AT}-")];
    assert_eq!(asked.into_iter().flatten().collect::<Vec<_>>(), wanted);
}

#[test]
fn what_an_earlier_run_left_is_not_asked_for_and_a_whole_part_is_not_asked_for_at_all() {
    let (taken, asked) = read(Ranges::Sent, 3000);
    assert_eq!(taken, content().split_off(3000));
    let wanted = ["bytes=3000-".to_owned(), format!("bytes={}-", 3000 + BROKEN_AT)];
    assert_eq!(asked.into_iter().flatten().collect::<Vec<_>>(), wanted);
    assert_eq!(read(Ranges::Sent, u64::try_from(SIZE).unwrap()), (vec![], vec![]));
}

#[test]
fn a_registry_without_ranges_or_with_wrong_ones_gives_the_same_bytes() {
    for ranges in [Ranges::Ignored, Ranges::Mistaken, Ranges::Refused] {
        for from in [0, 1000, 3000] {
            let (taken, asked) = read(ranges, from);
            assert!(
                taken == content().split_off(usize::try_from(from).unwrap()),
                "{ranges:?} from {from}: {asked:?}"
            );
        }
    }
}
