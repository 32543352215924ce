//! Stamping: each kind of file, what cannot be stamped, and that nothing but the version ever changes.

mod unchanged;

use super::*;
use crate::config::release::{OwnImage, OwnImages};
use serde_json::json;

fn release(stamps: Vec<Stamp>) -> ReleaseConfig {
    let mut release: ReleaseConfig = serde_json::from_value(json!({
        "format": 1,
        "product": "platform",
        "repository": { "owner": "acme", "name": "platform" },
        "version": { "first": "1.0.0" },
    }))
    .expect("has the right shape");
    release.stamps = stamps;
    let names = ["api", "api/worker", "web"];
    release.images = OwnImages {
        registry: "ghcr.io/acme/platform".to_owned(),
        names: names
            .map(|name| OwnImage { name: name.to_owned(), context: ".".to_owned(), ..OwnImage::default() })
            .to_vec(),
        ..OwnImages::default()
    };
    release
}

fn stamp_of(path: &str, kind: StampKind, key: Option<&str>) -> Stamp {
    Stamp { path: path.to_owned(), kind, key: key.map(str::to_owned) }
}

fn text_file(text: &str) -> SourceFile {
    SourceFile { content: Content::Text(text.to_owned()), executable: false }
}

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), text_file(text))).collect()
}

fn version() -> Version {
    Version::new(1, 3, 0)
}

/// The tree after the edits.
fn applied(tree: &Tree, edits: &[FileEdit]) -> Tree {
    let mut after = tree.clone();
    for edit in edits {
        let before = text_of(tree, &edit.path).ok().map(str::as_bytes);
        let bytes = apply(edit, before).expect("fits");
        after.insert(edit.path.clone(), text_file(&String::from_utf8(bytes).expect("is text")));
    }
    after
}

/// Stamps one file and gives its text; proves on the way that a second stamp is empty and that the check agrees.
fn stamped(stamp_entry: Stamp, before: &str) -> Result<String, Vec<String>> {
    let path = stamp_entry.path.clone();
    let release = release(vec![stamp_entry]);
    let before = tree(&[(&path, before), (VERSION, "1.2.0\n")]);
    let messages = |found: Vec<Finding>| found.into_iter().map(|finding| finding.message).collect::<Vec<_>>();
    let after = applied(&before, &stamp(&release, &before, &version()).map_err(messages)?);
    assert_eq!(stamp(&release, &after, &version()), Ok(vec![]), "a second stamp is empty");
    assert_eq!(differences(&release, &after), []);
    Ok(text_of(&after, &path).expect("is there").to_owned())
}

#[test]
fn each_kind_of_file_carries_the_version_and_nothing_else_changes() {
    use StampKind::{ImageTags, Json, Toml, Yaml};
    for (kind, key, before, after) in [
        (Json, "version", "{\"version\": \"1.2.0\"}", "{\"version\": \"1.3.0\"}"),
        (
            Json,
            "version",
            "\u{feff}{\r\n\t\"version\"  :\"1.2.0\" }",
            "\u{feff}{\r\n\t\"version\"  :\"1.3.0\" }",
        ),
        (
            Json,
            "packages..version",
            "{\"packages\":{\"\":{\"version\":\"1.2.0\"}}}\n",
            "{\"packages\":{\"\":{\"version\":\"1.3.0\"}}}\n",
        ),
        (
            Json,
            "a.1.v",
            "{\"a\":[{\"v\":\"1.0.0\"},{\"v\":\"1.2.0\"}]}",
            "{\"a\":[{\"v\":\"1.0.0\"},{\"v\":\"1.3.0\"}]}",
        ),
        (Json, "é.v", "{\"é\":{\"v\":\"v1.2.0-rc.1\"}}", "{\"é\":{\"v\":\"v1.3.0\"}}"),
        (
            Toml,
            "project.version",
            "# ü\r\n[project]\r\nversion = '1.2.0' # x\r\n",
            "# ü\r\n[project]\r\nversion = '1.3.0' # x\r\n",
        ),
        (Toml, "tool.x.tag", "tool.x = { tag = \"v1.2.0\" }", "tool.x = { tag = \"v1.3.0\" }"),
        (Toml, "p.1.version", "[[p]]\n[[p]]\nversion=\"1.2.0\"\n", "[[p]]\n[[p]]\nversion=\"1.3.0\"\n"),
        (Yaml, "appVersion", "appVersion: 1.2.0 # x", "appVersion: 1.3.0 # x"),
        (Yaml, "a.b", "é: ü\r\na:\r\n  b: &v 'v1.2.0'  # x\r\n", "é: ü\r\na:\r\n  b: &v 'v1.3.0'  # x\r\n"),
        (Yaml, "a.0", "a: [!!str \"1.2\", x]\n", "a: [!!str \"1.3.0\", x]\n"),
        (Yaml, "version", "version: 1.2\n", "version: 1.3.0\n"),
    ] {
        let path = "some.file";
        let found = stamped(stamp_of(path, kind, Some(key)), before);
        assert_eq!(found.as_deref(), Ok(after), "{before}");
    }
    let compose = "x-api: &api\n  image: ghcr.io/acme/platform/api:v1.2.0\nservices:\n  api: *api\n  two:\n    <<: *api\n    image: 'ghcr.io/acme/platform/api/worker'\n  db:\n    image: postgres:17\n  near:\n    image: ghcr.io/acme/platform/apix:v1\n  web: !override {image: \"ghcr.io/acme/platform/web:dev\"}\n";
    let after = compose
        .replace("api:v1.2.0", "api:v1.3.0")
        .replace("worker'", "worker:v1.3.0'")
        .replace("web:dev", "web:v1.3.0");
    assert_eq!(stamped(stamp_of("compose.yaml", ImageTags, None), compose), Ok(after));
}

const MANIFEST: &str = r#"[workspace]
members = ["a", "b"]

[workspace.package]
version = "1.2.0" # the platform's

[workspace.dependencies]
a = { path = "a", version = "=1.2.0" }
b = { path = "b" }
serde = { version = "1.2.0" }
"#;

const LOCK: &str = r#"version = 4

[[package]]
name = "a"
version = "1.2.0"
dependencies = [
 "b 1.2.0",
 "b 0.9.0",
 "own",
]

[[package]]
name = "b"
version = "1.2.0"

[[package]]
name = "b"
version = "0.9.0"
source = "registry"

[[package]]
name = "own"
version = "0.4.0"
"#;

fn workspace() -> (ReleaseConfig, Tree) {
    let tree = tree(&[
        (VERSION, "1.2.0\n"),
        ("core/Cargo.toml", MANIFEST),
        ("core/Cargo.lock", LOCK),
        ("core/own/Cargo.toml", "[package]\nname = \"own\"\nversion = \"0.4.0\"\n"),
        ("core/a/Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true\n"),
    ]);
    (release(vec![stamp_of("core/Cargo.toml", StampKind::CargoWorkspace, None)]), tree)
}

#[test]
fn row_1_3_a_cargo_workspace_is_stamped_in_its_manifest_and_its_lock_file() {
    let (release, before) = workspace();
    assert_eq!(differences(&release, &before), []);
    let after = applied(&before, &stamp(&release, &before, &version()).expect("can be stamped"));
    let text = |path| text_of(&after, path).expect("is there").to_owned();
    assert_eq!(
        text("core/Cargo.toml"),
        MANIFEST.replace("version = \"1.2.0\" #", "version = \"1.3.0\" #").replace("=1.2.0", "=1.3.0")
    );
    assert_eq!(
        text("core/Cargo.lock"),
        LOCK.replace("version = \"1.2.0\"", "version = \"1.3.0\"").replace("b 1.2.0", "b 1.3.0")
    );
    assert_eq!(text("core/own/Cargo.toml"), text_of(&before, "core/own/Cargo.toml").expect("is there"));
    assert_eq!(text(VERSION), "1.3.0\n");
    assert_eq!(differences(&release, &after), []);
}

#[test]
fn a_manifest_below_a_workspace_that_is_not_of_it_hides_no_package() {
    let (release, mut before) = workspace();
    before.insert(
        "core/a/template/Cargo.toml".to_owned(),
        text_file("[package]\nname = \"a\"\nversion = \"0.1.0\"\n"),
    );
    let after = applied(&before, &stamp(&release, &before, &version()).expect("can be stamped"));
    let lock = text_of(&after, "core/Cargo.lock").expect("is there");
    assert!(lock.contains("name = \"a\"\nversion = \"1.3.0\""), "{lock}");
}

#[test]
fn a_workspace_without_a_lock_file_is_stamped_too() {
    let (release, mut before) = workspace();
    before.remove("core/Cargo.lock");
    let edits = stamp(&release, &before, &version()).expect("can be stamped");
    assert_eq!(edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(), [VERSION, "core/Cargo.toml"]);
}

#[test]
fn row_1_3_every_carrier_that_differs_is_named_with_its_place() {
    let (release, mut before) = workspace();
    before.insert(VERSION.to_owned(), text_file("1.3.0\n"));
    let found = differences(&release, &before);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|finding| finding.cause == Cause::VersionDiffers));
    let package = found.iter().find(|finding| finding.message.contains("workspace.package.version"));
    let package = package.expect("is named");
    assert_eq!(
        package.message,
        "`core/Cargo.toml` carries `1.2.0` at `workspace.package.version`, and `VERSION` asks for `1.3.0`"
    );
    assert_eq!(package.place.as_deref(), Some("core/Cargo.toml:5"));
}

#[test]
fn the_version_file_is_made_or_replaced_whole() {
    for before in [None, Some(""), Some("1.2.0"), Some("1.3.0"), Some("1.3.0\r\n"), Some("v1\nx\n")] {
        let before = before.map_or_else(Tree::new, |text| tree(&[(VERSION, text)]));
        let edits = stamp(&release(vec![]), &before, &version()).expect("can be stamped");
        assert_eq!(text_of(&applied(&before, &edits), VERSION), Ok("1.3.0\n"));
    }
    let done = tree(&[(VERSION, "1.3.0\n")]);
    assert_eq!(stamp(&release(vec![]), &done, &version()), Ok(vec![]));
}

#[test]
fn a_version_file_that_holds_none_is_a_finding() {
    assert_eq!(differences(&release(vec![]), &Tree::new())[0].cause, Cause::FileMissing);
    assert!(differences(&release(vec![]), &tree(&[(VERSION, "one\n")]))[0].message.contains("no version"));
}

#[test]
fn what_cannot_be_stamped_is_a_finding_and_never_a_guess() {
    use StampKind::{CargoWorkspace, ImageTags, Json, Toml, Yaml};
    for (kind, key, before, said) in [
        (Json, Some("version"), "{}", "has no `version`"),
        (Json, Some("a.b"), "{\"a\":\"1.0.0\"}", "has no `a.b`"),
        (Json, Some("v"), "{\"v\":1}", "is no version"),
        (Json, Some("v"), "{\"v\":\"name\"}", "is no version"),
        (Json, Some("v"), "{\"v\":\"1.\\u0030.0\"}", "is no version"),
        (Json, Some("v"), "{\"v\":", "cannot be read"),
        (Toml, Some("v"), "", "has no `v`"),
        (Toml, Some("v"), "v = 1.0", "is no version"),
        (Toml, Some("v"), "v = \"\"\"1.0.0\"\"\"", "is no version"),
        (Toml, Some("v"), "v = \"1", "cannot be read"),
        (Yaml, Some("v"), "v:\n", "is no version"),
        (Yaml, Some("v"), "v: |\n  1.0.0\n", "is no version"),
        (Yaml, Some("v"), "v: \"1.\\x30.0\"\n", "is no version"),
        (Yaml, Some("v.w"), "v: 1.0.0\n", "has no `v.w`"),
        (Yaml, Some("v"), "v: [", "cannot be read"),
        (ImageTags, None, "services: {db: {image: postgres}}", "refers to no own image"),
        (ImageTags, None, "image: ghcr.io/acme/platform/api:${TAG}", "is a variable"),
        (ImageTags, None, "image: ghcr.io/acme/platform/api:v1@sha256:00", "is pinned by digest"),
        (CargoWorkspace, None, "[workspace]\n", "has no `workspace.package.version`"),
        (
            CargoWorkspace,
            None,
            "[workspace]\npackage.version=\"1.0.0\"\ndependencies.a={path=\"a\",version=\">=1, <2\"}",
            "is no version",
        ),
    ] {
        let found = stamped(stamp_of("f", kind, key), before).expect_err(before);
        assert!(found.len() == 1 && found[0].contains(said), "{before}: {found:?}");
    }
}

#[test]
fn every_file_that_cannot_be_stamped_is_named_at_once() {
    let release = release(vec![
        stamp_of("a.json", StampKind::Json, Some("v")),
        stamp_of("b.json", StampKind::Json, Some("v")),
        stamp_of("c.json", StampKind::Json, Some("v")),
    ]);
    let mut tree = tree(&[(VERSION, "1.2.0\n"), ("b.json", "{}")]);
    let binary = SourceFile { content: Content::Base64("/w==".to_owned()), executable: false };
    tree.insert("c.json".to_owned(), binary);
    let found = stamp(&release, &tree, &version()).expect_err("cannot be stamped");
    let causes: Vec<_> = found.iter().map(|finding| finding.cause).collect();
    assert_eq!(causes, [Cause::FileMissing, Cause::Configuration, Cause::Configuration]);
    assert_eq!(differences(&release, &tree).len(), 3);
}

#[test]
fn one_place_that_two_entries_name_is_replaced_once() {
    let release = release(vec![
        stamp_of("c.yaml", StampKind::ImageTags, None),
        stamp_of("c.yaml", StampKind::Yaml, Some("x-version")),
        stamp_of("c.yaml", StampKind::Yaml, Some("y-version")),
    ]);
    let before =
        tree(&[("c.yaml", "x-version: &v 1.2.0\ny-version: *v\nimage: ghcr.io/acme/platform/web:v1.2.0\n")]);
    let after = applied(&before, &stamp(&release, &before, &version()).expect("can be stamped"));
    assert_eq!(
        text_of(&after, "c.yaml"),
        Ok("x-version: &v 1.3.0\ny-version: *v\nimage: ghcr.io/acme/platform/web:v1.3.0\n")
    );
}
