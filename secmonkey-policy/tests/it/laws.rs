//! Agreement with a naive evaluator that is asked about every request of a small world.
//!
//! `PROPTEST_CASES=10000` looks harder.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use secmonkey_policy::document::Of;
use secmonkey_policy::exposure::{Kind, Own, Resource};
use secmonkey_policy::{Effect, Exposure, Grant, Pattern, Policy, Who};
use serde_json::{Map, Value, json};

use crate::naive::{self, Caller, Request};

const OWN: &str = "111122223333";
const FOREIGN: &str = "444455556666";
/// An account that no policy names.
const STRANGER: &str = "999999999999";
const ORGANIZATION: &str = "o-aaaaaaaaaa";

const ACTIONS: [&str; 3] = ["s3:getobject", "s3:putobject", "s3:listbucket"];
const RESOURCES: [&str; 4] =
    ["arn:aws:s3:::b", "arn:aws:s3:::b/a", "arn:aws:s3:::b/p/a", "arn:aws:s3:::b/p/b"];

/// Every request of the world: who, what, on what, from where.
static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(requests);

fn requests() -> Vec<Request> {
    let identity = |account, arn| Caller::Identity { account, arn };
    let callers = [
        (Caller::Anonymous, vec![]),
        (Caller::Anonymous, vec![("aws:userid", "anonymous")]),
        (identity(OWN, "arn:aws:iam::111122223333:user/own"), of(OWN, ORGANIZATION, "r-1/ou-1")),
        (identity(FOREIGN, "arn:aws:iam::444455556666:user/f"), of(FOREIGN, "", "")),
        (
            identity(FOREIGN, "arn:aws:iam::444455556666:role/r"),
            of(FOREIGN, ORGANIZATION, "r-1/ou-2"),
        ),
        (identity(STRANGER, "arn:aws:iam::999999999999:user/s"), of(STRANGER, "", "")),
        (
            identity(STRANGER, "arn:aws:iam::999999999999:role/r"),
            of(STRANGER, "o-zzzzzzzzzz", "r-9/ou-9"),
        ),
        (
            Caller::Service("sns.amazonaws.com"),
            vec![
                ("aws:PrincipalIsAWSService", "true"),
                ("aws:PrincipalServiceName", "sns.amazonaws.com"),
                ("aws:SourceAccount", FOREIGN),
                ("aws:SourceArn", "arn:aws:sns:us-east-1:444455556666:t"),
            ],
        ),
        (
            Caller::Service("sns.amazonaws.com"),
            vec![
                ("aws:PrincipalIsAWSService", "true"),
                ("aws:PrincipalServiceName", "sns.amazonaws.com"),
                ("aws:SourceAccount", STRANGER),
                ("aws:SourceArn", "arn:aws:sns:us-east-1:999999999999:t"),
            ],
        ),
    ];
    let places: [&[(&str, &str)]; 5] = [
        &[("aws:SourceIp", "198.51.100.9"), ("aws:ViaAWSService", "true")],
        &[("aws:SourceIp", "98.51.100.9")],
        &[("aws:SourceIp", "198.51.100.9")],
        &[("aws:SourceIp", "203.0.113.7")],
        &[("aws:SourceVpce", "vpce-1"), ("aws:SourceVpc", "vpc-1")],
    ];
    let mut all = Vec::new();
    for (caller, says) in &callers {
        for place in places {
            for action in ACTIONS {
                for resource in RESOURCES {
                    let mut context = BTreeMap::new();
                    let always = [
                        ("aws:ViaAWSService", "false"),
                        ("aws:ResourceAccount", OWN),
                        ("aws:ResourceOrgID", ORGANIZATION),
                    ];
                    for (key, value) in always.iter().chain(says).chain(place) {
                        context.insert(key.to_ascii_lowercase(), vec![(*value).to_owned()]);
                    }
                    if let Caller::Identity { arn, .. } = caller {
                        let id = if arn.contains("role") { "AROAEXAMPLE:s" } else { "AIDAEXAMPLE" };
                        context.insert("aws:userid".to_owned(), vec![id.to_owned()]);
                        context.insert("aws:principalarn".to_owned(), vec![(*arn).to_owned()]);
                    }
                    all.push(Request { caller: *caller, action, resource, context });
                }
            }
        }
    }
    all
}

/// What AWS says of an identity.
fn of(
    account: &'static str,
    organization: &'static str,
    path: &'static str,
) -> Vec<(&'static str, &'static str)> {
    let mut says = vec![("aws:PrincipalAccount", account), ("aws:PrincipalIsAWSService", "false")];
    if !organization.is_empty() {
        says.push(("aws:PrincipalOrgID", organization));
        says.push((
            "aws:PrincipalOrgPaths",
            match path {
                "r-1/ou-1" => "o-aaaaaaaaaa/r-1/ou-1/",
                "r-1/ou-2" => "o-aaaaaaaaaa/r-1/ou-2/",
                _ => "o-zzzzzzzzzz/r-9/ou-9/",
            },
        ));
    }
    says
}

fn one_or_all(values: Vec<&'static str>) -> Value {
    if let [one] = values.as_slice() { json!(one) } else { json!(values) }
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(of, 1..=2).prop_map(one_or_all)
}

fn principals() -> impl Strategy<Value = Value> {
    let named: &[&str] = &[
        FOREIGN,
        OWN,
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:user/f",
        "arn:aws:iam::444455556666:role/r",
        "*",
    ];
    prop_oneof![
        3 => Just(json!("*")),
        2 => Just(json!({ "AWS": "*" })),
        3 => some(named).prop_map(|some| json!({ "AWS": some })),
        1 => Just(json!({ "Service": "sns.amazonaws.com" })),
        1 => some(named).prop_map(|some| json!({ "AWS": some, "Service": "sns.amazonaws.com" })),
    ]
}

fn condition() -> impl Strategy<Value = (String, &'static str, Value)> {
    let texts = |key: &'static str, values: &'static [&'static str]| {
        let operators = &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ];
        (select(operators as &[&str]), Just(key), some(values))
    };
    let arns = |key: &'static str, values: &'static [&'static str]| {
        let operators =
            &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "StringLike", "StringNotLike"];
        (select(operators as &[&str]), Just(key), some(values))
    };
    let accounts: &[&str] = &[OWN, FOREIGN, "4444*", "*", "4444????6666"];
    let one = prop_oneof![
        2 => texts("aws:PrincipalOrgID", &[ORGANIZATION, "o-*", "*", "o-bbbbbbbbbb"]),
        2 => texts("aws:PrincipalAccount", accounts),
        1 => texts("aws:PrincipalOrgPaths", &["o-aaaaaaaaaa/*", "o-aaaaaaaaaa/r-1/ou-1/", "o-*"]),
        1 => texts("aws:SourceAccount", accounts),
        1 => texts("aws:SourceVpce", &["vpce-1", "vpce-*", "vpce-2"]),
        1 => texts("aws:SourceVpc", &["vpc-1", "*"]),
        1 => texts("aws:userid", &["anonymous", "*", "AIDAEXAMPLEEXAMPLE"]),
        1 => texts("aws:PrincipalServiceName", &["sns.amazonaws.com", "*"]),
        1 => texts("aws:Referer", &["*", "https://example.com/"]),
        1 => texts("aws:PrincipalAccount", &[
            "${aws:SourceAccount}",
            "${aws:ResourceAccount}",
            "${a:b, '444455556666'}",
        ]),
        1 => texts("aws:PrincipalOrgID", &["${aws:ResourceOrgID}", "${aws:PrincipalOrgID}"]),
        1 => texts("aws:PrincipalOrgPaths", &["${aws:ResourceOrgID}/*", "o-*"]),
        1 => texts("aws:SourceAccount", &["${aws:ResourceAccount}", FOREIGN]),
        1 => texts("aws:ResourceOrgID", &["${aws:PrincipalOrgID}", ORGANIZATION]),
        1 => texts("aws:ResourceAccount", &["${aws:PrincipalAccount}", "${aws:SourceAccount}"]),
        2 => arns("aws:PrincipalArn", &[
            "arn:aws:iam::444455556666:role/r",
            "arn:aws:iam::444455556666:*",
            "arn:aws:iam::*:role/r",
            "arn:*:iam::444455556666:role/?",
            "arn:aws:iam::${aws:ResourceAccount}:user/*",
            "*",
        ]),
        1 => arns("aws:SourceArn", &[
            "arn:aws:sns:us-east-1:444455556666:t",
            "arn:aws:sns:*:444455556666:*",
            "arn:aws:sns:*:*:*",
            "arn:aws:s3:::b",
        ]),
        2 => (
            select(&["IpAddress", "NotIpAddress"] as &[&str]),
            Just("aws:SourceIp"),
            some(&["203.0.113.0/24", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "203.0.113.7"]),
        ),
        1 => (
            Just("Bool"),
            select(&[
                "aws:PrincipalIsAWSService",
                "aws:SecureTransport",
                "aws:ViaAWSService",
            ] as &[&str]),
            select(&["true", "false"] as &[&str]).prop_map(|value| json!(value)),
        ),
        1 => (
            Just("Null"),
            select(&[
                "aws:PrincipalOrgID",
                "aws:PrincipalArn",
                "aws:PrincipalServiceName",
                "aws:SourceVpce",
            ] as &[&str]),
            select(&["true", "false"] as &[&str]).prop_map(|value| json!(value)),
        ),
        1 => (
            Just("StringResembles"),
            Just("aws:PrincipalOrgID"),
            Just(json!(ORGANIZATION)),
        ),
    ];
    let quantifiers: &[&str] = &["", "", "", "", "ForAllValues:", "ForAnyValue:"];
    (one, select(quantifiers), prop::bool::weighted(0.2)).prop_map(
        |((operator, key, values), quantifier, if_exists)| {
            let operator = match operator {
                "Null" => operator.to_owned(),
                _ if if_exists => format!("{quantifier}{operator}IfExists"),
                _ => format!("{quantifier}{operator}"),
            };
            (operator, key, values)
        },
    )
}

fn statement(conditions: usize) -> impl Strategy<Value = Value> {
    let actions: &[&str] =
        &["*", "s3:*", "s3:get*", "s3:getobject", "s3:putobject", "s3:?etobject"];
    let resources: &[&str] = &[
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/p/*",
        "arn:aws:s3:::b/p/?",
        "arn:aws:s3:::b/a",
        "arn:aws:s3:::b/p/${aws:PrincipalAccount}*",
    ];
    let not = || prop::bool::weighted(0.12);
    (
        prop::bool::weighted(0.6),
        (not(), principals()),
        (not(), some(actions)),
        (not(), some(resources)),
        prop::collection::vec(condition(), 0..=conditions),
    )
        .prop_map(|(allow, principals, actions, resources, conditions)| {
            let mut statement = Map::new();
            let name =
                |not: bool, name: &str| if not { format!("Not{name}") } else { name.to_owned() };
            statement.insert("Effect".into(), json!(if allow { "Allow" } else { "Deny" }));
            statement.insert(name(principals.0, "Principal"), principals.1);
            statement.insert(name(actions.0, "Action"), actions.1);
            statement.insert(name(resources.0, "Resource"), resources.1);
            let mut block = Map::new();
            for (operator, key, values) in conditions {
                let keys = block.entry(operator).or_insert_with(|| json!({}));
                keys.as_object_mut().unwrap().insert(key.to_owned(), values);
            }
            statement.insert("Condition".into(), Value::Object(block));
            Value::Object(statement)
        })
}

fn policy(conditions: usize) -> impl Strategy<Value = Value> {
    let versions = select(&["2012-10-17", "2012-10-17", "2008-10-17"] as &[&str]);
    (versions, prop::collection::vec(statement(conditions), 1..=4))
        .prop_map(|(version, statements)| json!({ "Version": version, "Statement": statements }))
}

/// Whether somebody whom an answer names is who asks.
fn is(who: &Who<'_>, request: &Request) -> bool {
    let says = |key: &str, is: &dyn Fn(&str) -> bool| {
        request
            .context
            .get(&key.to_ascii_lowercase())
            .is_some_and(|all| all.iter().any(|it| is(it)))
    };
    let any = |keys: &[&str], is: &dyn Fn(&str) -> bool| keys.iter().any(|key| says(key, is));
    match who {
        Who::Public => true,
        Who::Account(id) => any(&["aws:PrincipalAccount", "aws:SourceAccount"], &|it| it == id),
        Who::Arn(arn) => any(&["aws:PrincipalArn", "aws:SourceArn", "aws:userid"], &|it| {
            naive::matches(&naive::pieces(arn), &it.chars().collect::<Vec<_>>())
        }),
        Who::Organization(id) => says("aws:PrincipalOrgID", &|it| it == id),
        Who::OrganizationalUnit(path) => {
            says("aws:PrincipalOrgPaths", &|it| it.starts_with(path.trim_end_matches('*')))
        }
        Who::Service(name) => match request.caller {
            Caller::Service(service) => name == "*" || name == service,
            // A service that does what somebody asked it for.
            _ => name == "*" && says("aws:ViaAWSService", &|it| it == "true"),
        },
        // Nothing in this world has a network of its own.
        Who::Federated(_) | Who::CanonicalUser(_) | Who::Own(Own::Network) => false,
        Who::Vpc(id) => says("aws:SourceVpc", &|it| it == id),
        Who::VpcEndpoint(id) => says("aws:SourceVpce", &|it| it == id),
        Who::Network(block) => {
            says("aws:SourceIp", &|it| block.contains(&it.parse::<std::net::IpAddr>().unwrap()))
        }
        Who::Own(Own::Account) => {
            any(&["aws:PrincipalAccount", "aws:SourceAccount"], &|it| it == OWN)
        }
        Who::Own(Own::Organization) => {
            any(&["aws:PrincipalOrgID", "aws:SourceOrgID"], &|it| it == ORGANIZATION)
        }
    }
}

/// Whether a grant tells of a request.
fn tells(grant: &Grant<'_, '_>, request: &Request) -> bool {
    let of = |of: &Of<Pattern<'_>>, text: &str| {
        of.named().iter().any(|it| it.matches_ignoring_case(text)) != of.is_all_but()
    };
    // What stands in a `NotResource` with a variable is not known to be left out.
    let on = grant.resources.as_deref().is_none_or(|resources| {
        of(resources, request.resource)
            || (resources.is_all_but() && resources.named().iter().any(Pattern::has_variables))
    });
    let for_whom = grant.source.is_empty() || grant.source.iter().any(|it| is(it, request));
    is(&grant.who, request) && for_whom && of(&grant.actions, request.action) && on
}

fn kinds() -> impl Strategy<Value = Kind> {
    select(&[Kind::Bucket, Kind::Other] as &[Kind])
}

/// Whether it is asked by somebody whom no policy of these names: without credentials, or of
/// another account.
fn is_stranger(request: &Request) -> bool {
    match request.caller {
        Caller::Anonymous => true,
        Caller::Identity { account, .. } => account == STRANGER,
        Caller::Service(_) => false,
    }
}

/// Whether strangers are let in from anywhere: from both ends of the internet.
fn is_open(policy: &Policy<'_>) -> bool {
    let from = |request: &&Request, address: &str| {
        request.context.get("aws:sourceip").is_some_and(|it| it[0] == address)
            && naive::is_allowed(policy, request)
    };
    let strangers = || REQUESTS.iter().filter(|it| is_stranger(it));
    let same = |a: &Request, b: &Request| {
        let userid = |of: &Request| of.context.get("aws:userid").cloned();
        (a.caller, a.action, a.resource, userid(a)) == (b.caller, b.action, b.resource, userid(b))
    };
    let near: Vec<&Request> = strangers().filter(|it| from(it, "98.51.100.9")).collect();
    let mut far = strangers().filter(|it| from(it, "198.51.100.9"));
    !near.is_empty() && far.any(|far| near.iter().any(|near| same(near, far)))
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// Soundness: who is let in is told, by a grant of a statement that lets them in. If
    /// it is not said that everybody is, then no stranger is.
    #[test]
    fn whoever_is_let_in_is_told(json in policy(2), kind in kinds()) {
        let policy = Policy::read(&json).unwrap();
        let resource = Resource { kind, owner: Some(OWN), restricted: false };
        let exposure = Exposure::of(&policy, resource);
        for request in REQUESTS.iter() {
            if !naive::is_allowed(&policy, request) {
                continue;
            }
            let told = exposure.grants.iter().any(|grant| {
                let statement = &policy.statements[grant.statement];
                naive::applies(&policy, statement, request) && tells(grant, request)
            });
            prop_assert!(told, "{request:#?} is let in, but told are only {:#?}", exposure.grants);
        }
        prop_assert!(exposure.is_public() || !is_open(&policy));
    }

    /// Without conditions the reverse holds too: if everybody is said to be let in, then a
    /// stranger is.
    #[test]
    fn without_conditions_nobody_is_told_who_is_not_let_in(json in plain()) {
        let policy = Policy::read(&json).unwrap();
        let resource = Resource { kind: Kind::Other, owner: Some(OWN), restricted: false };
        let exposure = Exposure::of(&policy, resource);
        prop_assert_eq!(exposure.is_public(), is_open(&policy));
    }

    /// One more Deny lets nobody else in; one more Allow takes nothing away.
    #[test]
    fn a_deny_never_opens(json in policy(2), more in statement(2), kind in kinds()) {
        let before = Policy::read(&json).unwrap();
        let resource = Resource { kind, owner: Some(OWN), restricted: false };
        let was = Exposure::of(&before, resource).is_public();
        let mut longer = json.clone();
        longer["Statement"].as_array_mut().unwrap().push(more);
        let after = Policy::read(&longer).unwrap();
        let is = Exposure::of(&after, resource).is_public();
        match after.statements.last().unwrap().effect {
            Effect::Deny => prop_assert!(was || !is),
            Effect::Allow => prop_assert!(is || !was),
        }
    }

    /// The order of statements does not matter.
    #[test]
    fn order_does_not_matter(json in policy(2), kind in kinds()) {
        let mut turned = json.clone();
        turned["Statement"].as_array_mut().unwrap().reverse();
        let resource = Resource { kind, owner: Some(OWN), restricted: false };
        let who = |json: &Value| {
            let policy = Policy::read(json).unwrap();
            let exposure = Exposure::of(&policy, resource);
            let mut who: Vec<String> =
                exposure.grants.iter().map(|it| format!("{:?} {:?}", it.who, it.source)).collect();
            who.sort();
            who.dedup();
            who
        };
        prop_assert_eq!(who(&json), who(&turned));
    }
}

/// Policies without conditions whose actions and resources are all there is in the world,
/// so that what is left of a wildcard is a request of it.
fn plain() -> impl Strategy<Value = Value> {
    let statement = (
        prop::bool::weighted(0.6),
        prop::bool::weighted(0.15),
        principals(),
        subsequence(&ACTIONS as &[&str], 1..=3).prop_map(one_or_all),
        subsequence(&RESOURCES as &[&str], 1..=4).prop_map(one_or_all),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
    );
    let statement = statement.prop_map(|(allow, not, principals, actions, resources, every)| {
        let effect = if allow { "Allow" } else { "Deny" };
        let principal = if not { "NotPrincipal" } else { "Principal" };
        // A wildcard denies whatever it is; allowed, more than a world can hold would be left.
        let actions = if every.0 && !allow { json!("s3:*") } else { actions };
        let resources = if every.1 && !allow { json!("arn:aws:s3:::*") } else { resources };
        json!({ "Effect": effect, principal: principals, "Action": actions, "Resource": resources })
    });
    prop::collection::vec(statement, 1..=5)
        .prop_map(|statements| json!({ "Version": "2012-10-17", "Statement": statements }))
}
