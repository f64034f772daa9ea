//! Instances: what runs, as whom, and how it is reached.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Instance, InstanceAttributeName, InstanceStateName};
use secmonkey_core::technology::{Kind, Name, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, name, only};
use crate::watch::{Described, Events, Facts, Structure, Writes, known, pages_of, required};

/// Instances, with their user data as a digest: it often holds secrets.
///
/// Whether an instance runs, since when, and the public address that it has while it does
/// are relations, as are its volumes and interfaces: what starts in the morning and stops in
/// the evening has not changed. Protection from termination would take another call for each
/// instance and is left out. A terminated instance is listed for about an hour longer: it
/// counts as gone.
pub const INSTANCE: Facts = Facts {
    id: "ec2_instance",
    title: "EC2 instance",
    operations: &[ATTRIBUTE],
    structures: &[Structure::new("Instance", "")],
    events: &[
        Events::new(
            "/requestParameters/AssociateIamInstanceProfileRequest/InstanceId",
            &["AssociateIamInstanceProfile"],
        ),
        Events::new(
            "/requestParameters/ModifyInstanceCapacityReservationAttributesRequest/InstanceId",
            &["ModifyInstanceCapacityReservationAttributes"],
        ),
        Events::new(
            "/requestParameters/ModifyInstanceMaintenanceOptionsRequest/InstanceId",
            &["ModifyInstanceMaintenanceOptions"],
        ),
        Events::new(
            "/requestParameters/ModifyInstanceMetadataOptionsRequest/InstanceId",
            &["ModifyInstanceMetadataOptions"],
        ),
        Events::new(
            "/requestParameters/ModifyPrivateDnsNameOptionsRequest/InstanceId",
            &["ModifyPrivateDnsNameOptions"],
        ),
        Events::new(
            "/requestParameters/instanceId",
            &[
                "AssociateAddress",
                "AttachNetworkInterface",
                "AttachVolume",
                "ModifyInstanceAttribute",
                "ModifyInstancePlacement",
                "ResetInstanceAttribute",
            ],
        ),
        Events::new(
            "/requestParameters/instancesSet/items/*/instanceId",
            &[
                "MonitorInstances",
                "StartInstances",
                "StopInstances",
                "TerminateInstances",
                "UnmonitorInstances",
            ],
        ),
        TAGS,
        Events::new(
            "/responseElements/DisassociateIamInstanceProfileResponse/iamInstanceProfileAssociation/instanceId",
            &["DisassociateIamInstanceProfile"],
        ),
        Events::new(
            "/responseElements/ReplaceIamInstanceProfileAssociationResponse/iamInstanceProfileAssociation/instanceId",
            &["ReplaceIamInstanceProfileAssociation"],
        ),
        Events::new("/responseElements/instanceId", &["DetachVolume"]),
        Events::new("/responseElements/instancesSet/items/*/instanceId", &["RunInstances"]),
    ],
    sets: &[
        Set::new(DEVICES, &["DeviceName"]),
        Set::new("/Licenses", &["LicenseConfigurationArn"]),
        Set::new(INTERFACES, &["NetworkInterfaceId"]),
        Set::new("/NetworkInterfaces/*/Groups", &["GroupId"]),
        Set::new("/NetworkInterfaces/*/Ipv4Prefixes", &["Ipv4Prefix"]),
        Set::new("/NetworkInterfaces/*/Ipv6Addresses", &["Ipv6Address"]),
        Set::new("/NetworkInterfaces/*/Ipv6Prefixes", &["Ipv6Prefix"]),
        Set::new("/NetworkInterfaces/*/PrivateIpAddresses", &["PrivateIpAddress"]),
        Set::new("/ProductCodes", &["ProductCodeId"]),
        Set::new(SECONDARY, &["SecondaryInterfaceId"]),
        Set::new("/SecondaryInterfaces/*/PrivateIpAddresses", &["PrivateIpAddress"]),
        Set::new("/SecurityGroups", &["GroupId"]),
        Set::new("/Tags", &["Key"]),
    ],
    relations: &[
        DEVICES,
        // An open instance is given to a reservation and taken from it as there is room.
        "/CapacityReservationId",
        "/LaunchTime",
        INTERFACES,
        "/PublicDnsName",
        "/PublicIpAddress",
        SECONDARY,
        "/State",
    ],
    dropped: &[
        // How attaching goes, and when it was done: what is attached shows.
        "/BlockDeviceMappings/*/Ebs/AttachTime",
        "/BlockDeviceMappings/*/Ebs/Status",
        "/NetworkInterfaces/*/Attachment/AttachTime",
        "/NetworkInterfaces/*/Attachment/Status",
        "/NetworkInterfaces/*/Status",
        "/SecondaryInterfaces/*/Attachment/AttachTime",
        "/SecondaryInterfaces/*/Attachment/Status",
        "/SecondaryInterfaces/*/Status",
        // Whether the options are in force yet.
        "/MetadataOptions/State",
        // Why it last stopped or started.
        "/StateReason",
        "/StateTransitionReason",
        // When what is billed was last looked at.
        "/UsageOperationUpdateTime",
    ],
    secret: &[USER_DATA],
    names: &[
        Name::new(Kind::BLOCK, "/Ipv6Address"),
        Name::new(Kind::BLOCK, "/NetworkInterfaces/*/Association/CarrierIp"),
        Name::new(Kind::BLOCK, "/NetworkInterfaces/*/Association/PublicIp"),
        Name::new(Kind::BLOCK, "/NetworkInterfaces/*/Ipv6Addresses/*/Ipv6Address"),
        Name::new(Kind::BLOCK, "/NetworkInterfaces/*/PrivateIpAddresses/*/Association/PublicIp"),
        Name::new(Kind::BLOCK, "/NetworkInterfaces/*/PrivateIpAddresses/*/PrivateIpAddress"),
        Name::new(Kind::BLOCK, "/PrivateIpAddress"),
        Name::new(Kind::BLOCK, "/PublicIpAddress"),
    ],
    writes: &[
        Writes::new("", &["RunInstances", "TerminateInstances"]),
        Writes::new("/BlockDeviceMappings", &["AttachVolume", "DetachVolume"]),
        Writes::new(
            "/IamInstanceProfile",
            &[
                "AssociateIamInstanceProfile",
                "DisassociateIamInstanceProfile",
                "ReplaceIamInstanceProfileAssociation",
            ],
        ),
        Writes::new("/MaintenanceOptions", &["ModifyInstanceMaintenanceOptions"]),
        Writes::new("/MetadataOptions", &["ModifyInstanceMetadataOptions"]),
        Writes::new("/Monitoring", &["MonitorInstances", "UnmonitorInstances"]),
        Writes::new("/NetworkInterfaces", &["AssociateAddress", "AttachNetworkInterface"]),
        Writes::new("/Placement", &["ModifyInstancePlacement"]),
        Writes::new("/PrivateDnsNameOptions", &["ModifyPrivateDnsNameOptions"]),
        Writes::new("/PublicIpAddress", &["AssociateAddress"]),
        Writes::new("/State", &["StartInstances", "StopInstances", "TerminateInstances"]),
    ],
    ..Facts::of(&service::EC2, INSTANCES)
};

const INSTANCES: Operation = Operation::new("ec2:DescribeInstances");
const ATTRIBUTE: Operation =
    Operation::new("ec2:DescribeInstanceAttribute").absent(&["InvalidInstanceID.NotFound"]);

const DEVICES: &str = "/BlockDeviceMappings";
const INTERFACES: &str = "/NetworkInterfaces";
const SECONDARY: &str = "/SecondaryInterfaces";
const USER_DATA: &str = "/UserData";

/// The fewest calls that read one region: `⌈instances / 1000⌉`, one at least, those that
/// were terminated within the hour included, and one for each of the others.
#[must_use]
pub const fn fewest_calls(terminated: usize, others: usize) -> usize {
    pages_of(terminated + others, PAGE as usize) + others
}

impl Described for Instance {
    const FACTS: &'static Facts = &INSTANCE;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ec2(&scope.account, &scope.region)
    }

    async fn page(
        ec2: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = ec2.describe_instances().max_results(PAGE).set_next_token(token);
        let call = call.set_filters(only("instance-id", wanted)).include_managed_resources(true);
        let page = call.send().await.map_err(|error| failed(INSTANCES, &error))?;
        let reservations = page.reservations.unwrap_or_default().into_iter();
        let instances = reservations.flat_map(|one| one.instances.unwrap_or_default());
        Ok(Listed::page(instances.collect::<Vec<_>>(), page.next_token))
    }

    async fn observe(
        self,
        ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let state = self.state().and_then(|state| state.name());
        if state == Some(&InstanceStateName::Terminated) {
            return Ok(None);
        }
        let id = required(INSTANCES, "InstanceId", self.instance_id.clone())?;
        let call = ec2.describe_instance_attribute().instance_id(&id);
        let answer = call.attribute(InstanceAttributeName::UserData).send().await;
        let user_data = match found(ATTRIBUTE, answer) {
            Ok(Some(answer)) => known(answer.user_data.and_then(|data| data.value).to_json()),
            Ok(None) => return Ok(None),
            Err(error) => Part::Failed(error),
        };
        let (name, arn) = (name(self.tags(), &id), arn(scope, "instance", &id));
        let instance = INSTANCE.observed(id, self.to_json()).named(name).with_arn(arn);
        Ok(Some(instance.with(USER_DATA, user_data)))
    }
}
