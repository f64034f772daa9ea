//! Answers that are well formed and still not the truth: late, shuffled, incomplete.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::lab::{Lab, item_events};
use crate::proxy::{Answer, Call};
use crate::xml;

/// The lists whose elements are items.
const LISTS: &[&str] = &[
    "addressesSet",
    "natGatewaySet",
    "securityGroupInfo",
    "vpcEndpointSet",
    "vpcSet",
    "Buckets",
    "UserDetailList",
    "GroupDetailList",
    "RoleDetailList",
    "Policies",
    "Identities",
];

#[test]
fn an_item_that_one_listing_misses_is_not_deleted() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.scan();
    let usual: BTreeSet<String> = lab.proxy.calls().iter().map(Call::shape).collect();
    let recorded = lab.log().len();

    let listings = usual.clone();
    let cut = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&cut);
    lab.proxy.tell(move |call| {
        if listings.contains(&call.shape()) {
            let cut = Arc::clone(&counted);
            Answer::edited(move |body| {
                let shorter = xml::without_the_last_of(body, LISTS);
                cut.fetch_add(usize::from(shorter != body), Ordering::Relaxed);
                shorter
            })
        } else {
            Answer::Genuine
        }
    });
    let second = lab.scan();
    // Five lists of EC2 in two regions, a bucket, the one answer of IAM, identities of two
    // regions.
    let cut = cut.load(Ordering::Relaxed);
    assert!(cut >= 14, "{cut} listings were cut: {second}");
    assert_eq!(second["items"]["deleted"], 0);
    // Each was looked up before anything was concluded. (Buckets, policies and identities
    // are looked up by calls that every scan of moto makes.)
    let calls = lab.proxy.calls();
    let look_ups: BTreeSet<&str> = calls
        .iter()
        .filter(|call| !usual.contains(&call.shape()))
        .map(|call| call.operation.as_str())
        .collect();
    let expected = [
        "ec2:DescribeAddresses",
        "ec2:DescribeNatGateways",
        // Who looks at a security group reads what it is attached to, too.
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "iam:GetGroup",
        "iam:GetRole",
        "iam:GetUser",
    ];
    assert_eq!(look_ups, BTreeSet::from(expected));
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);

    lab.proxy.pass();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

#[test]
fn an_answer_in_another_order_is_no_change() {
    let lab = Lab::company().in_regions(&["us-east-1", "eu-west-1"]);
    lab.scan();
    let recorded = lab.log().len();
    lab.proxy.tell(|call| {
        // The one list whose order says something: the first rule that fits applies.
        if call.operation == "s3:GET ?cors" {
            Answer::Genuine
        } else {
            Answer::edited(xml::reversed)
        }
    });
    let shuffled = lab.scan();
    assert_eq!(shuffled["items"]["changed"], 0);
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

#[test]
fn a_page_token_that_comes_twice_ends_the_listing_as_failed() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.scan();
    let recorded = lab.log().len();
    let endless = [
        ("ec2:DescribeSecurityGroups", "security_group"),
        ("iam:GetAccountAuthorizationDetails", "iam_user"),
        ("ses:ListIdentities", "ses_identity"),
    ];
    for (operation, technology) in endless {
        lab.proxy.tell(move |call| {
            if call.operation == operation { Answer::edited(again) } else { Answer::Genuine }
        });
        let scan = lab.scan_in_part();
        let failed = scan["failed_sweeps"].as_array().unwrap();
        let named = failed
            .iter()
            .any(|one| one["operation"] == operation && one["scope"]["technology"] == technology);
        assert!(named, "{operation}: {scan}");
    }
    lab.proxy.pass();
    lab.scan();
    assert_eq!(item_events(&lab.log_after(recorded)), [] as [&Value; 0]);
}

/// An answer that says that there is more, always at the same place.
fn again(body: &str) -> String {
    let body = body.replace("<IsTruncated>false</IsTruncated>", "");
    let more = [
        ("</DescribeSecurityGroupsResponse>", "<nextToken>again</nextToken>"),
        (
            "</GetAccountAuthorizationDetailsResult>",
            "<IsTruncated>true</IsTruncated><Marker>again</Marker>",
        ),
        ("</ListIdentitiesResult>", "<NextToken>again</NextToken>"),
    ];
    let (end, token) = more.into_iter().find(|(end, _)| body.contains(end)).unwrap();
    body.replace(end, &format!("{token}{end}"))
}

/// IAM renews the report every four hours: what it does not know yet is neither a new key
/// nor a lost one.
#[test]
fn a_credential_report_of_the_morning_changes_nothing() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    let morning: Arc<Mutex<Option<String>>> = Arc::default();
    lab.proxy.tell(move |call| {
        if call.operation != "iam:GetCredentialReport" {
            return Answer::Genuine;
        }
        let kept = Arc::clone(&morning);
        Answer::edited(move |report| {
            let mut kept = kept.lock().unwrap();
            if kept.is_none() && report.contains("<Content>") {
                *kept = Some(report.to_owned());
            }
            kept.clone().unwrap_or_else(|| report.to_owned())
        })
    });
    lab.scan();
    let recorded = lab.log().len();
    lab.moto.python(
        "iam.create_access_key(UserName='ana')\n\
         iam.create_user(UserName='dora')\n\
         iam.create_access_key(UserName='dora')",
    );
    let scan = lab.scan();
    assert_eq!((&scan["items"]["created"], &scan["items"]["changed"]), (&1.into(), &1.into()));
    let ana = lab.json(&["show", lab.item("iam_user", "ana")["key"].as_str().unwrap()]);
    assert_eq!(ana["config"]["AccessKeys"].as_array().unwrap().len(), 1, "{ana}");
    assert_eq!(item_events(&lab.log_after(recorded)).len(), 2);

    // The report that knows them.
    let recorded = lab.log().len();
    lab.proxy.pass();
    let scan = lab.scan();
    assert_eq!(scan["items"]["changed"], 0);
    let events = lab.log_after(recorded);
    let revisions =
        item_events(&events).into_iter().filter(|e| e["event"]["type"] != "item_observed");
    assert_eq!(revisions.count(), 0, "{events:?}");
}
