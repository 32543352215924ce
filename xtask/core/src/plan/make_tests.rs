//! What is decided, from the facts of a small platform.

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::Yanked;

use super::*;
use crate::config::release::{BelowOne, Bump, Mode};
use crate::facts::Divergence;
use crate::plan::Action;
use crate::samples::{self, causes, facts, id, planned, pull_request};

fn steps(facts: &Facts) -> Vec<String> {
    planned(facts).steps.iter().map(|step| format!("{} | {}", step.id, step.title)).collect()
}

/// Makes #7 carry these labels.
fn labelled(labels: &[&str]) -> Facts {
    let mut facts = facts();
    facts.pull_requests = vec![pull_request(7, labels)];
    facts
}

fn stopped(facts: &Facts) -> Vec<Finding> {
    make(facts).expect_err("a finding stops it").findings
}

/// The sample with these tags on its line, here and on the remote.
fn tagged(names: &[&str]) -> Facts {
    let mut facts = facts();
    facts.repository.tags = (1..).zip(names).map(|(number, name)| samples::tag(name, number)).collect();
    facts.repository.remote_tags =
        facts.repository.tags.iter().map(|tag| (tag.tag.clone(), tag.object.clone())).collect();
    facts
}

mod a_plan {
    use super::*;

    #[test]
    fn says_that_the_release_before_was_withdrawn_and_goes_on() {
        let mut facts = facts();
        let version = semver::Version::new(1, 2, 0);
        facts.withdrawn = vec![Yanked { version, reason: "loses\nmail".to_owned(), since: facts.now }];
        let Ok(Decision::Release(_, findings)) = make(&facts) else { panic!("a plan") };
        let said = findings.iter().find(|finding| finding.cause == Cause::Withdrawn).expect("a note");
        assert_eq!(said.message, "v1.2.0, the release before, was withdrawn: loses mail");
        assert_eq!(said.severity, Severity::Note);
    }

    #[test]
    fn that_could_not_be_read_back_is_none_and_its_largest_files_are_named() {
        let mut facts = facts();
        let large = "x".repeat(crate::plan::LARGEST / 2);
        facts.tree.insert("config/services/api/api.conf".to_owned(), samples::file(&large));
        let findings = stopped(&facts);
        assert_eq!(causes(&findings), [Cause::PlanTooLarge]);
        let twice = format!("api.conf` ({} bytes)", large.len() * 2);
        assert!(findings[0].hint.contains(&twice), "both bundles carry it: {}", findings[0].hint);
    }

    #[test]
    fn takes_these_steps_where_branch_and_tag_move_together() {
        assert_eq!(
            steps(&facts()),
            [
                "prove-images | prove that every image exists",
                "write-assets | build the bundles, manifests and checksums, and sign them",
                "try-setup:cpu | set the cpu bundle up in a scratch folder",
                "try-setup:gpu | set the gpu bundle up in a scratch folder",
                "push-tag | push the release commit to main and the tag v1.3.0, together",
                "draft | draft the release",
                "upload:widgets-v1.3.0.tar.gz | upload widgets-v1.3.0.tar.gz",
                "upload:widgets-v1.3.0.bundle.json | upload widgets-v1.3.0.bundle.json",
                "upload:widgets-v1.3.0.cdx.json | upload widgets-v1.3.0.cdx.json",
                "upload:widgets-v1.3.0-gpu.tar.gz | upload widgets-v1.3.0-gpu.tar.gz",
                "upload:widgets-v1.3.0-gpu.bundle.json | upload widgets-v1.3.0-gpu.bundle.json",
                "upload:widgets-v1.3.0-gpu.cdx.json | upload widgets-v1.3.0-gpu.cdx.json",
                "upload:widgets-v1.3.0.provenance.json | upload widgets-v1.3.0.provenance.json",
                "upload:SHA256SUMS | upload SHA256SUMS",
                "upload:SHA256SUMS.minisig | upload SHA256SUMS.minisig",
                "verify-draft | verify the draft's assets",
                "tag-image:api | tag the image api with v1.3.0",
                "publish | publish the release",
                "verify-published | download every asset and compare it",
                "move-pointer:latest | point the channel latest at v1.3.0",
            ]
        );
    }

    #[test]
    fn says_that_it_will_not_be_signed_where_no_key_is_named_and_goes_on() {
        let mut facts = facts();
        facts.configuration.release.signing = None;
        let Ok(Decision::Release(plan, findings)) = make(&facts) else { panic!("no release") };
        assert_eq!(causes(&findings), [Cause::Unsigned]);
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
        assert!(plan.signature.is_none() && !plan.to_json().contains("minisig"));
        assert!(plan.steps.iter().all(|step| !step.title.contains("sign")), "{:?}", plan.steps);
    }

    #[test]
    fn differs_in_how_the_tag_comes_about_in_the_other_modes() {
        let in_mode = |mode| {
            let mut facts = facts();
            facts.configuration.release.mode = mode;
            let steps = steps(&facts);
            steps
                .into_iter()
                .filter(|step| step.contains("push") || step.contains("pull"))
                .collect::<Vec<_>>()
        };
        assert_eq!(in_mode(Mode::TagOnly), ["push-tag | push the tag v1.3.0"]);
        assert_eq!(
            in_mode(Mode::ReleasePr),
            [
                "open-release-pr | open the pull request with the stamp",
                "push-tag | push the tag v1.3.0 of the merged stamp",
            ]
        );
    }

    #[test]
    fn keeps_the_stages_in_order_and_gives_each_step_a_name_of_its_own() {
        for mode in [Mode::Push, Mode::TagOnly, Mode::ReleasePr] {
            let mut facts = facts();
            facts.configuration.release.mode = mode;
            let plan = planned(&facts);
            assert!(plan.steps.iter().map(|step| step.action.stage()).is_sorted(), "{mode:?}");
            let names: std::collections::BTreeSet<_> = plan.steps.iter().map(|step| &step.id).collect();
            assert_eq!(names.len(), plan.steps.len(), "{mode:?}");
        }
    }

    #[test]
    fn says_why_it_has_its_version_and_what_it_writes() {
        let plan = planned(&facts());
        assert_eq!(plan.version, Version::new(1, 3, 0));
        assert_eq!(
            plan.reason,
            Reason {
                previous: Some("v1.2.0".parse().unwrap()),
                bump: Bump::Minor,
                because: vec!["#7".to_owned()]
            }
        );
        let edited: Vec<_> = plan.edits.iter().map(|edit| edit.path.as_str()).collect();
        assert_eq!(edited, ["VERSION", "CHANGELOG.md"]);
        assert_eq!(plan.entries.len(), 1);
        assert_eq!(plan.contributors, ["alice"]);
        assert!(
            plan.notes.contains(&plan.id.to_string()) && plan.notes.contains("Change 7"),
            "{}",
            plan.notes
        );
        assert_eq!(
            (plan.source.clone(), plan.source_date, plan.date),
            (id(7), samples::day(7), samples::day(10))
        );
    }

    #[test]
    fn reads_back_from_the_text_that_lies_in_the_release_commit() {
        let plan = planned(&facts());
        let text = plan.to_json();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn tags_own_images_by_the_digest_of_the_source_commit() {
        let plan = planned(&facts());
        let tagging: Vec<_> =
            plan.steps.iter().filter(|step| matches!(step.action, Action::TagImage { .. })).collect();
        let source = samples::image(&format!("ghcr.io/acme/widgets/api:sha-{}", id(7)));
        let action = Action::TagImage {
            image: "ghcr.io/acme/widgets/api".to_owned(),
            digest: source.digest,
            tag: "v1.3.0".to_owned(),
        };
        assert_eq!(tagging.iter().map(|step| &step.action).collect::<Vec<_>>(), [&action]);
    }

    #[test]
    fn becomes_the_forges_latest_only_as_the_highest_stable_version_of_all_lines() {
        let latest = |facts: &Facts| {
            planned(facts).steps.iter().any(|step| step.action == Action::Publish { latest: true })
        };
        assert!(latest(&facts()));
        let mut hotfix = tagged(&["v1.2.0", "v2.0.0"]);
        hotfix.repository.tags[1].on_this_line = false;
        assert!(!latest(&hotfix));
        let mut candidate = facts();
        candidate.channel = "rc".to_owned();
        assert!(!latest(&candidate));
    }

    #[test]
    fn paces_itself_but_for_a_rehearsal() {
        let mut facts = facts();
        assert_eq!(planned(&facts).milliseconds_between_writes, 1000);
        facts.rehearsed = true;
        assert_eq!(planned(&facts).milliseconds_between_writes, 0);
    }
}

mod the_id {
    use super::*;

    #[test]
    fn is_the_same_for_the_same_facts_however_they_were_come_by() {
        let plan = planned(&facts());
        assert_eq!(plan, planned(&facts()));
        let mut otherwise = facts();
        otherwise.requests.forge_reads = 77;
        otherwise.repository.identity =
            Some(crate::facts::Identity { name: "Bob".to_owned(), email: "bob@example.org".to_owned() });
        otherwise.pull_requests[0].body = "Words that are not in the changelog.".to_owned();
        otherwise.repository.branch = None;
        assert_eq!(planned(&otherwise).id, plan.id);
    }

    #[test]
    fn is_another_for_another_source_version_entry_date_image_or_configuration() {
        type Change = fn(&mut Facts);
        let changes: [(&str, Change); 6] = [
            ("source", |facts| {
                facts.repository.source.id = id(8);
                facts.repository.remote_branch = Some(id(8));
                samples::resolve(facts);
            }),
            ("version", |facts| facts.pull_requests[0].labels = vec!["major".to_owned()]),
            ("entry", |facts| facts.pull_requests[0].title = "Another title".to_owned()),
            ("date", |facts| facts.now = samples::day(11)),
            ("image", |facts| {
                for image in facts.images.values_mut() {
                    image.digest = Sha256Hex::of(b"another");
                }
            }),
            ("configuration", |facts| facts.configuration.release.milliseconds_between_writes = 5),
        ];
        let mut ids = std::collections::BTreeSet::from([planned(&facts()).id]);
        for (what, change) in changes {
            let mut facts = facts();
            change(&mut facts);
            assert!(ids.insert(planned(&facts).id), "another {what}");
        }
    }
}

mod the_version {
    use super::*;

    fn version(facts: &Facts) -> String {
        let version = planned(facts).version;
        assert_eq!(version_of(facts), Some(version.clone()), "images are asked for with the version");
        version.to_string()
    }

    #[test]
    fn follows_the_labels() {
        for (label, expected) in [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.1")] {
            assert_eq!(version(&labelled(&[label])), expected);
        }
    }

    #[test]
    fn follows_the_highest_stable_tag_of_its_own_line() {
        let mut facts = tagged(&["v1.9.0", "v1.10.0", "v1.11.0-rc.1", "v3.0.0"]);
        facts.repository.tags[3].on_this_line = false;
        assert_eq!(version(&facts), "1.11.0");
    }

    #[test]
    fn moves_below_one_as_it_is_configured() {
        let mut facts = tagged(&["v0.4.1"]);
        assert_eq!(version(&facts), "0.4.2");
        facts.configuration.release.version.below_one = BelowOne::Literal;
        assert_eq!(version(&facts), "0.5.0");
    }

    #[test]
    fn of_a_first_release_is_the_configured_one_whatever_the_labels() {
        let mut facts = tagged(&[]);
        facts.releases.clear();
        facts.pull_requests.push(pull_request(6, &["major", "minor", "unheard-of"]));
        facts.commits.push(samples::commit(5, "Begin"));
        let Ok(Decision::Release(plan, findings)) = make(&facts) else { panic!("a release") };
        assert_eq!((plan.version.to_string(), plan.reason.previous), ("1.0.0".to_owned(), None));
        let mut found = causes(&findings);
        found.sort();
        assert_eq!(
            found,
            [Cause::LabelConflict, Cause::LabelUnknown, Cause::CommitWithoutPullRequest],
            "said, and in nobody's way"
        );
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note));
    }

    #[test]
    fn of_a_candidate_counts_up_until_the_stable_one_comes() {
        let mut facts = facts();
        facts.channel = "rc".to_owned();
        assert_eq!(version(&facts), "1.3.0-rc.1");
        let mut facts = tagged(&["v1.2.0", "v1.3.0-rc.1"]);
        assert_eq!(version(&facts), "1.3.0", "the stable one of what was tried");
        facts.channel = "rc".to_owned();
        assert_eq!(version(&facts), "1.3.0-rc.2");
        facts.pull_requests[0].labels = vec!["major".to_owned()];
        assert_eq!(version(&facts), "2.0.0-rc.1");
    }

    #[test]
    fn of_a_candidate_is_none_that_is_used_up() {
        let mut facts = tagged(&["v1.2.0", "v1.3.0-rc.1"]);
        facts.channel = "rc".to_owned();
        facts.configuration.release.version.skip = vec!["1.3.0-rc.2".parse().unwrap()];
        assert_eq!(version(&facts), "1.3.0-rc.3");
        facts.configuration.release.version.skip = vec!["1.3.0".parse().unwrap()];
        assert_eq!(version(&facts), "1.3.1-rc.1", "nor one of a version that is");
    }

    #[test]
    fn of_a_first_release_can_be_a_candidate() {
        let mut facts = tagged(&[]);
        facts.channel = "rc".to_owned();
        assert_eq!(version(&facts), "1.0.0-rc.1");
    }
}

mod nothing_is_released {
    use super::*;

    #[test]
    fn where_nothing_asks_for_it() {
        for mut facts in [labelled(&["none"]), labelled(&["none", "security"])] {
            assert_eq!(make(&facts), Ok(Decision::Nothing(Vec::new())));
            facts.pull_requests.clear();
            facts.commits.clear();
            assert_eq!(make(&facts), Ok(Decision::Nothing(Vec::new())));
            assert_eq!(version_of(&facts), None);
        }
    }

    #[test]
    fn where_this_very_commit_is_a_candidate_already() {
        let mut facts = tagged(&["v1.2.0", "v1.3.0-rc.1"]);
        facts.channel = "rc".to_owned();
        facts.repository.tags[1].source = id(7);
        assert_eq!(make(&facts), Ok(Decision::Nothing(Vec::new())));
    }

    #[test]
    fn where_a_finding_stops_it_even_if_nothing_asks_for_a_release() {
        let mut facts = labelled(&[]);
        assert_eq!(causes(&stopped(&facts)), [Cause::LabelMissing]);
        facts.pull_requests[0].labels = vec!["none".to_owned()];
        facts.channel = "unheard-of".to_owned();
        assert_eq!(causes(&stopped(&facts)), [Cause::Configuration]);
    }

    #[test]
    fn and_then_the_state_of_the_clone_is_nobodys_business() {
        let mut facts = labelled(&["none"]);
        facts.repository.dirty.push("x".to_owned());
        assert_eq!(make(&facts), Ok(Decision::Nothing(Vec::new())));
    }
}

mod what_stops_a_release {
    use super::*;

    type Breakage = fn(&mut Facts);

    /// The plan that is shown although this is wrong.
    fn shown(change: Breakage) -> Option<Plan> {
        let mut facts = facts();
        change(&mut facts);
        make(&facts).expect_err("findings").plan.map(|plan| *plan)
    }

    #[test]
    fn leaves_the_plan_to_be_shown_where_it_is_about_the_clone_only() {
        let cases: [Breakage; 5] = [
            |facts| facts.repository.dirty.push("x".to_owned()),
            |facts| facts.repository.branch = Some("topic".to_owned()),
            |facts| facts.repository.divergence = Some(Divergence { ahead: 0, behind: Some(2) }),
            |facts| facts.repository.divergence = Some(Divergence { ahead: 1, behind: Some(0) }),
            |facts| facts.repository.identity = None,
        ];
        let right = planned(&facts());
        for change in cases {
            let plan = shown(change).expect("a plan");
            let Plan { identity, .. } = plan.clone();
            assert_eq!(Plan { identity: right.identity.clone(), ..plan }, right);
            assert!(identity == right.identity || identity.name.is_empty(), "{identity:?}");
        }
    }

    #[test]
    fn leaves_all_to_be_shown_but_what_comes_of_images_where_they_are_missing() {
        let plan = shown(|facts| {
            facts.repository.branch = Some("topic".to_owned());
            facts.images.clear();
        });
        let (plan, right) = (plan.expect("a plan"), planned(&facts()));
        assert_eq!(
            (&plan.version, &plan.entries, &plan.edits),
            (&right.version, &right.entries, &right.edits)
        );
        assert_ne!(plan.id, right.id, "it cannot be taken for the one that will be carried out");
    }

    #[test]
    fn withholds_a_plan_that_may_not_be_the_right_one() {
        let cases: [Breakage; 3] = [
            |facts| facts.pull_requests[0].labels.clear(),
            |facts| drop(facts.repository.remote_tags.insert("v1.5.0".parse().unwrap(), id(5))),
            |facts| {
                facts.repository.dirty.push("x".to_owned());
                facts.pull_requests[0].labels.push("major".to_owned());
            },
        ];
        for change in cases {
            assert_eq!(shown(change), None);
        }
    }
}

#[test]
fn a_release_that_has_begun_is_finished_first_whatever_else_is_wrong() {
    let mut facts = facts();
    let unfinished = Unfinished { plan: planned(&facts), commit: id(8) };
    facts.unfinished = Some(unfinished.clone());
    facts.pull_requests.push(pull_request(6, &["unheard-of"]));
    facts.repository.dirty.push("x".to_owned());
    assert_eq!(make(&facts), Ok(Decision::Finish(Box::new(unfinished))));
}

#[test]
fn everything_that_stops_a_release_is_said_at_once() {
    let mut facts = facts();
    facts.pull_requests.push(pull_request(6, &["unheard-of"]));
    facts.repository.dirty.push("x".to_owned());
    facts.images.clear();
    facts.configuration.bundles.variants[1].changes_services.clear();
    facts.configuration.bundles.files[0].from = "config/nothing".to_owned();
    facts.tree.insert(
        "CHANGELOG.md".to_owned(),
        samples::file("# Changelog\n\n## [1.3.0] - 2026-01-01\n\n<!-- open"),
    );
    let found: std::collections::BTreeSet<_> = causes(&stopped(&facts)).into_iter().collect();
    let expected = [
        Cause::LabelMissing,
        Cause::LabelUnknown,
        Cause::VariantDiffers,
        Cause::FileMissing,
        Cause::ChangelogConflict,
        Cause::TreeDirty,
        Cause::ImageMissing,
    ];
    assert_eq!(found, expected.into_iter().collect());
}

#[test]
fn two_files_for_one_place_stop_the_release_before_it_begins() {
    let mut facts = facts();
    facts.tree.insert("config/services/api/api.conf.j2".to_owned(), samples::file("x"));
    let findings = stopped(&facts);
    assert_eq!(causes(&findings), [Cause::Configuration]);
    assert!(findings[0].message.contains("`configs/api/api.conf`"), "{findings:?}");
}

#[test]
fn a_changelog_that_is_there_is_added_to_and_one_that_is_no_text_is_refused() {
    let mut facts = facts();
    facts.tree.insert(
        "CHANGELOG.md".to_owned(),
        samples::file("# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- Old\n"),
    );
    let plan = planned(&facts);
    let edit = plan.edits.iter().find(|edit| edit.path == "CHANGELOG.md").unwrap();
    assert!(edit.before.is_some() && edit.splices.iter().all(|splice| splice.remove == 0), "{edit:?}");
    let binary = crate::facts::SourceFile {
        content: crate::facts::Content::Base64("/w==".to_owned()),
        executable: false,
    };
    facts.tree.insert("CHANGELOG.md".to_owned(), binary);
    assert_eq!(causes(&stopped(&facts)), [Cause::ChangelogConflict]);
}

#[test]
fn a_template_of_the_repository_that_does_not_render_stops_the_release() {
    for name in ["changelog-section.md.j2", "release-notes.md.j2", "README.md.j2", "setup-env.sh.j2"] {
        let mut facts = facts();
        facts.tree.insert(format!("bundle-templates/{name}"), samples::file("{{ unheard_of }}"));
        assert_eq!(causes(&stopped(&facts)), [Cause::Template], "{name}");
    }
}
