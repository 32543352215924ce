//! What Compose reads, by example, and that whatever is encoded reads back.

use proptest::prelude::*;

use super::*;
use crate::dotenv::encode_assignment;

fn read(text: &str, name: &str) -> String {
    EnvFile::parse(text).unwrap().get(name).unwrap().text.clone()
}

#[test]
fn each_form_of_a_value_reads_as_compose_reads_it() {
    for (text, expected) in [
        ("A=x", "x"),
        ("A = x ", "x"),
        (" A=x", "x"),
        ("A: x", "x"),
        ("export A=x", "x"),
        ("export\tA=x", "x"),
        ("\u{feff}A=x", "x"),
        ("A=x\r\nB=y\r\n", "x"),
        ("A=", ""),
        ("A=x #c", "x"),
        ("A=x#c", "x#c"),
        ("A=#c", "#c"),
        ("A= # c", "# c"),
        ("A=a\tb\t#c", "a\tb\t#c"),
        ("A=a \"b\"", "a \"b\""),
        ("A=x\\ny", "x\\ny"),
        ("A=a$$b", "a$b"),
        ("A=1\nA=2", "2"),
        ("A='a\\nb'", "a\\nb"),
        ("A='it\\'s'", "it's"),
        ("A='a$b'", "a$b"),
        ("A=\"x\" # c", "x"),
        ("A=\"l1\nl2\"", "l1\nl2"),
        ("A=\"l1\r\nl2\"", "l1\r\nl2"),
        ("A=\"a\\$b\"", "a$b"),
        ("A=\"a$$b\"", "a$b"),
        ("A=\"a$\"", "a$"),
        ("A=\"a\\tb\\x41\\qz\"", "a\tb\\x41\\qz"),
        ("A=\"\\0101\"", "A"),
        ("A=\"\\061\"", "\\61"),
        ("A=\"\\0\"", "\\"),
        ("A=\"a\\\\\"", "a\\"),
        ("A=\"\\\\\\\"\"", "\\\""),
        ("A=\"x\\\ny\"", "x\\\ny"),
        ("A=\"$B\"", "$B"),
    ] {
        assert_eq!(read(text, "A"), expected, "{text:?}");
    }
}

#[test]
fn a_reference_is_left_and_said() {
    for (text, interpolates) in [
        ("A=$B", true),
        ("A=\"${B}\"", true),
        ("A='$B'", false),
        ("A=\"\\$B\"", false),
        ("A=\"\\\\$B\"", true),
        ("A=5$", false),
    ] {
        let file = EnvFile::parse(text).unwrap();
        assert_eq!(file.get("A").unwrap().interpolates, interpolates, "{text}");
    }
}

#[test]
fn a_line_inside_quotes_is_no_assignment() {
    let file = EnvFile::parse("A=\"\nB=injected\n\"\nC=1").unwrap();
    assert_eq!(file.get("B"), None);
    assert_eq!(file.entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn an_assignment_knows_the_bytes_of_its_value() {
    for (text, value) in [
        ("A=x", "x"),
        ("\u{feff} export A : x  # c\r\n", "x"),
        ("A=  \r\n", ""),
        ("B=1\nA= \"x\ny\" # c", "\"x\ny\""),
        ("A='é' ", "'é'"),
        ("A=1\nA=2\nA", "2"),
    ] {
        let file = EnvFile::parse(text).unwrap();
        assert_eq!(&text[file.entry("A").unwrap().place.clone()], value, "{text:?}");
    }
    assert_eq!(EnvFile::parse("A=  \r\n").unwrap().entries[0].place, 2..2);
}

#[test]
fn a_name_alone_takes_no_value_from_the_file() {
    let file = EnvFile::parse("A\nB=1").unwrap();
    assert_eq!((file.entries.len(), file.get("A")), (2, None));
}

#[test]
fn what_compose_refuses_or_misreads_is_an_error_with_its_line() {
    for (text, expected) in [
        ("B=1\nA=\"x", ParseError::Unterminated { line: 2 }),
        ("A='x", ParseError::Unterminated { line: 1 }),
        ("A B=1", ParseError::NoAssignment { line: 1 }),
        ("\n=x", ParseError::NoAssignment { line: 2 }),
        ("A=\"\n\"x", ParseError::AfterQuote { line: 2 }),
        ("A=\"x\" B=\"y\"", ParseError::AfterQuote { line: 1 }),
        ("A=1\nB=\0", ParseError::Nul { line: 2 }),
    ] {
        assert_eq!(EnvFile::parse(text), Err(expected), "{text:?}");
    }
}

#[test]
fn the_debug_form_shows_no_value() {
    let shown = format!("{:?}", EnvFile::parse("A=hunter2").unwrap());
    assert!(shown.contains('A') && !shown.contains("hunter2"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_is_encoded_reads_back(value in "([ -~]|[\\\\\"'$#{}=\n\r\t`]|\\PC|[\u{1}-\u{1f}]){0,40}", other in "[ -~]{0,10}") {
        let text = format!("{}\n{}\n", encode_assignment("A", &value).unwrap(), encode_assignment("B1", &other).unwrap());
        let file = EnvFile::parse(&text).unwrap();
        prop_assert_eq!(file.entries.len(), 2);
        prop_assert_eq!(&file.get("A").unwrap().text, &value);
        prop_assert!(!file.get("A").unwrap().interpolates);
        prop_assert_eq!(&file.get("B1").unwrap().text, &other);
    }

    #[test]
    fn no_text_makes_the_parser_fail_in_any_other_way(text in "([ -~]|[\\\\\"'$#=\n\r]|\\PC){0,60}") {
        let _ = EnvFile::parse(&text);
    }
}
