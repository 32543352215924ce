//! Files that are templates: those whose names end in `.j2`, in the ordinary spelling of Jinja, with the methods that Python's texts
//! and lists have. Never leaves a name open that nobody defined, and never touches a file of another name.

mod filters;
mod methods;

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};
use semver::Version;

use crate::check::stop;
use crate::config::bundles::VariantConfig;
use crate::facts::SourceFile;
use crate::finding::{Cause, Finding};

use super::render::Material;

/// How the names of templates end.
const ENDING: &str = ".j2";

/// What a template can refer to, under these names.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The platform's name.
    pub product: &'a str,
    /// The version that is released, without `v`.
    pub version: &'a Version,
    /// The variant.
    pub variant: &'a str,
}

impl<'a> Values<'a> {
    /// The values for the bundle of a variant.
    pub(super) fn of(material: &Material<'a>, version: &'a Version, variant: &'a VariantConfig) -> Self {
        Self { product: &material.configuration.release.product, version, variant: &variant.id }
    }
}

/// Whether a file is rendered before it is used.
pub(super) fn is_template(path: &str) -> bool {
    path.ends_with(ENDING)
}

/// The name of what a template renders to.
pub(super) fn rendered_name(path: &str) -> &str {
    path.strip_suffix(ENDING).unwrap_or(path)
}

/// The text of a file, rendered where it is a template.
pub(super) fn text<'a>(
    path: &str,
    file: &'a SourceFile,
    values: &Values<'_>,
) -> Result<Cow<'a, str>, Finding> {
    let Some(text) = file.content.as_text() else { return Err(no_text(path, file)) };
    if !is_template(path) {
        return Ok(Cow::Borrowed(text));
    }
    render(path, text, values).map(Cow::Owned).map_err(|error| Finding {
        place: error.line().map(|line| format!("{path}:{line}")),
        ..stop(
            Cause::Template,
            format!("the template `{path}` does not render: {error:#}"),
            "mend it; `product`, `version` and `variant` are what it can refer to",
        )
    })
}

/// A file that has to be text and is none.
pub(super) fn no_text(path: &str, file: &SourceFile) -> Finding {
    let wrong = file.content.first_wrong_byte();
    let what = wrong.map_or_else(|| "not UTF-8 text".to_owned(), |wrong| wrong.to_string());
    Finding {
        place: Some(wrong.map_or_else(|| path.to_owned(), |wrong| format!("{path}:{}", wrong.line))),
        ..stop(
            Cause::Template,
            format!("`{path}` is {what}"),
            "save it as UTF-8; only files that are copied as they are may hold anything else",
        )
    }
}

/// Renders a text as Jinja2 does where a name that nobody defined is refused and the last line break stays.
///
/// # Errors
///
/// Where the text is no template, or cannot be rendered with these values.
pub fn render(path: &str, text: &str, values: &Values<'_>) -> Result<String, Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_unknown_method_callback(methods::call);
    filters::add(&mut engine);
    let Values { product, version, variant } = *values;
    // Jinja2 reads every line break as this one.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    engine.render_named_str(path, &text, context! { product, version => version.to_string(), variant })
}
