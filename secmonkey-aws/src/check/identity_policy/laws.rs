//! Wider is never milder: whatever is added to a policy, its strongest score stays or rises.
//! Idle is never stronger: what nobody has scores 3 at most, and says why.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use secmonkey_core::account::Accounts;
use secmonkey_core::check::page::Surroundings;
use secmonkey_core::check::{Auditor as _, Findings, Merged, World};
use secmonkey_core::item::Item;
use serde_json::{Value, json};

use crate::check::{Catalogue, Document};

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

const TECHNOLOGIES: &[&str] = &["iam_group", "iam_managed_policy", "iam_role", "iam_user"];

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

/// The strongest score of a policy of these statements that an identity has, or that stands
/// alone.
fn strongest(technology: &str, statements: &[Value]) -> u8 {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let accounts = Accounts::default();
    let world = World::new(jiff::Timestamp::UNIX_EPOCH, &accounts, &());
    let document = Document {
        value: &policy,
        technology,
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
        technology in select(TECHNOLOGIES),
    ) {
        let before = strongest(technology, &statements);
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
            let after = strongest(technology, &wider);
            prop_assert!(
                after >= before,
                "{technology}: {before}, then {after}:\n{}\n{}",
                json!(statements),
                json!(wider)
            );
        }
    }

    #[test]
    fn idle_is_never_stronger(
        statements in prop::collection::vec(statement(), 1..4),
        which in 0..IDLE.len(),
    ) {
        let (technology, at, used, idle) = &IDLE[which];
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let inline = json!([{ "PolicyName": "it", "PolicyDocument": policy }]);
        let member = if *technology == "iam_managed_policy" { policy } else { inline };
        let (used, idle) = (judged(technology, at, &member, used), judged(technology, at, &member, idle));
        prop_assert_eq!(idle.len(), used.len());
        for (which, finding) in &idle {
            prop_assert!(finding.score <= used[which].score.min(3), "{}", finding.detail);
            prop_assert!(used[which].grounds.contains("in use"), "{}", finding.detail);
            let why = finding.detail.strip_prefix(&used[which].detail);
            prop_assert!(why.is_some_and(|why| why.starts_with("; ")), "{}", finding.detail);
        }
    }
}

/// Identities and policies that somebody has, and the same that nobody has.
static IDLE: std::sync::LazyLock<Vec<(&str, &str, Value, Value)>> = std::sync::LazyLock::new(
    || {
        let role = |used: &str| json!({ "CreateDate": "2020-01-01T00:00:00Z", "RoleLastUsed": { "LastUsedDate": used } });
        vec![
            (
                "iam_group",
                "GroupPolicyList",
                json!({ "GroupId": "AGPAEXAMPLE", "Users": [{ "UserId": "AIDAEXAMPLE" }] }),
                json!({ "GroupId": "AGPAEXAMPLE" }),
            ),
            (
                "iam_role",
                "RolePolicyList",
                role("2025-12-30T00:00:00Z"),
                role("2025-01-01T00:00:00Z"),
            ),
            (
                "iam_managed_policy",
                "Document",
                json!({ "AttachmentCount": 1 }),
                json!({ "AttachmentCount": 0 }),
            ),
            (
                "iam_managed_policy",
                "Document",
                json!({ "AttachmentCount": 1 }),
                json!({ "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 2 }),
            ),
        ]
    },
);

/// What the checks of identity policies find in a configuration.
fn judged(technology: &str, at: &str, policies: &Value, rest: &Value) -> Merged {
    let mut config = rest.clone();
    config[at] = policies.clone();
    let item = Item {
        key: format!("111122223333/{technology}/global/it").parse().unwrap(),
        name: "it".to_owned(),
        arn: None,
        config,
    };
    let (accounts, around) = (Accounts::default(), Surroundings::default());
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut found =
        Findings::only(|check| check.id.contains(".policy_") || check.id.contains(".effective_"));
    Catalogue.audit(&item, &World::new(now, &accounts, &around), &mut found);
    assert!(found.undecided().is_empty(), "{:?}", found.undecided());
    found.merged()
}
