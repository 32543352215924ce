//! `generate`: everything in the repository that is generated from code, written or compared.

use std::path::Path;

use release_core::config::environment::environment as read_contract;
use release_core::config::paths;
use release_core::config::schema::{pointers, receipt, schemas};
use release_core::finding::{Cause, Finding, Severity};
use release_core::{config::ConfigError, environment::reference as contract_page};
use release_edge::failure::Failure;

use crate::args::GenerateArgs;
use crate::context::root;
use crate::exit::Stop;
use crate::reference;
use crate::terminal;

/// Runs the command.
pub fn run(args: &GenerateArgs) -> Result<(), Stop> {
    let root = root()?;
    let mut stale = Vec::new();
    let mut generated: Vec<(String, String)> =
        schemas().into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    let (path, text) = receipt();
    generated.push((path.to_owned(), text));
    generated.extend(pointers().map(|(path, text)| (path.to_owned(), text)));
    generated.extend(reference::pages());
    generated.extend(environment(&root)?);
    for (path, text) in generated {
        let file = root.join(&path);
        if std::fs::read_to_string(&file).is_ok_and(|found| found == text) {
            continue;
        }
        if args.check {
            stale.push(Finding {
                cause: Cause::GeneratedStale,
                severity: Severity::Stop,
                message: format!("`{path}` is not what the code says"),
                hint: "run `cargo xtask generate` and commit the result".to_owned(),
                place: Some(path),
            });
            continue;
        }
        let failed = |error: std::io::Error| {
            Failure::of(Cause::FileSystem, format!("could not write `{}`: {error}", file.display()))
        };
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&file, text).map_err(failed)?;
        terminal::out(&format!("wrote {path}"));
    }
    if stale.is_empty() { Ok(()) } else { Err(Stop::Findings(stale)) }
}

/// The page of the environment contract; none in a repository without one.
fn environment(root: &Path) -> Result<Option<(String, String)>, Stop> {
    let Ok(text) = std::fs::read_to_string(root.join(paths::ENVIRONMENT)) else { return Ok(None) };
    let sources = [(paths::ENVIRONMENT.to_owned(), text)].into();
    let contract = read_contract(&sources)
        .map_err(|errors| Stop::Findings(errors.into_iter().map(ConfigError::into_finding).collect()))?;
    Ok(Some(("docs/reference/environment.md".to_owned(), contract_page(&contract))))
}
