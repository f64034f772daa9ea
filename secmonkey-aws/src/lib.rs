//! AWS for secmonkey: sessions, watchers and checks on the official SDK.
//!
//! [`Sessions`](session::Sessions) hands out SDK clients per account, region and service;
//! all of them share one HTTP client that refuses truncated answers ([`http`]), one call
//! budget and one circuit breaker per account, region and service ([`budget`],
//! [`breaker`]) and one way to name what went wrong ([`error`]). [`shape`] turns what they answer into AWS-shaped JSON.

#![allow(
    rustdoc::invalid_codeblock_attributes,
    reason = "the pages of checks say there what an example is"
)]
#![cfg_attr(
    not(all(
        feature = "acm",
        feature = "cloudtrail",
        feature = "ec2",
        feature = "elb",
        feature = "elbv2",
        feature = "iam",
        feature = "kms",
        feature = "lambda",
        feature = "route53",
        feature = "s3",
        feature = "ses",
        feature = "sns",
        feature = "sqs"
    )),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        unused_variables,
        reason = "what services share is there for whichever of them are built"
    )
)]

use secmonkey_core::provider::Provider;

pub mod access;
pub mod breaker;
pub mod budget;
mod cause;
pub mod check;
mod clock;
pub mod compliance;
pub mod error;
pub mod http;
pub mod kind;
pub mod known;
pub mod lane;
pub mod notify;
pub mod operation;
#[cfg(feature = "iam")]
pub mod permission;
mod region;
pub mod relation;
pub mod report;
pub mod security_hub;
pub mod service;
pub mod session;
pub mod settings;
pub mod shape;
pub mod source;
pub mod trail;
pub mod watch;
mod wording;

/// Amazon Web Services, which runs the accounts that this crate reads.
pub const AWS: Provider = Provider::named("aws");

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The README of the whole: its pipeline needs all crates, and this one has them.
#[cfg(all(doctest, feature = "ec2"))]
#[doc = include_str!("../../README.md")]
struct WholeReadme;
