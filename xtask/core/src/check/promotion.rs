//! What a promoted candidate may differ in from the release that it becomes: the version and what follows from it. Never looks at a
//! registry: both plans name digests.

use std::collections::BTreeMap;

use bundle_format::digest::Sha256Hex;
use bundle_format::manifest::{FILE_NAME, Manifest};

use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::plan::{Bundle, Plan};
use crate::untrusted::terminal_line;

use super::stop;

/// Everything that would be released and is not what the candidate was, but for the version.
#[must_use]
pub fn promotion(candidate: &Plan, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut differs = |what: String| {
        findings.push(stop(
            Cause::PromotionDiffers,
            format!("{what} is not what {} has", candidate.tag()),
            "make another candidate and promote that one; only what was tested becomes a release",
        ));
    };
    if candidate.source != plan.source {
        differs("the source commit".to_owned());
    }
    for (reference, image) in &plan.images {
        if candidate.images.get(reference) != Some(image) {
            differs(format!("the image `{}`", terminal_line(reference)));
        }
    }
    for bundle in &plan.bundles {
        let tested = candidate.bundles.iter().find(|tested| tested.variant == bundle.variant);
        let tested = tested.map(|tested| files(tested, candidate, plan)).unwrap_or_default();
        let released = files(bundle, plan, plan);
        let paths = tested.keys().chain(released.keys().filter(|path| !tested.contains_key(*path)));
        for path in paths.filter(|path| tested.get(*path) != released.get(*path)) {
            differs(format!("`{}` of the {} bundle", terminal_line(path), bundle.variant));
        }
    }
    findings
}

/// The files of a bundle of one plan as they would be under the version of another.
fn files(bundle: &Bundle, of: &Plan, under: &Plan) -> BTreeMap<String, (bool, Content)> {
    let (before, after) = (of.version.to_string(), under.version.to_string());
    let renamed = |text: &str| text.replace(&before, &after);
    let files = bundle.files.iter().map(|file| {
        let content = match &file.content {
            Content::Text(text) if file.path == FILE_NAME => Content::Text(renamed(&without_digests(text))),
            Content::Text(text) => Content::Text(renamed(text)),
            Content::Base64(bytes) => Content::Base64(bytes.clone()),
        };
        (renamed(&file.path), (file.executable, content))
    });
    files.collect()
}

/// A manifest without digests and sizes of the files, which follow from the version that stands in some of them. The files themselves
/// are compared.
fn without_digests(manifest: &str) -> String {
    let Ok(mut manifest) = serde_json::from_str::<Manifest>(manifest) else { return manifest.to_owned() };
    for file in manifest.files.values_mut() {
        (file.sha256, file.size) = (Sha256Hex::of(b""), 0);
    }
    // Every map of a manifest has string keys, so this cannot fail.
    serde_json::to_string(&manifest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Promoted, Proof};
    use crate::plan::make;
    use crate::samples;

    /// A candidate, and the facts of promoting it.
    fn candidate() -> (Plan, Facts) {
        let mut facts = samples::facts();
        facts.channel = "rc".to_owned();
        let candidate = samples::planned(&facts);
        assert_eq!(candidate.version.to_string(), "1.3.0-rc.1");
        facts.channel = "latest".to_owned();
        facts.commits.clear();
        facts.pull_requests.clear();
        let release = crate::facts::ReleaseFacts {
            plan: Some(candidate.id.clone()),
            ..samples::release(2, "v1.3.0-rc.1")
        };
        facts.releases.push(release);
        facts.promoted = Some(Promoted { tag: candidate.tag(), plan: Box::new(candidate.clone()) });
        (candidate, facts)
    }

    fn pointed(facts: &mut Facts, candidate: &Plan) {
        facts.pointers.insert("rc".to_owned(), samples::pointer_facts(candidate, Proof::Unsigned));
    }

    #[test]
    fn a_candidate_becomes_the_stable_release_of_its_version_with_its_bits_and_its_entries() {
        let (candidate, mut facts) = candidate();
        pointed(&mut facts, &candidate);
        let plan = samples::planned(&facts);
        assert_eq!(plan.version.to_string(), "1.3.0");
        assert_eq!((&plan.images, &plan.source), (&candidate.images, &candidate.source));
        assert_eq!((&plan.entries, &plan.reason), (&candidate.entries, &candidate.reason));
        assert_ne!(plan.bundles, candidate.bundles, "the version stands in them");
        assert_eq!(promotion(&candidate, &plan), []);
    }

    #[test]
    fn whatever_else_differs_is_named() {
        let (candidate, mut facts) = candidate();
        pointed(&mut facts, &candidate);
        let mut plan = samples::planned(&facts);
        let api = "config/services/api/api.conf";
        facts.tree.insert(api.to_owned(), samples::file("workers = 5\n"));
        let Err(error) = make(&facts) else { panic!("a plan") };
        let said = samples::messages(&error.findings).join("\n");
        assert!(said.contains("api.conf` of the cpu bundle is not what v1.3.0-rc.1 has"), "{said}");
        let image = plan.images.values_mut().next().unwrap();
        image.digest = bundle_format::digest::Sha256Hex::of(b"another");
        assert!(samples::messages(&promotion(&candidate, &plan))[0].starts_with("the image `"));
        plan.images = candidate.images.clone();
        plan.bundles[0].files.pop();
        assert_eq!(promotion(&candidate, &plan).len(), 1, "what is missing counts, too");
    }

    #[test]
    fn what_was_never_published_is_not_promoted() {
        let (_, facts) = candidate();
        let Err(error) = make(&facts) else { panic!("a plan") };
        assert_eq!(samples::causes(&error.findings), [Cause::ReleaseUnfinished]);
    }
}
