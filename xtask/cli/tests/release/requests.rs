//! How many requests a release takes: counted where they arrive, and told truly in the receipt.

use release_rehearsal::{Access, RequestRecord, SeedRelease, Server};

use crate::converged::{NIGHTLY, converged};
use crate::stage::{RELEASE, Setting, Stage};

/// What the API hands out an asset's content for; the tool asks for it for nothing else.
pub(crate) const ASSET: &str = "repos/get-release-asset";

/// The requests that count for a budget: downloads do not.
pub(crate) fn to_forge(requests: &[RequestRecord]) -> Vec<&RequestRecord> {
    let counts = |request: &&RequestRecord| {
        matches!(request.server, Server::Api | Server::Uploads) && request.operation != ASSET
    };
    requests.iter().filter(counts).collect()
}

/// Requests of the last run to forge, for downloads, and to the registry.
#[track_caller]
pub(crate) fn told_truly(stage: &Stage, receipt: &serde_json::Value) {
    let requests = stage.rehearsal.requests();
    let forge = to_forge(&requests);
    let writes = forge.iter().filter(|request| request.access == Access::Write).count();
    let told = &receipt["requests"];
    assert_eq!(told["forge_writes"], writes);
    assert_eq!(told["forge_reads"], forge.len() - writes);
    // The client's first word to a registry, by which it learns how to sign in, is not counted.
    let registry =
        requests.iter().filter(|it| it.server == Server::Registry && it.operation != "registry/version");
    assert_eq!(told["registry"], registry.count());
    let downloads = requests.iter().filter(|it| it.server == Server::Web || it.operation == ASSET).count();
    assert!(downloads > 0);
    assert_eq!(told["downloads"], downloads);
}

fn nightly(number: u32) -> SeedRelease {
    SeedRelease {
        tag_name: format!("{NIGHTLY}{number}"),
        target: None,
        name: None,
        body: None,
        draft: false,
        prerelease: true,
        assets: Vec::new(),
    }
}

#[test]
fn planning_asks_once_for_fifty_commits_and_once_for_a_hundred_releases() {
    let mut setting = Setting::new().releases((1..=230).map(nightly).collect());
    setting = setting.pulls(&vec![("Serve one more page", &["minor"][..]); 119]);
    let stage = setting.set();
    stage.run(&stage.fresh_clone(), &["plan"]).ends_with(0);
    let requests = stage.rehearsal.requests();
    let reads = to_forge(&requests);
    let budget = 120_usize.div_ceil(50) + 230_usize.div_ceil(100) + 5;
    assert!(reads.len() <= budget, "{} reads, {budget} allowed: {reads:#?}", reads.len());
}

#[test]
fn publishing_asks_twice_for_an_asset_and_six_times_beside() {
    let stage = Setting::new().set();
    publishes_within_the_budget(&stage);
}

#[test]
fn publishing_asks_no_more_beside_three_hundred_and_fifty_releases() {
    let stage = crowded();
    publishes_within_the_budget(&stage);
}

/// A forge with more releases than three pages of its list hold, drafts among them.
fn crowded() -> Stage {
    let seed = (1..=350).map(|number| SeedRelease { draft: number % 7 == 0, ..nightly(number) });
    Setting::new().releases(seed.collect()).set()
}

#[track_caller]
fn publishes_within_the_budget(stage: &Stage) {
    let clone = stage.fresh_clone();
    stage.run(&clone, &["plan"]).ends_with(0);
    let planning = to_forge(&stage.rehearsal.requests()).len();
    stage.rehearsal.forget_requests();
    let receipt = stage.run(&clone, RELEASE).ends_with(0).json();
    told_truly(stage, &receipt);
    let assets = receipt["assets"].as_array().expect("assets").len();
    let requests = stage.rehearsal.requests();
    // The tool plans once more after a release that it only finished; this one it made, so it plans once.
    let publishing = to_forge(&requests).len() - planning;
    assert!(publishing <= 2 * assets + 6, "{publishing} requests for {assets} assets: {requests:#?}");
    converged(stage, &["v1.0.0"]);
}

/// What finishing a release took, apart from planning before and after it, and how many assets it has.
#[track_caller]
fn finishing(stage: &Stage) -> (usize, usize) {
    let clone = stage.fresh_clone();
    stage.rehearsal.forget_requests();
    stage.run(&clone, &["plan"]).ends_with(0);
    let before = to_forge(&stage.rehearsal.requests()).len();
    stage.rehearsal.forget_requests();
    let receipt = stage.run(&clone, RELEASE).ends_with(0).json();
    let all = to_forge(&stage.rehearsal.requests()).len();
    stage.rehearsal.forget_requests();
    stage.run(&stage.fresh_clone(), &["plan"]).ends_with(0);
    let after = to_forge(&stage.rehearsal.requests()).len();
    converged(stage, &["v1.0.0"]);
    (all - before - after, receipt["assets"].as_array().expect("assets").len())
}

#[test]
fn a_draft_among_three_hundred_and_fifty_releases_is_found_again_within_the_budget() {
    let draft = Setting::new().set().step("draft");
    let stage = crowded();
    stage.release_killed(&format!("after:{draft}")).was_killed();
    let number = |stage: &Stage| -> u64 {
        let releases = stage.rehearsal.snapshot().releases.into_iter();
        let ours: Vec<u64> = releases.filter(|it| it.tag_name == "v1.0.0").map(|it| it.id).collect();
        assert_eq!(ours.len(), 1);
        ours.into_iter().sum()
    };
    let made = number(&stage);
    let (requests, assets) = finishing(&stage);
    assert!(requests <= 2 * assets + 6, "{requests} requests for {assets} assets");
    assert_eq!(number(&stage), made, "it went on with that very draft");
}

/// The forge's list may lag behind, so a draft that no look shows is looked for three times more, each time in the whole list.
#[test]
fn a_draft_that_no_list_shows_is_made_only_after_four_looks() {
    let tag = Setting::new().set().step("push-tag");
    let stage = crowded();
    stage.release_killed(&format!("after:{tag}")).was_killed();
    let (requests, assets) = finishing(&stage);
    assert!(
        requests <= 2 * assets + 4 + 3 * 350_usize.div_ceil(100),
        "{requests} requests for {assets} assets"
    );
}
