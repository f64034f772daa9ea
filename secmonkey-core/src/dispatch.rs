//! Tells people what the log says, beside whatever writes it.
//!
//! The [`Dispatcher`] reads the log by position. What happens in one account settles first:
//! changes that come close together are one message, and what changed and changed back is one
//! line. That something has settled is recorded, so whoever reads the same log tells the same
//! messages under the same ids, also after a crash. Then each notifier tells its recipients
//! what they subscribed to, at their time. One that fails is tried again, and delays nobody
//! else. What was delivered is recorded, too.
//!
//! `docs/notifications.md` is the manual.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::event::{Actor, Envelope, Event, Position, StreamId};
use crate::governance::{Silence, Subscription};
use crate::log::{self, Append, AppendError, EventLog, Expected};
use crate::messages::Reader;
use crate::notify::{self, Message, MessageKind, Notifier};
use crate::pipeline::Clock;
use crate::query;
use crate::registry::Registry;
use crate::view::{self, RuleRow, Told, Views};

mod choose;
pub(crate) mod deliver;
mod merge;
mod outlet;
mod said;
mod settle;

use choose::Lane;
use deliver::{FRESH, delivered};
use outlet::{Done, Outlet, Recipient, Thing, What, Worker};
use settle::Unsettled;

pub use deliver::Retry;
pub use settle::Settle;

/// A notifier has so long to deliver one message, if nobody says.
const LIMIT: Duration = Duration::from_mins(1);
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

/// Why nobody is told any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The log takes no more.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The views cannot be read.
    #[error(transparent)]
    View(#[from] view::Error),
    /// A report cannot be made.
    #[error(transparent)]
    Query(#[from] query::Error),
    /// A time is out of range.
    #[error(transparent)]
    Time(#[from] jiff::Error),
    /// No notifier has this name.
    #[error("there is no notifier `{0}` in the configuration")]
    NoNotifier(String),
    /// A notifier did not deliver a trial message.
    #[error("{name}: {error}")]
    Undelivered {
        /// The notifier.
        name: String,
        /// Why.
        error: notify::Error,
    },
}

/// How a notifier is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutletState {
    /// Messages that wait to be delivered.
    pub waiting: usize,
    /// Messages that were delivered since the dispatcher began.
    pub delivered: u64,
    /// Why the last one was not delivered; `None` where it was.
    pub failing: Option<Failing>,
}

/// A notifier that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Why, the last time.
    pub error: notify::Error,
    /// Since when.
    pub since: Timestamp,
}

/// Tells people what the log says. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Dispatcher(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    log: Arc<dyn EventLog>,
    views: Views,
    /// Whatever was ever read and judged, and what is now.
    registry: Arc<Registry>,
    reads: Arc<Registry>,
    notifiers: Vec<Arc<dyn Notifier>>,
    actor: Actor,
    clock: Clock,
    settle: Settle,
    retry: Retry,
    limit: Duration,
    public_url: Option<String>,
    states: Arc<Mutex<BTreeMap<String, OutletState>>>,
}

impl Parts {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn with_state<T>(&self, name: &str, change: impl FnOnce(&mut OutletState) -> T) -> T {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        change(states.entry(name.to_owned()).or_default())
    }

    /// The subscriptions of a notifier that held at a position; that of its settings where
    /// there is none: everything, at once.
    fn subscriptions(
        &self,
        notifier: &str,
        position: Position,
    ) -> Result<Vec<Subscription>, view::Error> {
        Ok(in_force(&self.views.subscriptions()?, notifier, position))
    }

    /// Where the pages show a message.
    fn link(&self, message: &Message) -> Option<String> {
        let url = self.public_url.as_deref()?.trim_end_matches('/');
        let account = message.account.as_str();
        Some(if account == Message::SEVERAL {
            format!("{url}/")
        } else {
            let id = percent_encoding::NON_ALPHANUMERIC;
            format!("{url}/issues?q=account:{}", percent_encoding::utf8_percent_encode(account, id))
        })
    }
}

/// The subscriptions of a notifier that held at a position, of these.
fn in_force(
    rows: &[RuleRow<Subscription>],
    notifier: &str,
    position: Position,
) -> Vec<Subscription> {
    let rows = rows.iter().filter(|row| row.stands_at(position) && row.rule.outlet == notifier);
    let mut all: Vec<_> = rows.map(|row| row.rule.clone()).collect();
    if all.is_empty() {
        all.push(Subscription { changes: true, ..Subscription::new("", notifier) });
    }
    all
}

impl Dispatcher {
    /// A dispatcher that tells nobody yet. `registry` knows whatever was ever read and judged,
    /// `reads` what is read now.
    #[must_use]
    pub fn new(
        log: Arc<dyn EventLog>,
        views: Views,
        registry: Arc<Registry>,
        reads: Arc<Registry>,
    ) -> Self {
        Self(Arc::new(Parts {
            log,
            views,
            registry,
            reads,
            notifiers: Vec::new(),
            actor: Actor::from("dispatcher"),
            clock: Arc::new(Timestamp::now),
            settle: Settle::default(),
            retry: Retry::default(),
            limit: LIMIT,
            public_url: None,
            states: Arc::default(),
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Adds a notifier. What happened before it was first added is no news to it.
    #[must_use]
    pub fn notifier(self, notifier: Arc<dyn Notifier>) -> Self {
        self.with(|parts| parts.notifiers.push(notifier))
    }

    /// Who stands in the log as whoever tells.
    #[must_use]
    pub fn actor(self, actor: Actor) -> Self {
        self.with(|parts| parts.actor = actor)
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|parts| parts.clock = clock)
    }

    /// How long it takes until something has settled.
    #[must_use]
    pub fn settle(self, settle: Settle) -> Self {
        self.with(|parts| parts.settle = settle)
    }

    /// How long to wait before a message is tried again.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        self.with(|parts| parts.retry = retry)
    }

    /// How long a notifier may take for one message: a minute if nobody says.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        self.with(|parts| parts.limit = limit)
    }

    /// Where the pages are, for links: `https://secmonkey.example.com`.
    #[must_use]
    pub fn public_url(self, url: impl Into<String>) -> Self {
        self.with(|parts| parts.public_url = Some(url.into()))
    }

    /// How each notifier is doing, by name.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, OutletState> {
        self.0.states.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has a notifier deliver a message that says that it is a trial.
    ///
    /// # Errors
    /// Where there is no such notifier, or it does not deliver.
    pub async fn test(&self, notifier: &str, to: Option<&str>) -> Result<(), Error> {
        let parts = self.0.as_ref();
        let known = parts.notifiers.iter().find(|known| known.name() == notifier);
        let known = known.ok_or_else(|| Error::NoNotifier(notifier.to_owned()))?;
        let now = parts.now();
        let message = Message {
            id: format!("{}/test/{notifier}", crate::event::ScanId::at(now)),
            kind: MessageKind::Test,
            to: to.map(str::to_owned),
            why: vec![format!("somebody tries whether `{notifier}` delivers")],
            link: parts.public_url.clone(),
            ..said::about_all("a test: there is nothing to do", now)
        };
        let delivery = deliver::deliver(known.as_ref(), &message, parts.limit).await;
        delivery.map_err(|error| Error::Undelivered { name: notifier.to_owned(), error })
    }

    /// Tells until it is stopped. Whatever is not delivered by then is told by who comes next.
    ///
    /// # Errors
    /// Where the log or the views fail. Notifiers that fail are no error.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), Error> {
        let parts = Arc::clone(&self.0);
        let log = Arc::clone(&parts.log);
        let (done, mut dones) = mpsc::unbounded_channel();
        let mut engine = Engine::start(parts, &done).await?;
        let mut events = log.subscribe(engine.at);
        loop {
            let wait = engine.wait();
            let told = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                // The sender is held here, too.
                Some(told) = dones.recv() => Some(told?),
                envelope = events.next() => match envelope {
                    Some(envelope) => {
                        engine.step(&envelope?).await?;
                        None
                    }
                    None => break,
                },
                () = sleep(wait) => {
                    engine.tick().await?;
                    None
                }
            };
            if let Some(told) = told {
                engine.done(&told).await?;
            }
        }
        engine.tasks.shutdown().await;
        while let Ok(told) = dones.try_recv() {
            let told = told?;
            engine.outlets[told.outlet].done(&told);
        }
        engine.cursors(SignedDuration::ZERO).await
    }
}

/// Waits; for ever where there is nothing to wait for.
async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// What the dispatcher has read, and what follows from it.
struct Engine {
    parts: Arc<Parts>,
    reader: Reader,
    unsettled: Unsettled,
    outlets: Vec<Outlet>,
    /// Who subscribed to what, and when nobody was told anything.
    subscriptions: Vec<RuleRow<Subscription>>,
    silences: Vec<RuleRow<Silence>>,
    /// The last event that was read, and when it was recorded.
    at: Position,
    read_at: Timestamp,
    /// When time was last recorded.
    ticked: Option<Timestamp>,
    /// When cursors were last written.
    noted: Timestamp,
    tasks: JoinSet<()>,
}

impl Engine {
    /// Begins behind what every notifier has told.
    async fn start(
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
    async fn step(&mut self, envelope: &Envelope) -> Result<(), Error> {
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
    fn wait(&self) -> Option<Duration> {
        let next = self.next()?;
        // A clock that is behind that of the log would have it recorded without end.
        let again = self.ticked.map(|at| at + SignedDuration::from_secs(1));
        let next = again.map_or(next, |again| next.max(again));
        let wait = next.duration_since(self.parts.now());
        Some(Duration::try_from(wait).unwrap_or_default())
    }

    /// Records what has settled, or only that time has passed: who reads the log tells then.
    async fn tick(&mut self) -> Result<(), Error> {
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

    async fn done(&mut self, done: &Done) -> Result<(), Error> {
        self.outlets[done.outlet].done(done);
        self.tell_state();
        self.cursors(CURSOR).await
    }

    /// Writes up to where each notifier has told everything, where that was not written for so
    /// long.
    async fn cursors(&mut self, pause: SignedDuration) -> Result<(), Error> {
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
