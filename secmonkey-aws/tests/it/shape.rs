//! SDK values as the AWS CLI prints them.

use aws_sdk_ec2::types::{
    GroupIdentifier, IpPermission, IpRange, Ipv6Range, NetworkInterface, NetworkInterfaceType,
    PrefixListId, SecurityGroup, Tag, UserIdGroupPair,
};
use aws_sdk_iam::types::{AttachedPolicy, UserDetail};
use aws_sdk_s3::types::{MetricsAndOperator, MetricsConfiguration, MetricsFilter};
use aws_smithy_types::{Blob, DateTime};
use secmonkey_aws::shape::{Shape as _, sensitive};
use serde_json::json;

use crate::replay::{Answer, Replay, account, fixture, sessions};

#[test]
fn every_member_of_a_security_group_has_the_name_that_aws_gives_it() {
    let group = SecurityGroup::builder()
        .group_id("sg-0a1b2c3d")
        .group_name("web")
        .description("web servers")
        .owner_id("123456789012")
        .vpc_id("vpc-1")
        .security_group_arn("arn:aws:ec2:us-east-1:123456789012:security-group/sg-0a1b2c3d")
        .tags(Tag::builder().key("team").value("sec").build())
        .ip_permissions(
            IpPermission::builder()
                .ip_protocol("tcp")
                .from_port(443)
                .to_port(443)
                .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").description("all").build())
                .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
                .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
                .user_id_group_pairs(
                    UserIdGroupPair::builder()
                        .group_id("sg-2")
                        .user_id("210987654321")
                        .vpc_peering_connection_id("pcx-1")
                        .peering_status("active")
                        .build(),
                )
                .build(),
        )
        .ip_permissions_egress(IpPermission::builder().ip_protocol("-1").build())
        .build();
    assert_eq!(
        group.to_json(),
        json!({
            "Description": "web servers",
            "GroupId": "sg-0a1b2c3d",
            "GroupName": "web",
            "IpPermissions": [{
                "FromPort": 443,
                "IpProtocol": "tcp",
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}],
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
                "PrefixListIds": [{"PrefixListId": "pl-1"}],
                "ToPort": 443,
                "UserIdGroupPairs": [{
                    "GroupId": "sg-2",
                    "PeeringStatus": "active",
                    "UserId": "210987654321",
                    "VpcPeeringConnectionId": "pcx-1",
                }],
            }],
            "IpPermissionsEgress": [{"IpProtocol": "-1"}],
            "OwnerId": "123456789012",
            "SecurityGroupArn":
                "arn:aws:ec2:us-east-1:123456789012:security-group/sg-0a1b2c3d",
            "Tags": [{"Key": "team", "Value": "sec"}],
            "VpcId": "vpc-1",
        })
    );
}

#[test]
fn times_blobs_enumerations_and_odd_names_are_written_as_aws_writes_them() {
    let user = UserDetail::builder()
        .user_name("alice")
        .create_date(DateTime::from_millis(1_700_000_000_250))
        .attached_managed_policies(
            AttachedPolicy::builder().policy_arn("arn:aws:iam::1:policy/a").build(),
        )
        .build();
    assert_eq!(
        user.to_json(),
        json!({
            "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::1:policy/a"}],
            "CreateDate": "2023-11-14T22:13:20.25Z",
            "UserName": "alice",
        })
    );
    assert_eq!(DateTime::from_secs(0).to_json(), "1970-01-01T00:00:00Z");
    assert_eq!(Blob::new([0_u8, 255, 16]).to_json(), "AP8Q");

    let interface = NetworkInterface::builder()
        .groups(GroupIdentifier::builder().group_id("sg-1").build())
        .interface_type(NetworkInterfaceType::EfaOnly)
        .build();
    assert_eq!(
        interface.to_json(),
        json!({"Groups": [{"GroupId": "sg-1"}], "InterfaceType": "efa-only"})
    );
    // A value that this release does not know is kept.
    assert_eq!(NetworkInterfaceType::from("of-tomorrow").to_json(), "of-tomorrow");
}

#[test]
fn a_union_is_the_member_it_holds() {
    let metrics = |filter| {
        let built = MetricsConfiguration::builder().id("all").filter(filter).build();
        built.unwrap().to_json()
    };
    assert_eq!(
        metrics(MetricsFilter::Prefix("logs/".to_owned())),
        json!({"Filter": {"Prefix": "logs/"}, "Id": "all"})
    );
    let both = MetricsAndOperator::builder().prefix("logs/").access_point_arn("arn").build();
    assert_eq!(
        metrics(MetricsFilter::And(both)),
        json!({"Filter": {"And": {"AccessPointArn": "arn", "Prefix": "logs/"}}, "Id": "all"})
    );
}

#[tokio::test]
async fn a_recorded_answer_reads_as_the_cli_prints_it() {
    let replay = Replay::default();
    let sessions = sessions(&replay, 1).await;
    let s3 = sessions.s3(&account(), "us-east-1");

    replay.set([Answer::ok(fixture("s3/ListBucketInventoryConfigurations.xml"))]);
    let inventory = s3.list_bucket_inventory_configurations().bucket("b").send().await.unwrap();
    let json = inventory.to_json();
    assert_eq!(json["InventoryConfigurationList"][0]["Id"], "daily");
    // What tells of the listing is no configuration.
    assert_eq!(json.as_object().unwrap().len(), 1);
    let key = sensitive("s3", "ListBucketInventoryConfigurationsOutput").unwrap()[0];
    assert_eq!(
        json.pointer(&key.replace('*', "1")).unwrap(),
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd"
    );

    replay.set([Answer::ok(fixture("s3/GetBucketReplication.xml"))]);
    let replication = s3.get_bucket_replication().bucket("b").send().await.unwrap().to_json();
    assert_eq!(
        replication["ReplicationConfiguration"]["Rules"][1]["Filter"],
        json!({"Tag": {"Key": "copy", "Value": "yes"}})
    );
}

#[test]
fn sensitive_members_are_known_by_structure() {
    assert_eq!(sensitive("ec2", "SecurityGroup"), Some(&[][..]));
    assert_eq!(sensitive("ec2", "Unwatched"), None);
}
