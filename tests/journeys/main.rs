//! Journeys: the real binary against moto, with a proxy between them that does to
//! answers what networks and clouds do to them.
//!
//! `./test` makes what they need: the binary in `target/debug` and moto in `.venv`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests: what goes wrong has to be seen"
)]

mod access;
mod accounts;
#[cfg(unix)]
mod api;
mod budget;
mod clock;
mod compact;
#[cfg(unix)]
mod daemon;
mod damaged;
mod decisions;
mod doctor;
mod each;
mod faults;
#[cfg(unix)]
mod fleet;
mod formats;
mod front;
mod golden;
mod governance;
mod input;
mod interrupted;
mod judgement;
#[cfg(unix)]
mod kills;
mod lab;
mod listing;
mod mail;
#[cfg(unix)]
mod manual;
mod moto;
mod moving;
mod network;
mod original;
mod own;
mod policy;
mod proxy;
mod record;
mod report;
mod rules;
mod scan;
mod script;
#[cfg(unix)]
mod secmonkeyd;
#[cfg(unix)]
mod soak;
mod verbose;
mod xml;
