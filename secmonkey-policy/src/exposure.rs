//! Exposure: whom a resource policy lets in, and under which conditions.

use std::borrow::Cow;

use ipnet::IpNet;

use crate::condition::Condition;
use crate::document::{Effect, Of, Policy};
use crate::pattern::Pattern;
use crate::principal::Principal;

/// What a policy protects, as far as it decides what the policy means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource<'a> {
    /// The kind of resource.
    pub kind: Kind,
    /// The account it is in, twelve digits, where it is known.
    pub owner: Option<&'a str>,
    /// For a bucket: whether Block Public Access, its own or its account's, restricts
    /// public buckets (`RestrictPublicBuckets`) to services and to the own account.
    pub restricted: bool,
}

/// Kinds of resources that AWS judges differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A bucket of S3.
    Bucket,
    /// A role, whose trust policy names no resource, and whom nobody assumes unsigned.
    Role,
    /// Any other.
    #[default]
    Other,
}

/// Whom a resource policy lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure<'p, 'a> {
    /// Who is let in, statement by statement, in the order of the policy.
    pub grants: Vec<Grant<'p, 'a>>,
}

/// One who is let in by one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'p, 'a> {
    /// Who.
    pub who: Who<'a>,
    /// For a service: in whose name it must act; empty where in anybody's.
    pub source: Vec<Who<'a>>,
    /// The index of the statement in [`Policy::statements`].
    pub statement: usize,
    /// What may be done, less what is denied.
    pub actions: Of<Pattern<'a>>,
    /// On what; `None` in a trust policy.
    pub resources: Option<Of<Pattern<'a>>>,
    /// The conditions of the statement.
    pub conditions: Vec<&'p Condition<'a>>,
}

/// Somebody who is let in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who<'a> {
    /// Everybody.
    Public,
    /// An account and whom it lets.
    Account(Cow<'a, str>),
    /// A user, role, session, or whatever else has an ARN or a unique id.
    Arn(Cow<'a, str>),
    /// All accounts of an organisation, `o-...`.
    Organization(Cow<'a, str>),
    /// All accounts of an organisational unit, by its path `o-.../r-.../ou-.../`.
    OrganizationalUnit(Cow<'a, str>),
    /// A service of AWS.
    Service(Cow<'a, str>),
    /// Whom an identity provider vouches for.
    Federated(Cow<'a, str>),
    /// An account by its canonical user id.
    CanonicalUser(Cow<'a, str>),
    /// Everybody inside a VPC.
    Vpc(Cow<'a, str>),
    /// Everybody who comes through a VPC endpoint.
    VpcEndpoint(Cow<'a, str>),
    /// Everybody with an address in a block.
    Network(IpNet),
}

impl<'p, 'a> Exposure<'p, 'a> {
    /// Whom `policy` lets in to `resource`.
    #[must_use]
    pub fn of(policy: &'p Policy<'a>, _resource: Resource<'_>) -> Self {
        let mut grants = Vec::new();
        for (index, statement) in policy.statements.iter().enumerate() {
            let Some(Of::Only(principals)) = &statement.principals else { continue };
            if statement.effect == Effect::Deny {
                continue;
            }
            for principal in principals {
                let who = match *principal {
                    Principal::Everyone => Who::Public,
                    Principal::Account(id) => Who::Account(id.into()),
                    Principal::Service(name) => Who::Service(name.into()),
                    Principal::Federated(name) => Who::Federated(name.into()),
                    Principal::CanonicalUser(id) => Who::CanonicalUser(id.into()),
                    other => Who::Arn(other.as_str().into()),
                };
                grants.push(Grant {
                    who,
                    source: Vec::new(),
                    statement: index,
                    actions: statement.actions.clone(),
                    resources: statement.resources.clone(),
                    conditions: statement.conditions.iter().collect(),
                });
            }
        }
        Self { grants }
    }

    /// Whether everybody is let in.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.grants.iter().any(|grant| grant.who == Who::Public)
    }
}

impl Who<'_> {
    /// What kind of somebody it is, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Account(_) => "account",
            Self::Arn(_) => "arn",
            Self::Organization(_) => "organization",
            Self::OrganizationalUnit(_) => "organizational_unit",
            Self::Service(_) => "service",
            Self::Federated(_) => "federated",
            Self::CanonicalUser(_) => "canonical_user",
            Self::Vpc(_) => "vpc",
            Self::VpcEndpoint(_) => "vpc_endpoint",
            Self::Network(_) => "network",
        }
    }
}
