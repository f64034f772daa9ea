//! Identities: what a user, a group or a role may do, all of its policies taken together.
//!
//! An action is allowed where a policy of the identity allows it, the permissions boundary
//! (where there is one) allows it too, and nothing denies it. Source: *Policy evaluation
//! logic*, *Permissions boundaries for IAM entities*. What resource policies, service
//! control policies or session policies add and take is not seen here.
//!
//! ```
//! use secmonkey_policy::{Identity, Policy};
//!
//! let json = serde_json::json!({
//!     "Version": "2012-10-17",
//!     "Statement": { "Effect": "Allow", "Action": "iam:Put*", "Resource": "*" }
//! });
//! let policy = Policy::read(&json)?;
//! let permissions = Identity::new().with("inline/self-service", &policy).permissions();
//! assert!(permissions.full_admin().is_none());
//! let paths: Vec<_> = permissions.escalations().iter().map(|it| it.path.id).collect();
//! assert_eq!(paths, ["iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:PutRolePolicy"]);
//! # Ok::<_, secmonkey_policy::Malformed>(())
//! ```
//!
//! # What the answers lean on
//! - A condition never removes what an Allow gives: it makes it conditional. One that looks
//!   at tags makes it one of some resources, too.
//! - A Deny takes away what it denies where it has no conditions and its resources cover
//!   those of the Allow. Any other Deny takes nothing.
//! - Whoever may do something on everything but a few named resources may do it on
//!   everything.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::actions::{self, AccessLevel, Set};
use crate::condition::{Condition, Quantifier};
use crate::document::{Effect, Of, Policy, Statement};
use crate::pattern::Pattern;

mod document;
pub mod escalation;
mod scope;
pub mod sensitive;

pub use document::{Document, Found};
pub use escalation::Escalation;

use scope::{Budget, Kind, Scope};

#[cfg(test)]
mod tests;

/// A user, a group or a role: its policies.
#[derive(Debug, Clone, Default)]
pub struct Identity<'p, 'a> {
    policies: Vec<(&'p str, &'p Policy<'a>)>,
    boundary: Option<Vec<(&'p str, &'p Policy<'a>)>>,
}

impl<'p, 'a> Identity<'p, 'a> {
    /// An identity without policies, which may do nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { policies: Vec::new(), boundary: None }
    }

    /// With one more policy: inline, attached, or of one of its groups. The label is what
    /// the evidence calls it: `inline/NAME`, the ARN of the policy, ...
    #[must_use]
    pub fn with(mut self, label: &'p str, policy: &'p Policy<'a>) -> Self {
        self.policies.push((label, policy));
        self
    }

    /// With a permissions boundary. Of several, each allows what it allows.
    ///
    /// A boundary that could not be read is best left out: then nothing is hidden by it.
    #[must_use]
    pub fn bounded_by(mut self, label: &'p str, policy: &'p Policy<'a>) -> Self {
        self.boundary.get_or_insert_default().push((label, policy));
        self
    }

    /// What it may do.
    ///
    /// The time is linear in the number of statements up to a bound on the comparisons of
    /// resources; past it, more seems to be allowed than is.
    #[must_use]
    pub fn permissions(&self) -> Permissions<'p, 'a> {
        Permissions::of(self)
    }
}

/// Where something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source<'p> {
    /// What the policy is called.
    pub label: &'p str,
    /// The pointer of the statement in the policy.
    pub pointer: &'p str,
    /// The index of the policy, in the order in which the identity was given them.
    pub policy: usize,
    /// The index of the statement in [`Policy::statements`].
    pub statement: usize,
}

/// What an identity may do.
#[derive(Debug, Clone)]
pub struct Permissions<'p, 'a> {
    /// By statement, and apart what only a condition of the boundary allows.
    allowances: Vec<Allowance<'p, 'a>>,
    /// What the boundary allows, by statement.
    boundary: Option<Vec<Allowance<'p, 'a>>>,
    /// Denies with conditions.
    denials: Vec<&'p Statement<'a>>,
    allowed: Set,
    everywhere: Set,
    unconditional: Set,
    unconditional_everywhere: Set,
}

/// What one statement allows, less what is denied.
#[derive(Debug, Clone)]
struct Allowance<'p, 'a> {
    source: Source<'p>,
    statement: &'p Statement<'a>,
    /// On whatever resources the statement names.
    actions: Set,
    /// Of these, on everything.
    everywhere: Everywhere,
    conditional: bool,
}

/// Which actions of an allowance are on everything.
#[derive(Debug, Clone)]
enum Everywhere {
    All,
    Some(Set),
    None,
}

impl Allowance<'_, '_> {
    const fn everywhere(&self) -> Option<&Set> {
        match &self.everywhere {
            Everywhere::All => Some(&self.actions),
            Everywhere::Some(set) => Some(set),
            Everywhere::None => None,
        }
    }
}

/// Actions that an identity may do, and what allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<'p> {
    /// The actions.
    pub actions: Set,
    /// Those of them that are allowed on everything, not only on what a statement names.
    pub everywhere: Set,
    /// Those of them that are allowed without a condition.
    pub unconditional: Set,
    /// The statements that allow them, in order: of several that allow the same only the
    /// first, one without conditions before one with.
    pub evidence: Vec<Source<'p>>,
}

impl<'p, 'a> Permissions<'p, 'a> {
    fn of(identity: &Identity<'p, 'a>) -> Self {
        let boundary = identity.boundary.as_deref();
        let mut budget = Budget::new();
        let mut denials = Denials::default();
        for (_, policy) in identity.policies.iter().chain(boundary.unwrap_or_default()) {
            denials.add(policy, &mut budget);
        }
        let granted = allowances(&identity.policies, &denials, &mut budget);
        let boundary = boundary.map(|policies| allowances(policies, &denials, &mut budget));
        let allowances = match &boundary {
            Some(boundary) => bound(&granted, boundary, &mut budget),
            None => granted,
        };

        let free = || allowances.iter().filter(|it| !it.conditional);
        Self {
            allowed: union(allowances.iter().map(|it| &it.actions)),
            everywhere: union(allowances.iter().filter_map(Allowance::everywhere)),
            unconditional: union(free().map(|it| &it.actions)),
            unconditional_everywhere: union(free().filter_map(Allowance::everywhere)),
            allowances,
            boundary,
            denials: denials.conditional,
        }
    }

    /// What is allowed on something, be it under conditions.
    #[must_use]
    pub const fn allowed(&self) -> &Set {
        &self.allowed
    }

    /// What is allowed on everything, be it under conditions.
    #[must_use]
    pub const fn everywhere(&self) -> &Set {
        &self.everywhere
    }

    /// What is allowed on something, without conditions.
    #[must_use]
    pub const fn unconditional(&self) -> &Set {
        &self.unconditional
    }

    /// Those of some actions that are allowed on something; `None` where none is.
    #[must_use]
    pub fn held(&self, wanted: &Set) -> Option<Held<'p>> {
        let actions = self.allowed.intersection(wanted);
        (!actions.is_empty()).then(|| Held {
            everywhere: self.everywhere.intersection(&actions),
            unconditional: self.unconditional.intersection(&actions),
            evidence: evidence(self.allowances.iter().map(|it| (it, &it.actions)), &actions),
            actions,
        })
    }

    /// Those of some actions that are allowed on everything; `None` where none is.
    #[must_use]
    pub fn held_everywhere(&self, wanted: &Set) -> Option<Held<'p>> {
        let actions = self.everywhere.intersection(wanted);
        (!actions.is_empty()).then(|| Held {
            everywhere: actions.clone(),
            unconditional: self.unconditional_everywhere.intersection(&actions),
            evidence: evidence(
                self.allowances.iter().filter_map(|it| Some((it, it.everywhere()?))),
                &actions,
            ),
            actions,
        })
    }

    /// Whether it is an administrator in full, and what makes it one.
    ///
    /// That is who may do nearly everything on everything, nine tenths of all known
    /// actions, and among them all by which IAM's permissions are managed: what else a Deny
    /// or a boundary takes, it gives itself. So `NotAction: iam:*` makes no full
    /// administrator, and neither does `iam:*` alone; [`escalations`](Self::escalations)
    /// tells how near they come.
    #[must_use]
    pub fn full_admin(&self) -> Option<Held<'p>> {
        if !is_nearly_everything(&self.everywhere) {
            return None;
        }
        self.held_everywhere(&self.everywhere)
    }

    /// Actions that grant or change permissions: see
    /// [`manages_permissions`](actions::Action::manages_permissions).
    #[must_use]
    pub fn permissions_management(&self) -> Option<Held<'p>> {
        self.held(managing())
    }

    /// The published ways by which it can gain more permissions than it has, in the order
    /// of [`escalation::paths`].
    #[must_use]
    pub fn escalations(&self) -> Vec<Escalation<'p>> {
        escalation::held(self)
    }

    /// Actions that carry data away, where they are allowed on everything: see
    /// [`sensitive::EXFILTRATION`].
    #[must_use]
    pub fn exfiltration(&self) -> Option<Held<'p>> {
        sensitive::exfiltration(self)
    }

    /// Actions whose answer is a credential, on whatever resources: see
    /// [`sensitive::CREDENTIALS`].
    #[must_use]
    pub fn credentials_exposure(&self) -> Option<Held<'p>> {
        sensitive::credentials(self)
    }

    /// All that is allowed on something, by access level, in the order of
    /// [`actions::all`].
    #[must_use]
    pub fn actions_by_access_level(&self) -> BTreeMap<AccessLevel, Vec<String>> {
        let mut levels: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for action in self.allowed.iter().map(actions::ActionId::action) {
            levels.entry(action.level).or_default().push(action.to_string());
        }
        levels
    }

    /// How much of each service is allowed on something, by access level and service.
    #[must_use]
    pub fn shares(&self) -> BTreeMap<AccessLevel, Vec<Share>> {
        let mut levels: BTreeMap<_, BTreeMap<&'static str, Share>> = BTreeMap::new();
        for id in Set::all().iter() {
            let action = id.action();
            let share = levels
                .entry(action.level)
                .or_default()
                .entry(action.service)
                .or_insert(Share { service: action.service, allowed: 0, known: 0 });
            share.known += 1;
            share.allowed += usize::from(self.allowed.contains(id));
        }
        let some = |shares: BTreeMap<_, Share>| -> Vec<Share> {
            shares.into_values().filter(|share| share.allowed > 0).collect()
        };
        levels
            .into_iter()
            .map(|(level, shares)| (level, some(shares)))
            .filter(|(_, shares)| !shares.is_empty())
            .collect()
    }

    /// By statement, which of the actions of some groups it allows on what the group wants.
    fn usable(&self, groups: &[Group]) -> Vec<(&Allowance<'p, 'a>, Set)> {
        let of = |it: &Allowance<'p, 'a>| {
            let scope = Scope(it.statement.resources.as_ref());
            groups.iter().fold(Set::new(), |all, group| {
                let part = it.actions.intersection(&group.actions);
                if part.is_empty() {
                    return all;
                }
                match group.fit {
                    fit if fit.fits(scope) => all.union(&part),
                    Fit::Covers(_) => all
                        .union(&it.everywhere().map_or_else(Set::new, |it| it.intersection(&part))),
                    _ => all,
                }
            })
        };
        let boundary = self
            .boundary
            .as_ref()
            .map(|boundary| boundary.iter().fold(Set::new(), |all, it| all.union(&of(it))));
        let usable = |it| {
            let set = of(it);
            (
                it,
                boundary
                    .as_ref()
                    .map_or_else(|| set.clone(), |boundary| set.intersection(boundary)),
            )
        };
        self.allowances.iter().map(usable).filter(|(_, set)| !set.is_empty()).collect()
    }

    /// The actions of some groups that are allowed on what the groups want.
    fn held_of(&self, groups: &[Group]) -> Option<Held<'p>> {
        let usable = self.usable(groups);
        let union = |wanted: fn(&Allowance<'p, 'a>) -> bool| {
            let sets = usable.iter().filter(|(it, _)| wanted(it));
            sets.fold(Set::new(), |all, (_, set)| all.union(set))
        };
        let actions = union(|_| true);
        (!actions.is_empty()).then(|| Held {
            everywhere: self.everywhere.intersection(&actions),
            unconditional: union(|it| !it.conditional),
            evidence: evidence(usable.iter().map(|(it, set)| (*it, set)), &actions),
            actions,
        })
    }
}

/// Actions that count where they are allowed on the right resources.
#[derive(Debug)]
struct Group {
    actions: Set,
    fit: Fit,
}

/// On which resources actions count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Any.
    Any,
    /// One of this kind.
    Names(Kind),
    /// One of these kinds.
    NamesOne(&'static [Kind]),
    /// One of this kind, other than the user itself.
    Others(Kind),
    /// All of this kind.
    Covers(Kind),
    /// One of this kind that is not named in full.
    Many(Kind),
}

impl Fit {
    fn fits(self, scope: Scope<'_, '_>) -> bool {
        match self {
            Self::Any => true,
            Self::Names(kind) => scope.names(kind),
            Self::NamesOne(kinds) => kinds.iter().any(|kind| scope.names(*kind)),
            Self::Others(kind) => scope.names_other_than_self(kind),
            Self::Covers(kind) => scope.covers(kind),
            Self::Many(kind) => scope.names_many(kind),
        }
    }
}

/// The statements that together allow `wanted`, in order.
fn evidence<'s, 'p: 's, 'a: 'p>(
    sets: impl IntoIterator<Item = (&'s Allowance<'p, 'a>, &'s Set)>,
    wanted: &Set,
) -> Vec<Source<'p>> {
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(|(it, _)| it.conditional);
    let mut missing = wanted.clone();
    let mut sources = Vec::new();
    for (it, set) in sets {
        if missing.is_empty() {
            break;
        }
        let left = missing.difference(set);
        if left != missing {
            missing = left;
            sources.push(it.source);
        }
    }
    sources.sort_unstable_by_key(|it| (it.policy, it.statement));
    sources.dedup();
    sources
}

/// How much of a service is allowed, of one access level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The prefix of the service: `s3`.
    pub service: &'static str,
    /// How many of its actions are allowed.
    pub allowed: usize,
    /// How many there are.
    pub known: usize,
}

/// `s3`, or `s3 (12 of 60)`.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { service, allowed, known } = self;
        f.write_str(service)?;
        if allowed == known { Ok(()) } else { write!(f, " ({allowed} of {known})") }
    }
}

/// Whether actions allowed on everything make a full administrator.
fn is_nearly_everything(everywhere: &Set) -> bool {
    let iam = scope::of_service("iam").intersection(managing());
    iam.difference(everywhere).is_empty() && everywhere.len() * 10 >= Set::all().len() * 9
}

/// The known actions that grant or change permissions.
fn managing() -> &'static Set {
    static MANAGING: OnceLock<Set> = OnceLock::new();
    MANAGING
        .get_or_init(|| Set::all().iter().filter(|id| id.action().manages_permissions()).collect())
}

/// The known actions of an access level.
fn of_level(level: AccessLevel) -> &'static Set {
    static LEVELS: OnceLock<[Set; 5]> = OnceLock::new();
    let levels = LEVELS.get_or_init(|| {
        let mut levels: [Set; 5] = Default::default();
        for id in Set::all().iter() {
            levels[id.action().level as usize].insert(id);
        }
        levels
    });
    &levels[level as usize]
}

fn union<'s>(sets: impl IntoIterator<Item = &'s Set>) -> Set {
    sets.into_iter().fold(Set::new(), |all, set| all.union(set))
}

/// The known actions that an element means.
fn meant(statement: &Statement<'_>, budget: &mut Budget) -> Set {
    let actions = &statement.actions;
    let mut named = Set::new();
    for pattern in actions.named() {
        if !budget.spend(steps_of_matching(pattern)) {
            // Not looked at any more: an Allow gives all, a Deny takes nothing.
            let allows = statement.effect == Effect::Allow;
            return if allows { Set::all() } else { Set::new() };
        }
        named.add_matching(pattern);
    }
    if actions.is_all_but() { named.complement() } else { named }
}

/// What it costs to find the actions of a pattern: those of all services are gone through
/// where it leaves the service open.
fn steps_of_matching(pattern: &Pattern<'_>) -> usize {
    let text = pattern.as_str();
    let head = text.split(['*', '?']).next().unwrap_or(text);
    let one_range = text[head.len()..].bytes().all(|byte| byte == b'*');
    if one_range || head.contains(':') { STEPS_OF_A_SET } else { STEPS_OF_THE_TABLE }
}

/// What it costs to go through all actions. AWS takes no action without its service in a
/// policy of an identity, other than `*`: fifty such patterns are more than anybody has.
const STEPS_OF_THE_TABLE: usize = 400_000;

/// What is denied.
#[derive(Debug, Default)]
struct Denials<'p, 'a> {
    /// On everything, without conditions.
    everywhere: Set,
    /// On some resources, without conditions.
    limited: Vec<(Scope<'p, 'a>, Set)>,
    /// On what all but some actions are denied, without conditions: actions to come, too.
    open: Vec<Scope<'p, 'a>>,
    conditional: Vec<&'p Statement<'a>>,
}

impl<'p, 'a> Denials<'p, 'a> {
    fn add(&mut self, policy: &'p Policy<'a>, budget: &mut Budget) {
        for statement in &policy.statements {
            let Some(resources) = &statement.resources else { continue };
            // A principal has no place in the policy of an identity: not understood.
            if statement.effect == Effect::Allow || statement.principals.is_some() {
                continue;
            }
            let scope = Scope(Some(resources));
            if !statement.conditions.is_empty() {
                self.conditional.push(statement);
                continue;
            }
            if statement.actions.is_all_but() {
                self.open.push(scope);
            }
            if is_on_everything(scope) {
                self.everywhere = self.everywhere.union(&meant(statement, budget));
            } else if !scope.is_nothing() {
                self.limited.push((scope, meant(statement, budget)));
            }
        }
    }

    /// Whether actions that nobody knows yet are denied on `scope`.
    fn deny_what_comes(&self, scope: Scope<'p, 'a>, budget: &mut Budget) -> bool {
        let mut open = self.open.iter();
        open.any(|denied| is_on_everything(*denied) || denied.surely_covers(scope, budget))
    }

    /// What of `actions` is left on `scope`.
    fn spare(&self, actions: &Set, scope: Scope<'p, 'a>, budget: &mut Budget) -> Set {
        let mut left = actions.difference(&self.everywhere);
        for (denied, set) in &self.limited {
            if left.is_empty() || !budget.spend(STEPS_OF_A_SET) {
                break;
            }
            if !left.intersection(set).is_empty() && denied.surely_covers(scope, budget) {
                left = left.difference(set);
            }
        }
        left
    }
}

/// Whether resources are named, and all are among them.
fn is_on_everything(scope: Scope<'_, '_>) -> bool {
    matches!(scope.0, Some(Of::Only(_))) && scope.is_everything()
}

/// What an operation on sets costs, in steps of comparing patterns.
const STEPS_OF_A_SET: usize = 300;

/// What the Allows of some policies allow, less what is denied.
fn allowances<'p, 'a>(
    policies: &[(&'p str, &'p Policy<'a>)],
    denials: &Denials<'p, 'a>,
    budget: &mut Budget,
) -> Vec<Allowance<'p, 'a>> {
    let mut all = Vec::new();
    for (policy, (label, document)) in policies.iter().enumerate() {
        for (index, statement) in document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny {
                continue;
            }
            let scope = Scope(statement.resources.as_ref());
            let actions = scope.allowing(denials.spare(&meant(statement, budget), scope, budget));
            if scope.is_nothing() || actions.is_empty() {
                continue;
            }
            let source = Source { label, pointer: &statement.pointer, policy, statement: index };
            all.push(Allowance {
                source,
                statement,
                everywhere: everywhere(scope, &actions, &statement.conditions),
                actions,
                conditional: !statement.conditions.is_empty(),
            });
        }
    }
    all
}

/// Which of a statement's actions are on everything.
fn everywhere(scope: Scope<'_, '_>, actions: &Set, conditions: &[Condition<'_>]) -> Everywhere {
    if conditions.iter().any(looks_at_tags) {
        return Everywhere::None;
    }
    let services = scope.whole_services();
    let whole = || union(&services.iter().map(|it| scope::of_service(it)).collect::<Vec<_>>());
    if scope.is_everything() {
        // Under `NotResource`: all but those services.
        let all_but = matches!(scope.0, Some(Of::AllBut(_))) && !services.is_empty();
        if all_but { Everywhere::Some(actions.difference(&whole())) } else { Everywhere::All }
    } else if services.is_empty() {
        Everywhere::None
    } else {
        Everywhere::Some(actions.intersection(&whole()))
    }
}

/// Whether a condition wants tags that are not there on everything.
fn looks_at_tags(condition: &Condition<'_>) -> bool {
    let operator = condition.operator;
    let key = condition.key.to_ascii_lowercase();
    let tags = key.contains(":resourcetag/")
        || key.starts_with("aws:requesttag/")
        || key.starts_with("s3:existingobjecttag/")
        || key == "aws:tagkeys";
    let holds_without = operator.if_exists
        || operator.test.is_negated()
        || operator.quantifier == Some(Quantifier::ForAllValues)
        || operator.test == crate::condition::Test::Null
        || operator.test == crate::condition::Test::Unknown;
    tags && !holds_without
}

/// What a boundary leaves of what is allowed: apart what it allows without conditions, and
/// what it allows under conditions.
fn bound<'p, 'a>(
    allowances: &[Allowance<'p, 'a>],
    boundary: &[Allowance<'p, 'a>],
    budget: &mut Budget,
) -> Vec<Allowance<'p, 'a>> {
    let limits = [false, true].map(|conditional| {
        Limit::of(boundary.iter().filter(|it| it.conditional == conditional).collect())
    });
    let mut all = Vec::with_capacity(allowances.len());
    for it in allowances {
        for (limit, conditional) in limits.iter().zip([false, true]) {
            let (actions, everywhere) = limit.on(Scope(it.statement.resources.as_ref()), budget);
            let actions = it.actions.intersection(&actions);
            if actions.is_empty() {
                continue;
            }
            let everywhere = it.everywhere().map(|set| set.intersection(&everywhere));
            all.push(Allowance {
                actions,
                everywhere: everywhere.map_or(Everywhere::None, Everywhere::Some),
                conditional: it.conditional || conditional,
                ..it.clone()
            });
        }
    }
    all
}

/// Statements of a boundary.
struct Limit<'s, 'p, 'a> {
    statements: Vec<&'s Allowance<'p, 'a>>,
    actions: Set,
    everywhere: Set,
}

impl<'s, 'p, 'a> Limit<'s, 'p, 'a> {
    fn of(statements: Vec<&'s Allowance<'p, 'a>>) -> Self {
        let actions = union(statements.iter().map(|it| &it.actions));
        let everywhere = union(statements.iter().filter_map(|it| it.everywhere()));
        Self { statements, actions, everywhere }
    }

    /// What they allow on a resource of `scope`, and what of it on everything.
    fn on(&self, scope: Scope<'_, '_>, budget: &mut Budget) -> (Set, Set) {
        let mut actions = Set::new();
        for it in &self.statements {
            if !budget.spend(STEPS_OF_A_SET) {
                actions = self.actions.clone();
                break;
            }
            if Scope(it.statement.resources.as_ref()).overlaps(scope, budget) {
                actions = actions.union(&it.actions);
            }
        }
        (actions, self.everywhere.clone())
    }
}
