//! Image registries: what a reference resolves to, a further tag for a digest, and the bytes of an image for hosts without a registry.
//! Never pushes a layer, and no release pulls one.

mod access;
mod content;
mod docker;
mod exchange;
mod helper;
mod identity;
mod manifest;
mod many;
mod oci;
mod outcome;
mod tagging;

use bundle_format::digest::Sha256Hex;
use release_core::facts::ImageFacts;

use crate::failure::Failure;

pub use access::{Credentials, RegistryAccess, mirrored};
pub use oci::OciRegistry;
pub use tagging::Tagging;
pub(crate) use tagging::elsewhere;

/// What a release needs of image registries. Every method blocks; passing faults are tried again.
pub trait Registry {
    /// What each reference resolves to, `None` for one that does not exist; in the order asked, several at a time.
    fn resolve(&self, references: &[String]) -> Result<Vec<Option<ImageFacts>>, Failure>;

    /// Whether each reference exists, in the order asked, several at a time. Asks for no content, so that it counts as no pull.
    fn exist(&self, references: &[String]) -> Result<Vec<bool>, Failure>;

    /// Gives the image of a digest a further tag, by sending its manifest again under that name.
    ///
    /// `image` is the reference without tag and digest.
    fn tag(&self, image: &str, digest: &Sha256Hex, tag: &str) -> Result<(), Failure>;

    /// The digest that each reference leads to, `None` for one that does not exist; in the order asked. Asks for no content where the
    /// registry says it without.
    fn digests(&self, references: &[String]) -> Result<Vec<Option<Sha256Hex>>, Failure> {
        let found = self.resolve(references)?;
        Ok(found.into_iter().map(|image| image.map(|image| image.digest)).collect())
    }

    /// Gives each image its tag as [`Self::tag`] does, several at a time where that can be, and refuses one that leads elsewhere.
    ///
    /// `told` hears of each that has its tag then.
    fn tag_all(&self, taggings: &[Tagging], told: &mut dyn FnMut(&Tagging)) -> Result<(), Failure> {
        for tagging in taggings {
            let found = self.digests(&[tagging.reference()])?.into_iter().flatten().next();
            match found {
                Some(found) if found != tagging.digest => return Err(elsewhere(tagging, &found.prefixed())),
                _ => self.tag(&tagging.image, &tagging.digest, &tagging.tag)?,
            }
            told(tagging);
        }
        Ok(())
    }

    /// How many requests were sent so far.
    fn requests(&self) -> u32;
}
