//! Which pre-releases of a channel are old enough to go. Never one that is not of a plan, and never the one that the channel's pointer
//! names: who polls it must find what it names.

use semver::Version;

use crate::facts::TagFacts;
use crate::version::is_prerelease;

/// The tags that go, of those that the remote has; the newest `keep` stay.
#[must_use]
pub fn outdated<'a>(
    tags: &'a [TagFacts],
    identifier: &str,
    keep: u32,
    pointed: Option<&Version>,
) -> Vec<&'a TagFacts> {
    let mut of_kind: Vec<&TagFacts> =
        tags.iter().filter(|tag| tag.plan.is_some() && is_prerelease(&tag.tag, identifier)).collect();
    of_kind.sort_by(|one, other| other.tag.cmp(&one.tag));
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    of_kind.into_iter().skip(keep).filter(|tag| Some(tag.tag.version()) != pointed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanId;
    use crate::samples;

    #[test]
    fn only_the_oldest_of_the_kind_go_and_never_the_one_that_is_pointed_at() {
        let plan = Some(samples::plan().id);
        let tag = |name: &str, plan: Option<PlanId>| TagFacts { plan, ..samples::tag(name, 1) };
        let tags = [
            tag("v1.0.0", plan.clone()),
            tag("v1.1.0-nightly.2", plan.clone()),
            tag("v1.1.0-nightly.9", plan.clone()),
            tag("v1.1.0-nightly.10", plan.clone()),
            tag("v1.1.0-nightly.11", plan.clone()),
            tag("v1.1.0-nightly.1", None),
            tag("v1.1.0-rc.1", plan),
        ];
        let gone = |keep: u32, pointed: Option<&str>| -> Vec<String> {
            let pointed: Option<Version> = pointed.map(|version| version.parse().unwrap());
            let gone = outdated(&tags, "nightly", keep, pointed.as_ref());
            gone.into_iter().map(|tag| tag.tag.to_string()).collect()
        };
        assert_eq!(gone(2, None), ["v1.1.0-nightly.9", "v1.1.0-nightly.2"]);
        assert_eq!(gone(2, Some("1.1.0-nightly.9")), ["v1.1.0-nightly.2"]);
        assert!(gone(4, None).is_empty());
    }
}
