//! Who we are to registries as `docker login` left it: the client's `config.json`. Reads it once, and never writes it nor repeats a word of
//! what stands in it, which may be a password.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use serde::Deserialize;

use super::access::Credentials;
use super::helper;
use crate::failure::Failure;
use crate::secret::Secret;

/// The registry that names without a host mean, and what the Docker client calls it.
const DOCKER_HUB: (&str, &str) = ("docker.io", "https://index.docker.io/v1/");

/// What is read of `config.json`. Everything else in it is the client's own.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigFile {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    #[serde(default)]
    creds_store: String,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
}

/// What `config.json` has of one registry.
#[derive(Default, Deserialize)]
struct Entry {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    identitytoken: String,
    #[serde(default)]
    registrytoken: String,
}

/// The logins of the Docker client: nobody's where there is no file.
pub(super) struct DockerLogins {
    path: Option<PathBuf>,
    file: OnceCell<ConfigFile>,
    known: RefCell<BTreeMap<String, Option<Credentials>>>,
}

impl DockerLogins {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, file: OnceCell::new(), known: RefCell::default() }
    }

    /// Who we are to a registry; none where nobody logged in. A helper is asked once for each.
    pub(super) fn of(&self, registry: &str) -> Result<Option<Credentials>, Failure> {
        let Some(path) = &self.path else { return Ok(None) };
        if let Some(known) = self.known.borrow().get(registry) {
            return Ok(known.clone());
        }
        let file = match self.file.get() {
            Some(file) => file,
            None => {
                let read = read(path)?;
                self.file.get_or_init(|| read)
            }
        };
        let found = file.credentials(path, registry)?;
        self.known.borrow_mut().insert(registry.to_owned(), found.clone());
        Ok(found)
    }
}

impl ConfigFile {
    /// A helper of the registry wins over the one for all, and that over what stands in the file, as in the Docker client.
    fn credentials(&self, path: &Path, registry: &str) -> Result<Option<Credentials>, Failure> {
        let (name, client_name) = if registry == DOCKER_HUB.0 { DOCKER_HUB } else { (registry, registry) };
        let own = self.cred_helpers.get(client_name).or_else(|| self.cred_helpers.get(name));
        if let Some(helper) = own.or(Some(&self.creds_store)).filter(|helper| !helper.is_empty()) {
            return helper::ask(helper, client_name);
        }
        let entry = self.auths.get_key_value(client_name).or_else(|| {
            self.auths.iter().find(|(key, _)| [host_of(client_name), name].contains(&host_of(key)))
        });
        let Some((key, entry)) = entry else { return Ok(None) };
        entry.credentials().map_err(|why| {
            Failure::new(
                Cause::Configuration,
                format!("`{}`: `auths.{}.auth` {why}", path.display(), terminal_line(key)),
                "log in to that registry again with `docker login`, or take the entry out",
            )
        })
    }
}

impl Entry {
    fn credentials(&self) -> Result<Option<Credentials>, &'static str> {
        if let Some(token) = Secret::new(&self.registrytoken) {
            return Ok(Some(Credentials::RegistryToken(token)));
        }
        if let Some(token) = Secret::new(&self.identitytoken) {
            return Ok(Some(Credentials::IdentityToken(token)));
        }
        let (user, password) = if self.auth.is_empty() {
            (self.username.clone(), self.password.clone())
        } else {
            decoded(&self.auth)?
        };
        Ok(Secret::new(&password).map(|password| Credentials::Password { user, password }))
    }
}

/// User and password in `auth`: base64 of both with a colon between, which old clients padded with zeros.
fn decoded(auth: &str) -> Result<(String, String), &'static str> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(auth.trim()).map_err(|_| "is not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "is no text")?;
    let (user, password) = text.split_once(':').ok_or("has no colon between user and password")?;
    Ok((user.to_owned(), password.trim_matches('\0').to_owned()))
}

/// The host of a key, which old clients wrote as an address: `https://registry.example/v1/`.
fn host_of(key: &str) -> &str {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    bare.split('/').next().unwrap_or(bare)
}

fn read(path: &Path) -> Result<ConfigFile, Failure> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ConfigFile::default()),
        Err(error) => {
            let message =
                format!("cannot read the logins of the Docker client in `{}`: {error}", path.display());
            return Err(Failure::of(Cause::FileSystem, message));
        }
    };
    serde_json::from_slice(&text).map_err(|error| {
        // The parser's own words may repeat a value.
        let kind = if error.is_data() { "a value of another kind than the Docker client writes" } else { "no JSON" };
        Failure::new(
            Cause::Configuration,
            format!(
                "`{}`, the logins of the Docker client, has {kind} at line {}, column {}",
                path.display(),
                error.line(),
                error.column()
            ),
            "mend the file, or move it away and log in again with `docker login`; `DOCKER_CONFIG` names another folder",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file says of a registry, in short.
    fn of(text: &str, registry: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.json");
        std::fs::write(&path, text).expect("a file");
        let found = DockerLogins::new(Some(path)).of(registry).map_err(|failure| failure.to_string())?;
        Ok(match found {
            None => "nobody".to_owned(),
            Some(Credentials::Password { user, password }) => format!("{user}/{}", password.reveal()),
            Some(Credentials::IdentityToken(token)) => format!("identity {}", token.reveal()),
            Some(Credentials::RegistryToken(token)) => format!("token {}", token.reveal()),
        })
    }

    #[test]
    fn a_login_is_found_by_registry_however_the_client_wrote_its_key() {
        // `bWU6c2VjcmV0` is `me:secret`.
        for (text, registry, expected) in [
            (r#"{"auths":{"ghcr.io":{"auth":"bWU6c2VjcmV0"}}}"#, "ghcr.io", "me/secret"),
            (r#"{"auths":{"ghcr.io":{"auth":"bWU6c2VjcmV0"}}}"#, "quay.io", "nobody"),
            (r#"{"auths":{"https://ghcr.io":{"auth":"bWU6c2VjcmV0"}}}"#, "ghcr.io", "me/secret"),
            (
                r#"{"auths":{"https://r.example:5000/v1/":{"auth":"bWU6c2VjcmV0"}}}"#,
                "r.example:5000",
                "me/secret",
            ),
            (
                r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2VjcmV0"}}}"#,
                "docker.io",
                "me/secret",
            ),
            (r#"{"auths":{"docker.io":{"auth":"bWU6c2VjcmV0"}}}"#, "docker.io", "me/secret"),
            (r#"{"auths":{"r.example":{"auth":"bWU6YTpi"}}}"#, "r.example", "me/a:b"),
            (r#"{"auths":{"r.example":{"auth":"bWU6c2VjcmV0AAA="}}}"#, "r.example", "me/secret"),
            (r#"{"auths":{"r.example":{"username":"me","password":"secret"}}}"#, "r.example", "me/secret"),
            (r#"{"auths":{"r.example":{"auth":"bWU6","identitytoken":"abc"}}}"#, "r.example", "identity abc"),
            (r#"{"auths":{"r.example":{"registrytoken":"abc"}}}"#, "r.example", "token abc"),
            (r#"{"auths":{"r.example":{}},"HttpHeaders":{"User-Agent":"x"}}"#, "r.example", "nobody"),
            ("{}", "r.example", "nobody"),
        ] {
            assert_eq!(of(text, registry).as_deref(), Ok(expected), "{text} {registry}");
        }
    }

    #[test]
    fn without_a_file_nobody_is_logged_in() {
        assert!(matches!(DockerLogins::new(None).of("ghcr.io"), Ok(None)));
        let missing = DockerLogins::new(Some(PathBuf::from("/nowhere/config.json")));
        assert!(matches!(missing.of("ghcr.io"), Ok(None)));
    }

    #[test]
    fn a_broken_file_is_named_with_the_place_and_nothing_of_what_stands_in_it() {
        for (text, said) in [
            (r#"{"auths":{"r.example":{"auth":"hunter2"#, "no JSON at line 1"),
            (
                "{\n\"auths\":{\"r.example\":\"hunter2\"}}",
                "another kind than the Docker client writes at line 2",
            ),
            (r#"{"auths":{"r.example":{"auth":"hunter2!"}}}"#, "`auths.r.example.auth` is not base64"),
            (r#"{"auths":{"r.example":{"auth":"aHVudGVyMg=="}}}"#, "has no colon"),
        ] {
            let message = of(text, "r.example").expect_err("is broken");
            assert!(message.contains(said) && message.contains("config.json"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_file_is_read_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.json");
        std::fs::write(&path, r#"{"auths":{"ghcr.io":{"auth":"bWU6c2VjcmV0"}}}"#).expect("a file");
        let logins = DockerLogins::new(Some(path.clone()));
        assert!(matches!(logins.of("quay.io"), Ok(None)));
        std::fs::remove_file(path).expect("is gone");
        assert!(matches!(logins.of("ghcr.io"), Ok(Some(_))));
    }
}
