//! Checkpoints: the root of a log's tree at a size.

use std::fmt;

use super::{Malformed, Note};
use crate::merkle::Node;

/// What a log was at a size. As text, three lines: origin, size and root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many events it had: the position of its head.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Node,
}

impl Checkpoint {
    /// The checkpoint that a note is. Whether to believe it is another question:
    /// [`Note::verify`].
    ///
    /// # Errors
    /// Where it is none.
    pub fn of(note: &Note) -> Result<Self, Malformed> {
        let mut lines = note.text().lines();
        let mut line = |at, what: &str| match lines.next() {
            Some(line) if !line.is_empty() => Ok(line),
            _ => Err(Malformed::new(at, format!("expected {what}"))),
        };
        let origin = line(1, "the origin of the log")?.to_owned();
        let size = line(2, "the number of events")?;
        let root = line(3, "the root of the tree")?;
        let size = number(size).ok_or_else(|| Malformed::new(2, "the size is not a number"))?;
        let root =
            root.parse().map_err(|error| Malformed::new(3, format!("the root is {error}")))?;
        // More lines may follow, for others.
        match lines.position(str::is_empty) {
            Some(at) => Err(Malformed::new(at + 4, "a checkpoint has no empty line")),
            None => Ok(Self { origin, size, root }),
        }
    }
}

/// A number as these formats write it: without sign and without leading zeros.
pub(super) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}
