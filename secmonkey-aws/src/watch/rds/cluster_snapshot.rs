//! DB cluster snapshots.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbClusterSnapshot;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Part, Scope};

use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::rds::{MANUAL, PAGE, TAGS, observed};
use crate::watch::{Described, Events, Facts, Structure, known, pages_of};

/// DB cluster snapshots that somebody took, with who may restore them: of Aurora and Multi-AZ
/// clusters, and of Neptune and DocumentDB, which are listed with them.
///
/// Those that are taken automatically are left out: they come and go every day, and they
/// cannot be shared before somebody copies them, which makes a snapshot that is recorded. How
/// many days they are kept says the cluster.
pub const CLUSTER_SNAPSHOT: Facts = Facts {
    id: "rds_cluster_snapshot",
    title: "DB cluster snapshot",
    operations: &[ATTRIBUTES],
    structures: &[
        Structure::new("DBClusterSnapshot", ""),
        Structure::new("DBClusterSnapshotAttribute", "/DBClusterSnapshotAttributes/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/dBClusterSnapshotIdentifier",
            &[
                "CreateDBClusterSnapshot",
                "DeleteDBClusterSnapshot",
                "ModifyDBClusterSnapshotAttribute",
            ],
        ),
        // The last one, of a cluster that is deleted.
        Events::new("/requestParameters/finalDBSnapshotIdentifier", &["DeleteDBCluster"]),
        TAGS,
        Events::new(
            "/requestParameters/targetDBClusterSnapshotIdentifier",
            &["CopyDBClusterSnapshot"],
        ),
    ],
    sets: &[
        Set::new("/AvailabilityZones", &[]),
        Set::new("/DBClusterSnapshotAttributes", &["AttributeName"]),
        Set::new("/DBClusterSnapshotAttributes/*/AttributeValues", &[]),
        Set::new("/TagList", &["Key"]),
    ],
    dropped: &[
        // The ARN of the item.
        "/DBClusterSnapshotArn",
        // How taking it goes.
        "/PercentProgress",
        "/Status",
    ],
    ..Facts::of(&service::RDS, SNAPSHOTS)
};

const SNAPSHOTS: Operation = Operation::new("rds:DescribeDBClusterSnapshots");
const ATTRIBUTES: Operation = Operation::new("rds:DescribeDBClusterSnapshotAttributes")
    .absent(&["DBClusterSnapshotNotFoundFault"]);

/// The fewest calls that read one region: `⌈snapshots / 100⌉`, one at least, and one a
/// snapshot.
#[must_use]
pub const fn fewest_calls(snapshots: usize) -> usize {
    pages_of(snapshots, PAGE as usize) + snapshots
}

impl Described for DbClusterSnapshot {
    described!(
        CLUSTER_SNAPSHOT,
        describe_db_cluster_snapshots("db-cluster-snapshot-id").snapshot_type(MANUAL)
            => db_cluster_snapshots
    );

    type Beside = ();

    async fn observe(
        self,
        rds: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let arn = ("DBClusterSnapshotArn", self.db_cluster_snapshot_arn.clone());
        let name = ("DBClusterSnapshotIdentifier", self.db_cluster_snapshot_identifier.clone());
        let snapshot = observed(&CLUSTER_SNAPSHOT, arn, name, self.to_json())?;
        let call = rds.describe_db_cluster_snapshot_attributes();
        let answer = call.db_cluster_snapshot_identifier(snapshot.name.as_str()).send();
        let attributes = match found(ATTRIBUTES, answer.await) {
            Ok(Some(answer)) => {
                let result = answer.db_cluster_snapshot_attributes_result;
                known(result.and_then(|result| result.db_cluster_snapshot_attributes).to_json())
            }
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        Ok(Some(snapshot.with("/DBClusterSnapshotAttributes", attributes)))
    }
}
