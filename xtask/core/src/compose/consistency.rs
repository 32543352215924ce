//! Owns whether the parts of a merged document fit each other: what is referred to is declared, what excludes each other is not
//! together. Source: what `docker compose config` refuses. It must never check one value by itself; `check` does.

use std::collections::{HashMap, HashSet};

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
    for need in needs(service) {
        if !is_open(&need.name) && !at.services.contains_key(need.name.as_str()) {
            undeclared(at, need.key, "service", "services", (&need.name, need.place), findings);
        }
    }
    for (source, place) in named_volumes(service) {
        declared(at, "volumes", "volume", (source, place), findings);
    }
    let build_secrets = service.get("build").and_then(|build| build.get("secrets"));
    for (section, kind, node) in [
        ("configs", "config", service.get("configs")),
        ("secrets", "secret", service.get("secrets")),
        ("secrets", "secret", build_secrets),
    ] {
        for item in node.and_then(Node::as_list).unwrap_or_default() {
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

/// A service that another one waits for.
struct Need {
    name: String,
    key: &'static str,
    place: Place,
}

/// The services that one waits for: those it names, and those whose namespaces, links or volumes it uses.
fn needs(service: &Map) -> Vec<Need> {
    let mut needs: Vec<_> =
        names(service, "depends_on").map(|(name, place)| Need { name, key: "depends_on", place }).collect();
    for key in ["network_mode", "ipc", "pid", "uts"] {
        let node = service.get(key);
        let name = node.and_then(Node::as_text).and_then(|text| text.strip_prefix("service:"));
        needs.extend(node.zip(name).map(|(node, name)| Need {
            name: name.to_owned(),
            key,
            place: node.place,
        }));
    }
    for key in ["links", "volumes_from"] {
        for item in service.get(key).and_then(Node::as_list).unwrap_or_default() {
            let text = item.as_text().filter(|text| !text.starts_with("container:"));
            let name = text.map(|text| text.split(':').next().unwrap_or(text));
            needs.extend(name.map(|name| Need { name: name.to_owned(), key, place: item.place }));
        }
    }
    needs
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
    let all = services.iter().filter_map(|(key, node)| Some((key.as_str(), needs(node.as_map()?))));
    let all: HashMap<&str, Vec<Need>> = all.collect();
    let mut done: HashSet<&str> = HashSet::new();
    for key in services.keys() {
        let mut stack = vec![(key.as_str(), 0_usize)];
        while let Some((name, next)) = stack.pop() {
            let Some(need) = all.get(name).and_then(|needs| needs.get(next)) else {
                done.insert(name);
                continue;
            };
            stack.push((name, next + 1));
            if let Some(start) = stack.iter().position(|(waiting, _)| *waiting == need.name) {
                let way: Vec<_> = stack.iter().skip(start).map(|(name, _)| format!("`{name}`")).collect();
                let problem = Problem::Cycle(way.join(", "));
                return findings.add(need.place, &format!("services.{name}.{}", need.key), problem);
            }
            if !done.contains(need.name.as_str()) {
                stack.push((&need.name, 0));
            }
        }
    }
}
