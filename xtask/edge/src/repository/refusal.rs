//! What the git program and the other side mean when they refuse: cause and remedy for each known answer. Never hides their words.

use release_core::finding::Cause;

use super::access::RemoteAccess;
use crate::failure::Failure;
use crate::shell::Output;

/// One known answer.
struct Answer {
    /// Its name.
    #[cfg_attr(not(test), expect(dead_code, reason = "names the entry that a test found wrong"))]
    id: &'static str,
    /// Any of these in lower case, in what was said.
    said: &'static [&'static str],
    /// What it means; `None` where that depends on whether there was a token.
    cause: Option<Cause>,
    /// What to do.
    hint: &'static str,
}

const PROTECTED: &str = "the branch refuses direct pushes: set `mode: tag-only` or `mode: release-pr` in `config/release.yaml`, \
                         or let the releasing account bypass the rule";

/// Known answers, the most telling first: a push that the forge refuses holds several of them.
const ANSWERS: &[Answer] = &[
    Answer {
        id: "workflow-right",
        said: &["without `workflow` scope", "without `workflows` permission"],
        cause: Some(Cause::TokenRights),
        hint: "the commit changes `.github/workflows`: use a token with the right `workflows: write`; the token of a workflow run \
               can never have it",
    },
    Answer {
        id: "tag-burned",
        said: &["immutable release"],
        cause: Some(Cause::VersionBurned),
        hint: "the tag name belonged to an immutable release and can never be used again: release the next patch",
    },
    // GH006 and GH013 are the numbers that GitHub's answers to pushes carry for protected branches and for rulesets.
    Answer {
        id: "protected-branch",
        said: &["gh006", "protected branch hook declined", "protected branch update failed"],
        cause: Some(Cause::PushRefused),
        hint: PROTECTED,
    },
    Answer {
        id: "ruleset",
        said: &["gh013", "repository rule violations"],
        cause: Some(Cause::PushRefused),
        hint: PROTECTED,
    },
    Answer {
        id: "hook",
        said: &["hook declined"],
        cause: Some(Cause::PushRefused),
        hint: "a hook of the remote refused; if it protects the branch, set `mode: tag-only` or `mode: release-pr` in \
               `config/release.yaml`",
    },
    Answer {
        id: "not-atomic",
        said: &["does not support --atomic"],
        cause: Some(Cause::PushRefused),
        hint: "the remote cannot move branch and tag together, which a release needs: use a server that can, or `mode: tag-only`",
    },
    Answer {
        id: "no-room",
        said: &["cannot create", "directory/file conflict", "file exists"],
        cause: Some(Cause::PushRefused),
        hint: "another branch or tag of the remote takes the name, as `slipway` takes that of `slipway/release`, or another push \
               holds its lock: run again, and remove what is in the way where it stays so",
    },
    Answer {
        id: "lost-race",
        said: &["stale info", "incorrect old value", "cannot lock ref", "reference already exists"],
        cause: Some(Cause::Overtaken),
        hint: "somebody else pushed at the same moment, and nothing was pushed: run `git pull --tags`, then run again",
    },
    Answer {
        id: "no-repository",
        said: &["repository not found", "does not appear to be a git repository", "no such remote"],
        cause: Some(Cause::RemoteMissing),
        hint: "look at `git remote -v`; a forge also hides a private repository from a token that may not read it",
    },
    Answer {
        id: "foreign",
        said: &["dubious ownership"],
        cause: Some(Cause::RepositoryForeign),
        hint: "the repository belongs to another user; if you trust its content, add exactly its path to `safe.directory`",
    },
    Answer {
        id: "redirected",
        said: &["unable to update url base from redirection", "requested url returned error: 30"],
        cause: Some(Cause::RemoteMissing),
        hint: "the repository moved, and a token does not follow: set its new address with `git remote set-url`",
    },
    Answer {
        id: "not-allowed",
        said: &[
            "authentication failed",
            "could not read username",
            "could not read password",
            "permission denied",
            "permission to",
            "invalid credentials",
            "write access to repository not granted",
            "returned error: 401",
            "returned error: 403",
        ],
        cause: None,
        hint: "",
    },
    Answer {
        id: "stranger-host",
        said: &["host key verification failed"],
        cause: Some(Cause::Git),
        hint: "this machine does not know the remote's host key: connect once with `ssh`, or add the key to `known_hosts`",
    },
    // Last, because it goes with most of the answers above.
    Answer {
        id: "remote-rejected",
        said: &["[remote rejected]"],
        cause: Some(Cause::PushRefused),
        hint: "the remote refused for the reason it gives; nothing was changed",
    },
];

const TOKEN_WRONG: &str = "the token may not do this: it needs `contents: write` for this repository";
const TOKEN_NEEDED: &str = "set `GITHUB_TOKEN`, or give Git a key or credential helper for this remote";
const UNKNOWN: &str = "run again: a release continues where it stopped";

/// A failed call of the git program as a failure: `what` says what was tried, as in "reading the remote `origin`".
pub(super) fn explain(what: &str, output: &Output, access: &RemoteAccess) -> Failure {
    let words = words(output, access);
    let lower = words.to_lowercase();
    let answer = ANSWERS.iter().find(|answer| answer.said.iter().any(|said| lower.contains(said)));
    let (cause, hint) = match answer {
        Some(Answer { cause: Some(cause), hint, .. }) => (*cause, *hint),
        Some(_) if access.has_token() => (Cause::TokenRights, TOKEN_WRONG),
        Some(_) => (Cause::TokenMissing, TOKEN_NEEDED),
        None => (Cause::Git, UNKNOWN),
    };
    Failure::new(cause, format!("{what} failed: {words}"), hint)
}

/// The most characters of an answer that are passed on.
const LONGEST: usize = 2_000;

/// What was said, in one line that is safe for a terminal: refused references first, then the standard error.
fn words(output: &Output, access: &RemoteAccess) -> String {
    let refused = output.text();
    let refused =
        refused.lines().filter(|line| line.starts_with('!')).map(|line| line.trim_start_matches('!'));
    let said = output.error_text();
    let said = said.lines().filter(|line| !line.starts_with("hint:"));
    let lines: Vec<String> = refused.chain(said).map(plain).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return format!("git ended with {} and said nothing", output.status.unwrap_or(-1));
    }
    access.clean(&lines.join("; ")).chars().take(LONGEST).collect()
}

/// A line without control characters and without those that turn the direction of writing.
fn plain(line: &str) -> String {
    let directs =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced: String =
        line.chars().filter(|c| !directs(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn said(stderr: &str) -> Output {
        Output { status: Some(1), stdout: Vec::new(), stderr: stderr.into() }
    }

    #[test]
    fn every_answer_is_known_by_its_own_words() {
        for answer in ANSWERS {
            for words in answer.said {
                let failure = explain("pushing", &said(words), &RemoteAccess::new("origin"));
                let expected = answer.cause.unwrap_or(Cause::TokenMissing);
                assert_eq!(failure.cause, expected, "{}", answer.id);
                assert!(!failure.hint.is_empty(), "{}", answer.id);
            }
        }
    }

    #[test]
    fn github_answers_are_passed_on_with_what_helps() {
        let answer = "remote: error: GH006: Protected branch update failed for refs/heads/main.\n\
                      remote: error: Changes must be made through a pull request.\n\
                      To https://forge.example/a/b\n\
                      ! [remote rejected] main -> main (protected branch hook declined)";
        let failure = explain("pushing", &said(answer), &RemoteAccess::new("origin"));
        assert_eq!(failure.cause, Cause::PushRefused);
        assert!(failure.message.contains("Changes must be made through a pull request."), "{failure}");
        assert!(failure.hint.contains("`mode: tag-only`") && failure.hint.contains("`mode: release-pr`"));

        let answer = "! [remote rejected] main -> main (refusing to allow a GitHub App to create or update workflow \
                      `.github/workflows/ci.yml` without `workflows` permission)";
        let failure = explain("pushing", &said(answer), &RemoteAccess::new("origin"));
        assert_eq!(failure.cause, Cause::TokenRights);
        assert!(failure.hint.contains("`workflows: write`"), "{}", failure.hint);
    }

    #[test]
    fn a_refused_login_asks_for_a_token_or_for_a_better_one() {
        let answer = said("fatal: Authentication failed for 'https://forge.example/a/b/'");
        let without = RemoteAccess::new("origin");
        assert_eq!(explain("reading", &answer, &without).cause, Cause::TokenMissing);
        let token = Secret::new("ghs_abc").expect("not empty");
        let with = without.with_token("https://forge.example", token).expect("a forge");
        assert_eq!(explain("reading", &answer, &with).cause, Cause::TokenRights);
    }

    #[test]
    fn hostile_words_become_one_harmless_line() {
        let failure = explain(
            "pushing",
            &said("remote: \u{1b}[31mx\n::error::y\u{202e}z\r\nhint: no"),
            &RemoteAccess::new("o"),
        );
        assert_eq!(failure.message, "pushing failed: remote: [31mx; ::error::yz");
    }
}
