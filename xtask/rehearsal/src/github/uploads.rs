//! The upload host.
//!
//! Owns taking bytes in and what GitHub makes of a file's name. Must never send rate-limit headers: the upload host has none.

use axum::body::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::call::Quirk;
use crate::github::errors::Refusal;
use crate::github::exchange::{Exchange, Outcome};
use crate::github::state::{Asset, AssetState};
use crate::github::{hex, releases, shapes};

pub(crate) fn upload(exchange: &mut Exchange<'_>) -> Outcome {
    let release = releases::find(exchange)?;
    let release_id = release.id;
    if release.immutable {
        return Err(Refusal::custom(
            "ReleaseAsset",
            "release",
            "Cannot upload assets to an immutable release",
        ));
    }
    let name = exchange.call.query("name").filter(|name| !name.is_empty());
    let name = stored_name(&name.ok_or_else(|| Refusal::invalid("ReleaseAsset", "missing_field", "name"))?);
    if release.assets.values().any(|asset| asset.name == name) {
        return Err(Refusal::invalid("ReleaseAsset", "already_exists", "name"));
    }
    if exchange.call.body.is_empty() {
        return Err(Refusal::new(400, "Bad Content-Length"));
    }
    let (state, bytes) = match exchange.call.quirk {
        Quirk::BrokenUpload => (AssetState::Starter, Bytes::new()),
        Quirk::CorruptUpload => (AssetState::Uploaded, corrupted(&exchange.call.body)),
        Quirk::None | Quirk::StaleList => (AssetState::Uploaded, exchange.call.body.clone()),
    };
    let asset = Asset {
        id: exchange.state.next_id(),
        name,
        label: exchange.call.query("label"),
        state,
        content_type: exchange.call.header("content-type").unwrap_or("application/octet-stream").to_owned(),
        sha256: hex(&Sha256::digest(&bytes)),
        bytes,
        uploader: exchange.caller.author(),
        created_at: Timestamp::now(),
        downloads: 0,
    };
    let release = exchange.state.releases.get_mut(&release_id).ok_or_else(Refusal::not_found)?;
    let shape = shapes::asset(exchange.world, release, &asset);
    release.assets.insert(asset.id, asset);
    Ok(Answer::json(201, &shape))
}

/// The name GitHub gives a file: special characters become dots, dots at either end do not stay.
///
/// GitHub documents that it renames, not how; this takes the strict view, so that a name that survives here survives there.
pub(crate) fn stored_name(name: &str) -> String {
    let mut dotted = String::with_capacity(name.len());
    for character in name.chars() {
        let kept = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        let character = if kept { character } else { '.' };
        if character != '.' || !dotted.ends_with('.') || kept {
            dotted.push(character);
        }
    }
    let trimmed = dotted.trim_matches('.');
    if trimmed.is_empty() {
        "default".to_owned()
    } else if dotted.starts_with('.') {
        format!("default.{trimmed}")
    } else {
        trimmed.to_owned()
    }
}

fn corrupted(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::stored_name;

    #[test]
    fn special_characters_and_outer_dots_do_not_survive() {
        for (given, stored) in [
            ("bundle-cpu-1.2.3.tar.gz", "bundle-cpu-1.2.3.tar.gz"),
            ("a b+c.txt", "a.b.c.txt"),
            ("notes (final).md", "notes.final..md"),
            (".env", "default.env"),
            ("log.", "log"),
            ("ü", "default"),
        ] {
            assert_eq!(stored_name(given), stored, "{given}");
        }
    }
}
