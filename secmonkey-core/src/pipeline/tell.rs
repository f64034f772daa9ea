//! Telling: messages are read from the log as it grows, and handed to every notifier.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::{Error, Parts, registry};
use crate::dispatch::deliver::{self as delivery, FRESH, deliver};
use crate::event::{Position, ScanId};
use crate::messages::Reader;
use crate::notify::{self, Message, Notifier, Undelivered};
use crate::view::Told;

/// What was told in a scan.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// The messages of the scan.
    pub(super) messages: Vec<Message>,
    pub(super) undelivered: Vec<Undelivered>,
}

/// Reads the log in a task of its own, until it is told where the scan ends.
pub(super) struct Teller {
    end: watch::Sender<Option<Position>>,
    task: JoinHandle<Result<Announced, Error>>,
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Teller {
    /// Begins behind what every notifier has delivered, at `start` where one is new.
    pub(super) async fn start(
        parts: &Arc<Parts>,
        scan: &ScanId,
        start: Position,
    ) -> Result<Self, Error> {
        let mut told = BTreeMap::new();
        for notifier in &parts.notifiers {
            let name = notifier.name().to_owned();
            let known = if let Some(known) = parts.views.told(&name)? {
                known
            } else {
                // What happened before somebody asked to be told is no news.
                delivered(parts, &name, start, None).await?;
                Told { position: start, ..Told::default() }
            };
            told.insert(name, known);
        }
        let from = told.values().map(|told| told.position).min().unwrap_or(start).min(start);
        let (end, ended) = watch::channel(None);
        let task = tokio::spawn(tell(Arc::clone(parts), scan.clone(), told, from, ended));
        Ok(Self { end, task })
    }

    /// Waits until everything up to a position is told, or could not be.
    pub(super) async fn finish(mut self, end: Position) -> Result<Announced, Error> {
        self.end.send_replace(Some(end));
        match (&mut self.task).await {
            Ok(announced) => announced,
            Err(error) => Err(Error::Task(error.to_string())),
        }
    }
}

async fn tell(
    parts: Arc<Parts>,
    scan: ScanId,
    told: BTreeMap<String, Told>,
    from: Position,
    mut ended: watch::Receiver<Option<Position>>,
) -> Result<Announced, Error> {
    let mut outlets = Vec::new();
    for notifier in &parts.notifiers {
        let told = told.get(notifier.name()).cloned().unwrap_or_default();
        let (sender, receiver) = mpsc::unbounded_channel();
        let deliveries = deliveries(Arc::clone(&parts), Arc::clone(notifier), receiver);
        outlets.push((told, sender, tokio::spawn(deliveries)));
    }
    let mut reader = Reader::new(parts.views.clone(), Arc::new(registry(&parts)));
    let mut announced = Announced::default();
    let log = Arc::clone(&parts.log);
    let mut events = log.subscribe(from);
    let mut at = from;
    loop {
        let end = *ended.borrow_and_update();
        if end.is_some_and(|end| at >= end) {
            break;
        }
        let envelope = tokio::select! {
            envelope = events.next() => match envelope {
                Some(envelope) => envelope?,
                None => break,
            },
            changed = ended.changed() => match changed {
                Ok(()) => continue,
                // The scan is gone without a word.
                Err(_) => return Ok(announced),
            },
        };
        at = envelope.position;
        parts.views.catch_up(parts.log.as_ref()).await?;
        for message in reader.step(parts.log.as_ref(), &envelope).await? {
            for (told, outlet, _) in &outlets {
                let known = message.position <= told.position
                    || told.messages.contains_key(&message.id)
                    || parts.now().duration_since(message.started_at) > FRESH;
                if !known {
                    // A notifier whose task ended has said why, or will.
                    let _ = outlet.send(message.clone());
                }
            }
            if message.scan == scan {
                announced.messages.push(message);
            }
        }
    }
    for (_, outlet, task) in outlets {
        drop(outlet);
        match task.await {
            Ok(undelivered) => announced.undelivered.extend(undelivered?),
            Err(error) => return Err(Error::Task(error.to_string())),
        }
    }
    for notifier in &parts.notifiers {
        let failed = |one: &Undelivered| one.notifier == notifier.name();
        if !announced.undelivered.iter().any(failed) {
            delivered(&parts, notifier.name(), at, None).await?;
        }
    }
    Ok(announced)
}

/// Delivers messages to one notifier, one after the other. Where one is late, the others
/// are not tried: it would be late again.
async fn deliveries(
    parts: Arc<Parts>,
    notifier: Arc<dyn Notifier>,
    mut messages: mpsc::UnboundedReceiver<Message>,
) -> Result<Vec<Undelivered>, Error> {
    let mut undelivered: Vec<Undelivered> = Vec::new();
    while let Some(message) = messages.recv().await {
        let name = notifier.name().to_owned();
        let given_up = undelivered.last().map(|last| last.error.clone());
        let result = match given_up {
            Some(error @ (notify::Error::Late(_) | notify::Error::Refused(_))) => Err(error),
            _ => deliver(notifier.as_ref(), &message, parts.delivery).await,
        };
        match result {
            Ok(()) => {
                tracing::info!(notifier = name, id = message.id, "delivered");
                delivered(&parts, &name, message.position, Some(message.id)).await?;
            }
            Err(error) => undelivered.push(Undelivered { notifier: name, message, error }),
        }
    }
    Ok(undelivered)
}

/// Records that a notifier has delivered a message, or everything up to a position.
async fn delivered(
    parts: &Parts,
    notifier: &str,
    position: Position,
    message: Option<String>,
) -> Result<(), Error> {
    let who = (&parts.actor, parts.now());
    delivery::delivered(parts.log.as_ref(), who, notifier, position, message).await?;
    Ok(())
}
