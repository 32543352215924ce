//! `check`: every rule that can be looked at without releasing, or the label rule on one open pull request.

use release_core::bundle::render::{Material, bundles};
use release_core::finding::{Cause, Finding, Severity};
use release_core::{stamp, version};
use release_edge::forge::Forge as _;
use release_edge::gather::configured;
use release_edge::repository::Repository;

use crate::args::CheckArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal::{self, Palette};

use super::release::configuration;

/// Runs the command.
pub fn run(args: &CheckArgs) -> Result<(), Stop> {
    let findings = match args.pr {
        Some(number) => labels(number)?,
        None => checkout()?,
    };
    let stopping = findings.iter().any(|finding| finding.severity == Severity::Stop);
    if args.output.json {
        terminal::json(&serde_json::json!({ "findings": findings }));
        let worst = findings.iter().map(|finding| finding.cause).max_by_key(|cause| cause.exit_code());
        return if stopping { Err(Stop::Reported(worst.unwrap_or(Cause::Internal))) } else { Ok(()) };
    }
    if stopping {
        return Err(Stop::Findings(findings));
    }
    terminal::print_findings(&findings, Palette::of_stderr());
    terminal::out("Everything is in order.");
    Ok(())
}

/// The label rule, as a release applies it to merged pull requests.
fn labels(number: u64) -> Result<Vec<Finding>, Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    let pull_request = context.forge.pull_request(number)?;
    if pull_request.base != config.branches.main
        || pull_request.head == release_edge::execute::RELEASE_PR_BRANCH
    {
        return Ok(Vec::new());
    }
    Ok(version::judge(&pull_request, &[], &config).findings)
}

/// Configuration, Compose files, environment contract, stamped versions: everything the checkout says by itself.
fn checkout() -> Result<Vec<Finding>, Stop> {
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?;
    let (configuration, tree) = configured(&repository, &source.id)?;
    let built = repository.built(&source.id, &configuration.release)?;
    let mut findings = stamp::differences(&configuration.release, &tree);
    let material = Material {
        configuration: &configuration,
        tree: &tree,
        images: None,
        source: &source.id,
        built: &built,
        source_date: source.committed,
        rehearsed: false,
    };
    if let Err(more) = bundles(&material, &configuration.release.version.first) {
        findings.extend(more);
    }
    Ok(findings)
}
