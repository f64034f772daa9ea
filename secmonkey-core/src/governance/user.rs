//! Who may ask and decide over the API: users, and the tokens of programs.
//!
//! Events say who gave whom which right, and when. What proves who somebody is (passwords, the
//! digests of tokens, sessions) is never in the log, which is copied and exported: it stands
//! beside it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RuleId;
use crate::event::{Actor, short_id};
use crate::nearest;
use crate::query::Query;

/// What somebody may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read.
    View,
    /// Say something about items and issues.
    Comment,
    /// Accept issues.
    Justify,
    /// Everything: accounts, networks, rules, scans, users.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::View, Self::Comment, Self::Justify, Self::Admin];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Comment => "comment",
            Self::Justify => "justify",
            Self::Admin => "admin",
        }
    }

    /// What it lets somebody do, in a sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::View => "Reads what they see.",
            Self::Comment => "Reads, and comments items and issues.",
            Self::Justify => "Reads, comments, and accepts issues.",
            Self::Admin => {
                "Does everything; where they see everything, also what is about more than items: \
                 accounts, networks, rules, scans, users."
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", nearest::unknown("role", .0, Role::ALL.map(Role::as_str)))]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Names them for ever: of SHA-256 over the name in lower case.
    pub id: RuleId,
    /// The name they sign in with, and that the log calls them by; no other differs from it in
    /// case alone.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The items that they see, with all that is about these.
    #[serde(default)]
    pub scope: Query,
}

impl User {
    /// Somebody who sees everything.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        let name = name.into();
        Self { id: RuleId::of_user(&name), name, role, scope: Query::All }
    }

    /// What the log calls them: `user:alice`.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor(format!("user:{}", self.name))
    }

    /// Whether they may do everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin && self.scope == Query::All
    }

    /// What they may, in a few words: ``view of `account:prod` ``.
    #[must_use]
    pub fn says(&self) -> String {
        says(self.role, &self.scope)
    }
}

/// What lets a program in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Names it for ever: of SHA-256 over whose it is and its name.
    pub id: RuleId,
    /// What people call it.
    pub name: String,
    /// Whose it is: it may never do or see more than they, and ends with them. `None`: a
    /// service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it may do.
    pub role: Role,
    /// The items that it sees, with all that is about these.
    #[serde(default)]
    pub scope: Query,
    /// When it ends.
    pub until: Timestamp,
}

impl Token {
    /// A token of somebody, or of a service, that sees everything they see.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        user: Option<String>,
        role: Role,
        until: Timestamp,
    ) -> Self {
        let name = name.into();
        let id = RuleId::of_token(user.as_deref(), &name);
        Self { id, name, user, role, scope: Query::All, until }
    }

    /// What it may, in a few words.
    #[must_use]
    pub fn says(&self) -> String {
        says(self.role, &self.scope)
    }

    /// What the log calls who comes with it: `token:alice/nightly`, of a service `token:nightly`.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor(match &self.user {
            Some(user) => format!("token:{user}/{}", self.name),
            None => format!("token:{}", self.name),
        })
    }
}

fn says(role: Role, scope: &Query) -> String {
    match scope {
        Query::All => role.to_string(),
        scope => format!("{role} of `{scope}`"),
    }
}

impl RuleId {
    /// The id of the user of a name.
    #[must_use]
    pub fn of_user(name: &str) -> Self {
        Self(short_id(&["user", &name.to_lowercase()]))
    }

    /// The id of the token of a name, of a user or of a service.
    #[must_use]
    pub fn of_token(user: Option<&str>, name: &str) -> Self {
        match user {
            Some(user) => Self(short_id(&["token", &user.to_lowercase(), name])),
            None => Self(short_id(&["token", name])),
        }
    }
}
