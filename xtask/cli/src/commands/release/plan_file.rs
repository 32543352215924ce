//! The file that `--plan` names. Owns reading it; that nobody changed its plan, and never whether the plan still
//! fits the world, which is decided by planning again.

use std::path::Path;

use release_core::finding::Cause;
use release_core::plan::Plan;
use release_edge::failure::Failure;

use crate::exit::Stop;

/// The way out.
const ANEW: &str = "make a new one with `cargo xtask plan --json`";

/// Reads the plan; none where planning found nothing to release and wrote `null`.
pub(super) fn read(path: &Path) -> Result<Option<Plan>, Stop> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Cause::FileSystem,
            format!("could not read `{}`: {error}", path.display()),
            "give `--plan` the file that `cargo xtask plan --json` wrote",
        )
    })?;
    let plan = read_text(&text).map_err(|error| {
        Failure::new(Cause::PlanUnreadable, format!("`{}` is no plan: {error}", path.display()), ANEW)
    })?;
    match plan {
        Some(plan) if !plan.is_genuine() => {
            Err(refused(format!("the content of the given plan of {} does not match its id", plan.tag()))
                .into())
        }
        plan => Ok(plan),
    }
}

/// Requires the given plan to say what the plan of the same id says that is carried out: the one made here, or the one in the tag. Only
/// who commits may differ: that is whoever carries it out.
pub(super) fn require_same(given: &Plan, planned: &Plan) -> Result<(), Failure> {
    let given = Plan { identity: planned.identity.clone(), ..given.clone() };
    if given == *planned {
        return Ok(());
    }
    Err(refused(format!(
        "the given plan of {} differs from the one of its id that would be carried out in {}",
        given.tag(),
        differences(&given, planned).join(", ")
    )))
}

/// The names of the fields that differ.
fn differences(given: &Plan, planned: &Plan) -> Vec<String> {
    let fields = |plan: &Plan| match serde_json::to_value(plan) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let planned = fields(planned);
    let differs = fields(given).into_iter().filter(|(name, value)| planned.get(name) != Some(value));
    differs.map(|(name, _)| format!("`{name}`")).collect()
}

fn refused(message: String) -> Failure {
    Failure::new(
        Cause::PlanUnreadable,
        message,
        format!("a plan is carried out as it was made or not at all: change what it is made of, and {ANEW}"),
    )
}

/// What was found when the plan was made stands beside it in the file, for people and programs to look at; it decides nothing here.
fn read_text(text: &str) -> Result<Option<Plan>, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("findings");
    }
    serde_json::from_value(value)
}
