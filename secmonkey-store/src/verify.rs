//! Whether the log is as it was written.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;

use jiff::Timestamp;
use secmonkey_core::event::{Event, Hash, LogCut, Position, StreamId, Version};
use secmonkey_core::log::{Cut, Error, Head};
use secmonkey_core::merkle::{Frontier, Node};
use secmonkey_core::tlog::Checkpoint;

use crate::block::Decoder;
use crate::checkpoints::{Foreign, Kept};
use crate::cut::Remains;
use crate::disk::Failure;
use crate::events::{Events, Found, Raw};
use crate::index::{self, StreamHash};

/// More findings are not collected: by then it is known.
const ENOUGH: usize = 100;

/// What a look at every event gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The log's head as it is.
    pub head: Head,
    /// How many published heads were compared with it.
    pub heads: usize,
    /// How many checkpoints were compared with it.
    pub checkpoints: usize,
    /// Where its beginning was cut; `None` where it was not.
    pub cut: Option<Cut>,
    /// How many published heads are of what was cut: nothing is there to compare them with.
    pub heads_cut: usize,
    /// What is wrong, in the order of positions; at most 100.
    pub findings: Vec<Finding>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: the first position concerned.
    pub position: Position,
    /// What.
    pub problem: Problem,
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Events are gone.
    #[error("the events up to position {through} are missing")]
    Missing {
        /// The last of them.
        through: Position,
    },
    /// What is stored is no event.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// It does not follow from the events before it: one of them was edited.
    #[error("the hash chain breaks here")]
    Chain,
    /// It is not the next of its stream.
    #[error("version {found} of {stream} stands where version {expected} belongs")]
    Version {
        /// The stream.
        stream: StreamId,
        /// The version that belongs here.
        expected: Version,
        /// The version that is here.
        found: Version,
    },
    /// It was recorded before the event before it.
    #[error("recorded at {found}, before the event before it")]
    Time {
        /// Its time.
        found: Timestamp,
    },
    /// A head was published that the log does not reach.
    #[error("the log is cut: this position was published with hash {0}")]
    Cut(Hash),
    /// Another hash was published for this position.
    #[error("hash {published} was published for this position, which has {found}")]
    Published {
        /// The published hash.
        published: Hash,
        /// The hash that it has.
        found: Hash,
    },
    /// A checkpoint was signed of more events than the log has.
    #[error("the log is cut: a checkpoint of this many events was signed, with the root {0}")]
    CutTree(Node),
    /// A checkpoint was signed of other events.
    #[error(
        "one of the events up to here was changed: a checkpoint was signed with the root {signed}, \
         theirs is {found}"
    )]
    Root {
        /// The root that was signed.
        signed: Node,
        /// The root that the events have.
        found: Node,
    },
    /// What is kept of the beginning that was cut is not what the log says of it.
    #[error(
        "the beginning of the log was cut, and what is kept of it is not as it was written: {0}"
    )]
    Remains(String),
    /// A file of the store's checkpoints is none.
    #[error("{} is no checkpoint: {reason}", .path.display())]
    NoCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Heads that were written down are gone.
    #[error("`heads.log` has lost the heads of the scans {first} to {last} of this log")]
    LostHeads {
        /// The first scan concerned, counted from 1.
        first: u64,
        /// The last.
        last: u64,
    },
    /// A line of `heads.log` is no head.
    #[error("`heads.log` holds a line that is no head: {0}")]
    Line(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {}: {}", self.position, self.problem)
    }
}

/// Tells of scans whose heads are gone.
pub fn lost_heads((first, last): (u64, u64)) -> Finding {
    Finding { position: Position(0), problem: Problem::LostHeads { first, last } }
}

/// Reads every event up to the head, recomputes the hash chain and the tree, and compares the
/// heads that were published and the checkpoints that were signed.
pub fn verify(
    events: &Events,
    head: Head,
    published: &[Result<(Position, Hash), String>],
    signed: &[Result<Kept, Foreign>],
) -> Result<Verified, Error> {
    let (position, hash) = events.start();
    let mut scan = Scan {
        cut: events.cut.as_ref(),
        told: Err("no event of the log tells of it"),
        position,
        hash,
        time: None,
        versions: HashMap::new(),
        published: BTreeMap::new(),
        tree: Some(Frontier::default()),
        signed: BTreeMap::new(),
        findings: Vec::new(),
    };
    let mut heads_cut = 0;
    for published in published {
        match published {
            Ok((at, _)) if *at > Position(0) && *at < position => heads_cut += 1,
            Ok((position, hash)) => scan.published.entry(*position).or_default().push(*hash),
            Err(line) => scan.found(Position(0), Problem::Line(line.clone())),
        }
    }
    for signed in signed {
        match signed {
            Ok(Kept { checkpoint: Checkpoint { size, root, .. }, .. }) => {
                scan.signed.entry(*size).or_default().push(*root);
            }
            Err(Foreign { path, reason }) => {
                let (path, reason) = (path.clone(), reason.clone());
                scan.found(Position(0), Problem::NoCheckpoint { path, reason });
            }
        }
    }
    scan.compare_head(Position(0), Hash::START);
    scan.compare_root();
    if let Some(left) = &events.cut {
        scan.remains(events, left)?;
        scan.compare_head(position, hash);
    }
    let mut decoder = events.decoder();
    for found in events.blocks(Position(position.0 + 1))? {
        if scan.position >= head.position || scan.findings.len() >= ENOUGH {
            break;
        }
        match found {
            Ok(found) => scan.block(&mut decoder, &found),
            Err(Error::Corrupt { position, reason }) => {
                scan.found(position, Problem::Unreadable(reason));
            }
            Err(Error::Store(error)) => match error.downcast_ref() {
                // sled does not go on behind it: `examine` does.
                Some(Failure::Damaged(reason)) => {
                    let next = Position(scan.position.0 + 1);
                    scan.found(next, Problem::Unreadable(reason.clone()));
                    break;
                }
                _ => return Err(Error::Store(error)),
            },
            Err(error) => return Err(error),
        }
    }
    if scan.position < head.position && scan.findings.len() < ENOUGH {
        let next = Position(scan.position.0 + 1);
        scan.found(next, Problem::Missing { through: head.position });
    }
    for (position, hashes) in std::mem::take(&mut scan.published) {
        for hash in hashes {
            if position > head.position {
                scan.found(position, Problem::Cut(hash));
            }
        }
    }
    for (size, roots) in std::mem::take(&mut scan.signed) {
        for root in roots {
            if size > head.position.0 {
                scan.found(Position(size), Problem::CutTree(root));
            }
        }
    }
    if events.cut.is_some()
        && let Err(reason) = scan.told
    {
        scan.found(position, Problem::Remains(reason.to_owned()));
    }
    scan.findings.truncate(ENOUGH);
    let (heads, checkpoints) = (published.len() - heads_cut, signed.len());
    let cut = events.cut.as_ref().map(|left| left.cut.clone());
    Ok(Verified { head, heads, checkpoints, cut, heads_cut, findings: scan.findings })
}

struct Scan<'a> {
    /// What is kept of the beginning, where that was cut,
    cut: Option<&'a Remains>,
    /// and whether an event told of it; else what is wrong.
    told: Result<(), &'static str>,
    /// The last position that was read, and the hash chain up to it.
    position: Position,
    hash: Hash,
    time: Option<Timestamp>,
    versions: HashMap<StreamHash, Version>,
    /// What has not been compared yet.
    published: BTreeMap<Position, Vec<Hash>>,
    /// The tree up to it; `None` behind what could not be read.
    tree: Option<Frontier>,
    /// The roots that have not been compared yet, by the size of their trees.
    signed: BTreeMap<u64, Vec<Node>>,
    findings: Vec<Finding>,
}

impl Scan<'_> {
    fn found(&mut self, position: Position, problem: Problem) {
        self.findings.push(Finding { position, problem });
    }

    /// Reads what is kept of the beginning: the leaves, and what is left of the events.
    fn remains(&mut self, events: &Events, left: &Remains) -> Result<(), Error> {
        for leaf in left.all_leaves() {
            let leaf = leaf?;
            if let Some(tree) = &mut self.tree {
                tree.push(leaf);
                self.compare_root();
            }
        }
        for remnant in events.remains(Position(0))? {
            let envelope = remnant.and_then(|remnant| {
                let position = remnant.position;
                let corrupt = |reason: String| Error::Corrupt { position, reason };
                let envelope = remnant.envelope().map_err(|error| corrupt(error.to_string()))?;
                let recorded = Node::leaf(&remnant.stored.header, &remnant.stored.body);
                let stands_in =
                    matches!(envelope.event, Event::ItemCarried(_) | Event::ScansCarried(_));
                if !stands_in && left.leaves(position, 1)? != [recorded] {
                    return Err(corrupt("it is not the event that was recorded".to_owned()));
                }
                Ok(envelope)
            });
            match envelope {
                Ok(envelope) => {
                    let stream = index::hash(envelope.stream.as_str());
                    self.versions.insert(stream, envelope.version);
                }
                Err(Error::Corrupt { position, reason }) => {
                    self.found(position, Problem::Unreadable(reason));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether an event tells of what is kept. Another may tell of a cut that was not made.
    fn told(&mut self, told: &LogCut) -> Result<(), Error> {
        let Some(left) = self.cut.filter(|left| left.cut.through == told.through) else {
            return Ok(());
        };
        let mut tree = Frontier::default();
        for leaf in left.all_leaves() {
            tree.push(leaf?);
        }
        self.told = if tree.root().0 != told.root.0 {
            Err("its leaves have another root")
        } else if left.cut.hash != told.hash {
            Err("it leads to another hash")
        } else if left.digest()? != told.remains {
            Err("its digest is another")
        } else {
            Ok(())
        };
        Ok(())
    }

    fn block(&mut self, decoder: &mut Decoder<'_>, found: &Found) {
        let next = Position(self.position.0 + 1);
        if found.first > next {
            self.found(next, Problem::Missing { through: Position(found.first.0 - 1) });
        } else if found.first < next {
            self.found(found.first, Problem::Unreadable("it is there twice".to_owned()));
        }
        let block = match found.block() {
            Ok(block) => block,
            Err(error) => {
                self.found(found.first, Problem::Unreadable(error.to_string()));
                return;
            }
        };
        if block.before != self.hash && found.first == next {
            self.found(found.first, Problem::Chain);
        }
        self.position = Position(found.first.0.saturating_sub(1));
        let read = found.read(decoder, |event| {
            self.event(event);
            Ok(ControlFlow::Continue(()))
        });
        match read {
            Ok(hash) => self.hash = hash,
            Err(Error::Corrupt { position, reason }) => {
                self.found(position, Problem::Unreadable(reason));
                // What follows is judged from the next block's own hash on.
                self.position = Position(found.first.0 + u64::from(block.count) - 1);
            }
            Err(error) => self.found(found.first, Problem::Unreadable(error.to_string())),
        }
    }

    fn event(&mut self, event: &Raw<'_>) {
        let position = event.position;
        self.position = position;
        self.compare_head(position, event.hash);
        self.leaf(event);
        let envelope = match event.envelope() {
            Ok(envelope) => envelope,
            Err(error) => {
                self.found(position, Problem::Unreadable(error.to_string()));
                return;
            }
        };
        if let Event::LogCut(cut) = &envelope.event
            && self.told.is_err()
            && let Err(error) = self.told(cut)
        {
            self.found(position, Problem::Remains(error.to_string()));
        }
        let known = self.versions.entry(index::hash(envelope.stream.as_str())).or_default();
        // Of what was cut, nobody knows where a stream stood.
        let is_open = self.cut.is_some() && *known == Version(0);
        let expected = if is_open { envelope.version } else { Version(known.0 + 1) };
        *known = envelope.version;
        if envelope.version != expected {
            let (stream, found) = (envelope.stream, envelope.version);
            self.found(position, Problem::Version { stream, expected, found });
        }
        if self.time.is_some_and(|time| time > envelope.recorded_at) {
            self.found(position, Problem::Time { found: envelope.recorded_at });
        }
        self.time = Some(envelope.recorded_at);
    }

    /// Adds an event to the tree, where somebody wants to know its root.
    fn leaf(&mut self, event: &Raw<'_>) {
        if self.signed.is_empty() {
            return;
        }
        self.tree = self.tree.take().filter(|tree| tree.size() + 1 == event.position.0);
        if let Some(tree) = &mut self.tree {
            tree.push(Node::leaf(event.header, event.body));
            self.compare_root();
        }
    }

    fn compare_root(&mut self) {
        let Some(tree) = &self.tree else { return };
        let size = tree.size();
        let Some(all) = self.signed.remove(&size) else { return };
        let found = tree.root();
        for signed in all {
            if signed != found {
                self.found(Position(size), Problem::Root { signed, found });
            }
        }
    }

    fn compare_head(&mut self, position: Position, found: Hash) {
        for published in self.published.remove(&position).unwrap_or_default() {
            if published != found {
                self.found(position, Problem::Published { published, found });
            }
        }
    }
}

#[cfg(test)]
mod tests;
