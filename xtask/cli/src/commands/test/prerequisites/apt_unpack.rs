//! Unpacking one package of another Debian suite into a folder, for programs that the machine's own suite does not carry.
//!
//! Must never change the system: its sources, lists and installed packages stay as they are.

use std::fs;
use std::path::{Path, PathBuf};

use super::apt_source::{self, Derived, SourceFile, Style};
use super::{PrepareError, debian};
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// Downloads `package` of `suite` and unpacks it into the installed tools' folder of the package's name, which it returns.
///
/// # Errors
///
/// When the machine has no Debian source to derive one from, or apt fails.
pub(crate) fn unpack(workplace: &Workplace, package: &str, suite: &str) -> Result<PathBuf, PrepareError> {
    let state = workplace.tool("apt");
    remove(&state)?;
    for folder in ["state/lists/partial", "cache/archives/partial", "sources", "download"] {
        create(&state.join(folder))?;
    }
    write_source(&state, suite)?;
    write(&state.join("state/status"), "")?;
    let apt = |arguments: &[&str]| {
        let mut command = workplace.command("apt-get");
        command.current_dir(state.join("download")).args(private_options(&state)).args(arguments);
        process::output_of(&mut command).map_err(PrepareError::Process)
    };
    apt(&["update"])?;
    apt(&["download", package])?;
    let archive = only_file(&state.join("download"))?;
    let unpacked = workplace.tool(package);
    remove(&unpacked)?;
    let mut unpacking = workplace.command("dpkg-deb");
    unpacking.arg("--extract").args([&archive, &unpacked]);
    process::output_of(&mut unpacking).map_err(PrepareError::Process)?;
    // The suite's package lists are large and of no further use.
    remove(&state)?;
    Ok(unpacked)
}

/// A source for a suite, made from the machine's own.
///
/// # Errors
///
/// When the machine has none to derive it from.
pub(crate) fn derived(suite: &str) -> Result<Derived, PrepareError> {
    let codename = debian::codename();
    let derived = apt_source::derive(&machine_sources(Path::new("/etc/apt")), &codename, suite);
    derived.ok_or_else(|| PrepareError::NoSource { codename, suite: suite.to_owned() })
}

/// Everything that apt reads or writes lies in `state`; only the keyrings are the machine's.
fn private_options(state: &Path) -> Vec<String> {
    let state = state.display();
    [
        format!("Dir::State={state}/state"),
        format!("Dir::State::status={state}/state/status"),
        format!("Dir::Cache={state}/cache"),
        format!("Dir::Etc::sourceparts={state}/sources"),
        "Dir::Etc::sourcelist=/dev/null".to_owned(),
        "Dir::Etc::preferences=/dev/null".to_owned(),
        "Dir::Etc::preferencesparts=/dev/null".to_owned(),
        "APT::Sandbox::User=".to_owned(),
        "Acquire::Languages=none".to_owned(),
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
        "Acquire::Retries=3".to_owned(),
    ]
    .into_iter()
    .map(|option| format!("--option={option}"))
    .collect()
}

fn write_source(state: &Path, suite: &str) -> Result<(), PrepareError> {
    let derived = derived(suite)?;
    let name = match derived.style {
        Style::OneLine => "sources/derived.list",
        Style::Deb822 => "sources/derived.sources",
    };
    write(&state.join(name), &derived.text)
}

/// Reads the sources that apt itself would read, in its order.
fn machine_sources(folder: &Path) -> Vec<SourceFile> {
    let entries = fs::read_dir(folder.join("sources.list.d")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.insert(0, folder.join("sources.list"));
    let files = paths.iter().filter_map(|path| {
        let style = match path.extension()?.to_str()? {
            "list" => Style::OneLine,
            "sources" => Style::Deb822,
            _ => return None,
        };
        Some(SourceFile { style, text: fs::read_to_string(path).ok()? })
    });
    files.collect()
}

fn only_file(folder: &Path) -> Result<PathBuf, PrepareError> {
    let failed = |source| PrepareError::File { path: folder.to_path_buf(), source };
    let mut entries = fs::read_dir(folder).map_err(failed)?;
    let entry = entries.next().unwrap_or_else(|| Err(std::io::ErrorKind::NotFound.into()));
    entry.map(|entry| entry.path()).map_err(failed)
}

fn create(folder: &Path) -> Result<(), PrepareError> {
    fs::create_dir_all(folder).map_err(|source| PrepareError::File { path: folder.to_path_buf(), source })
}

fn write(path: &Path, text: &str) -> Result<(), PrepareError> {
    fs::write(path, text).map_err(|source| PrepareError::File { path: path.to_path_buf(), source })
}

fn remove(folder: &Path) -> Result<(), PrepareError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(PrepareError::File { path: folder.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_sources_are_read_in_apts_order_and_other_files_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let parts = folder.path().join("sources.list.d");
        fs::create_dir(&parts).unwrap();
        fs::write(folder.path().join("sources.list"), "first").unwrap();
        fs::write(parts.join("b.sources"), "third").unwrap();
        fs::write(parts.join("a.list"), "second").unwrap();
        fs::write(parts.join("c.sources.disabled"), "never").unwrap();
        let files = machine_sources(folder.path());
        let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
        assert_eq!(texts, ["first", "second", "third"]);
    }

    #[test]
    fn no_option_lets_apt_write_outside_its_private_folder() {
        let options = private_options(Path::new("/private"));
        for kind in ["Dir::State=", "Dir::Cache=", "Dir::Etc::sourceparts="] {
            assert!(
                options.iter().any(|option| option.starts_with(&format!("--option={kind}/private/"))),
                "{kind}"
            );
        }
    }
}
