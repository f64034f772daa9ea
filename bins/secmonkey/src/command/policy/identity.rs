//! What an identity may do, all of its policies taken together.

use secmonkey_policy::actions::Set;
use secmonkey_policy::identity::{Held, Identity, Permissions, Source};
use secmonkey_policy::{Effect, Policy};

use super::record::{IdentityPolicy, PolicyFinding};
use super::text::{self, Text};
use super::unknown;
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW};

/// A policy of an identity.
pub struct Attached<'p, 'a> {
    /// What it is called.
    pub label: &'p str,
    /// Where it stands in what is explained.
    pub at: &'p str,
    /// The policy.
    pub policy: &'p Policy<'a>,
}

/// What an identity may do, and why.
pub struct Judged<'p, 'a> {
    policies: &'p [Attached<'p, 'a>],
    boundary: Option<&'p Attached<'p, 'a>>,
    permissions: Permissions<'p, 'a>,
}

/// Judges an identity.
pub fn judge<'p, 'a>(
    policies: &'p [Attached<'p, 'a>],
    boundary: Option<&'p Attached<'p, 'a>>,
) -> Judged<'p, 'a> {
    let mut identity =
        policies.iter().fold(Identity::new(), |all, one| all.with(one.label, one.policy));
    if let Some(boundary) = boundary {
        identity = identity.bounded_by(boundary.label, boundary.policy);
    }
    Judged { policies, boundary, permissions: identity.permissions() }
}

/// For machines.
pub fn record(judged: &Judged<'_, '_>, findings: Vec<PolicyFinding>) -> IdentityPolicy {
    let permissions = &judged.permissions;
    let names = |held: Option<Held<'_>>| {
        held.map(|held| names(&held.actions).collect()).unwrap_or_default()
    };
    IdentityPolicy {
        full_admin: permissions.full_admin().is_some(),
        permissions_management: permissions.permissions_management().is_some(),
        privilege_escalation: permissions.escalations().iter().map(|one| one.path.id).collect(),
        actions_by_access_level: permissions.actions_by_access_level(),
        data_exfiltration: names(permissions.exfiltration()),
        credentials_exposure: names(permissions.credentials_exposure()),
        unknown_actions: judged
            .policies
            .iter()
            .flat_map(|one| unknown::of(one.policy).told)
            .collect(),
        findings,
    }
}

fn names(set: &Set) -> impl Iterator<Item = String> + '_ {
    set.iter().map(|id| id.action().to_string())
}

/// For people: the verdict, each statement, and what it comes to.
pub fn explain(text: &mut Text, judged: &Judged<'_, '_>) {
    verdict(text, judged);
    let several = judged.policies.len() > 1 || judged.boundary.is_some();
    for one in judged.policies {
        statements(text, one, several.then_some("Policy"));
    }
    if let Some(boundary) = judged.boundary {
        statements(text, boundary, Some("Permissions boundary"));
    }
    altogether(text, judged);
}

fn verdict(text: &mut Text, judged: &Judged<'_, '_>) {
    let permissions = &judged.permissions;
    let escalations = permissions.escalations();
    let (style, said) = if permissions.full_admin().is_some() {
        (RED.bold(), "Full administrator: may do nearly everything on everything".to_owned())
    } else if let Some(first) = escalations.first() {
        let more = match escalations.len() - 1 {
            0 => String::new(),
            1 => ", or 1 other way".to_owned(),
            more => format!(", or {more} other ways"),
        };
        let said = format!(
            "May gain more permissions than it has: it can {} ({}){more}",
            first.path.how, first.path.id
        );
        (RED.bold(), said)
    } else if let Some(held) = permissions.permissions_management() {
        let count = held.actions.len();
        (YELLOW.bold(), format!("May change permissions: {}", some(&held.actions, count)))
    } else if permissions.allowed().is_empty() {
        match unknown(judged) {
            0 => (GREEN.bold(), "May do nothing".to_owned()),
            _ => (YELLOW.bold(), "May do only what is not known here".to_owned()),
        }
    } else {
        let count = permissions.allowed().len();
        (GREEN.bold(), format!("May do: {}", some(permissions.allowed(), count)))
    };
    text.line(0, style, &said);
}

/// How much the policies name that no known action is.
fn unknown(judged: &Judged<'_, '_>) -> usize {
    judged.policies.iter().map(|one| unknown::of(one.policy).told.len()).sum()
}

/// The first few of some actions, and how many more.
fn some(set: &Set, count: usize) -> String {
    let first: Vec<_> = names(set).take(4).collect();
    match count.saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn statements(text: &mut Text, one: &Attached<'_, '_>, heading: Option<&str>) {
    if let Some(heading) = heading {
        text.gap();
        text.line(0, BOLD, &format!("{heading} {}", one.label));
    }
    for (index, statement) in one.policy.statements.iter().enumerate() {
        text.gap();
        text::head(text, index + 1, statement, one.at);
        if statement.principals.is_some() {
            text.row("but", "it names a principal, which no policy of an identity may");
        }
        text::actions(text, statement.effect, &statement.actions);
        match &statement.resources {
            Some(named) => text::resources(text, named, None),
            None if statement.effect == Effect::Allow => {
                text.row("on", "nothing: it names no resource");
            }
            None => {}
        }
        text::conditions(text, &statement.conditions, |_| None);
    }
}

/// What all policies come to.
fn altogether(text: &mut Text, judged: &Judged<'_, '_>) {
    let permissions = &judged.permissions;
    if permissions.allowed().is_empty() {
        return;
    }
    text.gap();
    text.line(0, BOLD, "Altogether, less what is denied");
    for (level, shares) in permissions.shares() {
        let services: Vec<_> = shares.iter().map(ToString::to_string).collect();
        let label = level.to_string().to_lowercase();
        if services.len() > MOST_SERVICES {
            let said = format!("actions of {} services", services.len());
            text.wide(&label, &[said]);
        } else {
            text.wide(&label, &services);
        }
    }
    let told = |text: &mut Text, label: &str, held: Option<Held<'_>>| {
        let Some(held) = held else { return };
        let all: Vec<_> = names(&held.actions).collect();
        let mut said: Vec<_> = all.iter().take(MOST_ACTIONS).cloned().collect();
        if all.len() > MOST_ACTIONS {
            said.push(format!("and {} more", all.len() - MOST_ACTIONS));
        }
        text.wide(label, &said);
        text.wide("", &[by(judged, &held.evidence)]);
    };
    told(text, "carries data away", permissions.exfiltration());
    told(text, "gets credentials", permissions.credentials_exposure());
    let escalations = permissions.escalations();
    // Who may do everything gains nothing.
    if !escalations.is_empty() && permissions.full_admin().is_none() {
        text.gap();
        text.line(0, BOLD, "Ways to gain permissions");
        for one in escalations {
            let condition = if one.conditional { ", under conditions" } else { "" };
            let place = if one.everywhere { "" } else { ", on what the statements name" };
            text.line(2, RED, one.path.id);
            let said = format!("{}{condition}{place}; {}", one.path.how, by(judged, &one.evidence));
            text.line(4, DIM, &said);
        }
    }
}

/// More services of one level are only counted.
const MOST_SERVICES: usize = 24;
/// More actions are only counted.
const MOST_ACTIONS: usize = 12;

/// Which statements make it so.
fn by(judged: &Judged<'_, '_>, evidence: &[Source<'_>]) -> String {
    let several = judged.policies.len() > 1;
    let mut all: Vec<String> = evidence
        .iter()
        .map(|source| {
            let number = source.statement + 1;
            if several {
                format!("statement {number} of {}", source.label)
            } else {
                format!("statement {number}")
            }
        })
        .collect();
    all.dedup();
    format!("by {}", all.join(", "))
}
