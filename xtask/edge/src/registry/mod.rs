//! Image registries: what a reference resolves to, a further tag for a digest, and the bytes of an image for hosts without a registry.
//! Never pushes a layer, and no release pulls one.

mod access;
mod content;
mod docker;
mod exchange;
mod helper;
mod identity;
mod manifest;
mod oci;
mod outcome;

use bundle_format::digest::Sha256Hex;
use release_core::facts::ImageFacts;

use crate::failure::Failure;

pub use access::{Credentials, RegistryAccess, mirrored};
pub use oci::OciRegistry;

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

    /// How many requests were sent so far.
    fn requests(&self) -> u32;
}
