//! The rules about a plan that was made. Never changes one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::facts::Content;
use crate::finding::{Cause, Finding};
use crate::plan::{LARGEST, PATH, Plan};
use crate::untrusted::terminal_line;

use super::stop;

/// How many files the remedy names.
const NAMED_FILES: usize = 3;

pub(super) fn plan_is_readable(plan: &Plan) -> Vec<Finding> {
    let size = plan.to_json().len();
    if size <= LARGEST {
        return Vec::new();
    }
    vec![stop(
        Cause::PlanTooLarge,
        format!("`{PATH}` would have {size} bytes, more than the {LARGEST} that are read back from the tag"),
        format!(
            "carry less in the bundles: leave large files out of `config/bundles.yaml`, or put them into an image; the largest are {}",
            largest(plan).join(", ")
        ),
    )]
}

/// The files that take most of a plan, with the bytes they take in all bundles together.
fn largest(plan: &Plan) -> Vec<String> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for file in plan.bundles.iter().flat_map(|bundle| &bundle.files) {
        let (Content::Text(text) | Content::Base64(text)) = &file.content;
        *sizes.entry(&file.path).or_default() += text.len();
    }
    let mut sizes: Vec<(&str, usize)> = sizes.into_iter().collect();
    sizes.sort_by_key(|(path, size)| (Reverse(*size), *path));
    let named = sizes.into_iter().take(NAMED_FILES);
    named.map(|(path, size)| format!("`{}` ({size} bytes)", terminal_line(path))).collect()
}
