#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` values are written where they are used"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::actions::ActionId;

mod document;

/// An Allow of actions on resources.
fn allow(actions: Value, resources: Value) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn deny(actions: Value, resources: Value) -> Value {
    json!({ "Effect": "Deny", "Action": actions, "Resource": resources })
}

fn under(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What the permissions of an identity with one policy make of a question.
fn ask<T>(statements: &[Value], question: impl Fn(&Permissions<'_, '_>) -> T) -> T {
    ask_bounded(statements, None, question)
}

fn ask_bounded<T>(
    statements: &[Value],
    boundary: Option<&[Value]>,
    question: impl Fn(&Permissions<'_, '_>) -> T,
) -> T {
    let (document, boundary) = (policy(statements), boundary.map(policy));
    let read = Policy::read(&document).unwrap();
    let boundary = boundary.as_ref().map(|it| Policy::read(it).unwrap());
    let mut identity = Identity::new().with("inline/it", &read);
    if let Some(boundary) = &boundary {
        identity = identity.bounded_by("boundary", boundary);
    }
    question(&identity.permissions())
}

fn names(set: &Set) -> Vec<String> {
    set.iter().map(|id| id.action().to_string()).collect()
}

fn paths(permissions: &Permissions<'_, '_>) -> Vec<&'static str> {
    permissions.escalations().iter().map(|it| it.path.id).collect()
}

/// Where: `label/pointer`.
fn places(evidence: &[Source<'_>]) -> Vec<String> {
    evidence.iter().map(|it| format!("{}{}", it.label, it.pointer)).collect()
}

fn is_admin(permissions: &Permissions<'_, '_>) -> bool {
    permissions.full_admin().is_some()
}

fn managed(name: &str) -> Value {
    let path = format!("{}/fixtures/managed/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn who_is_a_full_administrator() {
    let everything = || allow(json!("*"), json!("*"));
    let cases: &[(&str, Vec<Value>, bool)] = &[
        ("as AWS writes it", vec![everything()], true),
        ("an ARN of everything", vec![allow(json!("*:*"), json!("arn:aws:*:*:*:*"))], true),
        ("half and half", vec![allow(json!("[a-m]*"), json!("*"))], false),
        (
            "letter by letter, in several statements",
            ('a'..='z').map(|it| allow(json!(format!("{it}*")), json!("*"))).collect(),
            true,
        ),
        (
            "NotAction of what it allows beside",
            vec![
                json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
                allow(json!("iam:*"), json!("*")),
            ],
            true,
        ),
        (
            "all but IAM",
            vec![json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" })],
            false,
        ),
        (
            "on all but IAM's resources",
            vec![json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:*" })],
            false,
        ),
        (
            "on all but everything",
            vec![json!({ "Effect": "Allow", "Action": "*", "NotResource": "*" })],
            false,
        ),
        ("each service on its own", vec![allow(json!("*"), json!("arn:aws:iam::*:*"))], false),
        (
            "without a little that is denied",
            vec![everything(), deny(json!(["iam:CreateUser", "aws-portal:*"]), json!("*"))],
            true,
        ),
        (
            "without what would lift the Deny",
            vec![everything(), deny(json!("iam:Detach*"), json!("*"))],
            false,
        ),
        (
            "denied on some resources",
            vec![everything(), deny(json!("*"), json!("arn:aws:s3:::logs/*"))],
            true,
        ),
        (
            "a Deny with a principal is not understood",
            vec![
                everything(),
                json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" }),
            ],
            true,
        ),
        (
            "a Deny without resources is not understood",
            vec![everything(), json!({ "Effect": "Deny", "Action": "*" })],
            true,
        ),
        (
            "only where tags say so",
            vec![under(
                everything(),
                json!({ "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }),
            )],
            false,
        ),
        (
            "where tags do not say otherwise",
            vec![under(
                everything(),
                json!({ "StringNotEquals": { "aws:ResourceTag/team": "audit" } }),
            )],
            true,
        ),
    ];
    for (name, statements, expected) in cases {
        assert_eq!(ask(statements, is_admin), *expected, "{name}");
    }
}

#[test]
fn conditions_are_told_and_remove_nothing() {
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let statements = [
        under(allow(json!("*"), json!("*")), mfa),
        allow(json!("s3:GetObject"), json!("arn:aws:s3:::a/*")),
    ];
    ask(&statements, |permissions| {
        let admin = permissions.full_admin().unwrap();
        assert!(admin.unconditional.is_empty());
        assert_eq!(places(&admin.evidence), ["inline/it/Statement/0"]);
        assert_eq!(names(permissions.unconditional()), ["s3:GetObject"]);
        let read: Set = ActionId::find("s3:GetObject").into_iter().collect();
        let held = permissions.held(&read).unwrap();
        assert_eq!(names(&held.unconditional), ["s3:GetObject"]);
        assert_eq!(names(&held.everywhere), ["s3:GetObject"]);
        // What has no conditions stands before what has.
        assert_eq!(places(&held.evidence), ["inline/it/Statement/1"]);
        // On everything it is allowed under a condition only.
        assert!(permissions.held_everywhere(&read).unwrap().unconditional.is_empty());
    });
}

#[test]
fn what_a_deny_takes() {
    let cases: &[(&str, Value, &[&str])] = &[
        ("the action on everything", deny(json!("s3:GetObject"), json!("*")), &["s3:PutObject"]),
        (
            "all but an action",
            json!({ "Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*" }),
            &["s3:GetObject"],
        ),
        (
            "a wider resource",
            deny(json!("s3:Get*"), json!("arn:aws:s3:::logs*")),
            &["s3:PutObject"],
        ),
        (
            "a narrower resource takes nothing",
            deny(json!("*"), json!("arn:aws:s3:::logs/2026/*")),
            &["s3:GetObject", "s3:PutObject"],
        ),
        (
            "all but other resources",
            json!({ "Effect": "Deny", "Action": "s3:Put*", "NotResource": "arn:aws:s3:::public/*" }),
            &["s3:GetObject"],
        ),
        (
            "all but these",
            json!({ "Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::logs/*" }),
            &["s3:GetObject", "s3:PutObject"],
        ),
        (
            "all but everything",
            json!({ "Effect": "Deny", "Action": "*", "NotResource": "*" }),
            &["s3:GetObject", "s3:PutObject"],
        ),
        (
            "under a condition",
            under(
                deny(json!("*"), json!("*")),
                json!({ "Bool": { "aws:ViaAWSService": "false" } }),
            ),
            &["s3:GetObject", "s3:PutObject"],
        ),
        (
            "an own folder, which variables may make another",
            deny(json!("*"), json!("arn:aws:s3:::${aws:username}/*")),
            &["s3:GetObject", "s3:PutObject"],
        ),
    ];
    for (name, denied, expected) in cases {
        let allowed = allow(json!(["s3:GetObject", "s3:PutObject"]), json!("arn:aws:s3:::logs/*"));
        // In whatever order.
        for statements in [[allowed.clone(), denied.clone()], [denied.clone(), allowed]] {
            assert_eq!(ask(&statements, |it| names(it.allowed())), *expected, "{name}");
        }
    }
}

#[test]
fn what_a_boundary_leaves() {
    let all = allow(json!("*"), json!("*"));
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let logs = || json!("arn:aws:s3:::logs/*");

    // Actions: what both allow.
    let leaves = |identity: &[Value], boundary: &[Value]| {
        ask_bounded(identity, Some(boundary), |it| names(it.allowed()))
    };
    let reads = [allow(json!(["s3:GetObject", "sqs:SendMessage"]), json!("*"))];
    assert_eq!(leaves(&reads, &[allow(json!("s3:*"), json!("*"))]), ["s3:GetObject"]);
    assert!(leaves(&reads, &[]).is_empty());
    assert!(leaves(&[], std::slice::from_ref(&all)).is_empty());
    // A Deny of the boundary counts, too.
    assert_eq!(leaves(&reads, &[all.clone(), deny(json!("sqs:*"), json!("*"))]), ["s3:GetObject"]);
    // Resources: those that are in both.
    let on_logs = [allow(json!("s3:GetObject"), logs())];
    assert_eq!(
        leaves(&on_logs, &[allow(json!("s3:*"), json!("arn:aws:s3:::l*/*"))]),
        ["s3:GetObject"]
    );
    assert!(leaves(&on_logs, &[allow(json!("s3:*"), json!("arn:aws:s3:::other/*"))]).is_empty());
    let other = json!({ "Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::logs*" });
    assert!(leaves(&on_logs, &[other]).is_empty());

    // Limited to a bucket by the boundary, nothing is on everything.
    let narrow = [allow(json!("s3:*"), logs())];
    ask_bounded(&reads, Some(&narrow), |permissions| {
        assert_eq!(names(permissions.allowed()), ["s3:GetObject"]);
        assert!(permissions.everywhere().is_empty());
    });
    // A condition of the boundary is one of the identity.
    let conditional = [under(all.clone(), mfa), allow(json!("s3:*"), logs())];
    ask_bounded(&reads, Some(&conditional), |permissions| {
        assert_eq!(names(permissions.allowed()), ["s3:GetObject", "sqs:SendMessage"]);
        assert_eq!(names(permissions.unconditional()), ["s3:GetObject"]);
        assert_eq!(names(permissions.everywhere()), ["s3:GetObject", "sqs:SendMessage"]);
        let read = permissions.held_everywhere(permissions.allowed()).unwrap();
        assert!(read.unconditional.is_empty());
    });
    // The resources of both must be of the right kind.
    let keys = [allow(json!("iam:CreateAccessKey"), json!("*"))];
    let own = [allow(json!("iam:*"), json!("arn:aws:iam::*:user/${aws:username}"))];
    assert_eq!(ask_bounded(&keys, Some(&own), paths), [""; 0]);
    assert!(ask_bounded(&keys, Some(&own), |it| it.credentials_exposure().is_none()));
    assert_eq!(ask_bounded(&keys, Some(&[all]), paths), ["iam:CreateAccessKey"]);
}

#[test]
fn policies_of_groups_add_up_and_are_named() {
    let passes = policy(&[allow(json!("iam:PassRole"), json!("arn:aws:iam::111122223333:role/*"))]);
    let runs = policy(&[
        allow(json!("s3:ListBucket"), json!("*")),
        allow(json!("ec2:RunInstances"), json!("*")),
    ]);
    let (passes, runs) = (Policy::read(&passes).unwrap(), Policy::read(&runs).unwrap());
    let group = "group/builders/inline/run";
    let identity = Identity::new().with("inline/pass", &passes).with(group, &runs);
    let permissions = identity.permissions();
    let found = permissions.escalations();
    assert_eq!(paths(&permissions), ["iam:PassRole+ec2:RunInstances"]);
    assert_eq!(
        places(&found[0].evidence),
        ["inline/pass/Statement/0", "group/builders/inline/run/Statement/1"]
    );
    assert!(!found[0].conditional);
    assert!(!found[0].everywhere);
    assert_eq!((found[0].evidence[1].policy, found[0].evidence[1].statement), (1, 1));
}

#[test]
fn policies_that_aws_manages() {
    // Name; full admin, permissions management, exfiltration, credentials; ways.
    type Row = (&'static str, [bool; 4], &'static [&'static str]);
    let cases: &[Row] = &[
        ("IAMReadOnlyAccess", [false; 4], &[]),
        ("IAMUserChangePassword", [false; 4], &[]),
        ("AmazonS3ReadOnlyAccess", [false, false, true, false], &[]),
        (
            "IAMFullAccess",
            [false, true, false, true],
            &[
                "iam:CreatePolicyVersion",
                "iam:SetDefaultPolicyVersion",
                "iam:AttachUserPolicy",
                "iam:AttachGroupPolicy",
                "iam:AttachRolePolicy",
                "iam:PutUserPolicy",
                "iam:PutGroupPolicy",
                "iam:PutRolePolicy",
                "iam:AddUserToGroup",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:UpdateLoginProfile",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateSAMLProvider",
                "iam:CreateServiceSpecificCredential",
                "iam:ResetServiceSpecificCredential",
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:UpdateOpenIDConnectProviderThumbprint",
                "iam:PassRole+iam:AddRoleToInstanceProfile",
            ],
        ),
        (
            "AWSLambda_FullAccess",
            [false, true, false, false],
            &[
                "iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction",
                "iam:PassRole+lambda:CreateFunction+lambda:CreateEventSourceMapping",
                "iam:PassRole+lambda:CreateFunction+lambda:AddPermission",
                "iam:PassRole+lambda:UpdateFunctionConfiguration+lambda:InvokeFunction",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
        ),
        (
            "AmazonEC2FullAccess",
            [false, true, true, true],
            &[
                "ec2:ModifyInstanceAttribute+ec2:StopInstances+ec2:StartInstances",
                "ec2:CreateLaunchTemplateVersion+ec2:ModifyLaunchTemplate",
            ],
        ),
        (
            "AmazonSSMFullAccess",
            [false, true, true, false],
            &["ssm:StartSession", "ssm:SendCommand", "ssm:CreateAssociation"],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, expected, ways) in cases {
        let document = managed(name);
        let read = Policy::read(&document).unwrap();
        let permissions = Identity::new().with(name, &read).permissions();
        let found = [
            is_admin(&permissions),
            permissions.permissions_management().is_some(),
            permissions.exfiltration().is_some(),
            permissions.credentials_exposure().is_some(),
        ];
        assert_eq!(found, *expected, "{name}");
        if paths(&permissions) != *ways {
            wrong.push((name, paths(&permissions)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let power = managed("PowerUserAccess");
    let power = Policy::read(&power).unwrap();
    let permissions = Identity::new().with("PowerUserAccess", &power).permissions();
    assert!(!is_admin(&permissions));
    assert!(permissions.permissions_management().is_some());
    assert!(paths(&permissions).iter().all(|path| !path.contains("iam:")));
    assert!(paths(&permissions).contains(&"sts:AssumeRole"));

    let admin = managed("AdministratorAccess");
    let admin = Policy::read(&admin).unwrap();
    let permissions = Identity::new().with("admin", &admin).permissions();
    assert_eq!(paths(&permissions), escalation::paths().iter().map(|it| it.id).collect::<Vec<_>>());
    assert_eq!(permissions.exfiltration().unwrap().actions.len(), sensitive::EXFILTRATION.len());
    assert_eq!(
        permissions.credentials_exposure().unwrap().actions.len(),
        sensitive::CREDENTIALS.len()
    );

    let bounded = Identity::new().with("admin", &admin).bounded_by("power", &power).permissions();
    assert!(!is_admin(&bounded));
    let bounded = Identity::new().with("admin", &admin).bounded_by("admin", &admin).permissions();
    assert!(is_admin(&bounded));
}

#[test]
fn every_action_of_the_lists_is_known() {
    let ways = escalation::paths().iter().flat_map(escalation::Path::actions);
    let lists = sensitive::EXFILTRATION.iter().chain(sensitive::CREDENTIALS).copied();
    for name in ways.chain(lists) {
        let action = actions::find(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(action.to_string(), name);
    }
}

#[test]
fn the_catalogue_is_sound() {
    use escalation::{Way, paths};
    for path in paths() {
        assert_eq!(paths().iter().filter(|it| it.id == path.id).count(), 1, "{}", path.id);
        let passes = path.actions().any(|action| action == "iam:PassRole");
        assert_eq!(passes, path.kind == Way::PassRole, "{}", path.id);
        assert_eq!(passes, !path.passed_to.is_empty(), "{}", path.id);
        // One that needs more than another of its kind tells nothing new.
        for other in paths().iter().filter(|it| it.kind == path.kind && it.id != path.id) {
            let needs: Vec<_> = other.actions().collect();
            assert!(!path.actions().all(|it| needs.contains(&it)), "{} {}", path.id, other.id);
        }
    }
    assert!(paths().len() >= 100);
}

#[test]
fn a_way_to_what_is_named_is_narrow() {
    let narrow = |action: Value, resource: &str, condition: Option<Value>| {
        let mut statement = allow(action, json!(resource));
        if let Some(condition) = condition {
            statement = under(statement, condition);
        }
        ask(&[statement], |it| it.escalations().iter().map(|way| way.narrow).collect::<Vec<_>>())
    };
    for (action, resource, expected) in [
        ("iam:PutRolePolicy", "*", false),
        ("iam:PutRolePolicy", "arn:aws:iam::*:role/*", false),
        ("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/app-*", true),
        // That may be its own.
        ("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}", false),
        ("iam:PutGroupPolicy", "arn:aws:iam::111122223333:group/staff", false),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*", false),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:*:111122223333:function:app", true),
    ] {
        assert_eq!(narrow(json!(action), resource, None), [expected], "{action} {resource}");
    }
    let boundary = |operator: &str, value: &str| {
        Some(json!({ operator: { "iam:PermissionsBoundary": value } }))
    };
    let own = "arn:aws:iam::111122223333:policy/boundary";
    for (condition, expected) in [
        (boundary("StringEquals", own), true),
        (boundary("ArnLike", "arn:aws:iam::111122223333:policy/*"), true),
        (boundary("StringLike", "*"), false),
        (boundary("StringNotEquals", own), false),
        (boundary("StringEqualsIfExists", own), false),
        (Some(json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })), false),
    ] {
        let what = format!("{condition:?}");
        assert_eq!(narrow(json!("iam:PutRolePolicy"), "*", condition), [expected], "{what}");
    }
    // Of two statements that which reaches further counts.
    let passes = [
        allow(json!("iam:PassRole"), json!("arn:aws:iam::111122223333:role/app")),
        allow(json!(["iam:PassRole", "ec2:RunInstances"]), json!("*")),
    ];
    assert!(ask(&passes, |it| !it.escalations()[0].narrow));
    assert!(ask(&[passes[0].clone(), allow(json!("ec2:RunInstances"), json!("*"))], |it| {
        it.escalations()[0].narrow
    }));
}

#[test]
fn actions_of_iam_count_where_what_is_named_is_what_they_are_about() {
    let of = |resource: &str| {
        ask(&[allow(json!("iam:*"), json!(resource))], |it| {
            (paths(it).len(), names(&it.allowed().intersection(managing())))
        })
    };
    let (ways, managed) = of("arn:aws:iam::*:mfa/${aws:username}");
    assert_eq!(ways, 0);
    assert!(managed.is_empty(), "{managed:?}");
    let (_, managed) = of("arn:aws:iam::*:group/*");
    assert!(managed.contains(&"iam:PutGroupPolicy".to_owned()));
    assert!(!managed.contains(&"iam:PutRolePolicy".to_owned()));
    let (ways, _) = of("arn:aws:iam::*:*");
    assert!(ways > 10);
}

#[test]
fn reading_and_signing_in_is_no_management() {
    for (action, expected) in [
        ("billing:GetResourcePolicy", false),
        ("ssm-sap:GetResourcePermission", false),
        ("backup:ListIndexedRecoveryPointsForSearch", false),
        ("quicksight:DescribeTopicPermissions", false),
        ("rds-db:connect", false),
        ("eks:CreateAccessEntry", true),
        ("s3:PutBucketPolicy", true),
        ("iam:PassRole", false),
    ] {
        assert_eq!(actions::find(action).unwrap().manages_permissions(), expected, "{action}");
    }
    let reading = ["Get", "List", "Describe"];
    for action in actions::all().filter(actions::Action::manages_permissions) {
        assert!(!reading.iter().any(|verb| action.name.starts_with(verb)), "{action}");
    }
}

/// Each way is open with its actions, closed where one of them is missing.
#[test]
fn each_way_takes_all_of_its_actions() {
    for path in escalation::paths() {
        let actions: Vec<_> = path.actions().collect();
        let all = [allow(json!(actions), json!("*"))];
        let found =
            ask(&all, |it| it.escalations().into_iter().map(|it| it.path.id).collect::<Vec<_>>());
        assert!(found.contains(&path.id), "{}", path.id);
        for missing in &actions {
            let others: Vec<_> = actions.iter().filter(|it| it != &missing).collect();
            let statements = [allow(json!(others), json!("*"))];
            if others.is_empty() {
                continue;
            }
            assert!(!ask(&statements, paths).contains(&path.id), "{} without {missing}", path.id);
        }
        for service in &path.passed_to {
            let condition = json!({ "StringEquals": { "iam:PassedToService": service } });
            let statements = [
                allow(json!(actions[1..]), json!("*")),
                under(allow(json!("iam:PassRole"), json!("*")), condition),
            ];
            assert!(ask(&statements, paths).contains(&path.id), "{} to {service}", path.id);
        }
    }
}

#[test]
fn on_which_resources_an_action_counts() {
    let on = |action: &str, resources: Value| {
        ask(&[allow(json!(action), resources)], |it| !paths(it).is_empty())
    };
    let arn = |resource: &str| json!(format!("arn:aws:iam::111122223333:{resource}"));
    // A key for oneself is no gain; a policy for oneself is all.
    for own in ["user/${aws:username}", "user/*/${aws:username}", "user/staff/${AWS:UserName}"] {
        assert!(!on("iam:CreateAccessKey", arn(own)), "{own}");
        assert!(!on("iam:UpdateLoginProfile", arn(own)), "{own}");
        assert!(on("iam:PutUserPolicy", arn(own)), "{own}");
    }
    for other in
        ["user/*", "user/alice", "user/${aws:username}*", "user/${aws:PrincipalTag/team}", "*"]
    {
        assert!(on("iam:CreateAccessKey", arn(other)), "{other}");
    }
    // What cannot be a user does not make it other than oneself.
    let own = json!(["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:mfa/*"]);
    assert!(!on("iam:CreateAccessKey", own));
    // In the language of 2008 a variable is a text.
    let old = json!({ "Version": "2008-10-17", "Statement": [
        allow(json!("iam:CreateAccessKey"), json!("arn:aws:iam::*:user/${aws:username}"))
    ] });
    let old = Policy::read(&old).unwrap();
    let permissions = Identity::new().with("old", &old).permissions();
    // And no user has such a name.
    assert_eq!(paths(&permissions), [""; 0]);
    assert!(permissions.credentials_exposure().is_none());

    assert!(on("iam:AttachRolePolicy", arn("role/app")));
    assert!(!on("iam:AttachRolePolicy", arn("user/*")));
    assert!(on("iam:AddUserToGroup", arn("group/admins")));
    assert!(!on("iam:AddUserToGroup", arn("user/*")));
    assert!(!on("iam:PutUserPolicy", json!("arn:aws:s3:::bucket/*")));
    assert!(on("iam:PutUserPolicy", json!("arn:aws:*")));
    assert!(!on("lambda:UpdateFunctionCode", json!("arn:aws:sqs:*:*:*")));
    for machine in ["ec2:*:*:instance/*", "ec2:eu-west-1:*:*", "ssm:*:*:managed-instance/mi-1"] {
        assert!(on("ssm:SendCommand", json!(format!("arn:aws:{machine}"))), "{machine}");
    }
    assert!(on("ssm:StartSession", json!("arn:aws:ecs:*:*:task/shop/*")));
    // An administrator of a bucket can have commands write their output to it, no more.
    assert!(!on("*", json!("arn:aws:s3:::logs/*")));
    assert!(!on("ssm:SendCommand", json!("arn:aws:ssm:*:*:document/*")));

    // To assume what is named is what roles are for.
    assert!(on("sts:AssumeRole", json!("arn:aws:iam::*:role/*")));
    assert!(on("sts:AssumeRole", arn("role/*")));
    assert!(on("sts:AssumeRole", arn("*")));
    assert!(!on("sts:AssumeRole", arn("role/deploy-*")));
    assert!(!on("sts:AssumeRole", json!("arn:aws:iam::*:role/deploy")));

    // On all but some.
    let but = |resource: &str| {
        let statement =
            json!({ "Effect": "Allow", "Action": "iam:PutRolePolicy", "NotResource": resource });
        ask(&[statement], |it| !paths(it).is_empty())
    };
    assert!(but("arn:aws:iam::*:role/admin"));
    assert!(but("arn:aws:iam::111122223333:role/*"));
    assert!(!but("arn:aws:iam::*:role/*"));
    assert!(!but("*"));
}

#[test]
fn to_which_service_a_role_is_passed() {
    let to = |condition: Value, denied: Option<Value>| {
        let mut statements = vec![
            allow(json!(["ec2:RunInstances", "ecs:RunTask"]), json!("*")),
            under(allow(json!("iam:PassRole"), json!("*")), condition),
        ];
        statements
            .extend(denied.map(|condition| under(deny(json!("iam:Pass*"), json!("*")), condition)));
        ask(&statements, |it| {
            paths(it)
                .iter()
                .map(|path| path.rsplit(':').next().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    let service =
        |operator: &str, service: &str| json!({ operator: { "iam:PassedToService": service } });
    let both = "RunInstances RunTask";
    for (operator, value, expected) in [
        ("StringEquals", "ec2.amazonaws.com", "RunInstances"),
        ("StringEquals", "ec2.amazonaws.com.cn", "RunInstances"),
        ("StringEqualsIgnoreCase", "EC2.amazonaws.com", "RunInstances"),
        ("StringEquals", "EC2.amazonaws.com", ""),
        ("StringEquals", "*", ""),
        ("StringLike", "*", both),
        ("StringLike", "ec*", both),
        ("StringLike", "ecs-*", "RunTask"),
        ("StringEqualsIfExists", "ecs-tasks.amazonaws.com", "RunTask"),
        ("StringNotEquals", "ec2.amazonaws.com", "RunTask"),
        ("StringNotLike", "*.amazonaws.com", ""),
        ("StringEquals", "rds.amazonaws.com", ""),
        ("NosuchOperator", "rds.amazonaws.com", both),
    ] {
        assert_eq!(to(service(operator, value), None), expected, "{operator} {value}");
    }
    let other_key = json!({ "StringEquals": { "aws:PrincipalTag/team": "a" } });
    assert_eq!(to(other_key.clone(), None), both);
    // A Deny by service is certain; one under any other condition is not.
    let deny_ec2 = service("StringEquals", "ec2.amazonaws.com");
    assert_eq!(to(other_key.clone(), Some(deny_ec2)), "RunTask");
    let deny_others = service("StringNotEquals", "ec2.amazonaws.com");
    assert_eq!(to(other_key.clone(), Some(deny_others)), "RunInstances");
    assert_eq!(to(other_key.clone(), Some(other_key)), both);
}

/// *AWS: Allows IAM users to manage their own password, access keys, and SSH public keys on
/// the Security credentials page*, shortened to what writes.
#[test]
fn managing_oneself_is_no_escalation() {
    let own = json!("arn:aws:iam::*:user/${aws:username}");
    let statements = [
        allow(json!(["iam:ChangePassword", "iam:GetUser"]), own.clone()),
        allow(
            json!(["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"]),
            own.clone(),
        ),
        allow(json!(["iam:CreateLoginProfile", "iam:UpdateLoginProfile"]), own.clone()),
        allow(json!(["iam:CreateServiceSpecificCredential"]), own),
        allow(json!("iam:CreateVirtualMFADevice"), json!("arn:aws:iam::*:mfa/*")),
    ];
    ask(&statements, |permissions| {
        assert_eq!(paths(permissions), [""; 0]);
        assert!(permissions.credentials_exposure().is_none());
        assert!(permissions.permissions_management().is_none());
    });
}

#[test]
fn data_leaves_where_all_of_it_can_be_read() {
    let leaves = |action: &str, resources: Value| {
        let statements = [allow(json!(action), resources)];
        ask(&statements, |it| {
            it.exfiltration().map(|held| names(&held.actions)).unwrap_or_default()
        })
    };
    assert_eq!(leaves("s3:*", json!("*")), ["s3:GetObject", "s3:GetObjectVersion"]);
    assert_eq!(leaves("s3:GetObject", json!("arn:aws:s3:::*")), ["s3:GetObject"]);
    assert_eq!(leaves("s3:GetObject", json!("arn:aws:s3:::*/*")), ["s3:GetObject"]);
    assert!(leaves("s3:GetObject", json!("arn:aws:s3:::logs/*")).is_empty());
    assert!(leaves("s3:PutObject", json!("*")).is_empty());
    let secrets = json!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:*");
    assert_eq!(leaves("secretsmanager:GetSecretValue", secrets), ["secretsmanager:GetSecretValue"]);
    let secrets = json!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/*");
    assert!(leaves("secretsmanager:GetSecretValue", secrets).is_empty());
    assert_eq!(leaves("dynamodb:Scan", json!("arn:aws:dynamodb:*:*:table/*")), ["dynamodb:Scan"]);
    assert!(leaves("dynamodb:Scan", json!("arn:aws:dynamodb:*:*:table/orders")).is_empty());
}

#[test]
fn what_is_allowed_by_access_level() {
    let all: Value = json!(["s3:Get*", "s3:PutBucketPolicy", "sqs:*"]);
    ask(&[allow(all, json!("*"))], |permissions| {
        let levels = permissions.actions_by_access_level();
        assert!(levels[&AccessLevel::Read].contains(&"s3:GetObject".to_owned()));
        assert!(
            levels[&AccessLevel::PermissionsManagement].contains(&"s3:PutBucketPolicy".to_owned())
        );
        let count: usize = levels.values().map(Vec::len).sum();
        assert_eq!(count, permissions.allowed().len());

        let shares = permissions.shares();
        let of = |level, service| {
            let found =
                shares.get(&level).into_iter().flatten().find(|it: &&Share| it.service == service);
            found.map(ToString::to_string)
        };
        assert_eq!(of(AccessLevel::Write, "sqs").as_deref(), Some("sqs"));
        assert!(of(AccessLevel::PermissionsManagement, "s3").unwrap().starts_with("s3 (1 of "));
        assert_eq!(of(AccessLevel::Write, "s3"), None);
    });
    assert!(ask(&[], |it| it.shares().is_empty()));
}

/// As large as a policy can be read, made to be compared for long.
#[test]
fn hostile_policies_are_answered_in_time() {
    let mut resource = "arn:aws:s3:::".to_owned();
    for index in 0..50 {
        let _ = write!(resource, "*a?{index}");
    }
    let statements: Vec<_> = (0..10_000)
        .map(|index| {
            let effect = if index % 2 == 0 { "Allow" } else { "Deny" };
            let action = if index % 3 == 0 { "*".to_owned() } else { "*a*?*e*?".repeat(4) };
            let resource = format!("{resource}{index}*");
            json!({ "Effect": effect, "Action": action, "Resource": resource })
        })
        .collect();
    let json = policy(&statements);
    let read = Policy::read(&json).unwrap();
    let identity = Identity::new().with("a", &read).bounded_by("b", &read);
    let start = Instant::now();
    let permissions = identity.permissions();
    assert!(!permissions.allowed().is_empty());
    let _ = (permissions.full_admin(), permissions.escalations(), permissions.exfiltration());
    let document = Document::of(&read);
    assert!(!document.permissions_management().is_empty() || !document.full_admin().is_empty());
    // Far more than it takes, in whatever build, on whatever machine.
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}
