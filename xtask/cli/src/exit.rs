//! How a command ends: with findings or a failure, and with the exit code documented for its cause.

use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::PlanError;
use release_edge::course::CourseError;
use release_edge::failure::Failure;
use release_edge::gather::GatherError;

/// The exit code that means: try again later.
const LATER: u8 = 75;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Rules that are not kept, already known to stop.
    #[error("{} findings", .0.len())]
    Findings(Vec<Finding>),
    /// An effect that failed.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The person said no.
    #[error("not confirmed; nothing was done")]
    Declined,
    /// There is nobody to ask, and nobody said in advance that it is meant.
    #[error("there is no terminal to ask on; nothing was done: pass `--yes` if it is meant")]
    Unasked,
    /// What was asked for was shown, and with it the findings that would stop a release.
    #[error("shown, with what would stop a release")]
    Shown,
    /// It was reported already; only the exit code is left.
    #[error("reported")]
    Reported(Cause),
}

impl Stop {
    /// The findings behind it, for every way of reporting.
    #[must_use]
    pub fn findings(self) -> Vec<Finding> {
        match self {
            Self::Findings(findings) => findings,
            Self::Failure(failure) => vec![failure.into_finding()],
            Self::Declined | Self::Unasked | Self::Shown | Self::Reported(_) => Vec::new(),
        }
    }
}

impl From<GatherError> for Stop {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Configuration(findings) => Self::Findings(findings),
            GatherError::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl From<PlanError> for Stop {
    fn from(error: PlanError) -> Self {
        Self::Findings(error.findings)
    }
}

impl From<CourseError> for Stop {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::Gather(error) => error.into(),
            CourseError::Plan(error) => error.into(),
            CourseError::Failure(failure) => failure.into(),
        }
    }
}

/// The exit code of findings: that of the cause that decides.
#[must_use]
pub fn code(findings: &[Finding]) -> u8 {
    deciding(findings).map_or(0, Cause::exit_code)
}

/// The cause that decides how a run with these findings ends: of those that stop, the one with the highest code, so that a conflict
/// outweighs a missing label. "Try again later" counts least: it would not help against any of the others.
#[must_use]
pub fn deciding(findings: &[Finding]) -> Option<Cause> {
    let stopping = findings.iter().filter(|finding| finding.severity == Severity::Stop);
    stopping.map(|finding| finding.cause).max_by_key(|cause| match cause.exit_code() {
        LATER => 0,
        code => code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_outweighs_a_missing_label_and_anything_outweighs_trying_later() {
        let found = |causes: &[Cause]| -> Vec<Finding> {
            causes.iter().map(|cause| Failure::of(*cause, "it").into_finding()).collect()
        };
        let table: [(&[Cause], Option<Cause>); 4] = [
            (&[], None),
            (&[Cause::Overtaken], Some(Cause::Overtaken)),
            (&[Cause::LabelMissing, Cause::TagElsewhere], Some(Cause::TagElsewhere)),
            (&[Cause::Overtaken, Cause::LabelMissing], Some(Cause::LabelMissing)),
        ];
        for (causes, expected) in table {
            assert_eq!(deciding(&found(causes)), expected, "{causes:?}");
        }
        let note =
            Finding { severity: Severity::Note, ..Failure::of(Cause::LabelMissing, "it").into_finding() };
        assert_eq!(deciding(&[note]), None);
    }
}
