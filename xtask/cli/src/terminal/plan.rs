//! The plan as a table: what would be released, why, and in which steps.

use bundle_format::updating::{Rollback, Updating};
use release_core::changelog::render::SECTIONS;
use release_core::config::release::Bump;
use release_core::plan::Plan;
use release_core::untrusted::plain_text;

use super::{Colour, Palette, out};

/// Prints a plan on standard output.
pub fn print_plan(plan: &Plan, palette: Palette) {
    let row = |name: &str, value: &str| {
        out(&format!("  {}{value}", palette.paint(Colour::Faint, &format!("{name:<10}"))))
    };
    out(&palette.paint(Colour::Strong, &format!("{} {}", plan.product, plan.tag())));
    row("why", &why(plan));
    row("channel", &plan.channel);
    row("source", &format!("{} on {}", plan.source.short(), plan.branch));
    if !plan.updating.is_free() {
        row("updates", &updates(&plan.updating));
    }
    row("plan", plan.id.0.as_str());
    out("");
    out(&palette.paint(Colour::Strong, "Changes"));
    for entry in &plan.entries {
        let number = entry.number.map(|number| format!(" (#{number})")).unwrap_or_default();
        let section =
            SECTIONS.iter().find(|(section, _)| *section == entry.section).map_or("", |(_, title)| title);
        out(&format!("  {section:<16}{}{number}", plain_text(&entry.text)));
    }
    out("");
    out(&palette.paint(Colour::Strong, "Assets"));
    for asset in &plan.assets {
        out(&format!(
            "  {:<44}{:>9} bytes  {}",
            asset.name,
            asset.size,
            asset.sha256.as_str().get(..12).unwrap_or("")
        ));
    }
    out("");
    out(&palette.paint(Colour::Strong, "Steps"));
    let width = plan.steps.iter().map(|step| step.title.chars().count()).max().unwrap_or(0);
    for (number, step) in plan.steps.iter().enumerate() {
        let mark = if step.action.is_write() { "writes" } else { "" };
        let title = format!("{:<width$}", step.title);
        let line = format!("  {:>2}  {title}  {}", number + 1, palette.paint(Colour::Faint, mark));
        out(line.trim_end());
    }
}

/// What updates have to heed, in one line.
fn updates(updating: &Updating) -> String {
    let from = updating.min_upgradable_from.iter().map(|from| format!("from {from} on"));
    let stops: Vec<String> = updating.mandatory_stops.iter().map(ToString::to_string).collect();
    let stops = (!stops.is_empty()).then(|| format!("stop at {}", stops.join(", ")));
    let back = updating.irreversible.iter().map(|change| match change.back {
        Rollback::Never => format!("no way back below {}", change.version),
        Rollback::Free | Rollback::Restore => {
            format!("back below {} with the backup of before", change.version)
        }
    });
    from.chain(stops).chain(back).collect::<Vec<_>>().join("; ")
}

/// Why the plan has its version, in one sentence.
#[must_use]
pub fn why(plan: &Plan) -> String {
    let Some(previous) = &plan.reason.previous else { return "the first release".to_owned() };
    let bump = match plan.reason.bump {
        Bump::None => "no bump",
        Bump::Patch => "a patch",
        Bump::Minor => "a minor",
        Bump::Major => "a major",
    };
    const NAMED: usize = 6;
    let mut because: Vec<&str> = plan.reason.because.iter().take(NAMED).map(String::as_str).collect();
    if plan.reason.because.len() > NAMED {
        because.push("…");
    }
    format!("{bump} after {previous}, because of {}", because.join(", "))
}
