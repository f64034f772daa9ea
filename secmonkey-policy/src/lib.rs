//! The IAM policy language: who may do what, judged as AWS judges it, without AWS.
//!
//! A policy is JSON. [`Policy::read`] takes it apart; what is malformed is told with its
//! JSON pointer, what is unknown is kept.
//!
//! Every answer errs on the safe side: what is not understood never closes an Allow and
//! never lets a Deny subtract.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod actions;
pub mod condition;
pub mod document;
pub mod exposure;
pub mod identity;
pub mod pattern;
pub mod principal;
pub mod words;

pub use condition::Condition;
pub use document::{Effect, Fault, Malformed, Policy, Problem, Statement};
pub use exposure::{Exposure, Grant, Resource, Who};
pub use identity::{Identity, Permissions};
pub use pattern::Pattern;
pub use principal::Principal;
