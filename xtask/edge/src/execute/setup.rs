//! The trial of a bundle's `setup-env.sh`: unpacked as an operator would, run, and its `.env` required to be complete. What it
//! writes never leaves the scratch folder, and no value of it is ever printed.

use std::path::Path;

use bundle_format::contract::{EnvironmentContract, Kind, Variable};
use bundle_format::dotenv::{EnvFile, complete};
use bundle_format::manifest::{FILE_NAME, Manifest};
use release_core::bundle::assets::bytes_of;
use release_core::finding::Cause;
use release_core::plan::{Bundle, Plan};
use release_core::receipt::Outcome;

use crate::failure::Failure;
use crate::shell::Call;

use crate::output::file_failure;

/// Stands for what only an operator can know; the trial is about everything else.
const TRIAL_VALUE: &str = "value-of-a-trial";

/// Tries the setup of one variant.
pub(super) fn try_setup(plan: &Plan, variant: &str) -> Result<Outcome, Failure> {
    let bundle = plan.bundles.iter().find(|bundle| bundle.variant == variant).ok_or_else(|| {
        Failure::of(
            Cause::Internal,
            format!("the plan has a step for the variant `{variant}` but no such bundle"),
        )
    })?;
    let manifest = manifest(bundle)?;
    let scratch = tempfile::tempdir()
        .map_err(|error| file_failure("create a folder in", &std::env::temp_dir(), &error))?;
    unpack(bundle, scratch.path())?;
    let mut arguments = vec!["./setup-env.sh".to_owned(), "--non-interactive".to_owned()];
    for name in asked(&manifest.environment) {
        arguments.push("--set".to_owned());
        arguments.push(format!("{name}={TRIAL_VALUE}"));
    }
    // The script is code of the platform: it gets what finds the base tools, and no token of this run.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let call = Call::new("sh").with_empty_environment().env("PATH", path).folder(scratch.path());
    let output = call.args(&arguments).run();
    let output = output.map_err(|error| failed(bundle, &error.to_string()))?;
    if !output.succeeded() {
        // The script promises to print no value, and the trial gave it none that matters.
        let said = release_core::untrusted::terminal_line(&output.error_text());
        return Err(failed(bundle, &format!("`setup-env.sh` failed: {said}")));
    }
    let path = scratch.path().join(".env");
    let text = std::fs::read_to_string(&path).map_err(|error| file_failure("read", &path, &error))?;
    let env = EnvFile::parse(&text)
        .map_err(|error| failed(bundle, &format!("its `.env` is unreadable: {error}")))?;
    let problems: Vec<String> =
        complete(&manifest.environment, &env).iter().map(ToString::to_string).collect();
    if problems.is_empty() { Ok(Outcome::Done) } else { Err(failed(bundle, &problems.join("; "))) }
}

/// The variables that only an operator can fill.
fn asked(contract: &EnvironmentContract) -> impl Iterator<Item = &str> {
    let manual = |variable: &&Variable| variable.required && matches!(variable.kind, Kind::Manual { .. });
    contract.variables.iter().filter(manual).map(|variable| variable.name.as_str())
}

fn failed(bundle: &Bundle, what: &str) -> Failure {
    Failure::new(
        Cause::SetupFailed,
        format!("the bundle `{}` cannot be set up: {what}", bundle.archive),
        "correct `config/env.yaml` or the template `bundle-templates/setup-env.sh.j2`",
    )
}

fn manifest(bundle: &Bundle) -> Result<Manifest, Failure> {
    let file = bundle.files.iter().find(|file| file.path == FILE_NAME);
    let bytes = file.and_then(|file| bytes_of(&file.path, &file.content).ok());
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        Failure::of(Cause::Internal, format!("`{}` has no readable `{FILE_NAME}`", bundle.archive))
    })
}

fn unpack(bundle: &Bundle, folder: &Path) -> Result<(), Failure> {
    for file in &bundle.files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| file_failure("create", parent, &error))?;
        }
        let content = bytes_of(&file.path, &file.content)
            .map_err(|error| Failure::of(Cause::Internal, error.to_string()))?;
        std::fs::write(&path, content).map_err(|error| file_failure("write", &path, &error))?;
    }
    Ok(())
}
