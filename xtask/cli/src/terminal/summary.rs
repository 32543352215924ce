//! The summary after a release: what was done, why this version, where the files are.

use release_core::plan::Plan;
use release_core::receipt::{Receipt, ReceiptOutcome};

use super::plan::why;
use super::{Colour, Palette, out};

/// Prints a receipt on standard output.
pub fn print_receipt(receipt: &Receipt, plan: Option<&Plan>, palette: Palette) {
    let (colour, headline) = headline(receipt);
    out("");
    out(&palette.paint(colour, &headline));
    let row = |name: &str, value: &str| {
        out(&format!("  {}{value}", palette.paint(Colour::Faint, &format!("{name:<10}"))))
    };
    if let Some(plan) = plan {
        row("why", &why(plan));
    }
    if let Some(url) = &receipt.release_url {
        row("release", url);
    }
    if let Some(folder) = &receipt.folder {
        row("files", folder);
    }
    for asset in &receipt.assets {
        out(&format!("    {:<44}{:>9} bytes", asset.name, asset.size));
    }
    let requests = receipt.requests;
    row(
        "requests",
        &format!(
            "{} reads and {} writes to the forge, {} downloads, {} to registries",
            requests.forge_reads, requests.forge_writes, requests.downloads, requests.registry
        ),
    );
}

fn headline(receipt: &Receipt) -> (Colour, String) {
    let tag = receipt.tag.as_deref().unwrap_or("");
    let rehearsed = if receipt.rehearsed { " in a rehearsal" } else { "" };
    match receipt.outcome {
        ReceiptOutcome::Released => (Colour::Good, format!("Released {tag}{rehearsed}.")),
        ReceiptOutcome::AlreadyReleased => {
            (Colour::Good, format!("{tag} was released before{rehearsed}; nothing was changed."))
        }
        ReceiptOutcome::NothingToRelease if tag.is_empty() => {
            (Colour::Good, "Nothing to release.".to_owned())
        }
        ReceiptOutcome::NothingToRelease => {
            (Colour::Good, format!("Nothing was merged since {tag} that asks for a release."))
        }
        ReceiptOutcome::WaitingForMerge => {
            (Colour::Warning, format!("{tag} waits for its pull request to be merged{rehearsed}."))
        }
        ReceiptOutcome::Built => (Colour::Good, format!("Built {tag}.")),
        ReceiptOutcome::Stopped => {
            (Colour::Bad, format!("The release of {tag} stopped; run it again to continue."))
        }
    }
}
