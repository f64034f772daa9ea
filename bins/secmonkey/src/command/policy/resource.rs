//! The policy of a resource, or of a role who may assume it.

use std::collections::BTreeMap;

use anstyle::Style;
use secmonkey_aws::relation::{Party, Relation, relation};
use secmonkey_core::account::AccountId;
use secmonkey_core::check::{Undecided, World};
use secmonkey_policy::document::Version;
use secmonkey_policy::exposure::{self, Exposure, Flaw, Grant, Who};
use secmonkey_policy::{Condition, Effect, Policy, words};

use super::limits;
use super::record::{self, PolicyFinding};
use super::subject::Resource;
use super::text::{self, Text};
use crate::output::{BOLD, DIM, GREEN, RED, YELLOW};

/// More statements are too many to tell what each Deny takes: it is asked for each.
const MOST_COMPARED: usize = 200;

/// Of more conditions it is not told which of them limit: each is asked for.
const MOST_CONDITIONS: usize = 50;

/// A policy and whom it lets in.
pub struct Judged<'p, 'a, 'w> {
    /// Where the policy stands in what is explained.
    at: &'p str,
    policy: &'p Policy<'a>,
    exposure: Exposure<'p, 'a>,
    /// Who stands behind each grant.
    parties: Vec<Party<'w>>,
    /// Who stands behind those in whose name the services act, for each grant.
    sources: Vec<Vec<Party<'w>>>,
}

/// How the resource stands.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// The resource.
    pub resource: &'s Resource,
    /// Whether Block Public Access restricts a bucket.
    pub restricted: bool,
}

impl Setting<'_> {
    fn rules(&self) -> exposure::Resource<'_> {
        exposure::Resource {
            kind: self.resource.kind.map(super::subject::Type::kind).unwrap_or_default(),
            owner: self.resource.owner.as_ref().map(AccountId::as_str),
            restricted: self.restricted,
        }
    }

    /// What goes without saying in sentences about it. That of a bucket is said: what is
    /// allowed on it and on its objects are two things.
    fn own(&self) -> Option<&str> {
        if self.resource.bucket().is_some() { None } else { self.resource.arn.as_deref() }
    }
}

/// Judges the policy that stands at a pointer. Where nobody knows who owns the resource, it
/// is taken for `nobody`'s.
pub fn judge<'p, 'a, 'w>(
    at: &'p str,
    policy: &'p Policy<'a>,
    setting: Setting<'_>,
    nobody: &AccountId,
    world: &World<'w>,
) -> Result<Judged<'p, 'a, 'w>, Undecided> {
    let exposure = Exposure::of(policy, setting.rules());
    let owner = setting.resource.owner.as_ref().unwrap_or(nobody);
    // Large policies name the same few again and again.
    let mut known: BTreeMap<Who<'a>, Party<'w>> = BTreeMap::new();
    let mut party = |who: &Who<'a>| {
        if let Some(party) = known.get(who) {
            return Ok(party.clone());
        }
        let party = relation(who, owner, world)?;
        known.insert(who.clone(), party.clone());
        Ok(party)
    };
    let mut parties = Vec::with_capacity(exposure.grants.len());
    let mut sources = Vec::with_capacity(exposure.grants.len());
    for grant in &exposure.grants {
        parties.push(party(&grant.who)?);
        sources.push(grant.source.iter().map(&mut party).collect::<Result<_, Undecided>>()?);
    }
    Ok(Judged { at, policy, exposure, parties, sources })
}

/// For machines.
pub fn record(all: &[Judged<'_, '_, '_>], findings: Vec<PolicyFinding>) -> record::ResourcePolicy {
    record::ResourcePolicy {
        public: all.iter().any(|one| {
            // Anybody is a guest.
            let guests = one.exposure.weaknesses.iter().any(|it| it.flaw == Flaw::Guests);
            one.exposure.is_public() || guests
        }),
        who: all.iter().flat_map(Judged::grants).collect(),
        findings,
    }
}

impl<'p, 'a, 'w> Judged<'p, 'a, 'w> {
    fn grants(&self) -> impl Iterator<Item = record::Grant> + '_ {
        let parties = self.parties.iter().zip(&self.sources);
        self.exposure.grants.iter().zip(parties).map(|(grant, (party, sources))| {
            let statement = &self.policy.statements[grant.statement];
            let (actions, not_actions) = record::named(&grant.actions);
            let (resources, not_resources) =
                grant.resources.as_deref().map(record::named).unwrap_or_default();
            let sources = grant.source.iter().zip(sources).map(|(who, party)| record::Source {
                kind: who.kind(),
                value: words::value(who).into_owned(),
                relation: party.relation.as_str(),
            });
            let value = words::value(&grant.who);
            record::Grant {
                kind: grant.who.kind(),
                relation: party.relation.as_str(),
                account: party.account.as_ref().map(ToString::to_string),
                name: party.name.as_ref().map(ToString::to_string),
                source: sources.collect(),
                public: grant.public,
                actions,
                not_actions,
                resources,
                not_resources,
                conditions: grant.conditions.iter().map(|it| met_by(it, &value)).collect(),
                statement: format!("{}{}", self.at, statement.pointer),
                sid: statement.sid.map(str::to_owned),
                denies: grant.denies.iter().map(|index| self.pointer(*index)).collect(),
                value: value.into_owned(),
            }
        })
    }

    fn pointer(&self, statement: usize) -> String {
        format!("{}{}", self.at, self.policy.statements[statement].pointer)
    }

    /// Who is let in, who stands behind them, and how they stand to the owner.
    fn entrants(&self) -> impl Iterator<Item = (&Grant<'p, 'a>, &Party<'w>, Relation)> {
        let standing = |(party, sources): (&Party<'w>, &Vec<Party<'w>>)| {
            // A service is everybody's; whose it is decides in whose name it acts.
            sources.iter().map(|source| source.relation).max().unwrap_or(party.relation)
        };
        let parties = self.parties.iter().zip(&self.sources);
        self.exposure
            .grants
            .iter()
            .zip(parties)
            .map(move |(grant, both)| (grant, both.0, standing(both)))
    }

    /// Who is let in by one statement: grants are in the order of the statements.
    fn entrants_by(&self, statement: usize) -> impl Iterator<Item = (&Grant<'p, 'a>, &Party<'w>)> {
        let grants = &self.exposure.grants;
        let start = grants.partition_point(|grant| grant.statement < statement);
        let end = grants.partition_point(|grant| grant.statement <= statement);
        grants[start..end].iter().zip(&self.parties[start..end])
    }
}

/// A condition as somebody meets it: where it lists them among others, only them. It would
/// otherwise be told in full for everybody it lists.
fn met_by(condition: &Condition<'_>, value: &str) -> record::ConditionRecord {
    let listed = condition.values.iter().any(|it| it == value);
    if condition.operator.test.is_negated() || !listed {
        return condition.into();
    }
    record::ConditionRecord {
        operator: condition.operator.text.to_owned(),
        key: condition.key.to_owned(),
        values: vec![value.to_owned()],
    }
}

/// For people: the verdict, then each statement.
pub fn explain(text: &mut Text, all: &[Judged<'_, '_, '_>], setting: Setting<'_>) {
    let (style, verdict) = verdict(all, setting);
    text.line(0, style, &verdict);
    for judged in all {
        for (index, statement) in judged.policy.statements.iter().enumerate() {
            text.gap();
            text::head(text, index + 1, statement, judged.at);
            match &statement.principals {
                Some(named) => text::principals(text, named),
                None => text.row("who", "names no principal, so it counts for nobody"),
            }
            text::actions(text, statement.effect, &statement.actions);
            if let Some(named) = &statement.resources {
                text::resources(text, named, setting.own());
                if judged.policy.version == Version::V2008
                    && named.named().iter().any(|one| one.as_str().contains("${"))
                {
                    let note = "version 2008-10-17 takes `${...}` for text: only version \
                                2012-10-17 knows variables";
                    text.row("", note);
                }
            }
            match statement.effect {
                Effect::Allow => allowed(text, judged, index, setting),
                Effect::Deny => denied(text, judged, index, setting),
            }
        }
    }
}

/// The one line that says it all.
fn verdict(all: &[Judged<'_, '_, '_>], setting: Setting<'_>) -> (Style, String) {
    let own = setting.own();
    let entrants: Vec<_> = all.iter().flat_map(Judged::entrants).collect();
    let say = |grants: &[&(&Grant<'_, '_>, &Party<'_>, Relation)]| {
        let Some((grant, party, _)) = grants.first() else { return String::new() };
        let more = match grants.len() - 1 {
            0 => String::new(),
            1 => "; and 1 more like it".to_owned(),
            more => format!("; and {more} more like it"),
        };
        format!("{}{more}", words::grant(grant, &note(grant, party), own))
    };
    let public: Vec<_> = entrants.iter().filter(|(grant, ..)| grant.public).collect();
    if !public.is_empty() {
        return (RED.bold(), format!("Public: {}", say(&public)));
    }
    let unknown: Vec<_> =
        entrants.iter().filter(|(.., relation)| *relation == Relation::Unknown).collect();
    if !unknown.is_empty() {
        return (YELLOW.bold(), format!("Not public, but open to strangers: {}", say(&unknown)));
    }
    let kept_out =
        if setting.restricted { ": Block Public Access keeps out whoever else" } else { "" };
    if entrants.is_empty() {
        return (GREEN.bold(), format!("Lets nobody in{kept_out}"));
    }
    let mut who: Vec<String> = Vec::new();
    for (grant, party, _) in entrants {
        let one = format!("{} ({})", grant.who, party);
        if !who.contains(&one) {
            who.push(one);
        }
        if who.len() > 4 {
            break;
        }
    }
    let more = who.len() > 4;
    who.truncate(4);
    let more = if more { " and others" } else { "" };
    (GREEN.bold(), format!("Not public: lets in {}{more}{kept_out}", who.join(", ")))
}

/// What is said behind whoever is let in. That everybody is unknown goes without saying.
fn note(grant: &Grant<'_, '_>, party: &Party<'_>) -> String {
    match (&grant.who, grant.public) {
        (Who::Public, _) => String::new(),
        (_, true) => "which may be anybody".to_owned(),
        _ => party.to_string(),
    }
}

fn allowed(text: &mut Text, judged: &Judged<'_, '_, '_>, index: usize, setting: Setting<'_>) {
    let statement = &judged.policy.statements[index];
    text::conditions(text, &statement.conditions, |condition| {
        if statement.conditions.len() > MOST_CONDITIONS {
            return None;
        }
        Some(if let Some(why) = limits::matches_nothing(condition) {
            (YELLOW, why.to_owned())
        } else if limits::narrows(judged.policy, statement, condition, setting.rules()) {
            let called_public = if limits::is_public_to_s3(condition, setting.rules()) {
                "; AWS calls the bucket public all the same: S3 counts fixed values only"
            } else {
                ""
            };
            (GREEN, format!("limits who{called_public}"))
        } else {
            (DIM, format!("does not limit who: {}", limits::why_not(condition)))
        })
    });
    let mut label = "so";
    for (grant, party) in judged.entrants_by(index) {
        let (style, why) = because(grant, party);
        let mut who = grant.who.to_string();
        if !grant.source.is_empty() {
            let behind: Vec<_> = grant.source.iter().map(ToString::to_string).collect();
            who = format!("{who} on behalf of {}", behind.join(" or "));
        }
        text.remarked(std::mem::take(&mut label), &format!("lets in {who}"), style, &why);
        if grant.actions.as_ref() != &statement.actions
            || grant.resources.as_deref() != statement.resources.as_ref()
        {
            text.row("", &format!("  {}", reach(grant, setting.own())));
        }
        for deny in &grant.denies {
            text.row("", &format!("  narrowed by statement {}", deny + 1));
        }
    }
    if !label.is_empty() {
        let why = match statement.principals {
            None => "",
            Some(_) if setting.restricted => ": Block Public Access or a Deny keeps them out",
            Some(_) => ": nobody is left, or everything is denied",
        };
        text.row(label, &format!("lets nobody in{why}"));
    }
    for weakness in &judged.exposure.weaknesses {
        if weakness.statement == index {
            text.row("but", &weakness.to_string());
        }
    }
}

/// What is left of what a statement allows.
fn reach(grant: &Grant<'_, '_>, own: Option<&str>) -> String {
    let on = grant.resources.as_deref().and_then(|named| words::resources(named, own));
    let on = on.map(|on| format!(" on {on}")).unwrap_or_default();
    format!("to {}{on}", words::may(&grant.actions))
}

/// Why somebody counts as they do.
fn because(grant: &Grant<'_, '_>, party: &Party<'_>) -> (Style, String) {
    let name = party.name.as_deref();
    if grant.public {
        let why = match grant.who {
            Who::Public => "public: nothing limits who comes",
            _ => "public: it vouches for anybody",
        };
        return (RED, why.to_owned());
    }
    match (party.relation, name) {
        (Relation::Own, _) => (GREEN, "own: the account it is in".to_owned()),
        (Relation::Friendly, Some(name)) => (GREEN, format!("friendly: {name}, one of ours")),
        (Relation::Friendly, None) => (GREEN, "friendly: one of ours".to_owned()),
        (Relation::ThirdParty, Some(name)) if name.starts_with("AWS") => {
            (Style::new(), format!("third party: {name}"))
        }
        (Relation::ThirdParty, Some(name)) => {
            (Style::new(), format!("third party: {name}, registered as somebody else's"))
        }
        (Relation::ThirdParty, None) => (Style::new(), "third party".to_owned()),
        (Relation::Unknown, _) => (YELLOW, "unknown: nobody we know of".to_owned()),
    }
}

fn denied(text: &mut Text, judged: &Judged<'_, '_, '_>, index: usize, setting: Setting<'_>) {
    let policy = judged.policy;
    let statement = &policy.statements[index];
    text::conditions(text, &statement.conditions, |_| None);
    if policy.statements.len() > MOST_COMPARED {
        return;
    }
    // As if it were not there.
    let mut without = policy.clone();
    without.statements[index].principals = None;
    let without = Exposure::of(&without, setting.rules());
    let mut label = "so";
    for (number, allow) in policy.statements.iter().enumerate() {
        if allow.effect == Effect::Deny {
            continue;
        }
        let of = |exposure: &Exposure<'_, '_>| -> Vec<String> {
            let grants = exposure.grants.iter().filter(|grant| grant.statement == number);
            grants.map(|grant| words::grant(grant, "", setting.own())).collect()
        };
        let (now, before) = (of(&judged.exposure), of(&without));
        let lost: Vec<_> = before.iter().filter(|one| !now.contains(one)).collect();
        let Some(first) = lost.first() else { continue };
        let more = match lost.len() - 1 {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let lost = format!("without it, by statement {}: {first}{more}", number + 1);
        text.row(std::mem::take(&mut label), &lost);
    }
    if !label.is_empty() {
        text.row(label, "takes nobody's access away altogether");
    }
}

/// A line that says what the policy was taken for.
pub fn taken_for(resource: &Resource, owner_name: Option<&str>) -> String {
    let kind = resource.kind.map_or("a resource", |kind| kind.title);
    let arn = resource.arn.as_deref().map(|arn| format!(" {arn}")).unwrap_or_default();
    let owner = match (&resource.owner, owner_name) {
        (Some(id), Some(name)) => format!(", owned by {name} ({id})"),
        (Some(id), None) => format!(", owned by {id}"),
        (None, _) => ", of an owner unknown: name it with --account".to_owned(),
    };
    format!("The policy of {kind}{arn}{owner}")
}

/// The heading of the findings.
pub fn findings(text: &mut Text, findings: &[PolicyFinding]) {
    if findings.is_empty() {
        return;
    }
    text.gap();
    text.line(0, BOLD, "Findings");
    for finding in findings {
        let style = crate::output::severity(finding.score);
        let detail = format!("{}: {}", finding.check, finding.detail);
        text.scored(style, finding.score, finding.severity, &detail);
    }
}
