//! A log whose beginning was cut: what is kept of it, and what stands in its place.
//!
//! Positions, hashes and versions stay as they are. Of every event up to the cut the leaf of
//! the Merkle tree is kept; of some the event itself, because what it says is still in force.
//! An item's last event is replaced by the item as it stood then, a scan's by what was looked
//! at by then ([`Event::ItemCarried`], [`Event::ScansCarried`]): whoever reads the log from its
//! beginning, or a stream from its first version, reads these and goes on behind the cut as
//! if nothing were missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Error, EventLog, position_at};
use crate::account::AccountId;
use crate::event::{
    Actor, CarriedAccount, CarriedItem, CarriedScans, DecodeError, Envelope, Event, Hash, IssueId,
    NewEvent, Position, Running, ScanId, Stored, StreamId, Version, Went,
};
use crate::issue::Issue;
use crate::item::Key;
use crate::replay::ChangeKind;
use crate::view::{self, Ended, Revision, ScanRow, Views};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// Where a log was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The last position of what was cut.
    pub through: Position,
    /// The hash chain up to there.
    pub hash: Hash,
    /// The hash of the first event of all, which no other log has.
    pub first: Hash,
    /// When that position was recorded: what is asked about later times is answered as before.
    pub since: Timestamp,
    /// When it was cut.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// How many scans had ended in order by then.
    pub scans: u64,
    /// What went.
    pub went: Went,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "history before {:.0} was cut on {:.0} by {}: a backup or an export of before then has it",
            self.since, self.at, self.by
        )
    }
}

/// What is left at a position up to the cut: an event, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remnant {
    /// Its position.
    pub position: Position,
    /// The hash chain up to the event that was recorded there.
    pub hash: Hash,
    /// Its bytes.
    pub stored: Stored,
}

impl Remnant {
    /// As the log hands it out.
    ///
    /// # Errors
    /// Where the bytes are no event.
    pub fn envelope(&self) -> Result<Envelope, DecodeError> {
        // What stands in place of an event has the place of that event in the chain.
        Ok(Envelope { hash: self.hash, ..self.stored.decode(&Hash::START)? })
    }
}

/// What a cut would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The cut.
    pub cut: Cut,
    /// What stays of what is cut, in the order of positions.
    pub remains: Vec<Remnant>,
    /// How many bytes the events up to the cut take, uncompressed.
    pub bytes: u64,
    /// How many of these stay.
    pub bytes_kept: u64,
}

/// Whether a log answers for a position.
///
/// # Errors
/// [`Error::Cut`] where its history up to there was cut; where it cannot be read.
pub async fn reaches(log: &dyn EventLog, position: Position) -> Result<(), Error> {
    match log.cut().await? {
        Some(cut) if position > Position(0) && position < cut.through => {
            Err(Error::Cut(Box::new(cut)))
        }
        _ => Ok(()),
    }
}

/// Says what a cut of everything recorded before a time would do. It is made where no scan ran:
/// `None` where there is nothing before.
///
/// # Errors
/// Where the log cannot be read; where the time is before an earlier cut.
pub async fn plan(
    log: &dyn EventLog,
    views: &Views,
    before: Timestamp,
    by: &Actor,
    now: Timestamp,
) -> Result<Option<Plan>, view::Error> {
    let last = position_at(log, before - SignedDuration::from_millis(1)).await?;
    let old = log.cut().await?;
    let mut walk = Walk::new(log, old.clone());
    let mut place =
        Place { running: Running::default(), ended: 0, first: Hash::START, quiet: None };
    while let Some((remnant, envelope)) = walk.next().await? {
        if envelope.position > last {
            break;
        }
        place.event(&remnant, &envelope);
    }
    let Some((through, hash, since, scans)) = place.quiet else { return Ok(None) };
    if old.as_ref().is_some_and(|old| old.through >= through) {
        return Ok(None);
    }
    let then = views.as_of(log, through).await?;
    let mut sorting = Sorting::default();
    let mut walk = Walk::new(log, old.clone());
    while let Some((remnant, envelope)) = walk.next().await? {
        if envelope.position <= through {
            sorting.event(remnant, &envelope);
        } else {
            sorting.spoken_of.extend(Issue::of(&envelope.event).cloned());
        }
    }
    let scans = scans + old.as_ref().map_or(0, |old| old.scans);
    let first = old.map_or(place.first, |old| old.first);
    let went = Went::default();
    let cut = Cut { first, through, hash, since, at: now, by: by.clone(), scans, went };
    let views = then.clone();
    view::blocking(move || sorting.finish(&views, cut)).await.map(Some)
}

/// Reads a log from its beginning, with the bytes of its events.
struct Walk<'a> {
    log: &'a dyn EventLog,
    /// What it was cut to before.
    cut: Option<Cut>,
    at: Position,
    hash: Hash,
    page: std::vec::IntoIter<Remnant>,
}

impl<'a> Walk<'a> {
    fn new(log: &'a dyn EventLog, cut: Option<Cut>) -> Self {
        Self { log, cut, at: Position(0), hash: Hash::START, page: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<(Remnant, Envelope)>, Error> {
        loop {
            if let Some(remnant) = self.page.next() {
                let envelope = remnant.envelope().map_err(|error| Error::Corrupt {
                    position: remnant.position,
                    reason: error.to_string(),
                })?;
                (self.at, self.hash) = (remnant.position, remnant.hash);
                return Ok(Some((remnant, envelope)));
            }
            let mut page = Vec::new();
            if let Some(cut) = self.cut.as_ref().filter(|cut| self.at < cut.through) {
                page = self.log.read_remains(self.at, PAGE).await?;
                if page.is_empty() {
                    (self.at, self.hash) = (cut.through, cut.hash);
                }
            }
            if page.is_empty() {
                let (mut position, mut hash) = (self.at, self.hash);
                for stored in self.log.read_stored(self.at, PAGE).await? {
                    position.0 += 1;
                    hash = hash.next(&stored.header, &stored.body);
                    page.push(Remnant { position, hash, stored });
                }
            }
            if page.is_empty() {
                return Ok(None);
            }
            self.page = page.into_iter();
        }
    }
}

/// Looks for the last place where no scan runs.
struct Place {
    running: Running,
    /// How many scans ended in order.
    ended: u64,
    /// The hash of the first event.
    first: Hash,
    /// Position, hash chain, time, and how many scans had ended.
    quiet: Option<(Position, Hash, Timestamp, u64)>,
}

impl Place {
    fn event(&mut self, remnant: &Remnant, envelope: &Envelope) {
        if envelope.position == Position(1) {
            self.first = remnant.hash;
        }
        self.running.event(envelope);
        self.ended += u64::from(envelope.scan.is_some() && envelope.event.ends_scan());
        if self.running.is_empty() {
            let Envelope { position, recorded_at, .. } = envelope;
            self.quiet = Some((*position, remnant.hash, *recorded_at, self.ended));
        }
    }
}

/// Sorts events up to the cut: which stay, and in place of which something stands.
#[derive(Default)]
struct Sorting {
    /// Those that stay.
    kept: BTreeMap<Position, Remnant>,
    /// The last events of items, of notifiers, and of scans about accounts; without what
    /// happened.
    items: HashMap<Key, Seat>,
    told: HashMap<StreamId, Vec<(Option<Position>, Remnant)>>,
    accounts: BTreeMap<AccountId, Position>,
    last_scan: Option<Position>,
    seats: BTreeMap<Position, Seat>,
    /// The issues that what is behind the cut speaks of.
    spoken_of: BTreeSet<IssueId>,
    events: u64,
    bytes: u64,
    justified: u64,
}

/// The place of an event.
struct Seat {
    hash: Hash,
    stream: StreamId,
    version: Version,
    recorded_at: Timestamp,
    observed_at: Timestamp,
    actor: Actor,
    scan: Option<ScanId>,
    position: Position,
}

impl Seat {
    fn of(envelope: &Envelope, hash: Hash) -> Self {
        Self {
            hash,
            stream: envelope.stream.clone(),
            version: envelope.version,
            recorded_at: envelope.recorded_at,
            observed_at: envelope.observed_at,
            actor: envelope.actor.clone(),
            scan: envelope.scan.clone(),
            position: envelope.position,
        }
    }

    fn take(self, event: Event) -> Result<Remnant, view::Error> {
        let Self { hash, stream, version, recorded_at, observed_at, actor, scan, position } = self;
        let new = NewEvent { event, observed_at };
        let scan = scan.as_ref();
        let stored = Stored::encode(position, &stream, version, recorded_at, &actor, scan, &new)?;
        Ok(Remnant { position, hash, stored })
    }
}

impl Sorting {
    fn event(&mut self, remnant: Remnant, envelope: &Envelope) {
        let position = envelope.position;
        let seat = |remnant: &Remnant| Seat::of(envelope, remnant.hash);
        let stands_in = matches!(envelope.event, Event::ItemCarried(_) | Event::ScansCarried(_));
        self.events += u64::from(!stands_in);
        self.bytes += size(&remnant);
        if let Some(key) = envelope.stream.as_item() {
            self.justified += u64::from(matches!(envelope.event, Event::IssueJustified { .. }));
            self.items.insert(key, seat(&remnant));
            return;
        }
        let about: Vec<&AccountId> = match &envelope.event {
            Event::ScanStarted { planned } => planned.iter().map(|it| &it.account).collect(),
            Event::SweepFailed(failure) => vec![&failure.scope.account],
            Event::Swept(swept) => vec![&swept.account],
            Event::AuditFinished(audited) => vec![&audited.account],
            Event::ScansCarried(carried) => carried.accounts.iter().map(|it| &it.account).collect(),
            Event::ScanFinished(_) | Event::ScanInterrupted { .. } => Vec::new(),
            Event::Delivered { message, position: ends } => {
                let told = self.told.entry(envelope.stream.clone()).or_default();
                if message.is_none() {
                    // What was delivered before stands in it.
                    told.retain(|(end, _)| end.is_some_and(|end| end > *ends));
                }
                told.push((message.as_ref().map(|_| *ends), remnant));
                return;
            }
            Event::NotificationsSettled { .. } => {
                // What settled is read from what goes; the last keeps the version of the stream.
                self.told.insert(envelope.stream.clone(), vec![(None, remnant)]);
                return;
            }
            _ => {
                self.kept.insert(position, remnant);
                return;
            }
        };
        self.last_scan = Some(position);
        for account in about {
            self.accounts.insert(account.clone(), position);
        }
        self.seats.insert(position, seat(&remnant));
        if self.seats.len() > 2 * PAGE {
            let needed: BTreeSet<Position> =
                self.accounts.values().copied().chain(self.last_scan).collect();
            self.seats.retain(|position, _| needed.contains(position));
        }
    }

    fn finish(mut self, then: &Views, mut cut: Cut) -> Result<Plan, view::Error> {
        let (mut revisions, mut items, mut issues, mut standing) = (0, 0, 0, 0);
        let mut remains = std::mem::take(&mut self.kept);
        for (_, told) in self.told.into_values().flatten() {
            remains.insert(told.position, told);
        }
        let kept = remains.len() as u64;
        for row in then.items() {
            let row = row?;
            let Some(seat) = self.items.remove(&row.key) else {
                let missing = format!("{} has no event up to position {}", row.key, cut.through);
                return Err(view::Error::Stopped(missing));
            };
            let all = then.revisions(&row.key)?;
            let Some(last) = all.last() else {
                return Err(view::Error::Stopped(format!("{} has no revision", row.key)));
            };
            let gone = all.len() as u64 - 1;
            revisions += gone;
            items += u64::from(gone > 0);
            let revision = Revision {
                position: seat.position,
                version: seat.version,
                kind: ChangeKind::Carried,
                ..last.clone()
            };
            let all = then.issues_of(&row.key)?;
            let before = all.len();
            let kept: Vec<Issue> = all
                .into_iter()
                .filter(|issue| {
                    issue.resolved_at.is_none()
                        || issue.justified(cut.since)
                        || self.spoken_of.contains(&issue.finding.issue)
                })
                .collect();
            issues += (before - kept.len()) as u64;
            standing += kept.iter().filter(|issue| issue.justification.is_some()).count() as u64;
            let mut brought = BTreeMap::new();
            for one in &kept {
                let by = then.brought(one)?.filter(|by| by.revision != revision.revision);
                brought.extend(by.map(|by| (by.revision, by)));
            }
            let carried = CarriedItem {
                brought: brought.into_values().collect(),
                config: then.config(&row.key)?.unwrap_or_default(),
                revision,
                issues: kept,
                comments: then.comments(&row.key)?,
                unjudged: then.unjudged_since(&row.key)?,
                row,
            };
            let remnant = seat.take(Event::ItemCarried(Box::new(carried)))?;
            remains.insert(remnant.position, remnant);
        }
        let (scans, gone) = scans(then)?;
        let mut carried: BTreeMap<Position, CarriedScans> = BTreeMap::new();
        for (account, position) in &self.accounts {
            let mut scopes = Vec::new();
            for scope in then.scopes_of(account) {
                let scope = scope?;
                let judged = then.judged(&scope.scope)?;
                scopes.push((scope, judged));
            }
            let audit = then.audited(account)?;
            let account = CarriedAccount { account: account.clone(), audit, scopes };
            carried.entry(*position).or_default().accounts.push(account);
        }
        if let Some(last) = self.last_scan {
            let last = carried.entry(last).or_default();
            (last.scans, last.known_changed) = (scans, then.known_changed()?);
        }
        for (position, carried) in carried {
            let Some(seat) = self.seats.remove(&position) else { continue };
            let remnant = seat.take(Event::ScansCarried(Box::new(carried)))?;
            remains.insert(position, remnant);
        }
        cut.went = Went {
            events: self.events - kept,
            revisions,
            items,
            issues,
            justifications: self.justified.saturating_sub(standing),
            scans: gone,
        };
        let bytes_kept = remains.values().map(size).sum();
        let remains = remains.into_values().collect();
        Ok(Plan { cut, remains, bytes: self.bytes, bytes_kept })
    }
}

/// The scans that answers about later times speak of, and how many others there are.
fn scans(then: &Views) -> Result<(Vec<ScanRow>, u64), view::Error> {
    let all = then.scans().collect::<Result<Vec<ScanRow>, _>>()?;
    // The last that came to its end, and those since.
    let last = all.iter().rposition(|scan| matches!(scan.ended, Some(Ended::Finished(_))));
    let mut wanted: BTreeSet<usize> = (last.unwrap_or(0)..all.len()).collect();
    // And those that audited an account last.
    for account in then.accounts()?.iter() {
        let Some(audit) = then.audited(&account.id)? else { continue };
        wanted.extend(all.iter().rposition(|scan| scan.position <= audit.position));
    }
    let gone = (all.len() - wanted.len()) as u64;
    let kept = all.into_iter().enumerate().filter(|(at, _)| wanted.contains(at));
    Ok((kept.map(|(_, scan)| scan).collect(), gone))
}

/// How many bytes it takes.
fn size(remnant: &Remnant) -> u64 {
    (remnant.stored.header.len() + remnant.stored.body.len()) as u64
}
