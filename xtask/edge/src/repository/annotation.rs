//! The message of a tag of ours: which plan it belongs to and which commit was released. Never reads a tag that says anything else.

use bundle_format::digest::Sha256Hex;
use release_core::identity::{ObjectId, Tag};
use release_core::plan::PlanId;

/// What the annotated tag of a release says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The plan.
    pub plan: PlanId,
    /// The commit that was released.
    pub source: ObjectId,
}

impl Annotation {
    /// The tag's message; the release commit has the same.
    #[must_use]
    pub fn message(&self, tag: &Tag) -> String {
        format!("Release {tag}\n\nPlan: {}\nSource: {}\n", self.plan, self.source)
    }

    /// Reads the message of a tag; `None` where it is not exactly what [`Self::message`] writes for this tag, for then it is not
    /// ours, however similar.
    #[must_use]
    pub fn read(tag: &Tag, message: &str) -> Option<Self> {
        let rest = message.strip_prefix(&format!("Release {tag}\n\nPlan: "))?;
        let (plan, rest) = rest.split_once("\nSource: ")?;
        let plan = PlanId(Sha256Hex::try_from(plan.to_owned()).ok()?);
        let source = rest.strip_suffix('\n')?.parse().ok()?;
        Some(Self { plan, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const SOURCE: &str = "2e0b7f6a1cbd5a1d3bb1bd0d0f0a9a8b7c6d5e4f";

    fn tag(name: &str) -> Tag {
        Tag::parse(name).expect("a version tag")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let plan = PlanId(Sha256Hex::try_from(PLAN.to_owned()).expect("a digest"));
        let annotation = Annotation { plan, source: SOURCE.parse().expect("an object name") };
        let message = annotation.message(&tag("v1.3.0"));
        assert_eq!(message, format!("Release v1.3.0\n\nPlan: {PLAN}\nSource: {SOURCE}\n"));
        assert_eq!(Annotation::read(&tag("v1.3.0"), &message), Some(annotation));
    }

    #[test]
    fn anything_else_is_not_ours() {
        let exact = format!("Release v1.3.0\n\nPlan: {PLAN}\nSource: {SOURCE}\n");
        let strangers = [
            exact.replace("v1.3.0", "v1.3.1"),
            format!("{exact}\n"),
            format!("{exact}-----BEGIN PGP SIGNATURE-----\n"),
            exact.replace("Plan: 00", "Plan: 0"),
            exact.replace("Source: 2e", "Source: 2E"),
            exact.replace("\n\nPlan", "\n\nNotes\n\nPlan"),
            exact.replace('\n', "\r\n"),
            exact.trim_end().to_owned(),
            String::new(),
        ];
        for message in strangers {
            assert_eq!(Annotation::read(&tag("v1.3.0"), &message), None, "{message:?}");
        }
    }
}
