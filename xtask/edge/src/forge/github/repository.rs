//! The repository itself. Never reads more of it than a release needs.

use release_core::facts::{PushRight, Visibility};
use release_core::finding::Cause;
use release_core::untrusted::terminal_line;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::GitHub;
use super::calls::json;
use crate::failure::Failure;
use crate::forge::RepositoryInfo;
use crate::forge::operation::Operation;

/// `GET /repos/{owner}/{repo}`, as far as it is used.
#[derive(Deserialize)]
struct Shape {
    html_url: String,
    default_branch: String,
    /// True for internal repositories of an enterprise as well.
    private: bool,
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
        let found = self.read_one_as(&operation, "", |answer| {
            let scopes = answer.header("x-oauth-scopes").filter(|scopes| !scopes.trim().is_empty());
            let scopes = scopes.map(terminal_line).unwrap_or_default();
            Ok((json::<Shape>(answer)?, scopes))
        })?;
        let (shape, scopes) =
            found.ok_or_else(|| Failure::of(Cause::Forge, format!("cannot {}", operation.doing)))?;
        Ok(RepositoryInfo {
            url: shape.html_url,
            default_branch: shape.default_branch,
            visibility: if shape.private { Visibility::Private } else { Visibility::Public },
            push: match out_of_scope(&scopes, shape.private) {
                true => PushRight::OutOfScope(scopes),
                false => self.push_right(&shape.permissions)?,
            },
        })
    }

    /// GitHub says `push: false` to every installation, a workflow run's token among them, whatever it may do. It tells persons from
    /// installations by refusing the latter to say who they are ("Get the authenticated user" works with tokens of persons only).
    fn push_right(&self, permissions: &Permissions) -> Result<PushRight, Failure> {
        if permissions.push {
            return Ok(PushRight::Granted);
        }
        let operation = Operation::read("find out whose token it is", "none");
        match self.read_user::<IgnoredAny>(&operation) {
            Ok(_) => Ok(PushRight::Missing),
            Err(failure) if failure.cause == Cause::TokenRights => Ok(PushRight::Unknown),
            Err(failure) if failure.cause == Cause::TokenMissing => Ok(PushRight::Missing),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether a classic token says of itself that it may not write here. Other tokens say nothing about their scopes, some of them by an empty
/// text. What the repository says of the account is no answer for it: the account may do more than its token.
fn out_of_scope(scopes: &str, private: bool) -> bool {
    let mut scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).peekable();
    scopes.peek().is_some() && !scopes.any(|scope| scope == "repo" || (scope == "public_repo" && !private))
}
