//! Owns whether the parts of a merged document fit each other: what is referred to is declared, what excludes each other is not
//! together. Source: what `docker compose config` refuses. It must never check one value by itself; `check` does.

use super::error::{Findings, Problem};
use super::interpolation::is_open;
use super::merge::{names_to_map, started};
use super::short_syntax;
use crate::yaml::{Map, Node, Place, Value};

/// Checks a merged document.
pub(super) fn check(root: &Map, findings: &mut Findings<'_>) {
    let empty = Map::new();
    let services = section(root, "services").unwrap_or(&empty);
    for (name, service) in services {
        let at = At { root, services, key: format!("services.{}", name.as_str()), place: name.place };
        if let Some(service) = service.as_map() {
            check_service(&at, service, findings);
        }
    }
    check_files(root, "configs", &["file", "content", "environment"], findings);
    check_files(root, "secrets", &["file", "environment"], findings);
    check_cycle(services, findings);
}

struct At<'a> {
    root: &'a Map,
    services: &'a Map,
    key: String,
    place: Place,
}

fn section<'a>(root: &'a Map, name: &str) -> Option<&'a Map> {
    root.get(name)?.as_map()
}

fn check_service(at: &At<'_>, service: &Map, findings: &mut Findings<'_>) {
    let has_image = service.get("image").and_then(Node::as_text).is_some_and(|image| !image.is_empty());
    if !has_image && !service.contains_key("build") {
        findings.add(at.place, &at.key, Problem::NoImage);
    }
    if service.contains_key("network_mode") && names(service, "networks").next().is_some() {
        findings.add(at.place, &at.key, Problem::Exclusive("network_mode", "networks"));
    }
    for (name, place) in names(service, "networks") {
        if name != "default" {
            declared(at, "networks", "network", (&name, place), findings);
        }
    }
    for (name, place) in names(service, "depends_on") {
        if !is_open(&name) && !at.services.contains_key(name.as_str()) {
            undeclared(at, "depends_on", "service", "services", (&name, place), findings);
        }
    }
    for (source, place) in named_volumes(service) {
        declared(at, "volumes", "volume", (source, place), findings);
    }
    for (section, kind) in [("configs", "config"), ("secrets", "secret")] {
        for item in service.get(section).and_then(Node::as_list).unwrap_or_default() {
            let source = item.as_text().or_else(|| item.get("source")?.as_text());
            if let Some(source) = source {
                declared(at, section, kind, (source, item.place), findings);
            }
        }
    }
    check_health(at, service, findings);
    check_devices(at, service, findings);
}

fn names(service: &Map, key: &str) -> impl Iterator<Item = (String, Place)> + use<> {
    let value = service.get(key).map_or(Value::Null, |node| node.value.clone());
    names_to_map(value, started).into_iter().map(|(key, _)| (key.as_str().to_owned(), key.place))
}

fn named_volumes(service: &Map) -> impl Iterator<Item = (&str, Place)> {
    let mounts = service.get("volumes").and_then(Node::as_list).unwrap_or_default();
    mounts.iter().filter_map(|mount| {
        let source = match mount.as_text() {
            Some(text) => {
                short_syntax::volume(text)?.source.filter(|source| !short_syntax::is_path(source))?
            }
            None if mount.get("type")?.as_text()? == "volume" => mount.get("source")?.as_text()?,
            None => return None,
        };
        Some((source, mount.place))
    })
}

fn declared(
    at: &At<'_>,
    key: &'static str,
    kind: &'static str,
    name: (&str, Place),
    findings: &mut Findings<'_>,
) {
    let known = section(at.root, key).is_some_and(|section| section.contains_key(name.0));
    if !known && !is_open(name.0) {
        undeclared(at, key, kind, key, name, findings);
    }
}

fn undeclared(
    at: &At<'_>,
    key: &str,
    kind: &'static str,
    section: &'static str,
    (name, place): (&str, Place),
    findings: &mut Findings<'_>,
) {
    let problem = Problem::Undeclared { kind, name: name.to_owned(), section };
    findings.add(place, &format!("{}.{key}", at.key), problem);
}

fn check_health(at: &At<'_>, service: &Map, findings: &mut Findings<'_>) {
    let test = service.get("healthcheck").and_then(|health| health.get("test")).and_then(Node::as_list);
    let Some(first) = test.and_then(<[Node]>::first) else { return };
    let words = ["CMD", "CMD-SHELL", "NONE"];
    let word = first.as_text().unwrap_or_default();
    if !words.contains(&word) && !is_open(word) {
        let problem = Problem::Choice { allowed: words.join(", "), found: word.to_owned() };
        findings.add(first.place, &format!("{}.healthcheck.test", at.key), problem);
    }
}

fn check_devices(at: &At<'_>, service: &Map, findings: &mut Findings<'_>) {
    let reserved = ["deploy", "resources", "reservations", "devices"];
    let mut node = service.get("deploy");
    for key in reserved.iter().skip(1) {
        node = node.and_then(|node| node.get(key));
    }
    let devices = node.and_then(Node::as_list).unwrap_or_default();
    let gpus = service.get("gpus").and_then(Node::as_list).unwrap_or_default();
    for device in devices.iter().chain(gpus) {
        if device.get("count").is_some() && device.get("device_ids").is_some() {
            findings.add(device.place, &at.key, Problem::Exclusive("count", "device_ids"));
        }
    }
}

/// Configs and secrets have exactly one source, unless they come from elsewhere.
fn check_files(root: &Map, name: &str, sources: &[&'static str], findings: &mut Findings<'_>) {
    for (key, node) in section(root, name).into_iter().flatten() {
        let trail = format!("{name}.{}", key.as_str());
        let mut given = sources.iter().filter(|source| node.get(source).is_some());
        match (given.next(), given.next()) {
            (Some(first), Some(second)) => {
                findings.add(key.place, &trail, Problem::Exclusive(first, second));
            }
            (None, _) if node.get("external").is_none() && node.get("driver").is_none() => {
                findings.add(key.place, &trail, Problem::Missing("file"));
            }
            _ => {}
        }
    }
}

/// Follows dependencies from each service; a service that waits for itself is reported with the way there.
fn check_cycle(services: &Map, findings: &mut Findings<'_>) {
    let mut done: std::collections::HashSet<String> = std::collections::HashSet::new();
    for (key, _) in services {
        let mut stack = vec![(key.as_str().to_owned(), 0_usize)];
        while let Some((name, next)) = stack.last().cloned() {
            let needs = services.get(name.as_str()).and_then(Node::as_map);
            let need = needs.and_then(|service| names(service, "depends_on").nth(next));
            if let Some((_, position)) = stack.last_mut() {
                *position += 1;
            }
            let Some((need, place)) = need else {
                done.insert(name);
                stack.pop();
                continue;
            };
            if stack.iter().any(|(waiting, _)| *waiting == need) {
                let start = stack.iter().position(|(waiting, _)| *waiting == need).unwrap_or_default();
                let way: Vec<_> = stack.iter().skip(start).map(|(name, _)| format!("`{name}`")).collect();
                let problem = Problem::Cycle(way.join(", "));
                return findings.add(place, &format!("services.{name}.depends_on"), problem);
            }
            if !done.contains(&need) {
                stack.push((need, 0));
            }
        }
    }
}
