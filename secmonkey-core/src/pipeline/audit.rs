//! Auditing what is in the log: after the sweeps of an account, or at will.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};
use std::sync::{Mutex, PoisonError};

use ipnet::IpNet;
use jiff::Timestamp;

use super::report::Report;
use super::sweep::Swept;
use super::{Error, Pipeline, Summary};
use crate::account::{Account, AccountId, Accounts};
use crate::audit::{Verdict, bury, catalogue, checks, expire, judge, settle};
use crate::check::{Facts, Undecided, World};
use crate::event::{Event, IssueId, Position, ScanId, ScopeId, StreamId};
use crate::item::{GLOBAL, Item, Key};
use crate::log::{Append, AppendError, Expected};
use crate::network::Block;
use crate::notify::{IssueChange, IssueKind};
use crate::technology::Kind;
use crate::view::{self, Issue, ItemRow, Views};

/// How many items are audited before their events are appended, in one batch.
const CHUNK: usize = 32;

impl Pipeline {
    /// Audits everything stored of these accounts; looks at nothing.
    ///
    /// # Errors
    /// Where the log or the views fail.
    pub async fn audit(&self, accounts: &[Account]) -> Result<Summary, Error> {
        let seen = self.views.catch_up(self.log.as_ref()).await?;
        let started_at = (self.clock)();
        let scan = ScanId::at(started_at);
        let mut summary = Summary { started_at, ..Summary::default() };
        for account in accounts {
            let keys = self.stored(&account.id, |_| true)?;
            let swept = Swept::default();
            let mut report =
                self.audit_items(account, &scan, &swept, keys, started_at, seen).await?;
            let message = report.message(account, scan.clone(), started_at, &swept);
            if !message.is_empty() {
                report.messages.push(message);
            }
            summary.take(report, swept.counts);
        }
        self.views.catch_up(self.log.as_ref()).await?;
        Ok(summary)
    }

    /// What the checks say about every item in `views`, at the time `now`. Nothing is
    /// appended: the views may be those of a past instant.
    pub fn judge<'a>(
        &'a self,
        views: &'a Views,
        accounts: &'a Accounts,
        now: Timestamp,
    ) -> impl Iterator<Item = Result<(ItemRow, Verdict), Error>> + 'a {
        let facts = facts(views);
        views.items().filter(|row| !matches!(row, Ok(row) if row.deleted)).map(move |row| {
            let row = row?;
            let verdict = self.verdict(views, &row, &World::new(now, accounts, &facts), None)?;
            Ok((row, verdict))
        })
    }

    /// Audits what a scan calls for in one account.
    pub(super) async fn audit_account(
        &self,
        account: &Account,
        scan: &ScanId,
        swept: &mut Swept,
    ) -> Result<Report, Error> {
        let views = &self.views;
        let seen = views.catch_up(self.log.as_ref()).await?;
        let now = (self.clock)();
        let accounts = views.accounts()?;
        let rules = catalogue(&self.auditors, &accounts);
        let last = views.audited(&account.id)?;
        let keys = match last.filter(|last| last.catalogue == rules) {
            None => self.stored(&account.id, |_| true)?,
            Some(last) => {
                let known = views.known_changed()? > last.position;
                self.called_for(&account.id, swept, known, now)?
            }
        };
        self.audit_items(account, scan, swept, keys, now, seen).await
    }

    /// The items to audit after a scan: those that changed, those whose checks look up
    /// a technology that changed, or the known world where that did (`known`), those of
    /// timed checks, and those with a justification that ran out.
    fn called_for(
        &self,
        account: &AccountId,
        swept: &Swept,
        known: bool,
        now: Timestamp,
    ) -> Result<Vec<Key>, Error> {
        let changed: BTreeSet<&str> = swept
            .touched
            .iter()
            .map(|key| key.technology.as_str())
            .chain(
                swept
                    .done
                    .iter()
                    .filter(|(_, first)| **first)
                    .map(|(scope, _)| scope.technology.as_str()),
            )
            .chain(known.then_some("known"))
            .collect();
        let done: BTreeSet<&str> =
            swept.done.keys().map(|scope| scope.technology.as_str()).collect();
        let technologies: BTreeSet<&str> = checks(&self.auditors)
            .filter(|check| {
                check.world.iter().any(|world| changed.contains(world))
                    || (check.timed && done.contains(check.technology))
            })
            .map(|check| check.technology)
            .collect();
        let mut keys = swept.touched.clone();
        let expired = self.views.expired(now)?;
        keys.extend(
            expired.into_iter().map(|issue| issue.key).filter(|key| key.account == *account),
        );
        if !technologies.is_empty() {
            keys.extend(
                self.stored(account, |key| technologies.contains(key.technology.as_str()))?,
            );
        }
        Ok(keys.into_iter().collect())
    }

    /// The stored items of an account that are not gone.
    fn stored(
        &self,
        account: &AccountId,
        wanted: impl Fn(&Key) -> bool,
    ) -> Result<Vec<Key>, Error> {
        let mut keys = Vec::new();
        for row in self.views.items_of(account) {
            let row = row?;
            if !row.deleted && wanted(&row.key) {
                keys.push(row.key);
            }
        }
        Ok(keys)
    }

    async fn audit_items(
        &self,
        account: &Account,
        scan: &ScanId,
        swept: &Swept,
        keys: Vec<Key>,
        now: Timestamp,
        seen: Position,
    ) -> Result<Report, Error> {
        let views = &self.views;
        let accounts = views.accounts()?;
        let known: BTreeSet<&str> = checks(&self.auditors).map(|check| check.id).collect();
        let mut first = Vec::new();
        for check in &known {
            if views.check_completed(&account.id, check)?.is_none() {
                first.push((*check).to_owned());
            }
        }
        let facts = ViewFacts::new(views, &swept.done);
        let world = World::new(now, &accounts, &facts);
        let mut report = Report::default();
        for chunk in keys.chunks(CHUNK) {
            // Somebody may justify an issue meanwhile: then the chunk is judged anew.
            let settled = loop {
                let settled = chunk
                    .iter()
                    .map(|key| self.settle(key, &world, &known, swept, scan, now))
                    .filter_map(Result::transpose)
                    .collect::<Result<Vec<_>, _>>()?;
                match self.append_settled(&settled, scan).await {
                    Ok(()) => break settled,
                    Err(Error::Append(AppendError::Conflict { .. })) => {
                        views.catch_up(self.log.as_ref()).await?;
                    }
                    Err(error) => return Err(error),
                }
            };
            for one in &settled {
                self.report(one, &first, now, &mut report)?;
            }
            views.catch_up(self.log.as_ref()).await?;
        }
        let finished = Event::AuditFinished {
            account: account.id.clone(),
            catalogue: catalogue(&self.auditors, &accounts),
            position: seen,
            first,
        };
        self.append_scan(scan, vec![finished]).await?;
        Ok(report)
    }

    /// The events that one item's audit comes to; `None` where there are none.
    fn settle(
        &self,
        key: &Key,
        world: &World<'_>,
        known: &BTreeSet<&str>,
        swept: &Swept,
        scan: &ScanId,
        now: Timestamp,
    ) -> Result<Option<Settled>, Error> {
        let Some(row) = self.views.item(key)? else { return Ok(None) };
        let issues = self.views.issues_of(key)?;
        let events = if row.deleted {
            let mut events = bury(&issues);
            events.extend(issues.iter().filter_map(|issue| expire(issue, now)));
            events
        } else {
            let scan = swept.done.contains_key(&row.scope()).then_some(scan);
            let verdict = self.verdict(&self.views, &row, world, scan)?;
            settle(key, &issues, &verdict, known, now)
        };
        // The issues that ended with a confirmed deletion were appended with it.
        let ended = row.deleted && events.is_empty() && swept.touched.contains(key);
        Ok((!events.is_empty() || ended).then_some(Settled { row, issues, events }))
    }

    /// What the checks say about one item. `scan` is the running scan, where it has
    /// swept the item's scope.
    fn verdict(
        &self,
        views: &Views,
        row: &ItemRow,
        world: &World<'_>,
        scan: Option<&ScanId>,
    ) -> Result<Verdict, Error> {
        let config = views.config(&row.key)?.unwrap_or_default();
        let item =
            Item { key: row.key.clone(), name: row.name.clone(), arn: row.arn.clone(), config };
        let stale = match scan {
            Some(scan) => row
                .stale
                .iter()
                .filter(|(_, stale)| stale.scan == *scan)
                .map(|(part, _)| part.clone())
                .collect(),
            None => views.unread(row)?.into_keys().collect(),
        };
        Ok(judge(&self.auditors, &item, world, &row.never_read, &stale))
    }

    async fn append_settled(&self, settled: &[Settled], scan: &ScanId) -> Result<(), Error> {
        let batch: Vec<_> = settled
            .iter()
            .filter(|one| !one.events.is_empty())
            .map(|one| Append {
                stream: StreamId::item(&one.row.key),
                expected: Expected::Exact(one.row.version),
                events: one
                    .events
                    .iter()
                    .map(|event| self.new_event(event.clone(), Some(scan)))
                    .collect(),
            })
            .collect();
        if !batch.is_empty() {
            self.log.append(batch).await?;
        }
        Ok(())
    }

    fn part_of(&self, id: &str) -> Option<&'static str> {
        checks(&self.auditors).find(|check| check.id == id)?.part_of
    }

    /// Adds what became of an item's issues to the report.
    fn report(
        &self,
        settled: &Settled,
        first: &[String],
        now: Timestamp,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Settled { row, issues, events } = settled;
        let scope = self.views.scope(&row.scope())?;
        let scope_baseline = scope.is_none_or(|scope| scope.first_completed.is_none());
        let before = |id: &IssueId| issues.iter().find(|issue| issue.finding.issue == *id);
        for event in events {
            let (finding, kind) = match event {
                Event::IssueOpened(finding) => (finding, IssueKind::Opened),
                Event::IssueReopened(finding) => (finding, IssueKind::Reopened),
                Event::IssueUpdated(finding)
                    if before(&finding.issue)
                        .is_some_and(|issue| issue.widened_by(&finding.grounds)) =>
                {
                    (finding, IssueKind::Widened)
                }
                Event::IssueResolved { issue, reason } => match before(issue) {
                    Some(issue) => (&issue.finding, IssueKind::Resolved(*reason)),
                    None => continue,
                },
                _ => continue,
            };
            let change = IssueChange {
                key: row.key.clone(),
                name: row.name.clone(),
                finding: finding.clone(),
                kind,
                justified: before(&finding.issue).is_some_and(|issue| issue.justified(now)),
                part_of: self.part_of(&finding.check),
            };
            report.issue(change, scope_baseline || first.contains(&finding.check));
        }
        if row.deleted {
            for issue in issues.iter().filter(|issue| issue.resolved_at == Some(row.last_changed)) {
                let Some(reason) = issue.resolved_reason else { continue };
                let change = IssueChange {
                    key: row.key.clone(),
                    name: row.name.clone(),
                    finding: issue.finding.clone(),
                    kind: IssueKind::Resolved(reason),
                    justified: false,
                    part_of: self.part_of(&issue.finding.check),
                };
                report.issue(change, false);
            }
        }
        Ok(())
    }
}

/// What checks look up, as these views know it. Answers are remembered: ask anew where
/// the views may have moved on.
pub fn facts(views: &Views) -> impl Facts + '_ {
    static NONE: BTreeMap<ScopeId, bool> = BTreeMap::new();
    ViewFacts::new(views, &NONE)
}

/// One item's audit.
struct Settled {
    row: ItemRow,
    /// Its issues before.
    issues: Vec<Issue>,
    events: Vec<Event>,
}

/// What checks look up, from the views.
struct ViewFacts<'a> {
    views: &'a Views,
    /// Scopes that the running scan has read to their end, before the views know it.
    done: &'a BTreeMap<ScopeId, bool>,
    /// What keeps names of a kind from being nobody's, once it was asked for.
    unlisted: Mutex<BTreeMap<Kind, Option<String>>>,
    /// The items of a scope by their ARNs and names, once one was looked for.
    called: Mutex<BTreeMap<ScopeId, BTreeMap<String, Key>>>,
    /// Whose the last blocks are that were asked for: several checks ask for each, and many
    /// items name the same.
    blocks: Mutex<HashMap<IpNet, Vec<Block>>>,
}

/// How many blocks are remembered, at a few hundred bytes each.
const REMEMBERED: usize = 10_000;

impl<'a> ViewFacts<'a> {
    fn new(views: &'a Views, done: &'a BTreeMap<ScopeId, bool>) -> Self {
        Self {
            views,
            done,
            unlisted: Mutex::default(),
            called: Mutex::default(),
            blocks: Mutex::default(),
        }
    }

    /// Whether nobody's configuration names something of a kind because it is nobody's.
    fn listed(&self, kind: Kind) -> Result<(), Undecided> {
        let mut unlisted = self.unlisted.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match unlisted.entry(kind) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(self.views.unlisted(kind, self.done).map_err(failed)?)
            }
        };
        answer.clone().map_or(Ok(()), |scope| Err(Undecided::Unlisted(scope)))
    }

    /// Fails where a scope was never listed to its end.
    fn completed(&self, scope: &ScopeId) -> Result<(), Undecided> {
        let known = || self.views.scope(scope).map_err(failed);
        let listed = self.done.contains_key(scope)
            || known()?.is_some_and(|scope| scope.first_completed.is_some());
        if listed { Ok(()) } else { Err(Undecided::Unlisted(scope.to_string())) }
    }

    /// The key of the item of a scope that has this ARN or name.
    fn key_of(&self, scope: ScopeId, called: &str) -> Result<Option<Key>, Undecided> {
        let mut known = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = match known.entry(scope) {
            Entry::Occupied(keys) => keys.into_mut(),
            Entry::Vacant(place) => {
                let mut keys = BTreeMap::new();
                for row in self.views.items_in(place.key()) {
                    let row = row.map_err(failed)?;
                    if !row.deleted {
                        keys.extend(row.arn.map(|arn| (arn, row.key.clone())));
                        keys.insert(row.name, row.key);
                    }
                }
                place.insert(keys)
            }
        };
        Ok(keys.get(called).cloned())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that `map_err` asks for")]
fn failed(error: view::Error) -> Undecided {
    Undecided::Failed(error.to_string())
}

impl Facts for ViewFacts<'_> {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        let scope = ScopeId {
            account: key.account.clone(),
            technology: key.technology.clone(),
            region: key.region.clone(),
        };
        self.completed(&scope)?;
        let Some(row) = self.views.item(key).map_err(failed)?.filter(|row| !row.deleted) else {
            return Ok(None);
        };
        let config = self.views.config(key).map_err(failed)?.unwrap_or_default();
        Ok(Some(Item { key: row.key, name: row.name, arn: row.arn, config }))
    }

    fn find(
        &self,
        account: &AccountId,
        technology: &str,
        called: &str,
    ) -> Result<Option<Item>, Undecided> {
        let scope = ScopeId {
            account: account.clone(),
            technology: technology.to_owned(),
            region: GLOBAL.to_owned(),
        };
        self.completed(&scope)?;
        self.key_of(scope, called)?.map_or(Ok(None), |key| self.item(&key))
    }

    fn owners(&self, kind: Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        let owners = self.views.owners(kind, name).map_err(failed)?;
        if owners.is_empty() {
            self.listed(kind)?;
        }
        Ok(owners)
    }

    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        let mut known = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let blocks = match known.entry(block) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(place) => {
                place.insert(self.views.blocks(block).map_err(failed)?)
            }
        };
        if blocks.is_empty() {
            self.listed(Kind::Block)?;
        }
        Ok(blocks.clone())
    }
}
