//! The crate against recorded answers, through the real SDK clients.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test tells that it failed"
)]

mod down;
mod order;
mod permission;
mod replay;
mod retry;
mod ses;
mod session;
mod shape;
mod sns;
mod truncation;
