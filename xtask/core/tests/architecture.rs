//! The shape of the repository, as ARCHITECTURE.md promises it: pure crates stay pure, platforms stay outside of the code, and what the
//! page names is there. Looks at files and manifests only.

#![expect(clippy::disallowed_methods, reason = "tests read the tree; what they test does not")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser};

/// Dependencies that may stand in no manifest of a pure crate, tests apart.
const IMPURE: &[&str] = &[
    "axum",
    "cargo_metadata",
    "chrono",
    "git2",
    "http",
    "hyper",
    "hyper-util",
    "indicatif",
    "oci-client",
    "octocrab",
    "rand",
    "reqwest",
    "rustix",
    "rustls",
    "tempfile",
    "time",
    "tokio",
    "ureq",
    "xshell",
];

/// The crates that know no platform, and their folders.
const NEUTRAL: &[&str] = &["bundle-format", "xtask/core", "xtask/edge"];

/// Names that only `config/`, `compose/` and tests may know: platforms and the services they are made of.
const PLATFORM_WORDS: &[&str] = &[
    "aihub",
    "aihummer",
    "ailab",
    "aisoc",
    "clickhouse",
    "dagster",
    "ferretdb",
    "keycloak",
    "langfuse",
    "litellm",
    "milvus",
    "neo4j",
    "openwebui",
    "seaweedfs",
    "swissaihub",
    "traefik",
    "valkey",
    "vllm",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout is there")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file below a folder, from the root of the repository.
fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = format!("{folder}/{name}");
        if entry.file_type().expect("a kind").is_dir() {
            if name != "target" {
                files.extend(rust_files(&path));
            }
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    files
}

/// The names in the table `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let document: toml_edit::DocumentMut = text(manifest).parse().expect("a manifest");
    let table = document["dependencies"].as_table().expect("a table of dependencies");
    table.iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn pure_crates_depend_on_nothing_that_reaches_the_world() {
    for manifest in ["bundle-format/Cargo.toml", "xtask/core/Cargo.toml"] {
        for name in dependencies(manifest) {
            assert!(!IMPURE.contains(&name.as_str()), "{manifest} depends on `{name}`");
            assert!(!name.starts_with("async") && !name.starts_with("futures"), "{manifest}: `{name}`");
        }
    }
}

#[test]
fn dependencies_between_our_crates_point_one_way() {
    let allowed: &[(&str, &[&str])] = &[
        ("bundle-format", &[]),
        ("xtask/core", &["bundle-format"]),
        ("xtask/edge", &["bundle-format", "release-core"]),
        ("xtask/rehearsal", &["bundle-format", "release-core"]),
        ("xtask/cli", &["bundle-format", "release-core", "release-edge", "release-rehearsal"]),
    ];
    let ours = ["bundle-format", "release-core", "release-edge", "release-rehearsal", "xtask", "bundlectl"];
    for (folder, allowed) in allowed {
        for name in dependencies(&format!("{folder}/Cargo.toml")) {
            let fits = !ours.contains(&name.as_str()) || allowed.contains(&name.as_str());
            assert!(fits, "{folder} depends on `{name}`");
        }
    }
}

#[test]
fn clippy_guards_the_pure_crates() {
    for folder in ["bundle-format", "xtask/core"] {
        let rules = text(&format!("{folder}/clippy.toml"));
        for path in [
            "std::fs::read_to_string",
            "std::fs::write",
            "std::fs::File",
            "std::env::var",
            "std::process::Command",
            "std::net::TcpStream",
            "std::time::SystemTime",
            "std::time::Instant",
            "std::thread::sleep",
        ] {
            assert!(rules.contains(&format!("\"{path}\"")), "{folder}/clippy.toml does not forbid `{path}`");
        }
        // Clippy takes the nearest file only, so what the root allows in tests has to be repeated.
        for line in text("clippy.toml").lines().filter(|line| line.starts_with("allow-")) {
            assert!(rules.contains(line), "{folder}/clippy.toml lacks `{line}`");
        }
    }
    assert!(text("xtask/core/clippy.toml").contains("\"jiff::Timestamp::now\""));
}

#[test]
fn only_configuration_knows_a_platform() {
    for folder in NEUTRAL {
        for file in rust_files(folder) {
            if is_test(&file) {
                continue;
            }
            let text = text(&file);
            // Unit tests stand at the end of a file.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_lowercase();
            for word in PLATFORM_WORDS {
                assert!(!code.contains(word), "{file} names `{word}`");
            }
        }
    }
}

#[test]
fn one_module_alone_names_a_yaml_crate() {
    for folder in NEUTRAL {
        for file in rust_files(folder) {
            let own = file.contains("/core/src/yaml/") || file.ends_with("/core/src/yaml.rs");
            if own || is_test(&file) {
                continue;
            }
            for name in ["saphyr_parser", "serde_yaml"] {
                assert!(!text(&file).contains(name), "{file} names `{name}`");
            }
        }
    }
}

/// Random sources that start from a number, or hide where they start from.
const SEEDABLE: &[&str] = &[
    "chacha",
    "from_seed",
    "pcg",
    "rand::rng(",
    "rand::random",
    "seed_from",
    "seedablerng",
    "smallrng",
    "stdrng",
    "thread_rng",
];

#[test]
fn no_random_source_but_the_operating_system_is_named_where_secrets_are_made() {
    for folder in NEUTRAL.iter().chain(&["xtask/cli/src"]) {
        for file in rust_files(folder) {
            if is_test(&file) {
                continue;
            }
            let code = text(&file).to_lowercase();
            for name in SEEDABLE {
                assert!(!code.contains(name), "{file} names `{name}`");
            }
        }
    }
    let source = text("xtask/edge/src/settings/mod.rs");
    assert!(source.contains("rand::rngs::SysRng.try_fill_bytes"), "secrets come from `SysRng`");
    let lock = text("Cargo.toml");
    let features = lock.lines().find(|line| line.starts_with("rand = ")).expect("the workspace names `rand`");
    assert!(
        features.contains("default-features = false") && features.contains("features = [\"sys_rng\"]"),
        "{features}"
    );
}

fn is_test(file: &str) -> bool {
    file.contains("/tests/") || file.contains("/benches/") || file.ends_with("tests.rs")
}

#[test]
fn every_rust_file_opens_by_saying_what_it_owns() {
    for folder in ["bundle-format", "xtask"] {
        for file in rust_files(folder) {
            assert!(text(&file).starts_with("//! "), "{file} does not open with `//!`");
        }
    }
}

#[test]
fn what_the_architecture_page_names_is_there() {
    let page = text("ARCHITECTURE.md");
    let mut named = 0;
    let mut in_block = false;
    for event in Parser::new(&page) {
        match event {
            Event::Start(pulldown_cmark::Tag::CodeBlock(_)) => in_block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
            Event::Code(code) if !in_block && is_path(&code) => {
                named += 1;
                assert!(root().join(&*code).exists(), "ARCHITECTURE.md names `{code}`, which is not there");
            }
            _ => {}
        }
    }
    assert!(named > 30, "only {named} paths were found on the page");
}

/// Whether inline code names a file or folder of the repository: it has a slash or a known ending, and nothing else in it.
fn is_path(code: &str) -> bool {
    let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let ending = [".rs", ".toml", ".md", ".yaml", ".yml", ".j2"].iter().any(|ending| code.ends_with(ending));
    // Made by a release, and only then there.
    let made = [".release/plan.json", "release/X.Y", "slipway/release", "refs/heads/channels"];
    plain && (ending || code.contains('/')) && !made.contains(&code)
}

#[test]
fn every_crate_and_every_part_of_the_core_is_on_the_map() {
    let page = text("ARCHITECTURE.md");
    for folder in ["xtask/core/src", "xtask/edge/src"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            if entry.file_type().expect("a kind").is_dir() {
                assert!(page.contains(&format!("`{folder}/{name}/`")), "the map lacks `{folder}/{name}/`");
            }
        }
    }
}
