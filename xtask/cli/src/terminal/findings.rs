//! Findings, for people: cause, what is wrong, what to do, where.

use release_core::finding::{Finding, Severity};

use super::{Colour, Palette, note};

/// Prints findings on standard error, stopping ones last, where they are seen.
pub fn print_findings(findings: &[Finding], palette: Palette) {
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
