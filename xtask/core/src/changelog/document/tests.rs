//! What happens to changelogs that people wrote.

use proptest::prelude::*;

use super::*;

fn section(version: &str) -> RenderedSection {
    RenderedSection {
        version: version.parse().unwrap(),
        body: format!("## [{version}] - 2026-11-21\n\n### Fixed\n\n- It works\n"),
        link: format!("https://x.example/{version}"),
    }
}

/// What has to be inserted for one section by itself.
fn insert(existing: Option<&str>, section: &RenderedSection) -> Result<Vec<Splice>, DocumentError> {
    super::insert(existing, &[], section)
}

/// The changelog after inserting a version.
fn inserted(document: &str, version: &str) -> String {
    let section = section(version);
    let splices = insert(Some(document), &section).unwrap();
    assert_eq!(without(&applied(document, &splices), &splices), document, "every byte is kept");
    let after = applied(document, &splices);
    assert_eq!(insert(Some(&after), &section), Ok(Vec::new()), "a second time changes nothing: {after:?}");
    after
}

/// Takes the inserted text out again.
fn without(after: &str, splices: &[Splice]) -> String {
    let mut text = after.to_owned();
    for splice in splices {
        assert_eq!(splice.remove, 0);
        text.replace_range(splice.at..splice.at + splice.insert.len(), "");
    }
    text
}

/// The changelog after inserting a version together with earlier ones.
fn inserted_with(document: Option<&str>, earlier: &[&str], version: &str) -> String {
    let earlier: Vec<_> = earlier.iter().map(|version| section(version)).collect();
    let splices = super::insert(document, &earlier, &section(version)).unwrap();
    applied(document.unwrap_or_default(), &splices)
}

#[test]
fn earlier_sections_go_in_as_if_each_had_gone_in_when_it_was_made() {
    let written = [
        "# Changelog\n\nWords.\n",
        "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n- More\r\n",
        "# Changelog\n\n## [0.9.0]\n\n- By hand\n\n[0.9.0]: https://x.example/by-hand\n",
        "# Changelog\n\n## [2.0.0]\n\n- By hand\n\n## [1.0.1]\n\n- Too\n\n[unreleased]: https://x.example/head\n[2.0.0]: https://x.example/2\n[1.0.1]: https://x.example/1",
    ];
    for document in written.into_iter().map(Some).chain([None]) {
        let mut one_by_one = document.unwrap_or_default().to_owned();
        for version in ["1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0"] {
            one_by_one = applied(&one_by_one, &insert(Some(&one_by_one), &section(version)).unwrap());
        }
        let at_once = inserted_with(document, &["1.1.0", "1.2.0-rc.1", "1.0.0"], "1.2.0");
        let without_links = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.starts_with('[') && !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        if document.is_none_or(|document| document.contains("\n[")) {
            assert_eq!(at_once, one_by_one);
        }
        assert_eq!(without_links(&at_once), without_links(&one_by_one));
        assert_eq!(inserted_with(Some(&at_once), &["1.0.0", "1.1.0"], "1.2.0"), at_once, "nothing twice");
    }
}

#[test]
fn definitions_that_end_a_changelog_do_not_pile_up_from_release_to_release() {
    for footer in [
        "[Keep  a Changelog]: https://x.example/keep\n",
        "[keep a changelog]: https://x.example/keep\n[semver]: <https://x.example/semver>",
    ] {
        for head in ["", "## [Unreleased]\n\n"] {
            // What main has never changes; each release starts from there and from what the tag before it has.
            let main = format!("# Changelog\n\nAs [Keep a Changelog] says.\n\n{head}{footer}");
            let mut tagged = inserted(&main, "1.0.0");
            for (before, version) in [(&["1.0.0"][..], "1.1.0"), (&["1.0.0", "1.1.0"], "1.2.0")] {
                let versions = before.iter().map(|version| version.parse().unwrap()).collect();
                let earlier = sections_of(&tagged, &versions);
                let splices = super::insert(Some(&main), &earlier, &section(version)).unwrap();
                tagged = applied(&main, &splices);
                for version in before.iter().chain([&version]) {
                    assert_eq!(tagged.matches(&format!("## [{version}]")).count(), 1, "{tagged}");
                }
                assert_eq!(tagged.matches("x.example/keep").count(), 1, "{tagged}");
                assert_eq!(without(&tagged, &splices), main);
            }
        }
    }
}

#[test]
fn an_earlier_section_keeps_the_definitions_that_nobody_else_has() {
    let own = RenderedSection {
        body: "## [1.0.0]\n\n- See [the guide]\n\n[the guide]: https://x.example/guide\n[keep]: https://x.example/keep\n".to_owned(),
        ..section("1.0.0")
    };
    let main = "# Changelog\n\n[keep]: https://x.example/keep\n";
    let splices = super::insert(Some(main), &[own], &section("1.1.0")).unwrap();
    let after = applied(main, &splices);
    assert_eq!(after.matches("[the guide]: https://x.example/guide").count(), 1, "{after}");
    assert_eq!(after.matches("[keep]: ").count(), 1, "{after}");
}

#[test]
fn an_earlier_section_that_people_changed_stays_as_they_have_it() {
    let document = "# Changelog\n\n## [1.0.0]\n\n- In other words\n\n[1.0.0]: https://x.example/elsewhere\n";
    let after = inserted_with(Some(document), &["1.0.0", "1.1.0"], "1.2.0");
    assert!(after.contains("- In other words\n") && !after.contains("https://x.example/1.0.0"), "{after}");
    let place = |text: &str| after.find(text).unwrap_or_else(|| panic!("{text} in {after}"));
    assert!(place("## [1.2.0]") < place("## [1.1.0]") && place("## [1.1.0]") < place("## [1.0.0]"));
}

#[test]
fn the_sections_of_a_changelog_are_taken_out_as_they_went_in() {
    let versions = ["1.0.0", "1.1.0", "1.2.0"];
    let document = inserted_with(Some("# Changelog\r\n\r\nWords.\r\n"), &versions[..2], versions[2]);
    let wanted = ["1.0.0", "1.2.0", "3.0.0"].map(|version| version.parse().unwrap()).into();
    assert_eq!(sections_of(&document, &wanted), [section("1.2.0"), section("1.0.0")]);
    assert_eq!(sections_of("## [1.0.0]\n\n- Without a link\n", &wanted), []);
    assert_eq!(versions_of(&document), versions.map(|version| version.parse().unwrap()).into());
}

#[test]
fn a_new_changelog_has_a_preamble() {
    for nothing in [None, Some(""), Some("\n"), Some("\u{feff}")] {
        let splices = insert(nothing, &section("1.0.0")).unwrap();
        let expected = format!("{PREAMBLE}\n{}\n[1.0.0]: https://x.example/1.0.0\n", section("1.0.0").body);
        assert_eq!(splices[0].insert, expected);
    }
}

#[test]
fn the_newest_version_goes_after_unreleased_and_its_link_among_the_others() {
    let document = "\
# Changelog

Words.

## [Unreleased]

- Something

## [1.0.0] - 2025-01-01

- First

[unreleased]: https://x.example/head
[1.0.0]: https://x.example/first
";
    let expected = "\
# Changelog

Words.

## [Unreleased]

- Something

## [1.1.0] - 2026-11-21

### Fixed

- It works

## [1.0.0] - 2025-01-01

- First

[unreleased]: https://x.example/head
[1.1.0]: https://x.example/1.1.0
[1.0.0]: https://x.example/first
";
    assert_eq!(inserted(document, "1.1.0"), expected);
}

#[test]
fn a_fix_of_an_older_line_goes_to_its_place() {
    let document = "# C\n\n## [2.0.0]\n\n- b\n\n## [1.0.0]\n\n- a\n\n[2.0.0]: u\n[1.0.0]: u\n";
    let after = inserted(document, "1.0.1");
    let order = ["## [2.0.0]", "## [1.0.1]", "## [1.0.0]", "[2.0.0]:", "[1.0.1]:", "[1.0.0]:"];
    let places: Vec<_> = order.iter().map(|mark| after.find(mark).unwrap()).collect();
    assert!(places.is_sorted(), "{after}");
    let lowest = inserted(document, "0.9.0");
    assert!(
        lowest.contains("- a\n\n## [0.9.0]")
            && lowest.ends_with("- It works\n\n[2.0.0]: u\n[1.0.0]: u\n[0.9.0]: https://x.example/0.9.0\n"),
        "{lowest}"
    );
    let candidate = inserted(document, "2.0.0-rc.1");
    assert!(candidate.find("## [2.0.0]\n") < candidate.find("## [2.0.0-rc.1]"), "{candidate}");
}

#[test]
fn without_link_definitions_at_the_end_the_section_brings_its_own() {
    let document = "# Changes\n\n## 1.0.0 (2025-01-01)\n\n* first\n";
    let after = inserted(document, "1.1.0");
    assert_eq!(
        after,
        "# Changes\n\n## [1.1.0] - 2026-11-21\n\n### Fixed\n\n- It works\n\n[1.1.0]: https://x.example/1.1.0\n\n## 1.0.0 (2025-01-01)\n\n* first\n"
    );
    let twice = inserted(&after, "1.2.0");
    assert!(twice.contains("- It works\n\n[1.2.0]: https://x.example/1.2.0\n\n## [1.1.0]"), "{twice}");
}

#[test]
fn line_ends_byte_order_mark_and_a_missing_last_line_break_are_kept() {
    let windows = inserted("\u{feff}# C\r\n\r\n## [1.0.0]\r\n\r\n- a\r\n", "1.1.0");
    assert_eq!(windows.matches('\n').count(), windows.matches("\r\n").count());
    assert!(windows.starts_with("\u{feff}# C\r\n\r\n## [1.1.0]"));
    let open = inserted("# C\n\nWords", "1.0.0");
    assert_eq!(
        open,
        "# C\n\nWords\n\n## [1.0.0] - 2026-11-21\n\n### Fixed\n\n- It works\n\n[1.0.0]: https://x.example/1.0.0"
    );
    let open = inserted("# C\n\n## [1.0.0]\n\n- a\n\n[1.0.0]: u", "0.9.0");
    assert!(open.ends_with("\n[1.0.0]: u\n[0.9.0]: https://x.example/0.9.0"), "{open:?}");
    let bare = inserted("\u{feff}## 1.0.0\n- a\n", "1.1.0");
    assert!(bare.starts_with("\u{feff}## [1.1.0]"), "{bare:?}");
}

#[test]
fn what_stands_in_code_comments_lists_and_quotations_is_no_heading() {
    let hidden = [
        "```\n## [1.0.0]\n```",
        "~~~~\n~~~\n## [1.0.0]\n~~~~",
        "<!--\n## [1.0.0]\n-->",
        "<pre>\n\n## [1.0.0]\n\n</pre>",
        "> ## [1.0.0]",
        "- ```\n  ## [1.0.0]\n  ```",
        "- ## [1.0.0]",
        "    ## [1.0.0]",
        "#### [1.0.0]",
        "### 1.0.0 as planned",
        "##[1.0.0]",
        "\\## [1.0.0]",
    ];
    for hidden in hidden {
        let document = format!("# C\n\n{hidden}\n\n## [0.9.0]\n\n- a\n");
        let after = inserted(&document, "1.0.0");
        assert!(
            after.contains("\n\n## [1.0.0] - 2026-11-21\n")
                && after.find(" - 2026").unwrap() < after.find("## [0.9.0]").unwrap(),
            "{after}"
        );
        assert!(after.starts_with(&format!("# C\n\n{hidden}\n\n## [1.0.0] - 2026")), "{after}");
    }
}

#[test]
fn headings_of_other_tools_are_known() {
    let headings = [
        "## 1.0.0",
        "## v1.0.0",
        "## [v1.0.0]",
        "## [1.0.0](https://x.example) (2025-01-01)",
        "# [1.0.0] - 2025-01-01",
        "### 1.0.0 (2025-01-01)",
        "## Version 1.0.0",
        "## Release 1.0.0 ##",
        "1.0.0 / 2025-01-01\n==================",
        "## 1.0",
        "## [1.0.0] - 2025-01-01 [YANKED]",
        "   ## 1.0.0: the big one",
    ];
    for heading in headings {
        let after = inserted(&format!("# C\n\n{heading}\n\n- a\n"), "1.1.0");
        assert!(after.starts_with("# C\n\n## [1.1.0]"), "{heading}: {after}");
        let document = format!("# C\n\n{heading}\n\n- a\n\n# Thanks\n\n- b\n");
        assert!(section_of(&document, &Version::new(1, 0, 0)).unwrap().ends_with("- a"), "{heading}");
        assert!(inserted(&document, "0.1.0").contains("- a\n\n## [0.1.0]"), "{heading}");
    }
}

#[test]
fn a_section_that_is_there_is_left_or_refused() {
    let document = inserted("# C\n\n## [1.0.0]\n\n- a\n", "1.1.0");
    let changed = document.replace("It works", "It may work");
    let error = insert(Some(&changed), &section("1.1.0")).unwrap_err();
    assert_eq!(error, DocumentError::Differs { version: Version::new(1, 1, 0), line: 7 });
    let longer = document.replace("- It works\n", "- It works\n- and more\n");
    assert!(matches!(insert(Some(&longer), &section("1.1.0")), Err(DocumentError::Differs { line: 8, .. })));
    let elsewhere = document.replace("example/1.1.0", "example/other");
    assert!(matches!(insert(Some(&elsewhere), &section("1.1.0")), Err(DocumentError::Link { line: 9, .. })));
    let missing = document.replace("[1.1.0]: https://x.example/1.1.0\n", "");
    assert!(matches!(
        insert(Some(&missing), &section("1.1.0")),
        Err(DocumentError::LinkMissing { line: 3, .. })
    ));
    let windows = document.replace('\n', "\r\n");
    assert_eq!(insert(Some(&windows), &section("1.1.0")), Ok(Vec::new()));
}

#[test]
fn a_version_that_stands_twice_is_refused_with_both_lines() {
    let document = "# C\n\n## [1.0.0]\n\n- a\n\n## v1.0.0\n";
    let expected = DocumentError::Duplicate { version: Version::new(1, 0, 0), first: 3, second: 7 };
    assert_eq!(insert(Some(document), &section("1.1.0")), Err(expected));
}

#[test]
fn a_section_that_would_lie_in_an_open_comment_is_refused() {
    let error = insert(Some("# C\n\n<!-- open\n\nwords\n"), &section("1.0.0")).unwrap_err();
    assert_eq!(error, DocumentError::Unseen { version: Version::new(1, 0, 0), line: 6 });
    assert!(error.hint().contains("close"));
    let headless = RenderedSection { body: "no heading\n".to_owned(), ..section("1.0.0") };
    assert!(matches!(insert(Some("# C\n"), &headless), Err(DocumentError::Unseen { .. })));
}

#[test]
fn a_link_that_was_prepared_by_hand_is_used() {
    let document = "# C\n\nWords\n\n[1.0.0]: https://x.example/1.0.0\n";
    let after = inserted(document, "1.0.0");
    assert_eq!(after.matches("[1.0.0]:").count(), 1);
    let error = insert(Some(&document.replace("1.0.0\n", "other\n")), &section("1.0.0")).unwrap_err();
    assert!(matches!(error, DocumentError::Link { line: 5, .. }), "{error}");
}

#[test]
fn the_section_of_a_version_ends_before_the_next_and_without_links() {
    let document =
        "# C\n\n## [1.1.0]\n\n- b\n\n### Fixed\n\n- c\n\n[1.1.0]: u\n\n## [1.0.0]\n\n- a\n\n[1.0.0]: u\n";
    assert_eq!(section_of(document, &Version::new(1, 1, 0)), Some("## [1.1.0]\n\n- b\n\n### Fixed\n\n- c"));
    assert_eq!(section_of(document, &Version::new(1, 0, 0)), Some("## [1.0.0]\n\n- a"));
    assert_eq!(section_of(document, &Version::new(2, 0, 0)), None);
}

/// Pieces that changelogs, and files that only look like some, are made of.
fn document(taken: impl Fn(&str) -> bool) -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "# Changelog",
        "## [Unreleased]",
        "## [1.4.0] - 2025-01-01",
        "## 1.2.0",
        "### [1.1.0]",
        "## [0.3.0](u)",
        "### Fixed",
        "- item",
        "* other\n  more",
        "words",
        "words  ",
        "",
        "",
        "",
        "```",
        "~~~",
        "<!-- a -->",
        "<!--",
        "-->",
        "> quoted",
        "    code",
        "[1.4.0]: u",
        "[1.2.0]: <u> \"title\"",
        "[unreleased]: u",
        "[other]: u",
        "===",
        "---",
        "<details>",
        "</details>",
        "<pre>",
        "\t",
        "1. one",
        "[^1]: note",
        "| a |\n|---|",
        "\u{feff}",
        "ä…",
        "[x]:",
        "\\",
    ];
    let line_end = prop_oneof![4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\n\n"), 1 => Just("\r")];
    let pieces: Vec<&str> = PIECES.iter().copied().filter(|piece| taken(piece)).collect();
    let piece = (prop::sample::select(pieces), line_end).prop_map(|(piece, end)| format!("{piece}{end}"));
    let start = prop_oneof![3 => Just(""), 1 => Just("\u{feff}")];
    let end = prop_oneof![2 => Just(""), 1 => Just("no line break"), 1 => Just("[0.1.0]: u")];
    let start_to_end = (start, prop::collection::vec(piece, 0..14), end);
    start_to_end.prop_map(|(start, pieces, end)| start.to_owned() + &pieces.concat() + end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_is_kept_and_a_second_time_changes_nothing(document in document(|_| true), version in prop::sample::select(&["2.0.0", "1.3.0", "0.1.1", "1.0.0-rc.1"][..])) {
        let section = section(version);
        if let Ok(splices) = insert(Some(&document), &section) {
            prop_assert!(splices.windows(2).all(|pair| pair[0].at < pair[1].at));
            let after = applied(&document, &splices);
            prop_assert_eq!(without(&after, &splices), &document[..]);
            prop_assert_eq!(section_of(&after, &section.version).map(|text| text.replace("\r\n", "\n")), Some(section.body.trim_end().to_owned()));
            prop_assert_eq!(insert(Some(&after), &section), Ok(Vec::new()));
        }
    }

    #[test]
    fn only_what_is_left_open_or_stands_twice_is_refused(document in document(|piece| !OPENING.contains(&piece))) {
        // Line ends of a carriage return alone are refused as well where it matters.
        let document = document.replace("\r\n", "\n").replace('\r', "\n");
        if let Err(error) = insert(Some(&document), &section("1.3.0")) {
            prop_assert!(matches!(error, DocumentError::Duplicate { .. }), "{}", error);
        }
    }
}

#[test]
fn a_heading_that_goes_on_from_definitions_stays_below_them() {
    let document = "[unreleased]: u\n## [Unreleased]\n[unreleased]: u\n    code\n===\n";
    let splices = insert(Some(document), &section("1.3.0")).expect("inserted");
    let after = applied(document, &splices);
    assert!(after.ends_with("\n\n[unreleased]: u\n    code\n===\n"), "{after}");
}

/// Pieces that what is inserted after them may lie in.
const OPENING: &[&str] = &["```", "~~~", "<!--", "<pre>", "[x]:"];
