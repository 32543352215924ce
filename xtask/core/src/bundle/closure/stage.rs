//! The rule about what belongs to the machine of a developer or to a test installation: a table of its traces. Never resolves a name.

use bundle_format::contract::EnvironmentContract;

use crate::compose::{Service, pairs_of};
use crate::finding::{Cause, Finding};
use crate::untrusted::quoted;
use crate::yaml::Place;

use super::{Drawn, at};

/// A trace of a stage that no operator has.
struct Trace {
    /// What is wrong with it, behind the place and what stands there.
    why: &'static str,
    /// What would be right.
    right: &'static str,
    find: fn(&Service<'_>, &EnvironmentContract) -> Vec<Found>,
}

/// Where a trace is, and what stands there.
struct Found {
    key: &'static str,
    place: Place,
    text: String,
}

const TRACES: &[Trace] = &[
    Trace {
        why: "which is a host that no operator has",
        right: "name a service, or a variable that the operator sets",
        find: |service, _| texts(service, |_, value| hosts(value).any(is_of_a_stage)),
    },
    Trace {
        why: "which is the service itself in a container, and a developer's machine elsewhere",
        right: "name the service that is meant, or a variable that the operator sets",
        find: |service, _| {
            // Who shares another's network is at home there.
            if service.get("network_mode").is_some() {
                return Vec::new();
            }
            texts(service, |_, value| value.contains("://localhost") || value.contains("@localhost"))
        },
    },
    Trace {
        why: "which is not what operators run",
        right: "write `production`, or a variable with that default",
        find: |service, _| {
            texts(service, |name, value| {
                STAGE_VARIABLES.contains(&name)
                    && STAGES.contains(&default_of(value).to_ascii_lowercase().as_str())
            })
        },
    },
    Trace {
        why: "which `docker compose up` does not turn on",
        right: "take it out so that the service starts, take the service out, or declare `COMPOSE_PROFILES` so that operators can turn it on",
        find: |service, contract| {
            let profiles: Vec<_> = service.profiles().collect();
            if profiles.is_empty() || contract.variable("COMPOSE_PROFILES").is_some() {
                return Vec::new();
            }
            vec![Found { key: "profiles", place: service.place_of("profiles"), text: profiles.join(", ") }]
        },
    },
    Trace {
        why: "with which the image is looked for on this machine alone",
        right: "take it out: an operator gets every image from its registry",
        find: |service, _| {
            let policy = service.get("pull_policy").and_then(|node| node.as_text());
            policy
                .filter(|policy| matches!(*policy, "never" | "build"))
                .map(|policy| Found {
                    key: "pull_policy",
                    place: service.place_of("pull_policy"),
                    text: policy.to_owned(),
                })
                .into_iter()
                .collect()
        },
    },
];

/// Ends of names that no public server has, and names of a developer's machine. `.invalid` is none of them: it says on purpose that
/// something leads nowhere. Sources: RFC 2606, RFC 6761, RFC 6762, and Docker Desktop's documentation.
const STAGE_HOSTS: &[&str] = &[
    ".local",
    ".localhost",
    ".test",
    ".example",
    "host.docker.internal",
    "gateway.docker.internal",
    "kubernetes.docker.internal",
];
/// Variables by which programs are told which stage they run in.
const STAGE_VARIABLES: &[&str] = &[
    "APP_ENV",
    "DJANGO_ENV",
    "ENV",
    "ENVIRONMENT",
    "FLASK_ENV",
    "NODE_ENV",
    "RACK_ENV",
    "RAILS_ENV",
    "STAGE",
];
/// What they say where nobody operates anything.
const STAGES: &[&str] = &["dev", "devel", "development", "local", "staging", "test", "testing"];
/// The keys of a service whose texts name hosts for others. Not `healthcheck` and `command`: there a service speaks to itself.
const KEYS: &[&str] = &["environment", "labels"];

pub(super) fn gone(drawn: &Drawn<'_>) -> Vec<Finding> {
    let contract = &drawn.material.configuration.environment;
    let mut findings = Vec::new();
    for service in drawn.compose.services() {
        for trace in TRACES {
            for Found { key, place, text } in (trace.find)(&service, contract) {
                let message =
                    format!("`services.{}.{key}` has {}, {}", service.name(), quoted(&text), trace.why);
                findings.push(at(drawn, place, Cause::StageSpecific, message, trace.right.to_owned()));
            }
        }
    }
    findings
}

/// Each text of a service, with its name, that is of a stage.
fn texts(service: &Service<'_>, is_of_a_stage: impl Fn(&str, &str) -> bool) -> Vec<Found> {
    let mut found = Vec::new();
    for &key in KEYS {
        for (name, value, place) in pairs_of(service.get(key)) {
            let Some(value) = value.filter(|value| is_of_a_stage(name, value)) else { continue };
            found.push(Found { key, place, text: format!("{name}={value}") });
        }
    }
    found
}

/// What stands before a host in a text, where it does not begin there.
const BEFORE: &[&str] = &["://", "@", ":-", "`", "'", "\""];
/// What stands behind one, where the text does not end there.
const BEHIND: &[char] = &[':', '/', '}', '?', '#', ',', '`', '\'', '"'];

/// The hosts in a text.
fn hosts(value: &str) -> impl Iterator<Item = &str> {
    let starts = BEFORE.iter().flat_map(|mark| value.match_indices(mark).map(|(at, mark)| at + mark.len()));
    std::iter::once(0).chain(starts).filter_map(|start| {
        let rest = value.get(start..)?;
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '-'));
        let (host, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        (after.is_empty() || after.starts_with(BEHIND)).then_some(host)
    })
}

fn is_of_a_stage(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    STAGE_HOSTS.iter().any(|end| {
        let below = host.strip_suffix(end);
        below.is_some_and(|below| {
            if end.starts_with('.') { !below.is_empty() } else { below.is_empty() || below.ends_with('.') }
        })
    })
}

/// What a value is where the operator sets nothing.
fn default_of(value: &str) -> &str {
    let default = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')?.split_once('-'));
    default.map_or(value, |(_, default)| default)
}
