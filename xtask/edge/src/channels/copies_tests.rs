//! Copies with everything that can come between two looks, in a bucket in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bundle_format::pointer::{Pointer, SCHEMA};
use bundle_format::updating::Rollback;
use release_core::channels::{sealed, seen};

use super::*;
use crate::channels::seal;
use crate::signing::{SigningKey, generate};

const KEY: &str = "platform/latest/latest.json";

/// A bucket in memory that keeps to conditions.
#[derive(Default)]
struct Memory {
    objects: RefCell<BTreeMap<String, Object>>,
    writes: Cell<u32>,
    /// What somebody else writes before the next write.
    meanwhile: RefCell<Option<String>>,
    /// Whether nobody hears of the next write, and whether it has its effect.
    lost: Cell<Option<bool>>,
}

impl Memory {
    fn holding(content: &str) -> Self {
        let bucket = Self::default();
        bucket.set(content);
        bucket
    }

    fn set(&self, content: &str) {
        self.writes.set(self.writes.get() + 1);
        let mark = self.writes.get().to_string();
        self.objects.borrow_mut().insert(KEY.to_owned(), Object { content: content.into(), mark });
    }

    fn content(&self) -> String {
        let objects = self.objects.borrow();
        objects
            .get(KEY)
            .map(|object| String::from_utf8_lossy(&object.content).into_owned())
            .unwrap_or_default()
    }
}

impl Bucket for Memory {
    fn read(&self, key: &str) -> Result<Option<Object>, Failure> {
        Ok(self.objects.borrow().get(key).cloned())
    }

    fn prove(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn write(&self, key: &str, content: &[u8], over: Option<&Object>) -> Result<Written, Failure> {
        if let Some(other) = self.meanwhile.take() {
            self.set(&other);
        }
        let lost = self.lost.take();
        let there = self.objects.borrow().get(key).map(|object| object.mark.clone());
        if there != over.map(|object| object.mark.clone()) {
            return Ok(Written::Overtaken);
        }
        if lost != Some(false) {
            self.set(&String::from_utf8_lossy(content));
        }
        Ok(if lost.is_some() { Written::Doubtful } else { Written::Done })
    }
}

fn pointer(sequence: u64) -> Pointer {
    Pointer {
        schema: SCHEMA,
        product: "widgets".to_owned(),
        channel: "latest".to_owned(),
        sequence,
        version: format!("1.{sequence}.0").parse().expect("a version"),
        released_at: jiff::Timestamp::UNIX_EPOCH,
        expires_at: jiff::Timestamp::MAX,
        min_upgradable_from: None,
        mandatory_stops: Vec::new(),
        rollback: Rollback::Free,
        irreversible: Vec::new(),
        yanked: Vec::new(),
        rollout_percentage: 100,
        bundles: BTreeMap::new(),
    }
}

fn text(sequence: u64) -> String {
    sealed(&pointer(sequence), None)
}

fn original(text: &str, trust: &Trust) -> Original {
    let found = seen(text.as_bytes(), &trust.keys, &trust.revoked).expect("a pointer");
    Original { found, bytes: text.as_bytes().to_vec() }
}

/// Brings the copy to what the branch says, which is asked once for each look; the last answer stays.
fn follow(bucket: &Memory, trust: &Trust, foreign: Foreign, branch: &[String]) -> Result<Following, Failure> {
    let place = BucketConfig {
        endpoint: "https://s3.example".to_owned(),
        region: "auto".to_owned(),
        bucket: "releases".to_owned(),
        prefix: Some("platform".to_owned()),
    };
    let copies = Copies { bucket, place: &place, product: "widgets", trust };
    let mut said = branch.iter();
    let mut last = None;
    copies.follow_what("latest", foreign, || {
        last = said.next().or(last);
        Ok(last.map(|text| original(text, trust)))
    })
}

fn unsigned(bucket: &Memory, branch: &[String]) -> Result<Following, Failure> {
    follow(bucket, &Trust::default(), Foreign::Stays, branch)
}

#[test]
fn a_copy_is_made_once_and_read_back() {
    let bucket = Memory::default();
    assert_eq!(unsigned(&bucket, &[]).expect("nothing"), Following::Nothing);
    let written = Following::Written("1.1.0 (sequence 1)".to_owned());
    assert_eq!(unsigned(&bucket, &[text(1)]).expect("written"), written);
    assert_eq!((bucket.content(), bucket.writes.get()), (text(1), 1));
    assert_eq!(unsigned(&bucket, &[text(1)]).expect("there"), Following::Already);
    assert_eq!(bucket.writes.get(), 1);
}

#[test]
fn of_two_writers_one_wins_and_the_other_follows() {
    // The other run moved the branch and copied it between our look and our write.
    for there in [None, Some(text(1))] {
        let bucket = there.as_deref().map_or_else(Memory::default, Memory::holding);
        bucket.meanwhile.replace(Some(text(3)));
        let followed = unsigned(&bucket, &[text(2), text(3)]).expect("followed");
        assert_eq!((followed, bucket.content()), (Following::Already, text(3)));
    }
}

#[test]
fn a_write_that_nobody_hears_of_is_looked_for() {
    for had_its_effect in [true, false] {
        let bucket = Memory::holding(&text(1));
        bucket.lost.set(Some(had_its_effect));
        let followed = unsigned(&bucket, &[text(2)]).expect("written");
        assert_eq!(followed, Following::Written("1.2.0 (sequence 2)".to_owned()));
        assert_eq!((bucket.content(), bucket.writes.get()), (text(2), 2), "{had_its_effect}");
    }
}

#[test]
fn a_copy_never_goes_back_whoever_asks() {
    for foreign in [Foreign::Stays, Foreign::IsReplaced] {
        let bucket = Memory::holding(&text(3));
        let failure = follow(&bucket, &Trust::default(), foreign, &[text(2)]).expect_err("ahead");
        assert_eq!(failure.cause, Cause::CopyForeign);
        assert!(
            failure.message.contains("sequence 3, and on the branch `channels` 2"),
            "{}",
            failure.message
        );
        assert_eq!(bucket.content(), text(3));
    }
}

#[test]
fn what_is_no_pointer_of_the_channel_stays_until_a_person_has_it_replaced() {
    let other = sealed(&Pointer { product: "gadgets".to_owned(), ..pointer(1) }, None);
    for content in ["", "{}", "\u{0}", &other, &"x".repeat(70_000)] {
        let bucket = Memory::holding(content);
        let failure = unsigned(&bucket, &[text(2)]).expect_err("foreign");
        assert_eq!((failure.cause, bucket.content().as_str()), (Cause::CopyForeign, content));
        let replaced = follow(&bucket, &Trust::default(), Foreign::IsReplaced, &[text(2)]);
        assert!(matches!(replaced, Ok(Following::Written(_))), "{replaced:?}");
        assert_eq!(bucket.content(), text(2));
    }
}

#[test]
fn only_what_is_proven_is_copied_and_what_is_forged_stops_nobody_for_ever() {
    let made = generate(None).expect("a key");
    let key = SigningKey::read(&made.secret, None).expect("the same key");
    let trust = Trust { keys: vec![made.public], revoked: Vec::new() };
    let failure = follow(&Memory::default(), &trust, Foreign::Stays, &[text(2)]).expect_err("unsigned");
    assert_eq!(failure.cause, Cause::PointerUnproven);
    let signed = seal(&pointer(2), Some(&key), &trust).expect("signed");
    let bucket = Memory::holding(&text(9));
    let failure = follow(&bucket, &trust, Foreign::Stays, std::slice::from_ref(&signed)).expect_err("forged");
    assert_eq!(failure.cause, Cause::CopyForeign);
    follow(&bucket, &trust, Foreign::IsReplaced, std::slice::from_ref(&signed)).expect("replaced");
    assert_eq!(bucket.content(), signed);
}
