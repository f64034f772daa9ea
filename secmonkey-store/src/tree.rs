//! The Merkle tree over the events, as far as it is kept.
//!
//! Kept is, in the views, the root of every 256 events that follow each other: an eighth of
//! a byte an event, where the leaves themselves would take 32. Each is computed when it is
//! first asked for, so that an append pays nothing, and again where it is missing or damaged.
//! Whatever is above or below is computed anew: a proof reads some hundred events and a hash
//! for every 256 others.

use std::ops::ControlFlow;
use std::sync::Arc;

use secmonkey_core::event::Position;
use secmonkey_core::log::Error;
use secmonkey_core::merkle::{self, Node};

use crate::events::{Events, corrupt};
use crate::sum;
use crate::tables::Table;
use crate::views::Views;

/// The height of what is kept, and so many leaves.
const LEVEL: u32 = 8;
const TILE: u64 = 1 << LEVEL;

/// The bytes of a root with its number and sum.
const TILE_BYTES: usize = 44;

/// Where they are kept.
const TABLE: Table = Table::new("tiles");

/// The roots that are kept.
pub struct Tiles(Arc<Views>);

/// The tree of a log. Knows the leaves that it read last.
pub struct Tree<'a> {
    events: &'a Events,
    tiles: &'a Tiles,
    leaves: Option<(u64, Vec<Node>)>,
    /// What is to be kept.
    new: Vec<(u64, Node)>,
}

impl Drop for Tree<'_> {
    fn drop(&mut self) {
        if !self.new.is_empty() {
            self.tiles.keep(&self.new);
        }
    }
}

impl Tiles {
    pub fn new(views: Arc<Views>) -> Self {
        Self(views)
    }

    /// The tree over the events of a log, of which all that is asked for is there.
    pub fn over<'a>(&'a self, events: &'a Events) -> Tree<'a> {
        Tree { events, tiles: self, leaves: None, new: Vec::new() }
    }

    fn get(&self, number: u64) -> Option<Node> {
        let key = number.to_be_bytes();
        let stored = self.0.tables().ok()?.get(TABLE, &key).ok().flatten()?;
        Some(Node(sum::open(&key, &stored)?.try_into().ok()?))
    }

    fn keep(&self, roots: &[(u64, Node)]) {
        let kept = self.0.tables().and_then(|tables| {
            tables.write(TABLE, roots.len() * TILE_BYTES, |table| {
                for (number, root) in roots {
                    let key = number.to_be_bytes();
                    table.put(&key, &sum::seal(&key, &root.0))?;
                }
                Ok(())
            })
        });
        if let Err(error) = kept {
            tracing::debug!("a part of the tree is not kept: {error}");
        }
    }
}

impl Tree<'_> {
    /// The root over so many events.
    pub fn root(&mut self, size: u64) -> Result<Node, Error> {
        merkle::root(size, |level, index| self.node(level, index))
    }

    /// What proves that the event at a position is one of so many.
    pub fn inclusion(&mut self, position: Position, size: u64) -> Result<Vec<Node>, Error> {
        merkle::inclusion(position.0 - 1, size, |level, index| self.node(level, index))
    }

    /// What proves that a tree is the beginning of another.
    pub fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<Node>, Error> {
        merkle::consistency(old, new, |level, index| self.node(level, index))
    }

    /// The leaf of the event with this number, counted from 0. They are read in order.
    pub fn leaf(&mut self, index: u64) -> Result<Node, Error> {
        let (tile, within) = (index / TILE, index % TILE);
        let leaves = self.leaves(tile, within + 1)?;
        let leaf = usize::try_from(within).ok().and_then(|at| leaves.get(at).copied());
        leaf.ok_or_else(|| corrupt(Position(index + 1), "it is missing"))
    }

    /// A complete subtree.
    fn node(&mut self, level: u32, index: u64) -> Result<Node, Error> {
        if level < LEVEL {
            let (tile, within) = ((index << level) / TILE, index & ((TILE >> level) - 1));
            return Ok(merkle::subtree(self.leaves(tile, (within + 1) << level)?, level, within));
        }
        let first = index << (level - LEVEL);
        let mut frontier = merkle::Frontier::default();
        for number in first..first + (1 << (level - LEVEL)) {
            frontier.push(self.tile(number)?);
        }
        Ok(frontier.root())
    }

    fn tile(&mut self, number: u64) -> Result<Node, Error> {
        if let Some(root) = self.tiles.get(number) {
            return Ok(root);
        }
        let root = merkle::subtree(self.leaves(number, TILE)?, LEVEL, 0);
        self.new.push((number, root));
        Ok(root)
    }

    /// The leaves of a tile: so many at least.
    fn leaves(&mut self, tile: u64, count: u64) -> Result<&[Node], Error> {
        let known = self.leaves.take().filter(|(of, all)| *of == tile && all.len() as u64 >= count);
        let leaves = match known {
            Some((_, leaves)) => leaves,
            None => self.read(tile, count)?,
        };
        Ok(&self.leaves.insert((tile, leaves)).1)
    }

    fn read(&self, tile: u64, count: u64) -> Result<Vec<Node>, Error> {
        let (first, last) = (tile * TILE + 1, (tile + 1) * TILE);
        let mut leaves = match &self.events.cut {
            Some(left) => left.leaves(Position(first), TILE)?,
            None => Vec::new(),
        };
        if leaves.len() as u64 == TILE {
            return Ok(leaves);
        }
        let mut decoder = self.events.decoder();
        for found in self.events.blocks(Position(first + leaves.len() as u64))? {
            found?.read(&mut decoder, |event| {
                if event.position.0 == first + leaves.len() as u64 && event.position.0 <= last {
                    leaves.push(Node::leaf(event.header, event.body));
                }
                Ok(ControlFlow::Continue(()))
            })?;
            if leaves.len() as u64 == TILE {
                break;
            }
        }
        if (leaves.len() as u64) < count {
            return Err(corrupt(Position(first + leaves.len() as u64), "it is missing"));
        }
        Ok(leaves)
    }
}
