//! `check`: every rule that can be looked at without releasing, or those for one open pull request.

use release_core::bundle::render::Material;
use release_core::check;
use release_core::config::release::VersionSource;
use release_core::finding::{Finding, Severity};
use release_core::version::flow;
use release_edge::execute::release_pr_branch;
use release_edge::forge::{Forge as _, Origin, PullRequest};
use release_edge::gather::configured_here;
use release_edge::repository::Repository;

use crate::args::CheckArgs;
use crate::context::{Context, Surroundings, root, uncommitted};
use crate::exit::{Stop, deciding};
use crate::terminal;

use super::release::configuration;

/// Runs the command.
pub fn run(args: &CheckArgs) -> Result<(), Stop> {
    let findings = match args.pr {
        Some(number) => open(number)?,
        None => checkout()?,
    };
    let stopping = findings.iter().any(|finding| finding.severity == Severity::Stop);
    if args.output.json {
        terminal::json(&serde_json::json!({ "findings": findings }));
        terminal::report_findings(&findings);
        return deciding(&findings).map_or(Ok(()), |cause| Err(Stop::Reported(cause)));
    }
    if stopping {
        return Err(Stop::Findings(findings));
    }
    terminal::report_findings(&findings);
    terminal::out("Everything is in order.");
    Ok(())
}

/// The rules for open pull requests. One to another branch releases nothing, so only its own branch is looked at, and the stamp of a release
/// by pull request has no label.
fn open(number: u64) -> Result<Vec<Finding>, Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let context = Context::open(&root, &config, &Surroundings::from_environment())?;
    let PullRequest { facts, origin } = context.forge.pull_request(number)?;
    // In a fork anybody may call a branch like ours.
    let line = config.branches.line(&facts.base);
    let stamp = facts.head == release_pr_branch(line) && origin == Origin::Own;
    if stamp {
        return Ok(Vec::new());
    }
    let collected = config.branches.develop.as_ref() == Some(&facts.base);
    if facts.base != config.branches.of(line) && !collected {
        return Ok(flow::misnamed_head(&facts, &config.branches).into_iter().collect());
    }
    let messages = match config.version.source {
        VersionSource::Labels => Vec::new(),
        VersionSource::ConventionalCommits | VersionSource::LabelsThenConventionalCommits => {
            context.forge.messages(number)?
        }
    };
    let messages: Vec<(&str, &str)> =
        messages.iter().map(|message| (message.subject.as_str(), message.body.as_str())).collect();
    Ok(check::pull_request(&facts, &messages, &config))
}

/// Configuration, Compose files, environment contract, stamped versions, the name of the branch: everything the checkout says by itself, with what was just
/// edited. A release is made from the commit, so it is said where the two differ.
fn checkout() -> Result<Vec<Finding>, Stop> {
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?;
    if let Some(files) = uncommitted(&repository)? {
        terminal::note(&format!(
            "note: checked the working tree, which has changes that are not committed ({files}); a release is made from the commit"
        ));
    }
    let (configuration, tree) = configured_here(&repository)?;
    let material = Material::of_commit(&source, &configuration, &tree);
    let branch = repository.branch()?;
    let misnamed = branch.and_then(|branch| flow::misnamed(&branch, &configuration.release.branches));
    let mut findings = check::sources(&material, &configuration.release.version.first);
    findings.extend(misnamed);
    Ok(findings)
}
