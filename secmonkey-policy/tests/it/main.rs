//! What the crate promises, tested from outside.

#![allow(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod bounds;
mod language;
mod laws;
mod naive;
mod patterns;
mod tables;
