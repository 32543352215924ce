//! For files written in every way: the bytes around the version stay, and a second stamp finds nothing to do.

use proptest::prelude::*;

use super::*;

fn a_version() -> impl Strategy<Value = String> {
    let release = (0u64..50, 0u64..50, 0u64..50, prop::option::of("(rc|beta)\\.[1-9]"));
    release.prop_map(|(major, minor, patch, pre)| {
        let pre = pre.map(|pre| format!("-{pre}")).unwrap_or_default();
        format!("{major}.{minor}.{patch}{pre}")
    })
}

fn a_file() -> impl Strategy<Value = (StampKind, Option<&'static str>, String, &'static str)> {
    let space = "[ ]{0,3}";
    let remark = "( # [a-zé\u{1f680} '\"]{0,8})?";
    let last = prop::bool::ANY;
    (a_version(), space, remark, 0..6usize, last).prop_map(|(version, space, remark, shape, last)| {
        let end = if last { "\n" } else { "" };
        match shape {
            0 => (
                StampKind::Toml,
                Some("project.version"),
                format!("[project]{remark}\nname{space}= \"é\"\nversion ={space}\"{version}\"{remark}{end}"),
                "f",
            ),
            1 => (
                StampKind::Json,
                Some("a.version"),
                format!("{{\"x\":{space}[\"é\", 1],\n\"a\":{{{space}\"version\":{space}\"{version}\"{space}}}}}{end}"),
                "f",
            ),
            2 => (
                StampKind::Yaml,
                Some("chart.version"),
                format!("é: 1{remark}\nchart:\n  name: x{remark}\n  version: {space}{version}{remark}{end}"),
                "f",
            ),
            3 => (
                StampKind::Yaml,
                Some("version"),
                format!("a: 'é'\nversion: {space}\"v{version}\"{remark}{end}"),
                "f",
            ),
            4 => (
                StampKind::ImageTags,
                None,
                format!("services:\n  web:\n    image: ghcr.io/acme/platform/web:v{version}{remark}\n  db: {{image: postgres:{version}}}{end}"),
                "f",
            ),
            _ => (
                StampKind::CargoWorkspace,
                None,
                format!("[workspace.package]\nversion{space}=\"{version}\"{remark}\n[workspace.dependencies]\na={{version=\"{version}\"}}{end}"),
                "Cargo.toml",
            ),
        }
    })
}

proptest! {
    #[test]
    fn nothing_but_the_version_changes(
        (kind, key, text, path) in a_file(),
        crlf in prop::bool::ANY,
        mark in prop::bool::ANY,
        wanted in a_version(),
    ) {
        let mut text = if crlf { text.replace('\n', "\r\n") } else { text };
        if mark {
            text.insert(0, '\u{feff}');
        }
        let release = release(vec![stamp_of(path, kind, key)]);
        let before = tree(&[(path, &text), (VERSION, "0.0.0\n")]);
        let wanted = Version::parse(&wanted).expect("is a version");
        let edits = stamp(&release, &before, &wanted).expect("can be stamped");
        let after = applied(&before, &edits);
        let after_text = text_of(&after, path).expect("is there");
        if let Some(edit) = edits.iter().find(|edit| edit.path == path) {
            let [splice] = edit.splices.as_slice() else { panic!("one place carries the version") };
            let (start, end) = (splice.at, splice.at + splice.remove);
            prop_assert_eq!(&text[..start], &after_text[..start]);
            prop_assert_eq!(&text[end..], &after_text[start + splice.insert.len()..]);
            prop_assert!(splice.remove <= text[start..end].trim().len(), "only the version is replaced");
        } else {
            prop_assert_eq!(&text, after_text);
        }
        prop_assert!(after_text.contains(&wanted.to_string()));
        prop_assert_eq!(stamp(&release, &after, &wanted), Ok(vec![]));
        prop_assert_eq!(differences(&release, &after), vec![]);
    }
}
