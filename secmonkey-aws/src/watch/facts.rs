//! What is known of a technology before it is read.

use std::iter;

use secmonkey_core::render::Wording;
use secmonkey_core::technology::{Name, Reach, Set, Technology, Texts};
use secmonkey_core::watch::Observed;
use serde_json::Value;

use crate::operation::Operation;
use crate::service::Service;
use crate::{AWS, shape, wording};

/// All that is known of one kind of resource, as a constant beside the calls that read it.
///
/// Everything else derives from it: the [`Technology`] that the core is told, the
/// permissions that a scan needs, the members of AWS's structures (`cargo xtask shapes`
/// reads the constant from its source), and the tests that every technology has to pass.
///
/// ```
/// use secmonkey_aws::operation::Operation;
/// use secmonkey_aws::service;
/// use secmonkey_aws::watch::{Events, Facts, Structure};
/// use secmonkey_core::technology::Set;
///
/// const LIST: Operation = Operation::new("ec2:DescribeKeyPairs");
///
/// pub const KEY_PAIR: Facts = Facts {
///     id: "key_pair",
///     title: "key pair",
///     structures: &[Structure::new("KeyPairInfo", "")],
///     events: &[Events::new("/requestParameters/keyName", &["DeleteKeyPair"])],
///     sets: &[Set::new("/Tags", &["Key"])],
///     ..Facts::of(&service::EC2, LIST)
/// };
/// assert!(KEY_PAIR.technology().permissions.contains("ec2:DescribeKeyPairs"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The id, as in item keys and check ids: `security_group`.
    pub id: &'static str,
    /// What people call it: `security group`.
    pub title: &'static str,
    /// Raised whenever members, parts, sets, ephemeral paths or digesting change. A
    /// snapshot reminds you.
    pub shape: u32,
    /// Whether one listing covers all regions.
    pub reach: Reach,
    /// The service whose SDK reads it.
    pub service: &'static Service,
    /// The operation whose listing, read to its end, names every one there is.
    pub list: Operation,
    /// The other operations that reading it takes.
    pub operations: &'static [Operation],
    /// The structures of AWS that a configuration is made of; none where AWS answers with
    /// JSON, as Cloud Control does.
    pub structures: &'static [Structure],
    /// The events of CloudTrail that change one.
    pub events: &'static [Events],
    /// What of a configuration these events write: where that is said, a change can be told
    /// from another.
    pub writes: &'static [Writes],
    /// How the id of an item follows from an event, so that one is found that nobody knows yet:
    /// a pointer into the event; an ARN with `{partition}`, `{region}`, `{account}` and
    /// `{name}`, or just `arn` where events always name it by its ARN. Empty: what events name
    /// is the id, where it looks like one of AWS's own (`sg-0123456789abcdef0`).
    pub ids: &'static str,
    /// The ids in an event, where they are made of several of its members.
    pub named_by: Option<fn(&Value) -> Vec<String>>,
    /// Lists whose order means nothing.
    pub sets: &'static [Set],
    /// Lists whose order decides. The reason stands beside each; all others are sets.
    pub ordered: &'static [&'static str],
    /// Policy documents ([`Technology::documents`]).
    pub documents: &'static [&'static str],
    /// What the resource is attached to ([`Technology::relations`]).
    pub relations: &'static [&'static str],
    /// Times that count by their UTC day only.
    pub daily: &'static [&'static str],
    /// Members left out. The reason stands beside each.
    pub dropped: &'static [&'static str],
    /// Members whose values are secret: recorded as keyed digests.
    pub secret: &'static [&'static str],
    /// Members that AWS's model marks sensitive and that are no secret. The reason stands
    /// beside each.
    pub plain: &'static [&'static str],
    /// Members that name what belongs to the account.
    pub names: &'static [Name],
    /// Parts whose changes people have words for, beside the policy documents
    /// ([`Technology::wordings`]).
    pub wordings: &'static [Wording],
}

/// A structure of AWS, and where it stands in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure {
    /// AWS's name of it, or that of an operation and `Output`, for its whole answer: `Vpc`,
    /// `GetBucketVersioningOutput`.
    pub of: &'static str,
    /// Where it stands, with `*` for every member: `/AccessKeys/*`.
    pub at: &'static str,
}

impl Structure {
    /// A structure at a pointer.
    #[must_use]
    pub const fn new(of: &'static str, at: &'static str) -> Self {
        Self { of, at }
    }
}

/// Events of CloudTrail that change a resource and say in one place which. They are from the
/// service whose permissions the listing needs; of what Cloud Control lists, from the one
/// whose permissions its reading needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// Where in the event the resource's id, name or ARN stands, with `*` for every member.
    pub at: &'static str,
    /// The names of the events.
    pub names: &'static [&'static str],
}

impl Events {
    /// Events that name the resource at a pointer.
    #[must_use]
    pub const fn new(at: &'static str, names: &'static [&'static str]) -> Self {
        Self { at, names }
    }
}

/// What events of CloudTrail write of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writes {
    /// Where, as a pointer; `""` where they make or end the whole resource.
    pub at: &'static str,
    /// The names of the events, without the version of the API.
    pub names: &'static [&'static str],
}

impl Writes {
    /// What events write.
    #[must_use]
    pub const fn new(at: &'static str, names: &'static [&'static str]) -> Self {
        Self { at, names }
    }
}

impl Facts {
    /// What is read from a service and listed by an operation; nothing else is said: the
    /// base for `..Facts::of(&service::EC2, LIST)`.
    #[must_use]
    pub const fn of(service: &'static Service, list: Operation) -> Self {
        Self {
            id: "",
            title: "",
            shape: 1,
            reach: Reach::Regional,
            service,
            list,
            operations: &[],
            structures: &[],
            events: &[],
            writes: &[],
            ids: "",
            named_by: None,
            sets: &[],
            ordered: &[],
            documents: &[],
            relations: &[],
            daily: &[],
            dropped: &[],
            secret: &[],
            plain: &[],
            names: &[],
            wordings: &[],
        }
    }

    /// What the core has to know.
    #[must_use]
    pub fn technology(&self) -> Technology {
        Technology {
            shape: self.shape,
            reach: self.reach,
            sets: self.sets.into(),
            documents: Texts::new(self.documents),
            relations: Texts::new(self.relations),
            daily: Texts::new(self.daily),
            dropped: Texts::new(self.dropped),
            secret: Texts::new(self.secret),
            plain: Texts::new(self.plain),
            names: self.names.into(),
            wordings: [self.wordings, &wording::of_documents(self.documents)].concat().into(),
            listed_by: [self.list.permission].into_iter().collect(),
            permissions: self.all_operations().map(|one| one.permission).collect(),
            ..self.named()
        }
    }

    /// The listing and the other operations.
    pub fn all_operations(&self) -> impl Iterator<Item = Operation> {
        iter::once(self.list).chain(self.operations.iter().copied())
    }

    /// The service of its events, as actions name it.
    #[must_use]
    pub fn events_of(&self) -> &'static str {
        // What Cloud Control lists is of the service whose permissions its reading needs.
        let own = |one: &Operation| !one.permission.starts_with("cloudformation:");
        let of = self.all_operations().find(own).unwrap_or(self.list).permission;
        of.split_once(':').map_or(of, |(service, _)| service)
    }

    /// What an event is known to write of a configuration; nothing, where that is not known.
    pub fn writes_of(&self, event: &str) -> impl Iterator<Item = &'static str> {
        const TAGS: &[&str] = &["/TagList", "/TagSet", "/Tags"];
        let event = event.to_owned();
        // However a service calls it, what tags a resource writes its tags.
        let is_tag = ["AddTags", "CreateTags", "DeleteTags", "RemoveTags", "Tag", "Untag"]
            .iter()
            .any(|verb| event.starts_with(verb));
        let tags = TAGS.iter().copied().filter(move |_| is_tag);
        let writes =
            self.writes.iter().filter(move |one| one.names.iter().any(|name| *name == event));
        writes.map(|one| one.at).chain(tags)
    }

    /// A resource with the members that came with the listing, named by its id.
    #[must_use]
    pub fn observed(&self, id: impl Into<String>, config: Value) -> Observed {
        Observed::new(&self.named(), id, config)
    }

    /// The members that AWS's model marks sensitive, as pointers into a configuration;
    /// the structure that `cargo xtask shapes` does not know yet, if there is one.
    ///
    /// # Errors
    /// Where a structure is unknown.
    pub fn sensitive(&self) -> Result<Vec<String>, Structure> {
        let mut all = Vec::new();
        for structure in self.structures {
            let within = shape::sensitive(self.service.id, structure.of).ok_or(*structure)?;
            all.extend(within.iter().map(|pointer| format!("{}{pointer}", structure.at)));
        }
        all.sort();
        Ok(all)
    }

    /// The technology by name only, for where nothing else of it counts.
    fn named(&self) -> Technology {
        Technology {
            provider: AWS,
            id: self.id.into(),
            title: self.title.into(),
            ..Technology::DEFAULT
        }
    }
}
