//! Installing packages of the machine's own Debian release, as root.
//!
//! Must never start a service: what the tests need running they start themselves.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::PrepareError;
use crate::commands::test::process::{self, ProcessError};
use crate::commands::test::workplace::Workplace;

/// How long another package manager may keep the lock before we give up.
const LOCK_PATIENCE: Duration = Duration::from_secs(600);
/// How often we look whether the lock is free.
const LOCK_PAUSE: Duration = Duration::from_secs(5);

/// Returns whether packages can be installed here: Debian, as root.
pub(crate) fn can_install() -> bool {
    is_debian() && is_root()
}

/// Returns whether this machine runs Debian itself; its derivatives have other suites.
pub(crate) fn is_debian() -> bool {
    os_release("ID") == "debian"
}

/// Returns whether this process may do everything.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The name of the machine's release, such as `bookworm`; empty where it has none.
pub(crate) fn codename() -> String {
    os_release("VERSION_CODENAME")
}

/// Installs `packages` and what they depend on.
///
/// # Errors
///
/// When apt fails although it was given fresh lists, or another package manager does not end.
pub(crate) fn install(workplace: &Workplace, packages: &[&str]) -> Result<(), PrepareError> {
    let _no_services = ServicesHeld::hold()?;
    if knows_all(workplace, packages) && install_once(workplace, packages).is_ok() {
        return Ok(());
    }
    // Missing or outdated lists are the usual reason for a failure; a second one is real.
    patiently(|| apt(workplace, &["update"]))?;
    install_once(workplace, packages)
}

/// Returns the first of `names` that the machine's release has, as the same program moves between packages.
///
/// # Errors
///
/// When the package lists, which a fresh machine lacks, cannot be had.
pub(crate) fn first_known(
    workplace: &Workplace,
    names: &'static [&'static str],
) -> Result<Option<&'static str>, PrepareError> {
    let find = || names.iter().copied().find(|name| knows_all(workplace, &[name]));
    if let Some(name) = find() {
        return Ok(Some(name));
    }
    patiently(|| apt(workplace, &["update"]))?;
    Ok(find())
}

fn install_once(workplace: &Workplace, packages: &[&str]) -> Result<(), PrepareError> {
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    patiently(|| apt(workplace, &arguments))
}

fn knows_all(workplace: &Workplace, packages: &[&str]) -> bool {
    let mut command = workplace.command("apt-cache");
    command.args(["show", "--no-all-versions"]).args(packages);
    process::output_of(&mut command).is_ok()
}

fn apt(workplace: &Workplace, arguments: &[&str]) -> Result<String, ProcessError> {
    let mut command = workplace.command("apt-get");
    command
        .args([
            "--quiet",
            "--option=DPkg::Lock::Timeout=600",
            "--option=Dpkg::Use-Pty=0",
            "--option=Acquire::Retries=3",
        ])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Its messages are read below.
        .env("LC_ALL", "C")
        // For init scripts: level 1 is the one in which nothing is started.
        .env("RUNLEVEL", "1");
    process::output_of(&mut command)
}

/// Repeats `work` while another package manager has the lock; apt itself waits for only one of its locks.
fn patiently(work: impl Fn() -> Result<String, ProcessError>) -> Result<(), PrepareError> {
    let begun = Instant::now();
    loop {
        match work() {
            Ok(_) => return Ok(()),
            Err(error)
                if begun.elapsed() < LOCK_PATIENCE && error.to_string().contains("Could not get lock") =>
            {
                thread::sleep(LOCK_PAUSE);
            }
            Err(error) => return Err(PrepareError::Process(error)),
        }
    }
}

/// While it lives, packages that are installed may not start their services (invoke-rc.d(8), policy-rc.d).
struct ServicesHeld {
    ours: Option<PathBuf>,
}

impl ServicesHeld {
    fn hold() -> Result<Self, PrepareError> {
        let path = Path::new("/usr/sbin/policy-rc.d");
        if path.exists() {
            return Ok(Self { ours: None });
        }
        let failed = |source| PrepareError::File { path: path.to_path_buf(), source };
        // 101 is the answer "forbidden".
        fs::write(path, "#!/bin/sh\nexit 101\n").map_err(failed)?;
        let held = Self { ours: Some(path.to_path_buf()) };
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        Ok(held)
    }
}

impl Drop for ServicesHeld {
    fn drop(&mut self) {
        if let Some(path) = &self.ours {
            // Nothing can be done about a failure here, and the file forbids no more than it says.
            let _ = fs::remove_file(path);
        }
    }
}

fn os_release(field: &str) -> String {
    value_in(&fs::read_to_string("/etc/os-release").unwrap_or_default(), field)
}

fn value_in(text: &str, field: &str) -> String {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let value = lines.filter(|(name, _)| *name == field).map(|(_, value)| value.trim_matches('"')).next();
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_known_by_its_id_and_codename() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(value_in(text, "ID"), "debian");
        assert_eq!(value_in(text, "VERSION_CODENAME"), "bookworm");
        assert_eq!(value_in(text, "VARIANT"), "");
    }

    #[test]
    fn another_package_managers_lock_is_waited_for_and_nothing_else_is() {
        let failure = patiently(|| process::output_of(&mut std::process::Command::new("false")));
        assert!(matches!(failure, Err(PrepareError::Process(ProcessError::Failed { .. }))));
    }
}
