//! AWS for secmonkey: sessions, watchers and checks on the official SDK.
//!
//! [`Sessions`](session::Sessions) hands out SDK clients per account, region and service;
//! all of them share one HTTP client that refuses truncated answers ([`http`]), one call
//! budget per account, region and service ([`budget`]) and one way to name what went
//! wrong ([`error`]). [`shape`] turns what they answer into AWS-shaped JSON.

#![allow(
    rustdoc::invalid_codeblock_attributes,
    reason = "the pages of checks say there what an example is"
)]
#![cfg_attr(
    not(all(feature = "ec2", feature = "iam", feature = "s3", feature = "ses")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        unused_variables,
        reason = "what services share is there for whichever of them are built"
    )
)]

pub mod budget;
pub mod check;
pub mod error;
pub mod http;
pub mod known;
pub mod notify;
mod region;
pub mod relation;
pub mod session;
pub mod shape;
pub mod watch;
