//! Ten thousand commits since the last release: read and planned whole, in little memory. The servers stay in the parent process, so
//! that only the tool's own memory is measured in the child.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use jiff::Timestamp;
use release_core::plan::{Decision, make};
use release_rehearsal::{PullState, Seed, SeedPullRequest};

use crate::past::{BEGIN, start};
use crate::stage::{Addresses, Connected, Stage, now};
use crate::story::Past;
use crate::writer::{Commit, Writer};

const COMMITS: usize = 10_000;
/// How many commits every second pull request brings in by a rebase; the others are squashed.
const REBASED: usize = 9;
const PULLS: usize = COMMITS / (REBASED + 1) * 2;

/// The most memory a run may take.
const KIBIBYTES: u64 = 150 * 1024;

/// What leads the child to the parent's stage.
const STAGE: &str = "SLIPWAY_TEST_LONG_HISTORY";

#[test]
fn ten_thousand_commits_are_planned_in_less_than_150_megabytes() {
    match std::env::var(STAGE) {
        Ok(stage) => measure(&stage),
        Err(_) => run_child(),
    }
}

fn run_child() {
    let stage = stage();
    let Addresses { api, graphql, registry } = stage.addresses();
    let clone = stage.clone.to_str().expect("a path of text");
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture", "long::ten_thousand_commits_are_planned_in_less_than_150_megabytes"])
        .env(STAGE, [clone, &api, &graphql, &registry].join("\n"))
        .output()
        .expect("the child runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let measured = said.lines().find_map(|line| line.split_once(MEASURED)).expect("what was measured").1;
    eprintln!("{COMMITS} commits: {measured}");
    let peak: u64 = measured.split(' ').next().expect("a number").parse().expect("a number");
    assert!(peak < KIBIBYTES, "{peak} KiB");
}

/// What the line of the child that tells begins with.
const MEASURED: &str = "measured: ";

fn measure(stage: &str) {
    let [clone, api, graphql, registry] = stage.split('\n').collect::<Vec<_>>()[..] else {
        panic!("{stage}")
    };
    let addresses =
        Addresses { api: api.to_owned(), graphql: graphql.to_owned(), registry: registry.to_owned() };
    let began = Instant::now();
    let facts = Connected::to(PathBuf::from(clone), &addresses).gather("latest", now()).expect("facts");
    let gathered = began.elapsed();
    let began = Instant::now();
    let decision = make(&facts).expect("a decision");
    let made = began.elapsed();
    let Decision::Release(plan, _) = decision else { panic!("no release") };
    assert_eq!(plan.version.to_string(), "1.3.0");
    assert_eq!(facts.commits.len(), COMMITS);
    let mut numbers: Vec<u64> = plan.entries.iter().filter_map(|entry| entry.number).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=u64::try_from(PULLS).unwrap()), "each once, and no other");
    assert!(facts.requests.forge_reads as usize <= COMMITS.div_ceil(50) + 5, "{:?}", facts.requests);
    // On a line of its own, after what the harness printed.
    let took = format!("gathered in {gathered:?}, planned in {made:?}");
    writeln!(std::io::stdout(), "\n{MEASURED}{} KiB at most, {took}", peak()).expect("said");
}

/// The most memory this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bare = folder.path().join("remote.git");
    let start = start(Past::LightTag);
    start.unpack(&bare);
    let mut writer = Writer::default();
    let mut head = Commit::Known(start.main.clone());
    let mut second = BEGIN + 10_000;
    let mut landed: Vec<Vec<Commit>> = Vec::new();
    for number in 0..PULLS {
        let commits = if number % 2 == 0 { 1 } else { REBASED };
        let run = (0..commits).map(|step| {
            second += 60;
            let body = "Why this is so takes some words.\n".repeat(10);
            let message = format!("Step {step} of change {number}\n\n{body}");
            head = writer.commit(&message, &[&head], (second, second), &[]);
            head.clone()
        });
        landed.push(run.collect());
    }
    writer.point("refs/heads/main", &head);
    let names = writer.write(&bare);
    let pull_requests = landed.iter().enumerate().map(|(place, commits)| {
        let landed: Vec<String> = commits.iter().map(|commit| names.of(commit)).collect();
        pull(place, landed)
    });
    Stage::on(folder, Seed { pull_requests: pull_requests.collect(), ..Seed::default() })
}

fn pull(place: usize, landed: Vec<String>) -> SeedPullRequest {
    let second = BEGIN + 20_000 + i64::try_from(place).unwrap();
    SeedPullRequest {
        number: u64::try_from(place + 1).unwrap(),
        title: format!("Change number {place}, with a title as long as titles are"),
        body: Some("What it does and why.\n".repeat(20)),
        author: Some(format!("person-{}", place % 97)),
        labels: vec![if place.is_multiple_of(3) { "minor" } else { "patch" }.to_owned()],
        base: None,
        head: None,
        head_repository: None,
        state: PullState::Merged,
        created_at: None,
        merged_at: Some(Timestamp::from_second(second).unwrap()),
        merge_commit: landed.last().cloned(),
        landed,
        commits: Vec::new(),
        unindexed: false,
    }
}
