//! What is known beforehand about one kind of resource: the facts that let
//! configurations of it be compared.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::render::Wording;
pub use crate::texts::Texts;

/// One kind of resource, such as a security group, and how to read its
/// configurations.
///
/// Written as a constant beside the watcher that reads it, or made from a file at run
/// time. Pointers are RFC 6901; a segment `*` stands for every member of an object or an
/// array, so `/IpPermissions/*/IpRanges` is the list of ranges of every rule.
///
/// ```
/// use std::borrow::Cow;
/// use secmonkey_core::technology::{Reach, Set, Technology, Texts};
///
/// const QUEUE: Technology = Technology {
///     id: Cow::Borrowed("queue"),
///     title: Cow::Borrowed("message queue"),
///     shape: 1,
///     reach: Reach::Regional,
///     sets: Cow::Borrowed(&[Set::new("/Tags", &["Key"])]),
///     dropped: Texts::new(&["/Waiting"]), // telemetry, no check reads it
///     permissions: Texts::new(&["queues:List", "queues:Get"]),
///     ..Technology::DEFAULT
/// };
/// assert!(QUEUE.relations.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technology {
    /// Whose resources they are.
    pub provider: Provider,
    /// The id, as in item keys and check ids: `security_group`.
    pub id: Cow<'static, str>,
    /// What people call it: `security group`.
    pub title: Cow<'static, str>,
    /// Raised whenever members, parts, sets, ephemeral paths or digesting change:
    /// the next sweep then rebases every item instead of reporting a change.
    pub shape: u32,
    /// Whether one listing covers all regions.
    pub reach: Reach,
    /// Arrays whose order means nothing.
    pub sets: Cow<'static, [Set]>,
    /// Policy documents: percent-decoded and parsed where they are text, kept
    /// whole (nothing in them is pruned), string lists in them ordered.
    pub documents: Texts,
    /// What the resource is attached to. A difference here is observed and
    /// audited again, but is no revision and alerts nobody.
    pub relations: Texts,
    /// Times that count by their UTC day only, such as last-used dates.
    pub daily: Texts,
    /// Members left out of the config: telemetry that no check reads. The reason
    /// stands beside each path.
    pub dropped: Texts,
    /// Members whose values are secret: the log gets a keyed digest in their place, so
    /// that a change shows and the value does not
    /// ([`DigestKey`](crate::secret::DigestKey)).
    pub secret: Texts,
    /// Members that the provider's model marks sensitive and that are no secret.
    /// The reason stands beside each path.
    pub plain: Texts,
    /// What a configuration says belongs to the account it is in: together they are
    /// the world that checks know ([`World`](crate::check::World)).
    pub names: Cow<'static, [Name]>,
    /// The parts whose changes people have words for; all others are told by their place
    /// and their values ([`sentences`](crate::render::sentences)).
    pub wordings: Cow<'static, [Wording]>,
    /// The operations whose listings, read to the end, name every resource there is. A
    /// proof of another listing completes nothing. Empty: any listing will do.
    pub listed_by: Texts,
    /// The provider's actions that reading it needs.
    pub permissions: Texts,
}

impl Technology {
    /// Nothing declared: the base for `..Technology::DEFAULT`.
    pub const DEFAULT: Self = Self {
        provider: Provider::NOBODY,
        id: Cow::Borrowed(""),
        title: Cow::Borrowed(""),
        shape: 1,
        reach: Reach::Regional,
        sets: Cow::Borrowed(&[]),
        documents: Texts::NONE,
        relations: Texts::NONE,
        daily: Texts::NONE,
        dropped: Texts::NONE,
        secret: Texts::NONE,
        plain: Texts::NONE,
        names: Cow::Borrowed(&[]),
        wordings: Cow::Borrowed(&[]),
        listed_by: Texts::NONE,
        permissions: Texts::NONE,
    };
}

impl Default for Technology {
    fn default() -> Self {
        Self::DEFAULT
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Where the array is, as a pointer with `*` for every member.
    pub at: Cow<'static, str>,
    /// The members (as pointers without the leading `/`, relative to the element)
    /// that tell its elements apart; empty where only the whole element does.
    pub key: Texts,
}

impl Set {
    /// A set that stands in a constant.
    #[must_use]
    pub const fn new(at: &'static str, key: &'static [&'static str]) -> Self {
        Self { at: Cow::Borrowed(at), key: Texts::new(key) }
    }
}

/// A member of a configuration that names something its account owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// Where the name is, as a pointer with `*` for every member. What is no text
    /// there, or no block where one is meant, names nothing.
    pub at: Cow<'static, str>,
}

impl Name {
    /// A name that stands in a constant.
    #[must_use]
    pub const fn new(kind: Kind, at: &'static str) -> Self {
        Self { kind, at: Cow::Borrowed(at) }
    }
}

/// What a name stands for: `bucket`, `vpc`. The provider's crate declares its kinds as
/// constants. Policies and rules name strangers by such names; whose they are tells
/// [`World::owners`](crate::check::World::owners).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(Cow<'static, str>);

impl Kind {
    /// An address, or a block of addresses as a CIDR, of either family. The one kind that
    /// is looked up by what it holds and not by its text, whoever runs the account.
    pub const BLOCK: Self = Self::named("block");

    /// The kind of this name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name of the kind, as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
