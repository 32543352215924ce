//! Tells of a release where the configuration says so. What goes wrong with it is a note: the release is published by then.

use release_core::announce::{body, due};
use release_core::config::release::AnnouncementConfig;
use release_core::facts::Facts;
use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::{Action, Plan};
use release_core::receipt::Outcome;
use release_edge::announce::send;
use release_edge::execute::Execution;

use crate::context::Context;
use crate::terminal;

/// Tells of a release that this very run has published, and returns what is worth saying about that. Whoever only finishes the rest of
/// one tells nothing: the run that published it did.
pub(super) fn announce(context: &Context, facts: &Facts, plan: &Plan, execution: &Execution) -> Vec<Finding> {
    let publishes = |id: &str| {
        plan.steps.iter().any(|step| step.id == id && matches!(step.action, Action::Publish { .. }))
    };
    let published = execution.steps.iter().any(|step| step.outcome == Outcome::Done && publishes(&step.id));
    let (true, Some(url)) = (published, &execution.release_url) else { return Vec::new() };
    let config = &facts.configuration.release;
    let told = due(config, &plan.channel).filter_map(|one| {
        let body = body(one, plan, &config.product, url, &facts.tree).map_err(|error| error.to_string());
        tell(context, one, body)
    });
    told.collect()
}

fn tell(
    context: &Context,
    announcement: &AnnouncementConfig,
    body: Result<String, String>,
) -> Option<Finding> {
    let variable = &announcement.url_from;
    let sent = body.and_then(|body| {
        if context.rehearsed {
            terminal::note(&format!("a release would be announced as `{}`: {body}", announcement.name));
            return Ok(());
        }
        let address = context.webhook(variable).ok_or_else(|| format!("`{variable}` is not set"))?;
        send(&address, &body, &context.proxies)
    });
    let why = sent.err()?;
    Some(Finding {
        cause: Cause::Announcement,
        severity: Severity::Note,
        message: format!("the announcement `{}` was not sent: {why}", announcement.name),
        hint: format!("check `{variable}`, and tell those who wait for it; the release itself is whole"),
        place: None,
    })
}
