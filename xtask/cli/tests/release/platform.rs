//! The small platforms that are released: each mirrors another real one, with configuration and Compose files of its own. Never changed
//! by a test: a stage works on a copy.

use std::fs;
use std::path::Path;

/// Where the platforms lie.
const PLATFORMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/platforms");
/// The registry and path of the own images of [`AIHUMMER`].
pub(crate) const IMAGES: &str = "registry.example/aihummer";

/// A platform that is released.
#[derive(Debug)]
pub(crate) struct Platform {
    /// Its name: of its folder, its repository and its bundles.
    pub(crate) name: &'static str,
    /// Its own images, each built from a folder of this name in `services/`.
    pub(crate) images: &'static [&'static str],
    /// The channel of its stable versions.
    pub(crate) channel: &'static str,
}

/// Channel names of its own.
pub(crate) static AIHUMMER: Platform =
    Platform { name: "aihummer", images: &["server", "worker"], channel: "stable" };
/// A monorepo with many places that carry the version.
pub(crate) static AISOC: Platform =
    Platform { name: "aisoc", images: &["api", "connectors"], channel: "latest" };
/// Git-flow, Conventional Commits and migrations.
pub(crate) static AILAB: Platform = Platform { name: "ailab", images: &["backend"], channel: "latest" };
/// Databases, queues and a proxy as Debian packages them: the one that is started.
pub(crate) static OUTPOST: Platform =
    Platform { name: "outpost", images: &["web", "worker"], channel: "stable" };

impl Platform {
    /// Copies its files into a folder.
    pub(crate) fn copy_to(&self, folder: &Path) {
        copy(&Path::new(PLATFORMS).join(self.name), folder);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}
