//! `abandon`: the way out when the tagged code cannot be finished.

use std::io::IsTerminal as _;

use release_core::finding::Cause;
use release_core::identity::{NotATag, Tag};
use release_edge::abandon::{Abandoned, Scene, abandon};
use release_edge::failure::Failure;
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
    let tag: Tag = args.tag.parse().map_err(|error: NotATag| {
        Failure::new(Cause::Configuration, error.to_string(), "write the tag as in `v1.3.0`")
    })?;
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    confirm(args, &tag)?;
    let scene = Scene {
        repository: &context.repository,
        remote: &context.remote,
        forge: &context.forge,
        clock: &context.clock,
    };
    let (abandoned, drafts) = match abandon(&tag, &scene)? {
        Abandoned::Done(drafts) => (true, drafts),
        Abandoned::NothingThere => (false, Vec::new()),
    };
    if args.output.json {
        terminal::json(&Report { tag: tag.to_string(), abandoned, deleted_drafts: drafts });
    } else if abandoned {
        terminal::out(&format!("Gave up {tag}: its tag, its stamp and {} drafts are gone.", drafts.len()));
    } else {
        terminal::out(&format!("There is no tag {tag}; nothing was changed."));
    }
    Ok(())
}

fn confirm(args: &AbandonArgs, tag: &Tag) -> Result<(), Stop> {
    if args.yes || !std::io::stdin().is_terminal() {
        return Ok(());
    }
    terminal::confirm(&format!("Delete the tag and the drafts of {tag}?"))
}
