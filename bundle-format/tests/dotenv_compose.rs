//! Values that break careless `.env` writers, read by the real `docker compose`: what the encoder writes, Compose reads, and
//! what Compose reads of hand-written files, the parser reads too.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read samples and run programs; what they test does not"
)]
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use bundle_format::dotenv::{EnvFile, encode_assignment};

const HOSTILE: &[&str] = &[
    "",
    " ",
    "plain",
    " leading",
    "trailing ",
    "two  words",
    "a#b",
    "a #b",
    "#",
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "${",
    "\\$HOME",
    "'",
    "\"",
    "'single'",
    "\"double\"",
    "it's \"both\"",
    "\\",
    "\\\\",
    "\\n",
    "a\nb",
    "a\nINJECTED=yes",
    "\"\nINJECTED=yes\n\"",
    "a\r\nb",
    "a\tb",
    "`id`",
    "$(id)",
    "!history",
    "a=b",
    "=",
    ":",
    "export X=1",
    "grüezi 🏔",
    "%s%n",
    "*",
    "~",
    "|&;<>",
    "{{ x }}",
    "\u{1b}[31m",
    "\\0101",
    "\\\"$'",
    "trailing\\",
];

const WRITTEN_BY_HAND: &[&str] = &[
    "V=x",
    "V = x ",
    " V=x",
    "V: x",
    "export V=x",
    "export\tV=x",
    "V=x\r\n",
    "V=",
    "V=x #c",
    "V=x#c",
    "V=#c",
    "V= # c",
    "V=a \"b\"",
    "V=x\\ny",
    "V=a$$b",
    "V=1\nV=2",
    "V='a\\nb'",
    "V='it\\'s'",
    "V='a$b'",
    "V=\"x\" # c",
    "V=\"l1\nl2\"",
    "V=\"l1\r\nl2\"",
    "V=\"a\\$b\"",
    "V=\"a$$b\"",
    "V=\"a$\"",
    "V=\"a\\tb\\x41\\qz\"",
    "V=\"\\0101\"",
    "V=\"\\061\"",
    "V=\"\\0\"",
    "V=\"x\\\ny\"",
    "V=\"\\\\\\\"\"",
    "V='\\\\'",
    "V=\"\nW=no\n\"",
    "V=\"a$ b\"",
    "V=5$ c",
];

#[test]
fn compose_reads_exactly_what_was_encoded() {
    let variables: BTreeMap<String, &str> =
        HOSTILE.iter().enumerate().map(|(at, value)| (format!("V{at}"), *value)).collect();
    let lines: Vec<String> =
        variables.iter().map(|(name, value)| encode_assignment(name, value).expect("encodable")).collect();
    let folder = tempfile::tempdir().expect("a scratch folder");
    let names: Vec<&str> = variables.keys().map(String::as_str).chain(["INJECTED"]).collect();
    let read = compose_reads(folder.path(), &(lines.join("\n") + "\n"), &names);
    for (name, value) in &variables {
        assert_eq!(read.get(name).map(String::as_str), Some(*value), "{name}: {value:?}");
    }
    assert_eq!(read.get("INJECTED").map(String::as_str), Some("unset"));
}

#[test]
fn the_parser_reads_hand_written_files_as_compose_does() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for text in WRITTEN_BY_HAND {
        let read = compose_reads(folder.path(), text, &["V"]);
        let file = EnvFile::parse(text).expect("readable");
        assert_eq!(
            file.get("V").map(|value| value.text.as_str()),
            read.get("V").map(String::as_str),
            "{text:?}"
        );
    }
}

/// What Compose makes of each name with this `.env`.
fn compose_reads(folder: &Path, env: &str, names: &[&str]) -> BTreeMap<String, String> {
    let environment: String =
        names.iter().map(|name| format!("      {name}: \"${{{name}-unset}}\"\n")).collect();
    let compose = format!("services:\n  probe:\n    image: probe:1.0.0\n    environment:\n{environment}");
    std::fs::write(folder.join("compose.yaml"), compose).expect("compose file written");
    std::fs::write(folder.join("test.env"), env).expect(".env written");
    let output = Command::new("docker")
        .args(["compose", "--env-file", "test.env", "-f", "compose.yaml", "config", "--format", "json"])
        .current_dir(folder)
        .env_remove("INJECTED")
        .output()
        .unwrap_or_else(|error| {
            panic!("`docker` did not start ({error}); run `cargo xtask test`, which installs it")
        });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let missing = "`docker compose` did not answer; run `cargo xtask test`, which installs it";
    assert!(output.status.success(), "{missing}: {said}");
    let config: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("JSON from docker compose config");
    let environment = config
        .pointer("/services/probe/environment")
        .and_then(serde_json::Value::as_object)
        .expect("environment");
    // `config` writes a file for Compose to read again, so that each `$` is doubled.
    let plain = |value: &serde_json::Value| value.as_str().expect("text").replace("$$", "$");
    environment.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}
