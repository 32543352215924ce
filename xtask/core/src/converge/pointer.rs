//! Where a channel's pointer goes. Its sequence only grows, and a slower run never undoes a faster one: what came later is kept, and so
//! is what says the same already.

use std::collections::BTreeMap;

use bundle_format::pointer::{PointedBundle, PointedFile, Pointer, SCHEMA, Yanked};
use bundle_format::signature::PublicKey;
use jiff::{SignedDuration, Timestamp};

use crate::channels::is_withdrawn;
use crate::config::release::PointersConfig;
use crate::facts::{PointerFacts, Proof};
use crate::plan::{Asset, Plan};

/// What a pointer depends on beside the release.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The time.
    pub now: Timestamp,
    /// How long pointers count, and when they are signed again.
    pub lasting: &'a PointersConfig,
    /// How many of a hundred installations may take a version by themselves that the channel is new at.
    pub rollout_percentage: u8,
    /// The versions of the channel that were withdrawn, the lowest first.
    pub yanked: &'a [Yanked],
    /// The keys that prove pointers; none where they are not signed.
    pub keys: &'a [PublicKey],
}

/// What has to happen to a channel's pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointerMove {
    /// It points at this release already.
    Keep,
    /// It points at a newer release.
    Newer(String),
    /// This release was withdrawn.
    Withdrawn,
    /// It moves: this is its new content.
    Write(Box<Pointer>),
}

/// Decides where the pointer of `channel` goes once the plan's release is published.
#[must_use]
pub fn pointer(current: Option<&PointerFacts>, plan: &Plan, channel: &str, terms: &Terms<'_>) -> PointerMove {
    if is_withdrawn(terms.yanked, &plan.version) {
        return PointerMove::Withdrawn;
    }
    match current.map(|current| &current.pointer.version) {
        Some(newer) if *newer > plan.version && !is_withdrawn(terms.yanked, newer) => {
            PointerMove::Newer(newer.to_string())
        }
        _ => pointed(current, plan, channel, terms),
    }
}

/// Points a channel at a release, whatever it points at now.
#[must_use]
pub fn pointed(current: Option<&PointerFacts>, plan: &Plan, channel: &str, terms: &Terms<'_>) -> PointerMove {
    let updating = plan.updating.clone();
    let wanted = Pointer {
        schema: SCHEMA,
        product: plan.product.clone(),
        channel: channel.to_owned(),
        sequence: next(current),
        version: plan.version.clone(),
        released_at: plan.date,
        expires_at: terms.expiry(),
        min_upgradable_from: updating.min_upgradable_from,
        mandatory_stops: updating.mandatory_stops,
        rollback: updating.rollback,
        irreversible: updating.irreversible,
        yanked: terms.yanked.to_vec(),
        rollout_percentage: rollout(current, plan, terms),
        bundles: bundles(plan),
    };
    match current {
        Some(current) if terms.proves(current) && is_same(&current.pointer, &wanted) => PointerMove::Keep,
        _ => PointerMove::Write(Box::new(wanted)),
    }
}

/// How many may take a release by themselves: as many as were told before. What nothing proves may only make them fewer.
fn rollout(current: Option<&PointerFacts>, plan: &Plan, terms: &Terms<'_>) -> u8 {
    let Some(current) = current.filter(|current| current.pointer.version == plan.version) else {
        return terms.rollout_percentage;
    };
    let told = current.pointer.rollout_percentage;
    if terms.proves(current) { told } else { told.min(terms.rollout_percentage) }
}

/// The same release, with another number of installations that may take it by themselves; none where that is the number already. As of
/// [`renewed`], whoever asks has to know that it is proven.
#[must_use]
pub fn let_out(current: &PointerFacts, percentage: u8, terms: &Terms<'_>) -> Option<Pointer> {
    let changes = current.pointer.rollout_percentage != percentage;
    changes.then(|| Pointer { rollout_percentage: percentage, ..again(current, terms) })
}

/// The pointer of a channel without any good release: it stays where it is, and lists what was withdrawn.
#[must_use]
pub fn stranded(current: &PointerFacts, terms: &Terms<'_>) -> PointerMove {
    let wanted = Pointer { yanked: terms.yanked.to_vec(), ..again(current, terms) };
    if terms.proves(current) && is_same(&current.pointer, &wanted) {
        return PointerMove::Keep;
    }
    PointerMove::Write(Box::new(wanted))
}

/// The same pointer for longer, where it has few days left; none where that is not yet needed. Whoever asks has to know that it is
/// proven: what is signed again is believed.
#[must_use]
pub fn renewed(current: &PointerFacts, terms: &Terms<'_>) -> Option<Pointer> {
    let due = after(terms.now, terms.lasting.renew_before_days);
    (current.pointer.expires_at < due).then(|| again(current, terms))
}

/// The same pointer for longer, where it has expired.
pub(super) fn expired(current: &PointerFacts, terms: &Terms<'_>) -> Option<Pointer> {
    (current.pointer.expires_at <= terms.now).then(|| again(current, terms))
}

impl Terms<'_> {
    /// Whether a pointer is proven as these terms ask for.
    #[must_use]
    pub fn proves(&self, current: &PointerFacts) -> bool {
        current.proof == Proof::Proven || self.keys.is_empty()
    }

    fn expiry(&self) -> Timestamp {
        after(self.now, self.lasting.valid_days)
    }
}

fn again(current: &PointerFacts, terms: &Terms<'_>) -> Pointer {
    Pointer { sequence: next(Some(current)), expires_at: terms.expiry(), ..current.pointer.clone() }
}

fn next(current: Option<&PointerFacts>) -> u64 {
    current.map_or(1, |current| current.pointer.sequence.saturating_add(1))
}

/// Whether both say the same, apart from how often and until when.
fn is_same(current: &Pointer, wanted: &Pointer) -> bool {
    let Pointer { sequence, expires_at, .. } = *current;
    Pointer { sequence, expires_at, ..wanted.clone() } == *current
}

fn after(now: Timestamp, days: u32) -> Timestamp {
    // The end of time is ten thousand years away: nothing that is configured reaches it.
    now.checked_add(SignedDuration::from_hours(i64::from(days) * 24)).unwrap_or(Timestamp::MAX)
}

fn bundles(plan: &Plan) -> BTreeMap<String, PointedBundle> {
    let asset = |name: &str| plan.assets.iter().find(|asset| asset.name == name).map(file);
    plan.bundles
        .iter()
        .filter_map(|bundle| {
            let pointed =
                PointedBundle { archive: asset(&bundle.archive)?, manifest: asset(&bundle.manifest)? };
            Some((bundle.variant.clone(), pointed))
        })
        .collect()
}

fn file(asset: &Asset) -> PointedFile {
    PointedFile { name: asset.name.clone(), sha256: asset.sha256.clone(), size: asset.size }
}
