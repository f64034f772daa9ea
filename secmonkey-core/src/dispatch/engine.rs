//! The engine of a dispatcher: what it has read, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::choose::Lane;
use super::deliver::{FRESH, delivered};
use super::outlet::{Done, Outlet, Recipient, Thing, What, Worker};
use super::settle::Unsettled;
use super::{Error, Parts, in_force};
use crate::event::{Envelope, Event, Position, StreamId};
use crate::governance::{Silence, Subscription};
use crate::log::{Append, AppendError, Expected};
use crate::messages::Reader;
use crate::view::{RuleRow, Told};

/// How often it is written up to where a notifier has told everything.
const CURSOR: SignedDuration = SignedDuration::from_mins(1);
/// It is written at the latest when so many events lie behind it.
const BEHIND: u64 = 10_000;
/// More accounts that settle together are told as one.
const MANY: usize = 20;
/// A queue that is longer does not keep what it tells: it is read again.
const KEPT: usize = 32;
/// A report that is so late is not told any more: the next one is near.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// What the dispatcher has read, and what follows from it.
pub(super) struct Engine {
    parts: Arc<Parts>,
    reader: Reader,
    unsettled: Unsettled,
    pub(super) outlets: Vec<Outlet>,
    /// Who subscribed to what, and when nobody was told anything.
    subscriptions: Vec<RuleRow<Subscription>>,
    silences: Vec<RuleRow<Silence>>,
    /// The last event that was read, and when it was recorded.
    pub(super) at: Position,
    read_at: Timestamp,
    /// When time was last recorded.
    ticked: Option<Timestamp>,
    /// When cursors were last written.
    noted: Timestamp,
    pub(super) tasks: JoinSet<()>,
}

impl Engine {
    /// Begins behind what every notifier has told.
    pub(super) async fn start(
        parts: Arc<Parts>,
        done: &mpsc::UnboundedSender<Result<Done, Error>>,
    ) -> Result<Self, Error> {
        let log = parts.log.as_ref();
        let head = parts.views.catch_up(log).await?;
        let mut outlets = Vec::new();
        for (index, notifier) in parts.notifiers.iter().enumerate() {
            let name = notifier.name();
            let known = if let Some(known) = parts.views.told(name)? {
                known
            } else {
                // What happened before somebody asked to be told is no news.
                delivered(log, (&parts.actor, parts.now()), name, head, None).await?;
                Told { position: head, ..Told::default() }
            };
            parts.with_state(name, |_| ());
            let (parts, notifier, done) = (Arc::clone(&parts), Arc::clone(notifier), done.clone());
            outlets.push(Outlet::new(Worker { index, parts, notifier, known, done }));
        }
        let at = outlets.iter().map(|outlet| outlet.written).min().unwrap_or(head);
        let before = log.read_all(Position(at.0.saturating_sub(1)), 1).await?;
        let read_at = before.first().map_or_else(|| parts.now(), |event| event.recorded_at);
        let reader = Reader::new(parts.views.clone(), Arc::clone(&parts.registry));
        Ok(Self {
            reader: reader.with_decisions(),
            unsettled: Unsettled::new(parts.settle),
            outlets,
            subscriptions: parts.views.subscriptions()?,
            silences: parts.views.silences()?,
            at,
            read_at,
            ticked: None,
            noted: parts.now(),
            tasks: JoinSet::new(),
            parts,
        })
    }

    fn is_silenced(&self, position: Position, at: Timestamp) -> bool {
        let holds = |row: &RuleRow<Silence>| {
            row.stands_at(position) && row.rule.until.is_none_or(|until| at < until)
        };
        self.silences.iter().any(holds)
    }

    /// Takes the next event.
    pub(super) async fn step(&mut self, envelope: &Envelope) -> Result<(), Error> {
        let parts = Arc::clone(&self.parts);
        let log = parts.log.as_ref();
        let (position, at) = (envelope.position, envelope.recorded_at);
        parts.views.catch_up(log).await?;
        if envelope.stream == StreamId::governance() {
            self.subscriptions = parts.views.subscriptions()?;
            self.silences = parts.views.silences()?;
        }
        self.close(position, at);
        self.report(position, at);
        if let Event::NotificationsSettled { settled } = &envelope.event {
            let is_storm = settled.len() > MANY;
            for settled in settled {
                let pieces = self.unsettled.take(settled);
                let pieces = Some(pieces).filter(|pieces| !pieces.is_empty());
                let thing = Thing { settled: settled.clone(), position, at, pieces };
                self.route(&thing);
                if !is_storm {
                    self.close(position, at);
                }
            }
            self.close(position, at);
        }
        for message in self.reader.step(log, envelope).await? {
            self.unsettled.add(message, at);
        }
        (self.at, self.read_at) = (position, at);
        let behind = |outlet: &Outlet| position.0.saturating_sub(outlet.written.0) > BEHIND;
        if self.outlets.iter().any(behind) {
            self.cursors(CURSOR).await?;
        }
        self.tell_state();
        Ok(())
    }

    /// Has everybody told who asked for something that settled.
    fn route(&mut self, thing: &Thing) {
        if self.parts.now().duration_since(thing.at) > FRESH {
            return;
        }
        let silenced = self.is_silenced(thing.position, thing.at);
        for outlet in &mut self.outlets {
            if outlet.knows(&thing.settled) {
                continue;
            }
            let name = outlet.worker.notifier.name();
            let mut lanes: BTreeMap<Recipient, BTreeSet<Lane>> = BTreeMap::new();
            for one in in_force(&self.subscriptions, name, thing.position) {
                if one.report {
                    continue;
                }
                let place = lanes.entry(one.to.clone()).or_default();
                if silenced {
                    place.insert(Lane::Silenced);
                } else {
                    // What is bad enough may be told before the rest.
                    place.extend([0, 10].map(|score| Lane::of(one.due(thing.at, score))));
                }
            }
            let is_kept = outlet.waiting() < KEPT;
            for (to, lanes) in lanes {
                for lane in lanes {
                    let pieces = thing.pieces.clone();
                    let pieces = pieces.filter(|_| is_kept && lane == Lane::AtOnce);
                    let settled = thing.settled.clone();
                    let (position, at) = (thing.position, thing.at);
                    let thing = Thing { settled, position, at, pieces };
                    outlet.hold(&to, lane, thing);
                }
            }
        }
    }

    /// Tells what is due at an event that was recorded at a time.
    fn close(&mut self, position: Position, at: Timestamp) {
        let silenced = self.is_silenced(position, at);
        for outlet in &mut self.outlets {
            outlet.close((position, at, silenced), &mut self.tasks);
        }
    }

    /// Has the daily reports told whose hour has come by an event.
    fn report(&mut self, position: Position, at: Timestamp) {
        let silenced = self.is_silenced(position, at);
        for (index, one) in self.reports() {
            // Of several that were missed the last one tells.
            let mut due = one.cadence.next(self.read_at).filter(|due| *due <= at);
            while let Some(next) = due.and_then(|due| one.cadence.next(due)) {
                if next > at {
                    break;
                }
                due = Some(next);
            }
            let Some(due) = due else { continue };
            let outlet = &mut self.outlets[index];
            let is_late = self.parts.now().duration_since(due) > LATE;
            if !is_late && !silenced && position > outlet.worker.known.position {
                let to = one.to.clone();
                let what = What::Report(Box::new(one), due);
                outlet.push(position, position, to, what, &mut self.tasks);
            }
        }
    }

    /// The daily reports that somebody subscribed to, and with which notifier.
    fn reports(&self) -> Vec<(usize, Subscription)> {
        let mut all = Vec::new();
        for row in self.subscriptions.iter().filter(|row| row.rule.report) {
            let is_its = |outlet: &Outlet| outlet.worker.notifier.name() == row.rule.outlet;
            let index = self.outlets.iter().position(is_its);
            let index = index.filter(|_| row.stands_at(self.at));
            all.extend(index.map(|index| (index, row.rule.clone())));
        }
        all
    }

    /// When something is due although nothing happens.
    fn next(&self) -> Option<Timestamp> {
        let held = self.outlets.iter().filter_map(Outlet::next);
        let is_silenced = self.outlets.iter().any(Outlet::is_silenced);
        let silences = self.silences.iter().filter(|row| is_silenced && row.ended.is_none());
        let ends = silences.filter_map(|row| row.rule.until).filter(|until| *until > self.read_at);
        let reports =
            self.reports().into_iter().filter_map(|(_, one)| one.cadence.next(self.read_at));
        held.chain(ends).chain(self.unsettled.next()).chain(reports).min()
    }

    /// How long until then.
    pub(super) fn wait(&self) -> Option<Duration> {
        let next = self.next()?;
        // A clock that is behind that of the log would have it recorded without end.
        let again = self.ticked.map(|at| at + SignedDuration::from_secs(1));
        let next = again.map_or(next, |again| next.max(again));
        let wait = next.duration_since(self.parts.now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    /// Records what has settled, or only that time has passed: who reads the log tells then.
    pub(super) async fn tick(&mut self) -> Result<(), Error> {
        let now = self.parts.now();
        let log = self.parts.log.as_ref();
        if log.head().await?.position > self.at || self.next().is_none_or(|next| next > now) {
            return Ok(());
        }
        let stream = StreamId::notifications();
        let expected = Expected::Exact(log.version(&stream).await?);
        let event = Event::NotificationsSettled { settled: self.unsettled.by(now) };
        let append = Append::new(stream, expected, &self.parts.actor, now, [event]);
        self.ticked = Some(now);
        match log.append(vec![append]).await {
            // Whoever wrote it has told time, too.
            Ok(_) | Err(AppendError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn done(&mut self, done: &Done) -> Result<(), Error> {
        self.outlets[done.outlet].done(done);
        self.tell_state();
        self.cursors(CURSOR).await
    }

    /// Writes up to where each notifier has told everything, where that was not written for so
    /// long.
    pub(super) async fn cursors(&mut self, pause: SignedDuration) -> Result<(), Error> {
        let now = self.parts.now();
        if now.duration_since(self.noted) < pause {
            return Ok(());
        }
        self.noted = now;
        let log = self.parts.log.as_ref();
        let open = self.reader.open().into_iter().chain(self.unsettled.from());
        let open = open.min();
        for outlet in &mut self.outlets {
            let first = open.into_iter().chain(outlet.from()).min();
            let told = first.map_or(self.at, |first| Position(first.0.saturating_sub(1)));
            let is_news = outlet.delivered > 0 || told.0.saturating_sub(outlet.written.0) > BEHIND;
            if told > outlet.written && is_news {
                let name = outlet.worker.notifier.name();
                delivered(log, (&self.parts.actor, now), name, told, None).await?;
                (outlet.written, outlet.delivered) = (told, 0);
            }
        }
        Ok(())
    }

    fn tell_state(&self) {
        for outlet in &self.outlets {
            let name = outlet.worker.notifier.name();
            self.parts.with_state(name, |state| state.waiting = outlet.waiting());
        }
    }
}
