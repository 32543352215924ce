//! Proves to the server of a bucket who asks: version 4 of Amazon's signatures, in the header of a request. Its two uses need no query, and
//! no name that would have to be escaped.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use bundle_format::digest::Sha256Hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use crate::secret::Secret;

/// What opens a bucket.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The name of the key.
    pub id: Secret,
    /// The key.
    pub secret: Secret,
    /// What goes with it where it lasts for a session only.
    pub session: Option<Secret>,
}

impl Keys {
    /// A text of the other side without what opens the bucket.
    pub(super) fn hide_in(&self, text: &str) -> String {
        let text = self.secret.hide_in(text);
        self.session.iter().fold(text, |text, session| session.hide_in(&text))
    }
}

/// What is signed of a request.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// The path of its address.
    pub(super) path: &'a str,
    /// Its headers, in lower case.
    pub(super) headers: Vec<(&'a str, String)>,
    pub(super) content: &'a [u8],
}

impl Request<'_> {
    /// The headers with which it is sent: its own, and those that prove who asks.
    pub(super) fn signed(mut self, keys: &Keys, region: &str, now: Timestamp) -> Vec<(String, String)> {
        let (day, time) = (now.strftime("%Y%m%d").to_string(), now.strftime("%Y%m%dT%H%M%SZ").to_string());
        let content = Sha256Hex::of(self.content).to_string();
        self.headers.push(("x-amz-content-sha256", content.clone()));
        self.headers.push(("x-amz-date", time.clone()));
        if let Some(session) = &keys.session {
            self.headers.push(("x-amz-security-token", session.reveal().to_owned()));
        }
        self.headers.sort();
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let asked = format!("{}\n{}\n\n{headers}\n{names}\n{content}", self.method, self.path);
        let scope = format!("{day}/{region}/s3/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", Sha256Hex::of(asked.as_bytes()));
        let first = format!("AWS4{}", keys.secret.reveal()).into_bytes();
        let key =
            [day.as_str(), region, "s3", "aws4_request"].iter().fold(first, |key, part| mac(&key, part));
        let signature: String = mac(&key, &text).iter().map(|byte| format!("{byte:02x}")).collect();
        let credential = format!("{}/{scope}", keys.id.reveal());
        let proof =
            format!("AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}");
        let mut signed: Vec<(String, String)> =
            self.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        signed.push(("authorization".to_owned(), proof));
        signed
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // A key may have any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, in 2013: its host, key and time.
    fn authorization(method: &str, path: &str, more: &[(&'static str, &str)], content: &[u8]) -> String {
        let mut headers = vec![("host", "examplebucket.s3.amazonaws.com".to_owned())];
        headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let secret = |text: &str| Secret::new(text).expect("not empty");
        let keys = Keys {
            id: secret("AKIAIOSFODNN7EXAMPLE"),
            secret: secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session: None,
        };
        let now = "2013-05-24T00:00:00Z".parse().expect("a time");
        let signed = Request { method, path, headers, content }.signed(&keys, "us-east-1", now);
        signed.into_iter().find(|(name, _)| name == "authorization").expect("one").1
    }

    #[test]
    fn the_signatures_are_those_of_the_examples_in_the_specification() {
        let read = authorization("GET", "/test.txt", &[("range", "bytes=0-9")], b"");
        assert_eq!(
            read,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let headers =
            [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
        let written = authorization("PUT", "/test%24file.text", &headers, b"Welcome to Amazon S3.");
        let signature = "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        assert!(written.ends_with(signature), "{written}");
    }

    #[test]
    fn the_token_of_a_session_is_signed_as_well() {
        let secret = |text: &str| Secret::new(text).expect("not empty");
        let keys = Keys { id: secret("id"), secret: secret("key"), session: Some(secret("token")) };
        let request = Request { method: "GET", path: "/b/k", headers: Vec::new(), content: b"" };
        let signed = request.signed(&keys, "auto", Timestamp::UNIX_EPOCH);
        assert!(signed.contains(&("x-amz-security-token".to_owned(), "token".to_owned())));
        let proof = &signed.last().expect("one").1;
        assert!(
            proof.contains("SignedHeaders=x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
            "{proof}"
        );
        assert!(!format!("{keys:?} {}", keys.hide_in("key, token")).contains("token"));
    }
}
