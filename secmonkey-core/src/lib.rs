//! The domain of secmonkey: what a cloud account's configuration is, how it
//! changed, what is wrong with it.
//!
//! The crate has no AWS, no network and no files in it; clocks are handed in.
//! Three traits meet here, [`Watcher`](watch::Watcher), [`Auditor`](check::Auditor) and
//! [`Notifier`](notify::Notifier), over one [`EventLog`](log::EventLog);
//! [`Pipeline`](pipeline::Pipeline) composes them. State is a fold over events
//! ([`view`]); nothing else is kept that cannot be rebuilt from them.

pub mod account;
pub mod audit;
pub mod check;
pub mod config;
pub mod diff;
pub mod event;
pub mod item;
pub mod log;
pub mod network;
pub mod notify;
pub mod pipeline;
pub mod render;
pub mod technology;
pub mod testing;
pub mod track;
pub mod view;
pub mod watch;

pub use jiff::Timestamp;
