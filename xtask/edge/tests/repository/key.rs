//! Where the token goes: to the forge in a header, and nowhere else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine as _;
use release_core::finding::Cause;
use release_edge::repository::{RemoteAccess, Repository};
use release_edge::secret::Secret;

use crate::child;
use crate::world::{World, git, program};

const TOKEN: &str = "ghs_0123456789canary";

fn credential() -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{TOKEN}"))
}

/// One request as the server saw it.
struct Request {
    path: String,
    authorizations: Vec<String>,
    /// Command lines of running processes that held the token.
    leaks: Vec<String>,
}

/// A server that gives every request the same answer and tells what it was asked.
fn serve(answer: String) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (told, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
            let lines: Vec<String> =
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
            let authorization = |line: &String| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
            };
            let authorizations = lines.iter().filter_map(authorization).collect();
            let _ = told.send(Request { path, authorizations, leaks: command_lines_with_the_token() });
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, requests)
}

fn command_lines_with_the_token() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(TOKEN) || line.contains(&credential())).collect()
}

fn advertisement() -> String {
    let id = "2e0b7f6a1cbd5a1d3bb1bd0d0f0a9a8b7c6d5e4f";
    let line = |text: &str| format!("{:04x}{text}", text.len() + 4);
    let service = line("# service=git-upload-pack\n");
    let reference = line(&format!("{id} refs/heads/main\0agent=test\n"));
    let body = format!("{service}0000{reference}0000");
    answer("200 OK", "Content-Type: application/x-git-upload-pack-advertisement\r\n", &body)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn with_token(remote: &str, forge: &str) -> RemoteAccess {
    let token = Secret::new(TOKEN).expect("not empty");
    RemoteAccess::new(remote).with_token(forge, token).expect("a forge")
}

#[test]
fn the_forge_gets_exactly_one_header_and_no_command_line_has_it() {
    let world = World::new();
    let (address, requests) = serve(advertisement());
    // What a checkout action leaves behind when it keeps its token.
    git(
        &world.clone_path(),
        &["config", &format!("http.{address}/.extraheader"), "AUTHORIZATION: basic b2xk"],
    );
    let refs =
        world.open().remote_refs(&with_token(&format!("{address}/a/b.git"), &address)).expect("an answer");
    assert_eq!(refs.iter().count(), 1);
    let request = requests.recv().expect("a request");
    assert_eq!(request.path, "/a/b.git/info/refs?service=git-upload-pack");
    assert_eq!(request.authorizations, [format!("basic {}", credential())]);
    assert_eq!(request.leaks, Vec::<String>::new());
    let settings = std::fs::read_to_string(world.clone_path().join(".git/config")).expect("readable");
    assert!(!settings.contains(TOKEN) && !settings.contains(&credential()));
}

#[test]
fn another_host_gets_no_header() {
    let world = World::new();
    let (address, requests) = serve(advertisement());
    let access = with_token(&format!("{address}/a/b.git"), "https://forge.example");
    world.open().remote_refs(&access).expect("an answer");
    assert_eq!(requests.recv().expect("a request").authorizations, Vec::<String>::new());
}

#[test]
fn a_redirect_does_not_take_the_token_along() {
    let world = World::new();
    let (elsewhere, stolen) = serve(advertisement());
    let location = format!("Location: {elsewhere}/a/b.git/info/refs?service=git-upload-pack\r\n");
    let (forge, _requests) = serve(answer("301 Moved Permanently", &location, ""));
    let access = with_token(&format!("{forge}/a/b.git"), &forge);
    let failure = world.open().remote_refs(&access).expect_err("a redirect");
    assert_eq!(failure.cause, Cause::RemoteMissing, "{failure}");
    assert!(failure.hint.contains("git remote set-url"), "{}", failure.hint);
    assert!(stolen.try_recv().is_err(), "the other host was asked");
}

#[test]
fn a_refused_token_is_not_in_the_error_even_where_the_server_repeats_it() {
    let world = World::new();
    let body = format!("remote says: {TOKEN} and {}", credential());
    let (forge, _requests) = serve(answer("403 Forbidden", "Content-Type: text/plain\r\n", &body));
    let access = with_token(&format!("{}/a/b.git", forge.replace("http://", "http://user:pass@")), &forge);
    let failure = world.open().remote_refs(&access).expect_err("refused");
    assert_eq!(failure.cause, Cause::TokenRights);
    assert!(failure.message.contains("403"), "{failure}");
    let shown = format!("{failure:?} {access:?}");
    for secret in [TOKEN, &credential(), "pass@"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn no_argument_of_any_git_holds_the_token_and_no_hook_of_the_clone_gets_it() {
    let world = World::new();
    world.commit("feat: second");
    let spy = world.path().join("hook-ran");
    program(&world.clone_path().join(".git/hooks/pre-push"), &format!("env > '{}'", spy.display()));
    let log = world.path().join("arguments");
    let real =
        String::from_utf8(std::process::Command::new("which").arg("git").output().expect("runs").stdout)
            .expect("text");
    let script = format!("printf '%s\\n' \"$*\" >> '{}'\nexec '{}' \"$@\"", log.display(), real.trim());
    program(&world.path().join("bin/git"), &script);
    let path = format!("{}:{}", world.path().join("bin").display(), std::env::var("PATH").expect("set"));
    let clone = world.clone_path().display().to_string();
    child::run("key::push_in_child", world.path(), &[("CLONE", clone.as_str()), ("PATH", &path)]);
    let arguments = std::fs::read_to_string(log).expect("git was called");
    assert!(arguments.contains("push --porcelain --atomic"), "{arguments}");
    assert!(!arguments.contains(TOKEN) && !arguments.contains(&credential()), "{arguments}");
    assert!(!spy.exists(), "a hook of the clone ran");
}

#[test]
#[ignore = "run by `no_argument_of_any_git_holds_the_token_and_no_hook_of_the_clone_gets_it`"]
fn push_in_child() {
    use release_edge::repository::RefUpdate;
    let repository = Repository::open(&child::folder("CLONE")).expect("opens");
    let access = with_token("origin", "https://forge.example");
    let source = repository.source().expect("a commit");
    let expected = source.parents.first().cloned();
    let update = RefUpdate { reference: "refs/heads/main".into(), expected, new: source.id.clone() };
    repository.push(&access, &[update]).expect("pushed");
    let file = repository.remote_file(&access, "refs/heads/main", "VERSION").expect("readable");
    assert_eq!(file.head, Some(source.id));
}

#[test]
fn a_refused_token_is_not_replaced_by_what_the_user_keeps_elsewhere() {
    let world = World::new();
    let asked = world.path().join("asked");
    let helper = format!("!touch '{}'; echo username=me; echo password=mine", asked.display());
    git(&world.clone_path(), &["config", "credential.helper", &helper]);
    let (forge, requests) = serve(answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""));
    let access = with_token(&format!("{forge}/a/b.git"), &forge);
    let failure = world.open().remote_refs(&access).expect_err("refused");
    assert_eq!(failure.cause, Cause::TokenRights, "{failure}");
    assert!(!asked.exists(), "the helper was asked");
    assert_eq!(requests.try_iter().flat_map(|request| request.authorizations).count(), 1);

    let without = RemoteAccess::new(format!("{forge}/a/b.git"));
    let failure = world.open().remote_refs(&without).expect_err("refused");
    assert_eq!(failure.cause, Cause::TokenMissing, "{failure}");
    assert!(asked.exists(), "without a token the user's own helper counts");
}

#[test]
fn the_environment_neither_misleads_git_nor_makes_it_log_the_token() {
    let world = World::new();
    let other = World::new();
    let log = world.path().join("trace");
    let (forge, _requests) = serve(advertisement());
    let clone = world.clone_path().display().to_string();
    let misleading = other.clone_path().join(".git").display().to_string();
    let trace = log.display().to_string();
    child::run(
        "key::misled_in_child",
        world.path(),
        &[
            ("CLONE", clone.as_str()),
            ("FORGE", &forge),
            ("REMOTE", &world.remote_path().display().to_string()),
            ("GIT_DIR", &misleading),
            ("GIT_TRACE_CURL", &trace),
            ("GIT_TRACE_REDACT", "0"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "url.file:///.insteadOf"),
            ("GIT_CONFIG_VALUE_0", "slash:"),
        ],
    );
    assert!(!log.exists(), "the requests were logged");
}

#[test]
#[ignore = "run by `the_environment_neither_misleads_git_nor_makes_it_log_the_token`"]
fn misled_in_child() {
    let repository = Repository::open(&child::folder("CLONE")).expect("opens");
    let remote = child::folder("REMOTE").display().to_string();
    let forge = std::env::var("FORGE").expect("given");
    repository.remote_refs(&with_token(&format!("{forge}/a/b.git"), &forge)).expect("an answer");
    let file =
        repository.remote_file(&RemoteAccess::new("origin"), "refs/heads/main", "VERSION").expect("readable");
    assert_eq!(file.head, Some(repository.source().expect("a commit").id));
    let rewritten = format!("slash:{}", remote.trim_start_matches('/'));
    repository.remote_refs(&RemoteAccess::new(rewritten)).expect("settings of the environment still count");
}
