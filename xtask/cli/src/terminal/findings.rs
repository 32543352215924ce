//! Findings, for people: cause, what is wrong, what to do, where.

use release_core::finding::{Finding, Severity};

use super::actions::annotate;
use super::{Colour, Palette, note};

/// Tells people of findings, whatever programs read on standard output: on standard error, and as annotations where a workflow runs.
pub fn report_findings(findings: &[Finding]) {
    print(findings, Palette::of_stderr());
    annotate(findings);
}

/// Prints findings, stopping ones last, where they are seen.
fn print(findings: &[Finding], palette: Palette) {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    for finding in sorted {
        let (colour, word) = match finding.severity {
            Severity::Stop => (Colour::Bad, "error"),
            Severity::Note => (Colour::Warning, "note"),
        };
        note(&format!(
            "{}: {}",
            palette.paint(colour, &format!("{word}[{}]", finding.cause)),
            finding.message
        ));
        note(&format!("  {} {}", palette.paint(Colour::Faint, "→"), finding.hint));
        if let Some(place) = &finding.place {
            note(&format!("    {}", palette.paint(Colour::Faint, place)));
        }
    }
}
