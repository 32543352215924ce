//! The repository itself. Never reads more of it than a release needs.

use release_core::finding::Cause;
use serde::Deserialize;

use super::GitHub;
use crate::failure::Failure;
use crate::forge::RepositoryInfo;
use crate::forge::operation::Operation;

/// `GET /repos/{owner}/{repo}`, as far as it is used.
#[derive(Deserialize)]
struct Shape {
    html_url: String,
    default_branch: String,
    /// Missing without a token.
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

impl GitHub {
    pub(super) fn read_repository(&self) -> Result<RepositoryInfo, Failure> {
        let what = format!("read the repository `{}`", self.address.repository());
        let operation = Operation::read(what, "`metadata: read`")
            .advice("a private repository that a token may not see looks as if it did not exist");
        let shape: Option<Shape> = self.read_one(&operation, "")?;
        let shape = shape.ok_or_else(|| Failure::of(Cause::Forge, format!("cannot {}", operation.doing)))?;
        Ok(RepositoryInfo {
            url: shape.html_url,
            default_branch: shape.default_branch,
            may_push: shape.permissions.push,
        })
    }
}
