//! The crate against recorded answers, through the real SDK clients.

mod replay;
mod retry;
mod ses;
mod session;
mod shape;
mod truncation;
