//! SES.

pub mod identity;
