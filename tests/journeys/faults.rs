//! Whatever breaks between us and AWS: nothing is recorded as changed or deleted by a
//! look that failed, the scan says what it did not see, and the next one carries on.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::Value;

use crate::lab::{Lab, item_events};
use crate::proxy::{Answer, Call, Fault};

/// One technology for each protocol that AWS speaks; the harness of secmonkey-aws breaks
/// every operation of every technology, in process.
const SCAN: &[&str] = &[
    "--format",
    "json",
    "scan",
    "--technology",
    "iam_account",
    "--technology",
    "iam_group",
    "--technology",
    "iam_managed_policy",
    "--technology",
    "iam_role",
    "--technology",
    "iam_user",
    "--technology",
    "s3_account",
    "--technology",
    "sqs_queue",
    "--technology",
    "vpc",
];

/// Breaks every operation of such a scan in turn, each in a scan of its own. What a failed
/// look recorded wrongly, the scan at the end, or the log, would show.
fn every_operation(fault: Fault) {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.moto.python("client('sqs').create_queue(QueueName='orders', tags={'owner': 'shop'})");
    lab.scan();
    lab.proxy.calls();
    lab.proxy.remember();
    let began = Instant::now();
    lab.run(SCAN).expect(0);
    let whole = began.elapsed();
    let operations: BTreeSet<String> =
        lab.proxy.calls().into_iter().map(|call| call.operation).collect();
    let services: BTreeSet<&str> =
        operations.iter().filter_map(|operation| operation.split(':').next()).collect();
    assert_eq!(services, ["ec2", "iam", "s3", "sqs", "sts"].into(), "{operations:?}");
    let recorded = lab.log().len();
    if fault == Fault::Hang {
        // What answers has twice the time of a whole scan to do so, however busy the
        // machine is.
        let patience = (2 * whole.as_secs()).max(2);
        lab.configure(&format!("[scan]\ntimeout = {patience}\n"));
    }
    for operation in operations {
        let broken = operation.clone();
        lab.proxy.tell(move |call| {
            if call.operation == broken { Answer::Broken(fault) } else { Answer::Genuine }
        });
        let ran = lab.run(SCAN);
        assert_ne!(ran.code(), Some(0), "{operation} is broken, and nobody says so: {ran}");
        if operation == "sts:GetCallerIdentity" && ran.code() == Some(2) {
            // Nobody accepts the credentials: there was no scan.
            ran.error();
        } else {
            names_what_failed(&ran.expect(3).json(), &operation, fault);
        }
    }
    lab.proxy.pass();
    lab.run(SCAN).expect(0);
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

/// A scan names the scopes it could not read, and no others.
fn names_what_failed(scan: &Value, operation: &str, fault: Fault) {
    let (service, name) = operation.split_once(':').unwrap();
    let failed = scan["failed_sweeps"].as_array().unwrap();
    assert!(!failed.is_empty(), "{operation}: {scan}");
    for one in failed {
        let technology = one["scope"]["technology"].as_str().unwrap();
        let told = one["operation"].as_str().unwrap();
        let meant = match service {
            "ec2" => match name {
                "DescribeAddresses" => technology == "elastic_ip",
                "DescribeManagedPrefixLists" | "GetManagedPrefixListEntries" => {
                    technology == "ec2_prefix_list"
                }
                "DescribeNatGateways" => technology == "nat_gateway",
                "DescribeNetworkInterfaces" | "DescribeSecurityGroups" => {
                    technology == "security_group"
                }
                // Nobody says which regions there are.
                "DescribeRegions" => one["scope"]["region"] == "*",
                "DescribeVpcEndpoints" => technology == "vpc_endpoint",
                "DescribeVpcs" => technology == "vpc",
                _ => false,
            },
            "iam" => technology.starts_with("iam_"),
            "s3" => technology.starts_with("s3_"),
            "ses" => technology == "ses_identity",
            "sqs" => technology == "sqs_queue",
            // Nobody knows whose credentials these are: nothing is read.
            _ => true,
        };
        assert!(meant, "{operation}: {one}");
        match service {
            "s3" => assert!(told.starts_with("s3:"), "{operation}: {one}"),
            // What would have been asked with the credentials.
            "sts" => {}
            // Whether the call or the sweep runs out of time first.
            service if fault == Fault::Hang => assert!(told.starts_with(service), "{one}"),
            _ => assert_eq!(told, operation, "{one}"),
        }
        assert!(!one["reason"].as_str().unwrap().is_empty(), "{operation}: {one}");
        assert!(one["scope"]["account"].is_string() && one["scope"]["region"].is_string(), "{one}");
    }
}

#[test]
fn throttled() {
    every_operation(Fault::Throttled);
}

#[test]
fn unavailable() {
    every_operation(Fault::Unavailable);
}

#[test]
fn denied() {
    every_operation(Fault::Denied);
}

#[test]
fn reset() {
    every_operation(Fault::Reset);
}

#[test]
fn reset_halfway() {
    every_operation(Fault::ResetHalfway);
}

#[test]
fn truncated() {
    every_operation(Fault::Truncated);
}

#[test]
fn garbage() {
    every_operation(Fault::Garbage);
}

#[test]
fn portal() {
    every_operation(Fault::Portal);
}

#[test]
fn hang() {
    every_operation(Fault::Hang);
}

/// A deletion needs a listing that ended and a look-up that found nothing: where either
/// fails, the item stays as it was, and is found gone once both work again.
#[test]
fn nothing_is_gone_until_the_look_up_says_so() {
    let lab = Lab::company().in_regions(&["eu-west-1"]);
    lab.moto.python("client('ec2', 'eu-west-1').create_vpc(CidrBlock='10.99.0.0/16')");
    lab.scan();
    lab.moto.python(
        "iam.delete_role_policy(RoleName='web-server', PolicyName='assets')\n\
         iam.remove_role_from_instance_profile(InstanceProfileName='web-server', RoleName='web-server')\n\
         iam.delete_role(RoleName='web-server')\n\
         s3.delete_bucket(Bucket='lighthouse-archive-2014')\n\
         ses.delete_identity(Identity='lighthouse.example')\n\
         mail = client('ses', 'eu-west-1')\n\
         mail.delete_identity(Identity='hello@lighthouse.example')\n\
         europe = client('ec2', 'eu-west-1')\n\
         [database] = europe.describe_security_groups(\
             Filters=[dict(Name='group-name', Values=['database'])])['SecurityGroups']\n\
         europe.delete_security_group(GroupId=database['GroupId'])\n\
         [gateway] = europe.describe_nat_gateways()['NatGateways']\n\
         europe.delete_nat_gateway(NatGatewayId=gateway['NatGatewayId'])\n\
         [address] = europe.describe_addresses()['Addresses']\n\
         europe.release_address(AllocationId=address['AllocationId'])\n\
         [endpoint] = europe.describe_vpc_endpoints()['VpcEndpoints']\n\
         europe.delete_vpc_endpoints(VpcEndpointIds=[endpoint['VpcEndpointId']])\n\
         [empty] = europe.describe_vpcs(\
             Filters=[dict(Name='cidr', Values=['10.99.0.0/16'])])['Vpcs']\n\
         europe.delete_vpc(VpcId=empty['VpcId'])",
    );
    // The look-ups are the calls that a scan of an unchanged account does not make, and
    // those about what is gone.
    let usual: BTreeSet<String> = lab.proxy.calls().iter().map(Call::shape).collect();
    let recorded = lab.log().len();
    lab.proxy.tell(move |call| {
        let gone = call.names("lighthouse-archive-2014") || call.names("hello%40lighthouse");
        if gone || !usual.contains(&call.shape()) {
            Answer::Broken(Fault::Unavailable)
        } else {
            Answer::Genuine
        }
    });
    lab.scan_in_part();
    let deleted = |events: &[Value]| -> Vec<String> {
        let mut gone: Vec<String> = item_events(events)
            .iter()
            .filter(|event| event["event"]["type"] == "item_deleted")
            .map(|event| event["stream"].as_str().unwrap().split('/').nth(2).unwrap().to_owned())
            .collect();
        gone.sort();
        gone
    };
    assert_eq!(deleted(&lab.log_after(recorded)), [] as [&str; 0]);

    lab.proxy.pass();
    lab.scan();
    assert_eq!(
        deleted(&lab.log_after(recorded)),
        [
            "elastic_ip",
            "iam_role",
            "nat_gateway",
            // The main one of the VPC.
            "route_table",
            "s3_bucket",
            "security_group",
            "security_group", // the default one of the VPC
            "ses_identity",
            "vpc",
            "vpc_endpoint"
        ]
    );
}

/// What could not be read from the first scan on is left out, judged by nobody, and is
/// no change once it is read.
#[test]
fn a_part_that_was_never_read_is_no_change_when_it_is_read() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.proxy.tell(|call| {
        if call.operation == "s3:GET ?policy" {
            Answer::Broken(Fault::Denied)
        } else {
            Answer::Genuine
        }
    });
    lab.scan_in_part();
    let blind = lab.json(&["show", "lighthouse-invoices"]);
    assert_eq!(blind["config"].get("Policy"), None);
    assert_eq!(blind["unread"][0]["pointer"], "/Policy");

    lab.proxy.pass();
    let scan = lab.scan();
    assert_eq!((&scan["items"]["changed"], &scan["items"]["deleted"]), (&0.into(), &0.into()));
    let seen = lab.json(&["show", "lighthouse-invoices"]);
    assert!(seen["config"]["Policy"]["Statement"].is_array(), "{seen}");
    let history = lab.json(&["history", "lighthouse-invoices"]);
    assert_eq!(history[1]["kind"], "rebased");
    let recorded = lab.log().len();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

/// Where nobody says which regions there are, the regional part of the account is not
/// looked at, and the rest is.
#[test]
fn without_the_regions_the_global_part_is_still_read() {
    let lab = Lab::company();
    lab.scan();
    let recorded = lab.log().len();
    for fault in [Fault::Denied, Fault::Truncated] {
        lab.proxy.tell(move |call| {
            if call.operation == "ec2:DescribeRegions" {
                Answer::Broken(fault)
            } else {
                Answer::Genuine
            }
        });
        let scan = lab.scan_in_part();
        names_what_failed(&scan, "ec2:DescribeRegions", fault);
        assert!(
            scan["failed_sweeps"].as_array().unwrap().iter().all(|f| f["scope"]["region"] == "*")
        );
        // Five buckets and what S3 keeps per account, four users, three groups, three
        // roles, four policies.
        assert_eq!(scan["items"]["unchanged"], 21);
    }
    lab.proxy.pass();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

/// A block of the whole account could take the finding away: unread, it is a doubt, and the
/// finding is told all the same.
#[test]
fn a_public_bucket_is_told_with_its_doubt_until_the_account_is_read() {
    let lab = Lab::holding(
        "s3.create_bucket(Bucket='leaflets')\n\
         s3.put_bucket_acl(Bucket='leaflets', ACL='public-read')\n\
         client('s3control').put_public_access_block(AccountId=ACCOUNT, \
         PublicAccessBlockConfiguration=BLOCK_ALL)",
    )
    .in_regions(&["us-east-1"]);
    lab.proxy.tell(|call| {
        if call.operation.starts_with("s3:GET /v20180820/") {
            Answer::Broken(Fault::Denied)
        } else {
            Answer::Genuine
        }
    });
    let public = ["issues", "--check", "s3_bucket.publicly_accessible"];
    for _ in 0..2 {
        lab.scan_in_part();
        let told = lab.json(&public);
        assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
        assert_eq!(told[0]["name"], "leaflets", "{told}");
        assert_eq!(told[0]["doubt"], serde_json::json!(["s3_account"]), "{told}");
    }

    lab.proxy.pass();
    let recorded = lab.log().len();
    lab.scan();
    assert_eq!(lab.json(&public), serde_json::json!([]));
    let events = lab.log_after(recorded);
    let ended: Vec<_> = events
        .iter()
        .map(|event| &event["event"])
        .filter(|event| event["type"] == "issue_resolved")
        .collect();
    assert!(!ended.is_empty());
    for event in ended {
        assert_eq!(event["reason"]["read_now"]["what"], "s3_account", "{event}");
    }
}
