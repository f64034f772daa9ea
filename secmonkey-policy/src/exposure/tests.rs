//! Each rule by a small policy: who is let in.

#![expect(clippy::needless_pass_by_value, reason = "so that tables need no `&`")]

use serde_json::{Value, json};

use super::*;

mod deny;

const OWNER: &str = "111122223333";

fn resource(kind: Kind) -> Resource<'static> {
    Resource { kind, owner: Some(OWNER), restricted: false }
}

/// Who is let in, one word each: `public`, `account 2222...`, `service x < account y`, with
/// `!` where it is the public.
fn said(json: &Value, resource: Resource<'_>) -> Vec<String> {
    let policy = Policy::read(json).unwrap();
    let exposure = Exposure::of(&policy, resource);
    let mut said: Vec<String> = exposure
        .grants
        .iter()
        .map(|grant| {
            let source: Vec<String> = grant.source.iter().map(name).collect();
            let source = if source.is_empty() {
                String::new()
            } else {
                format!(" < {}", source.join(" | "))
            };
            let public = if grant.public && grant.who != Who::Public { " !" } else { "" };
            format!("{}{source}{public}", name(&grant.who))
        })
        .collect();
    said.dedup();
    said
}

fn name(who: &Who<'_>) -> String {
    let text = match who {
        Who::Public => return "public".to_owned(),
        Who::Own(_) => return who.kind().to_owned(),
        Who::Network(block) => block.to_string(),
        Who::Account(text)
        | Who::Arn(text)
        | Who::Organization(text)
        | Who::OrganizationalUnit(text)
        | Who::Service(text)
        | Who::Federated(text)
        | Who::CanonicalUser(text)
        | Who::Vpc(text)
        | Who::VpcEndpoint(text) => text.to_string(),
    };
    format!("{} {text}", who.kind())
}

fn allow(principal: Value, condition: Value) -> Value {
    json!({
        "Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage",
        "Resource": "*", "Condition": condition,
    })
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Everybody under a condition.
fn under(condition: Value) -> Value {
    policy(&[allow(json!("*"), condition)])
}

#[track_caller]
fn lets_in(policy: &Value, kind: Kind, expected: &[&str]) {
    assert_eq!(said(policy, resource(kind)), expected, "{policy:#}");
}

#[test]
fn principals() {
    for (principal, expected) in [
        (json!("*"), "public"),
        (json!({ "AWS": "*" }), "public"),
        (json!({ "AWS": ["*", "*"] }), "public"),
        (json!({ "AWS": "222233334444" }), "account 222233334444"),
        (json!({ "AWS": "arn:aws:iam::222233334444:root" }), "account 222233334444"),
        (
            json!({ "AWS": ["arn:aws:iam::222233334444:root", "222233334444"] }),
            "account 222233334444",
        ),
        (
            json!({ "AWS": "arn:aws:iam::222233334444:role/a" }),
            "arn arn:aws:iam::222233334444:role/a",
        ),
        (json!({ "AWS": "arn:aws:iam::*:role/a" }), "public"),
        (json!({ "AWS": "arn:aws:iam::*:root" }), "public"),
        (json!({ "AWS": "arn:aws:iam::2222*:root" }), "public"),
        (json!({ "AWS": "arn:aws:iam::222233334444:*" }), "arn arn:aws:iam::222233334444:*"),
        (json!({ "AWS": "AROAEXAMPLEEXAMPLE123" }), "arn AROAEXAMPLEEXAMPLE123"),
        (json!({ "AWS": "something*" }), "public"),
        (json!({ "AWS": "something" }), "arn something"),
        (json!({ "Service": "*" }), "public"),
        (json!({ "Service": "sns.amazonaws.com" }), "service sns.amazonaws.com"),
        (json!({ "Federated": "*" }), "public"),
        (json!({ "CanonicalUser": "79a59df900b949e5" }), "canonical_user 79a59df900b949e5"),
    ] {
        lets_in(&policy(&[allow(principal, json!({}))]), Kind::Other, &[expected]);
    }
}

#[test]
fn everybody_but_some_is_everybody() {
    let json = policy(&[json!({
        "Effect": "Allow", "NotPrincipal": { "AWS": "222233334444" },
        "Action": "*", "Resource": "*",
    })]);
    lets_in(&json, Kind::Other, &["public"]);
    let read = Policy::read(&json).unwrap();
    let exposure = Exposure::of(&read, Resource::default());
    assert!(exposure.is_public());
    assert_eq!(exposure.weaknesses[0].flaw, Flaw::EverybodyBut);
}

#[test]
fn all_but_everything_is_nothing() {
    for (element, value) in
        [("NotAction", json!("*")), ("NotResource", json!(["*", "arn:aws:s3:::b"]))]
    {
        let mut statement = allow(json!("*"), json!({}));
        statement.as_object_mut().unwrap().remove(&element[3..]);
        statement[element] = value;
        lets_in(&policy(&[statement]), Kind::Other, &[]);
    }
    let mut statement = allow(json!("*"), json!({}));
    statement.as_object_mut().unwrap().remove("Principal");
    statement["NotPrincipal"] = json!("*");
    lets_in(&policy(&[statement]), Kind::Other, &[]);
}

#[test]
fn keys_that_say_who_calls() {
    for (condition, expected) in [
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
            "organization o-a1b2c3d4e5",
        ),
        (
            json!({ "stringequals": { "AWS:principalorgid": "o-a1b2c3d4e5" } }),
            "organization o-a1b2c3d4e5",
        ),
        (json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }), "public"),
        // One of the same organisation as the caller is everybody.
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } }), "public"),
        (
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-1/*" } }),
            "organizational_unit o-a1b2c3d4e5/r-ab12/ou-ab12-1/",
        ),
        (
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*" } }),
            "organization o-a1b2c3d4e5",
        ),
        (json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2*" } }), "public"),
        (
            json!({ "ForAllValues:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*" } }),
            "public",
        ),
        (
            json!({ "StringEquals": { "aws:PrincipalAccount": "222233334444" } }),
            "account 222233334444",
        ),
        (json!({ "StringLike": { "aws:PrincipalAccount": "2222*" } }), "public"),
        (json!({ "StringEquals": { "aws:PrincipalAccount": "anonymous" } }), "public"),
        (
            json!({ "StringEquals": { "kms:CallerAccount": "222233334444" } }),
            "account 222233334444",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/*" } }),
            "arn arn:aws:iam::222233334444:role/*",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::222233334444:*" } }),
            "account 222233334444",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:*:iam::222233334444:role/a" } }),
            "arn arn:*:iam::222233334444:role/a",
        ),
        (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/a" } }), "public"),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::2222????4444:role/a" } }),
            "public",
        ),
        (json!({ "StringLike": { "aws:PrincipalArn": "*" } }), "public"),
        (
            json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/*" } }),
            "arn arn:aws:iam::222233334444:role/*",
        ),
        // A role of another account may have the path `/:iam::222233334444:role/`.
        (
            json!({ "StringLike": { "aws:PrincipalArn": "arn:*:iam::222233334444:role/a" } }),
            "public",
        ),
        (
            json!({ "StringEquals": { "aws:userid": "AIDAEXAMPLEEXAMPLE123" } }),
            "arn AIDAEXAMPLEEXAMPLE123",
        ),
        (json!({ "StringLike": { "aws:userid": "AROAEXAMPLE:*" } }), "arn AROAEXAMPLE:*"),
        (json!({ "StringLike": { "aws:userid": "*:x" } }), "public"),
        (json!({ "StringLike": { "aws:userid": "AROA*" } }), "public"),
        (json!({ "StringLike": { "aws:userid": "222233334444:*" } }), "account 222233334444"),
        (json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }), "service *"),
        (json!({ "Bool": { "aws:PrincipalIsAWSService": true } }), "service *"),
        (json!({ "Bool": { "aws:PrincipalIsAWSService": "false" } }), "public"),
        (json!({ "Null": { "aws:PrincipalServiceName": "false" } }), "service *"),
        (json!({ "Null": { "aws:PrincipalServiceName": "true" } }), "public"),
        (
            json!({ "StringEquals": { "aws:PrincipalServiceName": "sns.amazonaws.com" } }),
            "service sns.amazonaws.com",
        ),
        (json!({ "StringEquals": { "aws:FederatedProvider": "accounts.google.com" } }), "public"),
        (
            json!({ "StringEquals": { "aws:FederatedProvider": "arn:aws:iam::222233334444:saml-provider/a" } }),
            "federated arn:aws:iam::222233334444:saml-provider/a",
        ),
    ] {
        lets_in(&under(condition), Kind::Other, &[expected]);
    }
}

/// AWS's own data perimeter. Source: *Data perimeter policy examples*.
#[test]
fn variables_that_say_where_the_resource_belongs() {
    let own = "account 111122223333";
    for (condition, expected) in [
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }),
            "own_organization",
        ),
        (
            json!({ "StringLike": { "aws:principalorgid": "${AWS:ResourceOrgId}" } }),
            "own_organization",
        ),
        (
            json!({ "StringEquals": { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } }),
            "own_organization",
        ),
        (
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "${aws:ResourceOrgID}/*" } }),
            "own_organization",
        ),
        (
            json!({ "StringEquals": { "aws:SourceOrgID": "${aws:ResourceOrgID}" } }),
            "own_organization",
        ),
        (
            json!({ "StringEquals": { "aws:VpceOrgID": "${aws:ResourceOrgID}" } }),
            "own_organization",
        ),
        (json!({ "StringEquals": { "aws:PrincipalAccount": "${aws:ResourceAccount}" } }), own),
        (json!({ "StringEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } }), own),
        (json!({ "StringEquals": { "aws:SourceAccount": "${aws:ResourceAccount}" } }), own),
        (json!({ "StringEquals": { "kms:CallerAccount": "${aws:ResourceAccount}" } }), own),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/*" } }),
            "arn arn:aws:iam::111122223333:role/*",
        ),
        // A tag, and a key that may be missing where the condition holds without it.
        (json!({ "StringEquals": { "aws:PrincipalAccount": "${aws:PrincipalTag/a}" } }), "public"),
        (
            json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }),
            "public",
        ),
        (
            json!({ "StringEqualsIfExists": { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } }),
            "public",
        ),
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }), "public"),
        (
            json!({ "StringEquals": { "aws:PrincipalAccount": ["${aws:ResourceAccount}", "${aws:a}"] } }),
            "public",
        ),
    ] {
        lets_in(&under(condition), Kind::Other, &[expected]);
    }
    let json =
        under(json!({ "StringEquals": { "aws:PrincipalAccount": "${aws:ResourceAccount}" } }));
    assert_eq!(said(&json, Resource::default()), ["own_account"]);
    // What is reached through an endpoint is not where the endpoint is.
    let json = under(json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }));
    lets_in(&json, Kind::VpcEndpoint, &["own_network"]);
}

#[test]
fn before_2012_a_variable_is_text_that_nobody_has() {
    for (condition, expected) in [
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }), vec![]),
        (json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/${aws:a}" } }), vec![]),
        (json!({ "StringEquals": { "aws:userid": "${aws:userid}" } }), vec![]),
        // An alarm may be called so, in its account.
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudwatch:*:222233334444:alarm:${a}" } }),
            vec!["arn arn:aws:cloudwatch:*:222233334444:alarm:${a}"],
        ),
    ] {
        for version in [json!("2008-10-17"), Value::Null] {
            let mut json = under(condition.clone());
            match version {
                Value::Null => drop(json.as_object_mut().unwrap().remove("Version")),
                version => json["Version"] = version,
            }
            lets_in(&json, Kind::Other, &expected);
        }
    }
}

#[test]
fn keys_that_say_with_what_and_through_what() {
    let key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    let arn = "arn:aws:kms:eu-west-1:222233334444:key/1a2b";
    let named = format!("arn {arn}");
    for (operator, value, expected) in [
        ("StringEquals", arn, vec![named.as_str()]),
        ("StringLike", arn, vec![&named]),
        ("ArnEquals", arn, vec![&named]),
        ("StringEquals", "1a2b", vec!["arn 1a2b"]),
        ("StringLike", "arn:aws:kms:*:222233334444:key/*", vec!["public"]),
        ("StringEquals", "arn:aws:kms:*:222233334444:key/*", vec![]),
        // Every account may have a key of this name.
        ("StringEquals", "alias/ours", vec!["public"]),
        ("StringEqualsIfExists", arn, vec!["public"]),
        ("StringNotEquals", arn, vec!["public"]),
    ] {
        lets_in(&under(json!({ operator: { key: value } })), Kind::Bucket, &expected);
    }
    let key = "elasticfilesystem:AccessedViaMountTarget";
    for (operator, value, expected) in [
        ("Bool", "true", "own_network"),
        ("Bool", "false", "public"),
        ("BoolIfExists", "true", "public"),
    ] {
        lets_in(&under(json!({ operator: { key: value } })), Kind::Other, &[expected]);
    }
}

#[test]
fn only_who_is_inside_comes_through_an_endpoint() {
    for (principal, condition, expected) in [
        (json!("*"), json!({}), "own_network"),
        (json!({ "AWS": "arn:aws:iam::*:role/a" }), json!({}), "own_network"),
        (json!({ "AWS": "222233334444" }), json!({}), "account 222233334444"),
        (
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a" } }),
            "organization o-a",
        ),
        (json!({ "Federated": "accounts.google.com" }), json!({}), "federated accounts.google.com"),
    ] {
        lets_in(&policy(&[allow(principal, condition)]), Kind::VpcEndpoint, &[expected]);
    }
}

#[test]
fn keys_that_say_in_whose_name() {
    for (condition, expected) in [
        (
            json!({ "StringEquals": { "aws:SourceAccount": "222233334444" } }),
            "account 222233334444",
        ),
        (json!({ "StringEquals": { "AWS:SourceOwner": "222233334444" } }), "account 222233334444"),
        (
            json!({ "StringEquals": { "aws:SourceOrgID": "o-a1b2c3d4e5" } }),
            "organization o-a1b2c3d4e5",
        ),
        (
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:sns:eu-west-1:222233334444:t" } }),
            "arn arn:aws:sns:eu-west-1:222233334444:t",
        ),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:222233334444:*" } }),
            "arn arn:aws:sns:*:222233334444:*",
        ),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:*:t" } }), "public"),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:*:*:logs" } }),
            "arn arn:aws:s3:*:*:logs",
        ),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:*:*:accesspoint/logs" } }), "public"),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::logs*" } }), "public"),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::logs/*" } }),
            "arn arn:aws:s3:::logs/*",
        ),
        // An alarm of another account may be named `:222233334444:alarm:`.
        (
            json!({ "StringLike": { "aws:SourceArn": "arn:aws:cloudwatch:*:222233334444:alarm:*" } }),
            "public",
        ),
        (
            json!({ "StringEquals": { "s3:DataAccessPointAccount": "222233334444" } }),
            "account 222233334444",
        ),
        (
            json!({ "StringLike": { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:222233334444:accesspoint/*" } }),
            "arn arn:aws:s3:eu-west-1:222233334444:accesspoint/*",
        ),
        (
            json!({ "StringLike": { "s3:DataAccessPointArn": "arn:aws:s3:*:222233334444:accesspoint/*" } }),
            "arn arn:aws:s3:*:222233334444:accesspoint/*",
        ),
        (
            json!({ "ArnLike": { "s3:DataAccessPointArn": "arn:aws:s3:*:*:accesspoint/logs" } }),
            "public",
        ),
        (json!({ "StringLike": { "s3:DataAccessPointAccount": "*" } }), "public"),
    ] {
        lets_in(&under(condition), Kind::Other, &[expected]);
    }
}

#[test]
fn keys_that_say_from_where() {
    for (condition, expected) in [
        (json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } }), "vpc vpc-1"),
        (json!({ "StringLike": { "aws:SourceVpc": "vpc-*" } }), "public"),
        (json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }), "vpc_endpoint vpce-1"),
        (
            json!({ "ArnEquals": { "aws:SourceVpcArn": "arn:aws:ec2:eu-west-1:222233334444:vpc/vpc-1" } }),
            "vpc vpc-1",
        ),
        (json!({ "StringEquals": { "aws:VpceAccount": "222233334444" } }), "account 222233334444"),
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "network 203.0.113.0/24"),
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.7" } }), "network 203.0.113.7/32"),
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.7/24" } }), "network 203.0.113.0/24"),
        (json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }), "public"),
        (json!({ "IpAddress": { "aws:SourceIp": "::/0" } }), "public"),
        (json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"] } }), "public"),
        (json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } }), "public"),
        (json!({ "IpAddress": { "aws:SourceIp": "nonsense" } }), "public"),
        (json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "public"),
        (json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/8" } }), "public"),
        (
            json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/8" }, "StringEquals": { "aws:SourceVpc": "vpc-1" } }),
            "vpc vpc-1",
        ),
    ] {
        lets_in(&under(condition), Kind::Other, &[expected]);
    }
    for (block, kind, expected) in [
        ("16.0.0.0/7", Kind::Other, "network 16.0.0.0/7"),
        ("16.0.0.0/7", Kind::Bucket, "public"),
        ("16.0.0.0/8", Kind::Bucket, "network 16.0.0.0/8"),
        ("10.0.0.0/8", Kind::Bucket, "network 10.0.0.0/8"),
        ("2001::/31", Kind::Bucket, "public"),
        ("2001:db8::/32", Kind::Bucket, "network 2001:db8::/32"),
    ] {
        lets_in(&under(json!({ "IpAddress": { "aws:SourceIp": block } })), kind, &[expected]);
    }
}

#[test]
fn keys_that_say_nothing() {
    for condition in [
        json!({ "StringEquals": { "aws:username": "alice" } }),
        json!({ "StringEquals": { "aws:PrincipalTag/team": "red" } }),
        json!({ "StringEquals": { "aws:PrincipalType": "User" } }),
        json!({ "StringLike": { "aws:Referer": "https://www.example.com/*" } }),
        json!({ "StringEquals": { "aws:UserAgent": "secret" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "Bool": { "aws:ViaAWSService": "true" } }),
        json!({ "StringEquals": { "aws:ResourceAccount": "111122223333" } }),
        json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }),
        json!({ "StringEquals": { "sts:ExternalId": "x" } }),
        json!({ "DateLessThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } }),
        json!({ "Null": { "aws:PrincipalArn": "false" } }),
        json!({ "StringEqualsAnything": { "aws:PrincipalAccount": "222233334444" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": "222233334444" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": [] } }),
        json!({ "NumericEquals": { "aws:PrincipalAccount": "222233334444" } }),
        json!({ "IpAddress": { "aws:PrincipalAccount": "10.0.0.0/8" } }),
    ] {
        lets_in(&under(condition), Kind::Other, &["public"]);
    }
}

#[test]
fn a_star_that_is_a_star_lets_nobody_in() {
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalArn": "*" } }),
        json!({ "StringEquals": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/*" } }),
        json!({ "StringEquals": { "aws:PrincipalAccount": "*" } }),
        json!({ "StringEquals": { "aws:SourceVpce": "*" } }),
        json!({ "StringEquals": { "aws:SourceArn": "arn:aws:sns:*:*:t" } }),
        json!({ "StringEquals": { "aws:userid": "*" } }),
    ] {
        lets_in(&under(condition), Kind::Other, &[]);
    }
    let some = under(json!({ "StringEquals": { "aws:PrincipalAccount": ["*", "222233334444"] } }));
    lets_in(&some, Kind::Other, &["account 222233334444"]);
}

#[test]
fn a_deny_of_all_but_a_star_denies_as_its_operator_reads_it() {
    let everybody = |operator: &str, key: &str| {
        let mut deny = allow(json!("*"), json!({ operator: { key: "*" } }));
        deny["Effect"] = "Deny".into();
        policy(&[allow(json!("*"), json!({})), deny])
    };
    // Nobody is called `*`: whoever calls is denied.
    lets_in(&everybody("StringNotEquals", "aws:PrincipalAccount"), Kind::Other, &[]);
    lets_in(&everybody("StringNotEquals", "aws:PrincipalOrgID"), Kind::Other, &[]);
    // Everybody is like `*`, so the Deny takes nobody who has an account.
    let like = everybody("StringNotLike", "aws:PrincipalAccount");
    assert_ne!(said(&like, resource(Kind::Other)), Vec::<String>::new());
    // A star that is denied by name is nobody either.
    lets_in(&everybody("StringEquals", "aws:PrincipalAccount"), Kind::Other, &["public"]);
}

#[test]
fn a_missing_key() {
    let organization = "o-a1b2c3d4e5";
    for (condition, expected) in [
        (json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": organization } }), "public"),
        (json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": organization } }), "public"),
        (
            json!({
                "StringEqualsIfExists": { "aws:PrincipalOrgID": organization },
                "Null": { "aws:principalorgid": "false" },
            }),
            "organization o-a1b2c3d4e5",
        ),
        (
            json!({
                "StringEqualsIfExists": { "aws:PrincipalOrgID": organization },
                "StringLike": { "aws:PrincipalOrgID": "*" },
            }),
            "organization o-a1b2c3d4e5",
        ),
        (
            json!({
                "StringEqualsIfExists": { "aws:PrincipalOrgID": organization },
                "Null": { "aws:PrincipalOrgID": "true" },
            }),
            "public",
        ),
        (
            json!({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgID": organization } }),
            "organization o-a1b2c3d4e5",
        ),
        (json!({ "StringEqualsIfExists": { "aws:PrincipalAccount": "222233334444" } }), "public"),
    ] {
        lets_in(&under(condition), Kind::Other, &[expected]);
    }
}

#[test]
fn a_role_is_assumed_with_a_signature() {
    let trust = |action: &str, condition: Value| {
        policy(&[json!({
            "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": action, "Condition": condition,
        })])
    };
    let condition =
        json!({ "ArnLikeIfExists": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/a" } });
    let role = ["arn arn:aws:iam::222233334444:role/a"];
    lets_in(&trust("sts:AssumeRole", condition.clone()), Kind::Role, &role);
    lets_in(&trust("sts:*", condition), Kind::Role, &["public"]);
    lets_in(&trust("sts:TagSession", json!({})), Kind::Role, &[]);
    lets_in(&trust("sts:Assume*", json!({})), Kind::Role, &["public"]);
}

#[test]
fn conditions_are_all_needed_and_the_narrowest_is_told() {
    for (principal, condition, expected) in [
        // The original took this for open.
        (
            json!("*"),
            json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" }, "StringEquals": { "aws:SourceVpce": "vpce-1" } }),
            vec!["vpc_endpoint vpce-1"],
        ),
        (
            json!("*"),
            json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" }, "StringEquals": { "aws:PrincipalOrgID": "o-a" } }),
            vec!["organization o-a"],
        ),
        (
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a", "aws:PrincipalAccount": ["222233334444", "333344445555"] } }),
            vec!["account 222233334444", "account 333344445555"],
        ),
        (
            json!("*"),
            json!({
                "StringEquals": { "aws:PrincipalAccount": "222233334444" },
                "ArnEquals": { "aws:PrincipalArn": ["arn:aws:iam::222233334444:role/a", "arn:aws:iam::333344445555:role/b"] },
            }),
            vec!["arn arn:aws:iam::222233334444:role/a"],
        ),
        (
            json!({ "AWS": "222233334444" }),
            json!({ "ArnEquals": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/a" } }),
            vec!["arn arn:aws:iam::222233334444:role/a"],
        ),
        (
            json!({ "AWS": "222233334444" }),
            json!({ "StringEquals": { "aws:PrincipalAccount": "333344445555" } }),
            vec![],
        ),
        (
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalAccount": "222233334444" }, "StringLike": { "kms:CallerAccount": "333344445555" } }),
            vec![],
        ),
        (
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a" }, "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-b/r-1/*" } }),
            vec![],
        ),
        // One grant, not two.
        (
            json!({ "AWS": "222233334444" }),
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:sns:eu-west-1:333344445555:t" } }),
            vec!["account 222233334444"],
        ),
        (
            json!({ "Service": "sns.amazonaws.com" }),
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:sns:eu-west-1:333344445555:t" } }),
            vec!["service sns.amazonaws.com < arn arn:aws:sns:eu-west-1:333344445555:t"],
        ),
        (
            json!({ "Service": "s3.amazonaws.com" }),
            json!({
                "ArnLike": { "aws:SourceArn": "arn:aws:s3:*:*:logs" },
                "StringEquals": { "aws:SourceAccount": ["333344445555", "444455556666"] },
            }),
            vec!["service s3.amazonaws.com < arn arn:aws:s3:*:*:logs"],
        ),
        (
            json!({ "Service": "s3.amazonaws.com" }),
            json!({ "StringEquals": { "aws:SourceAccount": ["333344445555", "444455556666"] } }),
            vec!["service s3.amazonaws.com < account 333344445555 | account 444455556666"],
        ),
        (
            json!({ "Service": "s3.amazonaws.com" }),
            json!({ "StringEqualsIfExists": { "aws:SourceAccount": "333344445555" } }),
            vec!["service s3.amazonaws.com"],
        ),
        (
            json!({ "Service": "s3.amazonaws.com" }),
            json!({ "StringEquals": { "aws:PrincipalServiceName": "sns.amazonaws.com" } }),
            vec![],
        ),
        (
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalServiceName": "s3.amazonaws.com", "aws:SourceAccount": "333344445555" } }),
            vec!["service s3.amazonaws.com < account 333344445555"],
        ),
    ] {
        lets_in(&policy(&[allow(principal, condition)]), Kind::Other, &expected);
    }
}

#[test]
fn block_public_access_decides_last() {
    let restricted = Resource { restricted: true, ..resource(Kind::Bucket) };
    let public = allow(json!("*"), json!({}));
    let others = allow(
        json!({ "AWS": ["222233334444", "arn:aws:iam::111122223333:role/a"], "Service": "logging.s3.amazonaws.com" }),
        json!({}),
    );
    let service = "service logging.s3.amazonaws.com";
    let role = "arn arn:aws:iam::111122223333:role/a";
    assert_eq!(
        said(&policy(&[public, others.clone()]), restricted),
        ["account 111122223333", role, service]
    );
    // A policy that is not public is not touched.
    assert_eq!(said(&policy(&[others]), restricted), ["account 222233334444", role, service]);
    let nobody = Resource { owner: None, ..restricted };
    assert_eq!(said(&under(json!({})), nobody), Vec::<String>::new());
}

const GITHUB: &str = "token.actions.githubusercontent.com";

fn trust(provider: &str, condition: Value) -> Value {
    policy(&[json!({
        "Effect": "Allow",
        "Principal": { "Federated": provider },
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": condition,
    })])
}

#[test]
fn identity_providers_that_anybody_uses() {
    let arn = format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}");
    let sub = |operator: &str, value: Value| {
        json!({
            "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
            operator: { "token.actions.githubusercontent.com:sub": value },
        })
    };
    let like = |value: Value| sub("StringLike", value);
    for (provider, condition, public, flaws) in [
        (arn.as_str(), json!({}), true, vec![Flaw::NoAudience, Flaw::NoSubject]),
        (&arn, like(json!("repo:octo-org/*")), false, vec![]),
        (&arn, like(json!("repo:octo-org/site:ref:refs/heads/main")), false, vec![]),
        (
            &arn,
            sub("ForAnyValue:StringEquals", json!("repo:octo-org/site:environment:prod")),
            false,
            vec![],
        ),
        (&arn, like(json!("repo:*")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!("repo:octo*")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!("repo:octo*/site")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!("*")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!("*octo-org/site*")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!("environment:prod")), true, vec![Flaw::WideSubject]),
        (&arn, like(json!(["repo:octo-org/*", "repo:*"])), true, vec![Flaw::WideSubject]),
        (
            &arn,
            json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } }),
            true,
            vec![Flaw::NoSubject],
        ),
        (
            &arn,
            json!({ "StringEquals": { "token.actions.githubusercontent.com:repository_owner_id": "65" } }),
            false,
            vec![Flaw::NoAudience],
        ),
        (
            "accounts.google.com",
            json!({ "StringEquals": { "accounts.google.com:aud": "66677788" } }),
            false,
            vec![],
        ),
        (
            "accounts.google.com",
            json!({ "StringEquals": { "accounts.google.com:oaud": "https://example.com" } }),
            true,
            vec![Flaw::NoSubject],
        ),
        (
            "accounts.google.com",
            json!({ "StringLike": { "accounts.google.com:aud": "*" } }),
            true,
            vec![Flaw::NoAudience, Flaw::NoSubject],
        ),
        (
            "cognito-identity.amazonaws.com",
            json!({ "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" } }),
            true,
            vec![Flaw::NoAudience, Flaw::NoSubject],
        ),
        // Guests are anybody, and come where nothing demands that one signed in.
        (
            "cognito-identity.amazonaws.com",
            json!({ "StringEquals": { "cognito-identity.amazonaws.com:aud": "eu-west-1:1" } }),
            false,
            vec![Flaw::Guests],
        ),
        (
            "cognito-identity.amazonaws.com",
            json!({
                "StringEquals": { "cognito-identity.amazonaws.com:aud": "eu-west-1:1" },
                "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "unauthenticated" },
            }),
            false,
            vec![Flaw::Guests],
        ),
        (
            "cognito-identity.amazonaws.com",
            json!({
                "StringEquals": { "cognito-identity.amazonaws.com:aud": "eu-west-1:1" },
                "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
            }),
            false,
            vec![],
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/gitlab.com",
            json!({ "StringLike": { "gitlab.com:sub": "project_path:group/*:ref_type:branch:ref:main" } }),
            false,
            vec![Flaw::NoAudience],
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/app.terraform.io",
            json!({ "StringLike": { "app.terraform.io:sub": "organization:*:project:x" } }),
            true,
            vec![Flaw::NoAudience, Flaw::WideSubject],
        ),
        // These are somebody's own.
        (
            "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            json!({ "StringLike": { "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:*:*" } }),
            false,
            vec![Flaw::NoAudience, Flaw::WideSubject],
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/oidc.circleci.com/org/1234",
            json!({}),
            false,
            vec![Flaw::NoAudience, Flaw::NoSubject],
        ),
        (
            "arn:aws:iam::111122223333:saml-provider/idp",
            json!({}),
            false,
            vec![Flaw::NoSamlAudience],
        ),
        (
            "arn:aws:iam::111122223333:saml-provider/idp",
            json!({ "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } }),
            false,
            vec![],
        ),
    ] {
        let json = trust(provider, condition);
        let policy = Policy::read(&json).unwrap();
        let exposure = Exposure::of(&policy, resource(Kind::Role));
        let found: Vec<Flaw> = exposure.weaknesses.iter().map(|it| it.flaw).collect();
        assert_eq!((exposure.is_public(), found), (public, flaws), "{json:#}");
        assert_eq!(exposure.grants[0].who, Who::Federated(provider.into()));
    }
}

#[test]
fn a_deny_may_pin_the_subject() {
    let mut json = trust(
        GITHUB,
        json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } }),
    );
    json["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Deny", "Principal": "*", "Action": "sts:*",
        "Condition": { "StringNotLike": { "token.actions.githubusercontent.com:sub": "repo:octo-org/*" } },
    }));
    let policy = Policy::read(&json).unwrap();
    let exposure = Exposure::of(&policy, resource(Kind::Role));
    assert!(!exposure.is_public());
    assert_eq!(exposure.weaknesses, []);
    assert_eq!(exposure.grants[0].denies, [1]);
}

#[test]
fn a_provider_needs_its_own_action() {
    let mut json = trust(GITHUB, json!({}));
    json["Statement"][0]["Action"] = json!("sts:AssumeRole");
    lets_in(&json, Kind::Role, &[]);
}

#[test]
fn weaknesses_of_grants() {
    for (kind, principal, condition, expected) in [
        (Kind::Role, json!({ "AWS": "222233334444" }), json!({}), vec![Flaw::NoExternalId]),
        (
            Kind::Role,
            json!({ "AWS": "arn:aws:iam::222233334444:role/a" }),
            json!({}),
            vec![Flaw::NoExternalId],
        ),
        (Kind::Role, json!({ "AWS": OWNER }), json!({}), vec![]),
        (
            Kind::Role,
            json!({ "AWS": "222233334444" }),
            json!({ "StringEquals": { "sts:ExternalId": "x" } }),
            vec![],
        ),
        (
            Kind::Role,
            json!({ "AWS": "222233334444" }),
            json!({ "StringLike": { "sts:ExternalId": "*" } }),
            vec![Flaw::NoExternalId],
        ),
        (
            Kind::Role,
            json!({ "AWS": "222233334444" }),
            json!({ "StringEqualsIfExists": { "sts:ExternalId": "x" } }),
            vec![Flaw::NoExternalId],
        ),
        (Kind::Role, json!({ "Service": "ec2.amazonaws.com" }), json!({}), vec![]),
        (Kind::Other, json!({ "Service": "sns.amazonaws.com" }), json!({}), vec![Flaw::NoSource]),
        (
            Kind::Other,
            json!({ "Service": "sns.amazonaws.com" }),
            json!({ "StringEquals": { "aws:SourceAccount": OWNER } }),
            vec![],
        ),
        // The id of a skill says for whom Alexa calls.
        (
            Kind::Other,
            json!({ "Service": "alexa-appkit.amazon.com" }),
            json!({ "StringEquals": { "lambda:EventSourceToken": "amzn1.ask.skill.1" } }),
            vec![],
        ),
        (
            Kind::Other,
            json!({ "Service": "alexa-appkit.amazon.com" }),
            json!({ "StringLike": { "lambda:EventSourceToken": "*" } }),
            vec![Flaw::NoSource],
        ),
        (Kind::Other, json!({ "AWS": "222233334444" }), json!({}), vec![]),
    ] {
        let json = policy(&[json!({
            "Effect": "Allow", "Principal": principal, "Action": "*", "Condition": condition,
        })]);
        let read = Policy::read(&json).unwrap();
        let exposure = Exposure::of(&read, resource(kind));
        let found: Vec<Flaw> = exposure.weaknesses.iter().map(|it| it.flaw).collect();
        assert_eq!(found, expected, "{json:#}");
    }
}

/// A policy far larger than AWS takes is answered, and errs on the safe side.
#[test]
fn policies_built_to_take_long() {
    let many = 3_000;
    let actions: Vec<String> = (0..many).map(|n| format!("sqs:A{n}*")).collect();
    let accounts: Vec<String> = (0..many).map(|n| format!("{:012}", n + 1)).collect();
    let roles: Vec<String> =
        accounts.iter().map(|id| format!("arn:aws:iam::{id}:role/r")).collect();
    let stars = "*a".repeat(1_000);
    let deny = |actions: Value| json!({ "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*" });

    // Each Deny takes one action of each of many principals.
    let mut statements = vec![json!({
        "Effect": "Allow", "Principal": { "AWS": accounts }, "Action": actions, "Resource": "*",
    })];
    statements.extend(actions.iter().map(|action| deny(json!(action))));
    let json = policy(&statements);
    let read = Policy::read(&json).unwrap();
    assert!(Exposure::of(&read, resource(Kind::Other)).grants.len() >= many);

    // As many Allows as Denies, none of which covers another.
    let mut statements: Vec<Value> = actions
        .iter()
        .map(|action| json!({ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*" }))
        .collect();
    statements.extend(actions.iter().map(|action| deny(json!(format!("{action}b")))));
    let json = policy(&statements);
    let read = Policy::read(&json).unwrap();
    assert_eq!(Exposure::of(&read, resource(Kind::Other)).grants.len(), many);

    // Limits of which each must be compared with each.
    let json = policy(&[json!({
        "Effect": "Allow", "Principal": { "AWS": accounts }, "Action": "*", "Resource": "*",
        "Condition": {
            "ArnLike": { "aws:PrincipalArn": roles },
            "StringEquals": { "aws:PrincipalAccount": accounts },
            "StringLike": { "aws:PrincipalAccount": accounts },
        },
    })]);
    let read = Policy::read(&json).unwrap();
    assert!(!Exposure::of(&read, resource(Kind::Other)).is_public());

    // Wildcards that match in many ways.
    let resources: Vec<String> = (0..40).map(|n| format!("{stars}{n}")).collect();
    let json = policy(&[
        json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resources }),
        json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": resources.iter().map(|it| format!("{it}b")).collect::<Vec<_>>() }),
    ]);
    let read = Policy::read(&json).unwrap();
    assert!(Exposure::of(&read, resource(Kind::Other)).is_public());
}
