//! The reading of documents: what AWS accepts, and what nobody does.

use proptest::prelude::*;
use secmonkey_policy::condition::{Operator, Order, Quantifier, Test};
use secmonkey_policy::document::{Of, Version};
use secmonkey_policy::exposure::Resource;
use secmonkey_policy::{Effect, Exposure, Policy, Principal};
use serde_json::{Map, Value, json};

#[test]
fn every_element_is_read() {
    let json = json!({
        "Version": "2012-10-17",
        "Id": "its id",
        "Hint": 1,
        "Statement": {
            "Sid": "one",
            "Effect": "Deny",
            "NotPrincipal": { "AWS": ["111122223333", "*"], "Service": "sns.amazonaws.com" },
            "NotAction": "s3:*",
            "NotResource": ["a", "b"],
            "Condition": {
                "ForAnyValue:StringLikeIfExists": { "aws:PrincipalOrgPaths": ["x", "y"] },
                "NumericLessThan": { "s3:max-keys": 10, "s3:TlsVersion": 1.2 },
                "Bool": { "aws:SecureTransport": false }
            },
            "Why/not": []
        }
    });
    let policy = Policy::read(&json).unwrap();
    assert_eq!((policy.version, policy.id), (Version::V2012, Some("its id")));
    assert_eq!(policy.unknown, ["/Hint", "/Statement/Why~1not"]);
    let [statement] = policy.statements.as_slice() else { panic!("one statement") };
    assert_eq!(statement.pointer, "/Statement");
    assert_eq!((statement.sid, statement.effect), (Some("one"), Effect::Deny));
    let Some(Of::AllBut(principals)) = &statement.principals else { panic!("NotPrincipal") };
    assert_eq!(
        principals,
        &[
            Principal::Account("111122223333"),
            Principal::Everyone,
            Principal::Service("sns.amazonaws.com"),
        ]
    );
    assert!(statement.actions.is_all_but());
    assert_eq!(statement.resources.as_ref().unwrap().named().len(), 2);
    let conditions: Vec<_> =
        statement.conditions.iter().map(|it| (it.pointer.as_str(), it.values.join(","))).collect();
    let at = |rest: &str| format!("/Statement/Condition/{rest}");
    assert_eq!(
        conditions,
        [
            (at("Bool/aws:SecureTransport").as_str(), "false".to_owned()),
            (at("ForAnyValue:StringLikeIfExists/aws:PrincipalOrgPaths").as_str(), "x,y".to_owned()),
            (at("NumericLessThan/s3:TlsVersion").as_str(), "1.2".to_owned()),
            (at("NumericLessThan/s3:max-keys").as_str(), "10".to_owned()),
        ]
    );
    assert!(statement.conditions[0].is("AWS:securetransport"));
}

#[test]
fn every_operator_is_known_with_what_stands_around_it() {
    let names = "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase \
        StringLike StringNotLike NumericEquals NumericNotEquals NumericLessThan \
        NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals \
        DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool \
        BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null";
    for name in names.split_whitespace() {
        let plain = Operator::read(name);
        assert_ne!(plain.test, Test::Unknown, "{name}");
        assert_eq!((plain.quantifier, plain.if_exists, plain.text), (None, false, name));
        assert_eq!(plain.test.is_negated(), name.contains("Not"), "{name}");
        for (prefix, quantifier) in [
            ("", None),
            ("ForAllValues:", Some(Quantifier::ForAllValues)),
            ("foranyvalue:", Some(Quantifier::ForAnyValue)),
        ] {
            let text = format!("{prefix}{}IFEXISTS", name.to_lowercase());
            let whole = Operator::read(&text);
            assert_eq!((whole.quantifier, whole.test), (quantifier, plain.test), "{text}");
            assert!(whole.if_exists, "{text}");
        }
    }
    assert_eq!(Operator::read("DateLessThan").test, Test::Date(Order::LessThan));
    for unknown in
        ["", "IfExists", "StringEqualsX", "For:StringEquals", "ForAllValues:", "日本IfExists", "é"]
    {
        assert_eq!(Operator::read(unknown).test, Test::Unknown, "{unknown}");
    }
}

#[test]
fn every_principal_is_what_it_is() {
    let arn = |text| matches!(Principal::aws(text), Principal::Arn(arn) if arn.text == text);
    assert_eq!(Principal::aws("*"), Principal::Everyone);
    for text in
        ["111122223333", "arn:aws:iam::111122223333:root", "arn:aws-cn:iam::111122223333:root"]
    {
        assert_eq!(Principal::aws(text), Principal::Account("111122223333"), "{text}");
    }
    for text in [
        "arn:aws:iam::111122223333:user/path/alice",
        "arn:aws:iam::111122223333:role/Zoë",
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:sts::111122223333:federated-user/f",
        "arn:aws:iam::*:root",
    ] {
        assert!(arn(text), "{text}");
    }
    for text in ["AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE"] {
        assert_eq!(Principal::aws(text), Principal::UniqueId(text));
    }
    let text = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1";
    assert_eq!(Principal::aws(text), Principal::OriginAccessIdentity(text));
    for text in ["", "arn", "arn:aws:iam:", "12345", "1111222233334", "**", "alice", "AROA", "日本"]
    {
        assert_eq!(Principal::aws(text), Principal::Unparsable(text));
        assert_eq!(Principal::aws(text).to_string(), text);
    }
}

#[test]
fn an_unknown_version_or_member_of_a_policy_is_no_reason_to_panic() {
    let faults = Policy::read(&json!({ "Statement": vec![json!(1); 500] })).unwrap_err();
    assert_eq!(faults.faults.len(), 100);
    assert_eq!(
        faults.to_string(),
        "/Statement/0: expected an object, found a number (and 99 more)"
    );
}

/// JSON that is often almost a policy.
fn almost() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(&[
            "Allow",
            "Deny",
            "*",
            "2012-10-17",
            "s3:*",
            "111122223333",
            "${aws:username}",
            "arn:aws:s3:::b/*",
            "0.0.0.0/0",
            "arn:aws:iam::*:root",
            "日本",
            "${",
            "",
        ] as &[&str])
        .prop_map(Value::from),
        "[ -~]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let names = prop::sample::select(&[
            "Version",
            "Id",
            "Statement",
            "statement",
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "AWS",
            "Service",
            "Federated",
            "CanonicalUser",
            "StringEquals",
            "ForAllValues:ArnLike",
            "IpAddress",
            "Null",
            "aws:SourceIp",
            "aws:PrincipalArn",
            "a/b~c",
        ] as &[&str]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..7).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// There is an answer to anything, and every place it tells exists.
    #[test]
    fn whatever_json_is_read_or_told_what_is_wrong(json in almost(), inner in almost()) {
        for json in [&json, &json!({ "Statement": inner }), &json!({ "Statement": [inner] })] {
            match Policy::read(json) {
                Ok(policy) => {
                    for statement in &policy.statements {
                        prop_assert!(json.pointer(&statement.pointer).is_some());
                        for condition in &statement.conditions {
                            prop_assert!(json.pointer(&condition.pointer).is_some());
                        }
                    }
                    for pointer in &policy.unknown {
                        prop_assert!(json.pointer(pointer).is_some());
                    }
                    let _ = Exposure::of(&policy, Resource::default());
                }
                Err(malformed) => {
                    prop_assert!(!malformed.faults.is_empty());
                    for fault in &malformed.faults {
                        prop_assert!(json.pointer(&fault.pointer).is_some(), "{}", fault);
                    }
                }
            }
        }
    }
}
