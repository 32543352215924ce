//! The text of a release on the forge, and the plan's id in it. Never looks for the id anywhere but in the one place where only this
//! module writes.

use super::render::{NOTES_TEMPLATE, Release, RenderError, Renderer};
use crate::plan::PlanId;

/// The most characters GitHub takes as the text of a release.
pub const LIMIT: usize = 125_000;

const START: &str = "<!-- slipway-plan: ";
const END: &str = " -->";

/// The text of a release: a comment with the plan's id in the first line, the release's own section after it, at most [`LIMIT`]
/// characters. What does not fit is cut off between two lines, and the last line then says so and leads to the whole list.
///
/// # Errors
///
/// A template that uses what is not there.
pub fn render(renderer: &Renderer, release: &Release, plan: &PlanId) -> Result<String, RenderError> {
    let list = renderer.file(release, "CHANGELOG.md");
    let notice = format!("\n**The list is cut here.** Every change is in [CHANGELOG.md]({list}).\n");
    let text = renderer.render(NOTES_TEMPLATE, release)?;
    Ok(format!("{}\n\n{}", marker(plan), cut(text.trim(), &notice, LIMIT - COMMENT)))
}

/// The first line of a release's text: the plan's id as a comment that no page shows.
#[must_use]
pub fn marker(plan: &PlanId) -> String {
    format!("{START}{plan}{END}")
}

/// The plan's id that [`render`] wrote into a text. Only the first line counts, where nobody's words can stand.
///
/// ```
/// use release_core::changelog::notes::plan_id_in;
/// let id = "a".repeat(64);
/// assert_eq!(plan_id_in(&format!("<!-- slipway-plan: {id} -->\n\nFixed")).map(|id| id.to_string()), Some(id.clone()));
/// assert_eq!(plan_id_in(&format!("Fixed\n<!-- slipway-plan: {id} -->")), None);
/// ```
#[must_use]
pub fn plan_id_in(text: &str) -> Option<PlanId> {
    let digits = text.lines().next()?.strip_prefix(START)?.strip_suffix(END)?;
    // The digest's own reading also takes a prefix, which is never written here.
    let digits = (digits.len() == DIGITS).then(|| digits.to_owned())?;
    digits.try_into().ok().map(PlanId)
}

/// The digits of a plan's id.
const DIGITS: usize = 64;

/// The characters of the comment and the blank line after it.
const COMMENT: usize = START.len() + DIGITS + END.len() + 2;

/// The text in whole lines with the notice after them where it has more than `limit` characters.
fn cut(text: &str, notice: &str, limit: usize) -> String {
    if text.chars().count() < limit {
        return format!("{text}\n");
    }
    let mut left = limit.saturating_sub(notice.chars().count());
    let mut kept = String::with_capacity(limit);
    for line in text.split_inclusive('\n') {
        let characters = line.chars().count();
        if characters > left {
            break;
        }
        left -= characters;
        kept.push_str(line);
    }
    kept + notice
}

#[cfg(test)]
mod tests {
    use bundle_format::digest::Sha256Hex;

    use super::*;

    #[test]
    fn a_text_is_cut_between_lines_and_says_so() {
        assert_eq!(cut("a\nb", "notice\n", 10), "a\nb\n");
        let long = "ä line\n".repeat(5);
        let long = long.trim();
        let text = cut(long, "notice\n", 24);
        assert_eq!(text, "ä line\nä line\nnotice\n");
        for limit in 7..60 {
            let text = cut(long, "notice\n", limit);
            assert!(text.chars().count() <= limit, "{limit}");
            assert_eq!(text.ends_with("notice\n"), limit < 35, "{limit}");
        }
    }

    #[test]
    fn the_plan_is_read_from_the_first_line_only() {
        let id = Sha256Hex::of(b"plan");
        let comment = format!("{START}{id}{END}");
        assert_eq!(comment.len() + 2, COMMENT);
        let found = Some(PlanId(id.clone()));
        assert_eq!(plan_id_in(&comment), found);
        assert_eq!(plan_id_in(&format!("{comment}\r\n\r\ntext")), found, "the forge may change line ends");
        let others = [
            String::new(),
            format!("\n{comment}"),
            format!(" {comment}"),
            format!("- {comment}"),
            format!("{comment} and more"),
            format!("{START}sha256:{id}{END}"),
            format!("{START}{}{END}", &id.as_str()[1..]),
            format!("{START}{}{END}", id.as_str().to_uppercase()),
            format!("&lt;!-- slipway-plan: {id} --&gt;"),
        ];
        for text in others {
            assert_eq!(plan_id_in(&text), None, "{text:?}");
        }
    }
}
