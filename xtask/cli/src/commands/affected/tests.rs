//! What programs, workflows and people read of one comparison.

use release_core::identity::ObjectId;
use serde_json::json;

use super::report::{Built, Report, State, Untouched};
use super::*;
use crate::terminal::Output;

fn id(digit: char) -> ObjectId {
    digit.to_string().repeat(40).parse().unwrap()
}

fn sample(images: Vec<Built>) -> Report {
    let untouched = [("web", State::Untagged), ("jobs", State::Tagged), ("mail", State::AlreadyTagged)];
    let untouched = untouched.map(|(name, state)| Untouched {
        name: name.to_owned(),
        reference: format!("r.io/p/{name}:sha-1"),
        state,
        digest: None,
    });
    Report {
        since: None,
        built: id('1'),
        deployable: !images.is_empty(),
        bundle: Vec::new(),
        images,
        untouched: untouched.into(),
        elsewhere: vec!["far".to_owned()],
    }
}

fn api() -> Built {
    let path = |path: &str| Reason::Path { path: path.to_owned() };
    Built {
        name: "api".to_owned(),
        context: "services/api".to_owned(),
        dockerfile: "services/api/Dockerfile".to_owned(),
        registry: "r.io".to_owned(),
        reference: "r.io/p/api:sha-1".to_owned(),
        reasons: vec![path("services/api/a"), path("services/api/b"), Reason::NoImage { commit: id('2') }],
    }
}

fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let text = |output| match output {
        Output::Text(text) => text,
        Output::Json(value) => value.to_string(),
    };
    report.outputs().into_iter().map(|(name, output)| (name, text(output))).collect()
}

#[test]
fn the_matrix_has_each_image_to_build_and_an_empty_one_is_told_apart() {
    let include = json!({ "include": [{
        "name": "api", "context": "services/api", "dockerfile": "services/api/Dockerfile", "registry": "r.io",
        "reference": "r.io/p/api:sha-1",
    }] });
    let expected = |matrix: String, any: &str| {
        vec![("matrix", matrix), ("any", any.to_owned()), ("deployable", any.to_owned())]
    };
    assert_eq!(outputs(&sample(vec![api()])), expected(include.to_string(), "true"));
    assert_eq!(outputs(&sample(Vec::new())), expected(r#"{"include":[]}"#.to_owned(), "false"));
}

#[test]
fn people_read_a_table_with_the_first_reason_of_each() {
    assert_eq!(
        sample(vec![api()]).lines(),
        [
            "build      api   `services/api/a` changed, and 2 reasons more",
            "untouched  web   nothing of it changed",
            "untouched  jobs  nothing of it changed; tagged now",
            "untouched  mail  nothing of it changed; had the tag",
            "elsewhere  far   its folder is not here",
            "bundle     unchanged",
        ]
    );
}
