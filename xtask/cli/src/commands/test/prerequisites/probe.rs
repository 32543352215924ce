//! Finding out whether one thing that the tests need is there: a program is asked, its file name proves nothing.
//!
//! Must never change anything on the machine.

use std::fs;

use crate::commands::test::process;
use crate::commands::test::servers::engine;
use crate::commands::test::workplace::Workplace;

/// How one prerequisite is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe {
    /// A program that must end with 0, say `text` and, where a version is demanded, a version not below `at_least`.
    Says {
        /// The program and its arguments.
        words: &'static [&'static str],
        /// What must occur in its output.
        text: &'static str,
        /// The lowest version that will do; empty for any.
        at_least: &'static [u32],
    },
    /// A container engine that this user can have: one to start as root, else one that answers.
    Engine,
    /// A file among the installed tools that only a complete installation leaves.
    File(&'static str),
    /// An npm package without a program of its own.
    NodePackage(&'static str),
}

/// A committed list of exact versions, and the copy of it that an installation leaves behind when it is complete.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pin {
    /// The list, relative to the workspace.
    pub(crate) list: &'static str,
    /// The copy, relative to the installed tools.
    pub(crate) installed: &'static str,
}

impl Pin {
    /// Returns whether what is installed is what the list says today.
    pub(crate) fn is_met(&self, workplace: &Workplace) -> bool {
        let list = fs::read(workplace.root().join(self.list));
        let installed = fs::read(workplace.tool(self.installed));
        matches!((list, installed), (Ok(list), Ok(installed)) if list == installed)
    }
}

impl Probe {
    /// Returns the version found, or why the thing does not count as present.
    ///
    /// # Errors
    ///
    /// A text for people: not there, too old, or not what was expected.
    pub(crate) fn look(&self, workplace: &Workplace) -> Result<String, String> {
        match *self {
            Self::Says { words, text, at_least } => {
                let said = process::output_of(&mut workplace.command_of(words))
                    .map_err(|error| error.to_string())?;
                judge(&said, text, at_least)
            }
            Self::Engine => engine::look(workplace),
            Self::File(name) => {
                let path = workplace.tool(name);
                let size =
                    fs::metadata(&path).map_err(|error| format!("`{}`: {error}", path.display()))?.len();
                Ok(format!("{} MiB", size >> 20))
            }
            Self::NodePackage(name) => node_package(workplace, name),
        }
    }
}

fn judge(said: &str, text: &str, at_least: &[u32]) -> Result<String, String> {
    if !said.contains(text) {
        return Err(format!("its answer lacks `{text}`:\n{}", process::tail(said)));
    }
    let version = version_in(said);
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.as_slice() < at_least {
        let wanted = at_least.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        return Err(format!("version {version} is there, {wanted} or later is needed"));
    }
    Ok(version)
}

/// Returns the first thing in `text` that looks like a version: numbers with dots between them.
fn version_in(text: &str) -> String {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|part| part.trim_matches('.'))
        .find(|part| part.contains('.'))
        .unwrap_or_default()
        .to_owned()
}

fn node_package(workplace: &Workplace, name: &str) -> Result<String, String> {
    let manifest = workplace.tool("node/node_modules").join(name).join("package.json");
    let text = fs::read(&manifest).map_err(|error| format!("`{}`: {error}", manifest.display()))?;
    let manifest: serde_json::Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let version = manifest.get("version").and_then(serde_json::Value::as_str);
    version.map(str::to_owned).ok_or_else(|| format!("`{name}` has no version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_really_print() {
        for (said, version) in [
            ("v20.20.2\n", "20.20.2"),
            ("minisign 0.11\n", "0.11"),
            ("Docker version 28.2.2, build e6534b4", "28.2.2"),
            ("Docker Compose version 2.26.1-4", "2.26.1"),
            ("BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1)", "1.35.0"),
            ("docker-registry github.com/docker/distribution 2.8.2+ds1", "2.8.2"),
            ("ShellCheck - shell script analysis tool\nversion: 0.9.0\n", "0.9.0"),
            ("answers", ""),
        ] {
            assert_eq!(version_in(said), version, "{said}");
        }
    }

    #[test]
    fn a_version_that_is_too_old_is_said_to_be() {
        let error = judge("v18.9.1", "v", &[18, 20, 1]).unwrap_err();
        assert_eq!(error, "version 18.9.1 is there, 18.20.1 or later is needed");
        assert_eq!(judge("v18.20.1", "v", &[18, 20, 1]).unwrap(), "18.20.1");
        assert_eq!(judge("v110.0.0", "v", &[18, 20, 1]).unwrap(), "110.0.0");
    }

    #[test]
    fn a_program_of_another_name_does_not_pass() {
        assert!(judge("docker-compose version 1.29.2", "Docker Compose version", &[2]).is_err());
    }

    #[test]
    fn a_changed_list_or_an_unfinished_installation_does_not_meet_its_pin() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        let pin = Pin { list: "list", installed: "installed" };
        fs::create_dir(folder.path().join("tools")).unwrap();
        fs::write(folder.path().join("list"), "a 1").unwrap();
        assert!(!pin.is_met(&workplace), "nothing is installed");
        fs::write(workplace.tool("installed"), "a 1").unwrap();
        assert!(pin.is_met(&workplace));
        fs::write(folder.path().join("list"), "a 2").unwrap();
        assert!(!pin.is_met(&workplace), "the list moved on");
    }
}
