//! Credential helpers of the Docker client: `docker-credential-NAME get`, which reads the registry on standard input and writes what it
//! knows as JSON. Source: the protocol of docker-credential-helpers. Never repeats what a helper wrote to standard output.

use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use serde::Deserialize;

use super::access::Credentials;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::shell::Call;

/// What a helper writes where it knows nobody.
const NOBODY: &str = "credentials not found in native keychain";
/// The user name that says that the secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// What a helper writes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a helper who we are to a registry.
pub(super) fn ask(helper: &str, registry: &str) -> Result<Option<Credentials>, Failure> {
    let program = format!("docker-credential-{helper}");
    if helper.contains(['/', '\\']) {
        let hint = "correct it in the Docker client's `config.json`";
        return Err(failed(&program, registry, "its name holds a path", hint));
    }
    run(&program, registry)
}

fn run(program: &str, registry: &str) -> Result<Option<Credentials>, Failure> {
    let call = Call::new(program).arg("get").with_bucket_keys().input(registry);
    let output = call.run().map_err(|error| failed(program, registry, &error.reason, &error.hint()))?;
    if !output.succeeded() {
        // Those of the Docker client say this on standard output.
        if output.text().trim() == NOBODY {
            return Ok(None);
        }
        let said = output.error_text();
        let why = if said.trim().is_empty() { "it failed and did not say why" } else { said.trim() };
        return Err(failed(program, registry, why, "log in again with `docker login`, or run it by hand"));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|_| {
        let why = "its answer is not what a helper writes";
        failed(program, registry, why, "log in again with `docker login`, or run it by hand")
    })?;
    Ok(Secret::new(&answer.secret).map(|secret| match answer.username.as_str() {
        TOKEN_USER => Credentials::IdentityToken(secret),
        _ => Credentials::Password { user: answer.username, password: secret },
    }))
}

fn failed(program: &str, registry: &str, why: &str, hint: &str) -> Failure {
    let message = format!("cannot ask `{program}` for the login at `{registry}`: {why}");
    Failure::new(Cause::Registry, terminal_line(&message), hint)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// What a helper that runs this script says, and the script's folder.
    fn asked_of(script: &str) -> (Result<Option<Credentials>, Failure>, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("docker-credential-test");
        let log = folder.path().join("log");
        let text = format!("#!/bin/sh\necho \"$*\" > {0}\ncat >> {0}\n{script}\n", log.display());
        std::fs::write(&path, text).expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        (run(&path.display().to_string(), "registry.example:5000"), folder)
    }

    #[test]
    fn a_helper_reads_the_registry_on_standard_input_and_its_answer_is_read() {
        let (found, folder) =
            asked_of(r#"echo '{"ServerURL":"x","Username":"me","Secret":"secret"}'; echo noise >&2"#);
        let secret = |text: &str| Secret::new(text).expect("is one");
        let expected = Credentials::Password { user: "me".to_owned(), password: secret("secret") };
        assert_eq!(found.expect("an answer"), Some(expected));
        let log = std::fs::read_to_string(folder.path().join("log")).expect("a log");
        assert_eq!(log, "get\nregistry.example:5000");
        let (found, _) = asked_of(r#"echo '{"Username":"<token>","Secret":"abc"}'"#);
        assert_eq!(found.expect("an answer"), Some(Credentials::IdentityToken(secret("abc"))));
    }

    #[test]
    #[ignore = "run by another test, with variables of its own"]
    fn a_helper_looks_around_here() {
        let (found, folder) = asked_of(r#"env > "$(dirname "$0")/seen"; echo '{"Secret":"x"}'"#);
        assert!(found.expect("an answer").is_some());
        let seen = std::fs::read_to_string(folder.path().join("seen")).expect("a record");
        assert!(seen.contains("PATH=") && seen.contains("AWS_PROFILE=its-own"), "{seen}");
        let ours = |line: &&str| line.contains("canary") && !line.starts_with("AWS_");
        assert_eq!(seen.lines().find(ours), None, "{seen}");
        assert!(
            seen.contains("AWS_SECRET_ACCESS_KEY=canary"),
            "the same owner may have the registry: {seen}"
        );
    }

    #[test]
    fn a_helper_gets_what_it_needs_of_the_environment_and_no_secret_of_ours() {
        let name = "registry::helper::tests::a_helper_looks_around_here";
        crate::shell::tests::run_with_secrets(name, &[("AWS_PROFILE", "its-own")]);
    }

    #[test]
    fn a_helper_that_knows_nobody_leaves_us_nobody() {
        let (found, _) = asked_of("echo 'credentials not found in native keychain'; exit 1");
        assert_eq!(found.expect("no failure"), None);
    }

    #[test]
    fn a_helper_that_fails_is_named_and_its_output_is_not_repeated() {
        for (script, said) in [
            ("echo hunter2; echo 'the keychain is locked' >&2; exit 1", "the keychain is locked"),
            ("echo hunter2; exit 1", "did not say why"),
            ("echo '{\"Secret\": hunter2'", "not what a helper writes"),
        ] {
            let (found, _) = asked_of(script);
            let message = found.expect_err("fails").message;
            assert!(message.contains(said) && message.contains("docker-credential-test"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_helper_that_is_not_installed_or_names_a_path_is_a_failure_with_a_remedy() {
        let missing = ask("surely-not-installed", "registry.example").expect_err("fails");
        assert!(missing.hint.contains("docker-credential-surely-not-installed"), "{missing:?}");
        assert!(ask("../../bin/sh", "registry.example").is_err());
    }
}
