//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_s3control::types;

structures! {
    types::PublicAccessBlockConfiguration {
        "BlockPublicAcls": block_public_acls,
        "BlockPublicPolicy": block_public_policy,
        "IgnorePublicAcls": ignore_public_acls,
        "RestrictPublicBuckets": restrict_public_buckets,
    }
}
