//! Snapshots of volumes: copies of disks, and who may make volumes of them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Snapshot, SnapshotAttributeName};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Part, Scope};

use crate::error::found;
use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn_of_nobody, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, known, pages_of, required};

/// The account's own snapshots, and whom they are shared with: AWS tells only one by one.
///
/// That a snapshot is finished, when, and what it came to is no change of it. Which products
/// of the Marketplace are on it would take another call for each, and is left out.
pub const SNAPSHOT: Facts = Facts {
    id: "ebs_snapshot",
    title: "EBS snapshot",
    operations: &[ATTRIBUTE],
    structures: &[
        Structure::new("CreateVolumePermission", "/CreateVolumePermissions/*"),
        Structure::new("Snapshot", ""),
    ],
    events: &[
        Events::new(
            "/requestParameters/ModifySnapshotTierRequest/SnapshotId",
            &["ModifySnapshotTier"],
        ),
        Events::new(
            "/requestParameters/RestoreSnapshotFromRecycleBinRequest/SnapshotId",
            &["RestoreSnapshotFromRecycleBin"],
        ),
        Events::new(
            "/requestParameters/RestoreSnapshotTierRequest/SnapshotId",
            &["RestoreSnapshotTier"],
        ),
        TAGS,
        Events::new(
            "/requestParameters/snapshotId",
            &["DeleteSnapshot", "ModifySnapshotAttribute", "ResetSnapshotAttribute"],
        ),
        Events::new("/responseElements/snapshotId", &["CopySnapshot", "CreateSnapshot"]),
    ],
    sets: &[Set::new(PERMISSIONS, &["Group", "UserId"]), Set::new("/Tags", &["Key"])],
    relations: &["/CompletionTime", "/FullSnapshotSizeInBytes", "/State"],
    dropped: &[
        // How copying goes.
        "/Progress",
        "/StateMessage",
    ],
    writes: &[Writes::new("", &["CopySnapshot", "CreateSnapshot", "DeleteSnapshot"])],
    ..Facts::of(&service::EC2, SNAPSHOTS)
};

const SNAPSHOTS: Operation = Operation::new("ec2:DescribeSnapshots");
const ATTRIBUTE: Operation =
    Operation::new("ec2:DescribeSnapshotAttribute").absent(&["InvalidSnapshot.NotFound"]);

const PERMISSIONS: &str = "/CreateVolumePermissions";

/// The fewest calls that read one region: `⌈snapshots / 1000⌉`, one at least, and one for
/// each.
#[must_use]
pub const fn fewest_calls(snapshots: usize) -> usize {
    pages_of(snapshots, PAGE as usize) + snapshots
}

impl Described for Snapshot {
    described!(SNAPSHOT, describe_snapshots.set_filters("snapshot-id") => snapshots, owner_ids("self"));

    type Beside = ();

    async fn observe(
        self,
        ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(SNAPSHOTS, "SnapshotId", self.snapshot_id.clone())?;
        let call = ec2.describe_snapshot_attribute().snapshot_id(&id);
        let answer = call.attribute(SnapshotAttributeName::CreateVolumePermission).send().await;
        let permissions = match found(ATTRIBUTE, answer) {
            Ok(Some(answer)) => known(answer.create_volume_permissions.to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let (name, arn) = (name(self.tags(), &id), arn_of_nobody(scope, "snapshot", &id));
        let snapshot = SNAPSHOT.observed(id, self.to_json()).named(name).with_arn(arn);
        Ok(Some(snapshot.with(PERMISSIONS, permissions)))
    }
}
