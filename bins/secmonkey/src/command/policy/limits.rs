//! Which conditions of an Allow say who comes, and why the others do not.

use secmonkey_policy::condition::{Quantifier, Test};
use secmonkey_policy::exposure::{Exposure, Kind, Resource, Who};
use secmonkey_policy::principal::Arn;
use secmonkey_policy::{Condition, Policy, Statement};

/// Whether a condition narrows whom its statement lets in: alone, or beside the others.
pub fn narrows(
    policy: &Policy<'_>,
    statement: &Statement<'_>,
    condition: &Condition<'_>,
    resource: Resource<'_>,
) -> bool {
    let with = |conditions: Vec<Condition<'_>>| {
        let alone = Policy {
            version: policy.version,
            id: None,
            statements: vec![Statement { conditions, ..statement.clone() }],
            unknown: Vec::new(),
        };
        let mut who: Vec<(Who<'static>, Vec<Who<'static>>, bool)> = Exposure::of(&alone, resource)
            .grants
            .into_iter()
            .map(|grant| {
                let source = grant.source.into_iter().map(owned).collect();
                (owned(grant.who), source, grant.public)
            })
            .collect();
        who.sort();
        who
    };
    if with(vec![condition.clone()]) != with(Vec::new()) {
        return true;
    }
    let others = |one: &&Condition<'_>| one.pointer != condition.pointer;
    let rest: Vec<_> = statement.conditions.iter().filter(others).cloned().collect();
    with(statement.conditions.clone()) != with(rest)
}

fn owned(who: Who<'_>) -> Who<'static> {
    let text = |text: std::borrow::Cow<'_, str>| std::borrow::Cow::Owned(text.into_owned());
    match who {
        Who::Public => Who::Public,
        Who::Account(id) => Who::Account(text(id)),
        Who::Arn(arn) => Who::Arn(text(arn)),
        Who::Organization(id) => Who::Organization(text(id)),
        Who::OrganizationalUnit(path) => Who::OrganizationalUnit(text(path)),
        Who::Service(name) => Who::Service(text(name)),
        Who::Federated(name) => Who::Federated(text(name)),
        Who::CanonicalUser(id) => Who::CanonicalUser(text(id)),
        Who::Vpc(id) => Who::Vpc(text(id)),
        Who::VpcEndpoint(id) => Who::VpcEndpoint(text(id)),
        Who::Network(block) => Who::Network(block),
        Who::Own(own) => Who::Own(own),
    }
}

/// Why a condition does not narrow who comes.
pub fn why_not(condition: &Condition<'_>) -> &'static str {
    if let Some((_, why)) = KEYS.iter().find(|(name, _)| starts(condition.key, name)) {
        return why;
    }
    if condition.key.to_ascii_lowercase().ends_with(":aud") {
        return "it says whom a token was made for, not of whom it speaks";
    }
    let operator = condition.operator;
    if operator.test == Test::Unknown {
        return "this operator is not known, so it counts for nothing";
    }
    if operator.test == Test::Null {
        return "that the request has a key or lacks it does not say who makes it";
    }
    if operator.test.is_negated() {
        return "it leaves out some and lets all others in";
    }
    if operator.if_exists {
        return "it also holds where the request lacks the key";
    }
    if operator.quantifier == Some(Quantifier::ForAllValues) {
        return "ForAllValues also holds where the request lacks the key";
    }
    let values = &condition.values;
    if values.iter().any(|value| value.contains("${")) {
        return "its value depends on the request";
    }
    if operator.test == Test::IpAddress {
        return "its networks are too wide";
    }
    if values.iter().any(|value| value.contains(['*', '?'])) {
        return "its value is too wide";
    }
    "the key is not known to say who comes, or the principal says it already"
}

/// Why a condition matches nobody who was meant, where it does not.
pub fn matches_nothing(condition: &Condition<'_>) -> Option<&'static str> {
    let test = condition.operator.test;
    let all = |is: fn(&str) -> bool| {
        !condition.values.is_empty() && condition.values.iter().all(|value| is(value))
    };
    if test.is_negated() {
        return None;
    }
    if !condition.variables && all(|value| value.contains("${")) {
        return Some(
            "version 2008-10-17 takes `${...}` for text, so it matches nothing that was meant: \
             version 2012-10-17 knows variables",
        );
    }
    match test {
        Test::StringEquals | Test::StringEqualsIgnoreCase
            if all(|value| value.replace("${*}", "").contains('*') || value.contains('?')) =>
        {
            Some("compares the star as a star, so it matches nothing: StringLike takes wildcards")
        }
        Test::ArnEquals | Test::ArnLike
            if all(|value| Arn::read(value).is_none() && !value.bytes().all(|it| it == b'*')) =>
        {
            Some(
                "lacks fields of an ARN, which has six, so it matches nothing: \
                 arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE",
            )
        }
        _ => None,
    }
}

/// Whether a condition limits by a variable, which S3 does not count when it says which
/// buckets are public. Source: *Blocking public access to your Amazon S3 storage*.
pub fn is_public_to_s3(condition: &Condition<'_>, resource: Resource<'_>) -> bool {
    resource.kind == Kind::Bucket
        && condition.variables
        && condition.values.iter().any(|value| value.contains("${"))
}

fn starts(key: &str, name: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => {
            key.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        }
        None => key.eq_ignore_ascii_case(name),
    }
}

/// Keys that say something else than who comes. A `*` at the end stands for anything.
const KEYS: &[(&str, &str)] = &[
    ("aws:SecureTransport", "it says how a request comes, not who makes it"),
    ("s3:TlsVersion", "it says how a request comes, not who makes it"),
    ("s3:signatureversion", "it says how a request is signed, not who makes it"),
    ("s3:authType", "it says how a request is signed, not who makes it"),
    ("s3:signatureAge", "it says how a request is signed, not who makes it"),
    ("aws:MultiFactorAuthPresent", "it says how they signed in, not who they are"),
    ("aws:MultiFactorAuthAge", "it says how they signed in, not who they are"),
    ("aws:TokenIssueTime", "it says when they signed in, not who they are"),
    ("aws:CurrentTime", "it says when, not who"),
    ("aws:EpochTime", "it says when, not who"),
    ("aws:Referer", "whoever makes a request can write it as they like"),
    ("aws:UserAgent", "whoever makes a request can write it as they like"),
    ("aws:PrincipalTag/*", "every account gives its own what tags it likes"),
    ("aws:PrincipalType", "every account has principals of each type"),
    ("aws:username", "every account gives its users what names it likes"),
    ("sts:RoleSessionName", "whoever assumes the role chooses it"),
    ("sts:SourceIdentity", "whoever assumes the role chooses it"),
    ("sts:ExternalId", "it is a word to agree on, and says nothing of who comes"),
    ("aws:RequestTag/*", "it says what is asked, not who asks"),
    ("aws:ResourceTag/*", "it says what is asked for, not who asks"),
    ("aws:TagKeys", "it says what is asked, not who asks"),
    ("aws:RequestedRegion", "it says where it is done, not who does it"),
    ("aws:ViaAWSService", "it says how a request comes, not who makes it"),
    ("aws:VpcSourceIp", "addresses within a VPC are everybody's"),
    ("s3:DataAccessPoint*", "its value is too wide"),
    ("s3:*", "it says what is asked for, not who asks"),
    ("sqs:*", "it says what is asked for, not who asks"),
    ("sns:*", "it says what is asked for, not who asks"),
    ("kms:ViaService", "it says by which service a request comes, not who makes it"),
    ("kms:GrantIsForAWSResource", "it says what is asked for, not who asks"),
    ("kms:EncryptionContext*", "it says what is asked for, not who asks"),
    ("lambda:EventSourceToken", "it says for whom a service calls, not who calls"),
    ("lambda:FunctionUrlAuthType", "it says how a request is signed, not who makes it"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_matches_nothing_is_said() {
        let new = "2012-10-17";
        for (version, operator, value, expected) in [
            (new, "StringEquals", "arn:aws:iam::111122223333:role/*", "the star as a star"),
            (new, "StringEquals", "${*}", ""),
            (new, "StringLike", "arn:aws:iam::111122223333:role/*", ""),
            (new, "ArnLike", "arn:aws:iam::111122223333", "lacks fields of an ARN"),
            (new, "ArnEquals", "role/*", "lacks fields of an ARN"),
            (new, "ArnLike", "*", ""),
            (new, "ArnNotLike", "role/*", ""),
            (new, "StringEquals", "${aws:PrincipalArn}", ""),
            ("2008-10-17", "StringEquals", "${aws:PrincipalArn}", "takes `${...}` for text"),
        ] {
            let json = json!({ "Version": version, "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*",
                "Condition": { operator: { "aws:PrincipalArn": value } },
            } });
            let policy = Policy::read(&json).unwrap();
            let why = matches_nothing(&policy.statements[0].conditions[0]);
            match expected {
                "" => assert_eq!(why, None, "{operator} {value}"),
                expected => assert!(why.unwrap().contains(expected), "{operator} {value}: {why:?}"),
            }
        }
    }
}
