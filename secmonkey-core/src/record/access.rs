//! Who may ask over the API.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::Actor;
use crate::governance::{Role, RuleId, Token, User};
use crate::view::RuleRow;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserRecord {
    /// Names them for ever.
    pub id: RuleId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The items that they see, as a query; empty for everything.
    pub query: String,
    /// Who decided.
    pub by: Actor,
    /// When it was decided.
    pub at: Timestamp,
}

/// What lets a program in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRecord {
    /// Names it for ever.
    pub id: RuleId,
    /// What people call it.
    pub name: String,
    /// Whose it is: it may never do or see more than they; `null`: a service's.
    pub user: Option<String>,
    /// What it may do.
    pub role: Role,
    /// The items that it sees, as a query; empty for everything.
    pub query: String,
    /// When it ends.
    pub until: Timestamp,
    /// Who issued it.
    pub by: Actor,
    /// When it was issued.
    pub at: Timestamp,
}

impl From<&RuleRow<User>> for UserRecord {
    fn from(row: &RuleRow<User>) -> Self {
        let User { id, name, role, scope } = row.rule.clone();
        Self { id, name, role, query: scope.to_string(), by: row.by.clone(), at: row.at }
    }
}

impl From<&RuleRow<Token>> for TokenRecord {
    fn from(row: &RuleRow<Token>) -> Self {
        let Token { id, name, user, role, scope, until } = row.rule.clone();
        let (query, by, at) = (scope.to_string(), row.by.clone(), row.at);
        Self { id, name, user, role, query, until, by, at }
    }
}
