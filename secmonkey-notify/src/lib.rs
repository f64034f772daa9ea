#![doc = include_str!("../README.md")]

mod address;
pub mod console;
pub mod exec;
mod http;
pub mod jira;
mod outline;
pub mod pagerduty;
mod program;
pub mod secret;
pub mod settings;
pub mod slack;
pub mod smtp;
pub mod splunk;
pub mod syslog;
pub mod teams;
mod tls;
mod told;
pub mod webhook;

pub use secret::Secret;
pub use settings::{Channel, Channels};
