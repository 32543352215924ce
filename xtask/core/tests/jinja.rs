//! Proves that a template of a bundle renders as Jinja2 renders it: each file under `jinja-cases`, for both variants, gives the same
//! text, and what Jinja2 refuses is refused. Needs Python with Jinja2, which the test command installs.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples and run programs; what they test does not"
)]
#![expect(clippy::expect_used, reason = "the functions beside the tests may fail a test too")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use release_core::bundle::template::{Values, render};
use semver::Version;
use serde::Deserialize;

/// What Jinja2 makes of a template for one variant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rendered {
    Text(String),
    Refused(serde::de::IgnoredAny),
}

/// How the names of templates begin that nobody renders.
const REFUSED: &str = "refused-";

#[test]
fn templates_render_as_jinja2_renders_them() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jinja-cases");
    let expected = jinja2(&cases);
    assert!(expected.len() >= 40, "only {} templates", expected.len());
    let mut failures = Vec::new();
    for (name, variants) in &expected {
        let source = std::fs::read_to_string(cases.join(name)).expect("a template");
        for (variant, theirs) in variants {
            let version = Version::new(1, 3, 0);
            let ours = render(name, &source, &Values { product: "acme", version: &version, variant });
            match (ours, theirs) {
                (Ok(ours), Rendered::Text(theirs)) if ours == *theirs => {}
                (Err(_), Rendered::Refused(_)) => {}
                (ours, theirs) => failures.push(format!("{name} for {variant}:\n{ours:?}\n{theirs:?}\n")),
            }
            assert_eq!(
                matches!(theirs, Rendered::Refused(_)),
                name.starts_with(REFUSED),
                "{name} is not what its name says: {theirs:?}"
            );
        }
    }
    assert!(failures.is_empty(), "{} differ from Jinja2:\n\n{}", failures.len(), failures.join("\n"));
}

/// What Jinja2 makes of each template of a folder, for each variant.
fn jinja2(cases: &Path) -> BTreeMap<String, BTreeMap<String, Rendered>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jinja.py");
    let output = Command::new("python3").arg(script).arg(cases).output().expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "no Jinja2 for `python3`; `cargo xtask test` installs it: {said}");
    serde_json::from_slice(&output.stdout).expect("an object")
}
