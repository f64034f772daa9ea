//! Channels against servers that speak the real protocols.

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
