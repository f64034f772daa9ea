//! Which technologies have policies: one row each. The checks of the two families
//! ([`resource_policy`](super::resource_policy) and
//! [`identity_policy`](super::identity_policy)) are made of these rows.
//!
//! A technology whose items have a policy that says who may use them needs one row in
//! [`RESOURCE`], and nothing else: the checks, their ids and their pages follow.

use std::borrow::Cow;

use secmonkey_policy::exposure::Kind;

use super::identity_policy::{Documents, IdentityPolicies};
use super::resource_policy::{Idle, PublicAccessBlock, ResourcePolicy};
use super::{elasticsearch_domain, kms_key, s3_access_point, s3_bucket};

/// Policies that say who may use a resource.
pub(super) static RESOURCE: [ResourcePolicy; 18] = [
    // Without a policy everybody may call an API, as most are meant to be called.
    ResourcePolicy {
        technology: Cow::Borrowed("apigateway_rest_api"),
        at: "/Policy",
        optional: &["service_without_source"],
        most: 3,
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("backup_vault"),
        at: "/AccessPolicy",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("dynamodb_table"),
        at: "/Policy",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("ecr_repository"),
        at: "/policyText",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    // Only who is inside the network comes to a mount target.
    ResourcePolicy {
        technology: Cow::Borrowed("efs_file_system"),
        at: "/FileSystemPolicy",
        optional: &["service_without_source"],
        most: 3,
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("elasticsearch_domain"),
        at: "/AccessPolicies",
        optional: &["service_without_source"],
        idle: Some(Idle { reads: elasticsearch_domain::REACH, why: elasticsearch_domain::idle }),
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("glacier_vault"),
        at: "/Policies/*",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("iam_role"),
        at: "/AssumeRolePolicyDocument",
        kind: Kind::Role,
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("kms_key"),
        at: "/Policy",
        optional: &["service_without_source"],
        idle: Some(Idle {
            reads: &["/KeyMetadata/KeyState"],
            why: |item| Some((Idle::SCORE, kms_key::idle(item)?)),
        }),
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("lambda_function"),
        at: "/Policies/*",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("s3_access_point"),
        at: "/Policy",
        kind: Kind::Bucket,
        optional: &["service_without_source"],
        public_access_block: Some(PublicAccessBlock {
            reads: &[
                "/AccessPoint/NetworkOrigin",
                "/AccessPoint/PublicAccessBlockConfiguration/RestrictPublicBuckets",
            ],
            world: &["s3_account"],
            in_force: s3_access_point::public_access_block,
            in_doubt: s3_bucket::in_doubt,
        }),
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("s3_bucket"),
        at: "/Policy",
        kind: Kind::Bucket,
        optional: &["service_without_source"],
        public_access_block: Some(PublicAccessBlock {
            reads: &["/PublicAccessBlockConfiguration/RestrictPublicBuckets"],
            world: &["s3_account"],
            in_force: s3_bucket::public_access_block,
            in_doubt: s3_bucket::in_doubt,
        }),
        part_of: &[
            ("internet_accessible", "s3_bucket.publicly_accessible"),
            ("unknown_cross_account", "s3_bucket.policy_unknown_account"),
        ],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("s3_multi_region_access_point"),
        at: "/PolicyDocument/Established/Policy",
        kind: Kind::Bucket,
        optional: &["service_without_source"],
        public_access_block: Some(PublicAccessBlock {
            reads: &["/PublicAccessBlock/RestrictPublicBuckets"],
            world: &["s3_account"],
            in_force: s3_access_point::public_access_block,
            in_doubt: s3_bucket::in_doubt,
        }),
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("secretsmanager_secret"),
        at: "/ResourcePolicy",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("ses_identity"),
        at: "/Policies/*",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("sns_topic"),
        at: "/Attributes/Policy",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    ResourcePolicy {
        technology: Cow::Borrowed("sqs_queue"),
        at: "/Attributes/Policy",
        optional: &["service_without_source"],
        ..ResourcePolicy::DEFAULT
    },
    // Only who is inside the network comes through: neither the internet nor, by itself,
    // another account.
    ResourcePolicy {
        technology: Cow::Borrowed("vpc_endpoint"),
        at: "/PolicyDocument",
        kind: Kind::VpcEndpoint,
        optional: &["policy_open"],
        without: &["cross_account_root", "internet_accessible"],
        most: 3,
        ..ResourcePolicy::DEFAULT
    },
];

/// Policies that say what an identity may do.
pub(super) static IDENTITY: [IdentityPolicies; 4] = [
    IdentityPolicies {
        technology: "iam_group",
        documents: Documents::Inline("/GroupPolicyList"),
        part_of: &[("policy_full_admin", "iam_group.effective_full_admin")],
    },
    IdentityPolicies {
        technology: "iam_managed_policy",
        documents: Documents::Whole("/Document"),
        part_of: &[],
    },
    IdentityPolicies {
        technology: "iam_role",
        documents: Documents::Inline("/RolePolicyList"),
        part_of: &[("policy_full_admin", "iam_role.effective_full_admin")],
    },
    IdentityPolicies {
        technology: "iam_user",
        documents: Documents::Inline("/UserPolicyList"),
        part_of: &[("policy_full_admin", "iam_user.effective_full_admin")],
    },
];

/// Where items of a technology have the policy that says who may use them.
pub(super) fn resource(technology: &str) -> Option<&'static ResourcePolicy> {
    RESOURCE.iter().find(|row| row.technology == technology)
}

/// Where items of a technology have the policies that say what they may do.
pub(super) fn identity(technology: &str) -> Option<&'static IdentityPolicies> {
    IDENTITY.iter().find(|row| row.technology == technology)
}
