//! What the crate promises, tested from outside.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod bounds;
mod language;
mod laws;
mod naive;
mod patterns;
mod tables;
