//! Owns which files and folders of the host a Compose file refers to. It must never resolve a path or look whether it exists.

use super::short_syntax;
use crate::yaml::{Map, Node, Place, Value};

/// A file or folder of the host that a Compose file refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSource {
    /// What refers to it.
    pub kind: SourceKind,
    /// The place, as `services.api.volumes[0]`.
    pub path: String,
    /// The path as it is written, variables included.
    pub source: String,
    /// Where it was read.
    pub place: Place,
}

/// What refers to a file of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A mount of a service.
    BindMount,
    /// A mount of a service with `create_host_path: true`: a folder that is made on the host where it is missing.
    HostFolder,
    /// An `env_file` that has to be there.
    EnvFile,
    /// An `env_file` with `required: false`.
    OptionalEnvFile,
    /// A `label_file`.
    LabelFile,
    /// The `file` of a config.
    Config,
    /// The `file` of a secret.
    Secret,
    /// The `file` of a credential specification.
    CredentialSpec,
}

pub(super) fn collect(root: &Map) -> Vec<FileSource> {
    let mut found = Vec::new();
    for (name, service) in section(root, "services") {
        let at = format!("services.{name}");
        mounts(&at, service, &mut found);
        text_or_list(&at, "env_file", service, &mut found);
        text_or_list(&at, "label_file", service, &mut found);
        let file = service.get("credential_spec").and_then(|spec| spec.get("file"));
        push(SourceKind::CredentialSpec, format!("{at}.credential_spec.file"), file, &mut found);
    }
    for (section_name, kind) in [("configs", SourceKind::Config), ("secrets", SourceKind::Secret)] {
        for (name, node) in section(root, section_name) {
            push(kind, format!("{section_name}.{name}.file"), node.get("file"), &mut found);
        }
    }
    found
}

fn section<'a>(root: &'a Map, name: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let map = root.get(name).and_then(Node::as_map);
    map.into_iter().flatten().map(|(key, node)| (key.as_str(), node))
}

fn push(kind: SourceKind, path: String, node: Option<&Node>, found: &mut Vec<FileSource>) {
    if let Some((source, node)) = node.and_then(|node| Some((node.as_text()?, node))) {
        found.push(FileSource { kind, path, source: source.to_owned(), place: node.place });
    }
}

/// A source that begins with a variable is taken for a path: a volume's name is never one in short syntax.
fn mounts(at: &str, service: &Node, found: &mut Vec<FileSource>) {
    let mounts = service.get("volumes").and_then(Node::as_list).unwrap_or_default();
    for (index, mount) in mounts.iter().enumerate() {
        let path = format!("{at}.volumes[{index}]");
        let source = match mount.as_text() {
            Some(text) => short_syntax::volume(text)
                .and_then(|volume| volume.source)
                .filter(|source| short_syntax::is_path(source) || source.starts_with('$')),
            None if mount.get("type").and_then(Node::as_text) == Some("bind") => {
                mount.get("source").and_then(Node::as_text)
            }
            None => None,
        };
        if let Some(source) = source {
            let made = mount.get("bind").and_then(|bind| bind.get("create_host_path"));
            let kind = if made.is_some_and(|made| is(made, true)) {
                SourceKind::HostFolder
            } else {
                SourceKind::BindMount
            };
            found.push(FileSource { kind, path, source: source.to_owned(), place: mount.place });
        }
    }
}

fn text_or_list(at: &str, key: &str, service: &Node, found: &mut Vec<FileSource>) {
    let Some(node) = service.get(key) else { return };
    let kind = if key == "env_file" { SourceKind::EnvFile } else { SourceKind::LabelFile };
    push(kind, format!("{at}.{key}"), Some(node), found);
    for (index, item) in node.as_list().unwrap_or_default().iter().enumerate() {
        let path = format!("{at}.{key}[{index}]");
        let optional = item.get("required").is_some_and(|required| is(required, false));
        let kind = if optional { SourceKind::OptionalEnvFile } else { kind };
        push(kind, path, Some(item.get("path").unwrap_or(item)), found);
    }
}

/// Whether a flag, which may be text as well, says so.
fn is(flag: &Node, wanted: bool) -> bool {
    flag.value == Value::Bool(wanted) || flag.as_text() == Some(if wanted { "true" } else { "false" })
}
