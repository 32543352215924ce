//! What is told of a release elsewhere: the bodies of webhooks, by templates. Never sends anything, and never knows where a webhook leads.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::bundle::render::own_template;
use crate::config::release::{AnnouncementConfig, AnnouncementKind, ReleaseConfig};
use crate::facts::SourceFile;
use crate::plan::{Entry, Plan};
use crate::sources::TEMPLATES;

/// How many entries are told; the rest is counted. Slack takes 50 blocks.
const ENTRIES: usize = 20;
/// The longest text of an entry, in characters. Slack takes 3,000 in a block.
const LONGEST: usize = 300;

/// Why a body cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    /// The template is not there.
    #[error("there is no template `{0}`")]
    Missing(String),
    /// The template is wrong, or what it makes is.
    #[error("the template `{name}` cannot be used: {reason}")]
    Template {
        /// Its path.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// What a template sees.
#[derive(Serialize)]
struct Page<'a> {
    product: &'a str,
    repository: &'a str,
    version: String,
    tag: String,
    channel: &'a str,
    url: &'a str,
    entries: Vec<PageEntry>,
    more: usize,
}

#[derive(Serialize)]
struct PageEntry {
    text: String,
    number: Option<u64>,
    url: Option<String>,
    author: Option<String>,
}

/// The announcements that a release on this channel has: of those that name no channels, on channels of stable versions.
pub fn due<'a>(config: &'a ReleaseConfig, channel: &'a str) -> impl Iterator<Item = &'a AnnouncementConfig> {
    let stable = config.channels.iter().any(|known| known.name == channel && known.prerelease.is_none());
    config.announcements.iter().filter(move |one| match &one.channels {
        Some(channels) => channels.iter().any(|name| name == channel),
        None => stable,
    })
}

/// The body of an announcement: JSON on one line. `url` is the page of the release.
///
/// # Errors
///
/// A template that is missing or wrong, or one that makes no JSON.
pub fn body(
    announcement: &AnnouncementConfig,
    plan: &Plan,
    product: &str,
    url: &str,
    tree: &BTreeMap<String, SourceFile>,
) -> Result<String, AnnouncementError> {
    let kind = announcement.kind;
    let name = announcement.template.as_deref().unwrap_or_else(|| built_in(kind).0);
    let wrong = |reason: String| AnnouncementError::Template { name: format!("{TEMPLATES}/{name}"), reason };
    let text = match (own_template(tree, name), &announcement.template) {
        (Some(own), _) => own,
        (None, None) => built_in(kind).1,
        (None, Some(name)) => return Err(AnnouncementError::Missing(format!("{TEMPLATES}/{name}"))),
    };
    let shown = |text: &str| safe(kind, text);
    let page = Page {
        product: &shown(product),
        repository: &shown(&plan.repository),
        version: plan.version.to_string(),
        tag: plan.tag().to_string(),
        channel: &plan.channel,
        url: &shown(url),
        entries: plan.entries.iter().take(ENTRIES).map(|entry| page_entry(kind, entry)).collect(),
        more: plan.entries.len().saturating_sub(ENTRIES),
    };
    let rendered = render(text, &page).map_err(|error| wrong(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&rendered)
        .map_err(|error| wrong(format!("what it makes is no JSON: {error}")))?;
    Ok(value.to_string())
}

fn render(text: &str, page: &Page<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    // Every value comes out as JSON, quotes and all, so that none can end its text.
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("announcement", text)?;
    environment.get_template("announcement")?.render(Serde(page))
}

fn page_entry(kind: AnnouncementKind, entry: &Entry) -> PageEntry {
    PageEntry {
        text: safe(kind, &shortened(&plain(&entry.text))),
        number: entry.number,
        url: entry.url.as_deref().map(|url| safe(kind, url)),
        author: entry.author.as_deref().map(|author| safe(kind, &plain(author))),
    }
}

/// Text as a service shows it. In Slack's texts `<…>` is a mention or a link, and these three characters alone have a meaning.
///
/// Source: Slack's "Formatting text for app surfaces", on escaping.
fn safe(kind: AnnouncementKind, text: &str) -> String {
    match kind {
        AnnouncementKind::Slack => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        AnnouncementKind::Teams | AnnouncementKind::Generic => text.to_owned(),
    }
}

/// The words behind a line of our Markdown: without its escapes and its code.
fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut letters = markdown.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            '`' => {}
            other => text.push(other),
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The built-in template of a kind, with its file name; a repository's own copy wins.
const fn built_in(kind: AnnouncementKind) -> (&'static str, &'static str) {
    match kind {
        AnnouncementKind::Slack => (
            "announcement-slack.json.j2",
            include_str!("../../../bundle-templates/announcement-slack.json.j2"),
        ),
        AnnouncementKind::Teams => (
            "announcement-teams.json.j2",
            include_str!("../../../bundle-templates/announcement-teams.json.j2"),
        ),
        AnnouncementKind::Generic => (
            "announcement-generic.json.j2",
            include_str!("../../../bundle-templates/announcement-generic.json.j2"),
        ),
    }
}

#[cfg(test)]
#[path = "announce_tests.rs"]
mod tests;
