//! One fact, one line: issues as people take them in hand.
//!
//! Both address families of one rule, several sources of one kind and several services of
//! one policy are one thing to do; what is only part of a wider issue stands under it. The
//! issues keep their ids, and a fact names them all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{IssueRecord, Records};
use crate::issue::{Exposed, Status};
use crate::item::Key;
use crate::network;

/// Up to this score a thing that many items of an account have alike is one line: it is
/// done once, for all of them.
pub(crate) const HYGIENE: u8 = 3;
/// This many are named where several are meant.
const NAMED: usize = 3;

/// Issues that are one thing to do.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The strongest of them; where several are, the widest.
    pub lead: IssueRecord,
    /// The others, in order: of the same kind, then what is only part of these.
    pub others: Vec<IssueRecord>,
    /// What they say together, in one line.
    pub detail: String,
    /// The names of the items, each once.
    pub names: Vec<String>,
}

impl Fact {
    /// How many issues it is, those that are only part of others left out.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.iter().filter(|one| !one.is_part).count()
    }

    /// Its issues, the leading one first.
    pub fn issues(&self) -> impl Iterator<Item = &IssueRecord> {
        std::iter::once(&self.lead).chain(&self.others)
    }

    /// The items in few words.
    #[must_use]
    pub fn items(&self) -> String {
        list(&self.names)
    }
}

/// How facts are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The strongest first; of these what the internet reaches, then what strangers reach,
    /// then what is privileged; of these the newest.
    #[default]
    Worst,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// By the names of the items.
    Item,
    /// By check.
    Check,
}

/// The strongest, most exposed and newest first.
pub(crate) fn rank(issue: &IssueRecord) -> impl Ord + use<> {
    let since = issue.since();
    let place = (issue.key.clone(), issue.check.clone(), issue.subject.clone());
    (Reverse(issue.score), Exposed::of(&issue.check), Reverse(since), place)
}

/// What makes issues of one item one fact: all that their subjects may differ in is a source,
/// a port or a service.
fn kind(issue: &IssueRecord) -> (Key, String, Status, u8, String) {
    let policy = issue.subject.split(' ').next().filter(|word| word.starts_with("inline/"));
    let place = (issue.key.clone(), issue.check.clone());
    (place.0, place.1, issue.status, issue.score, policy.unwrap_or_default().to_owned())
}

impl Records<'_> {
    /// Folds a list: one fact, one line, in order.
    #[must_use]
    pub fn facts(&self, issues: Vec<IssueRecord>, order: Order) -> Vec<Fact> {
        fold(issues, order)
    }

    /// Sorts a list as facts stand in it: below each issue those of the same kind, and what
    /// is only part of it.
    pub fn sort(&self, issues: &mut Vec<IssueRecord>) {
        let facts = fold(std::mem::take(issues), Order::Worst);
        issues.extend(facts.into_iter().flat_map(|fact| [vec![fact.lead], fact.others].concat()));
    }
}

/// Folds a list: one fact, one line, in order.
pub(crate) fn fold(mut issues: Vec<IssueRecord>, order: Order) -> Vec<Fact> {
    issues.sort_by_cached_key(rank);
    let wholes = wholes(&issues);
    for (issue, whole) in issues.iter_mut().zip(&wholes) {
        issue.is_part = whole.is_some();
    }
    let mut parts: BTreeMap<usize, Vec<IssueRecord>> = BTreeMap::new();
    let mut groups: Vec<Vec<(usize, IssueRecord)>> = Vec::new();
    let mut places = BTreeMap::new();
    for (at, (issue, whole)) in issues.into_iter().zip(wholes).enumerate() {
        if let Some(whole) = whole {
            parts.entry(whole).or_default().push(issue);
            continue;
        }
        let place = *places.entry(kind(&issue)).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push((at, issue));
    }
    let facts = groups.into_iter().filter_map(|group| {
        let details: Vec<&str> = group.iter().map(|(_, one)| one.detail.as_str()).collect();
        let detail = together(&details, group.iter().map(|(_, one)| one.subject.as_str()));
        let parts: Vec<_> = group.iter().filter_map(|(at, _)| parts.remove(at)).flatten().collect();
        let issues = group.into_iter().map(|(_, issue)| issue).chain(parts);
        fact(issues.collect(), detail)
    });
    let mut facts = alike(facts);
    match order {
        Order::Worst => facts.sort_by_cached_key(|fact| rank(&fact.lead)),
        Order::Newest => {
            facts.sort_by_cached_key(|fact| (Reverse(age(fact)), rank(&fact.lead)));
        }
        Order::Oldest => facts.sort_by_cached_key(|fact| (age(fact), rank(&fact.lead))),
        Order::Item => {
            facts.sort_by_cached_key(|fact| (fact.lead.name.clone(), rank(&fact.lead)));
        }
        Order::Check => {
            facts.sort_by_cached_key(|fact| (fact.lead.check.clone(), rank(&fact.lead)));
        }
    }
    facts
}

fn age(fact: &Fact) -> Option<Timestamp> {
    fact.lead.since()
}

/// Of each issue the widest that it is part of, by its place in the list.
fn wholes(issues: &[IssueRecord]) -> Vec<Option<usize>> {
    let mut places: BTreeMap<(&Key, &str, Status), Vec<usize>> = BTreeMap::new();
    for (at, issue) in issues.iter().enumerate() {
        places.entry((&issue.key, &issue.check, issue.status)).or_default().push(at);
    }
    let next = |part: &IssueRecord| -> Option<usize> {
        let all = places.get(&(&part.key, part.part_of.as_deref()?, part.status))?;
        let same = all.iter().find(|at| issues[**at].subject == part.subject);
        same.or_else(|| all.iter().find(|at| issues[**at].subject.is_empty()))
            .or_else(|| all.first())
            .copied()
    };
    let widest = |issue: &IssueRecord| {
        let mut whole = next(issue)?;
        let mut seen = BTreeSet::from([whole]);
        while let Some(wider) = next(&issues[whole]).filter(|wider| seen.insert(*wider)) {
            whole = wider;
        }
        Some(whole)
    };
    issues.iter().map(widest).collect()
}

/// The fact of these issues; the strongest leads, and its wording with it.
fn fact(mut issues: Vec<IssueRecord>, detail: String) -> Option<Fact> {
    let scores = issues.iter().map(|one| one.score).enumerate();
    let strongest = scores.max_by_key(|(at, score)| (*score, Reverse(*at)))?.0;
    let mut lead = issues.remove(strongest);
    let detail = if lead.is_part { lead.detail.clone() } else { detail };
    if lead.is_part {
        lead.is_part = false;
        for one in &mut issues {
            one.is_part = true;
        }
    }
    Some(Fact { names: vec![lead.name.clone()], lead, others: issues, detail })
}

/// Puts together what is hygiene, and the same on many items of an account.
fn alike(facts: impl Iterator<Item = Fact>) -> Vec<Fact> {
    let mut all: Vec<Fact> = Vec::new();
    let mut places = BTreeMap::new();
    for fact in facts {
        let Fact { lead, detail, .. } = &fact;
        if lead.score > HYGIENE {
            all.push(fact);
            continue;
        }
        let account = lead.account.clone();
        let same = (account, lead.check.clone(), lead.status, lead.score, detail.clone());
        let place = *places.entry(same).or_insert(all.len());
        match all.get_mut(place) {
            None => all.push(fact),
            Some(first) => {
                first.names.extend(fact.names);
                first.others.push(fact.lead);
                first.others.extend(fact.others);
            }
        }
    }
    all
}

/// What several details say together: words that differ become lists. Where the details are
/// not built alike it is the first, and the others by their subjects.
fn together<'a>(details: &[&str], subjects: impl Iterator<Item = &'a str>) -> String {
    let Some(first) = details.first() else { return String::new() };
    if details.len() == 1 {
        return (*first).to_owned();
    }
    let words: Vec<Vec<&str>> = details.iter().map(|text| text.split(' ').collect()).collect();
    let is_alike = words.iter().all(|one| one.len() == words[0].len());
    if !is_alike {
        let others: Vec<_> = subjects.skip(1).map(str::to_owned).collect();
        return format!("{first}; the same for {}", list(&others));
    }
    let mut said = Vec::with_capacity(words[0].len());
    let mut are_many = false;
    for at in 0..words[0].len() {
        let mut seen = BTreeSet::new();
        let column: Vec<&str> =
            words.iter().map(|one| one[at]).filter(|word| seen.insert(*word)).collect();
        if let [word] = column.as_slice() {
            said.push((*word).to_owned());
            continue;
        }
        let ends = |end: char| column.iter().all(|word| word.ends_with(end));
        let end = [',', ';', ':'].into_iter().find(|end| ends(*end));
        let bare: Vec<String> = column
            .iter()
            .map(|word| end.and_then(|end| word.strip_suffix(end)).unwrap_or(word).to_owned())
            .collect();
        let mut text = if bare.len() > 2 && bare.iter().all(|one| network::block(one).is_some()) {
            format!("{} networks ({})", bare.len(), list(&bare))
        } else {
            list(&bare)
        };
        are_many |= bare.iter().all(|one| network::block(one).is_some());
        text.extend(end);
        said.push(text);
    }
    let said = said.join(" ");
    if are_many { said.replacen(", which is in ", ", which are in ", 1) } else { said }
}

/// `a`, `a and b`, `a, b and c`, `a, b and 14 more`.
fn list(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if all.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        _ => {
            let first = all[..NAMED - 1].join(", ");
            format!("{first} and {} more", all.len() - (NAMED - 1))
        }
    }
}

#[cfg(test)]
mod tests;
