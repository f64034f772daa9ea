//! DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{TableDescription, Tag};
use futures::join;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, found, part};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, Writes, all, known, pages_of};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Table>()];

/// Tables of DynamoDB: their keys and indexes, encryption, replicas, who may use them, whether
/// they can be recovered, what expires, and their tags.
///
/// The capacity of a table is left out: scaling moves it with the load. So are the policies
/// of streams, which are resources of their own.
pub const TABLE: Facts = Facts {
    id: "dynamodb_table",
    title: "DynamoDB table",
    operations: &[BACKUPS, DESCRIBE, POLICY, TAGS, TTL],
    structures: &[
        Structure::new("ContinuousBackupsDescription", "/ContinuousBackupsDescription"),
        Structure::new("TableDescription", "/Table"),
        Structure::new("Tag", "/Tags/*"),
        Structure::new("TimeToLiveDescription", "/TimeToLiveDescription"),
    ],
    events: &[
        Events::new(
            "/requestParameters/resourceArn",
            &["DeleteResourcePolicy", "PutResourcePolicy", "TagResource", "UntagResource"],
        ),
        Events::new(
            "/requestParameters/tableName",
            &[
                "CreateTable",
                "DeleteTable",
                "UpdateContinuousBackups",
                "UpdateTable",
                "UpdateTimeToLive",
            ],
        ),
        Events::new(
            "/requestParameters/targetTableName",
            &["RestoreTableFromBackup", "RestoreTableToPointInTime"],
        ),
    ],
    sets: &[
        Set::new("/Table/AttributeDefinitions", &["AttributeName"]),
        Set::new("/Table/GlobalSecondaryIndexes", &["IndexName"]),
        Set::new("/Table/GlobalSecondaryIndexes/*/Projection/NonKeyAttributes", &[]),
        Set::new("/Table/GlobalTableWitnesses", &["RegionName"]),
        Set::new("/Table/LocalSecondaryIndexes", &["IndexName"]),
        Set::new("/Table/LocalSecondaryIndexes/*/Projection/NonKeyAttributes", &[]),
        Set::new("/Table/Replicas", &["RegionName"]),
        Set::new("/Table/Replicas/*/GlobalSecondaryIndexes", &["IndexName"]),
        Set::new("/Table/VectorIndexes", &["IndexName"]),
        Set::new("/Table/VectorIndexes/*/Projection/NonKeyAttributes", &[]),
        Set::new("/Table/VectorIndexes/*/SearchSchema", &["AttributeName"]),
        Set::new("/Tags", &["Key"]),
    ],
    ordered: &[
        // Items are sorted by one attribute after the other.
        "/Table/GlobalSecondaryIndexes/*/KeySchema",
        "/Table/KeySchema",
        "/Table/LocalSecondaryIndexes/*/KeySchema",
    ],
    documents: &["/Policy"],
    dropped: &[
        // The ARN of the item.
        "/Table/TableArn",
        // They go on with the time.
        "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/EarliestRestorableDateTime",
        "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/LatestRestorableDateTime",
        // They change with what is in the table.
        "/Table/GlobalSecondaryIndexes/*/IndexSizeBytes",
        "/Table/GlobalSecondaryIndexes/*/ItemCount",
        "/Table/ItemCount",
        "/Table/LocalSecondaryIndexes/*/IndexSizeBytes",
        "/Table/LocalSecondaryIndexes/*/ItemCount",
        "/Table/TableSizeBytes",
        "/Table/VectorIndexes/*/IndexSizeBytes",
        "/Table/VectorIndexes/*/ItemCount",
        // Scaling moves them with the load.
        "/Table/GlobalSecondaryIndexes/*/ProvisionedThroughput",
        "/Table/GlobalSecondaryIndexes/*/WarmThroughput",
        "/Table/ProvisionedThroughput",
        "/Table/Replicas/*/GlobalSecondaryIndexes/*/ProvisionedThroughputOverride",
        "/Table/Replicas/*/GlobalSecondaryIndexes/*/WarmThroughput",
        "/Table/Replicas/*/ProvisionedThroughputOverride",
        "/Table/Replicas/*/WarmThroughput",
        "/Table/WarmThroughput",
        // How a change goes: what it changed shows.
        "/Table/GlobalSecondaryIndexes/*/Backfilling",
        "/Table/GlobalSecondaryIndexes/*/IndexStatus",
        "/Table/GlobalTableWitnesses/*/WitnessStatus",
        "/Table/Replicas/*/ReplicaStatus",
        "/Table/Replicas/*/ReplicaStatusDescription",
        "/Table/Replicas/*/ReplicaStatusPercentProgress",
        "/Table/RestoreSummary/RestoreInProgress",
        "/Table/TableStatus",
        "/Table/VectorIndexes/*/Backfilling",
        "/Table/VectorIndexes/*/IndexStatus",
    ],
    ids: "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    writes: &[
        Writes::new(
            "",
            &["CreateTable", "DeleteTable", "RestoreTableFromBackup", "RestoreTableToPointInTime"],
        ),
        Writes::new("/ContinuousBackupsDescription", &["UpdateContinuousBackups"]),
        Writes::new("/Policy", &["DeleteResourcePolicy", "PutResourcePolicy"]),
        Writes::new("/Table", &["UpdateTable"]),
        Writes::new("/TimeToLiveDescription", &["UpdateTimeToLive"]),
    ],
    ..Facts::of(&service::DYNAMODB, LIST)
};

const GONE: &[&str] = &["ResourceNotFoundException"];
const LIST: Operation = Operation::new("dynamodb:ListTables");
const BACKUPS: Operation =
    Operation::new("dynamodb:DescribeContinuousBackups").absent(&["TableNotFoundException"]);
const DESCRIBE: Operation = Operation::new("dynamodb:DescribeTable").absent(GONE);
const POLICY: Operation = Operation::new("dynamodb:GetResourcePolicy")
    .absent(&["PolicyNotFoundException", "ResourceNotFoundException"]);
const TAGS: Operation = Operation::new("dynamodb:ListTagsOfResource").absent(GONE);
const TTL: Operation = Operation::new("dynamodb:DescribeTimeToLive").absent(GONE);

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈tables / 100⌉`, one at least, and five a table.
#[must_use]
pub const fn fewest_calls(tables: usize) -> usize {
    pages_of(tables, PAGE as usize) + 5 * tables
}

/// A table by its name, with what is known of it where it was looked for.
#[derive(Debug)]
pub struct Table {
    name: String,
    description: Option<TableDescription>,
}

impl Described for Table {
    const FACTS: &'static Facts = &TABLE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.dynamodb(&scope.account, &scope.region)
    }

    async fn page(
        dynamodb: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let call = dynamodb.list_tables().limit(PAGE).set_exclusive_start_table_name(token);
            let page = call.send().await.map_err(|error| failed(LIST, &error))?;
            let names = page.table_names.unwrap_or_default().into_iter();
            let tables = names.map(|name| Self { name, description: None }).collect::<Vec<_>>();
            return Ok(Listed::page(tables, page.last_evaluated_table_name));
        };
        let mut there = Vec::new();
        for one in wanted {
            let name = one.id.rsplit('/').next().unwrap_or_default();
            let answer = dynamodb.describe_table().table_name(name).send().await;
            if let Some(description) = found(DESCRIBE, answer)?.and_then(|answer| answer.table) {
                there.push(Self { name: name.to_owned(), description: Some(description) });
            }
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        dynamodb: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let Self { name, description } = self;
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let arn = format!("arn:{partition}:dynamodb:{}:{account}:table/{name}", scope.region);
        let (table, backups, policy, tags, ttl) = join!(
            described(dynamodb, &name, description),
            dynamodb.describe_continuous_backups().table_name(&name).send(),
            dynamodb.get_resource_policy().resource_arn(&arn).send(),
            tags(dynamodb, &arn),
            dynamodb.describe_time_to_live().table_name(&name).send(),
        );
        let table = match table {
            Ok(Some(table)) => known(table.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let backups = match found(BACKUPS, backups) {
            Ok(Some(answer)) => known(answer.continuous_backups_description.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let tags = match tags {
            Ok(Some(tags)) => known(tags.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let policy = policy.map(|answer| answer.policy.to_json());
        let ttl = ttl.map(|answer| answer.time_to_live_description.to_json());
        let item = TABLE.observed(arn.as_str(), json!({ "TableName": name }));
        let item = item.named(name).with_arn(arn);
        let item = item
            .with("/ContinuousBackupsDescription", backups)
            .with("/Policy", part(POLICY, policy))
            .with("/Table", table)
            .with("/Tags", tags)
            .with("/TimeToLiveDescription", part(TTL, ttl));
        Ok(Some(item))
    }
}

/// The description of a table, unless it is known; `None` where the table is gone by now.
async fn described(
    dynamodb: &Client,
    name: &str,
    description: Option<TableDescription>,
) -> Result<Option<TableDescription>, Error> {
    if description.is_some() {
        return Ok(description);
    }
    let answer = dynamodb.describe_table().table_name(name).send().await;
    Ok(found(DESCRIBE, answer)?.and_then(|answer| answer.table))
}

/// The tags of a table; `None` where it is gone by now.
async fn tags(dynamodb: &Client, arn: &str) -> Result<Option<Vec<Tag>>, Error> {
    let tags = all(TAGS, |token| {
        let call = dynamodb.list_tags_of_resource().resource_arn(arn).set_next_token(token);
        async move {
            let page = found(TAGS, call.send().await)?;
            Ok(page.map(|page| Listed::page(page.tags, page.next_token)))
        }
    });
    tags.await
}
