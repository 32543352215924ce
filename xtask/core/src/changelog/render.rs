//! Writes releases as Markdown by templates. Never makes text safe, for [`Entry`] holds safe text only, and never knows which file
//! it ends up in.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::document::PREAMBLE;
use crate::config::release::Section;
use crate::identity::Tag;
use crate::plan::Entry;

/// The file name of the template of a section in `CHANGELOG.md`.
pub const SECTION_TEMPLATE: &str = "changelog-section.md.j2";

/// The file name of the template of the forge release's text.
pub const NOTES_TEMPLATE: &str = "release-notes.md.j2";

/// One release, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// When it was made; written as a day in UTC.
    pub date: Timestamp,
    /// The release before; none for the first.
    pub previous: Option<Tag>,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// Who contributed, in order, made safe.
    pub contributors: Vec<String>,
}

/// A repository's own templates; none where the built-in one serves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Templates<'a> {
    /// In place of [`SECTION_TEMPLATE`].
    pub section: Option<&'a str>,
    /// In place of [`NOTES_TEMPLATE`].
    pub notes: Option<&'a str>,
}

/// A release's section of the changelog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderedSection {
    /// The version.
    pub version: Version,
    /// Heading and entries, with one line break at the end.
    pub body: String,
    /// Where the version in the heading leads: the comparison with the release before, or the first release's tag.
    pub link: String,
}

impl RenderedSection {
    /// The definition of the heading's link, without a line break: `[1.3.0]: https://…`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("[{}]: {}", self.version, self.link)
    }
}

/// Why a release cannot be written down.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template of the repository is wrong.
    #[error("the template `{name}` cannot be used: {reason}")]
    Template {
        /// Its file name.
        name: &'static str,
        /// What is wrong and in which line.
        reason: String,
    },
}

impl RenderError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Template { .. } => {
                "mend the file in `bundle-templates/`, or remove it to use the built-in template"
            }
        }
    }
}

/// Writes releases; templates are read once, for any number of releases.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
    repository: String,
}

impl Renderer {
    /// Prepares the templates. `repository` is the address of the repository's page.
    ///
    /// # Errors
    ///
    /// A template that cannot be read.
    pub fn new(repository: &str, templates: Templates<'_>) -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        // Entries are Markdown already; HTML escaping would show through.
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| unusable(SECTION_TEMPLATE, &error))?);
        let section = templates.section.unwrap_or(BUILT_IN_SECTION).replace("\r\n", "\n");
        let notes = templates.notes.unwrap_or(BUILT_IN_NOTES).replace("\r\n", "\n");
        for (name, text) in [(SECTION_TEMPLATE, section), (NOTES_TEMPLATE, notes)] {
            environment.add_template_owned(name, text).map_err(|error| unusable(name, &error))?;
        }
        Ok(Self { environment, repository: repository.trim_end_matches('/').to_owned() })
    }

    /// A release's section of the changelog.
    ///
    /// # Errors
    ///
    /// A template that uses what is not there.
    pub fn section(&self, release: &Release) -> Result<RenderedSection, RenderError> {
        let text = self.render(SECTION_TEMPLATE, release)?;
        let body = format!("{}\n", text.trim());
        Ok(RenderedSection { version: release.version.clone(), body, link: self.link(release) })
    }

    /// A whole changelog: every release, newest version first.
    ///
    /// # Errors
    ///
    /// A template that uses what is not there.
    pub fn full(&self, releases: &[Release]) -> Result<String, RenderError> {
        let mut newest_first: Vec<&Release> = releases.iter().collect();
        newest_first.sort_by(|one, other| other.version.cmp(&one.version));
        let (mut text, mut references) = (PREAMBLE.to_owned(), String::new());
        for release in newest_first {
            let section = self.section(release)?;
            text.push('\n');
            text.push_str(&section.body);
            references.push_str(&section.reference());
            references.push('\n');
        }
        if !references.is_empty() {
            text.push('\n');
            text.push_str(&references);
        }
        Ok(text)
    }

    /// Where a release's files can be looked at.
    pub(super) fn file(&self, release: &Release, path: &str) -> String {
        format!("{}/blob/{}/{path}", self.repository, Tag::of(&release.version))
    }

    /// Renders one of the two templates.
    pub(super) fn render(&self, name: &'static str, release: &Release) -> Result<String, RenderError> {
        let page = Page {
            version: release.version.to_string(),
            tag: Tag::of(&release.version).to_string(),
            date: release.date.to_zoned(TimeZone::UTC).date().to_string(),
            previous: release.previous.as_ref().map(Tag::to_string),
            link: self.link(release),
            sections: self.sections(&release.entries),
            contributors: &release.contributors,
        };
        let template = self.environment.get_template(name).map_err(|error| unusable(name, &error))?;
        template.render(Serde(&page)).map_err(|error| unusable(name, &error))
    }

    fn link(&self, release: &Release) -> String {
        let (repository, tag) = (&self.repository, Tag::of(&release.version));
        match &release.previous {
            Some(previous) => format!("{repository}/compare/{previous}...{tag}"),
            None => format!("{repository}/releases/tag/{tag}"),
        }
    }

    /// The sections that have entries, in print order; within each, the order is kept.
    fn sections<'a>(&self, entries: &'a [Entry]) -> Vec<PageSection<'a>> {
        let in_section = |section| {
            let of_section = entries.iter().filter(move |entry| entry.section == section);
            of_section.map(|entry| self.entry(entry)).collect::<Vec<_>>()
        };
        let all =
            SECTIONS.iter().map(|(section, title)| PageSection { title, entries: in_section(*section) });
        all.filter(|section| !section.entries.is_empty()).collect()
    }

    fn entry<'a>(&self, entry: &'a Entry) -> PageEntry<'a> {
        let reference = match (entry.number, &entry.url, &entry.commit) {
            (Some(number), Some(url), _) => format!("[#{number}]({url})"),
            (Some(number), None, _) => format!("#{number}"),
            (None, _, Some(commit)) => format!("[{}]({}/commit/{commit})", commit.short(), self.repository),
            (None, _, None) => "no pull request".to_owned(),
        };
        PageEntry { text: &entry.text, reference, number: entry.number, author: entry.author.as_deref() }
    }
}

const BUILT_IN_SECTION: &str = include_str!("../../../../bundle-templates/changelog-section.md.j2");
const BUILT_IN_NOTES: &str = include_str!("../../../../bundle-templates/release-notes.md.j2");

/// The sections in print order, with their headings. After Keep a Changelog 1.1, with three of our own before.
pub const SECTIONS: &[(Section, &str)] = &[
    (Section::Breaking, "Breaking"),
    (Section::Migration, "Migration"),
    (Section::ActionRequired, "Action required"),
    (Section::Added, "Added"),
    (Section::Changed, "Changed"),
    (Section::Deprecated, "Deprecated"),
    (Section::Fixed, "Fixed"),
    (Section::Security, "Security"),
];

/// What templates see.
#[derive(Serialize)]
struct Page<'a> {
    version: String,
    tag: String,
    date: String,
    previous: Option<String>,
    link: String,
    sections: Vec<PageSection<'a>>,
    contributors: &'a [String],
}

#[derive(Serialize)]
struct PageSection<'a> {
    title: &'static str,
    entries: Vec<PageEntry<'a>>,
}

#[derive(Serialize)]
struct PageEntry<'a> {
    text: &'a str,
    reference: String,
    number: Option<u64>,
    author: Option<&'a str>,
}

fn unusable(name: &'static str, error: &minijinja::Error) -> RenderError {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    RenderError::Template { name, reason: format!("{error}{line}") }
}
