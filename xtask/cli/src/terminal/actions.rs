//! GitHub Actions: annotations and the step summary. Everything printed here is escaped as its workflow commands ask, because
//! the runner reads standard output and standard error alike.

use std::io::Write as _;

use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::Plan;
use release_core::receipt::{Outcome, Receipt, ReceiptOutcome};
use release_core::untrusted::markdown_line;

use release_edge::failure::Failure;

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

/// The value of an output.
pub enum Output {
    /// As it is, without what could end its line.
    Text(String),
    /// For `fromJSON`, in one line.
    Json(serde_json::Value),
}

/// Sets an output of the step, where a workflow runs. A value is one line, so that it cannot set another output.
///
/// # Errors
///
/// Where the runner's file cannot be written: the jobs that wait for the output would run without it.
pub fn write_output(name: &str, value: &Output) -> std::io::Result<()> {
    let Some(path) = std::env::var_os("GITHUB_OUTPUT") else { return Ok(()) };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    writeln!(file, "{}", output(name, value))
}

/// The failure of [`write_output`].
pub fn unwritten_output(error: std::io::Error) -> Failure {
    Failure::new(
        Cause::FileSystem,
        format!("could not write the outputs of the step: {error}"),
        "`GITHUB_OUTPUT` has to name a file that can be written: unset it outside a workflow, or make room for it and run again",
    )
}

fn output(name: &str, value: &Output) -> String {
    match value {
        Output::Text(text) => format!("{name}={}", text.replace(char::is_control, " ")),
        Output::Json(value) => format!("{name}={value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_one_line_whatever_its_value_holds() {
        assert_eq!(output("images", &Output::Json(serde_json::json!(["a\nb=c"]))), r#"images=["a\nb=c"]"#);
        assert_eq!(output("url", &Output::Text("a\r\nb=c".to_owned())), "url=a  b=c");
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
