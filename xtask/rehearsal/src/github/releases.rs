//! Releases over REST.
//!
//! Owns reading and writing them. Must never publish by itself: `publishing` does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::github::errors::Refusal;
use crate::github::exchange::{Body, Exchange, Outcome};
use crate::github::state::{MakeLatest, Release};
use crate::github::{paging, publishing, shapes};
use crate::seed::PullState;

/// The longest text of a release, in characters.
const LONGEST_BODY: usize = 125_000;

/// Lists releases, the newest first; drafts only to those who may push.
pub(crate) fn list(exchange: &mut Exchange<'_>) -> Outcome {
    let may_push = exchange.caller.may_push();
    let mut shown = Vec::new();
    for release in exchange.state.releases.values_mut() {
        if release.hidden_reads > 0 {
            release.hidden_reads -= 1;
        } else if may_push || !release.draft {
            shown.push((release.created_at, release.id));
        }
    }
    shown.sort_by_key(|moment| std::cmp::Reverse(*moment));
    let entries = shown.into_iter().map(|(_, id)| (id, id)).collect();
    let releases = &exchange.state.releases;
    Ok(paging::answer_with(exchange, entries, |id| {
        releases.get(id).map_or(Value::Null, |release| shapes::release(exchange.world, release))
    }))
}

pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    let release = find(exchange)?;
    Ok(Answer::json(200, &shapes::release(exchange.world, release)))
}

/// Finds a published release by its tag; a draft is not found.
pub(crate) fn by_tag(exchange: &mut Exchange<'_>) -> Outcome {
    let found = exchange.state.published(exchange.param("tag")).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &shapes::release(exchange.world, found)))
}

pub(crate) fn latest(exchange: &mut Exchange<'_>) -> Outcome {
    let found = exchange.state.latest().ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, &shapes::release(exchange.world, found)))
}

pub(crate) fn create(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let tag_name = body.required("Release", "tag_name")?;
    let now = Timestamp::now();
    let mut release = Release {
        id: exchange.state.next_id(),
        tag_name,
        target: exchange.world.options.default_branch.clone(),
        name: None,
        body: None,
        draft: body.flag("draft")?.unwrap_or(false),
        prerelease: false,
        immutable: false,
        author: exchange.caller.author(),
        make_latest: MakeLatest::Legacy,
        created_at: now,
        published_at: None,
        updated_at: now,
        assets: BTreeMap::new(),
        hidden_reads: exchange.world.options.release_list_lag,
    };
    apply(&mut release, &body)?;
    publishing::refuse_burned_tag(exchange.state, &release.tag_name)?;
    publishing::check_target(exchange.world, exchange.caller, &release)?;
    if !release.draft {
        release = publishing::publish(exchange.world, exchange.state, release)?;
        publishing::name_latest(exchange.state, &release)?;
    }
    let shape = shapes::release(exchange.world, &release);
    let url = format!("{}/releases/{}", shapes::repository_url(exchange.world), release.id);
    exchange.state.releases.insert(release.id, release);
    Ok(Answer::json(201, &shape).with("location", url))
}

pub(crate) fn update(exchange: &mut Exchange<'_>) -> Outcome {
    let before = find(exchange)?.clone();
    let body = exchange.body()?;
    let mut release = before.clone();
    // What was said about `latest` earlier, for a draft, is not remembered.
    release.make_latest = if before.draft { MakeLatest::Legacy } else { before.make_latest };
    apply(&mut release, &body)?;
    if before.immutable {
        let tag_kept = release.tag_name == before.tag_name && release.target == before.target;
        if !tag_kept || body.flag("draft")? == Some(true) {
            return Err(Refusal::custom("Release", "tag_name", "Cannot change an immutable release"));
        }
    }
    release.updated_at = Timestamp::now();
    match (before.draft, body.flag("draft")?) {
        (true, Some(false)) => {
            publishing::check_target(exchange.world, exchange.caller, &release)?;
            release = publishing::publish(exchange.world, exchange.state, release)?;
        }
        (false, Some(true)) => release.draft = true,
        _ => {}
    }
    let taken = exchange.state.published(&release.tag_name).is_some_and(|other| other.id != release.id);
    if !release.draft && taken {
        return Err(Refusal::invalid("Release", "already_exists", "tag_name"));
    }
    if !release.draft || release.make_latest == MakeLatest::Yes {
        publishing::name_latest(exchange.state, &release)?;
    }
    let shape = shapes::release(exchange.world, &release);
    exchange.state.releases.insert(release.id, release);
    Ok(Answer::json(200, &shape))
}

/// Deletes a release with its files; its tag stays.
pub(crate) fn delete(exchange: &mut Exchange<'_>) -> Outcome {
    let id = find(exchange)?.id;
    exchange.state.releases.remove(&id);
    Ok(Answer::empty(204))
}

/// Writes notes the way GitHub does: one line for each merged pull request.
pub(crate) fn notes(exchange: &mut Exchange<'_>) -> Outcome {
    exchange.caller.require_push()?;
    let body = exchange.body()?;
    let tag = body.required("Release", "tag_name")?;
    let page = shapes::repository_page(exchange.world);
    let mut text = String::from("## What's Changed\n");
    for pull in exchange.state.pulls.values().filter(|pull| pull.state == PullState::Merged) {
        let author = pull.author.as_deref().unwrap_or("ghost");
        text.push_str(&format!("* {} by @{author} in {page}/pull/{}\n", pull.title, pull.number));
    }
    let range = match body.text("previous_tag_name")? {
        Some(previous) => format!("compare/{previous}...{tag}"),
        None => format!("commits/{tag}"),
    };
    text.push_str(&format!("\n\n**Full Changelog**: {page}/{range}"));
    Ok(Answer::json(200, &json!({ "name": tag, "body": text })))
}

/// A release by id; a draft is there only for those who may push.
pub(crate) fn find<'a>(exchange: &'a Exchange<'_>) -> Result<&'a Release, Refusal> {
    let id = exchange.id("release_id")?;
    let found = exchange.state.releases.get(&id);
    found.filter(|release| !release.draft || exchange.caller.may_push()).ok_or_else(Refusal::not_found)
}

/// Takes over what a request says about a release, except whether it is published.
fn apply(release: &mut Release, body: &Body) -> Result<(), Refusal> {
    if let Some(tag_name) = body.text("tag_name")? {
        release.tag_name = tag_name;
    }
    if let Some(target) = body.text("target_commitish")?.filter(|target| !target.is_empty()) {
        release.target = target;
    }
    if let Some(name) = body.text("name")? {
        release.name = Some(name);
    }
    if let Some(text) = body.text("body")? {
        if text.chars().count() > LONGEST_BODY {
            let message = "body is too long (maximum is 125000 characters)";
            return Err(Refusal::custom("Release", "body", message));
        }
        release.body = Some(text);
    }
    if let Some(prerelease) = body.flag("prerelease")? {
        release.prerelease = prerelease;
    }
    release.make_latest = match body.text("make_latest")?.as_deref() {
        None => release.make_latest,
        Some("true") => MakeLatest::Yes,
        Some("false") => MakeLatest::No,
        Some("legacy") => MakeLatest::Legacy,
        Some(_) => return Err(Refusal::invalid("Release", "invalid", "make_latest")),
    };
    Ok(())
}
