//! Owns what makes two items of a list the same, so that an overlay's item takes the place of the first. Where variables decide,
//! both items stay, in order: Compose decides when it loads the file. It must never guess.

use std::borrow::Cow;

use super::interpolation::{is_open, split_outside};
use super::rules::Identity;
use super::short_syntax;
use crate::yaml::{Node, Value};

/// The parts that identify an item.
type Parts<'a> = Vec<Cow<'a, str>>;

/// Keeps of all items with one identity the last, at the place of the first. Leaves the list alone where it cannot tell.
pub(super) fn unite(items: Vec<Node>, identity: Identity) -> Vec<Node> {
    let Some(order) = order(&items, identity) else {
        return items;
    };
    let mut items: Vec<Option<Node>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| items.get_mut(index).and_then(Option::take)).collect()
}

/// The indices of the items that stay. None when variables decide about two of them.
fn order(items: &[Node], identity: Identity) -> Option<Vec<usize>> {
    let keys: Vec<Parts<'_>> = items.iter().map(|item| parts(item, identity)).collect::<Option<_>>()?;
    if keys.iter().flatten().any(|part| is_undecided(part, identity)) {
        return careful_order(&keys, identity);
    }
    let mut seen = std::collections::HashMap::new();
    let mut order = Vec::new();
    for (index, key) in keys.into_iter().enumerate() {
        let next = order.len();
        let place = *seen.entry(key).or_insert(next);
        match order.get_mut(place) {
            Some(kept) => *kept = index,
            None => order.push(index),
        }
    }
    Some(order)
}

fn careful_order(keys: &[Parts<'_>], identity: Identity) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let mut place = None;
        for (at, kept) in order.iter().enumerate() {
            if are_same(keys.get(*kept)?, key, identity)? {
                place = Some(at);
            }
        }
        match place.and_then(|at| order.get_mut(at)) {
            Some(kept) => *kept = index,
            None => order.push(index),
        }
    }
    Some(order)
}

/// None when variables decide.
fn are_same(left: &[Cow<'_, str>], right: &[Cow<'_, str>], identity: Identity) -> Option<bool> {
    let mut decided = true;
    for (left, right) in left.iter().zip(right) {
        if left == right {
            continue;
        }
        if !is_undecided(left, identity) && !is_undecided(right, identity) {
            return Some(false);
        }
        decided = false;
    }
    decided.then_some(true)
}

/// A variable, or a range of ports, which Compose takes apart first.
fn is_undecided(part: &str, identity: Identity) -> bool {
    is_open(part) || (identity == Identity::Port && part.contains('-'))
}

/// None for an item whose fields cannot be told apart.
fn parts(item: &Node, identity: Identity) -> Option<Parts<'_>> {
    if item.as_text().is_some_and(is_one_expression) && identity != Identity::Whole {
        return None;
    }
    let key = match identity {
        Identity::Name => Cow::Borrowed(item.as_text()?.split('=').next()?),
        Identity::Whole => scalar(item)?,
        Identity::Volume => match item.as_text() {
            Some(text) => Cow::Owned(short_syntax::clean(short_syntax::volume(text)?.target)),
            None => Cow::Borrowed(item.get("target")?.as_text()?),
        },
        Identity::Device => match item.as_text() {
            Some(text) => Cow::Borrowed(short_syntax::device_target(text)),
            None => Cow::Borrowed(item.get("target")?.as_text()?),
        },
        Identity::Config => mount(item, "/")?,
        Identity::Secret => mount(item, "/run/secrets/")?,
        Identity::EnvFile => Cow::Borrowed(item.as_text().or_else(|| item.get("path")?.as_text())?),
        Identity::Port => return port(item),
    };
    Some(vec![key])
}

/// `${A}` as a whole may stand for several fields.
fn is_one_expression(text: &str) -> bool {
    text.starts_with('$') && split_outside(text, ':').len() == 1
}

fn mount<'a>(item: &'a Node, folder: &str) -> Option<Cow<'a, str>> {
    if let Some(target) = item.get("target") {
        return target.as_text().map(Cow::Borrowed);
    }
    let source = item.as_text().or_else(|| item.get("source")?.as_text())?;
    Some(Cow::Owned(format!("{folder}{source}")))
}

/// Compose compares long ports as they are written: a number and the same number in quotes differ.
fn port(item: &Node) -> Option<Parts<'_>> {
    let short = match &item.value {
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Map(_) => return long_port(item),
        _ => return None,
    };
    let port = short_syntax::port(&short)?;
    let ip = if port.ip.is_empty() { "0.0.0.0" } else { port.ip };
    let own = |text: &str| Cow::Owned(text.to_owned());
    Some(vec![own(ip), own(port.published), own(port.target), Cow::Owned(port.protocol.to_lowercase())])
}

fn long_port(item: &Node) -> Option<Parts<'_>> {
    let text = |key: &str, default: &'static str| match item.get(key) {
        Some(node) => node.as_text().map(Cow::Borrowed),
        None => Some(Cow::Borrowed(default)),
    };
    let published = match item.get("published").map(|node| &node.value) {
        Some(Value::Int(number)) => Cow::Owned(format!("number {number}")),
        _ => text("published", "")?,
    };
    let target = match &item.get("target")?.value {
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Text(text) if is_open(text) => Cow::Borrowed(text.as_str()),
        Value::Text(text) => Cow::Owned(format!("text {text}")),
        _ => return None,
    };
    Some(vec![text("host_ip", "0.0.0.0")?, published, target, text("protocol", "tcp")?])
}

fn scalar(item: &Node) -> Option<Cow<'_, str>> {
    match &item.value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Int(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}
