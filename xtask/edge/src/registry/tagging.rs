//! Many images given a further tag at a time. Never moves a tag that leads elsewhere, and sends each manifest on as it came.

use bundle_format::digest::Sha256Hex;
use bytes::Bytes;
use http::HeaderValue;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;

use super::exchange::{Answered, Target, digest, manifest_of, push};
use super::{OciRegistry, manifest};
use crate::failure::Failure;

/// One tag to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// The image, without tag and digest.
    pub image: String,
    /// What the tag is to lead to.
    pub digest: Sha256Hex,
    /// The tag.
    pub tag: String,
}

impl Tagging {
    /// The image with its tag.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}:{}", self.image, self.tag)
    }
}

/// A tag whose manifest is here, to be sent under its name.
struct Ready<'a> {
    tagging: &'a Tagging,
    target: Target,
    bytes: Bytes,
    media_type: HeaderValue,
}

impl OciRegistry {
    /// Gives all of them, several at a time; `told` hears of each that was sent.
    pub(super) fn give(&self, taggings: &[Tagging], told: &mut dyn FnMut(&Tagging)) -> Result<(), Failure> {
        let found = self.leads_to(taggings.iter())?;
        let mut open = Vec::new();
        for (tagging, found) in taggings.iter().zip(found) {
            match found {
                None => open.push(tagging),
                Some(found) if found == tagging.digest.prefixed() => told(tagging),
                Some(found) => return Err(elsewhere(tagging, &found)),
            }
        }
        let ready = self.ready(&open)?;
        let name = |place: usize| ready.get(place).map_or_else(String::new, |one| one.tagging.reference());
        let targets = ready.iter().map(|one| one.target.clone()).collect();
        self.each(
            targets,
            &|place| format!("tag `{}`", name(place)),
            |clients, place, target| {
                let sent = ready.get(place).map(|one| (one.bytes.clone(), one.media_type.clone()));
                async move {
                    let found = match sent {
                        Some((bytes, media_type)) => push(&clients, &target, bytes, media_type).await,
                        None => Ok(()),
                    };
                    Answered { found, requests: 1 }
                }
            },
            &mut |place| {
                if let Some(one) = ready.get(place) {
                    told(one.tagging);
                }
            },
        )?;
        for (tagging, now) in open.iter().zip(self.leads_to(open.iter().copied())?) {
            let now = now.unwrap_or_else(|| "nothing".to_owned());
            if now != tagging.digest.prefixed() {
                let wrong = format!("it leads to `{now}` instead of `{}`", tagging.digest.prefixed());
                return Err(refused(tagging, &wrong));
            }
        }
        Ok(())
    }

    fn leads_to<'a>(
        &self,
        taggings: impl Iterator<Item = &'a Tagging>,
    ) -> Result<Vec<Option<String>>, Failure> {
        let references: Vec<String> = taggings.map(Tagging::reference).collect();
        self.each_of(&references, digest)
    }

    /// The manifest of each, byte for byte.
    fn ready<'a>(&self, open: &[&'a Tagging]) -> Result<Vec<Ready<'a>>, Failure> {
        let by_digest: Vec<String> =
            open.iter().map(|one| format!("{}@{}", one.image, one.digest.prefixed())).collect();
        let found = self.each_of(&by_digest, manifest_of)?;
        let ready = open.iter().zip(found).map(|(tagging, bytes)| {
            let missing =
                format!("cannot tag `{}`: `{}` is not there", tagging.reference(), tagging.digest.prefixed());
            let bytes = bytes.ok_or_else(|| Failure::of(Cause::ImageMissing, missing))?;
            if Sha256Hex::of(&bytes) != tagging.digest {
                let wrong =
                    format!("the registry sent other bytes than those of `{}`", tagging.digest.prefixed());
                return Err(refused(tagging, &wrong));
            }
            let media_type = manifest::media_type(&bytes).map_err(|why| refused(tagging, &why))?;
            let media_type =
                HeaderValue::from_str(&media_type).map_err(|error| refused(tagging, &error.to_string()))?;
            Ok(Ready { tagging, target: self.target(&tagging.reference())?, bytes, media_type })
        });
        ready.collect()
    }
}

fn refused(tagging: &Tagging, why: &str) -> Failure {
    Failure::of(
        Cause::Registry,
        format!("cannot tag `{}`: {}", terminal_line(&tagging.reference()), terminal_line(why)),
    )
}

/// A tag that leads to another image than it should.
pub(crate) fn elsewhere(tagging: &Tagging, found: &str) -> Failure {
    Failure::new(
        Cause::ImageTagElsewhere,
        format!(
            "`{}` exists with another digest, {}, instead of {}",
            tagging.reference(),
            terminal_line(found),
            tagging.digest.prefixed()
        ),
        "tags of commits and releases never move: find out who pushed it, delete that tag, and run again",
    )
}
