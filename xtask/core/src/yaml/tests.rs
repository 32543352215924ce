//! Tests of reading and writing YAML.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Value {
    parse(text, 0).unwrap_or_else(|error| panic!("{error}:\n{text}")).value
}

fn problem(text: &str) -> (u32, u32, Problem) {
    let error = parse(text, 0).unwrap_err();
    (error.line, error.column, error.problem)
}

fn node(value: Value) -> Node {
    Node::new(value, Place::default())
}

fn text(text: &str) -> Node {
    node(Value::Text(text.to_owned()))
}

fn one_pair(value: Node) -> Map {
    Map::from_iter([(Key::new("key", Place::default()), value)])
}

#[test]
fn plain_scalars_mean_what_they_mean_to_compose() {
    let cases = [
        ("0755", Value::Int(0o755)),
        ("0o17", Value::Int(0o17)),
        ("0x1F", Value::Int(31)),
        ("0b101", Value::Int(5)),
        ("1_000", Value::Int(1000)),
        ("-5", Value::Int(-5)),
        ("+5", Value::Int(5)),
        ("0", Value::Int(0)),
        ("18446744073709551615", Value::Int(i128::from(u64::MAX))),
        ("08", Value::Float(8.0)),
        ("1e6", Value::Float(1e6)),
        (".5", Value::Float(0.5)),
        ("1.", Value::Float(1.0)),
        (".inf", Value::Float(f64::INFINITY)),
        ("~", Value::Null),
        ("", Value::Null),
        ("True", Value::Bool(true)),
        ("yes", Value::Text("yes".into())),
        ("12:30", Value::Text("12:30".into())),
        ("1.2.3", Value::Text("1.2.3".into())),
        ("10m", Value::Text("10m".into())),
        ("-", Value::List(vec![node(Value::Null)])),
        ("'0755'", Value::Text("0755".into())),
        ("!!str 0755", Value::Text("0755".into())),
    ];
    for (source, value) in cases {
        assert_eq!(read(source), value, "{source}");
    }
}

#[test]
fn places_are_lines_and_columns_from_one() {
    let document = parse("a:\n  b: c\n", 3).unwrap();
    let b = document.get("a").unwrap().as_map().unwrap().get_key_value("b").unwrap();
    assert_eq!(b.0.place, Place { source: 3, line: 2, column: 3 });
    assert_eq!(b.1.place, Place { source: 3, line: 2, column: 6 });
}

#[test]
fn anchors_and_merge_keys_are_expanded() {
    let source = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  b: 5\n  <<: [*x, *y]\n  d: *x\n";
    let Value::Map(map) = read(source) else { panic!("a mapping") };
    let mut out = String::new();
    for (key, value) in map["z"].as_map().unwrap() {
        out.push_str(&format!(
            "{}={:?} ",
            key.as_str(),
            value.as_map().map(Map::len).map_or(value.value.clone(), |n| Value::Int(n as i128))
        ));
    }
    assert_eq!(out, "b=Int(5) a=Int(1) c=Int(4) d=Int(2) ");
    let Value::Map(late) = read("x: &x {a: 1}\nz: {<<: *x, a: 2}\n") else { panic!("a mapping") };
    assert_eq!(late["z"].get("a").unwrap().value, Value::Int(2));
}

#[test]
fn local_tags_are_kept() {
    let document = parse("a: !reset null\nb: !override {c: 1}\nd: !override\n  - 1\n", 0).unwrap();
    let tags: Vec<_> = document.as_map().unwrap().values().map(|node| node.tag.as_deref()).collect();
    assert_eq!(tags, [Some("!reset"), Some("!override"), Some("!override")]);
}

#[test]
fn what_is_not_read_is_refused_with_its_place() {
    assert_eq!(problem("a: 1\nb: 2\na: 3\n"), (3, 1, Problem::DuplicateKey("a".into())));
    assert_eq!(problem("a: {b: 1, b: 2}\n"), (1, 11, Problem::DuplicateKey("b".into())));
    assert_eq!(problem("a: 2024-01-31\n"), (1, 4, Problem::Date("2024-01-31".into())));
    assert_eq!(problem("a: 2024-1-3 10:00:00\n").2, Problem::Date("2024-1-3 10:00:00".into()));
    assert_eq!(problem("80: x\n"), (1, 1, Problem::KeyNotText("`80`".into())));
    assert_eq!(problem("[a]: x\n").2, Problem::KeyNotText("of a mapping".into()));
    assert_eq!(problem("a: 1\n---\nb: 2\n").2, Problem::SecondDocument);
    assert_eq!(problem("a: !!binary x\n").2, Problem::Tag("tag:yaml.org,2002:!binary".into()));
    assert_eq!(problem("a: &a [*a]\n").2, Problem::AliasCycle);
    assert_eq!(problem("<<: 1\n").2, Problem::MergeKey);
    assert_eq!(
        problem("a: 99999999999999999999\n").2,
        Problem::NumberTooLarge("99999999999999999999".into())
    );
    assert!(matches!(problem("a: [1\nb: 2\n").2, Problem::Syntax(_)));
    assert!(matches!(problem("a: *b\n").2, Problem::Syntax(_)));
}

#[test]
fn limits_hold() {
    assert_eq!(problem(&" ".repeat(MAX_BYTES + 1)).2, Problem::TooLarge(MAX_BYTES + 1));
    assert_eq!(problem(&"[".repeat(100)).2, Problem::TooDeep);
    let blocks: String = (0..100).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert_eq!(problem(&blocks).2, Problem::TooDeep);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(problem(&bomb).2, Problem::TooMany);
}

#[test]
fn typed_documents_tell_line_and_column() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        port: u16,
    }
    assert_eq!(from_str::<Settings>("port: 80\n").unwrap().port, 80);
    let error = from_str::<Settings>("port: 80\nprot: 1\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 1));
    assert!(error.to_string().starts_with("line 2, column 1: unknown field `prot`"), "{error}");
}

/// Every text here is something else to a reader of YAML 1.1, of YAML 1.2 or of both, when it stands without quotes.
const HAZARDS: &[&str] = &[
    "",
    " ",
    "yes",
    "Yes",
    "no",
    "NO",
    "on",
    "off",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "12:30",
    "1:2:3",
    "80:80",
    "0755",
    "0o17",
    "0x1f",
    "0b1",
    "1_000",
    "+1",
    "-1",
    "1.5",
    "1e6",
    "1.5e+3",
    ".5",
    ".inf",
    "-.inf",
    ".NaN",
    "2024-01-31",
    "2024-01-31 10:00:00",
    "2024-01-31T10:00:00Z",
    "=",
    "<<",
    "- a",
    "-",
    "--- a",
    "...",
    "? a",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    " a",
    "a ",
    "\ta",
    "a\t",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a'",
    "\"a\"",
    "%a",
    "@a",
    "`a",
    "{a}",
    "[a]",
    ",a",
    "a\nb",
    "a\n",
    "\na",
    "a\n\n",
    " a\nb",
    "a\r\nb",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{feff}a",
    "a\u{0}b",
    "\u{1b}[0m",
    "0",
    "10s",
    "1g",
    "ä",
    "日本",
    "😀",
    "a\n \nb",
    "a \nb",
    "\t\n",
    "---\na",
    "a\n...\n",
];

#[test]
fn hazards_are_quoted_and_read_back() {
    for hazard in HAZARDS {
        let emitted = emit(&one_pair(text(hazard)));
        let value = emitted.strip_prefix("key: ").unwrap();
        assert!(value.starts_with(['"', '\'', '|']), "{hazard:?} is written as {value:?}");
        assert_eq!(read(&emitted), Value::Map(one_pair(text(hazard))), "{emitted:?}");
        let as_key = Map::from_iter([(Key::new(*hazard, Place::default()), text("value"))]);
        let emitted = emit(&as_key);
        assert!(emitted.starts_with(['"', '\'']), "{hazard:?} is written as {emitted:?}");
        assert_eq!(read(&emitted), Value::Map(as_key), "{emitted:?}");
    }
}

#[test]
fn texts_beyond_doubt_stay_plain() {
    for plain in [
        "always",
        "postgres:17-alpine",
        "./data:/data:ro",
        "../x",
        "/a b/c",
        "${A:-b}/c:/d",
        "a=b,c",
        "no-new-privileges:true",
    ] {
        assert_eq!(emit(&one_pair(text(plain))), format!("key: {plain}\n"));
    }
}

#[test]
fn several_lines_are_a_literal_block() {
    let emitted = emit(&one_pair(node(Value::List(vec![text("a: b\n\n  # c\n"), text("d\ne")]))));
    assert_eq!(emitted, "key:\n  - |\n    a: b\n\n      # c\n  - |-\n    d\n    e\n");
}

#[test]
fn serde_reads_what_is_emitted_alike() {
    for hazard in HAZARDS.iter().filter(|hazard| !hazard.contains('\u{feff}')) {
        let emitted = emit(&one_pair(text(hazard)));
        let read: std::collections::BTreeMap<String, serde_yaml::Value> = from_str(&emitted).unwrap();
        assert_eq!(read["key"], serde_yaml::Value::String((*hazard).to_owned()), "{emitted:?}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "[a-z:#\n \t'\"-]{0,16}",
        "[0-9:._+eExo-]{1,8}",
        proptest::sample::select(HAZARDS).prop_map(str::to_owned),
        Just("k".repeat(2000)),
    ]
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| Value::Int(number.into())),
        any::<u64>().prop_map(|number| Value::Int(number.into())),
        any::<f64>().prop_filter("equal to itself", |number| !number.is_nan()).prop_map(Value::Float),
        any_text().prop_map(Value::Text),
    ];
    let tag = proptest::option::weighted(0.1, proptest::sample::select(&["!reset", "!override"][..]));
    let tagged = |(value, tag): (Value, Option<&str>)| Node {
        value,
        tag: tag.map(Into::into),
        place: Place::default(),
    };
    (leaf, tag.clone()).prop_map(tagged).prop_recursive(5, 40, 5, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::List);
        let map = proptest::collection::vec((any_text(), inner), 0..5).prop_map(|pairs| {
            Value::Map(pairs.into_iter().map(|(key, node)| (Key::new(key, Place::default()), node)).collect())
        });
        (prop_oneof![list, map], tag.clone()).prop_map(tagged)
    })
}

proptest! {
    #[test]
    fn reading_gives_back_what_was_emitted(nodes in proptest::collection::vec((any_text(), any_node()), 0..6)) {
        let map: Map = nodes.into_iter().map(|(key, node)| (Key::new(key, Place::default()), node)).collect();
        let emitted = emit(&map);
        prop_assert_eq!(parse(&emitted, 0).map(|node| node.value), Ok(Value::Map(map)), "{}", emitted);
    }

    #[test]
    fn reading_never_panics(text in "[a-z:\\-\\[\\]{}&*!<>|#'\" \n,?%]{0,60}") {
        let _ = parse(&text, 0);
    }
}
