//! Another repository adopts the tool with the files that the how-to page shows, and depends on ours by Git tag: here on a copy of this
//! checkout with a tag of its own. Nothing is fetched from elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::Value;
use tempfile::TempDir;

use crate::checkout::{copy_to, git, run, text};

const PAGE: &str = "docs/how-to/adopt.md";
const TAG: &str = "v1.0.0";

/// Every file that the page shows: a paragraph that is only its name, then its text.
fn shown() -> BTreeMap<String, String> {
    let page = text(PAGE);
    let mut files = BTreeMap::new();
    let (mut paragraph, mut code, mut in_code) = (Vec::new(), String::new(), false);
    for event in Parser::new(&page) {
        match event {
            Event::Start(Tag::Paragraph) => paragraph.clear(),
            Event::Code(name) => paragraph.push(name.into_string()),
            Event::Start(Tag::CodeBlock(_)) => (in_code, code) = (true, String::new()),
            Event::Text(text) if in_code => code.push_str(&text),
            Event::Text(text) => paragraph.push(format!("text: {text}")),
            Event::End(TagEnd::CodeBlock) => {
                in_code = false;
                if let [name] = paragraph.as_slice()
                    && !name.starts_with("text: ")
                {
                    files.insert(name.clone(), std::mem::take(&mut code));
                }
                paragraph.clear();
            }
            _ => {}
        }
    }
    files
}

/// This checkout, as a repository with one commit and a tag.
fn published(folder: &Path) -> (String, String) {
    copy_to(folder);
    git(folder, &["tag", "--annotate", TAG, "--message", "a release"]);
    (format!("file://{}", folder.display()), git(folder, &["rev-parse", "HEAD"]))
}

/// Our lock file as the adopting repository has it: our packages come from Git, and the package that depends on them is new.
fn lock(url: &str, commit: &str) -> String {
    let source = format!("git+{url}?tag={TAG}#{commit}");
    let ours = text("Cargo.lock");
    let version = text("VERSION");
    let mut parts = ours.split("\n[[package]]\n");
    let mut packages = vec![parts.next().unwrap().to_owned()];
    for package in parts {
        let package = match package.contains("\nsource = ") {
            true => package.to_owned(),
            false => {
                let stamp = format!("version = \"{}\"\n", version.trim());
                package.replacen(&stamp, &format!("{stamp}source = \"{source}\"\n"), 1)
            }
        };
        packages.push(package);
    }
    let full = format!("xtask {} (git+{url}?tag={TAG})", version.trim());
    packages.push(format!("name = \"xtask\"\nversion = \"0.0.0\"\ndependencies = [\n \"{full}\",\n]\n"));
    packages.join("\n[[package]]\n")
}

/// An adopting repository as the page shows it, next to what it depends on.
struct Adopter {
    folder: TempDir,
    home: PathBuf,
}

impl Adopter {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, commit) = published(&folder.path().join("slipway"));
        let adopter = Self::of(folder, &url);
        fs::write(adopter.here().join("Cargo.lock"), lock(&url, &commit)).unwrap();
        adopter
    }

    /// One that depends on what lies behind an address.
    fn of(folder: TempDir, url: &str) -> Self {
        let here = folder.path().join("platform");
        for (path, text) in shown() {
            let text = text.replace("https://github.com/acme/slipway", url);
            let file = here.join(&path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        fs::write(here.join(".gitignore"), "/target\n").unwrap();
        git(&here, &["init", "--quiet", "--initial-branch", "main"]);
        // What was fetched from the registry before is used; what is fetched from Git stays in the test's folder.
        let home = folder.path().join("cargo-home");
        fs::create_dir_all(&home).unwrap();
        let own = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let own = own.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
        std::os::unix::fs::symlink(own.join("registry"), home.join("registry")).unwrap();
        Self { folder, home }
    }

    fn here(&self) -> PathBuf {
        self.folder.path().join("platform")
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).current_dir(self.here()).env("CARGO_HOME", &self.home);
        // The build of this test must not reach into the build of that repository.
        for name in ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
            command.env_remove(name);
        }
        command
    }

    fn commit(&self) {
        git(&self.here(), &["add", "--all"]);
        git(&self.here(), &["commit", "--quiet", "--message", "feat: begin"]);
    }
}

fn host() -> String {
    let version = run(Command::new("rustc").args(["--version", "--verbose"])).stdout;
    let version = String::from_utf8(version).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn the_page_shows_every_file_that_is_needed() {
    let shown: Vec<String> = shown().into_keys().collect();
    assert_eq!(
        shown,
        [
            ".cargo/config.toml",
            "Cargo.toml",
            "VERSION",
            "compose/base.yaml",
            "config/bundles.yaml",
            "config/env.yaml",
            "config/release.yaml",
            "xtask/Cargo.toml",
            "xtask/src/main.rs",
        ]
    );
}

#[test]
fn a_repository_that_depends_on_ours_by_tag_resolves() {
    let adopter = Adopter::new();
    let output =
        run(&mut adopter.cargo(&["metadata", "--format-version", "1", "--filter-platform", &host()]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains(" index"), "the registry was asked: {said}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let from_git =
        |package: &&Value| package["source"].as_str().is_some_and(|source| source.starts_with("git+"));
    let mut ours: Vec<&str> =
        packages.iter().filter(from_git).map(|package| package["name"].as_str().unwrap()).collect();
    ours.sort_unstable();
    assert_eq!(ours, ["bundle-format", "release-core", "release-edge", "release-rehearsal", "xtask"]);
    let root = metadata["resolve"]["root"].as_str().or(metadata["workspace_members"][0].as_str()).unwrap();
    assert!(root.contains("/platform/xtask"), "{root}");
}

#[test]
fn the_configuration_of_the_page_is_in_order_and_releases_in_a_rehearsal() {
    let adopter = Adopter::new();
    adopter.commit();
    let ours = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).current_dir(adopter.here()).env("TMPDIR", adopter.folder.path());
        command.envs([("GIT_AUTHOR_NAME", "Test"), ("GIT_AUTHOR_EMAIL", "test@example.org")]);
        run(&mut command).stdout
    };
    git(&adopter.here(), &["config", "user.name", "Test"]);
    git(&adopter.here(), &["config", "user.email", "test@example.org"]);
    ours(&["check"]);
    let receipt: Value = serde_json::from_slice(&ours(&["release", "--rehearse", "--json"])).unwrap();
    assert_eq!((&receipt["outcome"], &receipt["tag"]), (&"released".into(), &"v1.0.0".into()));
    let names: Vec<&str> =
        receipt["assets"].as_array().unwrap().iter().map(|asset| asset["name"].as_str().unwrap()).collect();
    let described = [".tar.gz", ".bundle.json", ".cdx.json", ".provenance.json"];
    let mut wanted = described.map(|ending| format!("platform-v1.0.0{ending}")).to_vec();
    wanted.push("SHA256SUMS".to_owned());
    assert_eq!(names, wanted);
}

/// Two packages are called `xtask` then, and Cargo has to take the right one: tried with a stand-in for ours, which builds in no time.
#[test]
fn the_alias_of_the_page_finds_the_repository_s_own_package_from_every_folder() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("slipway");
    fs::create_dir_all(ours.join("src")).unwrap();
    let manifest = "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(ours.join("Cargo.toml"), manifest).unwrap();
    let code =
        "pub fn main() -> std::process::ExitCode { println!(\"here\"); std::process::ExitCode::SUCCESS }";
    fs::write(ours.join("src/lib.rs"), code).unwrap();
    fs::write(ours.join("src/main.rs"), "fn main() { panic!() }").unwrap();
    git(&ours, &["init", "--quiet"]);
    git(&ours, &["add", "--all"]);
    git(&ours, &["commit", "--quiet", "--message", "feat: stand in"]);
    git(&ours, &["tag", TAG]);
    let adopter = Adopter::of(folder, &format!("file://{}", ours.display()));
    for place in ["", "config"] {
        let mut command = adopter.cargo(&["xtask"]);
        let output = run(command.current_dir(adopter.here().join(place)));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "here\n");
    }
}

#[test]
#[ignore = "builds the tool a second time, which takes minutes: `cargo xtask test --long` does"]
fn cargo_xtask_works_in_a_repository_that_adopts_it() {
    let adopter = Adopter::new();
    let output = run(&mut adopter.cargo(&["xtask", "--version"]));
    assert!(String::from_utf8_lossy(&output.stdout).contains(text("VERSION").trim()));
}
