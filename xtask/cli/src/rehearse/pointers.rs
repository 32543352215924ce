//! The channels' pointers on the rehearsal's remote: they point at the releases that are there already, so that the rehearsal has
//! nothing old to finish.

use std::collections::BTreeMap;
use std::path::Path;

use release_core::channels::path;
use release_core::config::ReleaseConfig;
use release_core::config::release::EVERYBODY;
use release_core::converge::{PointerMove, Terms, pointer};
use release_core::facts::{PointerFacts, Proof};
use release_core::finding::Cause;
use release_core::plan::{PATH, Plan};
use release_edge::channels::{Board, BoardEdit, Trust, seal, write};
use release_edge::clock::{Clock as _, SystemClock};
use release_edge::failure::Failure;
use release_edge::repository::{Authorship, RemoteAccess, Repository};
use release_edge::secret::Secret;
use release_edge::signing::SigningKey;

/// Writes them, from the plans that the tags hold, signed with the key of this rehearsal where pointers are signed.
pub(super) fn seed(
    source: &Repository,
    bare: &Path,
    config: &ReleaseConfig,
    key: Option<&Secret>,
) -> Result<(), Failure> {
    let key = key.map(|key| SigningKey::read(key, None)).transpose();
    let key = key.map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
    let head = source.source()?;
    let now = SystemClock.now();
    let lasting = &config.pointers;
    let mut tags = source.tags(&head.id)?;
    tags.sort_by(|a, b| a.tag.cmp(&b.tag));
    let mut pointers: BTreeMap<String, PointerFacts> = BTreeMap::new();
    for tag in tags.iter().filter(|tag| tag.plan.is_some()) {
        let file = source.file(&tag.commit, PATH)?;
        let plan = file.as_ref().and_then(|file| serde_json::from_str::<Plan>(file.content.as_text()?).ok());
        let Some(plan) = plan else { continue };
        let rollout_percentage =
            config.channel(&plan.channel).map_or(EVERYBODY, |channel| channel.rollout_percentage);
        let terms = Terms { now, lasting, rollout_percentage, yanked: &[], keys: &[] };
        if let PointerMove::Write(wanted) = pointer(pointers.get(&plan.channel), &plan, &plan.channel, &terms)
        {
            let made = PointerFacts { pointer: *wanted, proof: Proof::Unsigned };
            pointers.insert(plan.channel, made);
        }
    }
    pointers.retain(|channel, _| config.channels.iter().any(|known| known.name == *channel));
    if pointers.is_empty() {
        return Ok(());
    }
    let keys = key.as_ref().map(|key| key.public().clone()).into_iter().collect();
    let trust = Trust { keys, revoked: Vec::new() };
    let sealed = |(channel, found): (&String, &PointerFacts)| {
        Ok::<_, Failure>(BoardEdit { path: path(channel), text: seal(&found.pointer, key.as_ref(), &trust)? })
    };
    let edits = pointers.iter().map(sealed).collect::<Result<Vec<_>, _>>()?;
    let by = Authorship { identity: head.author, time: now };
    let remote = RemoteAccess::new(bare.to_string_lossy());
    write(source, &remote, &Board::default(), &edits, &by, "Seed the rehearsal\n")
}
