//! The file that `--plan` names. Owns reading it; whether its plan still fits the world is decided by planning again.

use std::path::Path;

use release_core::finding::Cause;
use release_core::plan::Plan;
use release_edge::failure::Failure;

use crate::exit::Stop;

/// Reads the plan; none where planning found nothing to release and wrote `null`.
pub(super) fn read(path: &Path) -> Result<Option<Plan>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "give `--plan` the file that `cargo xtask plan --json` wrote",
        )
    })?;
    serde_json::from_str::<Option<Plan>>(&text).map_err(|error| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("`{}` is no plan: {error}", path.display()),
            "make a new one with `cargo xtask plan --json`",
        )
        .into()
    })
}
