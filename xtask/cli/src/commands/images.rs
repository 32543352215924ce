//! `images`: the own images of the checked-out commit, as a list that CI builds from. Builds nothing and asks no registry.

use std::path::Path;

use release_core::bundle::images::source_tag;
use release_core::config::release::OwnImages;
use release_core::identity::ObjectId;
use release_edge::repository::Repository;
use serde::Serialize;

use crate::args::ImagesArgs;
use crate::context::root;
use crate::exit::Stop;
use crate::terminal::{self, Output};

use super::release::configuration;

/// One image that CI builds.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Listed {
    /// Its name under the registry's path.
    name: String,
    /// The folder it is built from.
    context: String,
    /// The registry's host, to log in at.
    registry: String,
    /// What it is pushed as: the tag is that of the commit, so that a release finds it.
    reference: String,
}

/// Runs the command.
pub fn run(args: &ImagesArgs) -> Result<(), Stop> {
    let root = root()?;
    let config = configuration(&root)?.release;
    let source = Repository::open(&root)?.source()?.id;
    let images = list(&config.images, &source, |context| root.join(context).is_dir());
    let value = serde_json::to_value(&images).unwrap_or_default();
    terminal::write_output("images", &Output::Json(value)).map_err(terminal::unwritten_output)?;
    if args.output.json {
        terminal::json(&serde_json::json!({ "images": images }));
        return Ok(());
    }
    for image in &images {
        terminal::out(&format!("{}  {}  {}", image.name, image.context, image.reference));
    }
    if images.is_empty() {
        terminal::note("No own image has its folder in this repository.");
    }
    Ok(())
}

/// The images whose folder is there: what is not built here is pushed by whoever builds it.
fn list(own: &OwnImages, source: &ObjectId, is_there: impl Fn(&Path) -> bool) -> Vec<Listed> {
    let registry = own.registry.split('/').next().unwrap_or_default();
    own.names
        .iter()
        .filter(|image| is_there(Path::new(&image.context)))
        .map(|image| Listed {
            name: image.name.clone(),
            context: image.context.clone(),
            registry: registry.to_owned(),
            reference: format!("{}/{}:{}", own.registry, image.name, source_tag(source)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use release_core::config::release::OwnImage;

    use super::*;

    #[test]
    fn images_are_named_by_the_commit_and_only_those_with_a_folder_are_built() {
        let image = |name: &str| OwnImage {
            name: name.to_owned(),
            context: format!("services/{name}"),
            ..OwnImage::default()
        };
        let own = OwnImages {
            registry: "registry.example/acme/platform".to_owned(),
            names: vec![image("api"), image("elsewhere")],
            ..OwnImages::default()
        };
        let source: ObjectId = "0123456789012345678901234567890123456789".parse().unwrap();
        let listed = list(&own, &source, |context| context == Path::new("services/api"));
        let expected = Listed {
            name: "api".to_owned(),
            context: "services/api".to_owned(),
            registry: "registry.example".to_owned(),
            reference: format!("registry.example/acme/platform/api:sha-{source}"),
        };
        assert_eq!(listed, [expected]);
    }
}
