//! A look-up that fails or is cut off stops the run, or is made again; it never leads to another version. The settings are the most
//! permissive ones, under which whatever is lost would go unnoticed.

use release_core::config::release::{BelowOne, Bump, Missing, Mode};
use release_core::plan::{Decision, Plan, make};
use release_rehearsal::{Fault, FaultKind, RequestRecord, Server, Target};
use serde_json::{Value, json};

use crate::proxy::Proxy;
use crate::seeds::build;
use crate::stage::{Addresses, Connected, Stage, now};
use crate::story::{Author, Event, Past, Pull, Story, Way};

/// A history that takes every kind of read: two pages of commits, a pull request in each that alone asks for a major version, some
/// that the forge does not know by commit, two pages of releases.
fn story(direct_commits: Missing) -> Story {
    let pull = |way, bump, hurried| {
        Event::Merged(Pull {
            way,
            bump,
            section: None,
            other_labels: 0,
            title: 0,
            block: false,
            author: Author::Person("ada"),
            fork: false,
            hurried,
        })
    };
    let mut events = vec![pull(Way::Rebase { commits: 31 }, Bump::Minor, false)];
    events.extend((0..8).map(|_| pull(Way::Squash, Bump::Patch, false)));
    events.push(pull(Way::Rebase { commits: 31 }, Bump::Patch, true));
    events.push(pull(Way::Squash, Bump::Major, true));
    Story {
        past: Past::Pushed,
        mode: Mode::Push,
        below_one: BelowOne::Literal,
        unlabelled: Missing::RideAlong,
        direct_commits,
        strange_tags: false,
        drafts: 101,
        events,
    }
}

/// What a run comes to: a plan, or nothing.
fn plan(stage: &Stage, addresses: &Addresses) -> Option<Plan> {
    let connected = Connected::to(stage.clone.clone(), addresses);
    let facts = connected.gather("latest", now()).ok()?;
    match make(&facts).ok()? {
        Decision::Release(plan, _) => Some(*plan),
        other => panic!("the decision is another one: {other:?}"),
    }
}

fn staged(direct_commits: Missing) -> (Stage, Plan) {
    let built = build(&story(direct_commits));
    let stage = Stage::on(built.folder, built.seed);
    let right = plan(&stage, &stage.addresses()).expect("a plan without faults");
    assert_eq!(right.version.to_string(), "2.0.0");
    (stage, right)
}

/// How a read breaks, and how often.
type Broken = (FaultKind, u32);

/// From then on.
const FOR_GOOD: u32 = u32::MAX;

/// Breaks every read in turn. Where nothing else is said, a run may also end without a plan.
fn break_each(direct_commits: Missing, faults: &[Broken], may_end: impl Fn(&Broken, &RequestRecord) -> bool) {
    let (stage, right) = staged(direct_commits);
    let reads = stage.servers.requests();
    assert!(reads.len() >= 8, "{reads:#?}");
    for (place, read) in reads.iter().enumerate() {
        for broken in faults {
            let (kind, times) = broken.clone();
            let nth = u32::try_from(place + 1).expect("few reads");
            stage.servers.inject(Fault { target: Target::default(), nth, times, kind });
            let got = plan(&stage, &stage.addresses());
            let said = format!("{broken:?} at read {nth}, {} {}", read.operation, read.path);
            match got {
                Some(plan) => assert!(plan == right, "another plan: {said}"),
                None => assert!(may_end(broken, read), "no plan: {said}"),
            }
            stage.servers.clear_faults();
        }
    }
}

#[test]
fn a_read_that_breaks_once_is_made_again_and_one_that_stays_broken_stops_the_run() {
    let faults = [
        (FaultKind::ResetBefore, 1),
        (FaultKind::Status(502), 1),
        (FaultKind::Status(502), FOR_GOOD),
        (FaultKind::TruncatedJson, 1),
        (FaultKind::TruncatedJson, FOR_GOOD),
        (FaultKind::CutBody, 1),
        (FaultKind::CutBody, FOR_GOOD),
    ];
    // A manifest has a digest: a wrong one is somebody's doing, not an accident that passes.
    let unlike = |kind: &FaultKind, read: &RequestRecord| {
        *kind == FaultKind::TruncatedJson && read.server == Server::Registry
    };
    break_each(Missing::RideAlong, &faults, |(kind, times), read| *times == FOR_GOOD || unlike(kind, read));
}

#[test]
fn a_read_that_is_refused_or_answered_by_somebody_else_never_leads_to_another_version() {
    let faults = [
        (FaultKind::Status(401), 1),
        (FaultKind::Status(404), 1),
        (FaultKind::Status(204), 1),
        (FaultKind::Limited { status: 429, retry_after: Some(7) }, 1),
        (FaultKind::Limited { status: 403, retry_after: None }, FOR_GOOD),
        (FaultKind::WrongContent, 1),
        (FaultKind::WrongContent, FOR_GOOD),
    ];
    break_each(Missing::RideAlong, &faults, |_, _| true);
}

#[test]
fn a_list_that_lags_behind_never_leads_to_another_version_where_every_commit_needs_a_pull_request() {
    break_each(Missing::Stop, &[(FaultKind::StaleList, 1)], |_, _| true);
}

/// A way in which an answer of the GraphQL interface is not whole. Does nothing to an answer that it does not fit.
type Damage = (&'static str, fn(&mut Value));

const DAMAGES: &[Damage] = &[
    ("an error beside the data", |answer| {
        answer["errors"] = json!([{ "message": "Something went wrong" }]);
    }),
    ("an error with a type beside the data", |answer| {
        answer["errors"] = json!([{ "type": "SERVICE_UNAVAILABLE", "message": "Try again" }]);
    }),
    ("a missing part, with its error", |answer| {
        first_commit(answer, |commit| *commit = Value::Null);
        answer["errors"] = json!([{ "type": "NOT_FOUND", "path": ["repository", "c0"], "message": "gone" }]);
    }),
    ("a limit", |answer| {
        *answer = json!({ "errors": [{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }] });
    }),
    ("nothing", |answer| *answer = json!({})),
    ("no data", |answer| answer["data"] = Value::Null),
    ("no repository", |answer| answer["data"]["repository"] = Value::Null),
    ("no commit", |answer| first_commit(answer, |commit| *commit = Value::Null)),
    ("another commit", |answer| {
        first_commit(answer, |commit| commit["oid"] = json!("0000000000000000000000000000000000000000"));
    }),
    ("no list", |answer| each_list(answer, |list| *list = Value::Null)),
    ("no entries", |answer| each_list(answer, |list| list["nodes"] = Value::Null)),
    ("an entry that is null", |answer| each_list(answer, |list| list["nodes"][0] = Value::Null)),
    ("an empty page of more", |answer| {
        each_list(answer, |list| {
            if list.get("pageInfo").is_some() {
                list["nodes"] = json!([]);
                list["pageInfo"] = json!({ "hasNextPage": true });
            }
        });
    }),
    ("no labels", |answer| each_pull(answer, |pull| pull["labels"] = Value::Null)),
    ("labels without entries", |answer| each_pull(answer, |pull| pull["labels"]["nodes"] = Value::Null)),
    ("a label that is null", |answer| each_pull(answer, |pull| pull["labels"]["nodes"] = json!([null]))),
    ("a page of labels of more", |answer| {
        each_pull(answer, |pull| {
            pull["labels"] = json!({ "pageInfo": { "hasNextPage": true }, "nodes": [] })
        });
    }),
    ("no word on merging", |answer| {
        each_pull(answer, |pull| drop(pull.as_object_mut().expect("an object").remove("merged")));
    }),
    ("no word on the branch", |answer| each_pull(answer, |pull| pull["baseRefName"] = Value::Null)),
    ("the last of many commits only", |answer| {
        each_pull(answer, |pull| {
            if let Some(nodes) = pull.pointer_mut("/commits/nodes").and_then(Value::as_array_mut) {
                nodes.drain(..nodes.len() - 1);
            }
        });
    }),
];

/// The first commit of an answer about commits.
fn first_commit(answer: &mut Value, change: impl FnOnce(&mut Value)) {
    if let Some(commit) = answer.pointer_mut("/data/repository/c0") {
        change(commit);
    }
}

/// Every list of pull requests with something in it.
fn each_list(answer: &mut Value, change: impl Fn(&mut Value)) {
    let Some(repository) = answer.pointer_mut("/data/repository").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, part) in repository {
        let list =
            if name == "pullRequests" { Some(part) } else { part.pointer_mut("/associatedPullRequests") };
        let filled = |list: &&mut Value| list["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty());
        if let Some(list) = list.filter(filled) {
            change(list);
        }
    }
}

/// Every pull request of an answer.
fn each_pull(answer: &mut Value, change: impl Fn(&mut Value)) {
    each_list(answer, |list| list["nodes"].as_array_mut().expect("filled").iter_mut().for_each(&change));
}

#[test]
fn an_answer_that_is_not_whole_never_leads_to_another_version() {
    let (stage, right) = staged(Missing::RideAlong);
    let proxy = Proxy::before(stage.servers.api_url());
    let graphql = format!("{}/graphql", proxy.url);
    let addresses = Addresses { api: proxy.url.clone(), graphql, ..stage.addresses() };
    stage.servers.forget_requests();
    assert!(plan(&stage, &addresses).as_ref() == Some(&right), "the proxy changes nothing by itself");
    let asked = stage.servers.requests();
    let queries = asked.iter().filter(|read| read.path == "/graphql").count();
    assert!(queries >= 3, "two pages of commits and the recent pull requests: {queries}");
    for (name, damage) in DAMAGES {
        let mut damaged = 0;
        for place in 0..queries {
            let (sender, changes) = std::sync::mpsc::channel();
            proxy.change(move |number, answer| {
                if number >= place {
                    let before = answer.clone();
                    damage(answer);
                    // Nobody listens any more only after the test failed.
                    let _ = sender.send(before != *answer);
                }
            });
            let got = plan(&stage, &addresses);
            damaged += usize::from(changes.try_iter().any(|changed| changed));
            assert!(got.is_none_or(|plan| plan == right), "another plan with {name} from answer {place} on");
        }
        assert!(damaged > 0, "{name} was never tried");
    }
}

#[test]
fn images_that_cannot_be_resolved_stop_the_run() {
    let (stage, _) = staged(Missing::RideAlong);
    let target = Target { server: Some(Server::Registry), ..Target::default() };
    stage.servers.inject(Fault { target, nth: 1, times: u32::MAX, kind: FaultKind::Status(503) });
    assert_eq!(plan(&stage, &stage.addresses()), None);
}
