//! Wider is never milder: whatever is added to a policy, or taken from what limits it, its
//! strongest score stays or rises.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use secmonkey_core::check::World;
use secmonkey_core::check::page::{Page, Surroundings};
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::check::Document;

/// What is known around: an account of ours and a vendor's, networks, an organization.
static AROUND: LazyLock<Surroundings> = LazyLock::new(|| {
    let page = Page::parse(include_str!("unknown_cross_account.md")).unwrap();
    (*page.examples[0].world.clone().unwrap()).clone()
});

const PRINCIPALS: &[&str] = &[
    "*",
    "123456789012",
    "arn:aws:iam::123456789012:role/app",
    "210987654321",
    "arn:aws:iam::210987654321:role/build",
    "333344445555",
    "222233334444",
    "arn:aws:iam::222233334444:role/etl",
    "arn:aws:iam::222233334444:root",
    "AIDAGONEAAAAAAAAAAAAA",
    "nonsense",
];

const SERVICES: &[&str] = &["sns.amazonaws.com", "cloudfront.amazonaws.com", "s3.amazonaws.com"];

const PROVIDERS: &[&str] = &[
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "arn:aws:iam::123456789012:saml-provider/idp",
    "cognito-identity.amazonaws.com",
];

fn conditions(technology: &str) -> Vec<(&'static str, &'static str, Value)> {
    let mut all = vec![
        ("StringEquals", "aws:PrincipalOrgID", json!("o-ours000000")),
        ("StringEquals", "aws:PrincipalOrgID", json!("o-other00000")),
        ("StringEquals", "aws:ResourceOrgID", json!("${aws:PrincipalOrgID}")),
        ("StringEquals", "aws:PrincipalAccount", json!("222233334444")),
        ("StringEquals", "aws:PrincipalAccount", json!(["123456789012", "210987654321"])),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:iam::222233334444:role/*")),
        ("StringEquals", "aws:SourceAccount", json!("123456789012")),
        ("StringEquals", "aws:SourceAccount", json!("222233334444")),
        ("ArnLike", "aws:SourceArn", json!("arn:aws:sns:*:222233334444:*")),
        ("IpAddress", "aws:SourceIp", json!("203.0.113.0/24")),
        ("IpAddress", "aws:SourceIp", json!(["198.51.100.0/24", "203.0.113.0/24"])),
        ("IpAddress", "aws:SourceIp", json!("10.0.0.0/8")),
        ("IpAddress", "aws:SourceIp", json!("0.0.0.0/0")),
        ("StringEquals", "aws:SourceVpc", json!("vpc-0a1b2c3d")),
        ("StringEquals", "aws:SourceVpce", json!("vpce-0b000001")),
        ("Bool", "aws:SecureTransport", json!("true")),
        ("Bool", "aws:PrincipalIsAWSService", json!("true")),
        ("StringLikeIfExists", "aws:PrincipalOrgID", json!("o-ours000000")),
    ];
    if technology == "iam_role" {
        let github = "token.actions.githubusercontent.com";
        all.extend([
            ("StringEquals", "sts:ExternalId", json!("7f3a")),
            ("StringEquals", "token.actions.githubusercontent.com:aud", json!("sts.amazonaws.com")),
            ("StringLike", "token.actions.githubusercontent.com:sub", json!("repo:ours/app:*")),
            ("StringLike", "token.actions.githubusercontent.com:sub", json!("repo:*")),
            ("StringEquals", "SAML:aud", json!("https://signin.aws.amazon.com/saml")),
            ("StringEquals", "cognito-identity.amazonaws.com:aud", json!(github)),
            (
                "ForAnyValue:StringLike",
                "cognito-identity.amazonaws.com:amr",
                json!("authenticated"),
            ),
        ]);
    }
    all
}

/// How a Deny says the same.
fn negated(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "StringEquals" => "StringNotEquals",
        "ArnLike" => "ArnNotLike",
        "IpAddress" => "NotIpAddress",
        "StringLike" => "StringNotLike",
        _ => return None,
    })
}

const ROLE: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:*", "sts:TagSession"];
const QUEUE: &[&str] = &["*", "sqs:*", "sqs:SendMessage", "sqs:ReceiveMessage"];
const BUCKET: &[&str] = &["*", "s3:*", "s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy"];

const ON_QUEUE: &[&str] = &["*", "arn:aws:sqs:eu-west-1:123456789012:it"];
const ON_BUCKET: &[&str] = &["*", "arn:aws:s3:::it", "arn:aws:s3:::it/*", "arn:aws:s3:::it/a/*"];

fn names(technology: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match technology {
        "iam_role" => (ROLE, &[]),
        "s3_bucket" | "vpc_endpoint" => (BUCKET, ON_BUCKET),
        _ => (QUEUE, ON_QUEUE),
    }
}

fn statement(technology: &'static str) -> impl Strategy<Value = Value> {
    let (actions, resources) = names(technology);
    (
        prop_oneof![4 => Just(true), 1 => Just(false)],
        subsequence(PRINCIPALS, 0..=2),
        prop_oneof![3 => Just(None), 1 => select(SERVICES).prop_map(Some)],
        prop_oneof![3 => Just(None), 1 => select(PROVIDERS).prop_map(Some)],
        subsequence(actions, 1..=2),
        subsequence(resources, resources.len().min(1)..=resources.len().min(2)),
        subsequence(conditions(technology), 0..=3),
    )
        .prop_map(move |(allow, aws, service, provider, actions, resources, conditions)| {
            let mut one = json!({
                "Effect": if allow { "Allow" } else { "Deny" },
                "Principal": { "AWS": aws },
                "Action": actions,
            });
            one["Principal"]["Service"] = service.into_iter().collect();
            let provider = provider.filter(|_| technology == "iam_role");
            if let Some(provider) = provider {
                one["Principal"] = json!({ "AWS": [], "Service": [], "Federated": [provider] });
            }
            if !allow {
                one["Principal"] = json!("*");
            }
            if !resources.is_empty() {
                one["Resource"] = json!(resources);
            }
            for (operator, key, values) in conditions {
                // Only whom a provider vouches for has claims.
                if provider.is_none() && (key.contains(".com:") || key.starts_with("SAML")) {
                    continue;
                }
                let operator = if allow { Some(operator) } else { negated(operator) };
                if let Some(operator) = operator {
                    one["Condition"][operator][key] = values;
                }
            }
            one
        })
}

/// The strongest score of a policy of these statements.
fn strongest(technology: &str, statements: &[Value]) -> u8 {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let world = World::new(Timestamp::UNIX_EPOCH, &AROUND.accounts, &*AROUND);
    let account = "123456789012".parse().unwrap();
    let document =
        Document { value: &policy, technology, account: &account, name: "it", arn: None };
    let verdict = document.judge(&world);
    assert!(verdict.undecided.is_empty(), "{:?}", verdict.undecided);
    verdict.findings.values().map(|it| it.score).max().unwrap_or(0)
}

/// Every policy that is these statements with one thing more, or one limit less.
fn wider(technology: &str, all: &[Value], at: usize, pick: Index) -> Vec<Vec<Value>> {
    let (actions, resources) = names(technology);
    let one = &all[at];
    let with = |statement: Option<Value>| {
        let mut all = all.to_vec();
        match statement {
            Some(statement) => all[at] = statement,
            None => drop(all.remove(at)),
        }
        all
    };
    if one["Effect"] == "Deny" {
        return vec![with(None)];
    }
    let more = |pointer: &str, names: &[&str]| {
        let mut more = one.clone();
        if let Some(named) = more.pointer_mut(pointer).and_then(Value::as_array_mut) {
            named.push(names[pick.index(names.len())].into());
        }
        with(Some(more))
    };
    let mut wider = vec![
        more("/Action", actions),
        more("/Principal/AWS", PRINCIPALS),
        more("/Principal/Service", SERVICES),
    ];
    if !resources.is_empty() {
        wider.push(more("/Resource", resources));
    }
    wider.push(more("/Principal/Federated", PROVIDERS));
    for (operator, keys) in one["Condition"].as_object().into_iter().flatten() {
        for key in keys.as_object().into_iter().flatten().map(|(key, _)| key) {
            let mut free = one.clone();
            free["Condition"][operator].as_object_mut().unwrap().remove(key);
            wider.push(with(Some(free)));
        }
    }
    wider
}

fn is_lawful(
    technology: &'static str,
    statements: &[Value],
    at: Index,
    pick: Index,
) -> Result<(), TestCaseError> {
    let before = strongest(technology, statements);
    for wider in wider(technology, statements, at.index(statements.len()), pick) {
        let after = strongest(technology, &wider);
        prop_assert!(
            after >= before,
            "{technology}: {before}, then {after}:\n{}\n{}",
            json!(statements),
            json!(wider)
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_wider_policy_of_a_queue_is_never_milder(
        all in prop::collection::vec(statement("sqs_queue"), 1..4),
        (at, pick) in any::<(Index, Index)>(),
    ) {
        is_lawful("sqs_queue", &all, at, pick)?;
    }

    #[test]
    fn a_wider_policy_of_a_bucket_is_never_milder(
        all in prop::collection::vec(statement("s3_bucket"), 1..4),
        (at, pick) in any::<(Index, Index)>(),
    ) {
        is_lawful("s3_bucket", &all, at, pick)?;
    }

    #[test]
    fn a_wider_trust_policy_is_never_milder(
        all in prop::collection::vec(statement("iam_role"), 1..4),
        (at, pick) in any::<(Index, Index)>(),
    ) {
        is_lawful("iam_role", &all, at, pick)?;
    }

    #[test]
    fn a_wider_policy_of_an_endpoint_is_never_milder(
        all in prop::collection::vec(statement("vpc_endpoint"), 1..4),
        (at, pick) in any::<(Index, Index)>(),
    ) {
        is_lawful("vpc_endpoint", &all, at, pick)?;
    }
}
