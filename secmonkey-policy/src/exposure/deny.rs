//! Deny: what it takes from a grant.
//!
//! A Deny that covers actions and resources of a grant leaves of it only those whom it
//! spares: whom it does not name, and for whom one of its conditions does not hold. Where
//! that may be anybody it takes nothing.

use std::borrow::Cow;

use super::Who;
use super::limit::{self, Atom, Axis, Clause, Context};
use crate::document::{Effect, Of, Policy, Statement};
use crate::pattern::Pattern;
use crate::principal::Principal;

/// Work that may still be done. When it is used up, Denies no longer subtract, which is
/// safe: more seem to be let in than are.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub const fn new(steps: usize) -> Self {
        Self(steps)
    }

    /// Whether any is left.
    const fn is_left(&self) -> bool {
        self.0 > 0
    }

    /// Whether there is enough left, which is then less.
    pub fn spend(&mut self, steps: usize) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// A Deny that may take something.
#[derive(Debug)]
pub(super) struct Denial<'p, 'a> {
    /// The index of its statement.
    pub index: usize,
    pub statement: &'p Statement<'a>,
    /// Whom it spares of those it is about; `None`: perhaps anybody.
    spared: Option<Clause<'a>>,
    /// The same, where all who come in question sign their requests.
    spared_signed: Option<Clause<'a>>,
}

/// All Denies of a policy that may take something.
pub(super) fn denials<'p, 'a>(policy: &'p Policy<'a>, context: Context<'_>) -> Vec<Denial<'p, 'a>> {
    let mut all = Vec::new();
    for (index, statement) in policy.statements.iter().enumerate() {
        if statement.effect != Effect::Deny || statement.principals.is_none() {
            continue;
        }
        let spared = spared(statement, context);
        let signed = || self::spared(statement, Context { signed: true, ..context });
        let spared_signed = if statement.conditions.is_empty() { spared.clone() } else { signed() };
        if spared.is_some() || spared_signed.is_some() {
            all.push(Denial { index, statement, spared, spared_signed });
        }
    }
    all
}

/// Whom a Deny spares of those it names: its conditions must all hold, so whoever fails
/// one is spared.
pub(super) fn spared<'a>(statement: &Statement<'a>, context: Context<'_>) -> Option<Clause<'a>> {
    let mut spared = Vec::new();
    if let Some(Of::AllBut(named)) = &statement.principals {
        for principal in named {
            spared.push(atom(*principal)?);
        }
    }
    for condition in &statement.conditions {
        spared.append(&mut limit::of_deny(condition, context)?);
    }
    (!limit::is_whole_internet(&spared)).then_some(spared)
}

/// A principal as one whom a Deny spares; `None` where it may be anybody.
fn atom(principal: Principal<'_>) -> Option<Atom<'_>> {
    let who = match principal {
        Principal::Everyone => return None,
        Principal::Account(id) => Who::Account(id.into()),
        Principal::Service(name) => Who::Service(name.into()),
        Principal::Federated(name) => Who::Federated(name.into()),
        Principal::CanonicalUser(id) => Who::CanonicalUser(id.into()),
        other => Who::Arn(other.as_str().into()),
    };
    (!principal.as_str().contains(['*', '?', '$'])).then_some(Atom { axis: Axis::Caller, who })
}

impl<'a> Denial<'_, 'a> {
    pub fn spared(&self, signed: bool) -> Option<&Clause<'a>> {
        if signed { self.spared_signed.as_ref() } else { self.spared.as_ref() }
    }

    /// Whether it is about this principal, all of whom it stands for.
    fn names(&self, principal: &Principal<'_>, budget: &mut Budget) -> bool {
        match &self.statement.principals {
            // Whom it spares by name stands in `spared`.
            Some(Of::AllBut(_)) => true,
            Some(Of::Only(named)) => {
                budget.spend(named.len())
                    && named.iter().any(|named| match (named, principal) {
                        (Principal::Everyone, _) => true,
                        // An account is everybody in it. Source: *AWS JSON policy
                        // elements: Principal*.
                        (Principal::Account(id), Principal::Arn(arn)) => *id == arn.account,
                        (named, principal) => named == principal,
                    })
            }
            None => false,
        }
    }
}

/// A part of what a statement allows to a principal, with the Denies that cover all of it.
#[derive(Debug, Clone)]
pub(super) struct Part<'p, 'a> {
    pub actions: Cow<'p, Of<Pattern<'a>>>,
    pub resources: Option<Cow<'p, Of<Pattern<'a>>>>,
    /// Indexes into the Denies.
    pub denials: Vec<usize>,
}

/// What a Deny covers of an Allow: these of its actions on these of its resources.
#[derive(Debug)]
pub(super) struct Covers {
    /// The index into the Denies.
    denial: usize,
    actions: Vec<bool>,
    resources: Vec<bool>,
    /// Whether that is all.
    whole: bool,
}

/// What the Denies cover of an Allow, as far as they do.
pub(super) fn covering(
    allow: &Statement<'_>,
    denials: &[Denial<'_, '_>],
    budget: &mut Budget,
) -> Vec<Covers> {
    let mut covering = Vec::new();
    for (denial, Denial { statement: deny, .. }) in denials.iter().enumerate() {
        if !budget.spend(1) {
            break;
        }
        let resources = covered_resources(deny, allow, budget);
        if !resources.contains(&true) {
            continue;
        }
        let actions = covered(&deny.actions, &allow.actions, true, budget);
        if !actions.contains(&true) {
            continue;
        }
        let whole = resources.iter().chain(&actions).all(|covered| *covered);
        covering.push(Covers { denial, actions, resources, whole });
    }
    covering
}

/// Takes what an Allow grants to a principal apart, by the Denies that cover it.
pub(super) fn parts<'p, 'a>(
    allow: &'p Statement<'a>,
    principal: &Principal<'_>,
    signed: bool,
    denials: &[Denial<'p, 'a>],
    covering: &[Covers],
    budget: &mut Budget,
) -> Vec<Part<'p, 'a>> {
    let mut whole = Part {
        actions: Cow::Borrowed(&allow.actions),
        resources: allow.resources.as_ref().map(Cow::Borrowed),
        denials: Vec::new(),
    };
    let mut partial = Vec::new();
    for covers in covering {
        let denial = &denials[covers.denial];
        if !budget.spend(1) {
            break;
        }
        if denial.spared(signed).is_none() || !denial.names(principal, budget) {
            continue;
        }
        if covers.whole {
            whole.denials.push(covers.denial);
        } else {
            partial.push(covers);
        }
    }
    if partial.is_empty() {
        return vec![whole];
    }
    split(whole, &partial, budget)
}

/// The parts of `whole` that differ in which of `partial` cover them.
fn split<'p, 'a>(
    whole: Part<'p, 'a>,
    partial: &[&Covers],
    budget: &mut Budget,
) -> Vec<Part<'p, 'a>> {
    let size = whole.actions.named().len()
        + whole.resources.as_ref().map_or(1, |resources| resources.named().len());
    if !budget.spend(partial.len().saturating_mul(size)) {
        return vec![whole];
    }
    let actions = groups(partial, |covers| &covers.actions);
    let resources = groups(partial, |covers| &covers.resources);
    let parts = actions.len() * resources.len();
    if parts > MOST_PARTS || !budget.spend(parts * (size + partial.len())) {
        return vec![whole];
    }
    let mut all: Vec<(Vec<usize>, Vec<usize>, Part<'p, 'a>)> = Vec::new();
    for (which, these) in &actions {
        // Of the same actions, resources under the same Denies are one part.
        let mut same: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for (on, those) in &resources {
            let both: Vec<usize> = on.iter().copied().filter(|it| which.contains(it)).collect();
            match same.iter_mut().find(|(denials, _)| *denials == both) {
                Some((_, resources)) => resources.extend(those),
                None => same.push((both, those.clone())),
            }
        }
        for (which, mut those) in same {
            those.sort_unstable();
            // Of the same resources, actions under the same Denies too.
            let known = all.iter_mut().find(|(ours, on, _)| *ours == which && *on == those);
            if let Some((_, _, known)) = known {
                if let (Of::Only(into), Of::Only(from)) =
                    (known.actions.to_mut(), whole.actions.as_ref())
                {
                    into.extend(these.iter().filter_map(|index| from.get(*index)));
                }
                continue;
            }
            let mut denials = whole.denials.clone();
            denials.extend(which.iter().map(|index| partial[*index].denial));
            denials.sort_unstable();
            let part = Part {
                actions: pick(&whole.actions, these),
                resources: whole.resources.as_ref().map(|all| pick(all, &those)),
                denials,
            };
            all.push((which, those, part));
        }
    }
    all.into_iter().map(|(_, _, part)| part).collect()
}

/// More parts of one statement are not told apart.
const MOST_PARTS: usize = 64;

/// The indexes of these, and of what they and no others cover; no more than are told apart.
fn groups(partial: &[&Covers], of: fn(&Covers) -> &Vec<bool>) -> Vec<(Vec<usize>, Vec<usize>)> {
    let count = partial.first().map_or(0, |covers| of(covers).len());
    let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for index in 0..count {
        let by = partial.iter().enumerate();
        let by: Vec<usize> =
            by.filter(|(_, covers)| of(covers)[index]).map(|(denial, _)| denial).collect();
        match groups.iter().position(|(known, _)| *known == by) {
            Some(known) => groups[known].1.push(index),
            None => groups.push((by, vec![index])),
        }
        if groups.len() > MOST_PARTS {
            break;
        }
    }
    groups
}

/// Some of what is named; all of it where it is all but what is named.
fn pick<'p, 'a>(of: &Cow<'p, Of<Pattern<'a>>>, indexes: &[usize]) -> Cow<'p, Of<Pattern<'a>>> {
    match of.as_ref() {
        Of::Only(named) if indexes.len() < named.len() => Cow::Owned(Of::Only(
            indexes.iter().filter_map(|index| named.get(*index)).copied().collect(),
        )),
        _ => of.clone(),
    }
}

/// Which of the resources of an Allow a Deny covers.
fn covered_resources(
    deny: &Statement<'_>,
    allow: &Statement<'_>,
    budget: &mut Budget,
) -> Vec<bool> {
    match (&deny.resources, &allow.resources) {
        (None, None) => vec![true],
        (Some(Of::Only(named)), None) => vec![named.iter().any(Pattern::is_everything)],
        (Some(denied), Some(allowed)) => covered(denied, allowed, false, budget),
        _ => vec![false],
    }
}

/// Which members of `allowed` `denied` covers; all that is not named counts as one member.
fn covered(
    denied: &Of<Pattern<'_>>,
    allowed: &Of<Pattern<'_>>,
    ignoring_case: bool,
    budget: &mut Budget,
) -> Vec<bool> {
    let covers = |outer: &Pattern<'_>, inner: &Pattern<'_>, budget: &mut Budget| {
        if !budget.spend(1) {
            return false;
        }
        outer.is_everything()
            || outer == inner
            || (may_cover(outer, inner, ignoring_case)
                && budget.spend(cost(outer, inner))
                && if ignoring_case {
                    outer.covers_ignoring_case(inner)
                } else {
                    outer.covers(inner)
                })
    };
    match (denied, allowed) {
        (Of::Only(denied), Of::Only(allowed)) => {
            let mut covered = Vec::with_capacity(allowed.len());
            for inner in allowed {
                // When the work is used up, the rest is not even looked at.
                if !budget.is_left() {
                    break;
                }
                covered.push(denied.iter().any(|outer| covers(outer, inner, budget)));
            }
            covered.resize(allowed.len(), false);
            covered
        }
        // All but some lies within all but fewer.
        (Of::AllBut(spared), Of::AllBut(left_out)) => {
            let is_out = |inner| left_out.iter().any(|outer| covers(outer, inner, budget));
            vec![spared.iter().all(is_out)]
        }
        (Of::Only(denied), Of::AllBut(_)) => vec![denied.iter().any(Pattern::is_everything)],
        (Of::AllBut(spared), Of::Only(allowed)) => allowed
            .iter()
            .map(|inner| {
                spared.iter().all(|spared| {
                    let parts = |budget: &mut Budget| {
                        budget.spend(cost(spared, inner)) && !overlaps(spared, inner, ignoring_case)
                    };
                    budget.spend(1) && (differ(spared, inner, ignoring_case) || parts(budget))
                })
            })
            .collect(),
    }
}

/// What both begin with where they are to match a text that both match.
fn starts_equal(a: &[u8], b: &[u8], ignoring_case: bool) -> bool {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    if ignoring_case { a.eq_ignore_ascii_case(b) } else { a == b }
}

/// What stands before the first wildcard or variable: the first bytes of it, so that a long
/// pattern costs no more.
fn start<'a>(pattern: &Pattern<'a>) -> &'a [u8] {
    let text = pattern.as_str().as_bytes();
    let text = &text[..text.len().min(64)];
    let open = text.iter().position(|byte| matches!(byte, b'*' | b'?' | b'$'));
    &text[..open.unwrap_or(text.len())]
}

/// Whether one may cover the other: a look at how they begin, which is nearly always enough
/// and costs nearly nothing.
fn may_cover(outer: &Pattern<'_>, inner: &Pattern<'_>, ignoring_case: bool) -> bool {
    let start = start(outer);
    inner.as_str().len() >= start.len()
        && starts_equal(start, inner.as_str().as_bytes(), ignoring_case)
}

/// Whether by how they begin no text can match both.
fn differ(a: &Pattern<'_>, b: &Pattern<'_>, ignoring_case: bool) -> bool {
    !starts_equal(start(a), start(b), ignoring_case)
}

/// What it costs to compare two patterns, in steps.
fn cost(a: &Pattern<'_>, b: &Pattern<'_>) -> usize {
    1 + a.as_str().len().saturating_mul(b.as_str().len()) / 16
}

/// Whether there may be a text that both match.
fn overlaps(a: &Pattern<'_>, b: &Pattern<'_>, ignoring_case: bool) -> bool {
    if !ignoring_case {
        return a.overlaps(b);
    }
    let (a, b) = (a.as_str().to_ascii_lowercase(), b.as_str().to_ascii_lowercase());
    Pattern::plain(&a).overlaps(&Pattern::plain(&b))
}
