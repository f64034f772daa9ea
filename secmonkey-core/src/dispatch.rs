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

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::event::{Actor, Position};
use crate::governance::Subscription;
use crate::log::{self, AppendError, EventLog};
use crate::notify::{self, Message, MessageKind, Notifier};
use crate::pipeline::Clock;
use crate::query;
use crate::registry::Registry;
use crate::view::{self, RuleRow, Views};

mod choose;
pub(crate) mod deliver;
mod engine;
mod merge;
mod outlet;
mod said;
mod settle;

use engine::Engine;

pub use deliver::Retry;
pub use settle::Settle;

/// A notifier has so long to deliver one message, if nobody says.
const LIMIT: Duration = Duration::from_mins(1);
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
