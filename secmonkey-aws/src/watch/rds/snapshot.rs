//! DB snapshots.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSnapshot;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Part, Scope};

use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::rds::{MANUAL, PAGE, TAGS, observed};
use crate::watch::{Described, Events, Facts, Structure, known, pages_of};

/// DB snapshots that somebody took, with who may restore them.
///
/// Those that RDS and AWS Backup take by themselves are left out: they come and go every day,
/// and they cannot be shared before somebody copies them, which makes a snapshot that is
/// recorded. How many days they are kept says the instance.
pub const SNAPSHOT: Facts = Facts {
    id: "rds_snapshot",
    title: "DB snapshot",
    operations: &[ATTRIBUTES],
    structures: &[
        Structure::new("DBSnapshot", ""),
        Structure::new("DBSnapshotAttribute", "/DBSnapshotAttributes/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/dBSnapshotIdentifier",
            &[
                "CreateDBSnapshot",
                "DeleteDBSnapshot",
                "ModifyDBSnapshot",
                "ModifyDBSnapshotAttribute",
            ],
        ),
        // The last one, of an instance that is deleted.
        Events::new("/requestParameters/finalDBSnapshotIdentifier", &["DeleteDBInstance"]),
        TAGS,
        Events::new("/requestParameters/targetDBSnapshotIdentifier", &["CopyDBSnapshot"]),
    ],
    sets: &[
        Set::new("/AdditionalStorageVolumes", &["VolumeName"]),
        Set::new("/DBSnapshotAttributes", &["AttributeName"]),
        Set::new("/DBSnapshotAttributes/*/AttributeValues", &[]),
        Set::new("/ProcessorFeatures", &["Name"]),
        Set::new("/TagList", &["Key"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/DBSnapshotArn",
        // How taking it goes.
        "/PercentProgress",
        "/Status",
    ],
    ..Facts::of(&service::RDS, SNAPSHOTS)
};

const SNAPSHOTS: Operation = Operation::new("rds:DescribeDBSnapshots");
const ATTRIBUTES: Operation =
    Operation::new("rds:DescribeDBSnapshotAttributes").absent(&["DBSnapshotNotFound"]);

/// The fewest calls that read one region: `⌈snapshots / 100⌉`, one at least, and one a
/// snapshot.
#[must_use]
pub const fn fewest_calls(snapshots: usize) -> usize {
    pages_of(snapshots, PAGE as usize) + snapshots
}

impl Described for DbSnapshot {
    described!(
        SNAPSHOT,
        describe_db_snapshots("db-snapshot-id").snapshot_type(MANUAL) => db_snapshots
    );

    type Beside = ();

    async fn observe(
        self,
        rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBSnapshotArn", self.db_snapshot_arn.clone());
        let name = ("DBSnapshotIdentifier", self.db_snapshot_identifier.clone());
        let snapshot = observed(&SNAPSHOT, arn, name, self.to_json())?;
        let name = snapshot.name.as_str();
        let answer = rds.describe_db_snapshot_attributes().db_snapshot_identifier(name).send();
        let attributes = match found(ATTRIBUTES, answer.await) {
            Ok(Some(answer)) => {
                let result = answer.db_snapshot_attributes_result;
                known(result.and_then(|result| result.db_snapshot_attributes).to_json())
            }
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        Ok(Some(snapshot.with("/DBSnapshotAttributes", attributes)))
    }
}
