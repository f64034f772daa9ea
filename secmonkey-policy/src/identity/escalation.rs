//! Ways to gain more permissions than one was given.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::scope::{Kind, Scope};
use super::{Allowance, Fit, Group, Permissions, Source, looks_at_tags};
use crate::actions::{ActionId, Set};
use crate::condition::{Condition, Quantifier, Test};
use crate::document::{Of, Statement};
use crate::pattern::Pattern;

/// A published way to gain permissions, a line of `ways.txt`, whose head names the sources
/// and the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Its name for ever: the actions it takes, joined by `+`.
    pub id: &'static str,
    /// What kind of way it is.
    pub kind: Way,
    /// What it comes to.
    pub how: &'static str,
    /// The services a role is passed to, of which one is enough; empty where none is
    /// passed.
    pub passed_to: Vec<&'static str>,
}

impl Path {
    /// The actions that it takes, all of them.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.id.split('+')
    }
}

/// Kinds of ways to gain permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The identity changes what it may do itself.
    Own,
    /// It gets at another identity.
    Other,
    /// It gives a role to something new that does what it wants.
    PassRole,
    /// It makes something that has a role do what it wants.
    Existing,
}

/// A way that is open to an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Escalation<'p> {
    /// The way.
    pub path: &'static Path,
    /// Whether an action that it takes is allowed under conditions only.
    pub conditional: bool,
    /// Whether all of its actions are allowed on everything, not only on what a statement
    /// names.
    pub everywhere: bool,
    /// Whether it leads to a narrow place: to roles, functions and the like that are named,
    /// or to what stays within a permissions boundary.
    pub narrow: bool,
    /// Whether what it makes must have a permissions boundary.
    pub bounded: bool,
    /// The statements that allow it, one for each action, in order.
    pub evidence: Vec<Source<'p>>,
}

const USER: Kind = Kind { service: "iam", resource: "user/*" };
const GROUP: Kind = Kind { service: "iam", resource: "group/*" };
const ROLE: Kind = Kind { service: "iam", resource: "role/*" };
const POLICY: Kind = Kind { service: "iam", resource: "policy/*" };

const PROFILE: Kind = Kind { service: "iam", resource: "instance-profile/*" };

/// Identities and policies: a single one may be that of the identity itself, so that naming
/// them does not make a way narrow.
const ITS_OWN: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateLoginProfile",
];

/// What Systems Manager runs commands and opens sessions on, each with a role of its own.
const MACHINES: &[Kind] = &[
    Kind { service: "ec2", resource: "instance/*" },
    Kind { service: "ecs", resource: "task/*" },
    Kind { service: "ssm", resource: "managed-instance/*" },
];

/// On which resources the actions count. As the published tools do, an action counts
/// wherever it is allowed on a resource of the kind it is about, with two exceptions: to
/// make credentials for oneself gains nothing, and to assume a role that is named is what
/// roles are for.
const FITS: &[(&str, Fit)] = &[
    ("iam:AddUserToGroup", Fit::Names(GROUP)),
    ("iam:AttachGroupPolicy", Fit::Names(GROUP)),
    ("iam:AttachRolePolicy", Fit::Names(ROLE)),
    ("iam:AttachUserPolicy", Fit::Names(USER)),
    ("iam:CreateAccessKey", Fit::Others(USER)),
    ("iam:AddRoleToInstanceProfile", Fit::Names(PROFILE)),
    ("iam:CreateLoginProfile", Fit::Others(USER)),
    ("iam:CreateServiceSpecificCredential", Fit::Others(USER)),
    ("iam:ResetServiceSpecificCredential", Fit::Others(USER)),
    ("iam:CreatePolicyVersion", Fit::Names(POLICY)),
    (PASS_ROLE, Fit::Names(ROLE)),
    ("iam:PutGroupPolicy", Fit::Names(GROUP)),
    ("iam:PutRolePolicy", Fit::Names(ROLE)),
    ("iam:PutUserPolicy", Fit::Names(USER)),
    ("iam:SetDefaultPolicyVersion", Fit::Names(POLICY)),
    ("iam:UpdateAssumeRolePolicy", Fit::Names(ROLE)),
    ("iam:UpdateLoginProfile", Fit::Others(USER)),
    // These act on buckets and documents too.
    ("ssm:CreateAssociation", Fit::NamesOne(MACHINES)),
    ("ssm:SendCommand", Fit::NamesOne(MACHINES)),
    ("ssm:StartSession", Fit::NamesOne(MACHINES)),
    ("sts:AssumeRole", Fit::Covers(ROLE)),
];

const PASS_ROLE: &str = "iam:PassRole";

/// What the paths make of the table of actions.
struct Catalogue {
    groups: Vec<Group>,
    /// The actions of each path; a path with one that is not known is not held by anybody.
    paths: Vec<(&'static Path, Vec<ActionId>)>,
    pass_role: Option<ActionId>,
    its_own: Set,
}

/// The ways, by kind.
#[must_use]
pub fn paths() -> &'static [Path] {
    table()
}

#[expect(clippy::expect_used, reason = "the text is part of the program, every test reads it")]
fn table() -> &'static [Path] {
    static PATHS: OnceLock<Vec<Path>> = OnceLock::new();
    PATHS.get_or_init(|| read(include_str!("ways.txt")).expect("the table is as its head says"))
}

/// The lines of a table of ways; `None` where one is not as the head of the table says.
fn read(text: &'static str) -> Option<Vec<Path>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut fields = line.split('|').map(str::trim);
            let kind = match fields.next()? {
                "own" => Way::Own,
                "other" => Way::Other,
                "pass" => Way::PassRole,
                "existing" => Way::Existing,
                _ => return None,
            };
            let id = fields.next()?;
            let passed_to = fields.next()?.split_whitespace().collect();
            let how = fields.next()?;
            (fields.next().is_some() && fields.next().is_none()).then_some(Path {
                id,
                kind,
                how,
                passed_to,
            })
        })
        .collect()
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let ids = |path: &Path| path.actions().map(ActionId::find).collect::<Option<Vec<_>>>();
        let paths: Vec<_> = paths().iter().filter_map(|path| Some((path, ids(path)?))).collect();
        let mut rest: Set = paths.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        let mut groups: Vec<Group> = Vec::new();
        for (action, fit) in FITS {
            let actions: Set = ActionId::find(action).into_iter().collect();
            rest = rest.difference(&actions);
            match groups.iter_mut().find(|it| it.fit == *fit) {
                Some(group) => group.actions = group.actions.union(&actions),
                None => groups.push(Group { actions, fit: *fit }),
            }
        }
        groups.push(Group { actions: rest, fit: Fit::Any });
        let its_own = ITS_OWN.iter().filter_map(|name| ActionId::find(name)).collect();
        Catalogue { groups, paths, pass_role: ActionId::find(PASS_ROLE), its_own }
    })
}

/// The paths that are open.
pub(super) fn held<'p>(permissions: &Permissions<'p, '_>) -> Vec<Escalation<'p>> {
    let catalogue = catalogue();
    let usable = permissions.usable(&catalogue.groups);
    // For each action the best statement: that which reaches furthest, without conditions.
    let mut best: BTreeMap<ActionId, &Allowance<'p, '_>> = BTreeMap::new();
    let mut passes = Vec::new();
    for (it, set) in &usable {
        for id in set.iter() {
            if Some(id) == catalogue.pass_role {
                passes.push(*it);
            }
            let known = best.entry(id).or_insert(it);
            if worth(it, id) < worth(known, id) {
                *known = it;
            }
        }
    }

    let open = |(path, ids): &(&'static Path, Vec<ActionId>)| {
        let allowances = ids.iter().map(|id| {
            if Some(*id) == catalogue.pass_role {
                passing(permissions, &passes, &path.passed_to, *id)
            } else {
                best.get(id).copied()
            }
        });
        let allowances: Vec<_> = allowances.collect::<Option<_>>()?;
        let held = || allowances.iter().zip(ids);
        let bounded = held().any(|(it, _)| is_bounded(it));
        let mut evidence: Vec<_> = allowances.iter().map(|it| it.source).collect();
        evidence.sort_unstable_by_key(|it| (it.policy, it.statement));
        evidence.dedup();
        Some(Escalation {
            path,
            conditional: allowances.iter().any(|it| it.conditional),
            everywhere: ids.iter().all(|id| permissions.everywhere.contains(*id)),
            narrow: bounded || held().any(|(it, id)| is_narrow(it, *id)),
            bounded,
            evidence,
        })
    };
    catalogue.paths.iter().filter_map(open).collect()
}

/// Which of two statements opens a way wider: the smaller.
fn worth(it: &Allowance<'_, '_>, id: ActionId) -> (bool, bool) {
    (is_bounded(it) || is_narrow(it, id), it.conditional)
}

/// Whether a statement allows an action in a narrow place: where resources are named, or
/// those that carry a tag.
fn is_narrow(it: &Allowance<'_, '_>, id: ActionId) -> bool {
    !catalogue().its_own.contains(id)
        && (it.statement.conditions.iter().any(looks_at_tags)
            || !Scope(it.statement.resources.as_ref()).is_wide_for(id.action().service))
}

/// Whether a statement demands that what is made has a permissions boundary.
fn is_bounded(it: &Allowance<'_, '_>) -> bool {
    it.statement.conditions.iter().any(|condition| {
        let test = condition.operator.test;
        condition.is("iam:PermissionsBoundary")
            && !condition.operator.if_exists
            && condition.operator.quantifier != Some(Quantifier::ForAllValues)
            && !test.is_negated()
            && !matches!(test, Test::Null | Test::Unknown)
            && !condition.values.iter().any(|value| value.bytes().all(|it| it == b'*'))
    })
}

/// The best statement by which a role may be passed to one of some services.
fn passing<'s, 'p, 'a>(
    permissions: &Permissions<'p, 'a>,
    passes: &[&'s Allowance<'p, 'a>],
    services: &[&str],
    pass_role: ActionId,
) -> Option<&'s Allowance<'p, 'a>> {
    let denied = |service: &&&str| permissions.denials.iter().any(|it| denies_passing(it, service));
    let services: Vec<_> = services.iter().filter(|service| !denied(service)).collect();
    let allowed = |it: &&&'s Allowance<'p, 'a>| {
        services.iter().any(|service| {
            it.statement.conditions.iter().all(|it| passes_to(it, service) != Some(false))
        })
    };
    passes.iter().filter(allowed).min_by_key(|it| worth(it, pass_role)).copied()
}

/// Whether a Deny surely denies that any role is passed to a service.
fn denies_passing(statement: &Statement<'_>, service: &str) -> bool {
    let pass_role = |pattern: &Pattern<'_>| pattern.matches_ignoring_case(PASS_ROLE);
    let about_passing = match &statement.actions {
        Of::Only(named) => named.iter().any(pass_role),
        Of::AllBut(named) => !named.iter().any(pass_role),
    };
    about_passing
        && matches!(&statement.resources, Some(Of::Only(named))
            if named.iter().any(Pattern::is_everything))
        && statement.conditions.iter().all(|it| passes_to(it, service) == Some(true))
}

/// Whether a condition surely holds, or surely does not, where a role is passed to a
/// service. It is certain only of `iam:PassedToService`, which every such request has.
/// Source: *IAM and AWS STS condition context keys*.
fn passes_to(condition: &Condition<'_>, service: &str) -> Option<bool> {
    if !condition.is("iam:PassedToService") || condition.values.is_empty() {
        return None;
    }
    let matching: fn(&str, &str) -> bool = match condition.operator.test {
        Test::StringEquals | Test::StringNotEquals => |value, service| value == service,
        Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
            |value, service| value.eq_ignore_ascii_case(service)
        }
        Test::StringLike | Test::StringNotLike => {
            |value, service| Pattern::new(value).matches(service)
        }
        _ => return None,
    };
    // As some services are called in China.
    let chinese = format!("{service}.cn");
    let values = &condition.values;
    let found = values.iter().any(|it| matching(it, service) || matching(it, &chinese));
    Some(found != condition.operator.test.is_negated())
}
