//! Compares an answer with a recorded one: the same keys, the same kinds of values, and the same values but for what no two GitHubs
//! share. Must never know which answers there are.

use serde_json::Value;

/// Keys whose values belong to one GitHub or one moment: only their kind is compared.
const OF_THE_MOMENT: &[&str] =
    &["id", "node_id", "avatar_url", "download_count", "request_id", "documentation_url"];

/// Keys that GitHub's answers have today and had not when they were recorded.
const YOUNGER: &[&str] = &["digest", "immutable", "updated_at", "status", "has_discussions"];

/// A difference that has to be: where it is, and why.
pub(crate) type Allowed<'a> = &'a [(&'a str, &'a str)];

/// Every difference between a recorded value and ours, each with its place.
pub(crate) fn differences(recorded: &Value, ours: &Value, allowed: Allowed<'_>) -> Vec<String> {
    let mut found = Vec::new();
    walk(recorded, ours, "", &mut found);
    found.retain(|difference| {
        let place = difference.split(": ").next().unwrap_or_default();
        !allowed.iter().any(|(end, _)| place.ends_with(end))
    });
    found
}

fn walk(recorded: &Value, ours: &Value, place: &str, found: &mut Vec<String>) {
    let key = place.rsplit('.').next().unwrap_or_default();
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            for (name, value) in recorded {
                match ours.get(name) {
                    Some(mine) => walk(value, mine, &format!("{place}.{name}"), found),
                    None => found.push(format!("{place}.{name}: missing")),
                }
            }
            let extra = ours.keys().filter(|name| !recorded.contains_key(*name));
            let unknown = extra.filter(|name| !YOUNGER.contains(&name.as_str()));
            found.extend(unknown.map(|name| format!("{place}.{name}: not in the recording")));
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            if recorded.len() != ours.len() {
                found.push(format!("{place}: {} entries where {} were recorded", ours.len(), recorded.len()));
            }
            for (number, (recorded, ours)) in recorded.iter().zip(ours).enumerate() {
                walk(recorded, ours, &format!("{place}[{number}]"), found);
            }
        }
        (Value::String(recorded), Value::String(ours)) if OF_THE_MOMENT.contains(&key) => {
            if recorded.is_empty() != ours.is_empty() {
                found.push(format!("{place}: {ours:?} where {recorded:?} was recorded"));
            }
        }
        (Value::Number(_), Value::Number(_)) if OF_THE_MOMENT.contains(&key) => {}
        (Value::String(recorded), Value::String(ours)) if comparable(recorded) == comparable(ours) => {}
        _ if recorded == ours => {}
        _ => found.push(format!("{place}: {ours} where {recorded} was recorded")),
    }
}

/// A text without what belongs to one GitHub or one moment: hosts, numbers and commits in addresses, and times.
pub(crate) fn comparable(text: &str) -> String {
    if is_time(text) {
        return "a time".to_owned();
    }
    if text.len() == 40 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return "a commit".to_owned();
    }
    match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or(String::new(), |(_, path)| of_path(path)),
        None => text.to_owned(),
    }
}

fn of_path(path: &str) -> String {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let part = |part: &str| match part {
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => "*".to_owned(),
        commit if commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) => "*".to_owned(),
        other => other.to_owned(),
    };
    let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
    query.map_or(path.clone(), |query| format!("{path}?{query}"))
}

/// Whether a text is a time as GitHub writes it: UTC, whole seconds.
pub(crate) fn is_time(text: &str) -> bool {
    let pattern = "0000-00-00T00:00:00Z";
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[test]
fn only_what_belongs_to_one_github_may_differ() {
    let recorded = serde_json::json!({
        "id": 1, "url": "https://api.github.com/repos/o/r/releases/1000", "name": "a", "size": 3, "label": null,
        "created_at": "2017-10-10T16:00:00Z", "list": [1],
    });
    let with = |key: &str, value: Value| {
        let mut ours = recorded.clone();
        ours[key] = value;
        differences(&recorded, &ours, &[("list", "an example")])
    };
    for (key, value) in [
        ("id", 7.into()),
        ("url", "http://127.0.0.1:1/repos/o/r/releases/7".into()),
        ("created_at", "2026-01-01T00:00:00Z".into()),
        ("digest", "sha256:0".into()),
        ("list", serde_json::json!([1, 2])),
    ] {
        assert_eq!(with(key, value.clone()), Vec::<String>::new(), "{key} {value}");
    }
    for (key, value) in [
        ("id", Value::from("1")),
        ("url", "http://127.0.0.1:1/repos/o/r/release/7".into()),
        ("created_at", "2026-01-01T00:00:00.5Z".into()),
        ("name", "b".into()),
        ("size", 4.into()),
        ("label", "".into()),
        ("more", 1.into()),
    ] {
        assert_eq!(with(key, value.clone()).len(), 1, "{key} {value}");
    }
    assert_eq!(differences(&serde_json::json!({ "a": 1 }), &serde_json::json!({}), &[]), [".a: missing"]);
}
