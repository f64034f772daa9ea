//! Secrets Manager.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::SecretListEntry;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, known, pages_of, required};

pub(super) const READS: &[Entry] = &[Entry::described::<SecretListEntry>()];

/// Secrets of Secrets Manager: how they are encrypted and rotated, who may use them, and
/// their tags. Their values are never asked for.
///
/// Secrets that wait to be deleted are recorded without their policy: AWS tells it no more,
/// and lets nobody use them. Replicas are secrets of their own region.
pub const SECRET: Facts = Facts {
    id: "secretsmanager_secret",
    title: "Secrets Manager secret",
    operations: &[DESCRIBE, POLICY],
    structures: &[Structure::new("SecretListEntry", "")],
    events: &[
        Events::new("/additionalEventData/SecretId", &["RotationSucceeded"]),
        Events::new("/requestParameters/name", &["CreateSecret"]),
        Events::new(
            "/requestParameters/secretId",
            &[
                "CancelRotateSecret",
                "DeleteResourcePolicy",
                "DeleteSecret",
                "PutResourcePolicy",
                "PutSecretValue",
                "RemoveRegionsFromReplication",
                "ReplicateSecretToRegions",
                "RestoreSecret",
                "RotateSecret",
                "StopReplicationToReplica",
                "TagResource",
                "UntagResource",
                "UpdateSecret",
            ],
        ),
    ],
    sets: &[Set::new("/ExternalSecretRotationMetadata", &["Key"]), Set::new("/Tags", &["Key"])],
    documents: &["/ResourcePolicy"],
    daily: &["/LastAccessedDate", "/LastChangedDate", "/LastRotatedDate"],
    dropped: &[
        // The ARN of the item.
        "/ARN",
        // Every rotation changes them, which its date tells and its rules foretell.
        "/NextRotationDate",
        "/SecretVersionsToStages",
    ],
    ids: "/responseElements/arn",
    writes: &[
        Writes::new("", &["CreateSecret", "DeleteSecret"]),
        Writes::new("/DeletedDate", &["DeleteSecret", "RestoreSecret"]),
        Writes::new("/LastChangedDate", &["PutSecretValue", "RotateSecret", "UpdateSecret"]),
        Writes::new("/LastRotatedDate", &["RotateSecret", "RotationSucceeded"]),
        Writes::new("/ResourcePolicy", &["DeleteResourcePolicy", "PutResourcePolicy"]),
        Writes::new("/RotationEnabled", &["CancelRotateSecret", "RotateSecret"]),
        Writes::new("/RotationLambdaARN", &["RotateSecret"]),
        Writes::new("/RotationRules", &["RotateSecret"]),
    ],
    ..Facts::of(&service::SECRETSMANAGER, LIST)
};

const GONE: &[&str] = &["ResourceNotFoundException"];
const LIST: Operation = Operation::new("secretsmanager:ListSecrets");
const DESCRIBE: Operation = Operation::new("secretsmanager:DescribeSecret").absent(GONE);
const POLICY: Operation = Operation::new("secretsmanager:GetResourcePolicy").absent(GONE);

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈secrets / 100⌉`, one at least, those that wait to
/// be deleted included, and one for each of the others.
#[must_use]
pub const fn fewest_calls(secrets: usize, to_be_deleted: usize) -> usize {
    pages_of(secrets + to_be_deleted, PAGE as usize) + secrets
}

impl Described for SecretListEntry {
    const FACTS: &'static Facts = &SECRET;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.secretsmanager(&scope.account, &scope.region)
    }

    async fn page(
        secrets: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let call = secrets.list_secrets().include_planned_deletion(true).max_results(PAGE);
            let page = call.set_next_token(token).send().await;
            let page = page.map_err(|error| failed(LIST, &error))?;
            return Ok(Listed::page(page.secret_list, page.next_token));
        };
        let mut there = Vec::new();
        for one in wanted {
            let answer = secrets.describe_secret().secret_id(&one.id).send().await;
            there.extend(found(DESCRIBE, answer)?.map(as_listed));
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        secrets: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = required(LIST, "ARN", self.arn.clone())?;
        let name = required(LIST, "Name", self.name.clone())?;
        let policy = if self.deleted_date.is_some() {
            Part::Absent
        } else {
            match found(POLICY, secrets.get_resource_policy().secret_id(&arn).send().await) {
                Ok(Some(answer)) => known(answer.resource_policy.to_json()),
                Ok(None) => return Ok(None),
                Err(error) => Part::Failed(error),
            }
        };
        let secret = SECRET.observed(arn.as_str(), self.to_json()).named(name).with_arn(arn);
        Ok(Some(secret.with("/ResourcePolicy", policy)))
    }
}

/// A secret that was described, as the listing tells it.
fn as_listed(secret: DescribeSecretOutput) -> SecretListEntry {
    SecretListEntry::builder()
        .set_arn(secret.arn)
        .set_created_date(secret.created_date)
        .set_deleted_date(secret.deleted_date)
        .set_description(secret.description)
        .set_external_secret_rotation_metadata(secret.external_secret_rotation_metadata)
        .set_external_secret_rotation_role_arn(secret.external_secret_rotation_role_arn)
        .set_kms_key_id(secret.kms_key_id)
        .set_last_accessed_date(secret.last_accessed_date)
        .set_last_changed_date(secret.last_changed_date)
        .set_last_rotated_date(secret.last_rotated_date)
        .set_name(secret.name)
        .set_owning_service(secret.owning_service)
        .set_primary_region(secret.primary_region)
        .set_rotation_enabled(secret.rotation_enabled)
        .set_rotation_lambda_arn(secret.rotation_lambda_arn)
        .set_rotation_rules(secret.rotation_rules)
        .set_tags(secret.tags)
        .set_type(secret.r#type)
        .build()
}
