//! The network around a run: an Enterprise server, a proxy, a company's own certificates.

use std::path::Path;

use crate::converged::plan_of;
use crate::enterprise::{Enterprise, PASSWORD, SERVER};
use crate::git::git;
use crate::run::Run;
use crate::stage::{MAINTAINER, Setting, Stage};

/// A release by somebody who said yes, against the enterprise as if it was the real one.
const RELEASE: &[&str] = &["release", "--yes", "--json"];

fn stage() -> Stage {
    Setting::new().configured("mode: push\n", "mode: push\nmilliseconds_between_writes: 0\n").set()
}

/// A clone whose remote is the enterprise's.
fn clone(stage: &Stage) -> std::path::PathBuf {
    let clone = stage.fresh_clone();
    git(&clone, &["remote", "set-url", "origin", &format!("{SERVER}/example/aihummer.git")]);
    clone
}

/// Runs the program in the clone with these variables and nothing that leads to the stage itself.
fn run(stage: &Stage, clone: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = stage.command(clone, arguments, &[]);
    for name in ["GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL", "SLIPWAY_REHEARSAL_REGISTRY"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    Run::of(clone.to_owned(), &command.output().expect("the program runs"))
}

#[test]
fn a_release_on_an_enterprise_server_goes_through_the_proxy_by_the_certificates_of_the_company() {
    for (proxy, address) in [("HTTPS_PROXY", "GITHUB_SERVER_URL"), ("https_proxy", "GITHUB_API_URL")] {
        let stage = stage();
        let enterprise = Enterprise::around(&stage);
        let certificates = enterprise.authority.display().to_string();
        let way = enterprise.proxy(PASSWORD);
        let server = if address == "GITHUB_API_URL" { format!("{SERVER}/api/v3") } else { SERVER.to_owned() };
        let variables = [(proxy, way.as_str()), (address, &server), ("SSL_CERT_FILE", &certificates)];
        let run = run(&stage, &clone(&stage), RELEASE, &variables).ends_with(0);
        let receipt = run.json();
        assert_eq!(
            (&receipt["outcome"], &receipt["tag"]),
            (&"released".into(), &"v1.0.0".into()),
            "{receipt}"
        );
        assert_eq!(enterprise.seen(), ["ghe.example:443", "index.docker.io:443", "registry.example:443"]);
        let snapshot = stage.rehearsal.snapshot();
        assert!(snapshot.releases.iter().all(|release| !release.draft), "{:?}", snapshot.releases);
        assert_eq!(snapshot.releases.len(), 1);
        assert_eq!(plan_of(&stage, "v1.0.0")["rehearsed"], false);
        assert!(stage.references().contains("refs/tags/v1.0.0"), "{}", stage.references());
        for secret in [PASSWORD, "way%40out", MAINTAINER] {
            assert!(
                !run.stdout.contains(secret) && !run.stderr.contains(secret),
                "{}\n{}",
                run.stdout,
                run.stderr
            );
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_named_and_its_password_is_not() {
    let stage = stage();
    let enterprise = Enterprise::around(&stage);
    let certificates = enterprise.authority.display().to_string();
    let way = enterprise.proxy("hunter2");
    let variables =
        [("HTTPS_PROXY", way.as_str()), ("GITHUB_SERVER_URL", SERVER), ("SSL_CERT_FILE", &certificates)];
    // Git is not asked first: its remote is still the bare repository itself.
    let run = run(&stage, &stage.fresh_clone(), &["plan"], &variables).ends_with(5);
    assert!(run.stderr.contains("proxy") && run.stderr.contains("authorization required"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    assert!(enterprise.seen().is_empty());
}

#[test]
fn an_authority_that_nobody_trusts_is_told_with_the_way_out() {
    let stage = stage();
    let enterprise = Enterprise::around(&stage);
    let way = enterprise.proxy(PASSWORD);
    let variables = [("HTTPS_PROXY", way.as_str()), ("GITHUB_SERVER_URL", SERVER)];
    let run = run(&stage, &stage.fresh_clone(), &["plan"], &variables).ends_with(5);
    assert!(run.stderr.contains("UnknownIssuer") && run.stderr.contains("`SSL_CERT_FILE`"), "{}", run.stderr);
}

#[test]
fn a_proxy_that_cannot_be_one_stops_the_run_before_anything_is_asked() {
    let stage = stage();
    let variables = [("HTTPS_PROXY", "socks5://me:hunter2@127.0.0.1:1"), ("GITHUB_SERVER_URL", SERVER)];
    let run = run(&stage, &stage.fresh_clone(), &["plan"], &variables).ends_with(4);
    assert!(run.stderr.contains("HTTPS_PROXY") && !run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn a_rehearsal_needs_no_proxy() {
    let stage = Setting::new().set();
    let nowhere = ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY"]
        .map(|name| (name, "http://127.0.0.1:1"));
    stage.run_with(&stage.fresh_clone(), crate::stage::RELEASE, &nowhere).ends_with(0);
}

/// A program `gh` in a folder of its own, which has a token for the enterprise and writes down what it was asked.
fn program(stage: &Stage) -> (String, std::path::PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, record) = (stage.path("bin"), stage.path("asked"));
    std::fs::create_dir(&folder).expect("a folder");
    let path = folder.join("gh");
    let lines = [
        "#!/bin/sh",
        &format!("echo \"$@\" >>'{}'", record.display()),
        "test \"$*\" = 'auth token --hostname=ghe.example' || exit 1",
        &format!("echo {MAINTAINER}"),
        "",
    ];
    std::fs::write(&path, lines.join("\n")).expect("a program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let others = std::env::var("PATH").unwrap_or_default();
    (format!("{}:{others}", folder.display()), record)
}

#[test]
fn who_signed_in_with_the_program_of_the_forge_needs_no_token_and_a_rehearsal_never_asks_it() {
    let stage = stage();
    let enterprise = Enterprise::around(&stage);
    let (path, record) = program(&stage);
    let (way, certificates) = (enterprise.proxy(PASSWORD), enterprise.authority.display().to_string());
    let variables = [
        ("PATH", path.as_str()),
        ("GITHUB_TOKEN", ""),
        ("HTTPS_PROXY", &way),
        ("GITHUB_SERVER_URL", SERVER),
        ("SSL_CERT_FILE", &certificates),
    ];
    let planned = run(&stage, &stage.fresh_clone(), &["plan"], &variables).ends_with(0);
    assert!(planned.stdout.contains("v1.0.0") && !planned.stdout.contains(MAINTAINER), "{}", planned.stdout);
    assert_eq!(std::fs::read_to_string(&record).expect("a record"), "auth token --hostname=ghe.example\n");
    std::fs::remove_file(&record).expect("a file");
    let variables = [("PATH", path.as_str()), ("GITHUB_TOKEN", ""), ("GH_TOKEN", MAINTAINER)];
    stage.run_with(&stage.fresh_clone(), &["plan"], &variables).ends_with(0);
    let without = [("PATH", path.as_str()), ("GITHUB_TOKEN", "")];
    stage.run_with(&stage.fresh_clone(), &["plan"], &without).ends_with(4);
    assert!(!record.exists(), "a rehearsal has a token of its own or none");
}
