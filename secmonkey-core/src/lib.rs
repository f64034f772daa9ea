//! The domain of secmonkey: what a cloud account's configuration is, how it
//! changed, what is wrong with it.
//!
//! The crate has no AWS, no network and no files in it; clocks are handed in.
//! Three traits meet here, [`Watcher`](watch::Watcher), [`Auditor`](check::Auditor) and
//! [`Notifier`](notify::Notifier), over one [`EventLog`](log::EventLog);
//! [`Pipeline`](pipeline::Pipeline) composes them. State is a fold over events
//! ([`view`]); nothing else is kept that cannot be rebuilt from them.
//!
//! What people do with all this is here, too, so that every front does the same: say what
//! to look at ([`plan`]), ask what is known ([`query`]), decide ([`decide`]), and print
//! the same JSON ([`record`]).

pub mod account;
pub mod attribution;
pub mod audit;
pub mod check;
pub mod config;
pub mod decide;
pub mod diff;
pub mod dispatch;
pub mod event;
pub mod governance;
pub mod issue;
pub mod item;
pub mod live;
pub mod log;
pub mod merkle;
pub mod messages;
pub mod moment;
pub mod nearest;
pub mod network;
pub mod notify;
pub mod outside;
pub mod pipeline;
pub mod plan;
pub mod provider;
pub mod query;
pub mod record;
pub mod registry;
pub mod render;
pub mod replay;
pub mod report;
pub mod schedule;
pub mod scheduler;
#[cfg(feature = "openapi")]
mod schema;
pub mod secret;
pub mod source;
pub mod technology;

pub mod testing;
pub mod texts;
pub mod tlog;
pub mod track;
pub mod view;
pub mod watch;

pub use ipnet::IpNet;
pub use jiff::Timestamp;
pub use json_patch::Patch;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
