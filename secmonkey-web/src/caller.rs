//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use secmonkey_core::event::Actor;
use secmonkey_core::query::Query;

use crate::error::Problem;

/// Who asks, and what they may see.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who decides what is asked for, as the log says.
    pub actor: Actor,
    /// The items that they see, with all that is about these; everything where it is
    /// [`Query::All`].
    pub scope: Query,
}

impl Caller {
    /// Somebody who sees everything.
    #[must_use]
    pub fn everywhere(actor: impl Into<Actor>) -> Self {
        Self { actor: actor.into(), scope: Query::All }
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
