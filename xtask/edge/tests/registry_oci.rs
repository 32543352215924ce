//! What a release asks of image registries, on one that answers from a script.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the functions beside the tests may fail a test too"
)]

mod scripted;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bundle_format::digest::Sha256Hex;
use release_core::finding::Cause;
use release_edge::registry::{OciRegistry, Registry as _, RegistryAccess, Tagging};
use scripted::{Longest, Reply, Seen, Server, TurnedClock, json};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A registry that holds manifests and blobs by repository and name.
#[derive(Default)]
struct Store {
    manifests: BTreeMap<(String, String), (String, Vec<u8>)>,
    blobs: BTreeMap<String, Vec<u8>>,
    put: Vec<(String, String, Vec<u8>)>,
    faults: Vec<Reply>,
}

impl Store {
    fn add(&mut self, repository: &str, tag: &str, media_type: &str, body: &str) -> Sha256Hex {
        let digest = Sha256Hex::of(body.as_bytes());
        let entry = (media_type.to_owned(), body.as_bytes().to_vec());
        self.manifests.insert((repository.to_owned(), tag.to_owned()), entry.clone());
        self.manifests.insert((repository.to_owned(), digest.prefixed()), entry);
        digest
    }

    fn answer(&mut self, seen: &Seen) -> Reply {
        if seen.target == "/v2/" {
            return json(200, "{}");
        }
        if !self.faults.is_empty() {
            return self.faults.remove(0);
        }
        let path = seen.target.trim_start_matches("/v2/").to_owned();
        if let Some((_, digest)) = path.split_once("/blobs/") {
            return Reply::Answer(200, vec![], self.blobs[digest].clone());
        }
        let (repository, name) = path.split_once("/manifests/").unwrap();
        let key = (repository.to_owned(), name.to_owned());
        if seen.method == "PUT" {
            let media_type = seen.header("content-type").unwrap().to_owned();
            self.put.push((path.clone(), media_type.clone(), seen.body.clone()));
            self.manifests.insert(key, (media_type, seen.body.clone()));
            return Reply::Answer(201, vec![("location".into(), seen.target.clone())], vec![]);
        }
        match self.manifests.get(&key) {
            Some((media_type, body)) => {
                let digest = Sha256Hex::of(body).prefixed();
                let headers = vec![
                    ("content-type".into(), media_type.clone()),
                    ("docker-content-digest".into(), digest),
                ];
                Reply::Answer(200, headers, body.clone())
            }
            None => json(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#),
        }
    }
}

struct Run {
    server: Server,
    registry: OciRegistry,
    clock: Arc<TurnedClock>,
    store: Arc<Mutex<Store>>,
}

fn run(store: Store) -> Run {
    let store = Arc::new(Mutex::new(store));
    let shared = Arc::clone(&store);
    let server = Server::with(move |seen| shared.lock().unwrap().answer(seen));
    let clock = Arc::new(TurnedClock::default());
    let mirror = server.url.strip_prefix("http://").map(str::to_owned);
    let access = RegistryAccess { mirror, ..RegistryAccess::default() };
    let registry = OciRegistry::with_clock(access, Arc::clone(&clock) as _, Arc::new(Longest)).unwrap();
    Run { server, registry, clock, store }
}

fn index(media_type: &str, amd: &Sha256Hex, arm: &Sha256Hex) -> String {
    format!(
        r#"{{ "schemaVersion":2, "mediaType":"{media_type}",
  "manifests":[{{"digest":"{}","size":1,"platform":{{"os":"linux","architecture":"amd64"}}}},
  {{"digest":"{}","size":1,"platform":{{"os":"linux","architecture":"arm64","variant":"v8"}}}}] }}"#,
        amd.prefixed(),
        arm.prefixed()
    )
}

fn names(references: &[&str]) -> Vec<String> {
    references.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn references_resolve_in_order_to_index_and_platforms() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let hub = store.add("docker.io/library/postgres", "17", LIST, &index(LIST, &amd, &arm));
    let own = store.add("ghcr.io/acme/app", "sha-1", INDEX, &index(INDEX, &amd, &arm));
    let pinned = store.add("localhost-5001/x", "1", INDEX, &format!("{} ", index(INDEX, &amd, &arm)));
    let run = run(store);
    let pin = format!("localhost:5001/x:1@{}", pinned.prefixed());
    let references = names(&["ghcr.io/acme/app:sha-1", "ghcr.io/acme/none:1", "postgres:17", &pin]);
    let facts = run.registry.resolve(&references).unwrap();
    let digests: Vec<_> = facts.iter().map(|one| one.as_ref().map(|one| one.digest.clone())).collect();
    assert_eq!(digests, [Some(own), None, Some(hub), Some(pinned)]);
    let platforms = BTreeMap::from([("linux/amd64".to_owned(), amd), ("linux/arm64".to_owned(), arm)]);
    assert!(facts.iter().flatten().all(|one| one.platforms == platforms));
    assert_eq!(run.registry.requests(), 4);
    assert!(run.server.lines().contains(&"GET /v2/docker.io/library/postgres/manifests/17".to_owned()));
}

#[test]
fn an_image_of_one_platform_names_it_in_its_configuration() {
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let blob = Sha256Hex::of(config).prefixed();
    let body = format!(
        r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{{"mediaType":"c","digest":"{blob}","size":{}}},"layers":[]}}"#,
        config.len()
    );
    let mut store = Store::default();
    let digest = store.add("docker.io/acme/one", "latest", IMAGE, &body);
    store.blobs.insert(blob, config.to_vec());
    let run = run(store);
    let facts = run.registry.resolve(&names(&["acme/one"])).unwrap();
    assert_eq!(facts[0].as_ref().unwrap().platforms, BTreeMap::from([("linux/amd64".to_owned(), digest)]));
    assert_eq!(run.registry.requests(), 2);
}

#[test]
fn many_references_resolve_whatever_fails_in_between() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let references: Vec<String> = (0..30).map(|number| format!("ghcr.io/acme/app{number}:1")).collect();
    for number in 0..30 {
        store.add(&format!("ghcr.io/acme/app{number}"), "1", INDEX, &index(INDEX, &amd, &arm));
    }
    store.faults = vec![json(503, ""), Reply::Hangup, json(500, "{}"), json(502, "x")];
    let run = run(store);
    let facts = run.registry.resolve(&references).unwrap();
    assert!(facts.iter().all(Option::is_some));
    assert_eq!(
        (run.registry.requests(), run.clock.sleeps()),
        (34, vec![1]),
        "only the four are asked for again"
    );
}

#[test]
fn eight_references_are_asked_for_at_a_time() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let references: Vec<String> = (0..24).map(|number| format!("ghcr.io/acme/app{number}:1")).collect();
    for number in 0..24 {
        store.add(&format!("ghcr.io/acme/app{number}"), "1", INDEX, &index(INDEX, &amd, &arm));
    }
    let store = Mutex::new(store);
    // How many wait for an answer now, and the most that ever did.
    let waiting = Arc::new((Mutex::new((0, 0)), Condvar::new()));
    let shared = Arc::clone(&waiting);
    let server = Server::with(move |seen| {
        if seen.target == "/v2/" {
            return json(200, "{}");
        }
        let (count, changed) = &*shared;
        let mut now = count.lock().unwrap();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        changed.notify_all();
        // Nobody is answered before eight have asked; a client that asks fewer at a time runs into the end of this patience.
        let (mut now, _) = changed.wait_timeout_while(now, Duration::from_secs(2), |now| now.1 < 8).unwrap();
        now.0 -= 1;
        drop(now);
        store.lock().unwrap().answer(seen)
    });
    let mirror = server.url.strip_prefix("http://").map(str::to_owned);
    let registry = OciRegistry::new(RegistryAccess { mirror, ..RegistryAccess::default() }).unwrap();
    assert!(registry.resolve(&references).unwrap().iter().all(Option::is_some));
    assert_eq!(waiting.0.lock().unwrap().1, 8);
}

#[test]
fn whether_images_exist_is_asked_without_their_content() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let digest = store.add("ghcr.io/acme/app", "sha-1", INDEX, &index(INDEX, &amd, &arm)).prefixed();
    store.faults = vec![json(503, "")];
    let run = run(store);
    let missing = format!("ghcr.io/acme/app@{}", Sha256Hex::of(b"other").prefixed());
    let references = names(&[&format!("ghcr.io/acme/app@{digest}"), "ghcr.io/acme/app:sha-1"]);
    assert_eq!(run.registry.exist(&references).unwrap(), [true, true]);
    let asked = run.server.lines();
    let gets = asked.iter().filter(|line| line.starts_with("GET") && line.contains("/manifests/")).count();
    assert!(gets <= 1, "only what stumbled is asked for again, by the client itself: {asked:?}");
    assert_eq!(run.registry.exist(&[missing]).unwrap(), [false]);
}

#[test]
fn a_registry_that_stays_broken_is_a_failure_that_names_the_image() {
    let store = Store { faults: vec![json(503, "down\n"); 20], ..Store::default() };
    let run = run(store);
    let failure = run.registry.resolve(&names(&["ghcr.io/acme/app:1"])).unwrap_err();
    assert_eq!((failure.cause, run.clock.sleeps()), (Cause::Registry, vec![1, 2, 4, 8, 16]));
    assert!(failure.message.contains("ghcr.io/acme/app:1") && !failure.message.contains('\n'), "{failure}");
}

#[test]
fn a_pull_limit_is_waited_for_and_a_denial_is_not() {
    let limit = json(429, r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}"#);
    let run_ = run(Store { faults: vec![limit.clone(), limit], ..Store::default() });
    assert_eq!(run_.registry.resolve(&names(&["a:1"])).unwrap(), vec![None]);
    assert_eq!(run_.clock.sleeps(), vec![60, 120]);
    let denied = json(401, r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#);
    let run_ = run(Store { faults: vec![denied], ..Store::default() });
    let failure = run_.registry.resolve(&names(&["a:1"])).unwrap_err();
    assert!(failure.cause == Cause::Registry && failure.hint.contains("log in"), "{failure}");
    assert!(run_.clock.sleeps().is_empty());
}

#[test]
fn what_is_no_reference_is_refused_before_anything_is_asked() {
    let run = run(Store::default());
    for reference in ["", "acme/UPPER:1", "a b:1", "a:1@sha256:12"] {
        assert!(run.registry.resolve(&names(&["ok:1", reference])).is_err(), "{reference}");
    }
    assert!(run.server.seen().is_empty());
}

#[test]
fn a_tag_is_made_of_the_very_same_bytes() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    for media_type in [LIST, INDEX] {
        let mut store = Store::default();
        let body = index(media_type, &amd, &arm);
        let digest = store.add("ghcr.io/acme/app", "sha-1", media_type, &body);
        let run = run(store);
        run.registry.tag("ghcr.io/acme/app", &digest, "1.2.0").unwrap();
        let put = run.store.lock().unwrap().put.clone();
        assert_eq!(
            put,
            [("ghcr.io/acme/app/manifests/1.2.0".to_owned(), media_type.to_owned(), body.into_bytes())]
        );
        run.registry.tag("ghcr.io/acme/app", &digest, "1.2.0").unwrap();
        assert_eq!(run.store.lock().unwrap().put.len(), 1, "what is there is not sent again");
    }
}

#[test]
fn a_tag_that_leads_elsewhere_afterwards_is_a_failure() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let digest = store.add("ghcr.io/acme/app", "sha-1", INDEX, &index(INDEX, &amd, &arm));
    let shared = Mutex::new(store);
    let server = Server::with(move |seen| {
        let mut store = shared.lock().unwrap();
        // A registry that says yes and keeps something else.
        if seen.method == "PUT" {
            store.add(
                "ghcr.io/acme/app",
                "1.2.0",
                INDEX,
                &index(INDEX, &Sha256Hex::of(b"x"), &Sha256Hex::of(b"y")),
            );
            return Reply::Answer(201, vec![("location".into(), seen.target.clone())], vec![]);
        }
        store.answer(seen)
    });
    let mirror = server.url.strip_prefix("http://").map(str::to_owned);
    let registry = OciRegistry::new(RegistryAccess { mirror, ..RegistryAccess::default() }).unwrap();
    assert_eq!(registry.tag("ghcr.io/acme/app", &digest, "1.2.0").unwrap_err().cause, Cause::Registry);
}

#[test]
fn a_digest_that_is_not_there_cannot_be_tagged() {
    let run = run(Store::default());
    let failure = run.registry.tag("ghcr.io/acme/app", &Sha256Hex::of(b"x"), "1.2.0").unwrap_err();
    assert_eq!(failure.cause, Cause::ImageMissing);
}

#[test]
fn a_mirror_is_on_this_machine() {
    for mirror in
        ["example.org:5000", "10.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1.example.org:1", ""]
    {
        let access = RegistryAccess { mirror: Some(mirror.to_owned()), ..RegistryAccess::default() };
        assert!(OciRegistry::new(access).is_err(), "{mirror}");
    }
}

#[test]
fn many_tags_are_given_several_at_a_time_through_faults_and_none_is_moved() {
    let (amd, arm) = (Sha256Hex::of(b"amd"), Sha256Hex::of(b"arm"));
    let mut store = Store::default();
    let tagging = |store: &mut Store, number: usize| {
        let body = format!("{}{}", index(INDEX, &amd, &arm), " ".repeat(number));
        let digest = store.add(&format!("ghcr.io/acme/own-{number}"), "sha-1", INDEX, &body);
        Tagging { image: format!("ghcr.io/acme/own-{number}"), digest, tag: "sha-2".to_owned() }
    };
    let mut taggings: Vec<Tagging> = (0..19).map(|number| tagging(&mut store, number)).collect();
    store.faults = vec![json(503, ""), json(429, ""), json(500, "")];
    let run = run(store);
    let mut told = Vec::new();
    run.registry.tag_all(&taggings, &mut |one| told.push(one.image.clone())).unwrap();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 19);
    let put = run.store.lock().unwrap().put.len();
    assert_eq!(put, 19, "each was sent once");
    run.registry.tag_all(&taggings, &mut |_| ()).unwrap();
    assert_eq!(run.store.lock().unwrap().put.len(), put, "nothing is sent twice");

    // A tag that leads elsewhere stays, whatever was believed of it.
    for one in &mut taggings {
        one.digest = Sha256Hex::of(b"other");
    }
    let failure = run.registry.tag_all(&taggings, &mut |_| ()).unwrap_err();
    assert_eq!(failure.cause, Cause::ImageTagElsewhere);
    assert_eq!(run.store.lock().unwrap().put.len(), put);
}
