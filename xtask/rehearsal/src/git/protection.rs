//! Keeps `git push` away from tags that an immutable release has fixed.
//!
//! Owns the `update` hook of the bare repository and the list it reads. Must never stand in the way of any other ref.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;

use crate::git::Store;

/// Names of refs that may not change, one on each line.
const LIST: &str = "rehearsal-immutable-refs";

/// Git runs it for every ref of a push, in the repository, with the ref's name first.
const HOOK: &str = "#!/bin/sh
if [ -f rehearsal-immutable-refs ] && grep -qxF -e \"$1\" rehearsal-immutable-refs; then
    echo \"error: GH013: Repository rule violations found for $1.\" >&2
    echo \"Cannot change a tag of an immutable release.\" >&2
    exit 1
fi
";

impl Store {
    /// Installs the hook.
    pub(crate) fn guard_immutable_tags(&self) -> io::Result<()> {
        let hooks = self.path.join("hooks");
        fs::create_dir_all(&hooks)?;
        let hook = hooks.join("update");
        fs::write(&hook, HOOK)?;
        fs::set_permissions(&hook, Permissions::from_mode(0o755))
    }

    /// From now on no push changes this ref, even where it does not exist.
    pub(crate) fn fix_reference(&self, name: &str) -> io::Result<()> {
        let mut list = OpenOptions::new().create(true).append(true).open(self.path.join(LIST))?;
        writeln!(list, "{name}")
    }
}
