//! What a Deny takes away, and what it leaves.

use super::*;

fn deny(principal: (&str, Value), condition: Value) -> Value {
    let (element, principal) = principal;
    json!({ "Effect": "Deny", element: principal, "Action": "*", "Resource": "*", "Condition": condition })
}

#[test]
fn a_deny_leaves_whom_it_spares() {
    let everybody = || ("Principal", json!("*"));
    for (statement, expected) in [
        (deny(everybody(), json!({})), vec![]),
        (
            deny(everybody(), json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-a" } })),
            vec!["organization o-a"],
        ),
        (
            deny(
                everybody(),
                json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-a" } }),
            ),
            vec!["organization o-a"],
        ),
        (
            deny(
                everybody(),
                json!({
                    "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-a", "aws:SourceVpce": "vpce-1" },
                    "BoolIfExists": { "aws:PrincipalIsAWSService": "false" },
                }),
            ),
            vec!["service *", "organization o-a", "vpc_endpoint vpce-1"],
        ),
        // An anonymous request has no `aws:PrincipalIsAWSService`, so this does not deny it.
        (
            deny(
                everybody(),
                json!({
                    "StringNotEquals": { "aws:PrincipalOrgID": "o-a" },
                    "Bool": { "aws:PrincipalIsAWSService": "false" },
                }),
            ),
            vec!["public"],
        ),
        (deny(everybody(), json!({ "Bool": { "aws:SecureTransport": "false" } })), vec!["public"]),
        (
            deny(
                everybody(),
                json!({ "Bool": { "aws:SecureTransport": "false" }, "StringNotEquals": { "aws:PrincipalOrgID": "o-a" } }),
            ),
            vec!["public"],
        ),
        (
            deny(everybody(), json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } })),
            vec!["network 203.0.113.0/24"],
        ),
        (
            deny(
                everybody(),
                json!({
                    "NotIpAddress": { "aws:SourceIp": "0.0.0.0/1" },
                    "NotIpAddressIfExists": { "aws:SourceIp": "128.0.0.0/1" },
                }),
            ),
            vec!["public"],
        ),
        (
            deny(everybody(), json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/0" } })),
            vec!["public"],
        ),
        (
            deny(everybody(), json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } })),
            vec!["public"],
        ),
        (
            deny(
                everybody(),
                json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::222233334444:role/*" } }),
            ),
            vec!["arn arn:aws:iam::222233334444:role/*"],
        ),
        (
            deny(everybody(), json!({ "StringNotLike": { "aws:PrincipalArn": "*" } })),
            vec!["public"],
        ),
        (
            deny(
                everybody(),
                json!({ "StringNotLike": { "aws:userid": ["AROAEXAMPLE:*", "222233334444"] } }),
            ),
            vec!["arn AROAEXAMPLE:*", "account 222233334444"],
        ),
        (
            deny(
                everybody(),
                json!({ "StringNotEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }),
            ),
            vec!["own_organization"],
        ),
        // Nobody documents what is not equal to a variable that has no value.
        (
            deny(
                everybody(),
                json!({ "StringNotEquals": { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } }),
            ),
            vec!["public"],
        ),
        // What a service does for whoever asked it is spared, and nothing else.
        (
            deny(
                everybody(),
                json!({
                    "NotIpAddressIfExists": { "aws:SourceIp": "203.0.113.0/24" },
                    "BoolIfExists": { "aws:ViaAWSService": "false" },
                }),
            ),
            vec!["service *", "network 203.0.113.0/24"],
        ),
        (deny(everybody(), json!({ "Bool": { "aws:ViaAWSService": "false" } })), vec!["service *"]),
        (
            deny(
                everybody(),
                json!({
                    "StringNotEquals": { "aws:PrincipalAccount": OWNER },
                    "Null": { "aws:PrincipalServiceName": "true" },
                }),
            ),
            vec!["service *", "account 111122223333"],
        ),
        (
            deny(
                everybody(),
                json!({
                    "StringNotEquals": { "aws:PrincipalAccount": OWNER },
                    "Null": { "aws:PrincipalServiceName": "false" },
                }),
            ),
            vec!["public"],
        ),
        (
            deny(everybody(), json!({ "StringNotAtAll": { "aws:PrincipalOrgID": "o-a" } })),
            vec!["public"],
        ),
        (
            deny(
                everybody(),
                json!({ "ForAnyValue:StringNotLike": { "aws:PrincipalOrgPaths": "o-a/*" } }),
            ),
            vec!["public"],
        ),
        (
            deny(
                everybody(),
                json!({ "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": "o-a/*" } }),
            ),
            vec!["organization o-a"],
        ),
        (deny(everybody(), json!({ "Null": { "aws:PrincipalOrgID": "true" } })), vec!["public"]),
        (
            deny(
                everybody(),
                json!({ "Null": { "aws:PrincipalOrgID": "false" }, "StringNotEquals": { "aws:PrincipalOrgID": "o-a" } }),
            ),
            vec!["public"],
        ),
        (
            deny(
                (
                    "NotPrincipal",
                    json!({ "AWS": ["222233334444", "arn:aws:iam::333344445555:role/a"] }),
                ),
                json!({}),
            ),
            vec!["account 222233334444", "arn arn:aws:iam::333344445555:role/a"],
        ),
        (
            deny(
                ("NotPrincipal", json!({ "AWS": "222233334444" })),
                json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }),
            ),
            vec!["account 222233334444", "vpc_endpoint vpce-1"],
        ),
        (deny(("NotPrincipal", json!("*")), json!({})), vec!["public"]),
        (deny(("Principal", json!({ "AWS": "222233334444" })), json!({})), vec!["public"]),
    ] {
        lets_in(&policy(&[allow(json!("*"), json!({})), statement]), Kind::Other, &expected);
    }
}

#[test]
fn a_deny_of_one_takes_what_that_one_was_given() {
    let named = json!({ "AWS": ["222233334444", "arn:aws:iam::222233334444:role/a", "arn:aws:iam::333344445555:role/b"] });
    for (denied, expected) in [
        (json!({ "AWS": "222233334444" }), vec!["arn arn:aws:iam::333344445555:role/b"]),
        (
            json!({ "AWS": "arn:aws:iam::222233334444:role/a" }),
            vec!["account 222233334444", "arn arn:aws:iam::333344445555:role/b"],
        ),
    ] {
        let json =
            policy(&[allow(named.clone(), json!({})), deny(("Principal", denied), json!({}))]);
        lets_in(&json, Kind::Other, &expected);
    }
    // All who are named sign their requests, so they have the key.
    let perimeter = deny(
        ("Principal", json!("*")),
        json!({
            "StringNotEquals": { "aws:PrincipalOrgID": "o-a" },
            "Bool": { "aws:PrincipalIsAWSService": "false" },
        }),
    );
    let json = policy(&[allow(json!({ "AWS": "222233334444" }), json!({})), perimeter]);
    lets_in(&json, Kind::Other, &["account 222233334444"]);
    let services = deny(
        ("Principal", json!("*")),
        json!({ "Bool": { "aws:PrincipalIsAWSService": "false" } }),
    );
    let json = policy(&[allow(json!({ "AWS": "222233334444" }), json!({})), services]);
    lets_in(&json, Kind::Other, &[]);
}

/// Whoever asks through a service is still who asks.
#[test]
fn who_asks_through_a_service_is_spared_with_it() {
    let deny = deny(("Principal", json!("*")), json!({ "Bool": { "aws:ViaAWSService": "false" } }));
    let role = "arn:aws:iam::444455556666:role/r";
    let policy = policy(&[allow(json!({ "AWS": role }), json!({})), deny]);
    lets_in(&policy, Kind::Bucket, &[&format!("arn {role}")]);
}

#[test]
fn denies_of_some_actions_and_resources() {
    let objects = "arn:aws:s3:::logs/*";
    let bucket = "arn:aws:s3:::logs";
    for ((actions, resources), denies, expected) in [
        (
            (json!(["s3:GetObject", "s3:PutObject"]), json!(objects)),
            vec![(json!("s3:Put*"), json!("*"))],
            vec![("s3:GetObject", objects)],
        ),
        (
            (json!("s3:*"), json!(objects)),
            vec![(json!("s3:Put*"), json!("*"))],
            vec![("s3:*", objects)],
        ),
        ((json!("s3:getobject"), json!(objects)), vec![(json!("S3:Get*"), json!("*"))], vec![]),
        (
            (json!("s3:*"), json!([bucket, objects])),
            vec![(json!("s3:*"), json!(objects))],
            vec![("s3:*", bucket)],
        ),
        (
            (json!(["s3:GetObject", "s3:PutObject"]), json!([bucket, objects])),
            vec![(json!("s3:GetObject"), json!(objects))],
            vec![
                ("s3:GetObject", bucket),
                ("s3:PutObject", "arn:aws:s3:::logs arn:aws:s3:::logs/*"),
            ],
        ),
        (
            (json!(["s3:GetObject", "s3:PutObject"]), json!([bucket, objects])),
            vec![(json!("s3:Get*"), json!("*")), (json!("s3:Put*"), json!("*"))],
            vec![],
        ),
        (
            (json!("s3:*"), json!([bucket, objects])),
            vec![(json!("*"), json!(objects)), (json!("*"), json!(bucket))],
            vec![],
        ),
        (
            (json!("s3:*"), json!(objects)),
            vec![(json!("*"), json!("arn:aws:s3:::logs/${aws:userid}/*"))],
            vec![("s3:*", objects)],
        ),
    ] {
        let mut statements = vec![json!({
            "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources,
        })];
        statements.extend(denies.iter().map(|(actions, resources)| {
            json!({ "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resources })
        }));
        let json = policy(&statements);
        let policy = Policy::read(&json).unwrap();
        let exposure = Exposure::of(&policy, resource(Kind::Bucket));
        let join = |of: &Of<Pattern<'_>>| {
            of.named().iter().map(Pattern::as_str).collect::<Vec<_>>().join(" ")
        };
        let left: Vec<(String, String)> = exposure
            .grants
            .iter()
            .map(|grant| (join(&grant.actions), join(grant.resources.as_deref().unwrap())))
            .collect();
        let left: Vec<(&str, &str)> = left.iter().map(|(a, r)| (a.as_str(), r.as_str())).collect();
        assert_eq!(left, expected, "{json:#}");
    }
}

#[test]
fn all_but_some_actions() {
    let allow_but = |but: Value| json!({ "Effect": "Allow", "Principal": "*", "NotAction": but, "Resource": "*" });
    let deny_but = |but: Value| json!({ "Effect": "Deny", "Principal": "*", "NotAction": but, "Resource": "*" });
    for (statements, public) in [
        (vec![allow_but(json!("s3:Get*")), deny_but(json!("s3:GetObject"))], false),
        (vec![allow_but(json!("s3:GetObject")), deny_but(json!("s3:Get*"))], true),
        (vec![allow(json!("*"), json!({})), deny_but(json!("s3:*"))], false),
        (vec![allow(json!("*"), json!({})), deny_but(json!("SQS:*"))], true),
        (vec![allow_but(json!("s3:*")), deny(("Principal", json!("*")), json!({}))], false),
    ] {
        let json = policy(&statements);
        let policy = Policy::read(&json).unwrap();
        assert_eq!(Exposure::of(&policy, Resource::default()).is_public(), public, "{json:#}");
    }
}
