//! A git program that is a function: what it is asked of a remote it does in the bare repository itself, all or nothing, each reference
//! only from the value that the lease names. Stands in for git, which the tests of the program and of the repository use.
//!
//! All repositories of a scene share one folder of objects, so nothing is transferred but what a scratch repository made.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use git2::{Oid, Repository};
use release_edge::repository::GitProgram;
use release_edge::shell::{Call, Error, Output};
use serde_json::Value;

use crate::state::file;
use crate::wire::{Breaking, Side, Wire, number_of};

/// References by full name.
pub(crate) type References = BTreeMap<String, String>;

/// How long git waits for a server that sends nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bare repository that everybody pushes to.
#[derive(Debug)]
pub(crate) struct Remote {
    folder: PathBuf,
    /// What they were before the last change; taken for as long as one push takes, as a server locks its references.
    lock: Mutex<References>,
    /// What commits of the channels' branch say.
    pointers: Mutex<BTreeMap<String, u64>>,
}

impl Remote {
    /// Makes one with these references.
    pub(crate) fn make(folder: PathBuf, objects: &Path, references: &References) -> Self {
        make_bare(&folder, objects, "ref: refs/heads/main", references, "");
        Self { folder, lock: Mutex::new(references.clone()), pointers: Mutex::default() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn references(&self) -> References {
        read_references(&self.folder)
    }

    /// Moves references as a push does; the names of those whose value is not the expected one, and then nothing moved.
    pub(crate) fn push(&self, changes: &[Change]) -> Vec<String> {
        let mut before = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.references();
        let wrong = |change: &&Change| {
            let found = now.get(&change.reference);
            found != change.new.as_ref() && found != change.expected.as_ref()
        };
        let wrong: Vec<String> =
            changes.iter().filter(wrong).map(|change| change.reference.clone()).collect();
        if wrong.is_empty() {
            let mut after = now.clone();
            for change in changes {
                match &change.new {
                    Some(new) => drop(after.insert(change.reference.clone(), new.clone())),
                    None => drop(after.remove(&change.reference)),
                }
            }
            write_references(&self.folder, &after);
            *before = now;
        }
        wrong
    }

    /// What a reference says to a run. Commits of the channels' branch say the same that differ in signatures: those differ each time.
    pub(crate) fn meaning(&self, reference: &str, object: &str) -> u64 {
        if reference != "refs/heads/channels" {
            return number_of(object);
        }
        let mut known = self.pointers.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(object.to_owned()).or_insert_with(|| {
            let git = Repository::open_bare(&self.folder).expect("a repository");
            let head = Oid::from_str(object).expect("an object");
            let signed = ["latest", "rc", "nightly"].map(|channel| {
                let text = file(&git, head, &format!("{channel}/latest.json"))?;
                let envelope: Value = serde_json::from_str(&text).expect("a pointer is JSON");
                Some(envelope["signed"].as_str().expect("what is signed").to_owned())
            });
            number_of((signed, file(&git, head, "yanked.json")))
        })
    }

    /// The list as it was before the last change.
    fn stale(&self) -> References {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One reference of a push.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) reference: String,
    pub(crate) expected: Option<String>,
    pub(crate) new: Option<String>,
}

/// Makes a bare repository whose objects lie in a folder that it shares.
pub(crate) fn make_bare(folder: &Path, objects: &Path, head: &str, references: &References, config: &str) {
    fs::create_dir_all(folder.join("refs")).expect("a folder");
    fs::write(folder.join("HEAD"), format!("{head}\n")).expect("a file");
    let config = format!("[core]\n\trepositoryformatversion = 0\n\tbare = true\n{config}");
    fs::write(folder.join("config"), config).expect("a file");
    std::os::unix::fs::symlink(objects, folder.join("objects")).expect("a link");
    write_references(folder, references);
}

fn write_references(folder: &Path, references: &References) {
    let mut text = String::from("# pack-refs with: sorted\n");
    for (name, object) in references {
        text.push_str(&format!("{object} {name}\n"));
    }
    let new = folder.join("packed-refs.new");
    fs::write(&new, text).expect("a file");
    fs::rename(new, folder.join("packed-refs")).expect("a file");
    // One that was written by itself would hide what is packed.
    for kind in ["refs/heads", "refs/tags"] {
        let _ = fs::remove_dir_all(folder.join(kind));
    }
}

fn read_references(folder: &Path) -> References {
    let text = fs::read_to_string(folder.join("packed-refs")).expect("a file");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
    let mut found: References = lines
        .map(|line| line.split_once(' ').expect("an object and a name"))
        .map(|(object, name)| (name.to_owned(), object.to_owned()))
        .collect();
    read_loose(folder, Path::new("refs"), &mut found);
    found
}

/// References that the rehearsal itself wrote, each in a file of its own.
fn read_loose(folder: &Path, below: &Path, found: &mut References) {
    for entry in fs::read_dir(folder.join(below)).into_iter().flatten().flatten() {
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            read_loose(folder, &path, found);
        } else {
            let object = fs::read_to_string(entry.path()).expect("a file");
            found.insert(path.to_string_lossy().into_owned(), object.trim().to_owned());
        }
    }
}

/// The git program of one run.
pub(crate) struct InProcessGit {
    pub(crate) remote: Arc<Remote>,
    pub(crate) objects: PathBuf,
    pub(crate) wire: Arc<Wire>,
}

impl GitProgram for InProcessGit {
    fn run(&self, call: &Call) -> Result<Output, Error> {
        let arguments: Vec<&str> = call.arguments().iter().map(text).collect();
        let folder = call.in_folder().expect("a folder");
        Ok(match arguments.as_slice() {
            ["remote", "get-url", ..] => said(0, &self.remote.folder.to_string_lossy(), ""),
            ["ls-remote", ..] => self.list(),
            ["fetch", .., what] => self.fetch(folder, what),
            ["push", rest @ ..] => self.push(folder, rest),
            other => panic!("nobody taught this git `{other:?}`"),
        })
    }
}

fn text(argument: &OsString) -> &str {
    argument.to_str().expect("text")
}

fn said(status: i32, stdout: &str, stderr: &str) -> Output {
    Output { status: Some(status), stdout: stdout.into(), stderr: stderr.into() }
}

fn refused() -> Output {
    said(
        128,
        "",
        "fatal: unable to access 'http://127.0.0.1/': Failed to connect to 127.0.0.1 port 1: Connection refused",
    )
}

fn lost() -> Output {
    said(128, "", "fatal: the remote end hung up unexpectedly")
}

impl InProcessGit {
    /// The end of a call that breaks; none where it does not. `effect` is what happened before nobody answered.
    fn broken(&self, breaking: Option<Breaking>, effect: impl FnOnce()) -> Option<Output> {
        match breaking? {
            Breaking::Refused => Some(refused()),
            Breaking::ResetBefore => Some(lost()),
            Breaking::ResetAfter => {
                effect();
                Some(lost())
            }
            Breaking::TimeoutBefore => {
                self.wire.wait_in_vain(PATIENCE);
                Some(lost())
            }
            Breaking::TimeoutAfter => {
                effect();
                self.wire.wait_in_vain(PATIENCE);
                Some(lost())
            }
            _ => None,
        }
    }

    fn list(&self) -> Output {
        let breaking = self.wire.pass(Side::Git, "list references".to_owned(), false);
        if let Some(end) = self.broken(breaking, || ()) {
            return end;
        }
        let references = match breaking {
            Some(Breaking::StaleList) => self.remote.stale(),
            _ => self.remote.references(),
        };
        let meaning = |(name, object): (&String, &String)| (name.clone(), self.remote.meaning(name, object));
        self.wire.heard(|| references.iter().map(meaning).collect::<Vec<_>>());
        let lines: Vec<String> =
            references.iter().map(|(name, object)| format!("{object}\t{name}\n")).collect();
        said(0, &lines.concat(), "")
    }

    fn fetch(&self, folder: &Path, what: &str) -> Output {
        let (reference, into) = what.trim_start_matches('+').split_once(':').expect("a refspec");
        let breaking = self.wire.pass(Side::Git, "fetch".to_owned(), false);
        if let Some(end) = self.broken(breaking, || ()) {
            return end;
        }
        let object = self.remote.references().get(reference).cloned();
        self.wire.heard(|| object.as_ref().map(|object| self.remote.meaning(reference, object)));
        let Some(object) = object else {
            return said(128, "", &format!("fatal: couldn't find remote ref {reference}"));
        };
        let objects = format!("{}\n", self.objects.display());
        fs::create_dir_all(folder.join("objects/info")).expect("a folder");
        fs::write(folder.join("objects/info/alternates"), objects).expect("a file");
        let file = folder.join(into);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, format!("{object}\n")).expect("a file");
        said(0, "", "")
    }

    fn push(&self, folder: &Path, arguments: &[&str]) -> Output {
        let changes = changes(arguments);
        let names: Vec<&str> = changes.iter().map(|change| kind(&change.reference)).collect();
        let breaking = self.wire.pass(Side::Git, format!("push {}", names.join(" and ")), true);
        let push = || {
            take_objects(folder, &self.objects);
            (self.remote.references(), self.remote.push(&changes))
        };
        if let Some(end) = self.broken(breaking, || drop(push())) {
            return end;
        }
        let (before, wrong) = push();
        let line = |change: &Change| {
            let spec = format!("{}:{}", change.new.as_deref().unwrap_or_default(), change.reference);
            match wrong.contains(&change.reference) {
                true => format!("!\t{spec}\t[rejected] (stale info)\n"),
                false if !wrong.is_empty() => format!("!\t{spec}\t[rejected] (atomic push failed)\n"),
                false if before.get(&change.reference) == change.new.as_ref() => {
                    format!("=\t{spec}\t[up to date]\n")
                }
                false => format!("*\t{spec}\t[new]\n"),
            }
        };
        let lines: Vec<String> = changes.iter().map(line).collect();
        self.wire.heard(|| lines.iter().map(|line| line.chars().next()).collect::<Vec<_>>());
        said(i32::from(!wrong.is_empty()), &lines.concat(), "")
    }
}

/// What kind of reference it is, for people who read which calls there were.
fn kind(reference: &str) -> &str {
    match reference {
        it if it.starts_with("refs/tags/v") => "tag",
        it if it.starts_with("refs/tags/") => "moving tag",
        "refs/heads/channels" => "channels",
        _ => "branch",
    }
}

fn changes(arguments: &[&str]) -> Vec<Change> {
    let lease = |reference: &str| {
        let begin = format!("--force-with-lease={reference}:");
        let lease = arguments.iter().find_map(|argument| argument.strip_prefix(begin.as_str()));
        lease.expect("a lease for every reference").to_owned()
    };
    let given = |object: String| (!object.is_empty()).then_some(object);
    let specs = arguments.iter().skip_while(|argument| **argument != "--").skip(2);
    specs
        .map(|spec| {
            let (new, reference) = spec.split_once(':').expect("a refspec");
            Change {
                reference: reference.to_owned(),
                expected: given(lease(reference)),
                new: given(new.to_owned()),
            }
        })
        .collect()
}

/// Takes over the objects that a repository has for itself.
fn take_objects(folder: &Path, objects: &Path) {
    let own = folder.join("objects");
    if own.is_symlink() {
        return;
    }
    for fan in fs::read_dir(&own).expect("a folder").flatten() {
        let name = fan.file_name();
        if name.len() != 2 {
            continue;
        }
        let to = objects.join(&name);
        fs::create_dir_all(&to).expect("a folder");
        for file in fs::read_dir(fan.path()).expect("a folder").flatten() {
            // Another run may take over the same object at the same moment.
            let taken = fs::hard_link(file.path(), to.join(file.file_name()));
            assert!(taken.is_ok() || to.join(file.file_name()).exists(), "{taken:?}");
        }
    }
}
