//! One policy document, statement by statement.

use std::sync::OnceLock;

use super::scope::{self, Budget, Kind, Scope};
use super::{
    Denials, Identity, is_nearly_everything, looks_at_tags, managing, meant, of_level, union,
};
use crate::actions::{AccessLevel, ActionId, Set};
use crate::condition::Condition;
use crate::document::{Effect, Of, Policy, Statement};
use crate::pattern::Pattern;

/// A policy document of an identity, judged statement by statement and without the other
/// policies of the identity. Denies of the same document count.
///
/// A statement that makes a [full administrator](Self::full_admin) is told as that and as
/// nothing else, so that one mistake is told once: nothing weighs more.
///
/// ```
/// use secmonkey_policy::Policy;
/// use secmonkey_policy::identity::Document;
///
/// let json = serde_json::json!({
///     "Version": "2012-10-17",
///     "Statement": [
///         { "Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::logs/*" }
///     ]
/// });
/// let policy = Policy::read(&json)?;
/// let found = Document::of(&policy).permissions_management();
/// assert_eq!(found[0].service, Some("s3"));
/// assert_eq!(found[0].statement.pointer, "/Statement/0");
/// # Ok::<_, secmonkey_policy::Malformed>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document<'p, 'a> {
    allows: Vec<Allow<'p, 'a>>,
}

#[derive(Debug, Clone)]
struct Allow<'p, 'a> {
    index: usize,
    statement: &'p Statement<'a>,
    /// What it allows, less what is denied.
    actions: Set,
    /// Whether it allows all but some actions, those to come among them.
    is_open: bool,
    /// Whether it makes a full administrator, alone or with others.
    everything: bool,
}

/// Something a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'p, 'a> {
    /// The index of the statement in [`Policy::statements`].
    pub index: usize,
    /// The statement.
    pub statement: &'p Statement<'a>,
    /// The service, where it is told by service.
    pub service: Option<&'static str>,
    /// The known actions by which it does it, less what is denied.
    pub actions: Set,
}

impl<'p, 'a> Found<'p, 'a> {
    /// On which resources.
    #[must_use]
    pub const fn resources(&self) -> Option<&'p Of<Pattern<'a>>> {
        self.statement.resources.as_ref()
    }

    /// Whether it reaches all of a kind of resource of a service, and not only what is
    /// named or what a tag is on.
    #[must_use]
    pub fn is_wide_for(&self, service: &str) -> bool {
        Scope(self.resources()).is_wide_for(service)
            && !self.statement.conditions.iter().any(looks_at_tags)
    }

    /// Under which conditions.
    #[must_use]
    pub fn conditions(&self) -> &'p [Condition<'a>] {
        &self.statement.conditions
    }
}

impl<'p, 'a> Document<'p, 'a> {
    /// Takes a document apart.
    #[must_use]
    pub fn of(policy: &'p Policy<'a>) -> Self {
        let mut denials = Denials::default();
        let mut budget = Budget::new();
        denials.add(policy, &mut budget);
        let allow = |(index, statement): (usize, &'p Statement<'a>)| {
            let scope = Scope(statement.resources.as_ref());
            if statement.effect == Effect::Deny || scope.is_nothing() {
                return None;
            }
            let meant = meant(statement, &mut budget);
            let actions = scope.allowing(denials.spare(&meant, scope, &mut budget));
            let is_open = statement.actions.is_all_but()
                && !actions.is_empty()
                && !denials.deny_what_comes(scope, &mut budget);
            Some(Allow { index, statement, actions, is_open, everything: false })
        };
        let mut allows: Vec<_> = policy.statements.iter().enumerate().filter_map(allow).collect();
        // Only those can be administrators who may do nearly everything on something.
        if is_nearly_everything(&union(allows.iter().map(|it| &it.actions))) {
            let admin = Identity::new().with("", policy).permissions().full_admin();
            for source in admin.iter().flat_map(|it| &it.evidence) {
                for it in allows.iter_mut().filter(|it| it.index == source.statement) {
                    it.everything = true;
                }
            }
        }
        Self { allows }
    }

    /// Statements that together make a full administrator, as
    /// [`Permissions::full_admin`](super::Permissions::full_admin) says: nearly every action
    /// on everything. A Deny that takes IAM away, or more than a tenth of all actions, makes
    /// it less.
    #[must_use]
    pub fn full_admin(&self) -> Vec<Found<'p, 'a>> {
        self.allows
            .iter()
            .filter(|it| it.everything)
            .map(|it| it.found(it.actions.clone()))
            .collect()
    }

    /// Statements that allow every action by which IAM's permissions are managed, on users,
    /// groups, roles or policies: `iam:*`, or what comes to the same.
    #[must_use]
    pub fn iam_wildcard(&self) -> Vec<Found<'p, 'a>> {
        let (iam, managing) = (iam(), managing());
        let all = |it: &&Allow<'p, 'a>| {
            let scope = Scope(it.statement.resources.as_ref());
            // Of these every one that can act on what is named.
            let managed = scope.allowing(iam.intersection(managing));
            !it.actions.intersection(&managed).is_empty()
                && managed.difference(&it.actions).is_empty()
                && IDENTITIES.iter().any(|kind| scope.names(*kind))
                && names_all_of_iam(it.statement)
        };
        self.lesser().filter(all).map(|it| it.found(it.actions.intersection(iam))).collect()
    }

    /// By service, statements that allow actions which grant or change permissions.
    #[must_use]
    pub fn permissions_management(&self) -> Vec<Found<'p, 'a>> {
        let wanted = managing();
        self.lesser().flat_map(|it| it.by_service(wanted)).collect()
    }

    /// By service, statements that allow actions which write, of the services that
    /// `sensitive` says are.
    #[must_use]
    pub fn service_write(&self, sensitive: impl Fn(&str) -> bool) -> Vec<Found<'p, 'a>> {
        let wanted = of_level(AccessLevel::Write);
        let mut found: Vec<_> = self.lesser().flat_map(|it| it.by_service(wanted)).collect();
        found.retain(|it| it.service.is_some_and(&sensitive));
        found
    }

    /// Statements that allow to pass a role to a service.
    #[must_use]
    pub fn pass_role(&self) -> Vec<Found<'p, 'a>> {
        static WANTED: OnceLock<Set> = OnceLock::new();
        let mut found = self.any_of(WANTED.get_or_init(|| named(&["iam:PassRole"])));
        found.retain(|it| Scope(it.resources()).names(ROLE));
        found
    }

    /// Statements that allow to let traffic through security groups.
    #[must_use]
    pub fn security_group_write(&self) -> Vec<Found<'p, 'a>> {
        static WANTED: OnceLock<Set> = OnceLock::new();
        self.any_of(WANTED.get_or_init(|| {
            named(&["ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress"])
        }))
    }

    /// Statements that allow all but some actions, whatever comes to AWS in years to come. Where
    /// a Deny of all but some leaves no more than it names, there is no such statement.
    #[must_use]
    pub fn allow_not_action(&self) -> Vec<Found<'p, 'a>> {
        let open = self.allows.iter().filter(|it| it.is_open);
        open.map(|it| it.found(it.actions.clone())).collect()
    }

    /// Statements that allow something on all but some resources.
    #[must_use]
    pub fn allow_not_resource(&self) -> Vec<Found<'p, 'a>> {
        let not = |it: &&Allow<'p, 'a>| {
            it.statement.resources.as_ref().is_some_and(Of::is_all_but) && !it.actions.is_empty()
        };
        self.allows.iter().filter(not).map(|it| it.found(it.actions.clone())).collect()
    }

    /// Those that are less than full admin.
    fn lesser(&self) -> impl Iterator<Item = &Allow<'p, 'a>> {
        self.allows.iter().filter(|it| !it.everything)
    }

    fn any_of(&self, wanted: &Set) -> Vec<Found<'p, 'a>> {
        let held = self.lesser().map(|it| (it, it.actions.intersection(wanted)));
        held.filter(|(_, set)| !set.is_empty()).map(|(it, set)| it.found(set)).collect()
    }
}

impl<'p, 'a> Allow<'p, 'a> {
    const fn found(&self, actions: Set) -> Found<'p, 'a> {
        Found { index: self.index, statement: self.statement, service: None, actions }
    }

    fn by_service(&self, wanted: &Set) -> Vec<Found<'p, 'a>> {
        let mut all: Vec<Found<'p, 'a>> = Vec::new();
        // The table is in the order of the services.
        for id in self.actions.intersection(wanted).iter() {
            let service = Some(id.action().service);
            if all.last().is_none_or(|last| last.service != service) {
                all.push(Found { service, ..self.found(Set::new()) });
            }
            if let Some(last) = all.last_mut() {
                last.actions.insert(id);
            }
        }
        all
    }
}

/// The actions of IAM.
fn iam() -> &'static Set {
    static IAM: OnceLock<Set> = OnceLock::new();
    IAM.get_or_init(|| scope::of_service("iam"))
}

/// The actions of these names.
fn named(names: &[&str]) -> Set {
    names.iter().filter_map(|name| ActionId::find(name)).collect()
}

/// Whether a statement means every action of IAM, and not a list of those that count.
fn names_all_of_iam(statement: &Statement<'_>) -> bool {
    let mut budget = Budget::new();
    iam().difference(&meant(statement, &mut budget)).is_empty()
}

const ROLE: Kind = Kind { service: "iam", resource: "role/*" };

/// Whom and what permissions of IAM are about.
const IDENTITIES: [Kind; 4] = [
    Kind { service: "iam", resource: "user/*" },
    Kind { service: "iam", resource: "group/*" },
    ROLE,
    Kind { service: "iam", resource: "policy/*" },
];
