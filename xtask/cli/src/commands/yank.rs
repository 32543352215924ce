//! `yank`: withdraws a published release. Deletes nothing.

use std::io::IsTerminal as _;

use bundle_format::pointer::Yanked;
use release_edge::channels::{Survey, repair, require_published, survey_without_copies};
use release_edge::clock::Clock as _;
use serde::Serialize;

use crate::args::YankArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal;

use super::channels::{Deeds, require_usable_key, scene};
use super::release::configuration;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    tag: String,
    /// Why it is withdrawn: as somebody said who was first.
    reason: String,
    since: String,
    /// What was done, one line each; nothing where it was withdrawn before.
    done: Vec<String>,
}

/// Runs the command.
pub fn run(args: &YankArgs) -> Result<(), Stop> {
    if !args.yes && !can_ask() {
        return Err(Stop::Unasked);
    }
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    require_usable_key(&context)?;
    let scene = scene(&context, &config)?;
    let version = args.tag.version().clone();
    let wanted = Yanked { version, reason: args.reason.clone(), since: context.clock.now() };
    let found = survey_without_copies(&scene, Some(&wanted))?;
    require_published(&found, &args.tag)?;
    let listed = found.board.withdrawn.iter().find(|known| known.version == wanted.version);
    let listed = listed.unwrap_or(&wanted).clone();
    confirm(args, &found)?;
    terminal::advise_on_interruption(format!(
        "run `cargo xtask yank {}` again to withdraw the rest",
        args.tag
    ))?;
    let mut deeds = Deeds::new(args.output.json);
    let ended = repair(&scene, Some(&wanted), &mut |deed| deeds.add(deed));
    let otherwise = format!("{} was withdrawn before; nothing was changed.", args.tag);
    let ((), done) = deeds.ended(ended, &otherwise)?;
    if args.output.json {
        let (tag, since) = (args.tag.to_string(), listed.since.to_string());
        terminal::json(&Report { tag, reason: listed.reason, since, done });
    }
    Ok(())
}

/// Says what will change, and asks.
fn confirm(args: &YankArgs, found: &Survey) -> Result<(), Stop> {
    terminal::note(&format!("Withdrawing {}", args.tag));
    found.all_drift().for_each(|drift| terminal::note(&format!("  - {}", drift.message)));
    if args.yes { Ok(()) } else { terminal::confirm("Withdraw it?") }
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
