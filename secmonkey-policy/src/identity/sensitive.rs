//! Actions that matter more than their access level tells.

use std::sync::OnceLock;

use super::scope::Kind;
use super::{Fit, Group, Held, Permissions};
use crate::actions::{ActionId, Set};

/// Actions that carry data out of an account: they read what is stored, or share it with
/// other accounts. Allowed on one resource they are what applications are made for; allowed
/// on everything they are a way out for all data.
///
/// Source: Cloudsplaining's *data exfiltration* (Salesforce), widened by the data stores
/// whose reading or sharing AWS documents in the same way.
pub const EXFILTRATION: &[&str] = &[
    "codecommit:GitPull",
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "kinesis:GetRecords",
    "rds-data:BatchExecuteStatement",
    "rds-data:ExecuteStatement",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "rds:StartExportTask",
    "redshift-data:ExecuteStatement",
    "redshift:AuthorizeSnapshotAccess",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
];

/// Resources that are all there are of their kind, though their ARN has more before the
/// star than the service.
const ALL_OF_A_KIND: &[(&str, Kind)] = &[
    ("dynamodb:", Kind { service: "dynamodb", resource: "table/*" }),
    ("sqs:", Kind { service: "sqs", resource: "*" }),
    ("kinesis:", Kind { service: "kinesis", resource: "stream/*" }),
    ("secretsmanager:", Kind { service: "secretsmanager", resource: "secret:*" }),
    ("ssm:", Kind { service: "ssm", resource: "parameter/*" }),
];

/// Actions whose answer is a credential, or which make one.
///
/// Source: *AWS API calls that return credentials*, as Cloudsplaining
/// keeps it. `sts:AssumeRole` and its kin are left out: whom they give a role, that role's
/// trust policy decides. So are tokens that carry only what the identity may do anyway: those
/// of registries of images and packages, `sts:GetSessionToken`, `sts:GetFederationToken`.
pub const CREDENTIALS: &[&str] = &[
    "airflow:CreateCliToken",
    "airflow:CreateWebLoginToken",
    "appsync:CreateApiKey",
    "chime:CreateApiKey",
    "cloud9:CreateEnvironmentToken",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "ec2:GetPasswordData",
    "emr-containers:GetManagedEndpointSessionCredentials",
    "gamelift:GetComputeAccess",
    "gamelift:GetComputeAuthToken",
    "gamelift:GetInstanceAccess",
    "gamelift:RequestUploadCredentials",
    "grafana:CreateWorkspaceApiKey",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lightsail:CreateBucketAccessKey",
    "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "mediapackage:RotateChannelCredentials",
    "mediapackage:RotateIngestEndpointCredentials",
    "rds-db:connect",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
];

/// Of these, those that are no exposure where they are about the user itself.
const OF_A_USER: &str = "iam:";

const DATABASE_LOGIN: &str = "rds-db:connect";

pub(super) fn exfiltration<'p>(permissions: &Permissions<'p, '_>) -> Option<Held<'p>> {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    permissions.held_of(GROUPS.get_or_init(|| {
        let mut rest = set(EXFILTRATION, "");
        let mut groups = Vec::new();
        for (prefix, kind) in ALL_OF_A_KIND {
            let actions = set(EXFILTRATION, prefix);
            rest = rest.difference(&actions);
            groups.push(Group { actions, fit: Fit::Covers(*kind) });
        }
        groups.push(Group { actions: rest, fit: Fit::Covers(NOTHING) });
        groups
    }))
}

/// A kind that no ARN but that of everything covers.
const NOTHING: Kind = Kind { service: "", resource: "" };

pub(super) fn credentials<'p>(permissions: &Permissions<'p, '_>) -> Option<Held<'p>> {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    permissions.held_of(GROUPS.get_or_init(|| {
        let all = set(CREDENTIALS, "");
        let users = set(CREDENTIALS, OF_A_USER);
        // One user of a database is whom the identity is to be; any of them is others too.
        let logins = set(CREDENTIALS, DATABASE_LOGIN);
        let user = Kind { service: "iam", resource: "user/*" };
        let login = Kind { service: "rds-db", resource: "dbuser:*" };
        vec![
            Group { actions: all.difference(&users).difference(&logins), fit: Fit::Any },
            Group { actions: users, fit: Fit::Others(user) },
            Group { actions: logins, fit: Fit::Many(login) },
        ]
    }))
}

fn set(names: &[&str], prefix: &str) -> Set {
    let names = names.iter().filter(|name| name.starts_with(prefix));
    names.filter_map(|name| ActionId::find(name)).collect()
}
