//! Finds the tags of own images in a Compose file. Never merges or judges the file, and never touches a third-party image.

use semver::Version;

use super::carrier::{At, Carrier, StampError, line};
use super::yaml;
use crate::config::release::OwnImages;
use crate::identity::Tag;
use crate::yaml::located::{Node, Value};

/// The tag of each `image` that is an own image, wherever in the file it stands.
pub(super) fn carriers(
    path: &str,
    text: &str,
    images: &OwnImages,
    version: &Version,
) -> Result<Vec<Carrier>, StampError> {
    let root = yaml::read(path, text)?;
    let mut references = Vec::new();
    collect(&root, &mut references);
    let mut carriers = Vec::new();
    for node in references {
        carriers.extend(carrier(path, text, node, images, version)?);
    }
    if carriers.is_empty() { Err(StampError::NoImage { path: path.to_owned() }) } else { Ok(carriers) }
}

/// The values of all keys `image`. An anchored value is there once for each alias; equal places are joined later.
fn collect<'a>(node: &'a Node, references: &mut Vec<&'a Node>) {
    match &node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter().for_each(|item| collect(item, references)),
        Value::Map(entries) => {
            for (key, value) in entries {
                if key.name == "image" && matches!(value.value, Value::Scalar { .. }) {
                    references.push(value);
                }
                collect(value, references);
            }
        }
    }
}

fn carrier(
    path: &str,
    text: &str,
    node: &Node,
    images: &OwnImages,
    version: &Version,
) -> Result<Option<Carrier>, StampError> {
    let Value::Scalar { text: reference, .. } = &node.value else { return Ok(None) };
    let Some((image, rest)) = own(reference, images) else { return Ok(None) };
    let at = At { path, text, key: image };
    let place = || (path.to_owned(), line(text, node.span.start), image.to_owned());
    if rest.contains('$') {
        let (path, line, image) = place();
        return Err(StampError::TagIsVariable { path, line, image });
    }
    if rest.contains('@') {
        let (path, line, image) = place();
        return Err(StampError::Pinned { path, line, image });
    }
    let (span, _) = yaml::written(node, text).ok_or_else(|| at.not_a_version(node.span.start))?;
    let wanted = format!(":{}", Tag::of(version));
    let span = span.end - rest.len()..span.end;
    Ok(Some(Carrier { key: image.to_owned(), span, found: rest.to_owned(), wanted }))
}

/// An own image without its tag, and what follows it.
fn own<'a>(reference: &'a str, images: &OwnImages) -> Option<(&'a str, &'a str)> {
    let name = reference.strip_prefix(images.registry.as_str())?.strip_prefix('/')?;
    let rest = images.names.iter().find_map(|image| {
        name.strip_prefix(image.name.as_str()).filter(|rest| rest.is_empty() || rest.starts_with([':', '@']))
    })?;
    Some((reference.get(..reference.len() - rest.len())?, rest))
}
