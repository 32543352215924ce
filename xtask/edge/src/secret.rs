//! Texts that must not be seen: a token, and nothing that prints it. Never writes one anywhere.

use std::fmt;

/// The variables that hold secrets of a run. A program that a run starts inherits none of them, unless its call says so.
pub mod variables {
    /// The token of the forge.
    pub const TOKEN: &str = "GITHUB_TOKEN";
    /// The text of the secret key that signs releases.
    pub const RELEASE_KEY: &str = "SLIPWAY_RELEASE_KEY";
    /// Its password, where it has one.
    pub const RELEASE_KEY_PASSWORD: &str = "SLIPWAY_RELEASE_KEY_PASSWORD";
    /// The text of the secret key that signs the pointers of channels.
    pub const CHANNEL_KEY: &str = "SLIPWAY_CHANNEL_KEY";
    /// Its password, where it has one.
    pub const CHANNEL_KEY_PASSWORD: &str = "SLIPWAY_CHANNEL_KEY_PASSWORD";
    /// The same as the token for GitHub's own program; it counts where the first is empty.
    pub const PROGRAM_TOKEN: &str = "GH_TOKEN";
    /// Where tokens of the forge lie.
    pub const TOKENS: [&str; 2] = [TOKEN, PROGRAM_TOKEN];
    /// The name of the key that opens the bucket of pointers.
    pub const BUCKET_ID: &str = "AWS_ACCESS_KEY_ID";
    /// That key.
    pub const BUCKET_KEY: &str = "AWS_SECRET_ACCESS_KEY";
    /// What goes with it where it lasts for a session only.
    pub const BUCKET_SESSION: &str = "AWS_SESSION_TOKEN";
    /// What opens the bucket. Programs that ask for the credentials of a registry may need it, because they belong to its owner, too.
    pub const BUCKET: [&str; 3] = [BUCKET_ID, BUCKET_KEY, BUCKET_SESSION];
    /// What belongs to the keys. No program needs it.
    pub const KEYS: [&str; 4] = [RELEASE_KEY, RELEASE_KEY_PASSWORD, CHANNEL_KEY, CHANNEL_KEY_PASSWORD];
}

/// What stands where a secret was.
const HIDDEN: &str = "[hidden]";

/// A text that no log, error or `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret without the white space around it; `None` for an empty one, which is how CI says that there is none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The same text with every appearance of the secret replaced.
    #[must_use]
    pub fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0, HIDDEN)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// The same text without the `user:password@` part of any address in it.
#[must_use]
pub fn hide_user_info(text: &str) -> String {
    let mut rest = text;
    let mut clean = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'').unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str(HIDDEN);
                clean.push('@');
                clean.push_str(host);
            }
            None => clean.push_str(authority),
        }
        rest = tail;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new(" ghs_abc\n").expect("not empty");
        assert_eq!(format!("{secret:?}"), "[hidden]");
        assert_eq!(secret.hide_in("a ghs_abc b ghs_abc"), "a [hidden] b [hidden]");
        assert_eq!(secret.reveal(), "ghs_abc");
    }

    #[test]
    fn an_empty_variable_is_no_secret() {
        assert_eq!(Secret::new(" \n"), None);
    }

    #[test]
    fn addresses_lose_their_user_and_password() {
        assert_eq!(
            hide_user_info("fatal: 'https://me:pass@forge.example/a/b.git/' and https://forge.example/c@d"),
            "fatal: 'https://[hidden]@forge.example/a/b.git/' and https://forge.example/c@d"
        );
    }
}
