//! Wider is never milder: whatever is added to a policy, its strongest score stays or rises.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use secmonkey_core::account::Accounts;
use secmonkey_core::check::World;
use serde_json::{Value, json};

use crate::check::Document;

const ACTIONS: &[&str] = &[
    "*",
    "iam:*",
    "iam:PassRole",
    "iam:Put*",
    "iam:CreateAccessKey",
    "ec2:*",
    "ec2:Authorize*",
    "ec2:RunInstances",
    "s3:*",
    "s3:GetObject",
    "s3:PutBucketPolicy",
    "kms:CreateGrant",
    "lambda:UpdateFunctionCode",
    "logs:*",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:*:*:*:*",
    "arn:aws:iam::*:*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:mfa/*",
    "arn:aws:ec2:*:*:*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::acme-reports/*",
    "arn:aws:lambda:*:*:function:*",
];

fn conditions() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } }),
        json!({ "StringEquals": { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/b" } }),
        json!({ "StringEquals": { "aws:ResourceTag/team": "a" } }),
    ])
}

fn statement() -> impl Strategy<Value = Value> {
    let named = (
        prop_oneof![4 => Just("Allow"), 1 => Just("Deny")],
        prop_oneof![5 => Just("Action"), 1 => Just("NotAction")],
        subsequence(ACTIONS, 1..=3),
        prop_oneof![6 => Just("Resource"), 1 => Just("NotResource")],
        subsequence(RESOURCES, 1..=2),
        proptest::option::weighted(0.3, conditions()),
    );
    named.prop_map(|(effect, of_actions, actions, of_resources, resources, condition)| {
        let mut statement =
            json!({ "Effect": effect, of_actions: actions, of_resources: resources });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

/// The strongest score of a policy of these statements.
fn strongest(statements: &[Value]) -> u8 {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let accounts = Accounts::default();
    let world = World::new(jiff::Timestamp::UNIX_EPOCH, &accounts, &());
    let document = Document {
        value: &policy,
        technology: "iam_managed_policy",
        account: &"111122223333".parse().unwrap(),
        name: "it",
        arn: None,
    };
    document.judge(&world).findings.values().map(|it| it.score).max().unwrap_or(0)
}

/// The statement with one more name in an element, or one less in its contrary.
fn widened(statement: &Value, [only, all_but]: [&str; 2], name: &str) -> Value {
    let mut wider = statement.clone();
    if let Some(named) = wider.get_mut(only).and_then(Value::as_array_mut) {
        named.push(name.into());
    } else if let Some(named) = wider.get_mut(all_but).and_then(Value::as_array_mut)
        && named.len() > 1
    {
        named.pop();
    }
    wider
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn wider_is_never_milder(
        statements in prop::collection::vec(statement(), 1..4),
        at in any::<prop::sample::Index>(),
        action in select(ACTIONS),
        resource in select(RESOURCES),
    ) {
        let before = strongest(&statements);
        let at = at.index(statements.len());
        let with = |statement: Option<Value>| {
            let mut all = statements.clone();
            match statement {
                Some(statement) => all[at] = statement,
                None => drop(all.remove(at)),
            }
            all
        };
        let one = &statements[at];
        let wider: Vec<Vec<Value>> = if one["Effect"] == "Deny" {
            vec![with(None)]
        } else {
            let mut free = one.clone();
            free.as_object_mut().unwrap().remove("Condition");
            let mut everything = one.clone();
            everything.as_object_mut().unwrap().remove("NotAction");
            everything["Action"] = json!("*");
            vec![
                with(Some(widened(one, ["Action", "NotAction"], action))),
                with(Some(widened(one, ["Resource", "NotResource"], resource))),
                with(Some(free)),
                with(Some(everything)),
            ]
        };
        for wider in wider {
            let after = strongest(&wider);
            prop_assert!(
                after >= before,
                "{before}, then {after}:\n{}\n{}",
                json!(statements),
                json!(wider)
            );
        }
    }
}
