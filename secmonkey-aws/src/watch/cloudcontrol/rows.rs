//! The types that are read, a row each.

use std::slice;
use std::sync::Arc;

use secmonkey_core::technology::Set;

use super::{Entry, Facts, GET, LIST, Operation, Resources, Row};
use crate::service;
use crate::watch::Events;

/// The watchers of rows.
macro_rules! reads {
    ($($row:ident,)*) => {
        pub(in crate::watch) const READS: &[Entry] = &[$(
            Entry::new(slice::from_ref(&$row.facts), |sessions| {
                Arc::new(Resources::new(sessions, &$row))
            }),
        )*];
    };
}

reads! {
    ANALYZER, BACKUP_VAULT, COLLECTION, DETECTOR, FILE_SYSTEM, HTTP_API, HUB, MACIE_SESSION,
    REST_API, STATE_MACHINE, USER_POOL, WEB_ACL,
}

const fn reads(permission: &'static str) -> Operation {
    Operation::new(permission)
}

/// Analyzers of IAM Access Analyzer, with what they are told to leave out.
pub const ANALYZER: Row = Row {
    name: "/AnalyzerName",
    arn: "/Arn",
    type_name: "AWS::AccessAnalyzer::Analyzer",
    facts: Facts {
        id: "access_analyzer",
        title: "Access Analyzer",
        operations: &[
            GET,
            reads("access-analyzer:GetAnalyzer"),
            reads("access-analyzer:ListAnalyzers"),
            reads("access-analyzer:ListArchiveRules"),
        ],
        events: &[Events::new(
            "/requestParameters/analyzerName",
            &[
                "CreateAnalyzer",
                "CreateArchiveRule",
                "DeleteAnalyzer",
                "DeleteArchiveRule",
                "UpdateAnalyzer",
                "UpdateArchiveRule",
            ],
        )],
        sets: &[
            Set::new(
                "/AnalyzerConfiguration/UnusedAccessConfiguration/AnalysisRule/Exclusions",
                &[],
            ),
            Set::new(
                "/AnalyzerConfiguration/UnusedAccessConfiguration/AnalysisRule/Exclusions/*/AccountIds",
                &[],
            ),
            Set::new(
                "/AnalyzerConfiguration/UnusedAccessConfiguration/AnalysisRule/Exclusions/*/ResourceTags",
                &[],
            ),
            Set::new(
                "/AnalyzerConfiguration/UnusedAccessConfiguration/AnalysisRule/Exclusions/*/ResourceTags/*",
                &["Key"],
            ),
            Set::new("/ArchiveRules", &["RuleName"]),
            Set::new("/ArchiveRules/*/Filter", &["Property"]),
            Set::new("/ArchiveRules/*/Filter/*/Contains", &[]),
            Set::new("/ArchiveRules/*/Filter/*/Eq", &[]),
            Set::new("/ArchiveRules/*/Filter/*/Neq", &[]),
            Set::new("/Tags", &["Key"]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Vaults of AWS Backup: who may use them, how they are locked and what they tell.
pub const BACKUP_VAULT: Row = Row {
    name: "/BackupVaultName",
    arn: "/BackupVaultArn",
    type_name: "AWS::Backup::BackupVault",
    facts: Facts {
        id: "backup_vault",
        title: "Backup vault",
        operations: &[
            GET,
            reads("backup:DescribeBackupVault"),
            reads("backup:GetBackupVaultAccessPolicy"),
            reads("backup:GetBackupVaultNotifications"),
            reads("backup:ListBackupVaults"),
            reads("backup:ListTags"),
        ],
        events: &[
            Events::new(
                "/requestParameters/backupVaultName",
                &[
                    "CreateBackupVault",
                    "DeleteBackupVault",
                    "DeleteBackupVaultAccessPolicy",
                    "DeleteBackupVaultLockConfiguration",
                    "DeleteBackupVaultNotifications",
                    "PutBackupVaultAccessPolicy",
                    "PutBackupVaultLockConfiguration",
                    "PutBackupVaultNotifications",
                ],
            ),
            Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
        ],
        sets: &[Set::new("/Notifications/BackupVaultEvents", &[])],
        documents: &["/AccessPolicy"],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Collections of OpenSearch Serverless. Who may use them say policies beside them.
pub const COLLECTION: Row = Row {
    name: "/Name",
    arn: "/Arn",
    type_name: "AWS::OpenSearchServerless::Collection",
    facts: Facts {
        id: "opensearchserverless_collection",
        title: "OpenSearch Serverless collection",
        operations: &[
            GET,
            reads("aoss:BatchGetCollection"),
            reads("aoss:ListCollections"),
            reads("aoss:ListTagsForResource"),
        ],
        events: &[
            Events::new("/requestParameters/id", &["DeleteCollection", "UpdateCollection"]),
            Events::new("/responseElements/createCollectionDetail/id", &["CreateCollection"]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Detectors of `GuardDuty`: whether it watches, and what.
pub const DETECTOR: Row = Row {
    type_name: "AWS::GuardDuty::Detector",
    facts: Facts {
        id: "guardduty_detector",
        title: "GuardDuty detector",
        operations: &[
            GET,
            reads("guardduty:GetDetector"),
            reads("guardduty:ListDetectors"),
            reads("guardduty:ListTagsForResource"),
        ],
        events: &[
            Events::new("/requestParameters/detectorId", &["DeleteDetector", "UpdateDetector"]),
            Events::new("/responseElements/detectorId", &["CreateDetector"]),
        ],
        sets: &[
            Set::new("/Features", &["Name"]),
            Set::new("/Features/*/AdditionalConfiguration", &["Name"]),
            Set::new("/Tags", &["Key"]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// File systems of EFS: how they are encrypted, who may mount them, whether they are backed
/// up and where they are copied to.
pub const FILE_SYSTEM: Row = Row {
    arn: "/Arn",
    type_name: "AWS::EFS::FileSystem",
    facts: Facts {
        id: "efs_file_system",
        title: "EFS file system",
        operations: &[
            GET,
            reads("elasticfilesystem:DescribeBackupPolicy"),
            reads("elasticfilesystem:DescribeFileSystemPolicy"),
            reads("elasticfilesystem:DescribeFileSystems"),
            reads("elasticfilesystem:DescribeLifecycleConfiguration"),
            reads("elasticfilesystem:DescribeReplicationConfigurations"),
        ],
        events: &[
            Events::new(
                "/requestParameters/fileSystemId",
                &[
                    "DeleteFileSystem",
                    "DeleteFileSystemPolicy",
                    "PutBackupPolicy",
                    "PutFileSystemPolicy",
                    "PutLifecycleConfiguration",
                    "UpdateFileSystem",
                    "UpdateFileSystemProtection",
                ],
            ),
            Events::new(
                "/requestParameters/sourceFileSystemId",
                &["CreateReplicationConfiguration", "DeleteReplicationConfiguration"],
            ),
            Events::new("/responseElements/fileSystemId", &["CreateFileSystem"]),
        ],
        sets: &[
            Set::new("/FileSystemTags", &["Key"]),
            Set::new("/LifecyclePolicies", &[]),
            Set::new("/ReplicationConfiguration/Destinations", &["FileSystemId"]),
        ],
        documents: &["/FileSystemPolicy"],
        dropped: &[
            // How the copying goes.
            "/ReplicationConfiguration/Destinations/*/Status",
            "/ReplicationConfiguration/Destinations/*/StatusMessage",
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// HTTP and WebSocket APIs of API Gateway.
pub const HTTP_API: Row = Row {
    name: "/Name",
    type_name: "AWS::ApiGatewayV2::Api",
    facts: Facts {
        id: "apigateway_http_api",
        title: "API Gateway HTTP API",
        operations: &[GET, reads("apigateway:GET")],
        events: &[
            Events::new(
                "/requestParameters/apiId",
                &["DeleteApi", "DeleteCorsConfiguration", "ReimportApi", "UpdateApi"],
            ),
            Events::new("/responseElements/apiId", &["CreateApi", "ImportApi"]),
        ],
        sets: &[
            Set::new("/CorsConfiguration/AllowHeaders", &[]),
            Set::new("/CorsConfiguration/AllowMethods", &[]),
            Set::new("/CorsConfiguration/AllowOrigins", &[]),
            Set::new("/CorsConfiguration/ExposeHeaders", &[]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Security Hub in an account and region.
pub const HUB: Row = Row {
    arn: "/ARN",
    not_enabled: &["is not subscribed to AWS Security Hub"],
    type_name: "AWS::SecurityHub::Hub",
    facts: Facts {
        id: "securityhub_hub",
        title: "Security Hub",
        operations: &[
            GET,
            reads("securityhub:DescribeHub"),
            reads("securityhub:ListTagsForResource"),
        ],
        events: &[
            Events::new(
                "/recipientAccountId",
                &["DisableSecurityHub", "EnableSecurityHub", "UpdateSecurityHubConfiguration"],
            ),
            Events::new("/requestParameters/ResourceArn", &["TagResource", "UntagResource"]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Macie in an account and region.
pub const MACIE_SESSION: Row = Row {
    not_enabled: &["Macie is not enabled"],
    type_name: "AWS::Macie::Session",
    facts: Facts {
        id: "macie_session",
        title: "Macie session",
        operations: &[
            GET,
            reads("macie2:GetMacieSession"),
            reads("macie2:ListAutomatedDiscoveryAccounts"),
        ],
        events: &[Events::new(
            "/recipientAccountId",
            &["DisableMacie", "EnableMacie", "UpdateMacieSession"],
        )],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// REST APIs of API Gateway: who may call them, and by which endpoints.
pub const REST_API: Row = Row {
    name: "/Name",
    type_name: "AWS::ApiGateway::RestApi",
    facts: Facts {
        id: "apigateway_rest_api",
        title: "API Gateway REST API",
        operations: &[GET, reads("apigateway:GET")],
        events: &[
            Events::new(
                "/requestParameters/restApiId",
                &["DeleteRestApi", "PutRestApi", "UpdateRestApi"],
            ),
            Events::new("/responseElements/id", &["CreateRestApi", "ImportRestApi"]),
        ],
        sets: &[
            Set::new("/BinaryMediaTypes", &[]),
            Set::new("/EndpointConfiguration/Types", &[]),
            Set::new("/EndpointConfiguration/VpcEndpointIds", &[]),
            Set::new("/Tags", &["Key"]),
        ],
        documents: &["/Policy"],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// State machines of Step Functions: what they do, under which role, and what is logged. The
/// definition is text, as it was written.
pub const STATE_MACHINE: Row = Row {
    name: "/StateMachineName",
    arn: "/Arn",
    type_name: "AWS::StepFunctions::StateMachine",
    facts: Facts {
        id: "step_functions_state_machine",
        title: "Step Functions state machine",
        operations: &[
            GET,
            reads("states:DescribeStateMachine"),
            reads("states:ListStateMachines"),
            reads("states:ListTagsForResource"),
        ],
        events: &[
            Events::new(
                "/requestParameters/stateMachineArn",
                &["DeleteStateMachine", "UpdateStateMachine"],
            ),
            Events::new("/responseElements/stateMachineArn", &["CreateStateMachine"]),
            Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
        ],
        sets: &[Set::new("/LoggingConfiguration/Destinations", &[]), Set::new("/Tags", &["Key"])],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// User pools of Cognito: who may sign up, how people sign in, and what is run for it.
pub const USER_POOL: Row = Row {
    name: "/UserPoolName",
    arn: "/Arn",
    type_name: "AWS::Cognito::UserPool",
    facts: Facts {
        id: "cognito_user_pool",
        title: "Cognito user pool",
        operations: &[
            GET,
            reads("cognito-idp:DescribeUserPool"),
            reads("cognito-idp:GetUserPoolMfaConfig"),
            reads("cognito-idp:ListUserPools"),
        ],
        events: &[
            Events::new(
                "/requestParameters/userPoolId",
                &[
                    "AddCustomAttributes",
                    "DeleteUserPool",
                    "SetUserPoolMfaConfig",
                    "UpdateUserPool",
                ],
            ),
            Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
            Events::new("/responseElements/userPool/id", &["CreateUserPool"]),
        ],
        sets: &[
            Set::new("/AccountRecoverySetting/RecoveryMechanisms", &["Name"]),
            Set::new("/AliasAttributes", &[]),
            Set::new("/AutoVerifiedAttributes", &[]),
            Set::new("/EnabledMfas", &[]),
            Set::new("/Policies/SignInPolicy/AllowedFirstAuthFactors", &[]),
            Set::new("/Schema", &["Name"]),
            Set::new("/UserAttributeUpdateSettings/AttributesRequireVerificationBeforeUpdate", &[]),
            Set::new("/UsernameAttributes", &[]),
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};

/// Web ACLs of WAF that stand in a region; those of `CloudFront` are listed apart.
pub const WEB_ACL: Row = Row {
    model: r#"{"Scope":"REGIONAL"}"#,
    name: "/Name",
    arn: "/Arn",
    type_name: "AWS::WAFv2::WebACL",
    facts: Facts {
        id: "wafv2_web_acl",
        title: "WAF web ACL",
        operations: &[
            GET,
            reads("wafv2:GetWebACL"),
            reads("wafv2:ListTagsForResource"),
            reads("wafv2:ListWebACLs"),
        ],
        events: &[
            Events::new("/requestParameters/id", &["DeleteWebACL", "UpdateWebACL"]),
            Events::new("/responseElements/summary/id", &["CreateWebACL"]),
            Events::new("/requestParameters/resourceARN", &["TagResource", "UntagResource"]),
        ],
        sets: &[
            Set::new("/Rules", &["Name"]),
            Set::new("/Rules/*/Statement/ManagedRuleGroupStatement/ExcludedRules", &["Name"]),
            Set::new("/Rules/*/Statement/ManagedRuleGroupStatement/RuleActionOverrides", &["Name"]),
            Set::new("/Tags", &["Key"]),
            Set::new("/TokenDomains", &[]),
        ],
        ordered: &[
            // Each works on what the one before it made of the request.
            "/Rules/*/Statement/ByteMatchStatement/TextTransformations",
        ],
        ..Facts::of(&service::CLOUDCONTROL, LIST)
    },
    ..Row::NONE
};
