//! How an item came to be as it is.

use std::collections::VecDeque;

use futures::stream::{self, Stream};
use serde_json::Value;

use super::{Error, Known};
use crate::event::{Envelope, Event, Rebase, StreamId, Version};
use crate::item::Key;
use crate::log::EventLog;
use crate::render::sentences;
use crate::replay::{Replay, change_of};
use crate::technology::Technology;
use crate::view::{self, Revision};

/// How many events of a stream are read at a time.
const PAGE: usize = 256;

/// A step from one revision of an item to the next.
#[derive(Debug, Clone)]
pub struct Step {
    /// The revision that it made.
    pub revision: Revision,
    /// Its event, as the log has it.
    pub event: Event,
    /// What changed in the configuration, in sentences.
    pub sentences: Vec<String>,
}

impl Step {
    /// The step in sentences.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let before = match &self.event {
            Event::ItemDiscovered(first) => Some(format!("first seen as {}", first.name)),
            Event::ItemDeleted => Some("gone".to_owned()),
            Event::ItemRebased(rebased) => match rebased.reason {
                Rebase::Shape => Some("read in another way".to_owned()),
                Rebase::FirstRead => Some("read for the first time".to_owned()),
            },
            Event::ItemReturned(_) => Some("there again".to_owned()),
            Event::ItemCarried(_) => {
                Some("as it stood where the log was cut: what came before is gone".to_owned())
            }
            Event::ItemTooLarge(now) => {
                Some(format!("too large to keep: {} bytes, digest {}", now.bytes, now.digest))
            }
            _ => None,
        };
        let name = change_of(&self.event).and_then(|change| change.name.as_ref());
        let renamed = name.map(|name| format!("now called {name}"));
        before.into_iter().chain(renamed).chain(self.sentences.iter().cloned()).collect()
    }
}

/// The revisions of an item, oldest first, up to the instant of what is known. The
/// configuration is replayed, one at a time in memory. The technology has the words for
/// what changed.
pub fn history<'a>(
    log: &'a dyn EventLog,
    known: &'a Known,
    technology: &'a Technology,
    key: &'a Key,
) -> impl Stream<Item = Result<Step, Error>> + 'a {
    let states = move || known.views.revisions(key).map(|all| States::new(key, all));
    stream::try_unfold(None, move |reading: Option<(States, Value)>| async move {
        let (mut states, before) = match reading {
            Some(reading) => reading,
            None => (states()?, Value::Null),
        };
        let Some(State { revision, event, config }) = states.next(log).await? else {
            return Ok(None);
        };
        let sentences =
            change_of(&event).map(|_| sentences(technology, &before, &config)).unwrap_or_default();
        Ok(Some((Step { revision, event, sentences }, Some((states, config)))))
    })
}

/// An item as a revision left it.
pub(super) struct State {
    pub revision: Revision,
    /// The event that made it.
    pub event: Event,
    pub config: Value,
}

/// The revisions of an item, one behind the other.
pub(super) struct States {
    stream: StreamId,
    revisions: VecDeque<Revision>,
    page: VecDeque<Envelope>,
    next: Version,
    replay: Replay,
}

impl States {
    pub(super) fn new(key: &Key, revisions: Vec<Revision>) -> Self {
        Self {
            stream: StreamId::item(key),
            revisions: revisions.into(),
            page: VecDeque::new(),
            next: Version(1),
            replay: Replay::default(),
        }
    }

    /// The next; `None` behind the last.
    pub(super) async fn next(&mut self, log: &dyn EventLog) -> Result<Option<State>, Error> {
        let Some(revision) = self.revisions.pop_front() else { return Ok(None) };
        loop {
            if self.page.is_empty() {
                self.page = log.read_stream(&self.stream, self.next, PAGE).await?.into();
                if let Some(last) = self.page.back() {
                    self.next = Version(last.version.0 + 1);
                }
            }
            let Some(envelope) = self.page.pop_front() else { return Ok(None) };
            self.replay.step(&envelope).map_err(view::Error::misfit(&envelope))?;
            if envelope.version == revision.version {
                let config = self.replay.config.clone();
                return Ok(Some(State { revision, event: envelope.event, config }));
            }
        }
    }
}
