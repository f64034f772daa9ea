//! What the crate promises, tested from outside.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod laws;
mod naive;
mod tables;
