//! Commands in the pages: each `cargo xtask …` exists, with each of its options.

use std::collections::BTreeSet;
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::checkout::{pages, root, run, text};

/// The help of a command; `None` where there is no such command.
fn help(words: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(words).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Every line of a shell block and every piece of inline code that starts with `cargo xtask`.
fn named(page: &str) -> BTreeSet<String> {
    let text = text(page);
    let mut found = BTreeSet::new();
    let mut shell = false;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => shell = &*language == "sh",
            Event::End(TagEnd::CodeBlock) => shell = false,
            Event::Text(lines) if shell => {
                for line in lines.lines() {
                    let commands = line.split("&&").map(|command| command.split('#').next().unwrap().trim());
                    found.extend(commands.map(|command| command.trim_start_matches("$ ").to_owned()));
                }
            }
            Event::Code(code) => {
                found.insert(code.into_string());
            }
            _ => {}
        }
    }
    found.retain(|command| command.starts_with("cargo xtask"));
    found
}

/// Every fenced block of all pages, with its language.
fn blocks() -> Vec<(String, String, String)> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = text(&page);
        let (mut language, mut block) = (None, String::new());
        for event in Parser::new(&text) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                    language = Some(name.into_string())
                }
                Event::Text(lines) if language.is_some() => block.push_str(&lines),
                Event::End(TagEnd::CodeBlock) => {
                    let language = language.take().unwrap_or_default();
                    blocks.push((page.clone(), language, std::mem::take(&mut block)));
                }
                _ => {}
            }
        }
    }
    blocks
}

#[test]
fn every_fault_in_the_pages_is_one_that_the_control_server_takes() {
    let mut taken = 0;
    for (page, language, block) in blocks() {
        for line in block.lines().filter(|line| language == "sh" && line.starts_with("curl -d '")) {
            let body = line.split('\'').nth(1).unwrap();
            let fault: Result<release_rehearsal::Fault, _> = serde_json::from_str(body);
            assert!(fault.is_ok(), "{page}: {body}: {fault:?}");
            taken += 1;
        }
    }
    assert_eq!(taken, 3);
    let help = help(&["rehearsal"]).unwrap();
    let body = help.split("curl -d '").nth(1).expect("the help shows a fault").split('\'').next().unwrap();
    let fault: Result<release_rehearsal::Fault, _> = serde_json::from_str(body);
    assert!(fault.is_ok(), "{body}: {fault:?}");
}

#[test]
fn every_list_of_pull_requests_in_the_pages_is_one_that_a_rehearsal_takes() {
    let mut read = 0;
    for (page, _, block) in blocks() {
        if block.starts_with("pull_requests:") {
            let file: Result<release_rehearsal::PullsFile, _> = release_core::yaml::from_str(&block);
            assert!(file.is_ok(), "{page}: {file:?}");
            read += 1;
        }
    }
    assert_eq!(read, 2);
}

#[test]
fn everything_generated_is_what_the_code_says() {
    run(Command::new(env!("CARGO_BIN_EXE_xtask")).args(["generate", "--check"]).current_dir(root()));
}

#[test]
fn every_command_in_the_pages_exists_with_its_options() {
    let mut checked = BTreeSet::new();
    for page in pages() {
        // Generated from the command line itself; history says what was once there.
        if page.ends_with("reference/commands.md") || page == "CHANGELOG.md" {
            continue;
        }
        for command in named(&page) {
            let words: Vec<&str> = command.split_whitespace().skip(2).collect();
            let Some(name) = words.first().filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
            else {
                continue;
            };
            let help =
                help(&[name]).unwrap_or_else(|| panic!("{page}: `{command}`: there is no such command"));
            for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
                let option = option.split('=').next().unwrap();
                assert!(help.contains(option), "{page}: `{command}`: there is no option {option}");
            }
            checked.insert((*name).to_owned());
        }
    }
    for command in
        ["release", "test", "plan", "bundle", "check", "abandon", "rehearsal", "verify", "generate"]
    {
        assert!(checked.contains(command), "no page shows how to use `{command}`");
    }
}
