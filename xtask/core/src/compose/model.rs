//! Owns the Compose file as bundling uses it: services and their images, the variables, the text that is written. It must never
//! change anything but image references.

use super::interpolation::{self, Operator};
use super::sources::{self, FileSource};
use crate::yaml::{self, Map, Node, Place, Value};

/// A merged Compose file. All that is in it fits Compose.
#[derive(Debug, Clone)]
pub struct ComposeFile {
    pub(super) root: Map,
    /// The files it was merged from, by the number in each place.
    pub(super) files: Vec<String>,
}

/// A service of a Compose file.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    name: &'a str,
    node: &'a Node,
}

/// One place where a variable is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionUse {
    /// The place, as `services.api.ports[0]`.
    pub path: String,
    /// The whole expression, as `${PORT:-80}`.
    pub text: String,
    /// The variable's name.
    pub name: String,
    /// What happens when the variable has no value.
    pub operator: Operator,
    /// The default, message or alternative behind the operator.
    pub argument: String,
    /// Where the text begins that it stands in.
    pub place: Place,
}

/// The Compose file has no such service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Compose file has no service `{0}`; check the name")]
pub struct NoSuchService(pub String);

impl PartialEq for ComposeFile {
    /// Compares what the files come to; where it was read does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}

impl<'a> Service<'a> {
    /// The service's name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The image as it is written, variables included.
    pub fn image(&self) -> Option<&'a str> {
        self.node.get("image")?.as_text()
    }

    /// Whether the service says how its image is built.
    pub fn has_build(&self) -> bool {
        self.node.get("build").is_some()
    }

    /// Where the value of a key was read; nowhere for a key that is not there.
    pub fn place_of(&self, key: &str) -> Place {
        self.node.get(key).map(|node| node.place).unwrap_or_default()
    }

    /// The profiles that start the service; none means always.
    pub fn profiles(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.node.get("profiles").and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_text)
    }

    /// The service as it is written, for comparing it with another.
    pub fn emit(&self) -> String {
        self.node.as_map().map(yaml::emit).unwrap_or_default()
    }

    /// The value of any key of the service, for readers of ports, volumes and the like.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key)
    }
}

impl ComposeFile {
    /// The services in source order.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        let services = self.section("services");
        services.into_iter().flatten().map(|(name, node)| Service { name: name.as_str(), node })
    }

    /// A service by name.
    pub fn service(&self, name: &str) -> Option<Service<'_>> {
        let (name, node) = self.section("services")?.get_key_value(name)?;
        Some(Service { name: name.as_str(), node })
    }

    /// Sets the image of a service, exactly as given. A dollar sign in it is Compose's.
    ///
    /// # Errors
    /// When there is no such service.
    pub fn set_image(&mut self, service: &str, image: &str) -> Result<(), NoSuchService> {
        let missing = || NoSuchService(service.to_owned());
        let services = map_mut(self.root.get_mut("services")).ok_or_else(missing)?;
        let map = map_mut(services.get_mut(service)).ok_or_else(missing)?;
        let node = Node::text(image, Default::default());
        match map.get_mut("image") {
            Some(there) => *there = node,
            None => {
                map.insert(yaml::Key::new("image", Default::default()), node);
            }
        }
        Ok(())
    }

    /// File, line and column of a place, as editors understand them; none for what was not read from a file.
    pub fn whereabouts(&self, place: Place) -> Option<String> {
        let file = self.files.get(usize::from(place.source))?;
        (place.line > 0).then(|| format!("{file}:{}:{}", place.line, place.column))
    }

    /// Every file or folder of the host that the services refer to.
    pub fn file_sources(&self) -> Vec<FileSource> {
        sources::collect(&self.root)
    }

    /// Every use of a variable, in source order; those within an argument follow the expression that they are in.
    pub fn expressions(&self) -> Vec<ExpressionUse> {
        let mut uses = Vec::new();
        let mut path = String::new();
        for (key, node) in &self.root {
            path.clear();
            path.push_str(key.as_str());
            collect_uses(node, &mut path, &mut uses);
        }
        uses
    }

    /// A top-level section, such as `volumes`.
    pub fn section(&self, name: &str) -> Option<&Map> {
        self.root.get(name)?.as_map()
    }

    /// Writes the file: source order, quoted so that readers of YAML 1.1 and 1.2 agree, always the same bytes.
    pub fn emit(&self) -> String {
        yaml::emit(&self.root)
    }
}

fn map_mut(node: Option<&mut Node>) -> Option<&mut Map> {
    match &mut node?.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn collect_uses(node: &Node, path: &mut String, uses: &mut Vec<ExpressionUse>) {
    let length = path.len();
    match &node.value {
        Value::Text(text) => {
            // Loading has refused what is malformed.
            for found in interpolation::expressions(text).unwrap_or_default() {
                uses.push(ExpressionUse {
                    path: path.clone(),
                    text: found.text.to_owned(),
                    name: found.name.to_owned(),
                    operator: found.operator,
                    argument: found.argument.to_owned(),
                    place: node.place,
                });
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                collect_uses(item, path, uses);
                path.truncate(length);
            }
        }
        Value::Map(map) => {
            for (key, value) in map {
                path.push('.');
                path.push_str(key.as_str());
                collect_uses(value, path, uses);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}
