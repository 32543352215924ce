//! Pointers that are copied to a bucket: with every release, after a run that was killed, and kept in agreement with the branch.

use serde_json::Value;

use crate::channels::world;
use crate::converged::converged;
use crate::git::git;
use crate::run::Run;
use crate::stage::{RELEASE, Setting, Stage};
use crate::storing::{BUCKET, Storing};

/// Where the pointer of the stable channel is copied to.
const KEY: &str = "platform/stable/latest.json";
const BRANCH: &str = "stable/latest.json";

/// A stage whose pointers are copied to a server of its own.
struct Copied {
    stage: Stage,
    server: Storing,
}

impl Copied {
    fn set() -> Self {
        let server = Storing::start();
        let stage = Setting::new().configured("stamps:\n", configured(&server.address, BUCKET)).set();
        Self { stage, server }
    }

    /// With v1.0.0 and v1.1.0.
    fn released_twice() -> Self {
        let copied = Self::set();
        copied.run(RELEASE).ends_with(0);
        copied.stage.merge("Serve the third page", &["minor"]);
        copied.run(RELEASE).ends_with(0);
        copied
    }

    /// Runs the program in a fresh clone with the key of the bucket.
    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut all =
            vec![("AWS_ACCESS_KEY_ID", &*self.server.id), ("AWS_SECRET_ACCESS_KEY", &*self.server.secret)];
        all.extend(variables);
        let run = self.stage.run_with(&self.stage.fresh_clone(), arguments, &all);
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains(&self.server.secret), "{said}");
        }
        run
    }

    fn copy(&self) -> Option<String> {
        self.server.content(KEY)
    }

    /// What the branch has, which the bucket has as well.
    #[track_caller]
    fn agrees(&self) -> Value {
        assert_eq!(
            self.copy(),
            Some(git(&self.stage.bare(), &["show", &format!("channels:{BRANCH}")]) + "\n")
        );
        self.stage.pointer("stable")
    }
}

/// The configuration of a bucket, before what follows it.
fn configured(address: &str, bucket: &str) -> &'static str {
    let text = format!(
        "pointers:\n  s3: {{ endpoint: \"http://{address}\", bucket: {bucket}, prefix: platform }}\nstamps:\n"
    );
    text.leak()
}

#[test]
fn row_1_8_a_release_copies_its_pointer_to_the_bucket_last_and_once() {
    let copied = Copied::set();
    let plan = copied.run_with(&["plan", "--json"], &[("AWS_SECRET_ACCESS_KEY", "")]).ends_with(0).json();
    let last = plan["steps"].as_array().expect("steps").last().expect("one");
    assert_eq!(last["id"], "copy-pointer:stable");
    let address = format!("http://{}/{BUCKET}/{KEY}", copied.server.address);
    assert!(last["title"].as_str().expect("a title").ends_with(&address), "{last}");

    copied.run(RELEASE).ends_with(0);
    converged(&copied.stage, &["v1.0.0"]);
    assert_eq!(copied.agrees()["sequence"], 1);
    copied.stage.merge("Serve the third page", &["minor"]);
    copied.run(RELEASE).ends_with(0);
    assert_eq!(copied.agrees()["version"], "1.1.0");
    let before = (world(&copied.stage), copied.copy());
    assert_eq!(copied.run(RELEASE).ends_with(0).json()["outcome"], "already-released");
    copied.run(&["channels"]).ends_with(0);
    assert!(copied.run(&["channels", "renew"]).ends_with(0).stdout.contains("nothing was changed"));
    assert_eq!((world(&copied.stage), copied.copy()), before);
}

#[test]
fn row_1_8_without_a_key_that_opens_the_bucket_nothing_begins() {
    let copied = Copied::set();
    let before = world(&copied.stage);
    for (id, key, cause, words, remedy) in [
        (&*copied.server.id, "", "E-BUCKET-KEY-MISSING", "no credentials", "AWS_SECRET_ACCESS_KEY"),
        (&*copied.server.id, "wrong", "E-BUCKET-REFUSED", "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
        ("AKIANOBODYATALL", "wrong", "E-BUCKET-REFUSED", "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
    ] {
        let variables = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", key)];
        let run = copied.run_with(RELEASE, &variables).ends_with(4);
        let (said, message) = run.findings().remove(0);
        assert_eq!(said, cause);
        assert!(message.contains(words) && run.stderr.contains(remedy), "{}", run.stderr);
    }
    copied.run_with(&["channels", "--repair"], &[("AWS_ACCESS_KEY_ID", "")]).ends_with(4);
    let missing = Setting::new().configured("stamps:\n", configured(&copied.server.address, "nowhere")).set();
    let keys = [("AWS_ACCESS_KEY_ID", &*copied.server.id), ("AWS_SECRET_ACCESS_KEY", &*copied.server.secret)];
    let run = missing.run_with(&missing.fresh_clone(), RELEASE, &keys).ends_with(4);
    let (cause, message) = run.findings().remove(0);
    assert!(cause == "E-BUCKET-REFUSED" && message.contains("no bucket `nowhere`"), "{message}");
    assert_eq!((world(&copied.stage), copied.copy()), (before, None), "nothing happened");
}

#[test]
fn row_1_10_a_run_killed_between_branch_and_bucket_is_finished_by_the_next() {
    let copied = Copied::set();
    copied.run(RELEASE).ends_with(0);
    copied.stage.merge("Serve the third page", &["minor"]);
    let plan = copied.run(&["plan", "--json"]).ends_with(0).json();
    let steps = plan["steps"].as_array().expect("steps").len();
    for (point, title) in
        [(format!("after:{}", steps - 2), "Fourth"), (format!("before:{}", steps - 1), "Fifth")]
    {
        copied.run_with(RELEASE, &[("SLIPWAY_CRASH", &point)]).was_killed();
        assert_ne!(copied.copy().expect("a copy"), copied.stage.file("channels", BRANCH) + "\n", "{point}");
        let again = copied.run(RELEASE).ends_with(0);
        assert_eq!(again.json()["outcome"], "released", "{point}");
        assert_eq!(copied.agrees()["version"], again.json()["version"]);
        copied.stage.merge(title, &["minor"]);
    }
}

#[test]
fn row_1_8_channels_shows_what_drifted_in_the_bucket_and_repairs_it_once() {
    let copied = Copied::set();
    copied.run(RELEASE).ends_with(0);
    let old = copied.copy().expect("a copy");
    copied.stage.merge("Serve the third page", &["minor"]);
    copied.run(RELEASE).ends_with(0);
    let cases: [(&dyn Fn(), &str); 3] = [
        (&|| copied.server.set(KEY, &old), "says 1.0.0 (sequence 1), and the branch says 1.1.0 (sequence 2)"),
        (&|| copied.server.set(KEY, "<html>"), "`stable/latest.json` is no pointer"),
        (&|| copied.server.remove(KEY), "the bucket has no `stable/latest.json`"),
    ];
    for (change, words) in cases {
        change();
        let run = copied.run(&["channels", "--json"]).ends_with(1);
        let (cause, message) = run.findings().remove(0);
        assert!(cause == "E-CHANNEL-DRIFT" && message.contains(words), "{message}");
        let repaired = copied.run(&["channels", "--repair"]).ends_with(0);
        let line = "copied the pointer of stable to the bucket: 1.1.0 (sequence 2)";
        assert!(repaired.stdout.contains(line), "{}", repaired.stdout);
        assert_eq!(copied.agrees()["sequence"], 2);
        let again = copied.run(&["channels", "--repair"]).ends_with(0);
        assert!(again.stdout.contains("nothing was changed"), "{}", again.stdout);
    }
    // A release leaves alone what somebody else put there, and says so before it does anything.
    copied.server.set(KEY, "<html>");
    copied.stage.merge("Serve the fourth page", &["minor"]);
    let before = world(&copied.stage);
    assert_eq!(copied.run(RELEASE).ends_with(3).findings().remove(0).0, "E-COPY-FOREIGN");
    assert_eq!((world(&copied.stage), copied.copy().as_deref()), (before, Some("<html>")));
}

#[test]
fn row_1_8_what_is_withdrawn_or_signed_again_reaches_the_bucket() {
    let copied = Copied::released_twice();
    copied.run(&["yank", "v1.1.0", "--reason", "It loses mail", "--yes"]).ends_with(0);
    let fallen = copied.agrees();
    assert_eq!((&fallen["version"], &fallen["yanked"][0]["version"]), (&"1.0.0".into(), &"1.1.0".into()));

    let config = copied.stage.file("main", "config/release.yaml");
    let config = config.replace("pointers:\n", "pointers:\n  valid_days: 300\n  renew_before_days: 200\n");
    copied.stage.merge_file("Renew earlier", &["none"], "config/release.yaml", &config);
    let renewed = copied.run(&["channels", "renew"]).ends_with(0);
    assert!(renewed.stdout.contains("copied the pointer of stable to the bucket"), "{}", renewed.stdout);
    assert_eq!(copied.agrees()["sequence"], 4);
    // Where only the copy was missed, the next renewal makes up for it.
    copied.server.remove(KEY);
    copied.run(&["channels", "renew"]).ends_with(0);
    assert_eq!(copied.agrees()["sequence"], 4);
}

#[test]
fn row_1_11_a_bucket_that_nobody_can_open_keeps_no_withdrawal_back() {
    let copied = Copied::released_twice();
    let stale = copied.copy();
    let yank = ["yank", "v1.1.0", "--reason", "It loses mail", "--yes", "--json"];
    let run = copied.run_with(&yank, &[("AWS_SECRET_ACCESS_KEY", "wrong")]).ends_with(4);
    let (cause, message) = run.findings().remove(0);
    assert!(cause == "E-BUCKET-REFUSED" && message.contains("; everything else was done"), "{message}");
    assert!(run.stderr.contains("`cargo xtask channels --repair`"), "{}", run.stderr);
    assert_eq!(run.json()["done"][0], "withdrew 1.1.0", "{}", run.stdout);
    assert_eq!(copied.stage.pointer("stable")["version"], "1.0.0");
    assert_eq!(copied.copy(), stale, "nobody could write it");

    let shown = copied.run_with(&["channels", "--json"], &[("AWS_SECRET_ACCESS_KEY", "wrong")]).ends_with(4);
    assert_eq!(shown.findings().remove(0).0, "E-BUCKET-REFUSED");
    copied.run(&["channels", "--repair"]).ends_with(0);
    assert_eq!(copied.agrees()["version"], "1.0.0");
}

#[test]
fn row_1_8_what_is_in_the_way_of_one_copy_keeps_no_other_back() {
    const BETA: &str = "platform/beta/latest.json";
    let copied = Copied::set();
    copied.run(RELEASE).ends_with(0);
    copied.stage.merge("Serve the third page", &["minor"]);
    copied.run(&[RELEASE, &["--channel", "beta"]].concat()).ends_with(0);
    let beta = copied.server.content(BETA);
    assert!(beta.is_some());
    copied.server.set(KEY, "<html>");
    copied.server.remove(BETA);
    let run = copied.run(&["channels", "renew", "--json"]).ends_with(3);
    assert_eq!(run.findings().remove(0).0, "E-COPY-FOREIGN");
    assert_eq!((copied.copy().as_deref(), copied.server.content(BETA)), (Some("<html>"), beta));
}
