//! The channels' pointers on the rehearsal's remote: they point at the releases that are there already, so that the rehearsal has
//! nothing old to finish.

use std::collections::BTreeMap;
use std::path::Path;

use bundle_format::pointer::Pointer;
use release_core::config::ReleaseConfig;
use release_core::converge::{PointerMove, pointer};
use release_core::plan::{PATH, Plan};
use release_edge::clock::{Clock as _, SystemClock};
use release_edge::execute::{POINTER_BRANCH, pointer_path, pointer_text};
use release_edge::failure::Failure;
use release_edge::repository::{Authorship, Edit, RemoteAccess, Repository};

/// Writes them, from the plans that the tags hold.
pub(super) fn seed(source: &Repository, bare: &Path, config: &ReleaseConfig) -> Result<(), Failure> {
    let head = source.source()?;
    let mut tags = source.tags(&head.id)?;
    tags.sort_by(|a, b| a.tag.cmp(&b.tag));
    let mut pointers: BTreeMap<String, Pointer> = BTreeMap::new();
    for tag in tags.iter().filter(|tag| tag.plan.is_some()) {
        let file = source.file(&tag.commit, PATH)?;
        let plan = file.as_ref().and_then(|file| serde_json::from_str::<Plan>(file.content.as_text()?).ok());
        let Some(plan) = plan else { continue };
        if let PointerMove::Write(wanted) = pointer(pointers.get(&plan.channel), &plan, &plan.channel) {
            pointers.insert(plan.channel, wanted);
        }
    }
    let known = |channel: &String| config.channels.iter().any(|known| known.name == *channel);
    let files: Vec<(String, String)> = pointers
        .iter()
        .filter(|(channel, _)| known(channel))
        .map(|(channel, pointer)| (pointer_path(channel), pointer_text(pointer)))
        .collect();
    if files.is_empty() {
        return Ok(());
    }
    let edits: Vec<Edit<'_>> =
        files.iter().map(|(path, text)| Edit { path, content: text.as_bytes(), executable: None }).collect();
    let by = Authorship { identity: head.author, time: SystemClock.now() };
    let remote = RemoteAccess::new(bare.to_string_lossy());
    source.commit_onto(&remote, POINTER_BRANCH, None, &edits, &by, "Seed the rehearsal\n").map(|_| ())
}
