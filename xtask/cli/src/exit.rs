//! How a command ends: with findings or a failure, and with the exit code documented for its cause.

use std::process::ExitCode;

use release_core::finding::{Cause, Finding, Severity};
use release_core::plan::PlanError;
use release_edge::failure::Failure;
use release_edge::gather::GatherError;

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
            Self::Declined | Self::Reported(_) => Vec::new(),
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
        Self::Findings(error.0)
    }
}

/// The exit code of findings: the highest of the causes that stop, so that a conflict outweighs a missing label.
#[must_use]
pub fn code(findings: &[Finding]) -> ExitCode {
    let stopping = findings.iter().filter(|finding| finding.severity == Severity::Stop);
    ExitCode::from(stopping.map(|finding| finding.cause.exit_code()).max().unwrap_or(0))
}
