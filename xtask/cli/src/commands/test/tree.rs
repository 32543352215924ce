//! Which of the tracked files a check looks at.
//!
//! Must never look at files that Git does not track: what a person has lying about is their own affair.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::checks::CheckError;
use super::process;
use super::workplace::Workplace;

/// Interpreters whose scripts shellcheck understands.
const SHELLS: [&str; 4] = ["sh", "bash", "dash", "ksh"];

/// Returns the tracked files, relative to the workspace, that `fits` takes: by path and first line.
///
/// # Errors
///
/// When Git fails or a tracked file cannot be read. One that was deleted is not there to be checked.
pub(crate) fn tracked(
    workplace: &Workplace,
    fits: fn(&str, &str) -> bool,
) -> Result<Vec<String>, CheckError> {
    let listed = process::output_of(&mut workplace.command_of(&["git", "ls-files", "-z"]))?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let first = match first_line(&workplace.root().join(path)) {
            Ok(first) => first,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(CheckError::Tree { path: path.to_owned(), source }),
        };
        if fits(path, &first) {
            files.push(path.to_owned());
        }
    }
    Ok(files)
}

/// A shell script, by its name or its interpreter. Templates become scripts only when they are rendered.
pub(crate) fn is_shell_script(path: &str, first_line: &str) -> bool {
    if path.ends_with(".sh") {
        return true;
    }
    let Some(interpreter) = first_line.strip_prefix("#!") else { return false };
    let mut words = interpreter.split_whitespace().filter_map(|word| word.rsplit('/').next());
    let program = words.find(|word| *word != "env" && !word.starts_with('-'));
    !path.ends_with(".j2") && program.is_some_and(|program| SHELLS.contains(&program))
}

/// A workflow of GitHub Actions.
pub(crate) fn is_workflow(path: &str, _first_line: &str) -> bool {
    let path = Path::new(path);
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.parent() == Some(Path::new(".github/workflows")) && matches!(extension, Some("yml" | "yaml"))
}

fn first_line(path: &Path) -> io::Result<String> {
    if path.symlink_metadata()?.is_symlink() {
        // Its target is listed by itself, if it is ours.
        return Ok(String::new());
    }
    let mut start = Vec::new();
    File::open(path)?.take(128).read_to_end(&mut start)?;
    let text = String::from_utf8_lossy(&start);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn shell_scripts_are_known_by_name_or_interpreter() {
        for (path, first) in [
            ("a.sh", ""),
            (".ci/run", "#!/usr/bin/env bash"),
            ("x", "#!/bin/sh -e"),
            ("y", "#!/usr/bin/env -S dash"),
        ] {
            assert!(is_shell_script(path, first), "{path} {first}");
        }
        for (path, first) in [
            ("a.py", "#!/usr/bin/env python3"),
            ("t.sh.j2", "#!/bin/sh"),
            ("README", "sh"),
            ("f", "#!/usr/bin/fish"),
        ] {
            assert!(!is_shell_script(path, first), "{path} {first}");
        }
    }

    #[test]
    fn workflows_are_the_yaml_files_of_their_one_folder() {
        assert!(is_workflow(".github/workflows/ci.yml", ""));
        assert!(is_workflow(".github/workflows/ci.yaml", ""));
        assert!(!is_workflow(".github/workflows/deep/ci.yml", ""));
        assert!(!is_workflow(".github/dependabot.yml", ""));
    }

    #[test]
    fn only_tracked_files_that_are_there_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["kept.sh", "deleted.sh", "unknown.sh"] {
            fs::write(folder.path().join(name), "#!/bin/sh\n").unwrap();
        }
        for words in [&["init", "--quiet"][..], &["add", "kept.sh", "deleted.sh"]] {
            assert!(Command::new("git").current_dir(folder.path()).args(words).status().unwrap().success());
        }
        fs::remove_file(folder.path().join("deleted.sh")).unwrap();
        let workplace = Workplace::at(folder.path().into(), folder.path().join("tools")).unwrap();
        assert_eq!(tracked(&workplace, is_shell_script).unwrap(), ["kept.sh"]);
    }
}
