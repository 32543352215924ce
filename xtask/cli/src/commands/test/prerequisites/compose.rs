//! Bringing Compose v2 into the tests' own Docker configuration: the user's plugin where there is one, else Debian's.
//!
//! Must never write into the user's Docker configuration.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{PrepareError, apt_unpack, debian};
use crate::commands::test::process;
use crate::commands::test::workplace::Workplace;

/// The first Debian suite whose Compose is version 2.
const SUITE: &str = "trixie";
const PACKAGE: &str = "docker-compose";
const PLUGIN: &str = "cli-plugins/docker-compose";

/// Makes `docker compose` work for the tests.
///
/// # Errors
///
/// When the package cannot be had or the plugin not be put in its place.
pub(crate) fn install(workplace: &Workplace) -> Result<(), PrepareError> {
    let plugin = match users_plugin(workplace) {
        Some(plugin) => plugin,
        None => apt_unpack::unpack(workplace, PACKAGE, SUITE)?.join("usr/libexec/docker").join(PLUGIN),
    };
    let place = workplace.tool("docker").join(PLUGIN);
    link(&plugin, &place).map_err(|source| PrepareError::File { path: place, source })
}

/// Returns whether Compose can be brought here without a person.
pub(crate) fn can_install(workplace: &Workplace) -> bool {
    debian::is_debian() || users_plugin(workplace).is_some()
}

/// The plugin in the user's own Docker configuration, if it is Compose v2 and runs.
fn users_plugin(workplace: &Workplace) -> Option<PathBuf> {
    let given = env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker"));
    let plugin = given.or_else(home)?.join(PLUGIN);
    if plugin == workplace.tool("docker").join(PLUGIN) {
        return None;
    }
    let said = process::output_of(workplace.command(plugin.to_str()?).arg("version")).ok()?;
    said.contains("Docker Compose version").then_some(plugin)
}

fn link(plugin: &Path, place: &Path) -> io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    symlink(plugin, place)
}
