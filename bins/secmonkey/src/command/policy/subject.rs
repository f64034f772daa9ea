//! What a policy is of.

use secmonkey_app::error::Error;
use secmonkey_core::account::AccountId;
use secmonkey_core::nearest;
use secmonkey_policy::document::Of as Named;
use secmonkey_policy::exposure::Kind;
use secmonkey_policy::principal::{Arn, is_account};
use secmonkey_policy::{Pattern, Policy};

use super::read::Of;

/// A kind of resource that has a policy of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Type {
    /// The technology.
    pub id: &'static str,
    /// What people call it, with its article.
    pub title: &'static str,
    /// The service in its ARN.
    service: &'static str,
    /// What the last field of its ARN starts with.
    resource: &'static str,
}

const fn of(
    id: &'static str,
    title: &'static str,
    service: &'static str,
    resource: &'static str,
) -> Type {
    Type { id, title, service, resource }
}

/// Buckets and roles are judged by rules of their own, all others alike.
const TYPES: &[Type] = &[
    of("s3_access_point", "an S3 access point", "s3", "accesspoint/"),
    of("s3_bucket", "an S3 bucket", "s3", ""),
    of("iam_role", "an IAM role", "iam", "role/"),
    of("sqs_queue", "an SQS queue", "sqs", ""),
    of("sns_topic", "an SNS topic", "sns", ""),
    of("kms_key", "a KMS key", "kms", "key/"),
    of("lambda_function", "a Lambda function", "lambda", "function:"),
    of("lambda_layer", "a Lambda layer", "lambda", "layer:"),
    of("glacier_vault", "a Glacier vault", "glacier", "vaults/"),
    of("elasticsearch_domain", "an OpenSearch domain", "es", "domain/"),
    of("ses_identity", "an SES identity", "ses", "identity/"),
    of("ecr_repository", "an ECR repository", "ecr", "repository/"),
    of("secret", "a Secrets Manager secret", "secretsmanager", "secret:"),
    of("vpc_endpoint", "a VPC endpoint", "ec2", "vpc-endpoint/"),
    of("dynamodb_table", "a DynamoDB table", "dynamodb", "table/"),
    of("kinesis_stream", "a Kinesis stream", "kinesis", "stream/"),
    of("event_bus", "an EventBridge event bus", "events", "event-bus/"),
    of("efs_file_system", "an EFS file system", "elasticfilesystem", "file-system/"),
    of("backup_vault", "a Backup vault", "backup", "backup-vault:"),
    of("api_gateway", "an API Gateway API", "execute-api", ""),
];

/// The kind of resource with this id.
pub fn of_id(id: &str) -> Result<&'static Type, Error> {
    TYPES.iter().find(|one| one.id == id).ok_or_else(|| {
        let known = TYPES.iter().map(|one| one.id);
        Error::usage(nearest::unknown("resource type", id, known))
    })
}

impl Type {
    /// What judges differently among resources.
    pub fn kind(&self) -> Kind {
        match self.id {
            "s3_bucket" => Kind::Bucket,
            "iam_role" => Kind::Role,
            "vpc_endpoint" => Kind::VpcEndpoint,
            _ => Kind::Other,
        }
    }
}

/// The resource that a policy protects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// What kind it is; `None` for one that has no name here.
    pub kind: Option<&'static Type>,
    /// Its ARN, where it is known.
    pub arn: Option<String>,
    /// The account it is in, where it is known.
    pub owner: Option<AccountId>,
}

impl Resource {
    /// The resource of an ARN, of which an object stands for its bucket.
    pub fn read(text: &str) -> Result<Self, Error> {
        let arn = Arn::read(text).filter(|arn| !arn.service.is_empty() && !arn.resource.is_empty());
        let Some(arn) = arn else {
            return Err(Error::usage(format!(
                "`{text}` is not an ARN: expected arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
            )));
        };
        Ok(Self::of_arn(arn))
    }

    fn of_arn(arn: Arn<'_>) -> Self {
        let mut kinds = TYPES.iter().filter(|one| one.service == arn.service);
        let kind = kinds.find(|one| arn.resource.starts_with(one.resource));
        let is_bucket = kind.is_some_and(|kind| kind.kind() == Kind::Bucket);
        let text = match arn.resource.split_once('/') {
            Some((_, key)) if is_bucket => &arn.text[..arn.text.len() - key.len() - 1],
            _ => arn.text,
        };
        Self { kind, arn: Some(text.to_owned()), owner: owner(arn) }
    }

    /// What can be said from the resources that a policy names: they are the one it is of,
    /// or parts of it.
    pub fn named_in(policy: &Policy<'_>) -> Self {
        let mut common: Option<Self> = None;
        let statements = policy.statements.iter();
        for pattern in statements.filter_map(|one| one.resources.as_ref()).flat_map(Named::named) {
            let Some(arn) = arn_of(*pattern) else { continue };
            let one = Self::of_arn(arn);
            match &mut common {
                None => common = Some(one),
                Some(common) => {
                    if common.kind != one.kind {
                        return Self::default();
                    }
                    common.arn = common.arn.take().filter(|arn| Some(arn) == one.arn.as_ref());
                    common.owner = common.owner.take().filter(|id| Some(id) == one.owner.as_ref());
                }
            }
        }
        let mut common = common.unwrap_or_default();
        common.arn = common.arn.filter(|arn| !arn.contains(['*', '?', '$']));
        common
    }

    /// The bucket's name.
    pub fn bucket(&self) -> Option<&str> {
        let kind = self.kind?;
        (kind.kind() == Kind::Bucket)
            .then(|| Arn::read(self.arn.as_deref()?))?
            .map(|arn| arn.resource)
    }
}

fn arn_of(pattern: Pattern<'_>) -> Option<Arn<'_>> {
    Arn::read(pattern.as_str()).filter(|arn| !arn.service.contains('*') && !arn.resource.is_empty())
}

fn owner(arn: Arn<'_>) -> Option<AccountId> {
    is_account(arn.account).then(|| arn.account.parse().ok()).flatten()
}

/// What a policy is of, as it shows itself: it names principals or does not, and one that
/// says who may assume a role names no resource.
pub fn shown(policy: &Policy<'_>) -> Of {
    let assumes = |pattern: &Pattern<'_>| {
        pattern.as_str().get(..14).is_some_and(|start| start.eq_ignore_ascii_case("sts:AssumeRole"))
    };
    let statements = &policy.statements;
    let trust = statements.iter().all(|one| one.resources.is_none())
        && statements.iter().any(|one| one.actions.named().iter().any(assumes));
    if trust {
        Of::Role
    } else if statements.iter().any(|one| one.principals.is_some()) {
        Of::Resource
    } else {
        Of::Identity
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(resources: &Value) -> Resource {
        let json = json!({ "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resources }
        ]});
        Resource::named_in(&Policy::read(&json).unwrap())
    }

    fn told(resource: &Resource) -> (Option<&str>, Option<&str>, Option<&str>) {
        let Resource { kind, arn, owner } = resource;
        (kind.map(|kind| kind.id), arn.as_deref(), owner.as_ref().map(AccountId::as_str))
    }

    #[test]
    fn the_resources_of_a_policy_tell_what_it_is_of() {
        let queue = "arn:aws:sqs:eu-west-1:111122223333:orders";
        let logs = "arn:aws:s3:::logs";
        for (resources, expected) in [
            (json!("*"), (None, None, None)),
            (json!(queue), (Some("sqs_queue"), Some(queue), Some("111122223333"))),
            (
                json!(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
                (Some("s3_bucket"), Some(logs), None),
            ),
            (json!(["arn:aws:s3:::logs", "arn:aws:s3:::more/*"]), (Some("s3_bucket"), None, None)),
            (json!("arn:aws:s3:::lo*"), (Some("s3_bucket"), None, None)),
            (json!([queue, "arn:aws:s3:::logs/*"]), (None, None, None)),
            (
                json!("arn:aws:sqs:*:111122223333:*"),
                (Some("sqs_queue"), None, Some("111122223333")),
            ),
        ] {
            assert_eq!(told(&named(&resources)), expected, "{resources}");
        }
    }

    #[test]
    fn an_arn_tells_kind_and_owner() {
        for (arn, expected) in [
            ("arn:aws:s3:::logs/2026/x", (Some("s3_bucket"), Some("arn:aws:s3:::logs"), None)),
            (
                "arn:aws:iam::111122223333:role/app",
                (
                    Some("iam_role"),
                    Some("arn:aws:iam::111122223333:role/app"),
                    Some("111122223333"),
                ),
            ),
            (
                "arn:aws:xray:eu-west-1:111122223333:group/x",
                (None, Some("arn:aws:xray:eu-west-1:111122223333:group/x"), Some("111122223333")),
            ),
        ] {
            assert_eq!(told(&Resource::read(arn).unwrap()), expected);
        }
        for wrong in ["logs", "arn:aws:s3", "arn:aws::::", ""] {
            let said = Resource::read(wrong).unwrap_err().to_string();
            assert!(said.starts_with(&format!("`{wrong}` is not an ARN")), "{said}");
        }
    }

    #[test]
    fn a_policy_shows_what_it_is_of() {
        for (statement, expected) in [
            (json!({ "Action": "s3:*", "Resource": "*" }), Of::Identity),
            (json!({ "Action": "s3:*", "Resource": "*", "Principal": "*" }), Of::Resource),
            (json!({ "Action": "s3:*", "Principal": "*" }), Of::Resource),
            (json!({ "Action": "sts:AssumeRole", "Resource": "*" }), Of::Identity),
            (
                json!({ "Action": "sts:AssumeRole", "Principal": { "AWS": "111122223333" } }),
                Of::Role,
            ),
            (json!({ "Action": ["sts:assumerolewithsaml"] }), Of::Role),
        ] {
            let mut json = json!({ "Statement": statement });
            json["Statement"]["Effect"] = "Allow".into();
            assert_eq!(shown(&Policy::read(&json).unwrap()), expected, "{json}");
        }
    }
}
