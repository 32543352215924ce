//! A year of a platform's releases: every merge a nightly, every month a line with candidates of which one becomes the release, hotfixes on
//! old lines, and releases that have to be withdrawn. In the end everything agrees.

use std::collections::BTreeSet;
use std::time::Duration;

use release_core::identity::{LineNumber, Tag};
use semver::Version;

use crate::deed::Deed;
use crate::kinds::{done, main};
use crate::scene::Scene;
use crate::state::State;

/// The lines of the year: twelve minor versions, and two major ones.
const LINES: [&str; 14] =
    ["1.1", "1.2", "1.3", "1.4", "1.5", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "3.0", "3.1", "3.2"];
/// What is merged into main for each of them.
const MERGES: u64 = 28;
/// Lines that get a hotfix once the second one after them is out.
const MENDED: [&str; 3] = ["1.2", "1.5", "2.3"];
/// How many lines are looked after at a time.
const LOOKED_AFTER: usize = 4;
/// A line whose first release has to be withdrawn, and is followed by one that is mended.
const WITHDRAWN: &str = "2.1";

/// The year so far.
struct Year {
    scene: Scene,
    /// Every nightly, the oldest first.
    nightlies: Vec<Version>,
    /// Every stable version that was released.
    stable: BTreeSet<Version>,
    /// What was merged and asks for an entry in a changelog.
    entries: Vec<String>,
    merges: u64,
}

impl Year {
    fn begin() -> Self {
        let scene = Scene::set(&[]);
        assert_eq!(done(&scene, &main()), ["v1.0.0"]);
        let stable = BTreeSet::from([version("1.0.0")]);
        Self { scene, nightlies: Vec::new(), stable, entries: Vec::new(), merges: 0 }
    }

    /// A merge into a branch that changes a service, some hours after the last.
    fn merge(&mut self, branch: &str, label: &str) {
        self.merges += 1;
        let title = format!("Change number {}", self.merges);
        self.scene.merge(branch, &title, &[label]);
        self.scene.time.pass(Duration::from_secs(6 * 3_600));
        if label != "none" {
            self.entries.push(title);
        }
    }

    /// What CI does after a merge into main.
    fn nightly(&mut self) {
        let made = done(&self.scene, &Deed::on_merge("main"));
        let [tag] = made.as_slice() else { panic!("one nightly of a merge: {made:?}") };
        let made = tag_version(tag);
        assert!(
            self.nightlies.iter().all(|before| *before < made),
            "{made} comes after {:?}",
            self.nightlies.last()
        );
        self.nightlies.push(made);
    }

    /// A merge that reaches nobody's host.
    fn explain(&mut self) {
        self.merges += 1;
        let file = (format!("handbook/{}.md", self.merges), b"How to.\n".to_vec());
        self.scene.land("main", "Explain it", &["none"], &[file]);
        assert_eq!(done(&self.scene, &Deed::on_merge("main")), [""; 0], "nothing to deploy");
    }

    fn release(&mut self, deed: &Deed, wanted: &str) {
        assert_eq!(done(&self.scene, deed), [format!("v{wanted}")], "{deed:?}");
        if let Some(stable) = Some(version(wanted)).filter(|version| version.pre.is_empty()) {
            self.stable.insert(stable);
        }
    }

    /// From the merges for a line to its release.
    fn line(&mut self, line: &str) {
        for merge in 0..MERGES {
            let label = match merge {
                0 if line.ends_with(".0") => "major",
                0 => "minor",
                it if it % 5 == 4 => "none",
                _ => "patch",
            };
            if merge % 9 == 8 {
                self.explain();
            } else {
                self.merge("main", label);
                self.nightly();
            }
        }
        let branch = format!("release/{line}");
        self.scene.cut(&branch);
        self.release(&Deed::release(&branch, "rc"), &format!("{line}.0-rc.1"));
        self.merge(&branch, "patch");
        self.release(&Deed::release(&branch, "rc"), &format!("{line}.0-rc.2"));
        self.release(&Deed::promote(&format!("v{line}.0-rc.2")), &format!("{line}.0"));
    }

    fn mend(&mut self, line: &str) {
        let branch = format!("release/{line}");
        self.merge(&branch, "patch");
        self.release(&Deed::release(&branch, "latest"), &format!("{line}.1"));
    }

    fn withdraw(&mut self, wanted: &str) {
        done(&self.scene, &Deed::withdraw(&format!("v{wanted}")));
        let once = self.scene.state();
        done(&self.scene, &Deed::withdraw(&format!("v{wanted}")));
        assert_eq!(once, self.scene.state(), "withdrawing twice changes nothing");
    }

    /// The pointers are signed again, as a scheduled job does.
    fn renew(&self) {
        done(&self.scene, &Deed::Renew);
    }
}

fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

fn tag_version(tag: &str) -> Version {
    Tag::parse(tag).expect("a version tag").version().clone()
}

/// The version that a channel names in every place, which has to be the same.
fn named(state: &State, channel: &str) -> Version {
    let (pointer, _) = &state.pointers[channel];
    if let Some(tag) = state.moving.get(channel) {
        assert_eq!(*tag, format!("refs/tags/v{pointer}"), "the tag {channel}");
        let image = &state.images[&format!("registry.example/hut/server:{channel}")];
        let own = format!("registry.example/hut/server:v{pointer}");
        assert!(image.contains(&own), "the image tag {channel} leads to {image:?}");
    }
    version(pointer)
}

#[test]
fn a_year_of_merges_nightlies_lines_hotfixes_and_withdrawals_ends_with_everything_agreeing() {
    let mut year = Year::begin();
    for (number, line) in LINES.iter().enumerate() {
        year.line(line);
        if *line == WITHDRAWN {
            year.withdraw(&format!("{line}.0"));
            assert_eq!(named(&year.scene.state(), "latest"), version("2.0.0"), "it falls back");
            year.mend(line);
        }
        if let Some(old) = number.checked_sub(2).map(|old| LINES[old]).filter(|old| MENDED.contains(old)) {
            let latest = named(&year.scene.state(), "latest");
            year.mend(old);
            assert_eq!(named(&year.scene.state(), "latest"), latest, "a hotfix of {old} leaves it alone");
        }
        if let Some(old) = number.checked_sub(LOOKED_AFTER) {
            // Nobody looks after it any more.
            year.scene.delete_by_hand(&format!("refs/heads/release/{}", LINES[old]));
        }
        year.renew();
        year.scene.pack();
        year.scene.require_safe().expect("nothing half done in any month");
    }
    year.withdraw("3.1.0-rc.1");
    year.merge("main", "minor");
    year.release(&main(), "3.3.0");

    assert!(year.merges >= 400, "{}", year.merges);
    let state = year.scene.state();
    year.scene.require_safe().expect("nothing half done");
    let tags = || state.tags.keys().map(|tag| tag_version(tag));
    let stable: BTreeSet<Version> = tags().filter(|tag| tag.pre.is_empty()).collect();
    assert_eq!(stable, year.stable, "every version once, and none burned");
    let kept: Vec<Version> = tags().filter(|tag| tag.pre.starts_with("nightly.")).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(
        year.nightlies.ends_with(&{
            let mut kept = kept;
            kept.sort();
            kept
        }),
        "the newest are kept"
    );
    assert_eq!(state.releases.len(), state.tags.len(), "one release a tag");
    assert!(state.releases.iter().all(|release| !release.draft), "no draft is left");

    let latest: Vec<&str> =
        state.releases.iter().filter(|release| release.latest).map(|release| release.tag.as_str()).collect();
    assert_eq!(latest, ["v3.3.0"]);
    assert_eq!(named(&state, "latest"), version("3.3.0"));
    assert_eq!(named(&state, "rc"), version("3.2.0-rc.2"));
    assert_eq!(Some(&named(&state, "nightly")), year.nightlies.last());
    assert_eq!(state.withdrawn, ["2.1.0", "3.1.0-rc.1"]);

    for (place, versions) in &state.changelogs {
        let line = place.strip_prefix("release/").map(|line| line.parse::<LineNumber>().expect("a line"));
        let sorted = versions.iter().rev().map(|text| version(text)).filter(|version| version.pre.is_empty());
        let sorted: Vec<Version> = sorted.collect();
        assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "{place}: {versions:?}");
        assert!(
            line.is_none_or(|line| sorted.last().is_some_and(|last| line.takes(last))),
            "{place}: {versions:?}"
        );
    }
    let all: Vec<String> = year.stable.iter().rev().map(ToString::to_string).collect();
    assert_eq!(state.changelogs["main"], all, "main knows every release");
    let changelog = year.scene.text("refs/heads/main", "CHANGELOG.md");
    for entry in &year.entries {
        let line = format!("{entry} ");
        let times = changelog.lines().filter(|one| format!("{one} ").contains(&line)).count();
        assert_eq!(times, 1, "{entry} is told of once");
    }

    let before = year.scene.state();
    done(&year.scene, &Deed::Repair);
    assert_eq!(before, year.scene.state(), "there was nothing to repair");
}
