//! Volumes: the disks of instances.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Volume, VolumeState};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, Writes, pages_of, required};

/// The account's own volumes. What one is attached to is a relation, and so is whether it
/// is in use. A deleted one counts as gone.
pub const VOLUME: Facts = Facts {
    id: "ebs_volume",
    title: "EBS volume",
    structures: &[Structure::new("Volume", "")],
    events: &[
        Events::new("/requestParameters/ModifyVolumeRequest/VolumeId", &["ModifyVolume"]),
        TAGS,
        Events::new(
            "/requestParameters/volumeId",
            &["AttachVolume", "DeleteVolume", "DetachVolume"],
        ),
        Events::new("/responseElements/volumeId", &["CreateVolume"]),
    ],
    sets: &[
        Set::new(ATTACHMENTS, &["AssociatedResource", "InstanceId"]),
        Set::new("/Tags", &["Key"]),
    ],
    relations: &[ATTACHMENTS, "/State"],
    dropped: &[
        // How attaching goes, and when it was done: what it is attached to shows.
        "/Attachments/*/AttachTime",
        "/Attachments/*/State",
        "/VolumeArn", // the ARN of the item
    ],
    writes: &[
        Writes::new("", &["CreateVolume", "DeleteVolume"]),
        Writes::new("/Attachments", &["AttachVolume", "DetachVolume"]),
    ],
    ..Facts::of(&service::EC2, VOLUMES)
};

const VOLUMES: Operation = Operation::new("ec2:DescribeVolumes");
const ATTACHMENTS: &str = "/Attachments";

/// The fewest calls that read one region: `⌈volumes / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(volumes: usize) -> usize {
    pages_of(volumes, PAGE as usize)
}

impl Described for Volume {
    described!(
        VOLUME, describe_volumes.set_filters("volume-id") => volumes,
        include_managed_resources(true)
    );

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) || self.state() == Some(&VolumeState::Deleted) {
            return Ok(None);
        }
        let id = required(VOLUMES, "VolumeId", self.volume_id.clone())?;
        let told = self.volume_arn.clone().filter(|arn| !arn.is_empty());
        let arn = told.unwrap_or_else(|| arn(scope, "volume", &id));
        let name = name(self.tags(), &id);
        Ok(Some(VOLUME.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
