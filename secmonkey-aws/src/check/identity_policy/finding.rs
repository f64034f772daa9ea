//! How the members of the family find and word what policies allow.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Finding, Findings, Undecided};
use secmonkey_policy::actions::Set;
use secmonkey_policy::condition::Test;
use secmonkey_policy::identity::{Document, Found, Held};
use secmonkey_policy::{Permissions, Statement, words};

use super::Stated;
use crate::check::case::Case;
use crate::check::listed;
use crate::check::policy::{conditions, sorted};
use crate::check::subject;

/// What a member says of one statement.
pub(super) struct Phrase {
    pub score: u8,
    pub text: String,
}

/// Finds what statements do, by policy, and by service where that is asked for.
///
/// `say` words one statement: what it allows, and the score.
pub(super) fn find_statements<'a>(
    case: &Case<'a>,
    found: &mut Findings,
    ask: impl Fn(&Document<'a, 'a>) -> Vec<Found<'a, 'a>>,
    say: impl Fn(&Found<'_, '_>) -> Phrase,
) -> Result<(), Undecided> {
    for stated in case.stated()? {
        let mut by_service: BTreeMap<Option<&str>, Vec<Found<'_, '_>>> = BTreeMap::new();
        for one in ask(stated.document()) {
            by_service.entry(one.service).or_default().push(one);
        }
        for (service, all) in by_service {
            let mut phrases: Vec<Phrase> = all.iter().map(&say).collect();
            phrases.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
            phrases.dedup_by(|a, b| a.text == b.text);
            let score = phrases.first().map_or(0, |phrase| phrase.score);
            let texts: Vec<String> = phrases.into_iter().map(|phrase| phrase.text).collect();
            let subject = subject::Permissions { policy: stated.granting, service };
            let detail = format!("{} allows {}", stated.name(), texts.join("; "));
            let finding = add(found, subject, detail, score, stated);
            for one in &all {
                finding.at(stated.at(&one.statement.pointer));
                finding.grounds.extend(grounds(one.statement, &one.actions));
            }
        }
    }
    Ok(())
}

/// What a statement makes of some actions: what it names of them, on what, and that it does
/// so without a condition.
fn grounds(statement: &Statement<'_>, actions: &Set) -> BTreeSet<String> {
    let mut grounds = BTreeSet::new();
    let but = if statement.actions.is_all_but() { "all but " } else { "" };
    for pattern in statement.actions.named() {
        if !but.is_empty() || actions.meets(pattern) {
            grounds.insert(format!("{but}{pattern}"));
        }
    }
    if let Some(resources) = &statement.resources {
        let but = if resources.is_all_but() { "all but " } else { "" };
        grounds.extend(resources.named().iter().map(|pattern| format!("{but}{pattern}")));
    }
    if statement.conditions.is_empty() {
        grounds.insert("no condition".to_owned());
    }
    grounds
}

/// On what and under which conditions a statement speaks, for people: ` on everything, no
/// condition`.
pub(super) fn scope(statement: &Statement<'_>) -> String {
    let on = statement.resources.as_ref().and_then(|named| words::resources(&sorted(named), None));
    let on = on.map_or_else(String::new, |on| format!(" on {on}"));
    format!("{on}, {}", words::conditions(&conditions(&statement.conditions)))
}

/// What a statement says it allows, for people.
pub(super) fn written(statement: &Statement<'_>) -> String {
    format!("{}{}", words::actions(&sorted(&statement.actions)), scope(statement))
}

/// The most that something scores by which nobody here gains anything.
pub(in crate::check) const IDLE: u8 = 3;

/// Adds what was found of a policy, scored by whether anybody has it.
fn add<'f>(
    found: &'f mut Findings,
    subject: subject::Permissions<'_>,
    detail: String,
    score: u8,
    stated: &Stated<'_>,
) -> &'f mut Finding {
    let (detail, score) = match &stated.idle {
        Some(why) => (format!("{detail}; {why}"), score.min(IDLE)),
        None => (detail, score),
    };
    let finding = found.add(subject, detail);
    finding.score(score);
    // Attaching the policy widens a finding that was accepted while it was idle. The word is
    // stored with the findings, and so stays.
    if stated.in_use {
        finding.ground("in use");
    }
    finding
}

/// Whether the management of permissions by a statement reaches all of what it is about: no
/// resources are named, and no condition holds it back.
pub(super) fn reaches_all(one: &Found<'_, '_>) -> bool {
    one.conditions().is_empty() && one.actions.iter().any(|id| one.is_wide_for(id.action().service))
}

/// Whether a statement passes roles to services that it names only.
pub(super) fn names_services(one: &Found<'_, '_>) -> bool {
    one.conditions().iter().any(|condition| {
        let positive = matches!(
            condition.operator.test,
            Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike
        );
        // Every request to pass a role has the key.
        condition.is("iam:PassedToService")
            && positive
            && !condition.values.iter().any(|value| value.starts_with('*'))
    })
}

/// Actions, the first few by name: `iam:PutRolePolicy, iam:PutUserPolicy and 3 more`.
pub(super) fn some(actions: &Set) -> String {
    let mut names: Vec<String> =
        actions.iter().take(FEW).map(|id| id.action().to_string()).collect();
    let more = actions.len().saturating_sub(FEW);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    listed(names.iter().map(String::as_str))
}

/// Of more than this many the rest is counted.
pub(super) const FEW: usize = 4;

/// By service, what a statement names; a statement that names no service, such as one of
/// `NotAction`, is one finding and not a hundred, one for each service.
pub(super) fn by_service_named<'p, 'a>(all: Vec<Found<'p, 'a>>) -> Vec<Found<'p, 'a>> {
    let mut kept: Vec<Found<'p, 'a>> = Vec::new();
    for mut one in all {
        let actions = &one.statement.actions;
        let unnamed =
            |text: &str| text.split(':').next().is_some_and(|service| service.contains(['*', '?']));
        if actions.is_all_but() || actions.named().iter().any(|it| unnamed(it.as_str())) {
            one.service = None;
            let same = |it: &&mut Found<'_, '_>| it.index == one.index && it.service.is_none();
            if let Some(same) = kept.iter_mut().find(same) {
                same.actions = same.actions.union(&one.actions);
                continue;
            }
        }
        kept.push(one);
    }
    kept
}

/// Finds policies by what they allow all in all. What makes a full administrator is found
/// by that check alone.
pub(super) fn find_policies(
    case: &Case<'_>,
    found: &mut Findings,
    ask: impl Fn(&Permissions<'_, '_>) -> Option<Power>,
) -> Result<(), Undecided> {
    for stated in case.stated()? {
        if !stated.document().full_admin().is_empty() {
            continue;
        }
        if let Some(power) = ask(stated.permissions()) {
            let subject = subject::Permissions { policy: stated.granting, service: None };
            let detail = format!("{} {}", stated.name(), power.text);
            let finding = add(found, subject, detail, power.score, stated);
            for pointer in power.at {
                finding.at(stated.at(&pointer));
            }
            finding.grounds.extend(power.grounds);
        }
    }
    Ok(())
}

/// What a policy as a whole allows.
pub(super) struct Power {
    pub score: u8,
    pub text: String,
    /// The pointers of statements.
    pub at: BTreeSet<String>,
    pub grounds: BTreeSet<String>,
}

impl Power {
    /// What rests on these actions.
    pub fn of(held: &Held<'_>, text: String, score: u8) -> Self {
        Self {
            score,
            text,
            at: held.evidence.iter().map(|it| it.pointer.to_owned()).collect(),
            grounds: held.actions.iter().map(|id| id.action().to_string()).collect(),
        }
    }
}
