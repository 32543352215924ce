//! `affected`: which own images a change reaches, as a table, as JSON, and as a matrix for CI. With `--retag` the others get the tag of the
//! new commit. Builds nothing.

mod report;

use std::sync::Arc;

use release_core::affected::{AffectedImage, Reason, building_order, deployable};
use release_core::bundle::images::own_reference;
use release_edge::gather::{Survey, survey};
use release_edge::registry::OciRegistry;
use release_edge::repository::Repository;
use release_edge::retag::{Retag, RetagError, Retagged, retag};

use crate::args::AffectedArgs;
use crate::context::{Surroundings, root, tell_uncommitted};
use crate::exit::Stop;
use crate::terminal::{self, CountProgress, WaitLines};

use report::{Built, Report, State, Untouched};

/// Runs the command.
pub fn run(args: &AffectedArgs) -> Result<(), Stop> {
    let repository = Repository::open(&root()?)?;
    tell_uncommitted(&repository, "comparing")?;
    let survey = survey(&repository, args.since.as_deref())?;
    let retagged = if args.retag { Some(give_tags(&survey)?) } else { None };
    let report = report(&survey, retagged.as_ref());
    for (name, value) in report.outputs() {
        terminal::write_output(name, &value).map_err(terminal::unwritten_output)?;
    }
    if args.output.json {
        terminal::json(&report);
    } else {
        tell(&survey, &report);
    }
    Ok(())
}

/// Gives the images that are not reached the tag that a release looks for.
fn give_tags(survey: &Survey) -> Result<Retagged, Stop> {
    let Some(since) = &survey.since else { return Ok(Retagged::default()) };
    if survey.affected.untouched.is_empty() {
        return Ok(Retagged::default());
    }
    let access = Surroundings::from_environment().registry_access();
    let registry = OciRegistry::new(access)?.observed_by(Arc::new(WaitLines));
    let wanted = Retag {
        own: &survey.configuration.release.images,
        names: &survey.affected.untouched,
        from: &since.built,
        to: &survey.built,
    };
    let mut progress = CountProgress::new("tagged");
    let told = &mut |reference: &str, done, of| progress.reached(reference, done, of);
    retag(&registry, wanted, told).map_err(|error| match error {
        RetagError::Elsewhere(findings) => Stop::Findings(findings),
        RetagError::Failure(failure) => Stop::Failure(failure),
    })
}

fn report(survey: &Survey, retagged: Option<&Retagged>) -> Report {
    let own = &survey.configuration.release.images;
    let missing = retagged.map(|retagged| retagged.missing.as_slice()).unwrap_or_default();
    let mut images = survey.affected.images.clone();
    if let Some(since) = &survey.since {
        let reasons = vec![Reason::NoImage { commit: since.built.clone() }];
        images.extend(
            missing.iter().map(|name| AffectedImage { name: name.clone(), reasons: reasons.clone() }),
        );
    }
    let built = building_order(own).into_iter().filter_map(|image| {
        let AffectedImage { name, reasons } = images.iter().find(|one| one.name == image.name)?.clone();
        Some(Built {
            context: image.context.clone(),
            dockerfile: image.dockerfile(),
            registry: own.registry.split('/').next().unwrap_or_default().to_owned(),
            reference: own_reference(own, &name, &survey.built),
            name,
            reasons,
        })
    });
    let among = |list: fn(&Retagged) -> &[(String, bundle_format::digest::Sha256Hex)], name: &str| {
        let found = retagged.into_iter().flat_map(list).find(|(known, _)| known == name);
        found.map(|(_, digest)| digest.clone())
    };
    let untouched = survey.affected.untouched.iter().filter(|name| !missing.contains(name)).map(|name| {
        let given = among(|retagged| &retagged.given, name);
        let there = among(|retagged| &retagged.there, name);
        let state = match (&given, &there) {
            (Some(_), _) => State::Tagged,
            (None, Some(_)) => State::AlreadyTagged,
            (None, None) => State::Untagged,
        };
        let reference = own_reference(own, name, &survey.built);
        Untouched { name: name.clone(), reference, state, digest: given.or(there) }
    });
    Report {
        since: survey.since.clone().map(Into::into),
        built: survey.built.clone(),
        deployable: deployable(&survey.affected),
        bundle: survey.affected.bundle.clone(),
        images: built.collect(),
        untouched: untouched.collect(),
        elsewhere: survey.affected.elsewhere.clone(),
    }
}

fn tell(survey: &Survey, report: &Report) {
    for line in report.lines() {
        terminal::out(&line);
    }
    match &survey.since {
        Some(since) => terminal::note(&format!(
            "compared with {} ({})",
            release_core::untrusted::terminal_line(&since.name),
            since.commit.short()
        )),
        None => terminal::note("nothing was released on this line yet, so everything is affected"),
    }
}

#[cfg(test)]
mod tests;
