//! A forge that does not state the digests of assets: their content is compared instead, and nothing is sent twice.

use release_rehearsal::{AssetDigests, Fault, FaultKind, Target};

use crate::converged::converged;
use crate::requests::{ASSET, to_forge, told_truly};
use crate::stage::{RELEASE, Setting, Stage};

const UPLOAD: &str = "repos/upload-release-asset";
const DELETE: &str = "repos/delete-release-asset";

fn silent() -> Stage {
    Setting::new().forge(|options| options.asset_digests = AssetDigests::Null).set()
}

fn count(stage: &Stage, operation: &str) -> usize {
    stage.rehearsal.requests().iter().filter(|request| request.operation == operation).count()
}

#[test]
fn a_release_without_stated_digests_sends_each_asset_once_and_reads_each_once() {
    let stage = silent();
    let clone = stage.fresh_clone();
    stage.run(&clone, &["plan"]).ends_with(0);
    let planning = to_forge(&stage.rehearsal.requests()).len();
    stage.rehearsal.forget_requests();
    let receipt = stage.run(&clone, RELEASE).ends_with(0).json();
    let assets = receipt["assets"].as_array().expect("assets").len();
    assert_eq!((count(&stage, UPLOAD), count(&stage, DELETE), count(&stage, ASSET)), (assets, 0, assets));
    let publishing = to_forge(&stage.rehearsal.requests()).len() - planning;
    assert!(publishing <= 2 * assets + 6, "{publishing} requests for {assets} assets");
    told_truly(&stage, &receipt);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_release_without_stated_digests_that_was_killed_goes_on_with_what_is_there() {
    let steps = silent().steps();
    let uploads: Vec<usize> = (0..steps.len())
        .filter(|number| steps.get(*number).is_some_and(|id| id.starts_with("upload:")))
        .collect();
    let second = uploads.get(1).expect("two uploads");
    let stage = silent();
    stage.release_killed(&format!("after:{second}")).was_killed();
    stage.rehearsal.forget_requests();
    let receipt = stage.release().ends_with(0).json();
    assert_eq!((count(&stage, UPLOAD), count(&stage, DELETE)), (uploads.len() - 2, 0), "two were there");
    let adopted = receipt["steps"].as_array().expect("steps").iter().filter(|step| {
        step["id"].as_str().is_some_and(|id| id.starts_with("upload:")) && step["outcome"] != "done"
    });
    assert_eq!(adopted.count(), 2);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_wrong_asset_of_the_right_size_is_found_by_its_content_and_sent_again() {
    let stage = silent();
    stage.rehearsal.inject(Fault::first(Target::operation(UPLOAD), FaultKind::WrongContent));
    let receipt = stage.release().ends_with(0).json();
    let assets = receipt["assets"].as_array().expect("assets").len();
    assert_eq!((count(&stage, UPLOAD), count(&stage, DELETE)), (assets + 1, 1));
    converged(&stage, &["v1.0.0"]);
}
