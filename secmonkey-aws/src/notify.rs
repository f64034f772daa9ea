//! Notifiers on AWS services.

#[cfg(feature = "ses")]
pub mod ses;
