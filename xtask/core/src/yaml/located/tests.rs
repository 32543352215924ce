//! Reading YAML with places.

#![expect(clippy::disallowed_types, reason = "a test measures time; what it tests does not")]

use super::*;

fn wrongs(text: &str) -> Vec<String> {
    read(text)
        .expect_err("must be refused")
        .iter()
        .map(|found| format!("{}:{} {}: {}", found.place.line, found.place.column, found.key, found.wrong))
        .collect()
}

#[test]
fn every_value_has_a_place_and_its_bytes() {
    for start in ["", "\u{feff}"] {
        for end in ["\n", "\r\n"] {
            let text = format!("{start}# ü{end}a:{end}  - b: 'é'{end}    c: plain # x{end}");
            let root = read(&text).expect("is YAML");
            let locations = Locations::in_tree(&root);
            assert_eq!(locations.of("a[0].b"), Place { line: 3, column: 8 });
            assert_eq!(locations.of("a[0].c"), Place { line: 4, column: 8 });
            assert_eq!(locations.of("a[0].missing"), locations.of("a[0]"));
            assert_eq!(locations.of("nothing.here"), Place { line: 2, column: 1 });
            let Value::Map(top) = &root.value else { panic!("a mapping") };
            let Value::List(items) = &top[0].1.value else { panic!("a list") };
            let Value::Map(entries) = &items[0].value else { panic!("a mapping") };
            assert_eq!(&text[entries[0].1.span.clone()], "'é'");
            assert_eq!(&text[entries[1].1.span.clone()], "plain");
        }
    }
}

#[test]
fn keys_that_are_there_twice_are_all_named() {
    assert_eq!(
        wrongs("a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\n"),
        [
            "3:1 a: the key is there twice, first in line 1",
            "6:3 c.d: the key is there twice, first in line 5"
        ]
    );
}

#[test]
fn an_alias_repeats_its_value_and_a_bomb_of_them_is_refused() {
    let root = read("a: &x [1, 2]\nb: *x\n").expect("is YAML");
    assert_eq!(Locations::in_tree(&root).of("b[1]"), Place { line: 1, column: 11 });
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(wrongs(&bomb)[0].contains("more than 100000 values"));
}

#[test]
fn limits_are_kept() {
    assert!(wrongs(&" ".repeat(MAX_BYTES + 1))[0].contains("1048577 bytes"));
    let list = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&list(MAX_DEPTH)).is_ok());
    assert!(wrongs(&list(MAX_DEPTH + 2))[0].contains("deeper than 100 levels"));
    let block = (0..20_000).map(|_| "- ").collect::<String>();
    assert!(wrongs(&block)[0].contains("deeper than 100 levels"));
}

#[test]
fn what_is_not_one_yaml_document_is_refused() {
    assert!(wrongs("")[0].contains("empty"));
    assert!(wrongs("# only a comment\n")[0].contains("empty"));
    assert!(wrongs("a: 1\n---\nb: 2\n")[0].contains("second document"));
    assert!(wrongs("a: [1\nb: 2\n")[0].contains("not YAML"));
    assert!(wrongs("a: 'x\n")[0].contains("not YAML"));
    assert!(wrongs("a: *nowhere\n")[0].contains("not YAML"));
    assert!(wrongs("a: &x [*x]\n")[0].contains("part of"));
    assert!(wrongs("? [a, b]\n: 1\n")[0].contains("a key is not text"));
    assert!(wrongs("a:\n\t- b\n")[0].contains("not YAML"));
}

#[test]
fn unusual_keys_are_quoted_in_a_path() {
    assert_eq!(key_path("a", "b-c_d"), "a.b-c_d");
    assert_eq!(key_path("a", "x.y"), "a[`x.y`]");
    assert_eq!(key_path("", ""), "[``]");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_every_span_lies_in_it(text in "[ \\[\\]{}:,&*!|>'\"%@a-cé#?\\-\n\r\t\u{feff}]{0,80}") {
        fn walk(node: &Node, text: &str) {
            assert!(text.get(node.span.clone()).is_some(), "{:?}", node.span);
            match &node.value {
                Value::Scalar { .. } => {}
                Value::List(items) => items.iter().for_each(|item| walk(item, text)),
                Value::Map(entries) => entries.iter().for_each(|(_, value)| walk(value, text)),
            }
        }
        match read(&text) {
            Ok(root) => walk(&root, &text),
            Err(problems) => assert!(!problems.is_empty()),
        }
    }
}

#[test]
fn the_largest_file_is_read_or_refused_in_no_time() {
    let started = std::time::Instant::now();
    for piece in [
        "[", "{", "- ", "? ", "a: ", "&a ", "*a ", "!a ", "\"", "'", "#", "| ", "- a\n", "a", ",", "\n",
        "a:\n ", "{a: ", "- - ",
    ] {
        let _ = read(&piece.repeat(MAX_BYTES / piece.len()));
        assert!(started.elapsed().as_secs() < 60, "{piece:?} takes {:?}", started.elapsed());
    }
}
