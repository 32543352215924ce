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

/// A cache that keeps its keys in `memory`, and starts from its log or from its dump as it is told. Where there is a file `full`, it cannot
/// write a log.
fn cache() -> tempfile::TempDir {
    let folder = programs(&[
        (
            "docker-entrypoint.sh",
            r#"case $(cat) in
*'appendonly yes'*) cat created/appendonlydir/appendonly.aof.manifest 2>/dev/null; exit 0 ;;
esac
cp created/dump.rdb memory
while [ ! -e stopped ]; do sleep 1; done"#,
        ),
        (
            "valkey-cli",
            r#"shift 2
case $* in
PING) if [ -e memory ]; then echo PONG; else echo 'LOADING the dataset'; fi ;;
DBSIZE) echo 2 ;;
'CONFIG SET appendonly yes') touch writing; echo OK ;;
'INFO persistence')
    if [ -e writing ]; then
        printf 'aof_rewrite_in_progress:1\r\n'
        rm writing
    elif [ -e full ]; then printf 'aof_rewrite_in_progress:0\r\naof_last_bgrewrite_status:err\r\n'
    else
        mkdir -p created/appendonlydir
        cp memory created/appendonlydir/appendonly.aof.manifest
        printf 'aof_rewrite_in_progress:0\r\naof_last_bgrewrite_status:ok\r\n'
    fi ;;
SHUTDOWN) touch stopped ;;
esac"#,
        ),
        ("sleep", "exec /bin/sleep 0.02"),
    ]);
    std::fs::create_dir(folder.path().join("created")).expect("a folder for data");
    folder
}

const CACHE: &[(&str, &str)] = &[("REDISCLI_AUTH", PASSWORD)];

fn starts(folder: &Path) -> usize {
    calls(folder).lines().filter(|call| call.starts_with("docker-entrypoint.sh valkey-server -")).count()
}

#[test]
fn a_cache_that_had_no_log_of_changes_gets_one_from_its_dump_before_it_serves() {
    let cache = cache();
    std::fs::write(cache.path().join("created/dump.rdb"), "one\ntwo\n").expect("a dump");
    let first = run(cache.path(), "sh", "valkey/entrypoint.sh", CACHE);
    let told = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(first.status.success(), "{}", said(&first));
    assert!(told.contains("made from dump.rdb, with 2 keys") && told.ends_with("one\ntwo\n"), "{told}");
    assert_eq!(starts(cache.path()), 2, "once to read the dump, once to serve");
    let next = run(cache.path(), "sh", "valkey/entrypoint.sh", CACHE);
    assert_eq!((String::from_utf8_lossy(&next.stdout).as_ref(), starts(cache.path())), ("one\ntwo\n", 3));
    assert!(!calls(cache.path()).contains("word"), "a password is no argument");
}

#[test]
fn a_cache_without_a_dump_starts_at_once() {
    let empty = cache();
    let output = run(empty.path(), "sh", "valkey/entrypoint.sh", CACHE);
    assert!(output.status.success() && starts(empty.path()) == 1, "{}", said(&output));
}

#[test]
fn a_cache_whose_log_cannot_be_made_does_not_start_empty() {
    let cache = cache();
    std::fs::write(cache.path().join("created/dump.rdb"), "one\ntwo\n").expect("a dump");
    std::fs::write(cache.path().join("full"), "").expect("a full disk");
    let output = run(cache.path(), "sh", "valkey/entrypoint.sh", CACHE);
    assert!(!output.status.success() && starts(cache.path()) == 1);
    assert!(said(&output).contains("could not be made from dump.rdb"), "{}", said(&output));
}
