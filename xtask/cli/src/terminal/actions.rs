//! GitHub Actions: annotations and the step summary. Everything printed here is escaped as its workflow commands ask, because
//! the runner reads standard output and standard error alike.

use std::io::Write as _;

use release_core::finding::{Finding, Severity};
use release_core::plan::Plan;
use release_core::receipt::{Outcome, Receipt, ReceiptOutcome};
use release_core::untrusted::markdown_line;

use super::note;

/// Prints findings as annotations, where a workflow runs.
pub fn annotate(findings: &[Finding]) {
    if std::env::var_os("GITHUB_ACTIONS").is_none() {
        return;
    }
    for finding in findings {
        note(&annotation(finding));
    }
}

fn annotation(finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Stop => "error",
        Severity::Note => "notice",
    };
    let text = format!("{} ({})", finding.message, finding.hint);
    format!("::{command} title={}::{}", property(finding.cause.id()), data(&text))
}

/// Escapes the data of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A receipt as Markdown for the step summary.
#[must_use]
pub fn step_summary(receipt: &Receipt, plan: Option<&Plan>) -> String {
    let mut text = format!("## {}\n\n", headline(receipt));
    if !receipt.steps.is_empty() {
        text.push_str("| step | outcome |\n|---|---|\n");
    }
    for step in &receipt.steps {
        let outcome = match &step.outcome {
            Outcome::Done => "done",
            Outcome::AlreadyDone(_) => "already done",
        };
        text.push_str(&format!("| {} | {outcome} |\n", step.title));
    }
    text.push_str(&findings_table(&receipt.findings));
    if let Some(plan) = plan {
        text.push_str("\n\n");
        text.push_str(&plan.notes);
    }
    text
}

fn headline(receipt: &Receipt) -> String {
    let release = match (&receipt.tag, &receipt.release_url) {
        (Some(tag), Some(url)) => format!("[{tag}]({url})"),
        (Some(tag), None) => tag.clone(),
        (None, _) => String::new(),
    };
    match receipt.outcome {
        ReceiptOutcome::Stopped if release.is_empty() => "The release stopped".to_owned(),
        ReceiptOutcome::Stopped => format!("The release of {release} stopped"),
        _ if release.is_empty() => "Nothing to release".to_owned(),
        _ => release,
    }
}

fn findings_table(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    // Without the empty line before it the table would be more rows of the one above.
    let mut text = "\n| cause | what was found | what to do |\n|---|---|---|\n".to_owned();
    for finding in findings {
        text.push_str(&format!(
            "| {} | {} | {} |\n",
            finding.cause,
            markdown_line(&finding.message),
            markdown_line(&finding.hint)
        ));
    }
    text
}

/// Appends Markdown to the step summary, where a workflow runs. A summary that cannot be written fails nothing.
pub fn write_step_summary(markdown: &str) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") else { return };
    if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path) {
        let _ = writeln!(file, "{markdown}");
    }
}

/// Sets an output of the step, where a workflow runs. JSON has no line breaks in this form, so that a value cannot set another output.
///
/// # Errors
///
/// Where the runner's file cannot be written: the jobs that wait for the output would run without it.
pub fn write_output<T: serde::Serialize>(name: &str, value: &T) -> std::io::Result<()> {
    let Some(path) = std::env::var_os("GITHUB_OUTPUT") else { return Ok(()) };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    writeln!(file, "{}", output(name, value)?)
}

fn output<T: serde::Serialize>(name: &str, value: &T) -> serde_json::Result<String> {
    Ok(format!("{name}={}", serde_json::to_string(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use release_core::finding::Cause;

    #[test]
    fn an_output_is_one_line_whatever_its_value_holds() {
        assert_eq!(output("images", &["a\nb=c"]).unwrap(), r#"images=["a\nb=c"]"#);
    }

    #[test]
    fn untrusted_text_cannot_start_a_second_command() {
        let finding = Finding {
            cause: Cause::LabelMissing,
            severity: Severity::Stop,
            message: "title\n::stop-commands::x % done".to_owned(),
            hint: "add a label".to_owned(),
            place: None,
        };
        assert_eq!(
            annotation(&finding),
            "::error title=E-LABEL-MISSING::title%0A::stop-commands::x %25 done (add a label)"
        );
    }
}
