//! What stands first: two estates, and the facts that an expert would take in hand first.

use std::collections::BTreeMap;
use std::sync::Arc;

use secmonkey_aws::{check, watch};
use secmonkey_core::query::{Known, Query, issues};
use secmonkey_core::record::{Order, Records};
use secmonkey_core::registry::Registry;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::{Look, Scene};
use serde_json::{Value, json};

/// Items by technology: their ids, and what a listing says of them.
type Estate = BTreeMap<&'static str, Vec<(&'static str, Value)>>;

/// The facts that a first scan finds, the first of them first: score, check, items.
async fn facts(mut estate: Estate) -> Vec<String> {
    // Any listing will do: what is listed here is all there is.
    let technologies: Vec<_> = watch::technologies()
        .into_iter()
        .map(|technology| Technology { listed_by: Texts::NONE, ..technology })
        .collect();
    let scene = Scene::new(&technologies);
    let looks = technologies.iter().map(|technology| {
        let items = estate.remove(&*technology.id).unwrap_or_default();
        items.into_iter().fold(Look::at(technology), |look, (id, config)| look.item(id, config))
    });
    let looks = looks.collect();
    assert!(estate.is_empty(), "{:?}", estate.keys());
    scene.wait(1);
    scene.see(looks);
    let catalogue = check::catalogue();
    let checks = secmonkey_core::check::Auditor::checks(&catalogue).to_vec();
    let pipeline =
        scene.pipeline().auditor(Arc::new(catalogue)).digest_key(DigestKey::new([7; 32]));
    let summary = pipeline.scan(&scene.plan()).await.unwrap();
    assert!(summary.failures.is_empty(), "{:?}", summary.failures);
    let registry = Registry::new(technologies, checks);
    let known =
        Known::at(scene.log.as_ref(), &scene.views, scene.now(), scene.now()).await.unwrap();
    let records = Records::new(&known, &registry).unwrap();
    let found = issues(&known, &registry, Query::All).unwrap();
    let found = found.map(|one| records.issue_state(&one.unwrap())).collect();
    let facts = records.facts(found, Order::Worst);
    facts
        .iter()
        .map(|fact| format!("{:>2} {} {}", fact.lead.score, fact.lead.check, fact.items()))
        .collect()
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn group(name: &str, rules: &[(u16, &str)], is_attached: bool) -> Value {
    let rules: Vec<_> = rules
        .iter()
        .map(|(port, range)| {
            json!({
                "FromPort": port, "IpProtocol": "tcp", "IpRanges": [{ "CidrIp": range }],
                "ToPort": port,
            })
        })
        .collect();
    let mut group = json!({
        "Description": name, "GroupId": name, "GroupName": name, "IpPermissions": rules,
        "OwnerId": "111122223333", "VpcId": "vpc-1",
        "IpPermissionsEgress": [{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }],
    });
    if is_attached {
        group["Attachments"] = json!([{ "NetworkInterfaceId": "eni-1" }]);
    }
    group
}

fn role(name: &str, trusted: &[Value], allowed: Option<Value>) -> Value {
    let mut role = json!({
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "AssumeRolePolicyDocument": policy(trusted),
        "CreateDate": "2025-01-01T00:00:00Z",
        "MaxSessionDuration": 3600,
        "Path": "/",
        "RoleId": format!("AROA{name}"),
        "RoleLastUsed": { "LastUsedDate": "2025-12-31T00:00:00Z" },
        "RoleName": name,
    });
    if let Some(allowed) = allowed {
        role["RolePolicyList"] =
            json!([{ "PolicyDocument": policy(&[allowed]), "PolicyName": "all" }]);
    }
    role
}

fn bucket(name: &str, statement: Option<Value>, is_blocked: bool) -> Value {
    let mut bucket = json!({
        "BucketRegion": "eu-west-1", "Name": name, "Owner": { "ID": "0a" },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "ServerSideEncryptionConfiguration": { "Rules": [
            { "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } },
        ]},
        "Versioning": { "Status": "Enabled" },
    });
    if let Some(statement) = statement {
        bucket["Policy"] = policy(&[statement]);
    }
    if is_blocked {
        bucket["PublicAccessBlockConfiguration"] = json!({
            "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true,
            "RestrictPublicBuckets": true,
        });
    }
    bucket
}

fn user(name: &str, has_password: bool, has_mfa: bool, policies: &[&str]) -> Value {
    let attached: Vec<_> = policies
        .iter()
        .map(|policy| {
            json!({
                "PolicyArn": format!("arn:aws:iam::aws:policy/{policy}"), "PolicyName": policy,
            })
        })
        .collect();
    let mut user = json!({
        "Arn": format!("arn:aws:iam::111122223333:user/{name}"),
        "AttachedManagedPolicies": attached,
        "CreateDate": "2025-12-01T00:00:00Z",
        "Path": "/", "UserId": format!("AIDA{name}"), "UserName": name,
    });
    if has_password {
        user["LoginProfile"] =
            json!({ "CreateDate": "2025-12-01T00:00:00Z", "PasswordResetRequired": false });
        user["PasswordLastUsed"] = json!("2025-12-31T00:00:00Z");
    }
    if has_mfa {
        user["MFADevices"] = json!([
            { "EnableDate": "2025-12-01T00:00:00Z", "SerialNumber": format!("arn:aws:iam::111122223333:mfa/{name}") },
        ]);
    }
    user
}

fn admin() -> Value {
    json!({
        "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
        "AttachmentCount": 1, "CreateDate": "2015-02-06T18:39:46Z", "DefaultVersionId": "v1",
        "Document": policy(&[json!({ "Action": "*", "Effect": "Allow", "Resource": "*" })]),
        "IsAttachable": true, "Path": "/", "PolicyId": "ANPAIWMBCKSKIEE64ZLYK",
        "PolicyName": "AdministratorAccess",
    })
}

/// A small company that never looked: whatever is open to everybody comes first, then what
/// leads to everything, then strangers, and hygiene last.
#[tokio::test]
async fn a_small_company_that_never_looked() {
    let everybody = |action: &str, on: &str| json!({ "Action": action, "Effect": "Allow", "Principal": "*", "Resource": on });
    let estate = Estate::from([
        (
            "security_group",
            vec![
                ("sg-shop", group("sg-shop", &[(443, "0.0.0.0/0")], true)),
                ("sg-db", group("sg-db", &[(5432, "0.0.0.0/0")], true)),
                ("sg-office", group("sg-office", &[(22, "198.51.100.0/24")], true)),
                ("sg-old", group("sg-old", &[(3389, "0.0.0.0/0")], false)),
            ],
        ),
        (
            "s3_bucket",
            vec![
                (
                    "arn:aws:s3:::drop",
                    bucket("drop", Some(everybody("s3:PutObject", "arn:aws:s3:::drop/*")), false),
                ),
                ("arn:aws:s3:::books", bucket("books", None, true)),
            ],
        ),
        (
            "iam_role",
            vec![(
                "AROAdeploy",
                role(
                    "deploy",
                    &[
                        json!({ "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": { "AWS": "*" } }),
                    ],
                    Some(
                        json!({ "Action": ["iam:PassRole", "ec2:RunInstances"], "Effect": "Allow", "Resource": "*" }),
                    ),
                ),
            )],
        ),
        (
            "iam_user",
            vec![
                ("AIDAboss", user("boss", true, false, &["AdministratorAccess"])),
                ("AIDAana", user("ana", true, true, &[])),
            ],
        ),
        ("iam_managed_policy", vec![("arn:aws:iam::aws:policy/AdministratorAccess", admin())]),
        (
            "iam_account",
            vec![(
                "111122223333",
                json!({
                    "SummaryMap": { "AccountAccessKeysPresent": 1, "AccountMFAEnabled": 1 },
                }),
            )],
        ),
    ]);
    insta::assert_snapshot!(facts(estate).await.join("\n"));
}

/// A tidy company: what is left to do is what strangers may do, and none of it screams.
#[tokio::test]
async fn a_tidy_company_with_partners() {
    let lets_in = |principal: &str, condition: Option<Value>| {
        let mut statement = json!({
            "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": { "AWS": principal },
        });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    };
    let reads =
        json!({ "Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::books/*" });
    let estate = Estate::from([
        (
            "security_group",
            vec![
                ("sg-shop", group("sg-shop", &[(443, "0.0.0.0/0"), (80, "0.0.0.0/0")], true)),
                ("sg-app", group("sg-app", &[(8080, "10.0.0.0/16")], true)),
            ],
        ),
        ("s3_bucket", vec![("arn:aws:s3:::books", bucket("books", None, true))]),
        (
            "iam_role",
            vec![
                (
                    "AROAmonitor",
                    role(
                        "monitor",
                        &[lets_in(
                            "arn:aws:iam::444455556666:root",
                            Some(json!({ "StringEquals": { "sts:ExternalId": "7" } })),
                        )],
                        Some(reads.clone()),
                    ),
                ),
                (
                    "AROAbackup",
                    role(
                        "backup",
                        &[lets_in("arn:aws:iam::777788889999:role/backup", None)],
                        Some(reads),
                    ),
                ),
            ],
        ),
        ("iam_user", vec![("AIDAana", user("ana", true, true, &[]))]),
    ]);
    insta::assert_snapshot!(facts(estate).await.join("\n"));
}
