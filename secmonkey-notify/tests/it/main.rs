//! Channels against servers that speak the real protocols.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod authority;
mod docs;
mod guard;
mod http;
mod jira;
mod message;
mod program;
mod server;
mod smtp;
mod syslog;
