//! What records of CloudTrail say.

use secmonkey_core::attribution::Hint;
use serde_json::{Value, json};

use super::{Reader, Unreadable};
use crate::watch;

/// A record of a call, with what is said of it beside the usual.
fn record(more: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "eventID": "6f1c5b1e-1111-4e4e-9999-000000000001",
        "eventTime": "2026-03-01T14:02:11Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "readOnly": false,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.30.0",
        "userIdentity": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/ops/alice",
            "userName": "alice",
            "accountId": "111122223333",
        },
        "requestParameters": { "groupId": "sg-0123456789abcdef0" },
        "responseElements": { "_return": true },
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more);
    }
    record
}

fn hint(more: Value) -> Hint {
    Reader::new().hint(&record(more)).unwrap()
}

/// Who, and through whom.
#[expect(clippy::needless_pass_by_value, reason = "each is written where it is handed in")]
fn who(identity: Value) -> String {
    let hint = hint(json!({ "userIdentity": identity }));
    let call = &hint.call;
    let via = call.via.as_deref().map(|via| format!("; through {via}")).unwrap_or_default();
    format!("{} [{}]{via}", call.who, call.who.principal)
}

#[test]
fn every_kind_of_caller() {
    let role = json!({
        "sessionIssuer": {
            "type": "Role",
            "arn": "arn:aws:iam::111122223333:role/Admin",
            "userName": "Admin",
        },
    });
    let mut known = role.clone();
    known["sourceIdentity"] = json!("alice");
    let session = |context: &Value| {
        json!({
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com",
            "principalId": "AROAEXAMPLE:alice@example.com",
            "sessionContext": context,
        })
    };
    let mut formation = session(&role);
    formation["invokedBy"] = json!("cloudformation.amazonaws.com");
    let all = [
        who(json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ops/alice" })),
        who(session(&role)),
        who(session(&known)),
        who(session(&json!({}))),
        who(formation),
        who(json!({ "type": "Root", "arn": "arn:aws:iam::111122223333:root" })),
        who(json!({ "type": "AWSService", "invokedBy": "autoscaling.amazonaws.com" })),
        who(json!({ "type": "AWSAccount", "accountId": "444455556666", "principalId": "AROAX:x" })),
        who(json!({
            "type": "FederatedUser",
            "arn": "arn:aws:sts::111122223333:federated-user/bob",
            "sessionContext": { "sessionIssuer": {
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/broker",
                "userName": "broker",
            } },
        })),
        who(json!({
            "type": "WebIdentityUser",
            "principalId": "accounts.google.com:app:user",
            "userName": "user",
            "identityProvider": "accounts.google.com",
        })),
        who(json!({
            "type": "SAMLUser",
            "principalId": "SamlExample:carol",
            "userName": "carol",
            "identityProvider": "SamlExample",
        })),
        who(json!({
            "type": "IdentityCenterUser",
            "accountId": "111122223333",
            "onBehalfOf": { "userId": "544894e8-80c1-707f-60e3-3ba6510dfac1" },
        })),
        who(json!({ "type": "Unheard", "principalId": "X:1" })),
        who(json!({})),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn all_ways_in_which_records_come() {
    let reader = Reader::new();
    let bare = record(json!({}));
    let envelope = json!({ "detail-type": "AWS API Call via CloudTrail", "detail": bare });
    let topic = json!({ "Type": "Notification", "Message": envelope.to_string() });
    let file = json!({ "Records": [bare, bare] });
    for (text, number) in [(&bare, 1), (&envelope, 1), (&topic, 1), (&file, 2)] {
        let hints = reader.hints(&text.to_string()).unwrap();
        assert_eq!(hints.len(), number);
        assert!(hints.iter().all(|hint| *hint == hints[0] && hint.may_change()));
    }
    for (text, said) in [
        ("not JSON", "it is not JSON: expected ident at line 1 column 2"),
        ("{}", "it is no event of CloudTrail: it has no `eventName`"),
        (
            r#"{"detail": {"eventName": "X"}}"#,
            "it is no event of CloudTrail: it has no `eventSource`",
        ),
    ] {
        assert_eq!(reader.hints(text).unwrap_err().to_string(), said);
    }
    let time = reader.hint(&record(json!({ "eventTime": "yesterday" })));
    assert!(matches!(time, Err(Unreadable::Member { member: "eventTime", .. })));
    let account = reader.hint(&record(json!({ "recipientAccountId": "me" })));
    assert!(matches!(account, Err(Unreadable::Member { member: "recipientAccountId", .. })));
}

#[test]
fn what_only_read_or_failed_changes_nothing() {
    for more in [
        json!({ "readOnly": true }),
        json!({ "readOnly": null, "eventName": "DescribeSecurityGroups" }),
        json!({ "eventName": "GetSessionToken", "eventSource": "sts.amazonaws.com" }),
        json!({ "errorCode": "Client.UnauthorizedOperation", "responseElements": null }),
    ] {
        assert!(!hint(more.clone()).may_change(), "{more}");
    }
}

#[test]
fn a_chain_of_roles_leads_to_who_began_it() {
    let reader = Reader::new();
    let assumed = |key: &str, who: Value| {
        record(json!({
            "eventName": "AssumeRole",
            "eventSource": "sts.amazonaws.com",
            "readOnly": true,
            "userIdentity": who,
            "responseElements": { "credentials": { "accessKeyId": key } },
        }))
    };
    let session = |role: &str, key: &str| {
        json!({
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/s"),
            "accessKeyId": key,
            "sessionContext": { "sessionIssuer": {
                "arn": format!("arn:aws:iam::111122223333:role/{role}"),
                "userName": role,
            } },
        })
    };
    let alice = json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice" });
    reader.hint(&assumed("ASIA1", alice)).unwrap();
    reader.hint(&assumed("ASIA2", session("Hub", "ASIA1"))).unwrap();
    let hint = reader.hint(&record(json!({ "userIdentity": session("Deploy", "ASIA2") }))).unwrap();
    assert_eq!(
        hint.call.who.chain,
        ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/Hub/s"]
    );
    assert_eq!(hint.call.who.to_string(), "alice (role Deploy, session s)");
}

/// `technology id|name [writes]`, of all that a record names.
#[expect(clippy::needless_pass_by_value, reason = "each is written where it is handed in")]
fn about(source: &str, name: &str, request: Value, response: Value) -> String {
    let hint = hint(json!({
        "eventSource": source,
        "eventName": name,
        "requestParameters": request,
        "responseElements": response,
    }));
    let one = |about: &secmonkey_core::attribution::About| {
        let technology = about.technology.as_deref().unwrap_or("?");
        let id = about.id.as_deref().or(about.name.as_deref()).unwrap_or_default();
        format!("{technology} {id} {:?}", about.writes)
    };
    let all: Vec<_> = hint.about.iter().map(one).collect();
    format!("{name}: {}", all.join(", "))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a line each")]
fn what_records_name() {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:work:PROD";
    let none = Value::Null;
    let all = [
        about(
            "ec2.amazonaws.com",
            "AuthorizeSecurityGroupIngress",
            json!({ "groupId": "sg-0123456789abcdef0" }),
            none.clone(),
        ),
        about(
            "ec2.amazonaws.com",
            "ModifySecurityGroupRules",
            json!({ "ModifySecurityGroupRulesRequest": { "GroupId": "sg-0123456789abcdef0" } }),
            none.clone(),
        ),
        about(
            "ec2.amazonaws.com",
            "CreateSecurityGroup",
            none.clone(),
            json!({ "groupId": "sg-0123456789abcdef0" }),
        ),
        about(
            "ec2.amazonaws.com",
            "CreateTags",
            json!({ "resourcesSet": { "items": [{ "resourceId": "vpc-0123456789abcdef0" }] } }),
            none.clone(),
        ),
        about(
            "ec2.amazonaws.com",
            "RunInstances",
            none.clone(),
            json!({ "instancesSet": { "items": [{ "instanceId": "i-0123456789abcdef0" }, { "instanceId": "i-0123456789abcdef1" }] } }),
        ),
        about("s3.amazonaws.com", "PutBucketPolicy", json!({ "bucketName": "logs" }), none.clone()),
        about(
            "iam.amazonaws.com",
            "AttachUserPolicy",
            json!({ "userName": "alice", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
            none.clone(),
        ),
        about(
            "iam.amazonaws.com",
            "CreateUser",
            json!({ "userName": "alice" }),
            json!({ "user": { "userId": "AIDAEXAMPLE", "userName": "alice" } }),
        ),
        about("iam.amazonaws.com", "CreateAccessKey", json!({ "userName": "alice" }), none.clone()),
        about(
            "kms.amazonaws.com",
            "PutKeyPolicy",
            json!({ "keyId": "1234abcd-12ab-34cd-56ef-1234567890ab" }),
            none.clone(),
        ),
        about(
            "kms.amazonaws.com",
            "DisableKey",
            json!({ "keyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" }),
            none.clone(),
        ),
        about(
            "sns.amazonaws.com",
            "SetTopicAttributes",
            json!({ "topicArn": "arn:aws:sns:eu-west-1:111122223333:alarms" }),
            none.clone(),
        ),
        about(
            "sqs.amazonaws.com",
            "SetQueueAttributes",
            json!({ "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/work" }),
            none.clone(),
        ),
        about(
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            json!({ "functionName": "work" }),
            none.clone(),
        ),
        about(
            "lambda.amazonaws.com",
            "AddPermission20150331v2",
            json!({ "functionName": arn }),
            none.clone(),
        ),
        about(
            "lambda.amazonaws.com",
            "UpdateFunctionCode20991231v7",
            json!({ "functionName": "work" }),
            none.clone(),
        ),
        about(
            "route53.amazonaws.com",
            "ChangeResourceRecordSets",
            json!({ "hostedZoneId": "Z1", "changeBatch": { "changes": [
                { "resourceRecordSet": { "name": "*.Example.com", "type": "A" } },
            ] } }),
            none.clone(),
        ),
        about(
            "rds.amazonaws.com",
            "ModifyDBInstance",
            json!({ "dBInstanceIdentifier": "db" }),
            none.clone(),
        ),
        about(
            "elasticloadbalancing.amazonaws.com",
            "CreateLoadBalancerListeners",
            json!({ "loadBalancerName": "web" }),
            none.clone(),
        ),
        about("cloudtrail.amazonaws.com", "StopLogging", json!({ "name": "main" }), none.clone()),
        about(
            "secretsmanager.amazonaws.com",
            "PutResourcePolicy",
            json!({ "secretId": "db/password" }),
            none.clone(),
        ),
        about(
            "waf-nobody-knows.amazonaws.com",
            "UpdateThing",
            json!({ "id": "thing-1", "n": 7, "arn": "arn:aws:thing:::x" }),
            none,
        ),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn what_is_declared_of_events_is_well_formed() {
    for facts in watch::facts() {
        let id = facts.id;
        let declared: Vec<_> = facts.events.iter().flat_map(|one| one.names).collect();
        assert!(
            declared.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())),
            "{id}"
        );
        for writes in facts.writes {
            assert!(writes.at.is_empty() || writes.at.starts_with('/'), "{id}: {}", writes.at);
            for name in writes.names {
                let is_declared =
                    declared.iter().any(|one| super::about::unversioned(one) == *name);
                assert!(is_declared, "{id}: {name} is no event of it");
            }
        }
    }
}

/// Names rot, and whoever mistypes one never hears of it. CloudTrail calls some events otherwise
/// than policies call the actions: those stand here, each looked up.
#[test]
#[cfg(all(feature = "ec2", feature = "iam", feature = "s3", feature = "organizations"))]
fn events_that_are_no_action_by_their_name() {
    let mut unknown = std::collections::BTreeSet::new();
    for facts in watch::facts() {
        for name in facts.events.iter().flat_map(|one| one.names) {
            let action = format!("{}:{}", facts.events_of(), super::about::unversioned(name));
            if secmonkey_policy::actions::find(&action).is_none() {
                unknown.insert(action);
            }
        }
    }
    insta::assert_snapshot!(unknown.into_iter().collect::<Vec<_>>().join("\n"));
}
