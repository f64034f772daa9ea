//! The rules of recording and judging: given what was seen before, when something is
//! seen now, then these events follow.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails its test")]

mod audit;
mod baseline;
mod clock;
mod doubt;
mod full;
mod known;
mod record;
mod running;
mod silence;
mod too_large;
