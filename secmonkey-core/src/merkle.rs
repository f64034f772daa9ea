//! Merkle trees over the events of a log, as RFC 6962 (section 2.1) has them.
//!
//! The hash chain tells whoever has all events that none was edited. The tree tells it of
//! one event, or of an older state of the log, to whoever has a root and a few hashes:
//! [`inclusion`] proves that an event is in the tree of a root, [`consistency`] that one
//! tree is the beginning of another.
//!
//! A leaf is the hash of what the chain hashes of an event, its stored header and its stored
//! body; the event at position 1 is leaf 0, so that the size of the tree is the position of
//! the head.
//!
//! ```
//! use secmonkey_core::merkle::{self, Frontier, Node};
//!
//! let leaves: Vec<_> = ["a", "b", "c"].map(|body| Node::leaf(b"header", body.as_bytes())).into();
//! let tree = |level, index| Ok::<_, ()>(merkle::subtree(&leaves, level, index));
//! let root = merkle::root(3, tree)?;
//! let path = merkle::inclusion(1, 3, tree)?;
//! assert_eq!(merkle::root_of(leaves[1], 1, 3, &path), Some(root));
//! # Ok::<(), ()>(())
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// A hash in the tree: of a leaf, or of the two below it. As text in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub [u8; 32]);

/// A text that is no hash of a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: expected 32 bytes in base64")]
pub struct InvalidNode;

impl Node {
    /// The leaf of an event.
    #[must_use]
    pub fn leaf(header: &[u8], body: &[u8]) -> Self {
        Self::of(0, header, body)
    }

    /// What stands above two nodes.
    #[must_use]
    pub fn inner(left: &Self, right: &Self) -> Self {
        Self::of(1, &left.0, &right.0)
    }

    /// The root of the tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest([]).into())
    }

    fn of(kind: u8, first: &[u8], second: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([kind]);
        hasher.update(first);
        hasher.update(second);
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Node {
    type Err = InvalidNode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| InvalidNode)?;
        Ok(Self(bytes.try_into().map_err(|_| InvalidNode)?))
    }
}

/// The right edge of a tree: all that its root, and that of every larger tree, needs of it.
///
/// ```
/// use secmonkey_core::merkle::{Frontier, Node};
///
/// let mut frontier = Frontier::default();
/// assert_eq!(frontier.root(), Node::empty());
/// frontier.push(Node::leaf(b"header", b"body"));
/// assert_eq!((frontier.size(), frontier.root()), (1, Node::leaf(b"header", b"body")));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The roots of the complete trees that it is made of, the largest first: one for every
    /// bit of the size, at most 64.
    peaks: Vec<Node>,
}

impl Frontier {
    /// Adds a leaf. On average, two hashes a leaf, the leaf's own included.
    pub fn push(&mut self, leaf: Node) {
        let mut node = leaf;
        // Every tree of the size of what is added becomes one of twice the size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = Node::inner(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Node {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Node::empty() };
        peaks.fold(*last, |right, left| Node::inner(left, &right))
    }
}

/// The node above the leaves `index << level` and the `1 << level` behind it, of a tree whose
/// leaves are at hand: what [`root`], [`inclusion`] and [`consistency`] ask for.
///
/// # Panics
/// Where there are not so many leaves.
#[must_use]
pub fn subtree(leaves: &[Node], level: u32, index: u64) -> Node {
    let size = 1 << level;
    let start = usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(size);
    let mut frontier = Frontier::default();
    for leaf in &leaves[start..start + size] {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The largest power of two below a number above 1.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The root of the leaves from `start` to before `end`, which are a part of a tree as
/// [`split`] makes them.
fn range<E>(
    start: u64,
    end: u64,
    nodes: &mut impl FnMut(u32, u64) -> Result<Node, E>,
) -> Result<Node, E> {
    let size = end - start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes(level, start >> level);
    }
    let middle = start + split(size);
    let left = range(start, middle, nodes)?;
    Ok(Node::inner(&left, &range(middle, end, nodes)?))
}

/// The root of the tree of `size` leaves. `nodes` gives its complete subtrees, as
/// [`subtree`] does: by level and by number within the level.
///
/// # Errors
/// Where `nodes` has one.
pub fn root<E>(size: u64, mut nodes: impl FnMut(u32, u64) -> Result<Node, E>) -> Result<Node, E> {
    if size == 0 { Ok(Node::empty()) } else { range(0, size, &mut nodes) }
}

/// What proves that a leaf is in the tree of `size` leaves: the hashes beside the way to the
/// root, from below. Without proof (empty) where there is no such leaf.
///
/// # Errors
/// Where `nodes` has one.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut nodes: impl FnMut(u32, u64) -> Result<Node, E>,
) -> Result<Vec<Node>, E> {
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    while index < size && end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(middle, end, &mut nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut nodes)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// What proves that the tree of `old` leaves is the beginning of that of `new` leaves. Needs
/// no hash where both are one, or the old one is empty.
///
/// # Errors
/// Where `nodes` has one.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut nodes: impl FnMut(u32, u64) -> Result<Node, E>,
) -> Result<Vec<Node>, E> {
    let mut path = Vec::new();
    let (mut start, mut end) = (0, new);
    if old == 0 || old >= new {
        return Ok(path);
    }
    // Until the old tree ends where the subtree does.
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range(middle, end, &mut nodes)?);
            end = middle;
        } else {
            path.push(range(start, middle, &mut nodes)?);
            start = middle;
        }
    }
    // The old root itself is known to who asks.
    if start > 0 {
        path.push(range(start, end, &mut nodes)?);
    }
    path.reverse();
    Ok(path)
}

/// The root that a leaf and what proves its inclusion lead to; `None` where they do not fit a
/// tree of that size.
#[must_use]
pub fn root_of(leaf: Node, index: u64, size: u64, path: &[Node]) -> Option<Node> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut root = leaf;
    for beside in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = Node::inner(beside, &root);
            // Up to where the way comes from the right: at the edge, levels have no sibling.
            (at, last) = (at >> at.trailing_zeros(), last >> at.trailing_zeros());
        } else {
            root = Node::inner(&root, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// Whether a proof shows that the tree of `old` leaves with one root is the beginning of that
/// of `new` leaves with another.
#[must_use]
pub fn is_consistent(old: (u64, Node), new: (u64, Node), path: &[Node]) -> bool {
    if old.0 == 0 || old.0 >= new.0 {
        let is_beginning = if old.0 == 0 { old.1 == Node::empty() } else { old == new };
        return is_beginning && path.is_empty();
    }
    // A complete old tree is a node of the new one.
    let (first, rest) = if old.0.is_power_of_two() {
        (old.1, path)
    } else {
        let Some((first, rest)) = path.split_first() else { return false };
        (*first, rest)
    };
    let skip = (old.0 - 1).trailing_ones();
    let (mut at, mut last) = ((old.0 - 1) >> skip, (new.0 - 1) >> skip);
    let (mut old_root, mut new_root) = (first, first);
    for beside in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_root = Node::inner(beside, &old_root);
            new_root = Node::inner(beside, &new_root);
            (at, last) = (at >> at.trailing_zeros(), last >> at.trailing_zeros());
        } else {
            new_root = Node::inner(&new_root, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_root == old.1 && new_root == new.1
}

#[cfg(test)]
mod tests;
