//! The text of a release on the forge, and the plan's id in it. Never looks for the id anywhere but in the one place where only this
//! module writes.

use jiff::Timestamp;

use super::render::{NOTES_TEMPLATE, Release, RenderError, Renderer};
use crate::plan::PlanId;
use crate::untrusted::markdown_line;

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

/// Stands before what is said of a withdrawn release, so that it is said once.
const WITHDRAWN: &str = "<!-- slipway-withdrawn -->";

/// How the title of a withdrawn release ends.
const ENDING: &str = " (withdrawn)";

/// The title of a release that was withdrawn.
#[must_use]
pub fn withdrawn_title(title: &str) -> String {
    if title.ends_with(ENDING) { title.to_owned() } else { format!("{title}{ENDING}") }
}

/// The text of a release that was withdrawn: a notice at the top, but below the plan's id, which keeps the first line.
#[must_use]
pub fn withdrawn_text(text: &str, reason: &str, since: Timestamp) -> String {
    if text.lines().any(|line| line == WITHDRAWN) {
        return text.to_owned();
    }
    let (head, rest) = match text.split_once('\n') {
        Some((first, rest)) if plan_id_in(first).is_some() => (format!("{first}\n\n"), rest),
        _ => (String::new(), text),
    };
    let (day, reason) = (since.strftime("%Y-%m-%d"), markdown_line(reason));
    let notice = format!(
        "{WITHDRAWN}\n> [!WARNING]\n> **Withdrawn on {day}:** {reason}\n>\n> Do not install this version. Nothing of it was deleted.\n\n"
    );
    let room = LIMIT - head.chars().count() - notice.chars().count();
    let cut = cut(rest.trim(), "\n**The list is cut here.**\n", room);
    format!("{head}{notice}{cut}")
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
    fn a_withdrawn_release_says_so_once_below_the_plans_id() {
        let plan = PlanId(Sha256Hex::of(b"a plan"));
        let since = crate::samples::day(3);
        for (head, text) in [(format!("{}\n\n", marker(&plan)), "Fixed\n"), (String::new(), "# By hand\n")] {
            let said = withdrawn_text(&format!("{head}{text}"), "loses <mail>\n# all", since);
            assert!(said.starts_with(&head) && said.ends_with(text), "{said}");
            assert_eq!(plan_id_in(&said).is_some(), !head.is_empty());
            assert!(said.contains("> **Withdrawn on 2023-11-17:** loses "), "{said}");
            assert!(!said.contains("<mail>") && !said.contains("\n# all"), "{said}");
            assert_eq!(withdrawn_text(&said, "another reason", since), said, "twice changes nothing");
        }
        let long = "- a line of it\n".repeat(LIMIT / 15);
        let said = withdrawn_text(&long, "loses mail", since);
        assert!(said.chars().count() <= LIMIT && said.contains("The list is cut here"));
        assert_eq!(withdrawn_title("widgets v1.3.0"), "widgets v1.3.0 (withdrawn)");
        assert_eq!(withdrawn_title("widgets v1.3.0 (withdrawn)"), "widgets v1.3.0 (withdrawn)");
    }

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
