//! Where AWS accounts come from: the directory that AWS itself keeps, and lists as text.
//!
//! Both are an [`AccountSource`](secmonkey_core::source::AccountSource), which
//! [`Decisions::discover`](secmonkey_core::decide::Decisions::discover) takes over.

mod document;
#[cfg(feature = "organizations")]
mod organization;
mod swag;

pub use document::{Document, Listed};
#[cfg(feature = "organizations")]
pub use organization::{Organization, PERMISSIONS};
