//! The configuration files: each reads as what it is, and refers to nothing that its service does not have.

use std::collections::BTreeSet;
use std::path::Path;

use bundle_format::contract::is_name;
use serde_json::Value;

use crate::checkout::{BASE, GPU, environment, files, root, services, text};

/// How the programs write a reference to their environment: what stands before the name, and after it.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("clickhouse", "from_env=\"", "\""),
    ("keycloak", "$(env:", ")"),
    ("keycloak", "${env.", ":"),
    ("litellm", "os.environ/", "\n"),
    ("nats", "$", "\n"),
    ("openwebui", "os.environ[\"", "\"]"),
    ("otel", "${env:", "}"),
    ("traefik", "env \"", "\""),
];

/// The files and folders that services mount, each with the variables of those services.
fn mounted(variant: &[&str]) -> Vec<(String, BTreeSet<String>)> {
    let configs = format!("{}/compose/configs/", root().display());
    let mut all = Vec::new();
    for service in services(variant).values() {
        let own: BTreeSet<String> = environment(service).into_keys().collect();
        for mount in service["volumes"].as_array().into_iter().flatten() {
            if let Some(path) = mount["source"].as_str().and_then(|source| source.strip_prefix(&configs)) {
                all.push((format!("config/services/{path}"), own.clone()));
            }
        }
    }
    all
}

/// The variables that a file refers to.
fn references(file: &str) -> Vec<String> {
    let content = text(file);
    let forms =
        REFERENCES.iter().filter(|(folder, ..)| file.starts_with(&format!("config/services/{folder}/")));
    let names = forms.flat_map(|(_, before, after)| {
        content.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
    });
    names.filter(|name| is_name(name)).map(str::to_owned).collect()
}

#[test]
fn every_configuration_file_is_mounted_by_a_service() {
    let mounts: Vec<_> = [BASE, GPU].iter().flat_map(|variant| mounted(variant)).collect();
    for file in files("config/services") {
        let used = mounts.iter().any(|(mount, _)| file == *mount || file.starts_with(&format!("{mount}/")));
        assert!(used, "{file} is mounted by nobody");
    }
}

#[test]
fn a_configuration_file_refers_only_to_variables_of_every_service_that_mounts_it() {
    let mut found = 0;
    for (mount, own) in [BASE, GPU].iter().flat_map(|variant| mounted(variant)) {
        let mounts = if root().join(&mount).is_dir() { files(&mount) } else { vec![mount] };
        for file in mounts {
            // Open WebUI runs its functions, which another service only stores.
            let own = if file.contains("/functions/") {
                environment(&services(BASE)["open-webui"]).into_keys().collect()
            } else {
                own.clone()
            };
            for name in references(&file) {
                found += 1;
                assert!(own.contains(&name), "{file} refers to {name}, which its service does not have");
            }
        }
    }
    assert!(found > 60, "only {found} references were found");
}

#[test]
fn every_configuration_file_reads_as_what_it_is() {
    for file in files("config/services") {
        let content = text(&file);
        let extension = Path::new(&file).extension().and_then(|it| it.to_str()).unwrap_or_default();
        match extension {
            "json" => drop(
                serde_json::from_str::<Value>(&content).unwrap_or_else(|error| panic!("{file}: {error}")),
            ),
            // Traefik fills in its own before it reads them.
            "yaml" | "yml" if !content.contains("{{") => {
                drop(
                    serde_yaml::from_str::<Value>(&content).unwrap_or_else(|error| panic!("{file}: {error}")),
                );
            }
            "sh" => assert!(content.starts_with("#!/"), "{file} says by what it is read"),
            _ => {}
        }
    }
}

#[test]
fn what_is_published_has_a_name_below_the_domain_and_leads_to_a_service_beside_traefik() {
    let routes = text("config/services/traefik/dynamic/routes.yaml")
        + &text("config/services/traefik/dynamic/dashboard.yaml");
    for host in [
        "",
        "attu.",
        "auth.",
        "backup.",
        "bot.",
        "dagster.",
        "datalake.",
        "langfuse.",
        "litellm.",
        "openwebui.",
        "s3.",
        "sysadmin.",
        "traefik.",
    ] {
        assert!(routes.contains(&format!("Host(`{host}{{{{ env \"DOMAIN\" }}}}`)")), "{host} leads nowhere");
    }
    let services = services(BASE);
    let targets: Vec<_> =
        routes.split("url: \"http://").skip(1).filter_map(|rest| rest.split(':').next()).collect();
    assert_eq!(targets.len(), 14);
    for target in targets {
        assert!(
            services[target]["networks"].as_object().is_some_and(|it| it.contains_key("proxy")),
            "{target}"
        );
    }
}
