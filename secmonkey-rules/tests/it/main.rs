//! Rules from the outside: folders of files in, checks and verdicts out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails its test")]

mod common;
mod examples;
mod laws;
mod refused;
mod run;
