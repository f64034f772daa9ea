//! What is known beforehand about one kind of resource: the facts that let
//! configurations of it be compared, and the calls that read it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One kind of resource, such as a security group, and how to read its
/// configurations.
///
/// Written as a constant beside the watcher that reads it. Pointers are RFC 6901;
/// a segment `*` stands for every member of an object or an array, so
/// `/IpPermissions/*/IpRanges` is the list of ranges of every rule.
///
/// ```
/// use secmonkey_core::technology::{Reach, Set, Technology};
///
/// const QUEUE: Technology = Technology {
///     id: "sqs_queue",
///     title: "SQS queue",
///     shape: 1,
///     reach: Reach::Regional,
///     sets: &[Set { at: "/Tags", key: &["Key"] }],
///     dropped: &["/Attributes/ApproximateNumberOfMessages"], // telemetry, no check reads it
///     permissions: &["sqs:ListQueues", "sqs:GetQueueAttributes"],
///     ..Technology::DEFAULT
/// };
/// assert_eq!(QUEUE.relations.len(), 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Technology {
    /// The id, as in item keys and check ids: `security_group`.
    pub id: &'static str,
    /// What people call it: `security group`.
    pub title: &'static str,
    /// Raised whenever members, parts, sets, ephemeral paths or digesting change:
    /// the next sweep then rebases every item instead of reporting a change.
    pub shape: u32,
    /// Whether one listing covers all regions.
    pub reach: Reach,
    /// Arrays whose order means nothing.
    pub sets: &'static [Set],
    /// Policy documents: percent-decoded and parsed where they are text, kept
    /// whole (nothing in them is pruned), string lists in them ordered.
    pub documents: &'static [&'static str],
    /// What the resource is attached to. A difference here is observed and
    /// audited again, but is no revision and alerts nobody.
    pub relations: &'static [&'static str],
    /// Times that count by their UTC day only, such as last-used dates.
    pub daily: &'static [&'static str],
    /// Members left out of the config: telemetry that no check reads. The reason
    /// stands beside each path.
    pub dropped: &'static [&'static str],
    /// Members that the provider's model marks sensitive and that are no secret.
    /// The reason stands beside each path.
    pub plain: &'static [&'static str],
    /// What a configuration says belongs to the account it is in: together they are
    /// the world that checks know ([`World`](crate::check::World)).
    pub names: &'static [Name],
    /// The provider's actions that reading it needs.
    pub permissions: &'static [&'static str],
}

impl Technology {
    /// Nothing declared: the base for `..Technology::DEFAULT`.
    pub const DEFAULT: Self = Self {
        id: "",
        title: "",
        shape: 1,
        reach: Reach::Regional,
        sets: &[],
        documents: &[],
        relations: &[],
        daily: &[],
        dropped: &[],
        plain: &[],
        names: &[],
        permissions: &[],
    };
}

/// Where a technology is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// One listing covers all regions; items have the region `global`.
    Global,
    /// One listing a region.
    Regional,
}

/// An array whose order means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set {
    /// Where the array is, as a pointer with `*` for every member.
    pub at: &'static str,
    /// The members (as pointers without the leading `/`, relative to the element)
    /// that tell its elements apart; empty where only the whole element does.
    pub key: &'static [&'static str],
}

/// A member of a configuration that names something its account owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// Where the name is, as a pointer with `*` for every member. What is no text
    /// there, or no block where one is meant, names nothing.
    pub at: &'static str,
}

/// What a name stands for. Policies and rules name strangers by it; whose it is tells
/// [`World::owners`](crate::check::World::owners).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A bucket, by its name.
    Bucket,
    /// An account, by the id that S3 access control lists name it by.
    CanonicalUser,
    /// A user, role or group, by the id that IAM gives it: `AIDA...`, `AROA...`, `AGPA...`.
    UniqueId,
    /// A VPC, by its id.
    Vpc,
    /// A VPC endpoint, by its id.
    VpcEndpoint,
    /// An address, or a block of addresses as a CIDR, of either family.
    Block,
    /// An organization, by its id. Accounts are registered with it; no item names it.
    Organization,
}

impl Kind {
    /// The name of the kind, as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::CanonicalUser => "canonical_user",
            Self::UniqueId => "unique_id",
            Self::Vpc => "vpc",
            Self::VpcEndpoint => "vpc_endpoint",
            Self::Block => "block",
            Self::Organization => "organization",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
