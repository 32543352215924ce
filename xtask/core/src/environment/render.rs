//! Renders the operator's files. The templates are Jinja in its ordinary spelling; the built-in ones are used unless a
//! repository brings its own. Everything a template refers to must exist.

use bundle_format::contract::{EnvironmentContract, PUBLISHED};
use bundle_format::dotenv::EncodeError;
use bundle_format::signature::PublicKey;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use semver::Version;

use crate::bundle::assets::CHECKSUMS;

use super::{quote, view};

/// The templates of the operator's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentTemplates {
    /// Of `.env.template`.
    pub env_template: String,
    /// Of `setup-env.sh`.
    pub setup_env: String,
    /// Of `README.md`.
    pub readme: String,
}

impl Default for EnvironmentTemplates {
    /// The built-in templates.
    fn default() -> Self {
        Self {
            env_template: include_str!("../../../../bundle-templates/env.template.j2").to_owned(),
            setup_env: include_str!("../../../../bundle-templates/setup-env.sh.j2").to_owned(),
            readme: include_str!("../../../../bundle-templates/README.md.j2").to_owned(),
        }
    }
}

/// The bundle that the files are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleFacts<'a> {
    /// The platform's name for people.
    pub product: &'a str,
    /// Its version.
    pub version: &'a Version,
    /// Which variant the bundle is.
    pub variant: &'a str,
    /// The file name of the bundle's archive.
    pub archive: &'a str,
    /// The keys that prove the release.
    pub release_keys: &'a [PublicKey],
}

/// Why a file could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template is wrong, or refers to something that does not exist.
    #[error("template `{template}` does not render: {reason}; compare it with the built-in one")]
    Template {
        /// The file the template is for.
        template: &'static str,
        /// What the template engine says, with the line.
        reason: String,
    },
    /// A default cannot stand in a `.env` file.
    #[error("a default of the environment contract cannot be written: {0}")]
    Value(#[from] EncodeError),
}

/// Renders `.env.template`: every variable with its description, defaults filled in, everything else empty, so that a copy of
/// it starts nothing until it is filled in.
///
/// # Errors
///
/// [`RenderError`].
pub fn env_template(
    contract: &EnvironmentContract,
    facts: &BundleFacts<'_>,
    templates: &EnvironmentTemplates,
) -> Result<String, RenderError> {
    let sections = Value::from(Serde(view::sections(contract)?));
    render(".env.template", &templates.env_template, context! { product => facts.product, sections })
}

/// Renders `setup-env.sh`.
///
/// # Errors
///
/// [`RenderError`].
pub fn setup_env_script(
    contract: &EnvironmentContract,
    facts: &BundleFacts<'_>,
    templates: &EnvironmentTemplates,
) -> Result<String, RenderError> {
    let sections = Value::from(Serde(view::sections(contract)?));
    let facts = context! {
        product => facts.product,
        sections,
        published => Value::from(Serde(PUBLISHED)),
        derivations => Value::from(Serde(view::derivations(contract))),
        followed => Value::from(Serde(view::followed(contract))),
        forms => Value::from(Serde(view::hashed_forms(contract))),
    };
    render("setup-env.sh", &templates.setup_env, facts)
}

/// Renders the bundle's README.
///
/// # Errors
///
/// [`RenderError`].
pub fn bundle_readme(
    contract: &EnvironmentContract,
    facts: &BundleFacts<'_>,
    templates: &EnvironmentTemplates,
) -> Result<String, RenderError> {
    let facts = context! {
        product => facts.product,
        version => format!("v{}", facts.version),
        variant => facts.variant,
        archive => facts.archive,
        release_keys => facts.release_keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        checksums => CHECKSUMS,
        manual => Value::from(Serde(view::manual(contract)?)),
    };
    render("README.md", &templates.readme, facts)
}

fn render(template: &'static str, text: &str, facts: Value) -> Result<String, RenderError> {
    let failed = |error: minijinja::Error| RenderError::Template { template, reason: format!("{error:#}") };
    let syntax = SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(failed)?;
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(syntax);
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    engine.add_filter("sh", |text: &str| quote::sh(text));
    engine.add_filter("one_line", |text: &str| quote::one_line(text));
    engine.add_filter("cell", |text: &str| quote::cell(text));
    engine.render_named_str(template, text, facts).map_err(failed)
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
