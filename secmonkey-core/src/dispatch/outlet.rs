//! One notifier: what it is to tell whom, and the tasks that tell it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::choose::{Chooser, Lane};
use super::deliver::{FRESH, deliver, delivered};
use super::{Error, Parts, merge, said};
use crate::event::{Position, ScanId, Settled, SettledOf, short_id};
use crate::governance::Subscription;
use crate::messages::Reader;
use crate::notify::{self, Message, MessageKind, Notifier};
use crate::query::{Known, Reporting};
use crate::report::Report;
use crate::view::{self, Told};

/// Something that settled, as it stands in the log.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) settled: Settled,
    /// Where the log says so, and when.
    pub(super) position: Position,
    pub(super) at: Timestamp,
    /// What it tells, where it is at hand; else it is read again.
    pub(super) pieces: Option<Vec<Message>>,
}

/// A recipient of a notifier; `None`: whom its settings name.
pub(super) type Recipient = Option<String>;

/// What one recipient is told at once.
pub(super) struct Job {
    pub(super) number: u64,
    /// The event with which it was complete.
    pub(super) position: Position,
    pub(super) to: Recipient,
    pub(super) what: What,
}

pub(super) enum What {
    Things(Lane, Vec<Thing>),
    /// The report of a subscription, of the day that ended then.
    Report(Box<Subscription>, Timestamp),
}

/// A job that is done.
pub(super) struct Done {
    pub(super) outlet: usize,
    pub(super) number: u64,
    pub(super) was_delivered: bool,
}

/// What is known of one notifier.
pub(super) struct Outlet {
    pub(super) worker: Arc<Worker>,
    /// What waits for its time.
    lanes: BTreeMap<(Recipient, Lane), Vec<Thing>>,
    /// Where that begins of which the jobs are not done.
    pending: BTreeMap<u64, Position>,
    queues: HashMap<Recipient, mpsc::UnboundedSender<Job>>,
    number: u64,
    /// Up to where the log says that everything is told.
    pub(super) written: Position,
    /// Messages since then.
    pub(super) delivered: u64,
}

impl Outlet {
    pub(super) fn new(worker: Worker) -> Self {
        let written = worker.known.position;
        Self {
            worker: Arc::new(worker),
            lanes: BTreeMap::new(),
            pending: BTreeMap::new(),
            queues: HashMap::new(),
            number: 0,
            written,
            delivered: 0,
        }
    }

    /// Where the events begin of what is not told yet.
    pub(super) fn from(&self) -> Option<Position> {
        let held = self.lanes.values().flatten().map(|thing| thing.settled.from);
        held.chain(self.pending.values().copied()).min()
    }

    /// When the next is told that waits for its time.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let times = self.lanes.keys().filter_map(|(_, lane)| match lane {
            Lane::At(at) => Some(*at),
            _ => None,
        });
        times.min()
    }

    pub(super) fn is_silenced(&self) -> bool {
        self.lanes.keys().any(|(_, lane)| *lane == Lane::Silenced)
    }

    pub(super) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Has a recipient told of something when its time has come.
    pub(super) fn hold(&mut self, to: &Recipient, lane: Lane, thing: Thing) {
        self.lanes.entry((to.clone(), lane)).or_default().push(thing);
    }

    /// Whether the log says that something was told before.
    pub(super) fn knows(&self, thing: &Settled) -> bool {
        thing.last <= self.worker.known.position
    }

    /// Tells what is due at an event that was recorded at a time.
    pub(super) fn close(
        &mut self,
        (position, at, silenced): (Position, Timestamp, bool),
        tasks: &mut JoinSet<()>,
    ) {
        let is_due = |lane: Lane| match lane {
            Lane::AtOnce => true,
            Lane::At(due) => due <= at,
            Lane::Silenced => !silenced,
        };
        let due: Vec<_> = self.lanes.keys().filter(|(_, lane)| is_due(*lane)).cloned().collect();
        for place in due {
            let Some(things) = self.lanes.remove(&place) else { continue };
            let (to, lane) = place;
            let from = things.iter().map(|thing| thing.settled.from).min().unwrap_or(position);
            self.push(from, position, to, What::Things(lane, things), tasks);
        }
    }

    pub(super) fn push(
        &mut self,
        from: Position,
        position: Position,
        to: Recipient,
        what: What,
        tasks: &mut JoinSet<()>,
    ) {
        self.number += 1;
        let job = Job { number: self.number, position, to: to.clone(), what };
        self.pending.insert(job.number, from);
        let worker = &self.worker;
        let queue = self.queues.entry(to).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tasks.spawn(Arc::clone(worker).work(receiver));
            sender
        });
        // A task that ended has said why.
        let _ = queue.send(job);
    }

    pub(super) fn done(&mut self, done: &Done) {
        self.pending.remove(&done.number);
        self.delivered += u64::from(done.was_delivered);
    }
}

/// Tells the recipients of one notifier, each in a task of its own: whoever cannot be reached
/// delays nobody else.
pub(super) struct Worker {
    pub(super) index: usize,
    pub(super) parts: Arc<Parts>,
    pub(super) notifier: Arc<dyn Notifier>,
    /// What had been told when the dispatcher began.
    pub(super) known: Told,
    pub(super) done: mpsc::UnboundedSender<Result<Done, Error>>,
}

impl Worker {
    async fn work(self: Arc<Self>, mut jobs: mpsc::UnboundedReceiver<Job>) {
        while let Some(job) = jobs.recv().await {
            let (outlet, number) = (self.index, job.number);
            let done = self.tell(job).await;
            let done = done.map(|was_delivered| Done { outlet, number, was_delivered });
            // Nobody listens who has stopped.
            let _ = self.done.send(done);
        }
    }

    /// Tells, until it is told or nobody wants it any more. Says whether it was told.
    async fn tell(&self, job: Job) -> Result<bool, Error> {
        let id = id(&job);
        if self.known.messages.contains_key(&id) {
            return Ok(false);
        }
        let (position, to) = (job.position, job.to.clone());
        let (at, chosen) = match job.what {
            What::Things(lane, things) => {
                let at = things.iter().map(|thing| thing.at).max().unwrap_or_default();
                let at = if let Lane::At(due) = lane { due } else { at };
                (at, self.chosen(position, &to, lane, &things).await?)
            }
            What::Report(subscription, due) => (due, self.report(&subscription, due).await?),
        };
        let Some((message, why)) = chosen else { return Ok(false) };
        let message = self.addressed(Message { id, to, position, ..message }, &why);
        self.deliver(&message, at, &why).await
    }

    /// What of some things a recipient is told, and the names of the subscriptions that asked.
    async fn chosen(
        &self,
        position: Position,
        to: &Recipient,
        lane: Lane,
        things: &[Thing],
    ) -> Result<Option<(Message, BTreeSet<String>)>, Error> {
        let Parts { log, registry, .. } = self.parts.as_ref();
        let accounts = self.parts.views.accounts()?;
        let (mut all, mut why) = (Vec::new(), BTreeSet::new());
        for thing in things {
            let asked = self.subscriptions(to, thing.position)?;
            let still = self.subscriptions(to, position)?;
            let subscriptions: Vec<Subscription> = asked
                .into_iter()
                .filter(|one| still.iter().any(|other| other.id == one.id))
                .collect();
            if subscriptions.is_empty() {
                continue;
            }
            let mut pieces = match &thing.pieces {
                Some(pieces) => pieces.clone(),
                None => self.read(&thing.settled).await?,
            };
            pieces.retain(|piece| {
                piece.position > self.known.position && !self.known.messages.contains_key(&piece.id)
            });
            let message = merge::settled(pieces, log.as_ref(), registry).await?;
            let Some(message) = message else { continue };
            let chooser = Chooser {
                log: log.as_ref(),
                registry,
                accounts: &accounts,
                subscriptions: &subscriptions,
                settled: thing.at,
                lane,
            };
            if let Some((message, names)) = chooser.choose(message).await? {
                all.push(message);
                why.extend(names);
            }
        }
        Ok(merge::join(all).filter(|message| !message.is_empty()).map(|message| (message, why)))
    }

    /// What a recipient subscribed to at a position. Who never subscribed to anything of a
    /// notifier is told everything: that is what its settings say.
    fn subscriptions(
        &self,
        to: &Recipient,
        position: Position,
    ) -> Result<Vec<Subscription>, view::Error> {
        let mut all = self.parts.subscriptions(self.notifier.name(), position)?;
        all.retain(|one| one.to == *to && !one.report);
        Ok(all)
    }

    /// Reads what settled from the log.
    async fn read(&self, settled: &Settled) -> Result<Vec<Message>, view::Error> {
        const PAGE: usize = 512;
        let Parts { log, views, registry, .. } = self.parts.as_ref();
        let mut reader = Reader::new(views.clone(), Arc::clone(registry)).with_decisions();
        let (mut at, mut pieces) = (Position(settled.from.0.saturating_sub(1)), Vec::new());
        while at < settled.last {
            let page = log.read_all(at, PAGE).await?;
            let Some(last) = page.last() else { break };
            at = last.position;
            for envelope in page.iter().take_while(|one| one.position <= settled.last) {
                let account = envelope.stream.as_item().map(|key| key.account);
                let is_other = match (&settled.of, &account) {
                    (SettledOf::Account(of), Some(account)) => account != of,
                    (SettledOf::Account(_), None)
                    | (SettledOf::Decisions(_) | SettledOf::FirstLooks, _) => false,
                };
                if is_other {
                    continue;
                }
                let read = reader.step(log.as_ref(), envelope).await?.into_iter();
                pieces.extend(read.filter(|piece| {
                    piece.position >= settled.first && super::settle::of(piece) == settled.of
                }));
            }
        }
        Ok(pieces)
    }

    /// The report of the day that ended then; `None` where it is empty and nobody wants it so.
    async fn report(
        &self,
        subscription: &Subscription,
        due: Timestamp,
    ) -> Result<Option<(Message, BTreeSet<String>)>, Error> {
        let Parts { log, views, registry, reads, .. } = self.parts.as_ref();
        let position = views.catch_up(log.as_ref()).await?;
        let known = Known::new(views.clone(), due);
        let query = subscription.query.clone();
        let reporting = Reporting::new(&known, registry, reads, query, position)?;
        let since = due.saturating_sub(jiff::SignedDuration::from_hours(24))?;
        let report = reporting.daily(log.as_ref(), views, since).await?;
        if is_empty(&report) && !subscription.even_empty {
            return Ok(None);
        }
        let message = Message {
            kind: MessageKind::Daily,
            daily: Some(report),
            ..said::about_all("daily report", since)
        };
        Ok(Some((message, BTreeSet::from([subscription.name.clone()]))))
    }

    /// Says why somebody gets a message, how to stop it, and where it is shown.
    fn addressed(&self, message: Message, why: &BTreeSet<String>) -> Message {
        let link = self.parts.link(&message);
        let name = self.notifier.name();
        let (why, how_to_stop) = match self.named(why) {
            Ok(subscriptions) if !subscriptions.is_empty() => said::why(&subscriptions),
            _ => said::why_by_settings(name),
        };
        Message { why, how_to_stop: Some(how_to_stop), link, ..message }
    }

    /// The subscriptions of these names, as they stand: what settings say has none.
    fn named(&self, names: &BTreeSet<String>) -> Result<Vec<Subscription>, view::Error> {
        let mut all = self.parts.subscriptions(self.notifier.name(), Position(u64::MAX))?;
        all.retain(|one| !one.name.is_empty() && names.contains(&one.name));
        Ok(all)
    }

    /// Tries until the message is delivered, or has become too old, or nobody wants it.
    async fn deliver(
        &self,
        message: &Message,
        at: Timestamp,
        why: &BTreeSet<String>,
    ) -> Result<bool, Error> {
        let Parts { log, actor, retry, limit, .. } = self.parts.as_ref();
        let name = self.notifier.name();
        let mut failures = 0_u32;
        loop {
            if self.parts.now().duration_since(at) > FRESH {
                tracing::error!(notifier = name, id = message.id, "too old to be told");
                return Ok(false);
            }
            match deliver(self.notifier.as_ref(), message, *limit).await {
                Ok(()) => break,
                Err(error) => {
                    failures += 1;
                    let wait = retry.wait(failures, &error, &message.id);
                    // Told once: who has to mend it knows by then.
                    let is_news = self.parts.failed(name, &error);
                    if is_news {
                        tracing::warn!(notifier = name, id = message.id, %error, "not delivered");
                    } else {
                        tracing::debug!(notifier = name, id = message.id, %error, "not delivered");
                    }
                    tokio::time::sleep(wait).await;
                }
            }
            if !why.contains("") && self.named(why)?.is_empty() {
                return Ok(false);
            }
        }
        tracing::info!(notifier = name, id = message.id, "delivered");
        self.parts.succeeded(name);
        let id = Some(message.id.clone());
        delivered(log.as_ref(), (actor, self.parts.now()), name, message.position, id).await?;
        Ok(true)
    }
}

/// Names a message for ever: whoever reads the same log gives it the same name.
fn id(job: &Job) -> String {
    let base = match &job.what {
        What::Things(lane, things) => {
            let first = things.first();
            let of = first.map(|thing| match &thing.settled.of {
                SettledOf::Account(account) => account.to_string(),
                SettledOf::Decisions(actor) => actor.to_string(),
                SettledOf::FirstLooks => "first-looks".to_owned(),
            });
            let last = first.map_or(job.position, |thing| thing.settled.last);
            let at = first.map(|thing| thing.at).unwrap_or_default();
            match lane {
                Lane::AtOnce => {
                    format!("{}/{}/{last}", ScanId::at(at), of.unwrap_or_default())
                }
                Lane::At(due) => format!("{}/together", ScanId::at(*due)),
                Lane::Silenced => format!("{}/silenced/{last}", ScanId::at(at)),
            }
        }
        What::Report(subscription, due) => {
            format!("{}/daily/{}", ScanId::at(*due), subscription.id)
        }
    };
    match &job.to {
        None => base,
        Some(to) => format!("{base}/{}", short_id(&[to])),
    }
}

/// Whether a report tells of nothing that happened or waits.
fn is_empty(report: &Report) -> bool {
    const TELLING: [&str; 5] = ["changed", "opened", "resolved", "decided", "waiting"];
    let telling = report.sections.iter().filter(|section| TELLING.contains(&section.name));
    telling.into_iter().all(|section| section.rows.is_empty())
}

impl Parts {
    /// Remembers that a notifier failed. Says whether that is news.
    fn failed(&self, name: &str, error: &notify::Error) -> bool {
        self.with_state(name, |state| {
            let is_news = state.failing.is_none();
            let since = state.failing.as_ref().map_or_else(|| self.now(), |failing| failing.since);
            state.failing = Some(super::Failing { error: error.clone(), since });
            is_news
        })
    }

    fn succeeded(&self, name: &str) {
        self.with_state(name, |state| {
            state.failing = None;
            state.delivered += 1;
        });
    }
}
