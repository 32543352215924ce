//! Commands in the pages: each `cargo xtask …` exists, with each of its options.

use std::collections::BTreeSet;
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::checkout::{pages, text};

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
