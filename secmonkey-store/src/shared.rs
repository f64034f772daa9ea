//! What readers and the writer of a log share, and how it is read.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use secmonkey_core::event::{Envelope, Position, Stored, StreamId, Version};
use secmonkey_core::log::{Error, Head};
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
    pub _lock: Arc<Lock>,
}

impl Shared {
    /// Writes the head down, with how many scans ended by then.
    pub fn publish(&self, path: &Path, turn: &heads::Turn, renewed: bool) -> Result<(), Error> {
        // Of one moment: the index knows an event before the head shows it.
        let head = *self.head.borrow();
        let scans = Some(self.index.scans());
        let line = heads::Line { scans, head, renewed };
        heads::publish(path, &line, turn)
            .map_err(|error| Error::Store(failed("write", path)(error).into()))
    }

    pub fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, Error> {
        let mut page = Vec::new();
        self.each(after, max, |event| {
            page.push(event.envelope()?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(page)
    }

    pub fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, Error> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        self.each(after, max, |event| {
            bytes += event.header.len() + event.body.len();
            page.push(Stored { header: event.header.to_vec(), body: event.body.to_vec() });
            Ok(if bytes < PAGE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(page)
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
        let mut wanted = places.into_iter().zip(from.0.max(1)..).peekable();
        let mut page = Vec::new();
        let mut decoder = self.events.decoder();
        while let Some((Place { position, block }, _)) = wanted.peek().copied() {
            let found = self.events.block_at(block)?;
            let found = found.ok_or_else(|| corrupt(position, "it is missing"))?;
            let end = Position(found.first.0 + u64::from(found.block()?.count));
            found.read(&mut decoder, |event| {
                if let Some((_, version)) =
                    wanted.next_if(|(next, _)| next.position == event.position)
                {
                    let envelope = event.envelope()?;
                    if envelope.stream != *stream || envelope.version.0 != version {
                        let reason = format!("it is not version {version} of {stream}");
                        return Err(corrupt(event.position, reason));
                    }
                    page.push(envelope);
                }
                let more = wanted.peek().is_some_and(|(next, _)| next.position < end);
                Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
            if wanted.peek().is_some_and(|(next, _)| next.position == position) {
                return Err(corrupt(position, "it is missing"));
            }
        }
        Ok(page)
    }
}
