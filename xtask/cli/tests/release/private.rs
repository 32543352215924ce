//! A private repository: to everybody without a right to it, it does not exist, and neither do its releases.

use release_rehearsal::{Server, Visibility};

use crate::converged::converged;
use crate::requests::{ASSET, to_forge, told_truly};
use crate::stage::{RELEASE, Setting, Stage};

fn private() -> Stage {
    Setting::new().forge(|options| options.visibility = Visibility::Private).set()
}

#[test]
fn a_release_of_a_private_repository_is_verified_with_the_token_within_the_budget() {
    let stage = private();
    let clone = stage.fresh_clone();
    stage.run(&clone, &["plan"]).ends_with(0);
    let planning = to_forge(&stage.rehearsal.requests()).len();
    stage.rehearsal.forget_requests();
    let receipt = stage.run(&clone, RELEASE).ends_with(0).json();
    converged(&stage, &["v1.0.0"]);
    told_truly(&stage, &receipt);
    let requests = stage.rehearsal.requests();
    let assets = receipt["assets"].as_array().expect("assets").len();
    assert_eq!(
        requests.iter().filter(|request| request.operation == ASSET).count(),
        assets,
        "each is read back"
    );
    assert!(
        requests.iter().all(|request| request.operation != "web/download"),
        "nobody asks without the token"
    );
    let publishing = to_forge(&requests).len() - planning;
    assert!(publishing <= 2 * assets + 6, "{publishing} requests for {assets} assets");
    let release = stage.rehearsal.snapshot().releases.remove(0);
    let name = &release.assets.first().expect("an asset").name;
    let page = format!("{}/example/aihummer/releases/download/v1.0.0/{name}", stage.rehearsal.web_url());
    let hidden = ureq::get(&page).call().expect_err("hidden");
    assert!(matches!(hidden, ureq::Error::StatusCode(404)), "{hidden}");
}

#[test]
fn a_release_of_a_private_repository_that_was_killed_before_it_was_verified_is_finished() {
    let verify = private().step("verify-published");
    let stage = private();
    stage.release_killed(&format!("before:{verify}")).was_killed();
    stage.release().ends_with(0);
    converged(&stage, &["v1.0.0"]);
}

#[test]
fn a_release_of_a_public_repository_is_verified_as_a_user_would() {
    let stage = Setting::new().set();
    stage.release().ends_with(0);
    let requests = stage.rehearsal.requests();
    assert!(requests.iter().any(|it| it.server == Server::Web && it.operation == "web/download"));
    assert!(requests.iter().all(|request| request.operation != ASSET));
}
