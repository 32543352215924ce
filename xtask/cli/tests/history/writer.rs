//! Writes many commits at once, through `git fast-import`. Never decides what they are about.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::git::{fed, git, text};

/// Who writes every commit.
pub const AUTHOR: &str = "Ada Lovelace";

/// A commit: one that will be written, or one that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commit {
    New(usize),
    Known(String),
}

/// Commits to be written, the oldest first.
#[derive(Default)]
pub struct Writer {
    commits: Vec<Written>,
    references: Vec<(String, Commit)>,
    annotated: Vec<(String, Commit, String)>,
}

struct Written {
    message: String,
    parents: Vec<Commit>,
    authored: i64,
    committed: i64,
    files: Vec<(String, String)>,
}

impl Writer {
    /// Adds a commit that changes these files.
    pub fn commit(
        &mut self,
        message: &str,
        parents: &[&Commit],
        (authored, committed): (i64, i64),
        files: &[(&str, String)],
    ) -> Commit {
        let files = files.iter().map(|(path, content)| ((*path).to_owned(), content.clone())).collect();
        let parents = parents.iter().map(|parent| (*parent).clone()).collect();
        self.commits.push(Written { message: message.to_owned(), parents, authored, committed, files });
        Commit::New(self.commits.len())
    }

    /// Adds a file to a commit that was added before.
    pub fn amend(&mut self, commit: &Commit, path: &str, content: String) {
        let Commit::New(mark) = commit else { panic!("{commit:?} is there already") };
        self.commits[mark - 1].files.push((path.to_owned(), content));
    }

    /// How many commits there are to write.
    pub fn len(&self) -> usize {
        self.commits.len()
    }

    /// Lets a branch, or a light tag, name a commit.
    pub fn point(&mut self, reference: &str, commit: &Commit) {
        self.references.push((reference.to_owned(), commit.clone()));
    }

    /// Adds an annotated tag.
    pub fn annotate(&mut self, tag: &str, commit: &Commit, message: &str) {
        self.annotated.push((tag.to_owned(), commit.clone(), message.to_owned()));
    }

    /// Writes everything and tells the names of the new commits.
    pub fn write(self, bare: &Path) -> Names {
        let marks = bare.join("marks");
        let export = format!("--export-marks={}", text(&marks));
        fed(bare, &["fast-import", "--quiet", "--force", &export], self.stream().as_bytes());
        if !self.commits.is_empty() {
            git(bare, &["update-ref", "-d", SCRATCH]);
        }
        let marks = std::fs::read_to_string(&marks).unwrap_or_default();
        let names = marks.lines().map(|line| {
            let (mark, name) = line[1..].split_once(' ').expect("a mark and a name");
            (mark.parse().expect("a number"), name.to_owned())
        });
        Names(names.collect())
    }

    fn stream(&self) -> String {
        let mut stream = String::new();
        for (place, commit) in self.commits.iter().enumerate() {
            let Written { message, parents, authored, committed, files } = commit;
            let who = format!("{AUTHOR} <ada@acme.example>");
            write!(
                stream,
                "commit {SCRATCH}\nmark :{}\nauthor {who} {authored} +0000\ncommitter {who} {committed} +0000\n{}",
                place + 1,
                data(message)
            )
            .unwrap();
            for (place, parent) in parents.iter().enumerate() {
                let word = if place == 0 { "from" } else { "merge" };
                writeln!(stream, "{word} {}", named(parent)).unwrap();
            }
            for (path, content) in files {
                write!(stream, "M 100644 inline {path}\n{}", data(content)).unwrap();
            }
            stream.push('\n');
        }
        for (reference, commit) in &self.references {
            write!(stream, "reset {reference}\nfrom {}\n\n", named(commit)).unwrap();
        }
        for (tag, commit, message) in &self.annotated {
            write!(
                stream,
                "tag {tag}\nfrom {}\ntagger {AUTHOR} <ada@acme.example> 1700000000 +0000\n{}",
                named(commit),
                data(message)
            )
            .unwrap();
        }
        stream
    }
}

/// The branch that commits are written on until something names them.
const SCRATCH: &str = "refs/scratch/commits";

fn named(commit: &Commit) -> String {
    match commit {
        Commit::New(mark) => format!(":{mark}"),
        Commit::Known(name) => name.clone(),
    }
}

fn data(text: &str) -> String {
    format!("data {}\n{text}\n", text.len())
}

/// The names of commits.
pub struct Names(BTreeMap<usize, String>);

impl Names {
    /// The name of one.
    pub fn of(&self, commit: &Commit) -> String {
        match commit {
            Commit::New(mark) => self.0[mark].clone(),
            Commit::Known(name) => name.clone(),
        }
    }
}
