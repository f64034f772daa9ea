//! Documents by themselves, statement by statement.

use super::*;

#[test]
fn an_action_on_resources_of_another_service_is_none() {
    let of = |resource: &str| {
        let mut services = ask(&[allow(json!("*"), json!(resource))], |it| {
            it.allowed().iter().map(|id| id.action().service).collect::<Vec<_>>()
        });
        services.dedup();
        services
    };
    assert_eq!(of("arn:aws:dynamodb:*:*:table/*"), ["backup", "dynamodb"]);
    assert_eq!(
        of("arn:aws:iam::*:role/*"),
        ["backup", "codestar", "ec2", "es", "iam", "ssm", "sts"]
    );
    assert!(of("arn:aws:${service}:*:*:*").len() > 300);
}

#[test]
fn a_document_does_not_tell_of_actions_on_resources_of_another_service() {
    let table = "arn:aws:dynamodb:*:111122223333:table/orders";
    let statements = [
        json!({ "Effect": "Allow", "NotAction": "dynamodb:DeleteTable", "Resource": table }),
        allow(json!(["iam:*", "ec2:Authorize*"]), json!(table)),
    ];
    let json = policy(&statements);
    let read = Policy::read(&json).unwrap();
    let document = Document::of(&read);
    assert!(document.security_group_write().is_empty());
    assert!(document.pass_role().is_empty());
    assert!(document.iam_wildcard().is_empty());
    assert_eq!(
        told(&document.service_write(|it| ["dynamodb", "iam"].contains(&it))),
        ["0 dynamodb"]
    );
    assert_eq!(told(&document.allow_not_action()), ["0 -"]);
}

/// What the whole document says, by statement: `index service`.
fn told(found: &[Found<'_, '_>]) -> Vec<String> {
    found.iter().map(|it| format!("{} {}", it.index, it.service.unwrap_or("-"))).collect()
}

#[test]
fn a_document_statement_by_statement() {
    let statements = [
        allow(json!(["ec2:DescribeInstances"]), json!("*")),
        allow(json!(["*"]), json!("arn:aws:s3:::logs/*")),
        allow(json!(["IAM:*", "s3:PutBucketPolicy"]), json!("*")),
        allow(json!("iam:Pass*"), json!("arn:aws:iam::111122223333:role/app")),
        json!({ "Effect": "Allow", "NotAction": ["iam:*", "s*", "a*", "c*"], "Resource": "*" }),
        json!({ "Effect": "Allow", "Action": "ec2:Authorize*", "NotResource": "arn:aws:ec2:*:*:security-group/sg-1" }),
        allow(json!(["ec2:AuthorizeSecurityGroupIngress"]), json!("*")),
        deny(json!("ec2:AuthorizeSecurityGroupEgress"), json!("*")),
    ];
    let json = policy(&statements);
    let read = Policy::read(&json).unwrap();
    let document = Document::of(&read);

    // Every action on some objects makes no administrator.
    assert!(document.full_admin().is_empty());
    assert_eq!(told(&document.iam_wildcard()), ["2 -"]);
    let managing = document.permissions_management();
    let first = managing.iter().position(|it| it.index == 2).unwrap();
    assert!(managing[..first].iter().any(|it| it.index == 1 && it.service == Some("s3")));
    let managing = &managing[first..];
    assert_eq!(told(&managing[..2]), ["2 iam", "2 s3"]);
    assert_eq!(names(&managing[1].actions), ["s3:PutBucketPolicy"]);
    assert!(managing[2..].iter().all(|it| it.index == 4 && it.service != Some("iam")));
    assert_eq!(told(&document.pass_role()), ["2 -", "3 -"]);
    assert_eq!(told(&document.allow_not_action()), ["4 -"]);
    assert_eq!(told(&document.allow_not_resource()), ["5 -"]);
    let groups = document.security_group_write();
    assert_eq!(told(&groups), ["4 -", "5 -", "6 -"]);
    for found in &groups {
        assert_eq!(names(&found.actions), ["ec2:AuthorizeSecurityGroupIngress"]);
    }
    let ec2 = document.service_write(|service| service == "ec2");
    assert_eq!(told(&ec2), ["4 ec2", "5 ec2", "6 ec2"]);
    assert!(document.service_write(|_| false).is_empty());
    // By service, once a statement.
    let all = document.service_write(|_| true);
    let mut told = told(&all);
    let count = told.len();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count);
}

#[test]
fn denies_of_a_document_count() {
    type Question = fn(&Document<'_, '_>) -> usize;
    let full: Question = |it| it.full_admin().len();
    let iam: Question = |it| it.iam_wildcard().len();
    let pass: Question = |it| it.pass_role().len();
    let managing: Question = |it| it.permissions_management().len();
    let mfa = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
    let star = || allow(json!("*"), json!("*"));
    let cases: &[(&str, Vec<Value>, Question, usize)] = &[
        ("two stars", vec![allow(json!("*:*"), json!("*"))], full, 1),
        ("denied", vec![star(), deny(json!("*"), json!("*"))], full, 0),
        ("denied", vec![star(), deny(json!("iam:*"), json!("*"))], full, 0),
        ("then the rest is told", vec![star(), deny(json!("iam:*"), json!("*"))], iam, 0),
        ("without MFA", vec![star(), under(deny(json!("*"), json!("*")), mfa)], full, 1),
        ("told once", vec![star()], pass, 0),
        ("told once", vec![star()], managing, 0),
        ("told once", vec![star()], iam, 0),
        ("a pattern of the service", vec![allow(json!("ia*:*"), json!("*"))], iam, 1),
        ("piece by piece", vec![allow(json!(["iam:[a-z]*", "iam:?*"]), json!("*"))], iam, 1),
        ("not all", vec![allow(json!(["iam:C*", "iam:P*"]), json!("*"))], iam, 0),
        (
            "denied",
            vec![allow(json!("iam:*"), json!("*")), deny(json!("iam:Put*"), json!("*"))],
            iam,
            0,
        ),
        ("a Deny alone", vec![deny(json!("*"), json!("*"))], full, 0),
        (
            "on nothing",
            vec![json!({ "Effect": "Allow", "Action": "*", "NotResource": "*" })],
            full,
            0,
        ),
        (
            "passing, denied where allowed",
            vec![
                allow(json!("iam:PassRole"), json!("arn:aws:iam::1:role/a")),
                deny(json!("iam:PassRole"), json!("arn:aws:iam::*:role/*")),
            ],
            pass,
            0,
        ),
    ];
    for (name, statements, question, expected) in cases {
        let json = policy(statements);
        let read = Policy::read(&json).unwrap();
        assert_eq!(question(&Document::of(&read)), *expected, "{name}: {json}");
    }
}
