//! How an item came to be as it is.

use std::collections::VecDeque;

use futures::stream::{self, Stream};

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
    let stream = StreamId::item(key);
    stream::try_unfold(None, move |state: Option<Reading>| {
        let stream = stream.clone();
        async move {
            let mut reading = match state {
                Some(reading) => reading,
                None => Reading::new(known.views.revisions(key)?),
            };
            let step = reading.next(log, &stream, technology).await?;
            Ok(step.map(|step| (step, Some(reading))))
        }
    })
}

/// A stream of events that is being read.
struct Reading {
    revisions: VecDeque<Revision>,
    page: VecDeque<Envelope>,
    next: Version,
    replay: Replay,
}

impl Reading {
    fn new(revisions: Vec<Revision>) -> Self {
        Self {
            revisions: revisions.into(),
            page: VecDeque::new(),
            next: Version(1),
            replay: Replay::default(),
        }
    }

    /// The step to the next revision; `None` behind the last.
    async fn next(
        &mut self,
        log: &dyn EventLog,
        stream: &StreamId,
        technology: &Technology,
    ) -> Result<Option<Step>, Error> {
        let Some(revision) = self.revisions.pop_front() else { return Ok(None) };
        loop {
            if self.page.is_empty() {
                self.page = log.read_stream(stream, self.next, PAGE).await?.into();
                self.next.0 += self.page.len() as u64;
            }
            let Some(envelope) = self.page.pop_front() else { return Ok(None) };
            let is_it = envelope.version == revision.version;
            let change = change_of(&envelope.event).filter(|_| is_it);
            let before = change.map(|_| self.replay.config.clone());
            self.replay.step(&envelope).map_err(view::Error::misfit(&envelope))?;
            if is_it {
                let sentences = before
                    .map(|before| sentences(technology, &before, &self.replay.config))
                    .unwrap_or_default();
                return Ok(Some(Step { revision, event: envelope.event, sentences }));
            }
        }
    }
}
