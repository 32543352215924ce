//! Merging a pull request.
//!
//! Owns the merge itself, which really happens in the bare repository. Must never merge a head other than the one asked for.

use jiff::Timestamp;
use serde_json::json;

use crate::answer::Answer;
use crate::git::{Merge, MergeMethod};
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::shapes;
use crate::github::tags::person;
use crate::seed::PullState;

pub(crate) fn merge(exchange: &mut Exchange<'_>) -> Outcome {
    let number = exchange.id("number")?;
    let body = exchange.body()?;
    let pull = exchange.state.pulls.get(&number).ok_or_else(Refusal::not_found)?;
    if pull.state != PullState::Open {
        return Err(Refusal::new(405, "Pull Request is not mergeable"));
    }
    let head = shapes::head_sha(exchange.world, pull);
    if body.text("sha")?.is_some_and(|expected| expected != head) {
        return Err(Refusal::new(409, "Head branch was modified. Review and try the merge again."));
    }
    let method = match body.text("merge_method")?.as_deref() {
        None | Some("merge") => MergeMethod::Merge,
        Some("squash") => MergeMethod::Squash,
        Some(_) => return Err(Refusal::new(405, "Rebase merges are not allowed on this repository.")),
    };
    let title = match (body.text("commit_title")?, method) {
        (Some(title), _) => title,
        (None, MergeMethod::Squash) => format!("{} (#{number})", pull.title),
        (None, MergeMethod::Merge) => {
            format!("Merge pull request #{number} from {}/{}", exchange.world.options.owner, pull.head)
        }
    };
    let text = match (body.text("commit_message")?, method) {
        (Some(text), _) => text,
        (None, MergeMethod::Squash) => String::new(),
        (None, MergeMethod::Merge) => pull.title.clone(),
    };
    let message = if text.is_empty() { title } else { format!("{title}\n\n{text}") };
    let by = exchange.caller.author();
    let merge = Merge { base_branch: &pull.base, head: &head, method, message: &message, by: &person(&by) };
    let merged = exchange.world.store.merge(&merge)?;
    let sha = merged.ok_or_else(|| Refusal::new(405, "Pull Request is not mergeable"))?;

    let lag = exchange.world.options.association_lag;
    if let Some(pull) = exchange.state.pulls.get_mut(&number) {
        let now = Timestamp::now();
        pull.state = PullState::Merged;
        (pull.merged_at, pull.closed_at, pull.updated_at) = (Some(now), Some(now), now);
        pull.merged_by = Some(by);
        pull.landed = match method {
            MergeMethod::Merge => pull.commits.iter().map(|commit| commit.sha.clone()).collect(),
            MergeMethod::Squash => Vec::new(),
        };
        pull.landed.push(sha.clone());
        pull.merge_commit = Some(sha.clone());
        pull.unindexed_reads = lag;
    }
    let body = json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" });
    Ok(Answer::json(200, &body))
}
