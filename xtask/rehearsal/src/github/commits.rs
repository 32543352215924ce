//! Commits over REST: their pull requests, and comparing two.
//!
//! Owns the limits of a comparison. Must never write.

use serde_json::json;

use crate::answer::Answer;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::paging::{Entry, Page};
use crate::github::{association, paging, shapes};

/// Commits of a comparison that nobody asked to page.
const UNPAGED_COMMITS: usize = 250;
/// Files of a comparison, all on its first page.
const MOST_FILES: usize = 300;

pub(crate) fn pulls(exchange: &mut Exchange<'_>) -> Outcome {
    let sha = exchange.param("sha").to_owned();
    if exchange.world.store.commit(&sha)?.is_none() {
        return Err(Refusal::new(422, format!("No commit found for SHA: {sha}")));
    }
    let found = association::of_commit(exchange.world, exchange.state, &sha)?;
    let state = &exchange.state;
    let entries: Vec<Entry> = found
        .into_iter()
        .filter_map(|number| state.pulls.get(&number))
        .map(|pull| (pull.number, shapes::simple_pull(exchange.world, state, pull)))
        .collect();
    Ok(paging::answer(exchange, entries))
}

/// Compares two commits: chronological, and without pages never more than 250 commits.
pub(crate) fn compare(exchange: &mut Exchange<'_>) -> Outcome {
    let range = exchange.param("basehead").to_owned();
    let (base, head) = range.split_once("...").ok_or_else(Refusal::not_found)?;
    let store = &exchange.world.store;
    let base_sha = store.resolve(base)?.ok_or_else(Refusal::not_found)?;
    let head_sha = store.resolve(head)?.ok_or_else(Refusal::not_found)?;
    let no_ancestor = || Refusal::new(404, format!("No common ancestor between {base} and {head}."));
    let compared = store.compare(&base_sha, &head_sha)?.ok_or_else(no_ancestor)?;

    let paged = ["page", "per_page"].iter().any(|name| exchange.call.query(name).is_some());
    let page = Page::asked(exchange);
    let commits = if paged {
        page.of(&compared.commits)
    } else {
        compared.commits.get(..UNPAGED_COMMITS).unwrap_or(&compared.commits)
    };
    let files = if !paged || page.is_first() { compared.files.as_slice() } else { &[] };
    let status = match (compared.ahead, compared.behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let world = exchange.world;
    let (url, website) = (shapes::repository_url(world), shapes::repository_page(world));
    let html = format!("{website}/compare/{range}");
    let body = json!({
        "url": format!("{url}/compare/{range}"),
        "html_url": html,
        "permalink_url": format!("{website}/compare/{base_sha}...{head_sha}"),
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "base_commit": shapes::commit(world, &compared.base),
        "merge_base_commit": shapes::commit(world, &compared.merge_base),
        "status": status,
        "ahead_by": compared.ahead,
        "behind_by": compared.behind,
        "total_commits": compared.commits.len(),
        "commits": commits.iter().map(|commit| shapes::commit(world, commit)).collect::<Vec<_>>(),
        "files": files
            .iter()
            .take(MOST_FILES)
            .map(|file| shapes::changed_file(world, &head_sha, file))
            .collect::<Vec<_>>(),
    });
    let answer = Answer::json(200, &body);
    match page.links(exchange, compared.commits.len()).filter(|_| paged) {
        Some(links) => Ok(answer.with("link", links)),
        None => Ok(answer),
    }
}
