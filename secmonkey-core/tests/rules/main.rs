//! The rules of recording and judging: given what was seen before, when something is
//! seen now, then these events follow.

#![allow(clippy::unwrap_used, reason = "what cannot be set up fails its test")]

mod audit;
mod known;
mod record;
mod silence;
