//! The scripts that make a service ready, against programs that answer as the real ones do. The answers of etcd are those of 3.4 and 3.5.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::checkout::{root, said};

const PASSWORD: &str = "pass\"word\\1";

/// A folder with programs, of which each writes its arguments to `calls`.
fn programs(all: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, body) in all {
        let path = folder.path().join(name);
        let text =
            format!("#!/bin/sh\ncd '{}'\necho {name} \"$@\" >> calls\n{body}\n", folder.path().display());
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("executable");
    }
    folder
}

fn run(folder: &Path, shell: &str, script: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(shell);
    command.arg(root().join("config/services").join(script)).arg(folder.join("created")).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).envs(variables.iter().copied());
    command.output().expect("the shell runs")
}

fn calls(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("calls")).unwrap_or_default()
}

/// A server with the databases `database-NAME`. The first attempt to create one fails, as it does while a server shuts down.
fn database_server() -> tempfile::TempDir {
    programs(&[
        ("pg_isready", ""),
        ("sleep", ""),
        (
            "psql",
            "for it in \"$@\"; do case $it in --set=name=*) [ ! -e \"database-${it#*=*=}\" ] || echo 1 ;; esac; done",
        ),
        (
            "createdb",
            "[ -e tried ] || { touch tried; exit 1; }\nfor it in \"$@\"; do last=$it; done\ntouch \"database-$last\"",
        ),
    ])
}

#[test]
fn a_database_that_a_later_release_adds_is_created_beside_those_that_are_there() {
    let server = database_server();
    std::fs::write(server.path().join("database-openwebui"), "data").expect("a database");
    let variables =
        [("POSTGRES_USER", "postgres"), ("POSTGRES_PASSWORD", PASSWORD), ("DATABASES", "openwebui later")];
    let output = run(server.path(), "bash", "postgres/create-databases.sh", &variables);
    assert!(output.status.success(), "{}", said(&output));
    assert!(server.path().join("database-later").is_file(), "it tries until it is there");
    assert!(server.path().join("created").is_file(), "the health check is told");
    let created: Vec<_> =
        calls(server.path()).lines().filter(|call| call.starts_with("createdb")).map(str::to_owned).collect();
    assert_eq!(created, ["createdb --maintenance-db=postgres -- later"; 2]);
    assert!(!calls(server.path()).contains(PASSWORD), "a password is no argument");

    let again = run(server.path(), "bash", "postgres/create-databases.sh", &variables);
    assert!(String::from_utf8_lossy(&again.stdout).contains("database later is there"));
}

/// etcd, which keeps the password in a file and is open until it is told otherwise.
fn etcd() -> tempfile::TempDir {
    programs(&[(
        "curl",
        r#"for it in "$@"; do path=${it#*/auth/}; done
body=$(cat)
case $path in
authenticate)
    if [ ! -e enabled ]; then echo '{"error":"etcdserver: authentication is not enabled","code":9}'
    elif [ "$body" = "$(cat user)" ]; then echo '{"header":{},"token":"t.1"}'
    else echo '{"error":"etcdserver: authentication failed, invalid user ID or password","code":3}'; fi ;;
user/add)
    if [ -e user ]; then echo '{"error":"etcdserver: user name already exists","code":9}'
    else printf '%s' "$body" > user; echo '{"header":{}}'; fi ;;
user/changepw) printf '%s' "$body" > user; echo '{"header":{}}' ;;
enable)
    if [ -e granted ]; then touch enabled; echo '{"header":{}}'
    else echo '{"error":"etcdserver: root user does not have root role","code":9}'; fi ;;
user/grant) touch granted; echo '{"header":{}}' ;;
role/add) echo '{"error":"etcdserver: role name already exists","code":9}' ;;
*) echo '{"error":"Not Found","code":5}' ;;
esac"#,
    )])
}

#[test]
fn etcd_demands_the_password_after_the_first_run_and_the_next_one_finds_that_done() {
    let etcd = etcd();
    // A run that was stopped half-way left another password behind.
    std::fs::write(etcd.path().join("user"), "{}").expect("a user");
    let first = run(etcd.path(), "sh", "etcd/init.sh", &[("ETCD_TOKEN", PASSWORD)]);
    assert!(first.status.success(), "{}", said(&first));
    let user = std::fs::read_to_string(etcd.path().join("user")).expect("a user");
    assert_eq!(user, r#"{"name":"root","password":"pass\"word\\1"}"#);
    let next = run(etcd.path(), "sh", "etcd/init.sh", &[("ETCD_TOKEN", PASSWORD)]);
    assert_eq!(String::from_utf8_lossy(&next.stdout), "etcd knows its user\n");
    assert!(!calls(etcd.path()).contains("word"), "a password is no argument");

    let wrong = run(etcd.path(), "sh", "etcd/init.sh", &[("ETCD_TOKEN", "another")]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said(&wrong).contains("ETCD_TOKEN") && !said(&wrong).contains("another"), "{}", said(&wrong));
}
