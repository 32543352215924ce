//! `rehearsal`: the stage by itself, for runs and faults from outside.

use serde::Serialize;

use crate::args::RehearsalArgs;
use crate::context::{root, variables};
use crate::exit::Stop;
use crate::rehearse::{self, TOKEN};
use crate::terminal;

use super::release::configuration;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Announcement {
    /// The clone to run in.
    clone: String,
    /// The bare remote behind it.
    remote: String,
    /// Where faults are injected and the state is read.
    control: String,
    /// The environment to run with.
    environment: indexmap::IndexMap<&'static str, String>,
}

/// Runs the command: serves until the process is ended.
pub fn run(args: &RehearsalArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?;
    let stage = rehearse::prepare(&root, &config, args.pulls.as_deref(), args.folder.as_deref())?;
    let mut announcement = Announcement {
        clone: stage.clone.display().to_string(),
        remote: stage.folder.join("remote.git").display().to_string(),
        control: stage.servers.control_url().to_owned(),
        environment: indexmap::IndexMap::from([
            (variables::API, stage.surroundings.hosts.api.clone()),
            (variables::GRAPHQL, stage.surroundings.hosts.graphql.clone()),
            (variables::SERVER, stage.surroundings.hosts.server.clone()),
            (release_edge::secret::variables::TOKEN, TOKEN.to_owned()),
            (variables::REHEARSAL_REGISTRY, stage.servers.registry_address()),
            (variables::REHEARSAL_CONTROL, stage.servers.control_url().to_owned()),
        ]),
    };
    // Throwaways of this rehearsal, so they may be shown.
    if let Some(key) = &stage.surroundings.release_key {
        announcement.environment.insert(variables::RELEASE_KEY, key.reveal().to_owned());
    }
    if let Some(key) = &stage.surroundings.channel_key {
        announcement.environment.insert(variables::CHANNEL_KEY, key.reveal().to_owned());
    }
    if args.output.json {
        terminal::json(&announcement);
    } else {
        terminal::note("serving until Ctrl-C; in another terminal:");
        terminal::out(&format!("cd '{}'", announcement.clone));
        for (name, value) in &announcement.environment {
            terminal::out(&format!("export {name}='{value}'"));
        }
        terminal::out("cargo xtask release");
    }
    loop {
        std::thread::park();
    }
}
