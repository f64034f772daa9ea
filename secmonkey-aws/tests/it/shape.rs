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
    let seeds = sensitive("iam", "VirtualMfaDevice").unwrap();
    assert_eq!(seeds, ["/Base32StringSeed", "/QRCodePNG"]);
    assert_eq!(sensitive("ec2", "SecurityGroup"), Some(&[][..]));
    assert_eq!(sensitive("ec2", "Unwatched"), None);
}

/// The structures that a technology's configurations are made of, and where each stands
/// in them.
fn structures(technology: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    match technology {
        "elastic_ip" => &[("ec2", "Address", "")],
        "nat_gateway" => &[("ec2", "NatGateway", "")],
        "vpc" => &[("ec2", "Vpc", "")],
        "vpc_endpoint" => &[("ec2", "VpcEndpoint", "")],
        "security_group" => &[("ec2", "SecurityGroup", ""), ("ec2", "NetworkInterface", "/")],
        "iam_group" => &[("iam", "GroupDetail", ""), ("iam", "User", "/Users/*")],
        "iam_managed_policy" => &[("iam", "ManagedPolicyDetail", "")],
        "iam_role" => &[("iam", "RoleDetail", ""), ("iam", "Role", "")],
        "iam_user" => &[
            ("iam", "UserDetail", ""),
            ("iam", "User", ""),
            ("iam", "AccessKeyMetadata", "/AccessKeys/*"),
            ("iam", "AccessKeyLastUsed", "/AccessKeys/*"),
            ("iam", "LoginProfile", "/LoginProfile"),
            ("iam", "MfaDevice", "/MFADevices/*"),
            ("iam", "SigningCertificate", "/Certificates/*"),
        ],
        "s3_account" => &[("s3control", "PublicAccessBlockConfiguration", "")],
        "s3_bucket" => &[
            ("s3", "Bucket", ""),
            ("s3", "GetBucketAccelerateConfigurationOutput", ""),
            ("s3", "GetBucketAclOutput", ""),
            ("s3", "GetBucketCorsOutput", ""),
            ("s3", "GetBucketEncryptionOutput", ""),
            ("s3", "GetBucketLifecycleConfigurationOutput", ""),
            ("s3", "GetBucketLocationOutput", ""),
            ("s3", "GetBucketLoggingOutput", ""),
            ("s3", "GetBucketNotificationConfigurationOutput", ""),
            ("s3", "GetBucketOwnershipControlsOutput", ""),
            ("s3", "GetBucketPolicyOutput", ""),
            ("s3", "GetBucketPolicyStatusOutput", ""),
            ("s3", "GetBucketReplicationOutput", ""),
            ("s3", "GetBucketRequestPaymentOutput", ""),
            ("s3", "GetBucketTaggingOutput", ""),
            ("s3", "GetBucketVersioningOutput", ""),
            ("s3", "GetBucketWebsiteOutput", ""),
            ("s3", "GetObjectLockConfigurationOutput", ""),
            ("s3", "GetPublicAccessBlockOutput", ""),
            ("s3", "ListBucketAnalyticsConfigurationsOutput", ""),
            ("s3", "ListBucketIntelligentTieringConfigurationsOutput", ""),
            ("s3", "ListBucketInventoryConfigurationsOutput", ""),
            ("s3", "ListBucketMetricsConfigurationsOutput", ""),
        ],
        "ses_identity" => &[
            ("ses", "IdentityDkimAttributes", "/DkimAttributes"),
            ("ses", "IdentityMailFromDomainAttributes", "/MailFromDomainAttributes"),
            ("ses", "IdentityNotificationAttributes", "/NotificationAttributes"),
            ("ses", "IdentityVerificationAttributes", "/VerificationAttributes"),
        ],
        other => panic!("say here which structures {other} is made of"),
    }
}

#[test]
fn a_sensitive_member_is_recorded_only_where_its_technology_says_why() {
    for technology in secmonkey_aws::watch::technologies() {
        let mut marked = Vec::new();
        for (service, structure, place) in structures(technology.id) {
            let pointers = sensitive(service, structure);
            let pointers = pointers.unwrap_or_else(|| panic!("no structure {service} {structure}"));
            marked.extend(pointers.iter().map(|pointer| format!("{place}{pointer}")));
        }
        for pointer in &marked {
            let (plain, dropped) = (technology.plain, technology.dropped);
            let said = plain.contains(&pointer.as_str()) || dropped.contains(&pointer.as_str());
            assert!(said, "{}: {pointer} is neither dropped nor plain", technology.id);
        }
        for pointer in technology.plain {
            let is_marked = marked.iter().any(|marked| marked == pointer);
            assert!(is_marked, "{}: nothing sensitive at {pointer}", technology.id);
        }
    }
}
