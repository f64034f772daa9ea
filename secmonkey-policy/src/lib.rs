//! The IAM policy language: who may do what, judged as AWS judges it, without AWS.
//!
//! A policy is JSON. [`Policy::read`] takes it apart; what is malformed is told with its
//! JSON pointer, what is unknown is kept.
//!
//! Every answer errs on the safe side: what is not understood never closes an Allow and
//! never lets a Deny subtract.
//!
//! [`Exposure`] says whom the policy of a resource lets in:
//!
//! ```
//! use secmonkey_policy::exposure::{Kind, Resource};
//! use secmonkey_policy::{Exposure, Policy, Who};
//!
//! let json = serde_json::json!({
//!     "Version": "2012-10-17",
//!     "Statement": {
//!         "Effect": "Allow",
//!         "Principal": { "AWS": "arn:aws:iam::222233334444:root" },
//!         "Action": "s3:GetObject",
//!         "Resource": "arn:aws:s3:::logs/*"
//!     }
//! });
//! let policy = Policy::read(&json)?;
//! let bucket = Resource { kind: Kind::Bucket, owner: Some("111122223333"), restricted: false };
//! let exposure = Exposure::of(&policy, bucket);
//! assert!(!exposure.is_public());
//! assert_eq!(exposure.grants[0].who, Who::Account("222233334444".into()));
//! # Ok::<_, secmonkey_policy::Malformed>(())
//! ```
//!
//! [`Identity`] puts the policies of a user, a group or a role together and says what they
//! allow, [`identity::Document`] judges one document statement by statement, and [`words`]
//! says it for people.

#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod actions;
pub mod condition;
pub mod document;
pub mod exposure;
pub mod identity;
pub mod pattern;
pub mod principal;
mod short;
pub mod words;

pub use condition::Condition;
pub use document::{Effect, Fault, Malformed, Policy, Problem, Statement};
pub use exposure::{Exposure, Grant, Resource, Who};
pub use identity::{Identity, Permissions};
pub use pattern::Pattern;
pub use principal::Principal;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
