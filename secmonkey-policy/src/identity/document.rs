//! One policy document, statement by statement.

use std::sync::OnceLock;

use super::scope::{self, Budget, Scope};
use super::{Denials, is_nearly_everything, meant, of_level};
use crate::actions::{AccessLevel, ActionId, Set};
use crate::condition::Condition;
use crate::document::{Effect, Of, Policy, Statement};
use crate::pattern::Pattern;

/// A policy document of an identity, judged statement by statement and without the other
/// policies of the identity. Denies of the same document count.
///
/// A statement that names every action, `*`, is [full admin](Self::full_admin) and nothing
/// else, so that one mistake is told once.
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
    /// Whether it names all actions of IAM.
    iam: bool,
    /// What it allows, less what is denied.
    actions: Set,
    /// Whether it names every action and keeps nearly all.
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
        let iam = iam();
        let allow = |(index, statement): (usize, &'p Statement<'a>)| {
            let scope = Scope(statement.resources.as_ref());
            if statement.effect == Effect::Deny || scope.is_nothing() {
                return None;
            }
            let meant = meant(statement, &mut budget);
            let actions = denials.spare(&meant, scope, &mut budget);
            let everything = names_everything(statement) && is_nearly_everything(&actions);
            let iam = iam.difference(&meant).is_empty();
            // Whoever names every action is told of by that, on whatever resources.
            let actions = if everything { actions } else { scope.allowing(actions) };
            Some(Allow { index, statement, iam, actions, everything })
        };
        Self { allows: policy.statements.iter().enumerate().filter_map(allow).collect() }
    }

    /// Statements that allow every action by name: `*` or `*:*`, on whatever resources. A
    /// Deny that takes IAM away, or more than a tenth of all actions, makes it less.
    #[must_use]
    pub fn full_admin(&self) -> Vec<Found<'p, 'a>> {
        self.allows
            .iter()
            .filter(|it| it.everything)
            .map(|it| it.found(it.actions.clone()))
            .collect()
    }

    /// Statements that allow every action of IAM by name: `iam:*`, or patterns that come to
    /// the same. `NotAction` is told apart.
    #[must_use]
    pub fn iam_wildcard(&self) -> Vec<Found<'p, 'a>> {
        let iam = iam();
        let managed = iam.intersection(of_level(AccessLevel::PermissionsManagement));
        let named = self.lesser().filter(|it| !it.statement.actions.is_all_but());
        let all = named.filter(|it| it.iam);
        let left = all.filter(|it| managed.difference(&it.actions).is_empty());
        left.map(|it| it.found(it.actions.intersection(iam))).collect()
    }

    /// By service, statements that allow actions which grant or change permissions.
    #[must_use]
    pub fn permissions_management(&self) -> Vec<Found<'p, 'a>> {
        let wanted = of_level(AccessLevel::PermissionsManagement);
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
        self.any_of(WANTED.get_or_init(|| named(&["iam:PassRole"])))
    }

    /// Statements that allow to let traffic through security groups.
    #[must_use]
    pub fn security_group_write(&self) -> Vec<Found<'p, 'a>> {
        static WANTED: OnceLock<Set> = OnceLock::new();
        self.any_of(WANTED.get_or_init(|| {
            named(&["ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress"])
        }))
    }

    /// Statements that allow all but some actions, whatever comes to AWS in years to come.
    #[must_use]
    pub fn allow_not_action(&self) -> Vec<Found<'p, 'a>> {
        let not = self.allows.iter().filter(|it| it.statement.actions.is_all_but());
        not.map(|it| it.found(it.actions.clone())).collect()
    }

    /// Statements that allow something on all but some resources.
    #[must_use]
    pub fn allow_not_resource(&self) -> Vec<Found<'p, 'a>> {
        let not = |it: &&Allow<'p, 'a>| it.statement.resources.as_ref().is_some_and(Of::is_all_but);
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

/// Whether a statement names every action: `*`, `*:*`.
fn names_everything(statement: &Statement<'_>) -> bool {
    let Of::Only(named) = &statement.actions else { return false };
    let universal = |pattern: &Pattern<'_>| {
        let text = pattern.as_str();
        text.contains('*') && text.bytes().all(|byte| matches!(byte, b'*' | b':'))
    };
    named.iter().any(universal)
}
