//! `changelog`: the section of what is not released yet, or of a release, or the changelog of the whole history.

use release_core::changelog::document::section_of;
use release_core::changelog::whole::write;
use release_core::finding::Cause;
use release_core::identity::Tag;
use release_core::plan::{Decision, Plan, PlanError, make};
use release_core::sources::CHANGELOG;
use release_edge::failure::Failure;
use release_edge::gather::{gather, past};
use release_edge::repository::Repository;

use crate::args::ChangelogArgs;
use crate::context::{Context, Surroundings, root};
use crate::exit::Stop;
use crate::terminal;

use super::release::configuration;

/// Runs the command.
pub fn run(args: &ChangelogArgs) -> Result<(), Stop> {
    match &args.version {
        Some(tag) => released(tag),
        None if args.all => whole(),
        None => unreleased(),
    }
}

fn released(tag: &Tag) -> Result<(), Stop> {
    let repository = Repository::open(&root()?)?;
    let source = repository.source()?.id;
    // What is checked out may have been mended since; without it, as in `tag-only` mode, the tag has the section.
    let tagged = repository.tags(&source)?.into_iter().find(|known| known.tag == *tag);
    for commit in [source].into_iter().chain(tagged.map(|tagged| tagged.commit)) {
        let file = repository.file(&commit, CHANGELOG)?;
        let text = file.as_ref().and_then(|file| file.content.as_text()).unwrap_or_default();
        if let Some(section) = section_of(text, tag.version()) {
            terminal::out(section);
            return Ok(());
        }
    }
    Err(Failure::new(
        Cause::FileMissing,
        format!("neither `{CHANGELOG}` here nor that of the tag {tag} has a section of it"),
        "look at the versions it has; run `git fetch --tags` where the tag is not here",
    )
    .into())
}

fn unreleased() -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    let facts = gather(&context.sources(), &context.request(None, None))?;
    let decision = match make(&facts) {
        Ok(decision) => decision,
        Err(error) => return Err(super::plan::shown(error, |plan, _| terminal::out(&plan.notes))),
    };
    match decision {
        Decision::Release(plan, findings) => {
            terminal::report_findings(&findings);
            terminal::out(&plan.notes);
        }
        Decision::Finish(unfinished) => terminal::out(&unfinished.plan.notes),
        Decision::Nothing(_) => terminal::note("Nothing is waiting to be released."),
    }
    Ok(())
}

fn whole() -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?;
    let context = Context::open(&root, &config.release, &Surroundings::from_environment())?;
    let facts = gather(&context.sources(), &context.request(None, None))?;
    let past = past(&context.sources(), &facts)?;
    let made = make(&facts);
    let whole = write(&facts, &past, coming(&made)).map_err(Stop::Findings)?;
    terminal::out(whole.text.trim_end());
    if whole.unruly > 0 {
        let lack = if whole.unruly == 1 { "lacks" } else { "lack" };
        terminal::note(&format!(
            "of the changes of earlier releases, {} {lack} what is asked for now, such as a version label; all are listed",
            whole.unruly
        ));
    }
    match made {
        // Without a plan, a section is missing. Else the text is whole, and whether a release may start here is not the question:
        // redirecting the output into the clone is enough to forbid one.
        Err(error) if error.plan.is_none() => Err(Stop::Findings(error.findings)),
        _ => Ok(()),
    }
}

/// What is not released yet, as far as it is certain.
fn coming(made: &Result<Decision, PlanError>) -> Option<&Plan> {
    match made {
        Ok(Decision::Release(plan, _)) => Some(plan),
        Ok(Decision::Finish(unfinished)) => Some(&unfinished.plan),
        Ok(Decision::Nothing(_)) => None,
        Err(error) => error.plan.as_deref(),
    }
}
