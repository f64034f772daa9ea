//! What readers and the writer of a log share, and how it is read.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use secmonkey_core::event::{Envelope, Position, Stored, StreamId, Version};
use secmonkey_core::log::{Error, Head, Remnant};
use secmonkey_core::merkle::Node;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::closed::Closing;
use crate::error::failed;
use crate::events::{Events, Raw, corrupt};
use crate::heads;
use crate::index::{self, Index, Place};
use crate::lock::Lock;
use crate::tree::Tiles;

/// A page of stored events ends behind so many bytes.
const PAGE: usize = 1 << 20;

/// What readers and the writer share.
pub struct Shared {
    pub events: Events,
    pub index: Index,
    pub tiles: Tiles,
    /// The last durable event: nothing behind it is shown.
    pub head: watch::Sender<Head>,
    /// Why nothing can be written, where nothing can.
    pub read_only: Option<String>,
    /// Told where the log ends, once nothing is written any more.
    pub closing: Mutex<Option<Closing>>,
    /// The copy that is read, where it is one.
    pub _temporary: Option<TempDir>,
    /// The store stays held until everything above is closed.
    pub lock: Arc<Lock>,
}

impl Shared {
    /// Writes the head down, with how many scans ended by then.
    pub fn publish(&self, path: &Path, turn: &heads::Turn, renewed: bool) -> Result<(), Error> {
        let line = || {
            // Of one moment: the index knows an event before the head shows it.
            let head = *self.head.borrow();
            heads::Line { scans: Some(self.index.scans()), since: None, head, renewed }
        };
        heads::publish(path, line, turn)
            .map_err(|error| Error::Store(failed("write", path)(error).into()))
    }

    pub fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        let mut page = Vec::new();
        for left in self.events.remains(after)?.take(max) {
            page.push(envelope(&left?)?);
        }
        let behind = after.max(self.events.start().0);
        self.each(behind, max - page.len(), |event| {
            page.push(event.envelope()?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(page)
    }

    pub fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error> {
        self.reach(after)?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        self.each(after, max, |event| {
            bytes += event.header.len() + event.body.len();
            page.push(Stored { header: event.header.to_vec(), body: event.body.to_vec() });
            Ok(if bytes < PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(page)
    }

    /// Up to `max` of what is left of what was cut.
    pub fn read_remains(&self, after: Position, max: usize) -> Result<Vec<Remnant>, Error> {
        self.events.remains(after)?.take(max).collect()
    }

    /// Refuses what is before the cut.
    fn reach(&self, after: Position) -> Result<(), Error> {
        match &self.events.cut {
            Some(left) if after < left.cut.through => Err(Error::Cut(Box::new(left.cut.clone()))),
            _ => Ok(()),
        }
    }

    /// Hands up to `max` events after a position to a visitor, in order, until it breaks.
    fn each(
        &self,
        after: Position,
        max: usize,
        mut visit: impl FnMut(&Raw<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let last = self.head.borrow().position.0.min(after.0.saturating_add(max as u64));
        if last <= after.0 {
            return Ok(());
        }
        let mut next = after.0 + 1;
        let mut hash = None;
        let mut decoder = self.events.decoder();
        for found in self.events.blocks(Position(next))? {
            let found = found?;
            if found.first.0 > next || hash.is_some_and(|_| found.first.0 != next) {
                return Err(corrupt(Position(next), "it is missing"));
            }
            let block = found.block()?;
            if hash.is_some_and(|hash| hash != block.before) {
                return Err(corrupt(found.first, "the hash chain breaks here"));
            }
            let mut done = false;
            let end = found.read(&mut decoder, |event| {
                if event.position.0 == next {
                    done = visit(event)?.is_break() || next == last;
                    next += 1;
                }
                Ok(if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            hash = Some(end);
            if done {
                return Ok(());
            }
        }
        Err(corrupt(Position(next), "it is missing"))
    }

    /// The bytes of an event that the hash chain and the tree cover: its header, its body.
    pub fn bytes_at(&self, position: Position) -> Result<(Vec<u8>, Vec<u8>), Error> {
        if let Some(left) = self.events.cut.as_ref().filter(|it| position <= it.cut.through) {
            let found = left.at(position, &mut self.events.decoder())?;
            let leaf = left.leaves(position, 1)?;
            // What stands in its place is not what was recorded.
            let found = found
                .filter(|found| leaf == [Node::leaf(&found.stored.header, &found.stored.body)]);
            let found = found.ok_or_else(|| Error::Cut(Box::new(left.cut.clone())))?;
            return Ok((found.stored.header, found.stored.body));
        }
        let mut bytes = None;
        if let Some(found) = self.events.block(position)? {
            found.read(&mut self.events.decoder(), |event| {
                if event.position == position {
                    bytes = Some((event.header.to_vec(), event.body.to_vec()));
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        bytes.ok_or_else(|| corrupt(position, "it is missing"))
    }

    pub fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, Error> {
        let places = self.index.places(&index::hash(stream.as_str()), from, max)?;
        let mut wanted = places.into_iter().peekable();
        let mut page = Vec::new();
        let mut decoder = self.events.decoder();
        let not_it = |position: Position, version: Version| {
            corrupt(position, format!("it is not version {version} of {stream}"))
        };
        let is_left = |place: &Place| place.position <= self.events.start().0;
        while let Some((version, place)) = wanted.next_if(|(_, place)| is_left(place)) {
            let left = self.events.cut.as_ref().map(|left| left.at(place.position, &mut decoder));
            let left = left.transpose()?.flatten();
            let left = left.ok_or_else(|| corrupt(place.position, "it is missing"))?;
            let envelope = envelope(&left)?;
            if envelope.stream != *stream || envelope.version != version {
                return Err(not_it(place.position, version));
            }
            page.push(envelope);
        }
        while let Some((_, Place { position, block })) = wanted.peek().copied() {
            let found = self.events.block_at(block)?;
            let found = found.ok_or_else(|| corrupt(position, "it is missing"))?;
            let end = Position(found.first.0 + u64::from(found.block()?.count));
            found.read(&mut decoder, |event| {
                if let Some((version, _)) =
                    wanted.next_if(|(_, next)| next.position == event.position)
                {
                    let envelope = event.envelope()?;
                    if envelope.stream != *stream || envelope.version != version {
                        return Err(not_it(event.position, version));
                    }
                    page.push(envelope);
                }
                let more = wanted.peek().is_some_and(|(_, next)| next.position < end);
                Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            if wanted.peek().is_some_and(|(_, next)| next.position == position) {
                return Err(corrupt(position, "it is missing"));
            }
        }
        Ok(page)
    }
}

fn envelope(left: &Remnant) -> Result<Envelope, Error> {
    let envelope = left.envelope().map_err(|error| corrupt(left.position, error.to_string()))?;
    if envelope.position == left.position {
        Ok(envelope)
    } else {
        Err(corrupt(left.position, format!("the event of {} is here", envelope.position)))
    }
}
