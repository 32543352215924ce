//! Who asks, and what they may.
//!
//! Owns tokens and rights. Must never write a token anywhere.

use crate::call::Call;
use crate::github::errors::Refusal;
use crate::github::limits::{Allowance, Key};
use crate::options::{RepositoryRights, Token, Visibility, WorkflowRight};
use crate::world::World;

/// Who asks.
#[derive(Debug)]
pub(crate) struct Caller {
    token: Option<Token>,
    visibility: Visibility,
    allowance: Allowance,
}

impl Caller {
    /// Finds out who asks; a token that is not known is refused.
    pub(crate) fn identify(world: &World, call: &Call) -> Result<Self, Refusal> {
        let options = &world.options;
        let token = match call.header("authorization") {
            None => None,
            Some(header) => {
                let secret = header.split_once(' ').map_or("", |(_, secret)| secret.trim());
                let known = options.tokens.iter().find(|token| token.secret == secret);
                Some(known.ok_or_else(|| Refusal::new(401, "Bad credentials"))?.clone())
            }
        };
        let limit = match &token {
            None => options.limits.anonymous_requests,
            Some(token) => token.requests_per_hour.unwrap_or(options.limits.requests),
        };
        let allowance = Allowance { limit, window: options.limits.window };
        Ok(Self { token, visibility: options.visibility, allowance })
    }

    /// Login, if there is a token.
    pub(crate) fn login(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.login.as_str())
    }

    /// Login of somebody who has written, and therefore has a token.
    pub(crate) fn author(&self) -> String {
        self.login().unwrap_or("ghost").to_owned()
    }

    pub(crate) fn rights(&self) -> RepositoryRights {
        let granted = self.token.as_ref().map_or(RepositoryRights::None, |token| token.rights);
        match self.visibility {
            Visibility::Public => granted.max(RepositoryRights::Pull),
            Visibility::Private => granted,
        }
    }

    pub(crate) fn may_push(&self) -> bool {
        self.rights() >= RepositoryRights::Push
    }

    pub(crate) fn may_touch_workflows(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.workflows == WorkflowRight::Granted)
    }

    pub(crate) fn allowance(&self) -> Allowance {
        self.allowance
    }

    /// Whose requests of a resource are counted together.
    pub(crate) fn key(&self, resource: &'static str) -> Key {
        let who = self.token.as_ref().map_or_else(|| "anonymous".to_owned(), |token| token.secret.clone());
        Key { who, resource }
    }

    /// Refuses those for whom the repository does not exist.
    pub(crate) fn require_sight(&self) -> Result<(), Refusal> {
        if self.rights() >= RepositoryRights::Pull { Ok(()) } else { Err(Refusal::not_found()) }
    }

    /// Refuses those who may not write.
    pub(crate) fn require_push(&self) -> Result<(), Refusal> {
        match &self.token {
            _ if self.may_push() => Ok(()),
            None => Err(Refusal::new(401, "Requires authentication")),
            Some(token) if token.login.ends_with("[bot]") => {
                Err(Refusal::new(403, "Resource not accessible by integration"))
            }
            Some(_) => Err(Refusal::new(403, "Resource not accessible by personal access token")),
        }
    }
}
