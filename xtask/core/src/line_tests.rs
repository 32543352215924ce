//! Which releases come before a commit and which comes next, with release lines and without.

use super::*;
use crate::samples::{self, id};

fn tag(name: &str, source: u64, on_this_line: bool) -> TagFacts {
    TagFacts { source: id(source), on_this_line, ..samples::tag(name, source) }
}

fn cut(number: &str, fork: u64) -> LineFacts {
    LineFacts { number: number.parse().unwrap(), fork: Some(id(fork)), unforwarded: Vec::new() }
}

fn next(line: &Line<'_>, bump: Bump) -> Result<Option<String>, String> {
    let rules = samples::configuration().release.version;
    let next = line.next(bump, &rules).map_err(|error| error.wanted.to_string())?;
    Ok(next.map(|version| version.to_string()))
}

#[test]
fn without_release_lines_main_follows_its_highest_stable_release() {
    let tags = [tag("v1.9.0", 1, true), tag("v1.10.0", 2, true), tag("v1.11.0-rc.1", 3, true)];
    let line = Line::main(&tags);
    assert_eq!(line.previous().unwrap().tag.to_string(), "v1.10.0");
    assert_eq!(newest(&tags).unwrap().tag.to_string(), "v1.11.0-rc.1");
    assert_eq!(line.hidden(), [id(1), id(2)]);
    assert!(line.is_known() && !line.is_first());
    assert_eq!(next(&line, Bump::Patch), Ok(Some("1.10.1".to_owned())));
    assert_eq!(next(&line, Bump::None), Ok(None));
    assert!(Line::main(&[]).is_first());
    assert_eq!(next(&Line::main(&[]), Bump::None), Ok(Some("1.0.0".to_owned())));
}

#[test]
fn cutting_a_line_opens_the_next_minor_on_main_and_takes_what_came_before_with_it() {
    let tags = [tag("v1.3.0", 1, true)];
    let lines = [cut("1.4", 5)];
    let line = Line { lines: &lines, ..Line::main(&tags) };
    assert_eq!(line.hidden(), [id(1), id(5)]);
    for (bump, version) in [(Bump::Patch, "1.5.0"), (Bump::Minor, "1.5.0"), (Bump::Major, "2.0.0")] {
        assert_eq!(next(&line, bump), Ok(Some(version.to_owned())), "{bump:?}");
    }
    assert_eq!(next(&line, Bump::None), Ok(None));
}

#[test]
fn what_a_line_released_counts_on_main_and_what_any_other_branch_released_does_not() {
    let tags = [tag("v1.3.0", 1, true), tag("v1.4.1", 6, false), tag("v3.0.0", 7, false)];
    let lines = [cut("1.4", 5)];
    let line = Line { lines: &lines, ..Line::main(&tags) };
    assert_eq!(Line::main(&tags).previous().unwrap().tag.to_string(), "v1.3.0");
    assert_eq!(line.previous().unwrap().tag.to_string(), "v1.4.1");
    assert_eq!(next(&line, Bump::Patch), Ok(Some("1.5.0".to_owned())));
    assert_eq!(next(&line, Bump::Major), Ok(Some("2.0.0".to_owned())));
}

#[test]
fn what_a_line_of_ours_released_counts_although_its_branch_was_deleted() {
    let ours = TagFacts { plan: Some(samples::plan().id), ..tag("v1.4.0", 6, false) };
    let tags = [tag("v1.3.0", 1, true), ours];
    let line = Line::main(&tags);
    assert_eq!(line.previous().unwrap().tag.to_string(), "v1.4.0");
    assert_eq!(line.hidden(), [id(1), id(6)], "what came in before the cut was the line's");
    assert_eq!(next(&line, Bump::Minor), Ok(Some("1.5.0".to_owned())), "1.4.0 is taken");
    assert!(line.is_known() && !Line::main(&tags[1..]).is_known(), "alone it may be of another history");
}

#[test]
fn a_line_for_hotfixes_keeps_its_patches_from_main() {
    let tags = [tag("v1.4.0", 1, true)];
    let lines = [cut("1.4", 1)];
    assert_eq!(next(&Line { lines: &lines, ..Line::main(&tags) }, Bump::Patch), Ok(Some("1.5.0".to_owned())));
    let older = [tag("v1.4.0", 1, true), tag("v1.5.0", 2, true)];
    let line = Line { lines: &lines, ..Line::main(&older) };
    assert_eq!(next(&line, Bump::Patch), Ok(Some("1.5.1".to_owned())), "1.5 has no line of its own");
}

#[test]
fn a_line_counts_its_own_patches_and_nothing_that_came_after_it() {
    let tags =
        [tag("v1.3.0", 1, true), tag("v1.4.0", 2, true), tag("v1.5.0", 3, false), tag("v2.0.0", 4, false)];
    let lines = [cut("1.3", 1), cut("1.4", 2)];
    let line = Line { number: Some("1.4".parse().unwrap()), lines: &lines, tags: &tags };
    assert_eq!(line.previous().unwrap().tag.to_string(), "v1.4.0");
    assert_eq!(line.hidden(), [id(1), id(2), id(1)]);
    assert_eq!(next(&line, Bump::Patch), Ok(Some("1.4.1".to_owned())));
    assert_eq!(next(&line, Bump::None), Ok(None));
    assert_eq!(next(&line, Bump::Minor), Err("1.5.0".to_owned()));
    assert_eq!(next(&line, Bump::Major), Err("2.0.0".to_owned()));
}

#[test]
fn a_line_that_was_cut_asks_for_its_first_version_by_itself() {
    let tags = [tag("v1.3.0", 1, true)];
    let line = |number: &str| Line { number: Some(number.parse().unwrap()), lines: &[], tags: &tags };
    for bump in [Bump::None, Bump::Patch, Bump::Minor] {
        assert_eq!(next(&line("1.4"), bump), Ok(Some("1.4.0".to_owned())), "{bump:?}");
    }
    assert_eq!(next(&line("1.4"), Bump::Major), Err("2.0.0".to_owned()));
    assert_eq!(next(&line("2.0"), Bump::Major), Ok(Some("2.0.0".to_owned())));
    let nothing = Line { number: Some("1.0".parse().unwrap()), lines: &[], tags: &[] };
    assert_eq!(next(&nothing, Bump::None), Ok(Some("1.0.0".to_owned())));
}

#[test]
fn a_release_on_a_line_that_left_the_history_is_known_and_one_that_never_was_on_it_is_not() {
    let tags = [tag("v1.0.0", 5, false)];
    assert!(!Line::main(&tags).is_known());
    let lines = [cut("1.0", 1)];
    assert!(Line { lines: &lines, ..Line::main(&tags) }.is_known());
    let apart = [LineFacts { number: "1.0".parse().unwrap(), fork: None, unforwarded: Vec::new() }];
    assert!(!Line { lines: &apart, ..Line::main(&tags) }.is_known());
}
