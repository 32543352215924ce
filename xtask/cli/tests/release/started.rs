//! A platform that is really started: released to a registry that is not ours, downloaded, set up, started by a real engine, updated by the
//! guide's own commands and taken back the same way, with its data looked at each time.
//!
//! Engine, registry and platform have a network namespace of their own, so nothing of the machine is touched and every port is free.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::git::git;
use crate::held::wait_until;
use crate::landing::Pull;
use crate::platform::OUTPOST;
use crate::stage::{RELEASE, Setting, Stage};

/// Set for the half of the test that runs in the namespace.
const INSIDE: &str = "SLIPWAY_TEST_INSIDE";
/// Where the registry listens there, as the platform's configuration says.
const REGISTRY: &str = "127.0.0.1:5000";
/// What the third-party images are called. Each is the whole of the Debian tree.
const THIRD_PARTY: &[&str] =
    &["base:12.0.0", "postgres:15.1.0", "redis:7.0.15", "nats:2.9.10", "etcd:3.4.23", "nginx:1.22.1"];

/// The commands of an update, as the guide has them. `ARCHIVE` stands for the name of the bundle.
const UNPACK: &str = "tar -xz -C DIR < ARCHIVE";
const KEEP: &str = "cp .env DIR/.env";
const REPLACE: &str = "cp -r DIR/* .";
const START: &str = "docker compose pull --quiet && docker compose up -d --wait --wait-timeout 180";

#[test]
#[ignore = "needs a network of its own and the Debian tree: `cargo xtask test` gives it both"]
fn row_2_3_a_platform_is_started_updated_and_taken_back_on_the_same_data() {
    if std::env::var_os(INSIDE).is_some() {
        return operate();
    }
    let name = "started::row_2_3_a_platform_is_started_updated_and_taken_back_on_the_same_data";
    let status = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "--nocapture", name])
        .env(INSIDE, "yes")
        .status()
        .expect("unshare starts");
    assert!(status.success(), "in the namespace: {status}");
}

fn operate() {
    let stage = Setting::of(&OUTPOST).pulls(&[("Serve the first page", &["minor"])]).set();
    let mut host = Host::set_up(&stage);
    let first = host.release("v1.0.0");
    stage.land(&Pull {
        title: "Tell who serves",
        labels: &["minor"],
        edit: second_version,
        ..Pull::default()
    });
    let second = host.release("v1.1.0");

    fs::create_dir(host.installation.join("DIR")).expect("a folder");
    host.works(&format!("tar -xz -C . < {first}"));
    host.works("./setup-env.sh --non-interactive --set DOMAIN=outpost.internal");
    host.works(START);
    host.serves("v1.0.0");
    host.works("docker compose exec -T postgres sh -c 'PGPASSWORD=$POSTGRES_PASSWORD psql --host=127.0.0.1 --username=postgres --dbname=outpost --command=\"CREATE TABLE kept AS SELECT 42 AS answer\"'");
    host.works("docker compose exec -T redis redis-cli set kept 42");
    host.works("docker compose exec -T etcd etcdctl put kept 42");
    let settings = fs::read(host.installation.join(".env")).expect("settings");

    // The update. What runs meanwhile keeps none of its files from being replaced.
    host.works(&UNPACK.replace("ARCHIVE", &second));
    host.works(KEEP);
    host.works(REPLACE);
    host.works(START);
    host.serves("v1.1.0");
    host.works("docker compose exec -T worker test -e /configs/greeting.txt");
    host.has_its_data("2");

    // And back.
    host.works("rm -r DIR && mkdir DIR");
    host.works(&UNPACK.replace("ARCHIVE", &first));
    host.works(KEEP);
    host.works(REPLACE);
    host.works(START);
    host.serves("v1.0.0");
    host.has_its_data("3");
    assert_eq!(fs::read(host.installation.join(".env")).expect("settings"), settings, "byte for byte");
    host.works("docker compose down");
    starts_without_a_registry(&mut host, &first);
}

/// Another host: no registry, no image, and what was carried there.
fn starts_without_a_registry(host: &mut Host<'_>, bundle: &str) {
    let carried = host.images("v1.0.0");
    host.registry = None;
    host.works("docker image prune --all --force && [ -z \"$(docker image ls --quiet --filter reference='*/outpost/*')\" ]");
    host.installation = host.stage.path("without a registry");
    fs::create_dir(&host.installation).expect("a folder");
    host.works(&format!("tar -xz -C . < ../installation/{bundle} && ./setup-env.sh --non-interactive --set DOMAIN=outpost.internal"));
    assert!(!host.typed("docker compose up -d").status.success(), "there is nothing to start from");
    let base = format!("{}/outpost-v1.0.0-images-linux-amd64", carried.display());
    let parts = host.works(&format!("ls '{base}'.tar.part*"));
    assert!(parts.lines().count() > 1, "in parts: {parts}");
    host.works(&format!(
        "cd '{}' && sha256sum --check --strict outpost-v1.0.0-images-linux-amd64.SHA256SUMS",
        carried.display()
    ));
    host.works(&format!(
        "cat '{base}'.tar.part* | docker load && cp '{base}.override.yml' docker-compose.override.yml"
    ));
    host.works(START);
    host.serves("v1.0.0");
    host.works("docker compose down");
}

/// A new setting with a default, and a new file that a service is given.
fn second_version(clone: &Path) {
    let path = clone.join("config/env.yaml");
    let text = fs::read_to_string(&path).expect("a contract");
    let new = "
  - name: GREETING
    section: general
    description: What is said first.
    kind: { type: default, value: hello }
    consumers: [worker]
";
    fs::write(&path, text + new).expect("a file");
    let path = clone.join("compose/base.yaml");
    let text = fs::read_to_string(&path).expect("a Compose file");
    let text = text.replace(
        "      PGDATABASE: outpost\n",
        "      PGDATABASE: outpost\n      GREETING: ${GREETING:-hello}\n",
    );
    let text = text.replace(
        "      test: [CMD, test, -e, /tmp/ready]\n",
        "      test: [CMD, test, -e, /tmp/ready]\n    volumes: [./configs/worker/greeting.txt:/configs/greeting.txt:ro]\n",
    );
    fs::write(&path, text).expect("a file");
    fs::create_dir(clone.join("config/services/worker")).expect("a folder");
    fs::write(clone.join("config/services/worker/greeting.txt"), "hello\n").expect("a file");
}

/// An operator's machine in the namespace: engine, registry, and the folder of the installation.
struct Host<'a> {
    stage: &'a Stage,
    docker: String,
    installation: PathBuf,
    registry: Option<Running>,
    _engine: Running,
}

/// A server that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The engine stops its containers when it is asked to end.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

impl<'a> Host<'a> {
    fn set_up(stage: &'a Stage) -> Self {
        succeeds(Command::new("ip").args(["link", "set", "lo", "up"]));
        let engine = stage.path("engine");
        let docker = format!("unix://{}", engine.join("docker.sock").display());
        let registry = Some(registry(&stage.path("registry")));
        let _engine = daemon(&engine, &docker);
        let installation = stage.path("installation");
        fs::create_dir(&installation).expect("a folder");
        let host = Self { stage, docker, installation, registry, _engine };
        wait_until("no engine answers", || host.typed("docker info").status.success());
        wait_until("no registry answers", || ureq::get(format!("http://{REGISTRY}/v2/")).call().is_ok());
        let tree = std::env::var("SLIPWAY_TEST_DEBIAN_TREE")
            .expect("`SLIPWAY_TEST_DEBIAN_TREE`: run it with `cargo xtask test -k started`");
        host.works(&format!("docker import '{tree}' tree"));
        for image in THIRD_PARTY {
            let image = format!("{REGISTRY}/debian/{image}");
            host.works(&format!("docker tag tree {image} && docker push --quiet {image}"));
        }
        host
    }

    /// Builds the own images of what is on main, as CI does, and releases it; then downloads its bundle and returns the name.
    fn release(&self, tag: &str) -> String {
        let clone = self.stage.fresh_clone();
        let source = git(&clone, &["rev-parse", "HEAD"]);
        for name in OUTPOST.images {
            let folder = clone.join("services").join(name).display().to_string();
            let image = format!("{REGISTRY}/outpost/{name}:sha-{}", source.trim());
            self.works(&format!(
                "docker build --quiet --label commit={} --tag {image} '{folder}' && docker push --quiet {image}",
                source.trim()
            ));
        }
        let output =
            self.stage.command(&clone, RELEASE, &[]).env_remove("SLIPWAY_REHEARSAL_REGISTRY").output();
        let output = output.expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let receipt: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a receipt");
        assert_eq!((&receipt["tag"], &receipt["rehearsed"]), (&tag.into(), &false.into()), "{said}");
        let name = format!("outpost-{tag}.tar.gz");
        self.verifies(tag);
        let page = self.stage.rehearsal.web_url();
        let asset = format!("{page}/example/outpost/releases/download/{tag}/{name}");
        let mut answer = ureq::get(asset).call().expect("the bundle");
        fs::write(self.installation.join(&name), answer.body_mut().read_to_vec().expect("bytes"))
            .expect("a file");
        name
    }

    /// From a clone that knows nothing but the tag, what was published is whole, and what a rebuild gives.
    fn verifies(&self, tag: &str) {
        let arguments = ["verify", tag, "--rebuild", "--json"];
        let mut command = self.stage.command(&self.stage.fresh_clone(), &arguments, &[]);
        let output = command.env_remove("SLIPWAY_REHEARSAL_REGISTRY").output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
        assert_eq!(told["rebuilt"], true, "{told}");
    }

    /// Writes the images of a version as archives, with little memory whatever their size, and returns the folder.
    fn images(&self, tag: &str) -> PathBuf {
        let clone = self.stage.fresh_clone();
        let out = clone.with_extension("images");
        let folder = out.display().to_string();
        let arguments = ["bundle", "--version", tag, "--with-images", "--part-size", "100", "--out", &folder];
        let mut command = self.stage.command(&clone, &arguments, &[]);
        let mut running = command
            .env_remove("SLIPWAY_REHEARSAL_REGISTRY")
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut most = 0;
        let ended = loop {
            most = most.max(memory_of(running.id()));
            match running.try_wait().expect("its state") {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        assert!(ended.success(), "{ended}");
        assert!((1..100 << 10).contains(&most), "{most} KiB of memory");
        out
    }

    fn typed(&self, line: &str) -> Output {
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(&self.installation).env_clear();
        for name in ["PATH", "HOME", "DOCKER_CONFIG"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // The builder of engines that have no other.
        command.env("DOCKER_HOST", &self.docker).env("DOCKER_BUILDKIT", "0").output().expect("bash runs")
    }

    #[track_caller]
    fn works(&self, line: &str) -> String {
        let output = self.typed(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}\n{}", self.log());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the platform's containers and the engine said last.
    fn log(&self) -> String {
        let said = self.typed("docker compose ps --all; docker compose logs --no-color --tail 10 2>&1");
        let engine = fs::read_to_string(self.stage.path("engine/log")).unwrap_or_default();
        let last: Vec<&str> = engine.lines().rev().take(10).collect();
        format!("{}\nthe engine, newest first:\n{}", String::from_utf8_lossy(&said.stdout), last.join("\n"))
    }

    /// The page behind the proxy says which version runs.
    #[track_caller]
    fn serves(&self, tag: &str) {
        let page =
            || ureq::get("http://127.0.0.1:8080/version").call().ok()?.body_mut().read_to_string().ok();
        wait_until(tag, || page().as_deref() == Some(tag));
    }

    /// What was written before the update is there, and what counts starts went on counting.
    #[track_caller]
    fn has_its_data(&self, starts: &str) {
        let query = |text: &str| {
            self.works(&format!(
                "docker compose exec -T worker psql --no-psqlrc --tuples-only --no-align --command='{text}'"
            ))
        };
        assert_eq!(query("SELECT answer FROM kept").trim(), "42");
        assert_eq!(query("SELECT count(*) FROM starts").trim(), starts);
        assert_eq!(self.works("docker compose exec -T redis redis-cli get kept").trim(), "42");
        assert_eq!(self.works("docker compose exec -T redis redis-cli get starts").trim(), starts);
        assert_eq!(
            self.works("docker compose exec -T etcd etcdctl get --print-value-only kept").trim(),
            "42"
        );
    }
}

/// The most KiB of memory that a process had so far (proc_pid_status(5)); 0 for one that has ended.
fn memory_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

fn registry(folder: &Path) -> Running {
    fs::create_dir_all(folder.join("data")).expect("a folder");
    let configuration = format!(
        "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: '{}' }} }}\nhttp: {{ addr: '{REGISTRY}' }}\n",
        folder.join("data").display()
    );
    fs::write(folder.join("config.yml"), configuration).expect("a file");
    let mut command = Command::new("docker-registry");
    command.arg("serve").arg(folder.join("config.yml"));
    started(command, folder)
}

fn daemon(folder: &Path, host: &str) -> Running {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("daemon.json"), "{}\n").expect("a file");
    let place = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    let mut command = Command::new("dockerd");
    command.arg(format!("--host={host}"));
    command.args([
        place("data-root", "data"),
        place("exec-root", "exec"),
        place("pidfile", "docker.pid"),
        place("config-file", "daemon.json"),
    ]);
    started(command, folder)
}

fn started(mut command: Command, folder: &Path) -> Running {
    let log = File::create(folder.join("log")).expect("a file");
    command.stdout(log.try_clone().expect("a handle")).stderr(log);
    Running(command.spawn().expect("it starts"))
}

fn succeeds(command: &mut Command) {
    let status = command.status().expect("it starts");
    assert!(status.success(), "{command:?}: {status}");
}
