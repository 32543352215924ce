//! A scratch folder with a `setup-env.sh` and a checkout beside it, and the ways to run the script or the program.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bundle_format::contract::{EnvironmentContract, Kind};
use bundle_format::dotenv::EnvFile;
use release_core::environment::{BundleFacts, EnvironmentTemplates, setup_env_script};
use semver::Version;

use crate::terminal::Terminal;

/// The user without rights.
const NOBODY: u32 = 65534;

const PREREQUISITE: &str = "is missing; run `cargo xtask test`, which installs it";

/// What writes settings: a shell with the tools that the script may use, or the program.
pub(crate) struct Shell {
    pub(crate) name: &'static str,
    program: PathBuf,
    first: Option<&'static str>,
    path: PathBuf,
    script: bool,
    // Holds the links to busybox's tools.
    _tools: Option<tempfile::TempDir>,
}

impl Shell {
    /// Whether it runs `setup-env.sh`, and is not the program.
    pub(crate) fn runs_script(&self) -> bool {
        self.script
    }
}

/// Runs a test under every shell and with the program; one that is missing fails it.
pub(crate) fn each_shell(test: impl Fn(&Shell)) {
    each_script(&test);
    test(&program());
}

/// Runs a test of the script alone under every shell.
pub(crate) fn each_script(test: impl Fn(&Shell)) {
    for shell in [host_shell("dash"), host_shell("bash"), busybox()] {
        test(&shell);
    }
}

/// `cargo xtask setup-env`.
pub(crate) fn program() -> Shell {
    Shell {
        name: "xtask setup-env",
        program: env!("CARGO_BIN_EXE_xtask").into(),
        first: Some("setup-env"),
        path: "/usr/local/bin:/usr/bin:/bin".into(),
        script: false,
        _tools: None,
    }
}

/// dash, which finds this program when it calls `awk`.
pub(crate) fn dash_with_awk(name: &'static str, of_busybox: Option<&str>) -> Shell {
    let tools = tempfile::tempdir().expect("a scratch folder");
    std::os::unix::fs::symlink(find(of_busybox.unwrap_or(name)), tools.path().join("awk")).expect("a link");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.path().display());
    Shell { name, path: path.into(), _tools: Some(tools), ..host_shell("dash") }
}

pub(crate) fn host_shell(name: &'static str) -> Shell {
    Shell {
        name,
        program: find(name),
        first: None,
        path: "/usr/local/bin:/usr/bin:/bin".into(),
        script: true,
        _tools: None,
    }
}

pub(crate) fn busybox() -> Shell {
    let program = find("busybox");
    let tools = tempfile::tempdir().expect("a scratch folder");
    let listed = Command::new(&program).arg("--list").output().expect("busybox lists its tools");
    for tool in String::from_utf8_lossy(&listed.stdout).lines() {
        std::os::unix::fs::symlink(&program, tools.path().join(tool)).expect("a link");
    }
    Shell {
        name: "busybox sh",
        program,
        first: Some("sh"),
        path: tools.path().to_owned(),
        script: true,
        _tools: Some(tools),
    }
}

fn find(name: &str) -> PathBuf {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("`{name}` {PREREQUISITE}"))
}

/// What a run did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The program tells the same as the script in its own form, which is brought into the script's.
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).replace('`', "").replace("\n  → ", "\n  to do: ");
            text.replace("error[E-ENV-", "setup-env.sh: E-ENV-").replace("]: ", ": ")
        };
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// The cause of a refusal.
    pub(crate) fn cause(&self) -> Option<&str> {
        let behind = self.err.split_once("setup-env.sh: E-").map(|(_, behind)| behind);
        behind.and_then(|behind| behind.split(':').next())
    }

    /// The last refusal: its message and its remedy.
    pub(crate) fn refusal(&self) -> &str {
        self.err.rsplit_once("setup-env.sh: ").map_or("", |(_, refusal)| refusal)
    }

    /// Everything it said.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A folder with the script.
pub(crate) struct Scene<'a> {
    shell: &'a Shell,
    root: tempfile::TempDir,
    name: String,
    contract: &'a str,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(shell: &'a Shell) -> Self {
        Self::inside(shell, "hub")
    }

    pub(crate) fn inside(shell: &'a Shell, name: &str) -> Self {
        Self::of(shell, name, CONTRACT)
    }

    /// With another contract.
    pub(crate) fn of(shell: &'a Shell, name: &str, contract: &'a str) -> Self {
        let root = tempfile::tempdir().expect("a scratch folder");
        let scene = Self { shell, root, name: name.to_owned(), contract };
        std::fs::create_dir(scene.folder()).expect("a folder");
        std::fs::write(scene.folder().join("setup-env.sh"), script(contract)).expect("the script");
        if !shell.script {
            scene.check_out();
        }
        scene
    }

    /// The same folder, for another shell or the program.
    pub(crate) fn run_by(&self, shell: &Shell, arguments: &[&str]) -> Run {
        let other = Scene::of(shell, "hub", self.contract);
        other.write(&self.text());
        let run = other.run(arguments);
        self.write(&other.text());
        run
    }

    fn checkout(&self) -> PathBuf {
        self.root.path().join("checkout")
    }

    /// A repository with the contract and nothing else that counts.
    fn check_out(&self) {
        let config = self.checkout().join("config");
        std::fs::create_dir_all(&config).expect("a folder");
        for (name, text) in
            [("env.yaml", self.contract), ("release.yaml", RELEASE), ("bundles.yaml", BUNDLES)]
        {
            std::fs::write(config.join(name), text).expect("a file");
        }
        let made = Command::new(find("git")).args(["init", "-q"]).current_dir(self.checkout()).status();
        assert!(made.expect("git runs").success());
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().canonicalize().expect("a folder").join(&self.name)
    }

    pub(crate) fn write(&self, env: &str) {
        std::fs::write(self.folder().join(".env"), env).expect("written");
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.folder().join(".env")).expect(".env is there")
    }

    pub(crate) fn env(&self) -> EnvFile {
        EnvFile::parse(&self.text()).expect(".env reads")
    }

    pub(crate) fn mode(&self) -> u32 {
        std::fs::metadata(self.folder().join(".env")).expect(".env is there").permissions().mode() & 0o7777
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The values of all generated secrets.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let file = self.env();
        let generated = contract().variables.into_iter().filter(|it| matches!(it.kind, Kind::Secret { .. }));
        generated.filter_map(|it| Some(file.get(&it.name)?.text.clone())).collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    /// The program takes no arguments of a shell.
    pub(crate) fn run_with(&self, shell_arguments: &[&str], arguments: &[&str]) -> Run {
        let shell_arguments = if self.shell.script { shell_arguments } else { &[] };
        Run::of(&self.command(shell_arguments, arguments).output().expect("the shell runs"))
    }

    /// Runs it with every program replaced by one that notes its arguments and environment first.
    pub(crate) fn run_watched(&self, arguments: &[&str]) -> (Run, String) {
        let watched = self.root.path().join("watched");
        let log = self.root.path().join("log");
        std::fs::create_dir(&watched).expect("a folder");
        for tool in [
            "awk", "chmod", "chown", "dd", "dirname", "id", "ls", "mv", "od", "rm", "sync", "tr", "wc",
            "stty", "cat",
        ] {
            let path = watched.join(tool);
            let text = format!(
                "#!/bin/dash\n{{ printf '%s\\n' \"$0 $*\"; /usr/bin/env; }} >>'{}'\nPATH={} exec {tool} \"$@\"\n",
                log.display(),
                self.shell.path.display()
            );
            std::fs::write(&path, text).expect("a program");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
        }
        let output = self.command(&[], arguments).env("PATH", &watched).output().expect("the shell runs");
        (Run::of(&output), std::fs::read_to_string(log).unwrap_or_default())
    }

    /// Runs it where `dd` reads zeros instead of what it was told to read, and returns what it was told.
    pub(crate) fn run_without_randomness(&self, arguments: &[&str]) -> (Run, String) {
        let tools = self.root.path().join("tools");
        let log = self.root.path().join("log");
        std::fs::create_dir(&tools).expect("a folder");
        let text = format!(
            "#!/bin/dash\nprintf '%s\\n' \"$*\" >>'{}'\nshift\nexec /bin/dd if=/dev/zero \"$@\"\n",
            log.display()
        );
        let dd = tools.join("dd");
        std::fs::write(&dd, text).expect("a program");
        std::fs::set_permissions(&dd, std::fs::Permissions::from_mode(0o755)).expect("executable");
        let path = format!("{}:{}", tools.display(), self.shell.path.display());
        let output = self.command(&[], arguments).env("PATH", path).output().expect("the shell runs");
        (Run::of(&output), std::fs::read_to_string(log).unwrap_or_default())
    }

    /// With an argument that may be no text.
    pub(crate) fn run_with_bytes(&self, argument: &[u8]) -> Run {
        let mut command = self.command(&[], &[]);
        Run::of(&command.arg(std::ffi::OsStr::from_bytes(argument)).output().expect("the shell runs"))
    }

    /// Runs it as a user without rights, who owns the folder.
    pub(crate) fn run_as_nobody(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(&[], arguments);
        if std::fs::metadata(self.folder()).expect("a folder").uid() == 0 {
            for place in [self.root.path(), &self.folder()] {
                std::os::unix::fs::chown(place, Some(NOBODY), Some(NOBODY)).expect("handed over");
            }
            command.uid(NOBODY).gid(NOBODY);
        }
        Run::of(&command.output().expect("the shell runs"))
    }

    /// Runs it where a tool is another one.
    pub(crate) fn run_with_tool(&self, name: &str, body: &str, arguments: &[&str]) -> Run {
        let tools = self.root.path().join("tools");
        std::fs::create_dir(&tools).expect("a folder");
        let tool = tools.join(name);
        std::fs::write(&tool, format!("#!/bin/dash\n{body}\n")).expect("a program");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("executable");
        let path = format!("{}:{}", tools.display(), self.shell.path.display());
        Run::of(&self.command(&[], arguments).env("PATH", path).output().expect("the shell runs"))
    }

    /// Runs it without umask and returns every mode bit that any `.env` file had meanwhile.
    pub(crate) fn widest_mode_during(&self, arguments: &[&str]) -> u32 {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut widest = 0;
                while !done.load(Ordering::Relaxed) {
                    for entry in std::fs::read_dir(self.folder()).expect("a folder").flatten() {
                        if let (true, Ok(facts)) =
                            (entry.file_name().to_string_lossy().starts_with(".env"), entry.metadata())
                        {
                            widest |= facts.permissions().mode() & 0o777;
                        }
                    }
                }
                widest
            });
            let mut command = Command::new(find("dash"));
            command
                .args(["-c", "umask 000; exec \"$@\"", "dash"])
                .arg(&self.shell.program)
                .args(self.shell.first);
            let output = self.prepare(command, arguments).output().expect("the shell runs");
            done.store(true, Ordering::Relaxed);
            assert_eq!(output.status.code(), Some(0), "{}", Run::of(&output).said());
            watcher.join().expect("watched")
        })
    }

    pub(crate) fn run_and_kill_after(&self, pause: Duration, arguments: &[&str]) {
        let mut command = self.command(&[], arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the shell runs");
        std::thread::sleep(pause);
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// Runs it on a terminal of its own, giving each answer when its question has been asked, and returns what the terminal
    /// showed.
    pub(crate) fn run_on_terminal(&self, dialogue: &[(&str, &str)]) -> String {
        let mut terminal = self.terminal(|command| command);
        for (question, answer) in dialogue {
            terminal.answer(question, answer);
        }
        terminal.end()
    }

    /// The same, with Ctrl-C for an answer to the last question, and then shows how the terminal is set.
    pub(crate) fn interrupt_on_terminal(&self, dialogue: &[(&str, &str)], last: &str) -> String {
        let mut terminal = self.terminal(|command| format!("trap : INT; {command}; stty -a"));
        for (question, answer) in dialogue {
            terminal.answer(question, answer);
        }
        terminal.answer(last, "");
        terminal.interrupt();
        terminal.end()
    }

    fn terminal(&self, command: impl Fn(String) -> String) -> Terminal {
        let program = self.shell.program.to_string_lossy();
        let folder = self.folder().display().to_string();
        let words: Vec<_> = if self.shell.script {
            [Some(&*program), self.shell.first, Some("./setup-env.sh")].into_iter().flatten().collect()
        } else {
            vec![&*program, "setup-env", "--folder", &folder]
        };
        let mut script = Command::new(find("script"));
        script.args(["-qec", &command(words.join(" ")), "/dev/null"]);
        script.env("PATH", &self.shell.path).env("SHELL", "/bin/sh").current_dir(self.place());
        Terminal::start(script)
    }

    /// Every variable of the file, as Docker Compose reads it.
    pub(crate) fn read_by_compose(&self) -> Vec<(String, String)> {
        let names = self.env().entries.into_iter().map(|entry| entry.name);
        let lines: String = names.map(|name| format!("      {name}: \"${{{name}-unset}}\"\n")).collect();
        let compose = format!("services:\n  probe:\n    image: probe:1.0.0\n    environment:\n{lines}");
        std::fs::write(self.root.path().join("compose.yaml"), compose).expect("a Compose file");
        let kept = ["PATH", "HOME", "DOCKER_CONFIG"];
        let kept = kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let output = Command::new("docker")
            .args(["compose", "-p", "probe", "--env-file"])
            .arg(self.folder().join(".env"))
            .args(["-f", "compose.yaml", "config", "--format", "json"])
            .current_dir(self.root.path())
            .env_clear()
            .envs(kept)
            .output()
            .unwrap_or_else(|error| panic!("`docker` did not start ({error}): it {PREREQUISITE}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "where `docker compose` did not answer, it {PREREQUISITE}: {said}");
        let config: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let read = config.pointer("/services/probe/environment").and_then(serde_json::Value::as_object);
        let read = read.expect("an environment");
        // `config` writes a file for Compose to read again, so that each `$` is doubled.
        let plain = |value: &serde_json::Value| value.as_str().expect("text").replace("$$", "$");
        read.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
    }

    /// Where it is run.
    fn place(&self) -> PathBuf {
        if self.shell.script { self.folder() } else { self.checkout() }
    }

    fn command(&self, shell_arguments: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.shell.program);
        command.args(self.shell.first).args(shell_arguments);
        self.prepare(command, arguments)
    }

    fn prepare(&self, mut command: Command, arguments: &[&str]) -> Command {
        // The environment holds traps: what a shell variable of the script could be confused with.
        let traps = [
            ("found_DOMAIN", "set"),
            ("plain_DOMAIN", "x"),
            ("temporary", "/"),
            ("mode", "check"),
            ("IFS", "e"),
            ("KEY_HEX", "x"),
        ];
        if self.shell.script {
            command.arg("./setup-env.sh").args(arguments);
        } else {
            command.arg("--folder").arg(self.folder()).args(arguments);
        }
        command.current_dir(self.place());
        command.env_clear().env("PATH", &self.shell.path).envs(traps).stdin(Stdio::null());
        command
    }
}

/// What shellcheck says about the script.
pub(crate) fn shellcheck(contract: &str) -> (bool, String) {
    let mut child = Command::new(find("shellcheck"))
        .args(["--shell=sh", "--norc", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("shellcheck runs");
    child.stdin.take().expect("its input").write_all(script(contract).as_bytes()).expect("the script");
    let output = child.wait_with_output().expect("shellcheck ends");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The script of a contract.
pub(crate) fn script(contract: &str) -> String {
    let version = Version::new(1, 2, 3);
    let facts = BundleFacts {
        product: PRODUCT,
        version: &version,
        variant: "cpu",
        archive: "hub-v1.2.3.tar.gz",
        release_keys: &[],
    };
    setup_env_script(&read(contract), &facts, &EnvironmentTemplates::default()).expect("rendered")
}

/// A contract with every kind of variable but hashes.
pub(crate) fn contract() -> EnvironmentContract {
    read(CONTRACT)
}

/// A contract that breaks no rule.
pub(crate) fn read(contract: &str) -> EnvironmentContract {
    let contract: EnvironmentContract = serde_json::from_str(contract).expect("a contract");
    assert_eq!(contract.violations(), Vec::new());
    contract
}

/// The platform that the scripts are for.
pub(crate) const PRODUCT: &str = "example-hub";
pub(crate) const CONTRACT: &str = include_str!("contract.json");
/// With values that are hashed, which takes a shell a moment.
pub(crate) const HASHES: &str = include_str!("hashes.json");
const RELEASE: &str = "format: 1\nproduct: example-hub\nrepository: { owner: example, name: hub }\nmode: push\nbranches: { main: main }\nversion: { first: 1.0.0, source: conventional-commits }\nimages: { registry: registry.example/hub, names: [] }\n";
const BUNDLES: &str = "format: 1\nvariants:\n  - { id: cpu, compose: [compose/base.yaml] }\n";
