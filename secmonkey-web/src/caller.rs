//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use secmonkey_core::event::Actor;
pub use secmonkey_core::governance::Role;
use secmonkey_core::query::Query;

use crate::access::By;
use crate::error::Problem;

/// Who asks, and what they may see and do.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who decides what is asked for, as the log says.
    pub actor: Actor,
    /// What they may do.
    pub role: Role,
    /// The items that they see, with all that is about these; everything where it is
    /// [`Query::All`].
    pub scope: Query,
    /// The user that they are, or whose token it is.
    pub user: Option<String>,
    /// How they were let in.
    pub by: By,
}

impl Caller {
    /// Somebody who sees everything and may do everything.
    #[must_use]
    pub fn everywhere(actor: impl Into<Actor>) -> Self {
        let (role, scope) = (Role::Admin, Query::All);
        Self { actor: actor.into(), role, scope, user: None, by: By::Socket }
    }

    /// Refuses what takes more than they may.
    pub(crate) fn require(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        let (takes, has) = (role.as_str(), self.role.as_str());
        Err(Problem::forbidden(format!("this takes the role `{takes}`, and yours is `{has}`")))
    }

    /// Refuses what is about more than items to who does not see everything.
    pub(crate) fn require_all(&self, role: Role) -> Result<(), Problem> {
        self.require(role)?;
        match self.scope {
            Query::All => Ok(()),
            _ => Err(Problem::forbidden("this is for who sees everything")),
        }
    }

    /// Whether they see everything.
    pub(crate) fn sees_all(&self) -> bool {
        self.require_all(Role::View).is_ok()
    }

    /// Whether they see everything and may do everything.
    pub(crate) fn may_all(&self) -> bool {
        self.require_all(Role::Admin).is_ok()
    }

    /// Refuses what is for people to programs: what lets somebody in for longer than a token
    /// lasts.
    pub(crate) fn require_person(&self) -> Result<(), Problem> {
        match self.by {
            By::Token(_) => Err(Problem::forbidden("a token cannot do this: sign in")),
            By::Socket | By::Session(_) | By::Proxy => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Self>().cloned();
        known.ok_or_else(|| {
            tracing::error!("no layer around the routes says who asks");
            Problem::failed("it is not known who asks")
        })
    }
}
