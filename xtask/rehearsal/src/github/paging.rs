//! Pages of a list and the `Link` header.
//!
//! Owns page size and links. Must never sort. Source: GitHub's documentation "Using pagination in the REST API".

use serde_json::Value;

use crate::answer::Answer;
use crate::call::{Quirk, encode};
use crate::github::exchange::Exchange;

/// Elements on a page when nothing is said.
const DEFAULT_SIZE: usize = 30;
/// Elements on a page at most; more are not refused, only not given.
const LARGEST_SIZE: usize = 100;

/// An element and its place in time: the larger, the newer.
pub(crate) type Entry = (u64, Value);

/// Answers with the page that was asked for.
pub(crate) fn answer(exchange: &Exchange<'_>, entries: Vec<Entry>) -> Answer {
    answer_with(exchange, entries, Value::clone)
}

/// The same of elements that are large: only those on the page are shown.
pub(crate) fn answer_with<T>(
    exchange: &Exchange<'_>,
    mut entries: Vec<(u64, T)>,
    shown: impl Fn(&T) -> Value,
) -> Answer {
    if exchange.call.quirk == Quirk::StaleList {
        let newest = entries.iter().map(|(age, _)| *age).max();
        entries.retain(|(age, _)| Some(*age) != newest);
    }
    let page = Page::asked(exchange);
    let values = page.of(&entries).iter().map(|(_, element)| shown(element)).collect();
    let answer = Answer::json(200, &Value::Array(values));
    match page.links(exchange, entries.len()) {
        Some(links) => answer.with("link", links),
        None => answer,
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(crate) fn asked(exchange: &Exchange<'_>) -> Self {
        let number = |name: &str| exchange.call.query(name).and_then(|text| text.parse::<usize>().ok());
        Self {
            number: number("page").unwrap_or(1).max(1),
            size: number("per_page").filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE).min(LARGEST_SIZE),
        }
    }

    pub(crate) fn of<T>(self, all: &[T]) -> &[T] {
        let start = self.number.saturating_sub(1).saturating_mul(self.size).min(all.len());
        let end = start.saturating_add(self.size).min(all.len());
        all.get(start..end).unwrap_or_default()
    }

    pub(crate) fn is_first(self) -> bool {
        self.number == 1
    }

    /// The links to other pages; `None` where everything is on one.
    pub(crate) fn links(self, exchange: &Exchange<'_>, total: usize) -> Option<String> {
        let last = total.div_ceil(self.size).max(1);
        if last == 1 {
            return None;
        }
        let mut wanted = Vec::new();
        if self.number > 1 {
            wanted.push(("prev", self.number.min(last + 1) - 1));
        }
        if self.number < last {
            wanted.push(("next", self.number + 1));
            wanted.push(("last", last));
        }
        if self.number > 1 {
            wanted.push(("first", 1));
        }
        let links = wanted.iter().map(|(rel, page)| format!("<{}>; rel=\"{rel}\"", url(exchange, *page)));
        Some(links.collect::<Vec<_>>().join(", "))
    }
}

/// The absolute address of a page; GitHub names the repository by its id there.
fn url(exchange: &Exchange<'_>, page: usize) -> String {
    let path = exchange.call.path.trim_matches('/');
    let rest: Vec<&str> = path.split('/').collect();
    let rest = match rest.first().copied() {
        Some("repos") => rest.get(3..),
        _ => rest.get(2..),
    };
    let mut query: Vec<String> = exchange
        .call
        .query_pairs()
        .iter()
        .filter(|(key, _)| key != "page")
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect();
    query.push(format!("page={page}"));
    format!(
        "{}/repositories/{}/{}?{}",
        exchange.world.urls.api,
        crate::github::shapes::REPOSITORY_ID,
        rest.unwrap_or_default().join("/"),
        query.join("&")
    )
}
