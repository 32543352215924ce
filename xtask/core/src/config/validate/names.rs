//! What names may look like: paths, branches, images, registries. Pure questions about a text; never knows where it came from.

/// Lower-case letters, digits and hyphens, beginning with a letter or digit.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(allowed)
}

/// A path below the root of the repository or of a bundle: relative, with `/`, without empty, `.` and `..` parts, and the same on
/// every file system.
#[must_use]
pub fn is_relative_path(text: &str) -> bool {
    let forbidden = |letter: char| {
        letter.is_control() || matches!(letter, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    !text.is_empty()
        && !text.contains(forbidden)
        && text.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// A branch, by the rules of `git check-ref-format --branch`.
#[must_use]
pub fn is_branch(text: &str) -> bool {
    let forbidden = |letter: char| {
        letter.is_ascii_control() || matches!(letter, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    !text.starts_with('-')
        && !matches!(text, "@" | "HEAD")
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains(forbidden)
        && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// A Git remote: a branch name in one part.
#[must_use]
pub fn is_remote(text: &str) -> bool {
    is_branch(text) && !text.contains('/')
}

/// The user or organisation that owns a repository: letters, digits, `-` and `_`, at most 39 of them and no hyphen outside.
#[must_use]
pub fn is_owner(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=39).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(allowed)
}

/// A repository's name: letters, digits, `-`, `_` and `.`, at most 100 of them, without `.git` at the end.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=100).contains(&text.len())
        && !matches!(text, "." | "..")
        && !text.ends_with(".git")
        && text.bytes().all(allowed)
}

/// The name of an image below its registry's path, by the grammar of the OCI distribution specification.
#[must_use]
pub fn is_image_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.split('/').all(is_image_part)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_image_part(part: &str) -> bool {
    let alphanumeric = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let separators = part.split(alphanumeric).filter(|between| !between.is_empty());
    part.starts_with(alphanumeric)
        && part.ends_with(alphanumeric)
        && separators
            .into_iter()
            .all(|between| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

/// A registry with the path that images lie under: a host, perhaps a port, and image-name parts.
#[must_use]
pub fn is_registry(text: &str) -> bool {
    let (authority, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // Without a dot or a port, only `localhost` is told from the first part of a path.
    let is_host = host.contains('.') || port.is_some() || host == "localhost";
    is_host
        && host.split('.').all(label)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0))
        && path.is_none_or(is_image_name)
}

/// One pre-release identifier of Semantic Versioning that a number can follow: letters, digits and hyphens, not only digits.
#[must_use]
pub fn is_prerelease(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.bytes().any(|byte| !byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(question: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(question(text), "{text:?}");
        }
        for text in no {
            assert!(!question(text), "{text:?}");
        }
    }

    #[test]
    fn names() {
        table(is_name, &["a", "my-platform", "7zip"], &["", "-a", "A", "a_b", "a.b", "ä"]);
    }

    #[test]
    fn relative_paths() {
        let no = ["", "/a", "../a", "a/../b", "a//b", "a/", "./a", ".", "a\\b", "C:/a", "a\nb", "a*"];
        table(is_relative_path, &["a", "a/b.txt", ".env.template", "a b/c"], &no);
    }

    #[test]
    fn branches_and_remotes() {
        let no = [
            "", "-a", "@", "HEAD", "a..b", "a.", "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.lock/b",
            "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{b", "a\u{7f}",
        ];
        table(is_branch, &["main", "release/1.2", "feature/#12", "ä"], &no);
        table(is_remote, &["origin", "my.fork"], &["", "a/b", "-x"]);
    }

    #[test]
    fn owners_and_repositories() {
        table(is_owner, &["acme", "a-b", "someone_acme"], &["", "-a", "a-", "a.b", "a/b", &"x".repeat(40)]);
        table(
            is_repository,
            &["core", "a.b", "-", "_"],
            &["", ".", "..", "a.git", "a b", "a/b", &"x".repeat(101)],
        );
    }

    #[test]
    fn images_and_registries() {
        let names_no = ["", "A", "a/", "/a", "-a", "a-", "a___b", "a..b", "a:b", "a@b", "a._b"];
        table(is_image_name, &["api", "a/b", "a-b", "a--b", "a__b", "a.b_c"], &names_no);
        let registries =
            ["ghcr.io/acme/platform", "ghcr.io", "localhost/x", "localhost:5000", "127.0.0.1:5000/a"];
        let no = [
            "",
            "acme/platform",
            "https://ghcr.io/a",
            "ghcr.io/A",
            "ghcr.io/a:v1",
            "ghcr.io/",
            "a.b:0/c",
            "a.b:x",
            ".b/c",
        ];
        table(is_registry, &registries, &no);
    }

    #[test]
    fn prereleases() {
        table(is_prerelease, &["rc", "nightly", "a-1", "0a"], &["", "1", "rc.1", "rc+1", "ä"]);
    }
}
