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
    read_text(&text).map_err(|error| {
        Failure::new(
            Cause::PlanUnreadable,
            format!("`{}` is no plan: {error}", path.display()),
            "make a new one with `cargo xtask plan --json`",
        )
        .into()
    })
}

/// What was found when the plan was made stands beside it in the file, for people and programs to look at; it decides nothing here.
fn read_text(text: &str) -> Result<Option<Plan>, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("findings");
    }
    serde_json::from_value(value)
}
