//! What the programs of secmonkey share, and what an embedder takes who wants all of it: the
//! configuration file, the catalogue of what is read and judged, the store as a process opens
//! it, and the way from accounts to a scan of them.
//!
//! Nothing here prints, and nothing here is about one program: commands are in
//! `bins/secmonkey`, the daemon in `bins/secmonkeyd`.

pub mod arguments;
pub mod catalogue;
pub mod config;
pub mod discovery;
pub mod doctor;
pub mod environment;
pub mod error;
pub mod manual;
pub mod program;
pub mod scan;
pub mod signal;
pub mod store;
pub mod trace;

pub use catalogue::Catalogue;
pub use config::Config;
pub use error::{Error, Exit};
pub use store::{Opened, Place};
