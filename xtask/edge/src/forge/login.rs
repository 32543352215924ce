//! The token of somebody who signed in with GitHub's own program. Never asks for one, and never shows it.

use crate::secret::Secret;
use crate::shell::Call;

/// The token that `gh` keeps for a host; none where there is no such program, or nobody signed in there.
#[must_use]
pub fn token_of_program(host: &str) -> Option<Secret> {
    let call = Call::new("gh")
        .args(["auth", "token"])
        // In one piece, so that no host can be an option.
        .arg(format!("--hostname={host}"))
        .env("GH_PROMPT_DISABLED", "1")
        .env("GH_NO_UPDATE_NOTIFIER", "1");
    let output = call.run().ok().filter(crate::shell::Output::succeeded)?;
    Secret::new(&output.text())
}
