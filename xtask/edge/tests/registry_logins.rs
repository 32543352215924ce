//! Registries that ask who comes: `docker-registry` with passwords and with a token service, and the logins of the Docker client.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the functions beside the tests may fail a test too")]

mod running;
mod scripted;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use release_core::finding::Cause;
use release_edge::failure::Failure;
use release_edge::registry::{OciRegistry, Registry as _, RegistryAccess};
use running::Running;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use scripted::{Seen, Server, json};
use serde_json::{Value, json as value};

const USER: &str = "robot";
const PASSWORD: &str = "open-sesame";
const IDENTITY: &str = "identity-of-the-robot";
/// `robot` and `open-sesame`, as `htpasswd -B` writes them.
const PASSWORDS: &str = "robot:$2b$04$dvGHwQqJDAGiXfmmUke9Fu2GnoeIaSa8Tl5NmR2bZHuGmmfVErpWG\n";
/// The key of the token service, which opens nothing but the registries of these tests, and its certificate.
const KEY: &str = include_str!("token_service/key.pem");
const CERTIFICATE: &str = include_str!("token_service/certificate.pem");
const SERVICE: &str = "registry.test";
const ISSUER: &str = "token service of a test";
const REPOSITORY: &str = "acme/app";

/// A folder with an image in it, for registries to start on.
fn filled() -> (tempfile::TempDir, String) {
    let storage = tempfile::tempdir().unwrap();
    let open = Running::start(storage.path(), "");
    let (index, _) = open.push_image(REPOSITORY, "1.2.3");
    open.push_image("acme/other", "1.2.3");
    (storage, index.prefixed())
}

/// A registry on that folder which knows the robot by its password.
fn with_passwords(storage: &Path) -> Running {
    let file = storage.join("htpasswd");
    std::fs::write(&file, PASSWORDS).unwrap();
    Running::start(storage, &format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", file.display()))
}

/// A registry on that folder which takes the tokens of a service.
fn with_tokens(storage: &Path, service: &Server) -> Running {
    let file = storage.join("certificate.pem");
    std::fs::write(&file, CERTIFICATE).unwrap();
    let auth = format!(
        "auth:\n  token:\n    realm: {}/token\n    service: {SERVICE}\n    issuer: {ISSUER}\n    rootcertbundle: {}\n",
        service.url,
        file.display()
    );
    Running::start(storage, &auth)
}

/// What stands between the lines of a PEM file.
fn inside(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

/// A service that gives the robot what it asks for, and nobody else anything.
fn token_service() -> Server {
    Server::with(|seen| {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        assert_eq!(path, "/token");
        let form = String::from_utf8(seen.body.clone()).unwrap();
        let asked = if seen.method == "POST" { &form } else { query };
        if !is_the_robot(seen, asked) {
            return json(
                401,
                r#"{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}"#,
            );
        }
        let scope = parameter(asked, "scope").unwrap();
        json(200, value!({ "access_token": token(&scope), "token": token(&scope), "expires_in": 300 }))
    })
}

fn is_the_robot(seen: &Seen, asked: &str) -> bool {
    if seen.method == "POST" {
        return parameter(asked, "grant_type").as_deref() == Some("refresh_token")
            && parameter(asked, "refresh_token").as_deref() == Some(IDENTITY)
            && parameter(asked, "service").as_deref() == Some(SERVICE);
    }
    let basic = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    seen.header("authorization") == Some(basic.as_str())
}

fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, text)| text.into_owned())
}

/// A token for a scope, signed by the service.
fn token(scope: &str) -> String {
    let mut parts = scope.splitn(3, ':');
    let (kind, name, actions) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let head = value!({ "typ": "JWT", "alg": "RS256", "x5c": [inside(CERTIFICATE)] });
    let claims = value!({
        "iss": ISSUER, "sub": USER, "aud": SERVICE, "exp": now + 300, "nbf": now - 60, "iat": now, "jti": "1",
        "access": [{ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }],
    });
    let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encoded(&head), encoded(&claims));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(STANDARD.decode(inside(KEY)).unwrap()));
    let signer =
        any_supported_type(&key).unwrap().choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signer.sign(signed.as_bytes()).unwrap()))
}

/// The Docker client's file with this entry for a registry.
fn logged_in(folder: &Path, registry: &str, entry: &Value) -> PathBuf {
    let path = folder.join("config.json");
    std::fs::write(&path, value!({ "auths": { registry: entry } }).to_string()).unwrap();
    path
}

fn password(password: &str) -> Value {
    value!({ "auth": STANDARD.encode(format!("{USER}:{password}")) })
}

/// What one image leads to, for somebody with these logins.
fn resolve(registry: &Running, logins: Option<PathBuf>) -> Result<Option<String>, Failure> {
    let client = OciRegistry::new(RegistryAccess { docker: logins, ..RegistryAccess::default() }).unwrap();
    let reference = format!("{}/{REPOSITORY}:1.2.3", registry.address);
    let found = client.resolve(&[reference])?;
    Ok(found.into_iter().flatten().next().map(|found| found.digest.prefixed()))
}

#[track_caller]
fn is_denied_in_silence(result: Result<Option<String>, Failure>) {
    let failure = result.unwrap_err();
    assert_eq!(failure.cause, Cause::Registry, "{failure}");
    assert!(failure.hint.contains("log in"), "{}", failure.hint);
    let said = format!("{failure:?}");
    assert!(![PASSWORD, IDENTITY, "wrong-word"].iter().any(|secret| said.contains(secret)), "{said}");
}

#[test]
fn a_registry_with_passwords_opens_to_the_login_of_the_docker_client_and_to_nobody_else() {
    let (storage, index) = filled();
    let registry = with_passwords(storage.path());
    let with = |entry: Value| resolve(&registry, Some(logged_in(storage.path(), &registry.address, &entry)));
    assert_eq!(with(password(PASSWORD)).unwrap(), Some(index));
    is_denied_in_silence(with(password("wrong-word")));
    is_denied_in_silence(resolve(&registry, None));
    is_denied_in_silence(resolve(&registry, Some(storage.path().join("nowhere.json"))));
}

#[test]
fn a_token_service_is_given_the_password_and_the_registry_its_token() {
    let (storage, index) = filled();
    let service = token_service();
    let registry = with_tokens(storage.path(), &service);
    let with = |entry: Value| resolve(&registry, Some(logged_in(storage.path(), &registry.address, &entry)));
    assert_eq!(with(password(PASSWORD)).unwrap(), Some(index));
    assert!(service.seen().iter().any(|seen| seen.target.contains("scope=repository%3Aacme%2Fapp%3Apull")));
    is_denied_in_silence(with(password("wrong-word")));
    is_denied_in_silence(resolve(&registry, None));
}

#[test]
fn an_identity_token_is_exchanged_for_a_token_of_each_repository() {
    let (storage, index) = filled();
    let service = token_service();
    let registry = with_tokens(storage.path(), &service);
    let entry = value!({ "auth": STANDARD.encode("00000000-0000-0000-0000-000000000000:"), "identitytoken": IDENTITY });
    let logins = logged_in(storage.path(), &registry.address, &entry);
    let access = RegistryAccess { docker: Some(logins), ..RegistryAccess::default() };
    let client = OciRegistry::new(access).unwrap();
    let name = |repository: &str, tag: &str| format!("{}/{repository}:{tag}", registry.address);
    let references = [name(REPOSITORY, "1.2.3"), name("acme/other", "1.2.3"), name(REPOSITORY, "9.9.9")];
    let found = client.resolve(&references).unwrap();
    let digests: Vec<_> = found.iter().map(|one| one.as_ref().map(|one| one.digest.prefixed())).collect();
    assert_eq!(digests.first(), Some(&Some(index)));
    assert!(matches!(digests.as_slice(), [Some(_), Some(_), None]), "{digests:?}");
    assert_eq!(client.exist(&references).unwrap(), [true, true, false]);
    assert!(service.seen().iter().all(|seen| seen.method == "POST"));
    let wrong = value!({ "identitytoken": "wrong-word" });
    is_denied_in_silence(resolve(&registry, Some(logged_in(storage.path(), &registry.address, &wrong))));
}

#[test]
fn a_tag_is_made_with_a_token_that_may_push() {
    let (storage, index) = filled();
    let service = token_service();
    let registry = with_tokens(storage.path(), &service);
    for (tag, entry) in [("2.0.0", password(PASSWORD)), ("2.0.1", value!({ "identitytoken": IDENTITY }))] {
        let logins = logged_in(storage.path(), &registry.address, &entry);
        let access = RegistryAccess { docker: Some(logins), ..RegistryAccess::default() };
        let client = OciRegistry::new(access).unwrap();
        let image = format!("{}/{REPOSITORY}", registry.address);
        let digest = index.clone().try_into().unwrap();
        client.tag(&image, &digest, tag).unwrap();
        assert_eq!(client.exist(&[format!("{image}:{tag}")]).unwrap(), [true]);
    }
}

#[test]
fn a_broken_file_of_the_docker_client_stops_what_would_need_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    std::fs::write(&path, format!("{{\"auths\": {{\"ghcr.io\": {{\"auth\": \"{PASSWORD}\n")).unwrap();
    let client =
        OciRegistry::new(RegistryAccess { docker: Some(path), ..RegistryAccess::default() }).unwrap();
    let failure = client.resolve(&["ghcr.io/acme/app:1.2.3".to_owned()]).unwrap_err();
    assert_eq!(failure.cause, Cause::Configuration);
    assert!(failure.message.contains("config.json") && !failure.message.contains(PASSWORD), "{failure}");
    assert_eq!(client.requests(), 0);
}

#[test]
fn a_registry_on_this_machine_is_asked_without_encryption_as_docker_does() {
    let (storage, index) = filled();
    let registry = Running::start(storage.path(), "");
    assert_eq!(resolve(&registry, None).unwrap(), Some(index));
}
