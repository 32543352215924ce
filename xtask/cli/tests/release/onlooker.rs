//! Somebody who asks for the newest release all the time, as a client does: the forge's latest, and the pointers of the channels with the
//! releases that they name. What is seen has to be whole at every moment, whatever runs, is killed or is finished meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use bundle_format::pointer::{Expected, Pointer, accept};
use bundle_format::signature::PublicKey;
use jiff::Timestamp;
use serde_json::Value;

use crate::held::wait_until;
use crate::stage::{ONLOOKER, PUBLIC_CHANNEL_KEY, Stage};

const CHANNELS: &[&str] = &["stable", "beta", "dev"];

/// Between two looks of somebody who hardly rests: no step of a release takes less.
pub(crate) const HARDLY: Duration = Duration::from_millis(1);

/// Between two looks where the work itself says when it is worth looking.
pub(crate) const AT_TIMES: Duration = Duration::from_millis(20);

/// Bytes of a buffer for requests and answers.
const BUFFER: usize = 8 * 1024;

/// What somebody knows who looks.
struct Onlooker {
    agent: ureq::Agent,
    api: String,
    web: String,
    /// By tag, the files of each release whose every byte was read and was right.
    whole: BTreeMap<String, String>,
    /// By channel, the newest pointer that was seen, as it lies there and as it reads.
    known: BTreeMap<&'static str, (Vec<u8>, Pointer)>,
}

impl Onlooker {
    fn before(stage: &Stage) -> Self {
        // Each connection fills its buffers first, which are large.
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let config = config.input_buffer_size(BUFFER).output_buffer_size(BUFFER).build();
        Self {
            agent: config.into(),
            api: format!("{}/repos/example/aihummer/releases", stage.rehearsal.api_url()),
            web: format!("{}/raw/example/aihummer/channels", stage.rehearsal.web_url()),
            whole: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// Looks once.
    fn look(&mut self) -> Result<(), String> {
        if let Some(latest) = self.release("latest")? {
            self.require_whole(&latest).map_err(|wrong| format!("the latest release: {wrong}"))?;
        }
        for channel in CHANNELS {
            self.look_at(channel).map_err(|wrong| format!("the pointer of {channel}: {wrong}"))?;
        }
        Ok(())
    }

    /// Looks at a channel, and at the release its pointer names where that is another one than before.
    fn look_at(&mut self, channel: &'static str) -> Result<(), String> {
        let known = self.known.get(channel);
        let Some(bytes) = self.get(&format!("{}/{channel}/latest.json", self.web), false)? else {
            return known.map_or(Ok(()), |_| Err("it is gone".to_owned()));
        };
        if known.is_some_and(|(seen, _)| *seen == bytes) {
            return Ok(());
        }
        let keys = [PublicKey::try_from(PUBLIC_CHANNEL_KEY.to_owned()).expect("a key")];
        let sequence = known.map(|(_, pointer)| pointer.sequence);
        let product = "aihummer";
        let expected =
            Expected { product, channel, keys: &keys, revoked: &[], known: sequence, now: Timestamp::now() };
        let pointer = accept(&bytes, &expected).map_err(|error| error.to_string())?;
        if sequence == Some(pointer.sequence) {
            return Err(format!("two of them have the sequence {}", pointer.sequence));
        }
        self.require_named(&pointer)?;
        self.known.insert(channel, (bytes, pointer));
        Ok(())
    }

    /// Requires what a pointer names to be published, whole, and what it says.
    fn require_named(&mut self, pointer: &Pointer) -> Result<(), String> {
        let tag = format!("v{}", pointer.version);
        let release =
            self.release(&format!("tags/{tag}"))?.ok_or_else(|| format!("{tag} is not published"))?;
        let sums = self.require_whole(&release)?;
        for file in pointer.bundles.values().flat_map(|bundle| [&bundle.archive, &bundle.manifest]) {
            let said = format!("{}  {}", file.sha256, file.name);
            if !sums.lines().any(|line| line == said) {
                return Err(format!("`{}` is another one in {tag}", file.name));
            }
        }
        Ok(())
    }

    /// Requires a release to be published and to have every file of its checksums, and no other; returns the checksums.
    fn require_whole(&mut self, release: &Value) -> Result<String, String> {
        let tag = release["tag_name"].as_str().unwrap_or_default().to_owned();
        if release["draft"] != false {
            return Err(format!("{tag} is a draft"));
        }
        let assets = release["assets"].as_array().cloned().unwrap_or_default();
        let listed: Vec<String> = assets
            .iter()
            .map(|it| ["id", "name", "state", "size", "digest"].map(|key| it[key].to_string()).join(" "))
            .collect();
        let listed = listed.join("\n");
        if let Some((files, sums)) = self.whole.get(&tag).and_then(|known| known.split_once("\n\n"))
            && files == listed
        {
            return Ok(sums.to_owned());
        }
        let mut files = BTreeMap::new();
        for asset in &assets {
            let (name, url) = (asset["name"].as_str().unwrap_or_default(), &asset["browser_download_url"]);
            let bytes = self.get(url.as_str().unwrap_or_default(), false)?;
            files.insert(name, bytes.ok_or_else(|| format!("`{name}` of {tag} cannot be had"))?);
        }
        let sums = complete(&files).map_err(|wrong| format!("{tag}: {wrong}"))?;
        self.whole.insert(tag, format!("{listed}\n\n{sums}"));
        Ok(sums)
    }

    fn release(&self, which: &str) -> Result<Option<Value>, String> {
        let bytes = self.get(&format!("{}/{which}", self.api), true)?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())).transpose()
    }

    /// What an address has; none where it has nothing.
    fn get(&self, url: &str, signed_in: bool) -> Result<Option<Vec<u8>>, String> {
        let mut request = self.agent.get(url);
        if signed_in {
            request = request.header("authorization", format!("Bearer {ONLOOKER}"));
        }
        let mut answer = request.call().map_err(|error| format!("{url}: {error}"))?;
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec();
        let body = body.map_err(|error| format!("{url}: {error}"))?;
        match answer.status().as_u16() {
            200 => Ok(Some(body)),
            404 => Ok(None),
            status => Err(format!("{url}: {status}")),
        }
    }
}

/// Requires files to be those of their checksums, which have a signature beside them; returns the checksums.
fn complete(files: &BTreeMap<&str, Vec<u8>>) -> Result<String, String> {
    let sums = files.get("SHA256SUMS").ok_or("`SHA256SUMS` is missing")?;
    let sums = String::from_utf8(sums.clone()).map_err(|error| error.to_string())?;
    let mut left: Vec<&str> = files.keys().copied().filter(|name| *name != "SHA256SUMS").collect();
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").ok_or("`SHA256SUMS` does not read")?;
        let content = files.get(name).ok_or_else(|| format!("`{name}` is missing"))?;
        if Sha256Hex::of(content).to_string() != digest {
            return Err(format!("`{name}` has other bytes"));
        }
        left.retain(|other| *other != name);
    }
    match left.as_slice() {
        ["SHA256SUMS.minisig"] => Ok(sums),
        _ => Err(format!("beside the checksums there are {left:?}")),
    }
}

/// How often somebody has looked, and whether that is over.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    looks: AtomicUsize,
    over: AtomicBool,
}

impl Watch {
    /// Waits until what there is now was looked at.
    pub(crate) fn is_seen(&self) {
        // The look that is under way may have begun before.
        let enough = self.looks.load(Ordering::Acquire) + 2;
        wait_until("nobody looks", || {
            self.over.load(Ordering::Acquire) || self.looks.load(Ordering::Acquire) >= enough
        });
    }
}

/// Ends the looking, also where what it stands in fails.
struct Ending<'a>(&'a Watch);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
    }
}

/// Does some work under the eyes of an onlooker, who looks once more when it is done, and must never have seen anything half done.
#[track_caller]
pub(crate) fn watched<T>(stage: &Stage, rest: Duration, work: impl FnOnce(&Watch) -> T) -> T {
    let watch = Watch::default();
    let (worked, seen) = thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let _ending = Ending(&watch);
            let mut onlooker = Onlooker::before(stage);
            while !watch.over.load(Ordering::Acquire) {
                onlooker.look()?;
                watch.looks.fetch_add(1, Ordering::Release);
                thread::sleep(rest);
            }
            onlooker.look()
        });
        let ending = Ending(&watch);
        let worked = work(&watch);
        drop(ending);
        (worked, looking.join().expect("the onlooker ends"))
    });
    if let Err(wrong) = seen {
        panic!("somebody saw {wrong}");
    }
    let looks = watch.looks.load(Ordering::Acquire);
    assert!(looks > 5, "only {looks} looks");
    worked
}

#[cfg(test)]
mod tests {
    use release_rehearsal::{Fault, FaultKind, Target};

    use super::*;
    use crate::channels::put;
    use crate::git::git;
    use crate::stage::{MAINTAINER, Setting};

    fn released() -> (Stage, Onlooker) {
        let stage = Setting::new().set();
        stage.release().ends_with(0);
        let mut onlooker = Onlooker::before(&stage);
        assert_eq!(onlooker.look(), Ok(()));
        (stage, onlooker)
    }

    /// What is seen by one who was there before, and by one who comes now.
    #[track_caller]
    fn seen(stage: &Stage, mut before: Onlooker, said: &str) {
        let now = Onlooker::before(stage).look();
        let errors = [before.look(), now].map(|seen| seen.expect_err("it is seen"));
        assert!(errors.iter().any(|error| error.contains(said)), "{errors:?}");
    }

    /// Deletes something of the releases as a person does on their page.
    fn delete(stage: &Stage, what: &str) {
        let url = format!("{}/repos/example/aihummer/releases/{what}", stage.rehearsal.api_url());
        ureq::delete(&url)
            .header("authorization", &format!("Bearer {MAINTAINER}"))
            .call()
            .expect("it is deleted");
    }

    #[test]
    fn a_release_that_lacks_a_file_is_seen() {
        let (stage, onlooker) = released();
        let assets = stage.rehearsal.snapshot().releases.remove(0).assets;
        let archive = assets.iter().find(|asset| asset.name.ends_with(".tar.gz")).expect("an archive");
        delete(&stage, &format!("assets/{}", archive.id));
        seen(&stage, onlooker, &format!("v1.0.0: `{}` is missing", archive.name));
    }

    #[test]
    fn a_file_with_other_bytes_is_seen() {
        let (stage, _) = released();
        stage.rehearsal.inject(Fault::first(Target::operation("web/storage"), FaultKind::WrongContent));
        let wrong = Onlooker::before(&stage).look().expect_err("it is seen");
        assert!(wrong.contains("has other bytes") || wrong.contains("is missing"), "{wrong}");
    }

    #[test]
    fn a_pointer_to_what_is_not_published_is_seen() {
        let (stage, _) = released();
        let release = stage.rehearsal.snapshot().releases.remove(0).id;
        delete(&stage, &release.to_string());
        let wrong = Onlooker::before(&stage).look().expect_err("it is seen");
        assert_eq!(wrong, "the pointer of stable: v1.0.0 is not published");
    }

    #[test]
    fn a_pointer_that_does_not_read_or_proves_nothing_is_seen() {
        for (bytes, said) in [("{", "it is no pointer"), ("{\"signed\": \"e30=\"}", "it is not signed")] {
            let (stage, onlooker) = released();
            put(&stage, "stable/latest.json", bytes);
            seen(&stage, onlooker, said);
        }
    }

    #[test]
    fn a_sequence_that_falls_and_a_pointer_that_goes_are_seen() {
        let stage = Setting::new().set();
        stage.release().ends_with(0);
        let old = git(&stage.bare(), &["rev-parse", "channels"]);
        stage.merge("Serve the third page", &["minor"]);
        stage.release().ends_with(0);
        let mut onlooker = Onlooker::before(&stage);
        assert_eq!(onlooker.look(), Ok(()));
        git(&stage.bare(), &["update-ref", "refs/heads/channels", &old]);
        let wrong = onlooker.look().expect_err("it is seen");
        assert!(wrong.contains("its sequence 1 is lower than 2"), "{wrong}");
        git(&stage.bare(), &["update-ref", "-d", "refs/heads/channels"]);
        assert_eq!(onlooker.look(), Err("the pointer of stable: it is gone".to_owned()));
    }

    #[test]
    #[should_panic(expected = "somebody saw the latest release")]
    fn what_an_onlooker_sees_fails_the_work() {
        let (stage, _) = released();
        let assets = stage.rehearsal.snapshot().releases.remove(0).assets;
        watched(&stage, AT_TIMES, |watch| {
            watch.is_seen();
            delete(&stage, &format!("assets/{}", assets[0].id));
            watch.is_seen();
        });
    }
}
