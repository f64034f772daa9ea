//! EC2.

pub mod security_group;
