//! A record that others can check, in the formats of transparency logs.
//!
//! A [`Checkpoint`] is the root of the Merkle tree ([`merkle`](crate::merkle)) over the events
//! up to a position, signed: who keeps it can tell later whether the log still begins so. A
//! [`Proof`] shows to who has the log's key, and neither the log nor its store, that one event
//! stands in it.
//!
//! Both are texts that other programs read, too. The specifications are C2SP's:
//! [signed-note](https://c2sp.org/signed-note), [tlog-checkpoint](https://c2sp.org/tlog-checkpoint)
//! and [tlog-proof](https://c2sp.org/tlog-proof).
//!
//! ```
//! use secmonkey_core::merkle::Node;
//! use secmonkey_core::tlog::{Checkpoint, Note, SigningKey};
//!
//! let key = SigningKey::new("secmonkey.example/log", [7; 32])?;
//! let mut note = Note::new(Checkpoint {
//!     origin: "secmonkey.example/log".to_owned(),
//!     size: 0,
//!     root: Node::empty(),
//! }.to_string());
//! note.sign(&key);
//! let read = Note::parse(&note.to_string())?;
//! read.verify(&key.verifier())?;
//! assert_eq!(Checkpoint::of(&read)?.size, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod key;
mod ledger;
mod note;
mod proof;

pub use checkpoint::Checkpoint;
pub use key::{InvalidKey, SigningKey, VerifierKey};
pub use ledger::{Ledger, Unproven, prove, recorded_keys, signing_keys};
pub use note::{Malformed, Note, Signature, Untrusted};
pub use proof::{Evidence, Invalid, Proof, Proven};

#[cfg(test)]
mod tests;
