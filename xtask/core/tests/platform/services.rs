//! What runs: which services there are, and that each is pinned, watched, limited and finds what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::checkout::{BASE, GPU, contract, deployment, references, root, services, text};
use crate::parts::{CHANGED_BY_GPU, DATA_FOLDERS, GPU_SERVICES, OWN_IMAGES, SERVICES};

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

fn is_job(service: &Value) -> bool {
    service["restart"] == "no"
}

fn dependencies(service: &Value) -> impl Iterator<Item = (&String, &str)> {
    let all = service["depends_on"].as_object().into_iter().flatten();
    all.map(|(name, it)| (name, it["condition"].as_str().expect("a condition")))
}

/// The networks of a service.
fn joined(service: &Value) -> BTreeSet<String> {
    service["networks"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

#[test]
fn the_cpu_variant_has_61_services_and_the_gpu_variant_five_more() {
    let (base, gpu) = (services(BASE), services(GPU));
    assert_eq!((base.len(), gpu.len()), (61, 66));
    assert_eq!(set(base.keys().map(String::as_str)), set(SERVICES.iter().copied()));
    let all = set(SERVICES.iter().chain(GPU_SERVICES).copied());
    assert_eq!(set(gpu.keys().map(String::as_str)), all);
}

#[test]
fn row_2_4_the_gpu_variant_adds_the_model_servers_and_changes_who_refers_to_them() {
    let (base, gpu) = (services(BASE), services(GPU));
    let added = gpu.keys().filter(|name| !base.contains_key(*name)).map(String::as_str);
    let changed = base.iter().filter(|(name, definition)| gpu[*name] != **definition);
    assert_eq!(set(added), set(GPU_SERVICES.iter().copied()));
    assert_eq!(set(changed.map(|(name, _)| name.as_str())), set(CHANGED_BY_GPU.iter().copied()));
    for name in CHANGED_BY_GPU {
        let definition = gpu[*name].to_string();
        assert!(GPU_SERVICES.iter().any(|server| definition.contains(server)), "{name} refers to none");
    }
}

#[test]
fn every_own_image_is_released_and_runs_somewhere() {
    let release: serde_json::Value =
        serde_yaml::from_str(&text("config/release.yaml")).expect("config/release.yaml reads");
    let names = release["images"]["names"].as_array().expect("own images");
    let declared = names.iter().map(|image| image["name"].as_str().expect("a name"));
    assert_eq!(set(declared), set(OWN_IMAGES.iter().copied()));
    let registry = format!("{}/", release["images"]["registry"].as_str().expect("a registry"));
    let services = services(GPU);
    let images = services.values().filter_map(|service| service["image"].as_str()?.strip_prefix(&registry));
    let running = images.map(|image| image.split(':').next().expect("a name"));
    assert_eq!(set(running), set(OWN_IMAGES.iter().copied()));
}

#[test]
fn every_service_is_pinned_limited_and_collides_with_nobody() {
    for (name, service) in services(GPU) {
        let (image, tag) =
            service["image"].as_str().and_then(|image| image.rsplit_once(':')).expect("an image with a tag");
        let exact =
            tag.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).count() >= 2;
        assert!(exact && image.contains('/') && image.contains('.'), "{name}: {image}:{tag}");
        assert!(is_job(&service) || service["restart"] == "unless-stopped", "{name}");
        assert!(is_job(&service) || service["stop_grace_period"].is_string(), "{name}: stopped at once");
        assert!(service["logging"]["options"]["max-size"].is_string(), "{name}: logs grow");
        let limits = &service["deploy"]["resources"]["limits"];
        assert!(limits["memory"].is_string() && !limits["cpus"].is_null(), "{name}: no limit");
        assert!(service["security_opt"].is_array(), "{name}: may gain rights");
        for forbidden in ["build", "container_name", "env_file", "network_mode", "privileged"] {
            assert!(service[forbidden].is_null(), "{name}: {forbidden}");
        }
    }
}

#[test]
fn whoever_runs_on_has_a_health_check_or_tells_a_prober_where_to_ask() {
    let mut probed = Vec::new();
    for (name, service) in services(GPU).into_iter().filter(|(_, service)| !is_job(service)) {
        if service["healthcheck"]["test"].is_array() {
            assert!(service["healthcheck"]["start_period"].is_string(), "{name}: no time to start");
            continue;
        }
        let labels = &service["labels"];
        assert_eq!(labels["healthcheck.enabled"], "true", "{name}: nobody knows whether it is well");
        for label in ["healthcheck.protocol", "healthcheck.port", "healthcheck.path"] {
            assert!(labels[label].is_string(), "{name}: {label}");
        }
        probed.push(name);
    }
    // Its image holds one program, which has no way to ask itself.
    assert_eq!(probed, ["otel-collector"]);
}

#[test]
fn whoever_waits_for_a_job_waits_for_its_success_and_for_services_until_they_are_healthy() {
    let services = services(BASE);
    for (name, service) in &services {
        for (other, condition) in dependencies(service) {
            let expected =
                if is_job(&services[other]) { "service_completed_successfully" } else { "service_healthy" };
            assert_eq!(condition, expected, "{name} waits for {other}");
        }
    }
}

#[test]
fn every_job_is_waited_for() {
    let services = services(BASE);
    let awaited: BTreeSet<_> =
        services.values().flat_map(dependencies).map(|(name, _)| name.as_str()).collect();
    let jobs = services.iter().filter(|(_, service)| is_job(service)).map(|(name, _)| name.as_str());
    let jobs: BTreeSet<_> = jobs.collect();
    assert_eq!(jobs, set(["etcd-init", "keycloak-config", "openwebui-init", "seaweedfs-init"]));
    assert_eq!(jobs.difference(&awaited).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn every_mounted_file_is_there_and_data_lies_under_the_volume_root() {
    let configs = root().join("compose/configs").canonicalize().expect("the link to config/services");
    let mut sockets = Vec::new();
    for (name, service) in services(GPU) {
        for mount in service["volumes"].as_array().into_iter().flatten() {
            assert_eq!(mount["type"], "bind", "{name}: data that nobody finds");
            let source = mount["source"].as_str().expect("a bind mount");
            if source.contains("${VOLUME_ROOT:?run ./setup-env.sh}/") {
                assert_eq!(mount["bind"]["create_host_path"], true, "{name}: {source}");
                continue;
            }
            assert_eq!(mount["read_only"], true, "{name}: {source}");
            if source == "/var/run/docker.sock" {
                sockets.push(name.clone());
                continue;
            }
            let place =
                Path::new(source).canonicalize().unwrap_or_else(|error| panic!("{name}: {source}: {error}"));
            assert!(place.starts_with(&configs), "{name}: {source}");
        }
    }
    assert_eq!(sockets, ["backup-code", "docker-socket-proxy"], "who reaches the engine");
}

#[test]
fn data_lies_where_existing_installations_have_it() {
    let mut folders = BTreeSet::new();
    for service in services(GPU).values() {
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let below = mount["source"].as_str().and_then(|source| source.split_once("}/"));
            folders.extend(below.map(|(_, folder)| folder.to_owned()));
        }
    }
    // What traefik writes was a file of the host.
    let added = DATA_FOLDERS.iter().copied().chain(["traefik"]);
    assert_eq!(folders, added.map(str::to_owned).collect());
}

#[test]
fn no_secret_stands_where_whoever_lists_processes_or_containers_sees_it() {
    let contract = contract();
    for (name, service) in services(GPU) {
        for part in ["command", "entrypoint", "healthcheck", "labels", "image", "volumes"] {
            for reference in references(&service[part]) {
                let variable = contract.variable(&reference.name).expect("a declared variable");
                assert!(!variable.is_secret(), "{name}: {part} shows {}", reference.name);
            }
        }
    }
}

#[test]
fn there_are_six_networks_of_which_four_lead_nowhere() {
    let config = deployment(GPU);
    assert_eq!(config["name"], "swissaihub");
    let networks = config["networks"].as_object().expect("networks");
    let internal: BTreeMap<_, _> =
        networks.iter().map(|(name, network)| (name.as_str(), network["internal"] == true)).collect();
    let expected = [
        ("backend", true),
        ("code-sandbox", true),
        ("data", true),
        ("egress", false),
        ("proxy", false),
        ("storage", true),
    ];
    assert_eq!(internal, expected.into());
    let option = "com.docker.network.bridge.enable_icc";
    assert_eq!(networks["egress"]["driver_opts"][option], "false", "on the way out nobody sees another");
    for (name, network) in networks {
        let own = network["name"].is_null() || network["name"] == format!("swissaihub_{name}");
        assert!(own && network["external"].is_null(), "{name} collides with other platforms");
    }
    let mut sandbox = Vec::new();
    for (name, service) in services(GPU) {
        let on = joined(&service);
        assert!(!on.is_empty() && !on.contains("default"), "{name}: {on:?}");
        assert!(service["ports"].is_null() || name == "traefik", "{name} has a way in");
        if on.contains("code-sandbox") {
            sandbox.push((name, on.len()));
        }
    }
    assert_eq!(sandbox, [("open-terminal".to_owned(), 1), ("open-webui".to_owned(), 5)]);
}

#[test]
fn who_waits_for_another_or_names_its_address_can_reach_it() {
    let services = services(GPU);
    let mut addresses = 0;
    for (name, service) in &services {
        let environment = service["environment"].to_string();
        for (other, definition) in services.iter().filter(|(other, _)| *other != name) {
            let named = ["//", "@"].iter().any(|before| environment.contains(&format!("{before}{other}:")));
            let awaited = dependencies(service).any(|(it, _)| it == other) && !is_job(definition);
            addresses += usize::from(named);
            let (own, others) = (joined(service), joined(definition));
            // On the way out nobody sees another.
            let meet = own.intersection(&others).any(|network| network != "egress");
            assert!(meet || !(named || awaited), "{name} cannot reach {other}");
        }
    }
    assert!(addresses > 100, "only {addresses} addresses were found");
}
