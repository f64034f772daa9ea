//! Who is let in.

use std::borrow::Cow;
use std::fmt;

use ipnet::IpNet;

use crate::principal::{Arn, is_account};
use crate::short::short;

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
    /// A service of AWS; `*` is any of them.
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
    /// Whoever belongs where the resource itself does.
    Own(Own),
}

/// Where a resource belongs, as its policy can say without naming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Own {
    /// Its account.
    Account,
    /// The organisation of its account.
    Organization,
    /// The network it is reached through: that of a mount target, of a VPC endpoint.
    Network,
}

impl Who<'_> {
    /// The account it is or is in, twelve digits, where that is certain.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        let id = match self {
            Self::Account(id) => id,
            Self::Arn(arn) | Self::Federated(arn) => Arn::read(arn)?.account,
            _ => return None,
        };
        is_account(id).then_some(id)
    }

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
            Self::Own(Own::Account) => "own_account",
            Self::Own(Own::Organization) => "own_organization",
            Self::Own(Own::Network) => "own_network",
        }
    }
}

impl fmt::Display for Who<'_> {
    /// Who it is, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("everybody"),
            Self::Account(id) => write!(f, "account {}", short(id)),
            Self::Arn(arn) => f.write_str(&short(arn)),
            Self::Organization(id) => write!(f, "every account of organization {}", short(id)),
            Self::OrganizationalUnit(path) => {
                write!(f, "every account of organizational unit {}", short(path))
            }
            Self::Service(name) if name == "*" => f.write_str("any service of AWS"),
            Self::Service(name) => write!(f, "service {}", short(name)),
            Self::Federated(name) => write!(f, "whom {} vouches for", short(name)),
            Self::CanonicalUser(id) => write!(f, "canonical user {}", short(id)),
            Self::Vpc(id) => write!(f, "everybody in {}", short(id)),
            Self::VpcEndpoint(id) => write!(f, "everybody through {}", short(id)),
            Self::Network(block) => write!(f, "everybody from {block}"),
            Self::Own(Own::Account) => f.write_str("the account it is in"),
            Self::Own(Own::Organization) => {
                f.write_str("every account of the organization it is in")
            }
            Self::Own(Own::Network) => f.write_str("everybody inside its network"),
        }
    }
}
