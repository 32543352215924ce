//! Pull requests over REST.
//!
//! Owns listing, opening and editing them. Must never merge: `merging` does.

use jiff::Timestamp;

use crate::answer::Answer;
use crate::git::{CommitView, Person};
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::paging::Entry;
use crate::github::state::Pull;
use crate::github::{paging, shapes};
use crate::seed::{PullState, SeedCommit};

/// Commits of a pull request that are listed at most.
const MOST_COMMITS: usize = 250;

pub(crate) fn list(exchange: &mut Exchange<'_>) -> Outcome {
    let asked = |name: &str| exchange.call.query(name);
    let (state, head, base) =
        (asked("state").unwrap_or_else(|| "open".to_owned()), asked("head"), asked("base"));
    let owner = &exchange.world.options.owner;
    let label = |pull: &Pull| {
        let from = pull.fork.as_deref().and_then(|fork| fork.split('/').next()).unwrap_or(owner);
        format!("{from}:{}", pull.head)
    };
    let mut found: Vec<&Pull> = exchange
        .state
        .pulls
        .values()
        .filter(|pull| state == "all" || (state == "open") == (pull.state == PullState::Open))
        .filter(|pull| base.as_ref().is_none_or(|base| *base == pull.base))
        // GitHub ignores a head without its owner.
        .filter(|pull| {
            head.as_ref().filter(|head| head.contains(':')).is_none_or(|head| *head == label(pull))
        })
        .collect();
    let updated = asked("sort").as_deref() == Some("updated");
    found.sort_by_key(|pull| {
        let moment = if updated { pull.updated_at } else { pull.created_at };
        (moment, pull.number)
    });
    let ascending = match asked("direction").as_deref() {
        Some(direction) => direction == "asc",
        None => asked("sort").is_some_and(|sort| sort != "created"),
    };
    if !ascending {
        found.reverse();
    }
    let entries: Vec<Entry> = found
        .into_iter()
        .map(|pull| (pull.number, shapes::simple_pull(exchange.world, exchange.state, pull)))
        .collect();
    Ok(paging::answer(exchange, entries))
}

pub(crate) fn get(exchange: &mut Exchange<'_>) -> Outcome {
    let number = exchange.id("number")?;
    answer(exchange, number, 200)
}

/// The commits of a pull request, the oldest first and never more than 250. One that Git does not have, as of a branch that is gone, is
/// told from what is known of it.
pub(crate) fn commits(exchange: &mut Exchange<'_>) -> Outcome {
    let number = exchange.id("number")?;
    let pull = exchange.state.pulls.get(&number).ok_or_else(Refusal::not_found)?;
    let mut entries: Vec<Entry> = Vec::new();
    for (age, known) in (0..).zip(pull.commits.iter().take(MOST_COMMITS)) {
        let view = exchange.world.store.commit(&known.sha)?.unwrap_or_else(|| made_up(known));
        entries.push((age, shapes::commit(exchange.world, &view)));
    }
    Ok(paging::answer(exchange, entries))
}

fn made_up(known: &SeedCommit) -> CommitView {
    let person =
        Person { name: "Somebody".into(), email: "somebody@example.org".into(), date: known.authored_at };
    CommitView {
        sha: known.sha.clone(),
        tree: known.sha.clone(),
        parents: Vec::new(),
        author: person.clone(),
        committer: person,
        message: known.headline.clone(),
    }
}

pub(crate) fn create(exchange: &mut Exchange<'_>) -> Outcome {
    let body = exchange.body()?;
    let title = body.required("PullRequest", "title")?;
    let head = body.required("PullRequest", "head")?;
    let base = body.required("PullRequest", "base")?;
    let head = head.rsplit_once(':').map_or(head.clone(), |(_, branch)| branch.to_owned());
    let store = &exchange.world.store;
    let branch = |name: &str, field: &str| -> Result<String, Refusal> {
        let found = store.reference(&format!("refs/heads/{name}"))?;
        found.map(|(sha, _)| sha).ok_or_else(|| Refusal::invalid("PullRequest", "invalid", field))
    };
    let (head_sha, base_sha) = (branch(&head, "head")?, branch(&base, "base")?);
    let same = |pull: &&Pull| pull.state == PullState::Open && pull.head == head && pull.base == base;
    if exchange.state.pulls.values().find(same).is_some() {
        let message = format!("A pull request already exists for {}:{head}.", exchange.world.options.owner);
        return Err(Refusal::custom("PullRequest", "base", &message));
    }
    let compared = store.compare(&base_sha, &head_sha)?.filter(|compared| !compared.commits.is_empty());
    let no_commits =
        || Refusal::custom("PullRequest", "base", &format!("No commits between {base} and {head}"));
    let commits = compared.ok_or_else(no_commits)?.commits;
    let now = Timestamp::now();
    let pull = Pull {
        id: exchange.state.next_id(),
        number: exchange.state.next_number(),
        title,
        body: body.text("body")?,
        author: Some(exchange.caller.author()),
        labels: Vec::new(),
        base,
        head,
        fork: None,
        state: PullState::Open,
        created_at: now,
        updated_at: now,
        closed_at: None,
        merged_at: None,
        merged_by: None,
        merge_commit: None,
        landed: Vec::new(),
        commits: commits
            .iter()
            .map(|commit| SeedCommit {
                sha: commit.sha.clone(),
                headline: commit.message.lines().next().unwrap_or_default().to_owned(),
                authored_at: commit.author.date,
            })
            .collect(),
        unindexed_reads: 0,
    };
    let number = pull.number;
    exchange.state.pulls.insert(number, pull);
    let url = format!("{}/pulls/{number}", shapes::repository_url(exchange.world));
    answer(exchange, number, 201).map(|answer| answer.with("location", url))
}

/// Changes title, text, base or state of a pull request; a merged one stays closed.
pub(crate) fn update(exchange: &mut Exchange<'_>) -> Outcome {
    let number = exchange.id("number")?;
    let body = exchange.body()?;
    let pull = exchange.state.pulls.get_mut(&number).ok_or_else(Refusal::not_found)?;
    let wanted = match body.text("state")?.as_deref() {
        None => pull.state,
        Some("open") if pull.state != PullState::Merged => PullState::Open,
        Some("closed") if pull.state != PullState::Merged => PullState::Closed,
        Some("closed") => PullState::Merged,
        Some(_) => return Err(Refusal::invalid("PullRequest", "invalid", "state")),
    };
    if let Some(title) = body.text("title")? {
        pull.title = title;
    }
    if let Some(text) = body.text("body")? {
        pull.body = Some(text);
    }
    if let Some(base) = body.text("base")? {
        pull.base = base;
    }
    pull.updated_at = Timestamp::now();
    if wanted != pull.state {
        pull.closed_at = (wanted == PullState::Closed).then(Timestamp::now);
        pull.state = wanted;
    }
    answer(exchange, number, 200)
}

fn answer(exchange: &Exchange<'_>, number: u64, status: u16) -> Outcome {
    let pull = exchange.state.pulls.get(&number).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(status, &shapes::full_pull(exchange.world, exchange.state, pull)))
}
