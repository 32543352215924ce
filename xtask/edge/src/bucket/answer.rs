//! What an answer of a bucket's server asks for. Never waits and never sends.

use release_core::untrusted::terminal_line;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The server's name for the state of the object.
    pub(super) mark: Option<String>,
    /// The body, of a long one the beginning.
    pub(super) body: Vec<u8>,
}

/// What came of one request that did not succeed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may pass; whether anything happened nobody knows.
    Passing(String),
    /// No connection was made: nothing happened.
    NotSent(String),
    /// Another request was first, or a condition does not hold.
    Condition,
    /// There is no such object.
    NoObject,
    /// There is no such bucket.
    NoBucket,
    /// The server does not know conditions.
    NoConditions,
    /// Something stands in the way that does not pass by itself; says what helps.
    Barred(String, &'static str),
    /// The server refuses.
    Refused(String),
}

impl Answer {
    /// The answer where it is good, else what it asks for.
    pub(super) fn good(self) -> Result<Self, Fault> {
        let code = self.element("Code");
        let fault = match (self.status, code.as_str()) {
            (200..=299, _) => return Ok(self),
            (_, "NoSuchBucket") => Fault::NoBucket,
            (404, _) => Fault::NoObject,
            (409 | 412, _) => Fault::Condition,
            (501, _) => Fault::NoConditions,
            (408 | 429 | 500.., _) => Fault::Passing(self.described()),
            _ => Fault::Refused(self.described()),
        };
        Err(fault)
    }

    fn described(&self) -> String {
        let said = [self.element("Code"), self.element("Message")];
        let said: Vec<String> = said.into_iter().filter(|words| !words.is_empty()).collect();
        match said.is_empty() {
            true => format!("the server answered {}", self.status),
            false => format!("the server answered {}: {}", self.status, said.join(": ")),
        }
    }

    /// The text of an element of the server's complaint, made safe. It is shown to people and compared with known words, so that nothing is
    /// gained by reading the rest.
    fn element(&self, name: &str) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let text = body.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
        text.map(|(text, _)| terminal_line(&text.chars().take(400).collect::<String>())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, code: &str) -> Fault {
        let body = format!(
            "<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>It\u{1b} said so</Message></Error>"
        );
        Answer { status, mark: None, body: body.into_bytes() }.good().expect_err("a fault")
    }

    #[test]
    fn every_answer_of_a_bucket_asks_for_one_thing() {
        assert_eq!(fault(404, "NoSuchBucket"), Fault::NoBucket);
        assert_eq!(fault(404, "NoSuchKey"), Fault::NoObject);
        assert_eq!(fault(412, "PreconditionFailed"), Fault::Condition);
        assert_eq!(fault(409, "ConditionalRequestConflict"), Fault::Condition);
        assert_eq!(fault(501, "NotImplemented"), Fault::NoConditions);
        for status in [408, 429, 500, 503] {
            assert!(matches!(fault(status, "SlowDown"), Fault::Passing(_)), "{status}");
        }
        for status in [301, 400, 401, 403] {
            let Fault::Refused(words) = fault(status, "AccessDenied") else { panic!("{status}") };
            assert!(words.contains(&format!("{status}: AccessDenied: It")), "{words}");
            assert!(!words.contains('\u{1b}'), "{words}");
        }
        let bare = Answer { status: 403, mark: None, body: b"no".to_vec() }.good().expect_err("a fault");
        assert_eq!(bare, Fault::Refused("the server answered 403".to_owned()));
    }
}
