//! A bucket behind a server that speaks as Amazon S3 does. Never sends a write again without a look in between, never shows what opens the
//! bucket, and writes nothing before the server has shown that it keeps to conditions.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use bundle_format::pointer::LARGEST;
use release_core::config::BucketConfig;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use url::Url;

use super::answer::{Answer, Fault};
use super::authorization::{Keys, Request};
use super::{Bucket, Object, Written};
use crate::barred::Barrier;
use crate::clock::{Clock, SystemClock};
use crate::failure::Failure;
use crate::forge::retry::{Jitter, Patience, SystemJitter};
use crate::proxy::Proxies;
use crate::waiting::Observer;

/// Until a connection stands, and for a whole request: a pointer is small.
const CONNECT: Duration = Duration::from_secs(10);
const TOTAL: Duration = Duration::from_secs(30);

/// The object that shows whether the server keeps to conditions. Nobody reads it, so that nothing is lost where it does not.
const PROBE: &str = "conditions.txt";
const PROBED: &[u8] =
    b"A release writes this object to see that the server refuses a write whose condition does not hold.\n";

/// The mark of no object.
const NOWHERE: &str = "\"00000000000000000000000000000000\"";

/// What a run may rely on.
const RIGHTS: &str = "check `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, and `region` below `pointers.s3` in `config/release.yaml`; the key needs `s3:GetObject` and `s3:PutObject` below the prefix and `s3:ListBucket` on the bucket";

/// On which condition an object is written.
#[derive(Clone, Copy)]
enum Condition<'a> {
    /// There is none.
    Nothing,
    /// It is in the state of this mark.
    Same(&'a str),
}

/// A bucket over the network.
pub struct S3 {
    // Before the runtime, so that its connections go first.
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    place: BucketConfig,
    keys: Keys,
    clock: Arc<dyn Clock>,
    patience: Patience,
    /// Whether the server has shown that it keeps to conditions.
    proven: Cell<bool>,
    /// Pauses after writes of one object of which nobody knows what became of them.
    pauses: RefCell<(String, usize)>,
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("S3").field("place", &self.place).finish_non_exhaustive()
    }
}

impl S3 {
    /// Prepares the client. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// Where the proxy cannot be used, or the machine has no usable root certificates.
    pub fn new(place: &BucketConfig, keys: Keys, proxies: &Proxies) -> Result<Self, Failure> {
        Self::with_clock(place, keys, proxies, Arc::new(SystemClock), Arc::new(SystemJitter))
    }

    /// The same by another clock.
    ///
    /// # Errors
    ///
    /// As [`S3::new`].
    pub fn with_clock(
        place: &BucketConfig,
        keys: Keys,
        proxies: &Proxies,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
    ) -> Result<Self, Failure> {
        // The one provider this tool is built with; somebody else may have named it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        proxies.check()?;
        let failed = |why: String| {
            let message = format!("cannot prepare the client of the bucket: {}", terminal_line(&why));
            let hint =
                "install the machine's root certificates (`ca-certificates`), or correct `SSL_CERT_FILE`";
            Failure::new(Cause::Bucket, message, hint)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(reqwest::redirect::Policy::none());
        let client = proxies.lead(builder).and_then(reqwest::ClientBuilder::build);
        let client = client.map_err(|error| failed(innermost(&error)))?;
        let patience = Patience::new(clock.clone(), jitter, Duration::ZERO);
        let (place, proven, pauses) = (place.clone(), Cell::new(false), RefCell::default());
        Ok(Self { client, runtime, place, keys, clock, patience, proven, pauses })
    }

    /// The same, with somebody who is told of every wait.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { patience: self.patience.observed_by(observer), ..self }
    }

    /// Tries both kinds of conditions, once in a run.
    fn prove_conditions(&self) -> Result<(), Failure> {
        if self.proven.get() {
            return Ok(());
        }
        let key = self.place.below(PROBE);
        // The first may create it.
        let conditions = [Condition::Nothing, Condition::Nothing, Condition::Same(NOWHERE)];
        for (number, condition) in conditions.into_iter().enumerate() {
            let refused = match self.settle(&key, "write", || self.put(&key, PROBED, condition)) {
                Ok(_) => false,
                Err(Ended::Fault(Fault::Condition)) => true,
                Err(ended) => return Err(self.failed(&key, "write", ended)),
            };
            if !refused && number > 0 {
                return Err(self.failed(&key, "write", Ended::Fault(Fault::NoConditions)));
            }
        }
        self.proven.set(true);
        Ok(())
    }

    fn put(&self, key: &str, content: &[u8], condition: Condition<'_>) -> Result<Answer, Fault> {
        let condition = match condition {
            Condition::Nothing => ("if-none-match", "*".to_owned()),
            Condition::Same(mark) => ("if-match", mark.to_owned()),
        };
        let headers = vec![
            // A host that serves the bucket may keep a pointer for a minute.
            ("cache-control", "max-age=60".to_owned()),
            (
                "content-type",
                if key.ends_with(".json") { "application/json" } else { "text/plain" }.to_owned(),
            ),
            condition,
        ];
        self.send("PUT", key, headers, content)
    }

    /// Sends one request once.
    fn send(
        &self,
        method: &str,
        key: &str,
        mut headers: Vec<(&str, String)>,
        content: &[u8],
    ) -> Result<Answer, Fault> {
        let wrong = |why: &str| Fault::Refused(format!("its address makes no sense: {why}"));
        let url = Url::parse(&self.place.address(key)).map_err(|error| wrong(&error.to_string()))?;
        let host = url.host_str().ok_or_else(|| wrong("it has no server"))?;
        headers.push(("host", url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"))));
        let request = Request { method, path: url.path(), headers, content };
        let signed = request.signed(&self.keys, &self.place.region, self.clock.now());
        let method = http::Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let mut sent = self.client.request(method, url.clone()).body(content.to_vec());
        for (name, value) in signed {
            sent = sent.header(name, value);
        }
        self.runtime.block_on(async {
            let mut answer = sent.send().await.map_err(fault)?;
            let mark = answer.headers().get(http::header::ETAG).and_then(|mark| mark.to_str().ok());
            let (status, mark) = (answer.status().as_u16(), mark.map(str::to_owned));
            let mut body = Vec::new();
            // One byte more than a pointer may have, so that it is not taken for one.
            while let Some(chunk) = answer.chunk().await.map_err(fault)?
                && body.len() <= LARGEST
            {
                body.extend_from_slice(&chunk);
            }
            Answer { status, mark, body }.good()
        })
    }

    /// Sends a request that may be sent twice, until it is answered or the tries are used up.
    fn settle(
        &self,
        key: &str,
        doing: &str,
        mut attempt: impl FnMut() -> Result<Answer, Fault>,
    ) -> Result<Answer, Ended> {
        let mut pauses = 0;
        loop {
            let why = match attempt() {
                Err(Fault::Passing(why) | Fault::NotSent(why)) => why,
                other => return other.map_err(Ended::Fault),
            };
            if !self.pause(pauses, key, doing, &why) {
                return Err(Ended::UsedUp(why));
            }
            pauses += 1;
        }
    }

    /// Pauses after a fault; false where no try is left.
    fn pause(&self, done: usize, key: &str, doing: &str, why: &str) -> bool {
        let why = self.keys.hide_in(&format!("cannot {doing} `{key}` in the bucket: {why}"));
        self.patience.pause(done, &why)
    }

    fn failed(&self, key: &str, doing: &str, ended: Ended) -> Failure {
        let address = self.place.address(key);
        let message = |why: &str| self.keys.hide_in(&format!("cannot {doing} `{address}`: {why}"));
        match ended {
            Ended::UsedUp(why) | Ended::Fault(Fault::Passing(why) | Fault::NotSent(why)) => {
                Failure::of(Cause::Bucket, message(&why))
            }
            Ended::Fault(Fault::Condition) => {
                Failure::of(Cause::Bucket, message("somebody else writes it at the same time"))
            }
            Ended::Fault(Fault::NoObject) => Failure::of(Cause::Bucket, message("it is not there")),
            Ended::Fault(Fault::NoBucket) => Failure::new(
                Cause::BucketRefused,
                message(&format!("there is no bucket `{}`", self.place.bucket)),
                "make it, or correct `pointers.s3` in `config/release.yaml`",
            ),
            Ended::Fault(Fault::NoConditions) => Failure::of(
                Cause::BucketUnguarded,
                message("the server takes a write whose condition does not hold, or knows no conditions"),
            ),
            Ended::Fault(Fault::Barred(why, hint)) => Failure::new(Cause::Bucket, message(&why), hint),
            Ended::Fault(Fault::Refused(why)) => Failure::new(Cause::BucketRefused, message(&why), RIGHTS),
        }
    }
}

/// Why a request has no answer to take.
enum Ended {
    Fault(Fault),
    /// The tries are used up.
    UsedUp(String),
}

impl Bucket for S3 {
    fn read(&self, key: &str) -> Result<Option<Object>, Failure> {
        match self.settle(key, "read", || self.send("GET", key, Vec::new(), b"")) {
            Ok(Answer { mark: Some(mark), body, .. }) => Ok(Some(Object { content: body, mark })),
            Ok(Answer { mark: None, .. }) => {
                Err(self.failed(key, "read", Ended::UsedUp("the answer has no `ETag`".to_owned())))
            }
            Err(Ended::Fault(Fault::NoObject)) => Ok(None),
            Err(ended) => Err(self.failed(key, "read", ended)),
        }
    }

    fn prove(&self) -> Result<(), Failure> {
        self.prove_conditions()
    }

    fn write(&self, key: &str, content: &[u8], over: Option<&Object>) -> Result<Written, Failure> {
        self.prove_conditions()?;
        let condition = over.map_or(Condition::Nothing, |object| Condition::Same(&object.mark));
        let (of, done) = self.pauses.take();
        let done = if of == key { done } else { 0 };
        match self.put(key, content, condition) {
            Ok(_) => Ok(Written::Done),
            // What was to be replaced may be gone.
            Err(Fault::Condition | Fault::NoObject) => Ok(Written::Overtaken),
            Err(Fault::Passing(why) | Fault::NotSent(why)) => {
                if self.pause(done, key, "write", &why) {
                    self.pauses.replace((key.to_owned(), done + 1));
                    return Ok(Written::Doubtful);
                }
                Err(self.failed(key, "write", Ended::UsedUp(why)))
            }
            Err(fault) => Err(self.failed(key, "write", Ended::Fault(fault))),
        }
    }
}

/// What an error of the client asks for.
fn fault(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    let words = innermost(&error);
    match Barrier::among(&error) {
        Some(barrier) => Fault::Barred(words, barrier.hint()),
        None if error.is_connect() => Fault::NotSent(words),
        None => Fault::Passing(words),
    }
}

/// The innermost words of an error: the outer ones say only that sending failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let last = std::iter::successors(Some(error), |one| one.source()).last();
    terminal_line(&last.map(ToString::to_string).unwrap_or_default())
}
