//! What of a message a subscription asked for, and when it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use jiff::Timestamp;
use serde_json::Value;

use super::merge::as_it_stood;
use crate::account::{Account, Accounts};
use crate::audit;
use crate::event::{Opened, Version};
use crate::governance::Subscription;
use crate::issue::{Issue, Status};
use crate::item::Key;
use crate::log::EventLog;
use crate::notify::{IssueChange, ItemChange, Message};
use crate::query::Query;
use crate::query::language::{Facts, Subject};
use crate::registry::Registry;
use crate::replay::{ItemRow, Replay};
use crate::view;

/// When something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// As soon as it has settled.
    AtOnce,
    /// With whatever else is told then.
    At(Timestamp),
    /// When everybody is told again.
    Silenced,
}

impl Lane {
    pub(super) fn of(due: Option<Timestamp>) -> Self {
        due.map_or(Self::AtOnce, Self::At)
    }
}

/// Chooses what one recipient is told, in one lane.
pub(super) struct Chooser<'a> {
    pub(super) log: &'a dyn EventLog,
    pub(super) registry: &'a Registry,
    pub(super) accounts: &'a Accounts,
    /// All that the recipient subscribed to.
    pub(super) subscriptions: &'a [Subscription],
    /// When what is chosen from had settled.
    pub(super) settled: Timestamp,
    pub(super) lane: Lane,
}

impl Chooser<'_> {
    /// What of a message is told, and the names of the subscriptions that asked for it.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub(super) async fn choose(
        &self,
        mut message: Message,
    ) -> Result<Option<(Message, BTreeSet<String>)>, view::Error> {
        let mut why = BTreeSet::new();
        let states = self.states(&message).await?;
        let issue = |one: &IssueChange, why: &mut BTreeSet<String>| {
            self.wants(states.get(&one.key), &one.key, Some(&one.finding), why)
        };
        let item = |one: &ItemChange, why: &mut BTreeSet<String>| {
            self.wants(states.get(&one.key), &one.key, None, why)
        };
        message.issues.retain(|one| issue(one, &mut why));
        message.passing.retain(|one| issue(one, &mut why));
        message.changes.retain(|one| item(one, &mut why));
        message.reverted.retain(|one| item(one, &mut why));
        message
            .decisions
            .retain(|one| self.wants(states.get(&one.key), &one.key, Some(&one.finding), &mut why));
        // A first look is one summary, whole where it is told at all.
        message.baseline = message.baseline.filter(|first| {
            let found = first.worst.iter().filter(|one| issue(one, &mut why)).count();
            found > 0 || self.wants_everything(&mut why)
        });
        if !self.wants_everything(&mut BTreeSet::new()) {
            message.failures.clear();
        }
        Ok((!message.is_empty()).then_some((message, why)))
    }

    /// How the items of a message stand where it ends; nothing where nobody asks.
    async fn states(&self, message: &Message) -> Result<BTreeMap<Key, Replay>, view::Error> {
        let mut states = BTreeMap::new();
        if self.subscriptions.iter().all(|one| one.query == Query::All) {
            return Ok(states);
        }
        let worst = message.baseline.iter().flat_map(|first| &first.worst);
        let issues = message.issues.iter().chain(&message.passing).chain(worst);
        let changes = message.changes.iter().chain(&message.reverted);
        let keys: BTreeSet<_> = issues
            .map(|one| &one.key)
            .chain(changes.map(|one| &one.key))
            .chain(message.decisions.iter().map(|one| &one.key))
            .collect();
        for key in keys {
            let state = view::replayed(self.log, key, Version(1), message.position).await?;
            states.insert(key.clone(), state);
        }
        Ok(states)
    }

    /// Whether an issue, or a change of an item, is told in this lane: of the subscriptions that
    /// ask for it, the one that tells first counts.
    fn wants(
        &self,
        state: Option<&Replay>,
        key: &Key,
        finding: Option<&Opened>,
        why: &mut BTreeSet<String>,
    ) -> bool {
        let score = finding.map_or(0, |finding| finding.score);
        let mut first: Option<Lane> = None;
        let mut asked: Vec<(Lane, &str)> = Vec::new();
        for one in self.subscriptions {
            if one.report || (finding.is_none() && !one.changes) {
                continue;
            }
            if !self.means(&one.query, state, key, finding) {
                continue;
            }
            let lane = match self.lane {
                Lane::Silenced => Lane::Silenced,
                _ => Lane::of(one.due(self.settled, score)),
            };
            first = Some(first.map_or(lane, |first| first.min(lane)));
            asked.push((lane, &one.name));
        }
        if first != Some(self.lane) {
            return false;
        }
        let here = asked.into_iter().filter(|(lane, _)| *lane == self.lane);
        why.extend(here.map(|(_, name)| name.to_owned()));
        true
    }

    fn wants_everything(&self, why: &mut BTreeSet<String>) -> bool {
        let lane = |one: &Subscription| match self.lane {
            Lane::Silenced => Lane::Silenced,
            _ => Lane::of(one.due(self.settled, 0)),
        };
        let all = self.subscriptions.iter().filter(|one| !one.report && one.query == Query::All);
        let here: Vec<_> = all.filter(|one| lane(one) == self.lane).collect();
        why.extend(here.iter().map(|one| one.name.clone()));
        !here.is_empty()
    }

    fn means(
        &self,
        query: &Query,
        state: Option<&Replay>,
        key: &Key,
        finding: Option<&Opened>,
    ) -> bool {
        if *query == Query::All {
            return true;
        }
        // What is cut from the log cannot be asked about.
        let Some((state, row)) = state.and_then(|state| Some((state, state.row.as_ref()?))) else {
            return false;
        };
        let account = self.accounts.get(key.account.as_str());
        let issue = finding.map(|finding| {
            let known = state.issues.get(&finding.issue);
            let known = known.cloned().unwrap_or_else(|| Issue::opened(key, finding, self.settled));
            // The score that counts is in what is told.
            Issue { finding: finding.clone(), ..known }
        });
        let ask = |issue: Option<Issue>| {
            let issues = state.issues.values().cloned().collect();
            let (now, registry) = (self.settled, self.registry);
            let facts = Seen { row, config: &state.config, account, issue, issues, now, registry };
            let Ok(means) = query.matches(&facts);
            means
        };
        let stood = issue.as_ref().map(as_it_stood);
        ask(issue) || stood.is_some_and(|stood| ask(Some(stood)))
    }
}

/// An item as it stood where a message ends, and the issue that is asked about.
struct Seen<'a> {
    row: &'a ItemRow,
    config: &'a Value,
    account: Option<&'a Account>,
    issue: Option<Issue>,
    issues: Vec<Issue>,
    now: Timestamp,
    registry: &'a Registry,
}

impl Facts for Seen<'_> {
    type Error = Infallible;

    fn subject(&self) -> Subject<'_> {
        self.issue.as_ref().map_or(Subject::Item, Subject::Issue)
    }

    fn row(&self) -> &ItemRow {
        self.row
    }

    fn account(&self) -> Option<&Account> {
        self.account
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn config(&self) -> Result<&Value, Infallible> {
        Ok(self.config)
    }

    fn issues(&self) -> Result<&[Issue], Infallible> {
        Ok(&self.issues)
    }

    fn score(&self) -> Result<u32, Infallible> {
        let open = self.issues.iter().filter(|issue| issue.status(self.now) == Status::Open);
        let part_of = |check: &str| self.registry.part_of(check);
        Ok(audit::score(open.map(|issue| &issue.finding), part_of))
    }

    // Nobody is told of what is ignored.
    fn is_ignored(&self) -> Result<bool, Infallible> {
        Ok(false)
    }

    // What happened was looked at.
    fn is_watched(&self) -> Result<bool, Infallible> {
        Ok(true)
    }
}
