//! Since when something stood open, and until when.
//!
//! A finding stands for intervals of time. Where its check judged the item, the issue's own
//! events say which. Before that, in the time before the check existed in the version of today,
//! the check is asked now about what was recorded then: of revisions that touch nothing it reads
//! the answer is known, and the world around the item is made anew only for checks that look at
//! it or at the clock.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::language::{Names, Pattern, Term};
use super::{Error, Known, Query, find};
use crate::account::Accounts;
use crate::audit::{self, Verdict, judge_into};
use crate::check::{Auditor, Check, Findings, World, reads};
use crate::event::{Envelope, Event, IssueId, Position, ScanId, StreamId, Version};
use crate::governance::{Governance, Ruled};
use crate::item::Key;
use crate::log::EventLog;
use crate::registry::Registry;
use crate::replay::{ItemRow, Replay, change_of};
use crate::view;

mod past;
mod recorded;
mod timeline;

use recorded::Telling;
use timeline::Timeline;

/// How many events of a stream are read at a time.
const PAGE: usize = 256;

/// Which findings are asked about.
#[derive(Debug, Clone, Default)]
pub struct ExposureSearch {
    /// Of this item, by key, ARN, id or name; `None` for all.
    pub item: Option<String>,
    /// Of this check; `None` for all.
    pub check: Option<String>,
    /// Whose subject or grounds name this principal; `None` for all.
    pub principal: Option<Names>,
}

/// A finding, and when it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// The item.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// The issue that it is, or would have been.
    pub issue: IssueId,
    /// The check that finds it.
    pub check: String,
    /// What inside the item it is about; empty for the whole item.
    pub subject: String,
    /// When it stood, in order of time. Never empty.
    pub intervals: Vec<Interval>,
    /// What the rules in force say of it.
    pub ruled: Ruled,
}

/// A time for which a finding stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// When it began.
    pub from: Moment,
    /// When it ended; `None` where it still stands.
    pub until: Option<Moment>,
    /// The strongest base score it had, 0 to 10.
    pub score: u8,
    /// What was found last, in one line.
    pub detail: String,
    /// Whether some of it was found only now, by asking a check of today about then.
    pub is_judged_now: bool,
}

/// A point in the life of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The revision the item was at.
    pub revision: u64,
    /// When it was known.
    pub at: Timestamp,
}

/// The answer, and what it does not say.
#[derive(Debug, Clone, Default)]
pub struct Exposures {
    /// What stood, by item and check.
    pub all: Vec<Exposure>,
    /// What stood, and rules in force suppress.
    pub suppressed: Vec<Exposure>,
    /// How many items were looked at.
    pub items: u64,
    /// Checks that could not decide about some of the past, why, and about how many items.
    pub undecided: BTreeMap<(String, String), u64>,
}

/// Says when findings stood, up to the instant of what is known.
///
/// # Errors
/// Where no item or check is called so; then where the log or the views cannot be read.
pub async fn exposure(
    log: &dyn EventLog,
    known: &Known,
    registry: &Registry,
    auditors: &[Arc<dyn Auditor>],
    search: &ExposureSearch,
) -> Result<Exposures, Error> {
    let views = &known.views;
    if let Some(check) = &search.check {
        // Refuses what is no check, and never was.
        Query::from(Term::Check(Pattern::literal(check))).select(views, registry)?;
    }
    let wanted = search.item.as_deref().map(|name| find::item(views, name)).transpose()?;
    let technology = search.check.as_deref().and_then(|id| registry.check(id));
    let technology = technology.map(|check| check.technology.clone());
    let accounts = views.accounts()?;
    let audits = Mutex::default();
    let (end, governance) = (views.position()?, known.governance()?);
    let asking = Asking { log, end, known, auditors, search, accounts, governance, audits };
    let mut found = Exposures::default();
    let mut later = Vec::new();
    let rows: Box<dyn Iterator<Item = _> + Send> = match wanted {
        Some(row) => Box::new(std::iter::once(Ok(row))),
        None => Box::new(views.items()),
    };
    for row in rows {
        let row = row?;
        if technology.as_ref().is_some_and(|technology| row.key.technology != **technology) {
            continue;
        }
        found.items += 1;
        let mut life = asking.life(row).await?;
        if life.worldly.is_empty() {
            asking.recorded(&mut life).await?;
            found.add(life, search);
        } else {
            later.push(life);
        }
    }
    if !later.is_empty() {
        past::judge(&asking, &mut later).await?;
        for mut life in later {
            asking.recorded(&mut life).await?;
            found.add(life, search);
        }
        found.all.sort_by(|a, b| (&a.key, &a.check).cmp(&(&b.key, &b.check)));
    }
    found.rule(known)?;
    Ok(found)
}

impl Exposures {
    /// Lets the rules in force say what they say.
    fn rule(&mut self, known: &Known) -> Result<(), Error> {
        if known.governance()?.is_empty() {
            return Ok(());
        }
        for one in &mut self.all {
            if let Some(row) = known.views.item(&one.key)? {
                one.ruled = known.ruled(&row, &one.check)?;
            }
        }
        let is_told = |one: &mut Exposure| one.ruled.suppressed.is_some();
        self.suppressed = self.all.extract_if(.., is_told).collect();
        Ok(())
    }

    fn add(&mut self, life: Life, search: &ExposureSearch) {
        for undecided in life.undecided {
            *self.undecided.entry(undecided).or_default() += 1;
        }
        let meant = |subject: &str, grounds: &BTreeSet<String>| {
            search.principal.as_ref().is_none_or(|who| {
                who.fits(subject) || grounds.iter().any(|ground| who.fits(ground))
            })
        };
        self.all.extend(life.timeline.exposures(&life.row, meant));
    }
}

/// What is the same for every item.
struct Asking<'a> {
    log: &'a dyn EventLog,
    /// What is known ends with the event at this position.
    end: Position,
    known: &'a Known,
    auditors: &'a [Arc<dyn Auditor>],
    search: &'a ExposureSearch,
    accounts: Accounts,
    /// The rules that set the parameters by which checks of today judge the past.
    governance: &'a Governance,
    audits: Mutex<BTreeMap<Position, FirstAudit>>,
}

/// The audit in which a check of today first judged a scope. From its scan on, issues tell; what
/// was before is asked now.
#[derive(Debug, Clone, PartialEq)]
struct FirstAudit {
    /// Where its scan began.
    start: Position,
    /// Where it ended.
    end: Position,
    /// When it ended.
    at: Timestamp,
    scan: Option<ScanId>,
}

/// An item, and what is found of its past.
struct Life {
    row: ItemRow,
    timeline: Timeline,
    /// Of each check of today; `None` where it never judged.
    first: BTreeMap<Cow<'static, str>, Option<FirstAudit>>,
    /// The checks that have a past to be asked about and look at the world or at the clock.
    worldly: BTreeSet<Cow<'static, str>>,
    undecided: BTreeSet<(String, String)>,
}

impl Asking<'_> {
    /// The checks that are asked about items of a technology.
    fn checks<'b>(&'b self, technology: &'b str) -> impl Iterator<Item = &'b Check> {
        audit::checks(self.auditors).filter(move |check| {
            check.technology == technology
                && self.search.check.as_ref().is_none_or(|id| check.id == *id)
        })
    }

    /// The audit that ended at a position.
    async fn audit(&self, end: Position) -> Result<FirstAudit, Error> {
        let known = self.audits.lock().unwrap_or_else(PoisonError::into_inner).get(&end).cloned();
        if let Some(audit) = known {
            return Ok(audit);
        }
        let cut = self.log.cut().await?.filter(|cut| end <= cut.through);
        let audit = if let Some(cut) = cut {
            // It is gone; what it found, the issues tell that stood where the log was cut.
            FirstAudit { start: Position(0), end, at: cut.since, scan: None }
        } else {
            let page = self.log.read_all(Position(end.0.saturating_sub(1)), 1).await?;
            let envelope = page.first();
            let scan = envelope.and_then(|envelope| envelope.scan.clone());
            let row = scan.as_ref().map(|scan| self.known.views.scan(scan)).transpose()?.flatten();
            FirstAudit {
                start: row.map_or(end, |row| row.position),
                end,
                at: envelope.map_or(self.known.now, |envelope| envelope.recorded_at),
                scan,
            }
        };
        let mut audits = self.audits.lock().unwrap_or_else(PoisonError::into_inner);
        audits.insert(end, audit.clone());
        Ok(audit)
    }

    /// An item with the past of the checks that look at nothing else.
    async fn life(&self, row: ItemRow) -> Result<Life, Error> {
        let views = &self.known.views;
        let judged = views.judged(&row.scope())?;
        let appeared = views.revisions(&row.key)?.first().map(|first| first.position);
        let mut life = Life {
            timeline: Timeline::default(),
            first: BTreeMap::new(),
            worldly: BTreeSet::new(),
            undecided: BTreeSet::new(),
            row,
        };
        let mut alone = Vec::new();
        let technology = life.row.key.technology.clone();
        for check in self.checks(&technology) {
            let first = match judged.first(&check.id, check.version) {
                Some(end) => Some(self.audit(end).await?),
                None => None,
            };
            let has_past = appeared.is_some_and(|appeared| is_before(appeared, first.as_ref()));
            life.first.insert(check.id.clone(), first);
            if has_past && (check.timed || !check.world.is_empty()) {
                life.worldly.insert(check.id.clone());
            } else if has_past {
                alone.push(check);
            }
        }
        if !alone.is_empty() {
            self.judge_alone(&mut life, &alone).await?;
        }
        Ok(life)
    }

    /// Asks checks that look at nothing else about each state that touches what they read.
    async fn judge_alone(&self, life: &mut Life, checks: &[&Check]) -> Result<(), Error> {
        let mut replay = Replay::default();
        let mut stream = Stream::new(self.log, &life.row.key, self.end);
        while let Some(envelope) = stream.next().await? {
            replay.step(&envelope).map_err(view::Error::misfit(&envelope))?;
            let Some((item, row)) = replay.item().zip(replay.row.as_ref()) else { continue };
            let moment = Moment { revision: row.revision, at: envelope.recorded_at };
            let ahead = |check: &&&Check| {
                let first = life.first.get(&check.id).and_then(Option::as_ref);
                is_before(envelope.position, first)
            };
            if matches!(envelope.event, Event::ItemDeleted) {
                for check in checks.iter().filter(ahead) {
                    life.timeline.end_others(&check.id, &BTreeSet::new(), moment);
                }
                continue;
            }
            let touched: BTreeSet<Cow<'static, str>> = checks
                .iter()
                .filter(ahead)
                .filter(|check| self.may_differ(check, &envelope.event))
                .map(|check| check.id.clone())
                .collect();
            if touched.is_empty() {
                continue;
            }
            let facts = self.governance.facts(row, || Ok::<_, view::Error>(item.config.clone()));
            let settings = self.governance.settings(checks.iter().copied(), &facts)?;
            let world = World::new(envelope.recorded_at, &self.accounts, &()).with(&settings);
            let only = touched.clone();
            let found = Findings::only(move |check| only.contains(&check.id));
            let stale = row.stale.keys().cloned().collect();
            let verdict = judge_into(found, self.auditors, &item, &world, &row.never_read, &stale);
            life.judged(&verdict, &touched, moment);
        }
        Ok(())
    }

    /// Whether an event may change what a check says: it changes what the check reads, or which
    /// rules set its parameters.
    fn may_differ(&self, check: &Check, event: &Event) -> bool {
        touches(check, event) || (self.governance.sets(&check.id) && change_of(event).is_some())
    }

    /// Goes on with what the item's issues say.
    async fn recorded(&self, life: &mut Life) -> Result<(), Error> {
        if life.timeline.is_empty() && self.known.views.issues_of(&life.row.key)?.is_empty() {
            return Ok(());
        }
        let mut telling = Telling::of(life);
        let mut stream = Stream::new(self.log, &life.row.key, self.end);
        while let Some(envelope) = stream.next().await? {
            telling.settle(life, Some(envelope.position));
            telling.hear(life, &envelope, self.search);
        }
        telling.settle(life, None);
        Ok(())
    }
}

/// Whether a position is before what a check has judged.
fn is_before(position: Position, first: Option<&FirstAudit>) -> bool {
    first.is_none_or(|first| position < first.start)
}

/// Whether an event changes what a check reads.
fn touches(check: &Check, event: &Event) -> bool {
    match event {
        Event::ItemObserved(_) | Event::ItemChanged(_) => change_of(event).is_some_and(|change| {
            change.patch.iter().any(|operation| reads(check, operation.path().as_str()))
        }),
        Event::ItemDiscovered(_)
        | Event::ItemRebased(_)
        | Event::ItemReturned(_)
        | Event::ItemCarried(_) => true,
        _ => false,
    }
}

impl Life {
    /// Takes over what checks say of a moment.
    fn judged(&mut self, verdict: &Verdict, asked: &BTreeSet<Cow<'static, str>>, moment: Moment) {
        for check in asked {
            if let Some(why) = verdict.undecided.get(check) {
                self.undecided.insert((check.to_string(), why.to_string()));
                continue;
            }
            let found: BTreeSet<&str> = verdict
                .findings
                .values()
                .filter(|found| found.check == *check)
                .map(|found| found.subject.as_str())
                .collect();
            if !verdict.carried.contains(check) {
                self.timeline.end_others(check, &found, moment);
            }
        }
        for finding in verdict.findings.values().filter(|found| asked.contains(&found.check)) {
            self.timeline.stands(&finding.into(), moment, true);
        }
    }
}

/// An item's events, one behind the other, up to a position.
struct Stream<'a> {
    log: &'a dyn EventLog,
    id: StreamId,
    end: Position,
    next: Version,
    page: std::vec::IntoIter<Envelope>,
}

impl<'a> Stream<'a> {
    fn new(log: &'a dyn EventLog, key: &Key, end: Position) -> Self {
        Self { log, id: StreamId::item(key), end, next: Version(1), page: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<Envelope>, Error> {
        let is_known = |envelope: &Envelope| envelope.position <= self.end;
        if let Some(envelope) = self.page.next() {
            return Ok(Some(envelope).filter(is_known));
        }
        let page = self.log.read_stream(&self.id, self.next, PAGE).await?;
        if let Some(last) = page.last() {
            self.next = Version(last.version.0 + 1);
        }
        self.page = page.into_iter();
        Ok(self.page.next().filter(is_known))
    }
}

#[cfg(test)]
mod tests;
