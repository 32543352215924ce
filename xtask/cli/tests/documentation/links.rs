//! Links and anchors of all pages resolve, and the table of contents lists every page of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::checkout::{files, pages, root, text};

/// What a page links to, and the anchors of its headings.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

fn read(path: &str) -> Page {
    let text = text(path);
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                let count = seen.entry(name.clone()).or_default();
                let full = if *count == 0 { name } else { format!("{name}-{count}") };
                *count += 1;
                page.anchors.insert(full);
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }
    page
}

/// The anchor of a heading, as GitHub and mdBook make it: lower case, blanks to hyphens, punctuation gone.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A path without `.` and `..`.
fn flat(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                assert!(parts.pop().is_some(), "{} leaves the repository", path.display())
            }
            Component::Normal(name) => parts.push(name.to_str().unwrap().to_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[test]
fn every_relative_link_and_every_anchor_leads_somewhere() {
    let pages: BTreeMap<String, Page> = pages().into_iter().map(|path| (path.clone(), read(&path))).collect();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (path, page) in &pages {
        for link in &page.links {
            if link.contains("://") || link.starts_with("mailto:") {
                assert!(link.starts_with("https://"), "{path}: {link}");
                continue;
            }
            checked += 1;
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(path).parent().map_or_else(PathBuf::new, Path::to_path_buf);
            let target = if file.is_empty() { path.clone() } else { flat(&folder.join(file)) };
            if !root().join(&target).exists() {
                wrong.push(format!("{path}: {link} leads nowhere"));
            } else if !fragment.is_empty()
                && !pages.get(&target).is_some_and(|page| page.anchors.contains(fragment))
            {
                wrong.push(format!("{path}: {link}: no such heading"));
            }
            // The book is published by itself: what lies outside is named, not linked.
            if path.starts_with("docs/") && !target.starts_with("docs/") {
                wrong.push(format!("{path}: {link} leaves the book"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 40, "only {checked} links were found");
}

#[test]
fn the_table_of_contents_lists_every_page_of_the_book_once() {
    let listed = read("docs/SUMMARY.md").links;
    let mut listed: Vec<String> = listed.iter().map(|link| format!("docs/{link}")).collect();
    listed.sort();
    let mut there = files("docs", ".md");
    there.retain(|page| page != "docs/SUMMARY.md");
    assert_eq!(listed, there);
}

#[test]
fn the_book_has_no_page_without_a_title() {
    for page in pages() {
        assert!(text(&page).starts_with("# "), "{page} does not open with a title");
    }
}
