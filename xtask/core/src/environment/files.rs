//! The operator's files of one bundle. Never renders anything itself.

use semver::Version;

use crate::bundle::render::{Material, own_template};
use crate::check::stop;
use crate::config::bundles::VariantConfig;
use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::identity::Tag;
use crate::plan::BundleFile;

use super::{BundleFacts, EnvironmentTemplates, RenderError, bundle_readme, env_template, setup_env_script};

/// The names of these files in a bundle.
pub const NAMES: [&str; 3] = [".env.template", "setup-env.sh", "README.md"];

/// `.env.template`, `setup-env.sh` and `README.md` of a variant.
///
/// # Errors
///
/// A finding for each that does not render.
pub fn files(
    material: &Material<'_>,
    version: &Version,
    variant: &VariantConfig,
) -> Result<Vec<BundleFile>, Vec<Finding>> {
    let release = &material.configuration.release;
    let archive = format!("{}-{}{}.tar.gz", release.product, Tag::of(version), variant.suffix);
    let release_keys = release.signing.as_ref().map(|signing| signing.release_keys.as_slice());
    let facts = BundleFacts {
        product: &release.product,
        version,
        variant: &variant.id,
        archive: &archive,
        release_keys: release_keys.unwrap_or_default(),
    };
    let (contract, templates) = (&material.configuration.environment, templates(material));
    let [template, script, readme] = NAMES;
    let rendered = [
        (template, false, env_template(contract, &facts, &templates)),
        (script, true, setup_env_script(contract, &facts, &templates)),
        (readme, false, bundle_readme(contract, &facts, &templates)),
    ];
    let (mut files, mut findings) = (Vec::new(), Vec::new());
    for (path, executable, text) in rendered {
        match text {
            Ok(text) => {
                files.push(BundleFile { path: path.to_owned(), executable, content: Content::Text(text) });
            }
            Err(error) => findings.push(finding(&error)),
        }
    }
    if findings.is_empty() { Ok(files) } else { Err(findings) }
}

fn templates(material: &Material<'_>) -> EnvironmentTemplates {
    let mut templates = EnvironmentTemplates::default();
    for (name, template) in [
        ("env.template.j2", &mut templates.env_template),
        ("setup-env.sh.j2", &mut templates.setup_env),
        ("README.md.j2", &mut templates.readme),
    ] {
        if let Some(own) = own_template(material.tree, name) {
            own.clone_into(template);
        }
    }
    templates
}

fn finding(error: &RenderError) -> Finding {
    stop(
        Cause::Template,
        error.to_string(),
        "correct the template in `bundle-templates/`, or remove it to use the built-in one",
    )
}
