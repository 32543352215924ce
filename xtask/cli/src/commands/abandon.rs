//! `abandon`: the way out when the tagged code cannot be finished.

use std::io::IsTerminal as _;

use release_edge::abandon::{Begun, Scene, abandon, find};
use serde::Serialize;

use crate::args::AbandonArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal;

use super::release::configuration;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    tag: String,
    abandoned: bool,
    deleted_drafts: Vec<u64>,
}

/// Runs the command.
pub fn run(args: &AbandonArgs) -> Result<(), Stop> {
    if !args.yes && !can_ask() {
        return Err(Stop::Unasked);
    }
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    let scene = Scene {
        repository: &context.repository,
        remote: &context.remote,
        forge: &context.forge,
        clock: &context.clock,
    };
    let tag = &args.tag;
    let begun = find(tag, &scene)?;
    if let Some(begun) = &begun {
        confirm(args, begun)?;
        terminal::advise_on_interruption(format!(
            "run `cargo xtask abandon {tag}` again to give up the rest"
        ))?;
        abandon(begun, &scene)?;
    }
    report(args, begun.as_ref())
}

fn report(args: &AbandonArgs, begun: Option<&Begun>) -> Result<(), Stop> {
    let tag = &args.tag;
    let drafts = begun.map(|begun| begun.drafts().to_vec()).unwrap_or_default();
    if args.output.json {
        let abandoned = begun.is_some();
        terminal::json(&Report { tag: tag.to_string(), abandoned, deleted_drafts: drafts });
    } else if begun.is_some() {
        terminal::out(&format!("Gave up {tag}: its tag, its stamp and its drafts are gone."));
    } else {
        terminal::out(&format!("There is no tag {tag}; nothing was changed."));
    }
    Ok(())
}

/// Says what will be gone, and asks. Where nobody can be asked, only `--yes` says that it is meant: unlike a release, this cannot be
/// continued by running it again.
fn confirm(args: &AbandonArgs, begun: &Begun) -> Result<(), Stop> {
    terminal::note(&format!("Giving up {}", args.tag));
    begun.consequences().iter().for_each(|line| terminal::note(&format!("  - {line}")));
    if args.yes { Ok(()) } else { terminal::confirm("Give it up?") }
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
