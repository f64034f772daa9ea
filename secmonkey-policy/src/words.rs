//! Policies in words, in the same words wherever they are told: findings, explanations.
//!
//! ```
//! use secmonkey_policy::{Exposure, Policy, Resource, words};
//!
//! let json = serde_json::json!({
//!     "Version": "2012-10-17",
//!     "Statement": [{
//!         "Effect": "Allow",
//!         "Principal": { "AWS": "222233334444" },
//!         "Action": "s3:GetObject",
//!         "Resource": "arn:aws:s3:::logs/*"
//!     }]
//! });
//! let policy = Policy::read(&json)?;
//! let grants = Exposure::of(&policy, Resource::default()).grants;
//! assert_eq!(
//!     words::grant(&grants[0], "unknown", Some("arn:aws:s3:::logs")),
//!     "account 222233334444 (unknown) may call s3:GetObject on every object, no condition",
//! );
//! # Ok::<_, secmonkey_policy::Malformed>(())
//! ```

use std::borrow::Cow;

use crate::condition::{Condition, Order, Quantifier, Test};
use crate::document::Of;
use crate::exposure::{Grant, Own, Who};
use crate::pattern::Pattern;
use crate::principal::{Arn, Principal};
use crate::short::short;

/// Of a longer list only the first are told, and how many more there are.
const FEW: usize = 4;

/// What one who is let in may do, in one line.
///
/// `note` goes behind who it is, such as how they stand to the owner; none where it is
/// empty. `own` is the ARN of the resource that the policy is on: what everybody knows who
/// reads of it is not said again.
#[must_use]
pub fn grant(grant: &Grant<'_, '_>, note: &str, own: Option<&str>) -> String {
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    let source = if grant.source.is_empty() {
        String::new()
    } else {
        format!(" on behalf of {}", join(grant.source.iter().map(Who::to_string), "or"))
    };
    let resources = grant.resources.as_deref().and_then(|named| resources(named, own));
    let on = resources.map_or_else(String::new, |resources| format!(" on {resources}"));
    format!(
        "{}{note}{source} may {}{on}, {}",
        grant.who,
        may(&grant.actions),
        conditions(grant.conditions),
    )
}

/// Somebody who is let in, by name alone: an id, an ARN, a block of addresses; `*` is
/// everybody, or everybody inside the network of the resource; a policy variable its own
/// account or organisation.
#[must_use]
pub fn value<'w>(who: &'w Who<'_>) -> Cow<'w, str> {
    match who {
        Who::Public | Who::Own(Own::Network) => Cow::Borrowed("*"),
        Who::Own(Own::Account) => Cow::Borrowed("${aws:ResourceAccount}"),
        Who::Own(Own::Organization) => Cow::Borrowed("${aws:ResourceOrgID}"),
        Who::Account(text)
        | Who::Arn(text)
        | Who::Organization(text)
        | Who::OrganizationalUnit(text)
        | Who::Service(text)
        | Who::Federated(text)
        | Who::CanonicalUser(text)
        | Who::Vpc(text)
        | Who::VpcEndpoint(text) => Cow::Borrowed(text),
        Who::Network(block) => Cow::Owned(block.to_string()),
    }
}

/// Somebody whom a statement names.
#[must_use]
pub fn principal(named: &Principal<'_>) -> String {
    match *named {
        Principal::Everyone => Who::Public.to_string(),
        Principal::Account(id) => Who::Account(id.into()).to_string(),
        Principal::Service(name) => Who::Service(name.into()).to_string(),
        Principal::Federated(name) => Who::Federated(name.into()).to_string(),
        Principal::CanonicalUser(id) => Who::CanonicalUser(id.into()).to_string(),
        Principal::Unparsable(text) => format!("`{}`, which is no principal", short(text)),
        Principal::Arn(_) | Principal::UniqueId(_) | Principal::OriginAccessIdentity(_) => {
            short(named.as_str()).into_owned()
        }
    }
}

/// What somebody may do, to stand behind `may` or `to`: `call s3:GetObject and
/// s3:ListBucket`, `do anything in sqs`, `do anything but call iam:*`.
#[must_use]
pub fn may(named: &Of<Pattern<'_>>) -> String {
    let (verb, objects) = may_each(named);
    if objects.is_empty() {
        return verb.to_owned();
    }
    format!("{verb} {}", join(objects, if named.is_all_but() { "or" } else { "and" }))
}

/// The same for a list that tells all of them: the verb, and each thing that it is about.
#[must_use]
pub fn may_each<'n>(named: &'n Of<Pattern<'_>>) -> (&'static str, Vec<Cow<'n, str>>) {
    let (some, but) = match named {
        Of::Only(some) => (some, false),
        Of::AllBut(some) => (some, true),
    };
    if some.iter().any(Pattern::is_everything) {
        return (if but { "do nothing" } else { "do anything" }, Vec::new());
    }
    let services: Option<Vec<_>> = some.iter().map(|one| service(one).map(short)).collect();
    match services {
        Some(services) if !but => ("do anything in", services),
        _ => {
            let verb = if but { "do anything but call" } else { "call" };
            (verb, some.iter().map(|one| short(one.as_str())).collect())
        }
    }
}

/// Actions, to stand behind `allows` or `denies`: `s3:GetObject and s3:ListBucket`, `any
/// action of sqs`, `any action but iam:*`.
#[must_use]
pub fn actions(named: &Of<Pattern<'_>>) -> String {
    match named {
        Of::Only(some) if some.iter().any(Pattern::is_everything) => "any action".to_owned(),
        Of::Only(some) => join(some.iter().map(action), "and"),
        Of::AllBut(some) if some.iter().any(Pattern::is_everything) => "no action".to_owned(),
        Of::AllBut(some) => {
            format!("any action but {}", join(some.iter().map(|one| short(one.as_str())), "and"))
        }
    }
}

/// An action, or those that a pattern stands for: `any action of sqs`.
fn action<'n>(pattern: &'n Pattern<'_>) -> Cow<'n, str> {
    match service(pattern) {
        Some(service) => Cow::Owned(format!("any action of {}", short(service))),
        None => short(pattern.as_str()),
    }
}

/// The service all of whose actions a pattern stands for.
fn service<'n>(pattern: &'n Pattern<'_>) -> Option<&'n str> {
    match pattern.as_str().split_once(':') {
        Some((service, "*")) if !service.contains(['*', '?']) => Some(service),
        _ => None,
    }
}

/// Resources: `every object of logs`, `everything`, `everything but ...`; `None` where it
/// is the resource itself that the policy is on, which goes without saying.
///
/// `own` is the ARN of that resource, where it is known.
#[must_use]
pub fn resources(named: &Of<Pattern<'_>>, own: Option<&str>) -> Option<String> {
    let parts = own.and_then(bucket).is_some();
    let itself =
        |pattern: &Pattern<'_>| own.is_some_and(|own| pattern.surely_matches(own)) && !parts;
    match named {
        Of::Only(some) if some.iter().any(itself) => None,
        Of::Only(some) if some.iter().any(Pattern::is_everything) => {
            Some(if parts { "the bucket and every object" } else { "everything" }.to_owned())
        }
        Of::Only(some) => Some(join(some.iter().map(|one| resource(one, own)), "and")),
        Of::AllBut(some) if some.iter().any(Pattern::is_everything) => Some("nothing".to_owned()),
        Of::AllBut(some) => {
            let but = join(some.iter().map(|one| resource(one, own)), "and");
            Some(format!("everything but {but}"))
        }
    }
}

/// A resource, or those that a pattern stands for: `every object of logs`. `own` is as in
/// [`resources`].
#[must_use]
pub fn resource(pattern: &Pattern<'_>, own: Option<&str>) -> String {
    let text = pattern.as_str();
    if pattern.is_everything() {
        return "everything".to_owned();
    }
    let Some(path) = bucket(text) else { return short(text).into_owned() };
    let (bucket_name, key) = match path.split_once('/') {
        Some((name, key)) => (name, Some(key)),
        None => (path, None),
    };
    if bucket_name.contains(['*', '?', '$']) {
        return match path {
            "*" => "every bucket and every object".to_owned(),
            "*/*" => "every object of every bucket".to_owned(),
            _ => short(text).into_owned(),
        };
    }
    let here = own.and_then(bucket) == Some(bucket_name);
    let of = if here { String::new() } else { format!(" of {}", short(bucket_name)) };
    match key {
        None if here => "the bucket".to_owned(),
        None => format!("the bucket {}", short(bucket_name)),
        Some("*") => format!("every object{of}"),
        Some(key) if Pattern::new(key).is_fixed() => format!("the object {}{of}", short(key)),
        Some(key) => match key.strip_suffix('*') {
            Some(start) if start.ends_with('/') && Pattern::new(start).is_fixed() => {
                format!("every object under {}{of}", short(start))
            }
            _ => format!("every object like {}{of}", short(key)),
        },
    }
}

/// What stands behind `arn:aws:s3:::`: a bucket, and the key of an object behind `/`.
fn bucket(arn: &str) -> Option<&str> {
    let arn = Arn::read(arn)?;
    (arn.service == "s3" && arn.region.is_empty() && arn.account.is_empty())
        .then_some(arn.resource)
        .filter(|path| !path.is_empty())
}

/// Conditions that must all hold: `no condition`, `only over TLS`, `if aws:SourceIp is
/// within 203.0.113.0/24`.
#[must_use]
pub fn conditions<'c, 'a: 'c>(all: impl IntoIterator<Item = &'c Condition<'a>>) -> String {
    let (mut how, mut when) = (Vec::new(), Vec::new());
    for condition in all {
        match manner(condition) {
            Some(manner) => how.push(manner.to_owned()),
            None => when.push(self::condition(condition)),
        }
    }
    match (how.is_empty(), when.is_empty()) {
        (true, true) => "no condition".to_owned(),
        (false, true) => format!("only {}", join(how, "and")),
        (true, false) => format!("if {}", join(when, "and")),
        (false, false) => format!("only {}, if {}", join(how, "and"), join(when, "and")),
    }
}

/// How the request is made, where the condition is about no more than that.
fn manner(condition: &Condition<'_>) -> Option<&'static str> {
    let [value] = condition.values.as_slice() else { return None };
    let operator = condition.operator;
    if operator.test != Test::Bool || operator.quantifier.is_some() {
        return None;
    }
    // Every request says whether it came over TLS; that of a user with long-term keys does
    // not say whether there was MFA.
    let yes = value.eq_ignore_ascii_case("true");
    if condition.is("aws:SecureTransport") {
        Some(if yes { "over TLS" } else { "without TLS" })
    } else if condition.is("aws:MultiFactorAuthPresent") && yes && !operator.if_exists {
        Some("with MFA")
    } else {
        None
    }
}

/// One condition as a clause: `aws:SourceIp is within 203.0.113.0/24`.
#[must_use]
pub fn condition(condition: &Condition<'_>) -> String {
    let Condition { operator, key, values, .. } = condition;
    let key = short(key);
    if let (Test::Null, [value]) = (operator.test, values.as_slice()) {
        let absent = value.eq_ignore_ascii_case("true");
        return format!("{key} is {}", if absent { "absent" } else { "present" });
    }
    let subject = match (operator.quantifier, operator.if_exists) {
        (None, false) => key.into_owned(),
        (None, true) => format!("{key}, where present,"),
        (Some(Quantifier::ForAllValues), _) => format!("every value of {key}, if it has any,"),
        (Some(Quantifier::ForAnyValue), false) => format!("a value of {key}"),
        (Some(Quantifier::ForAnyValue), true) => format!("a value of {key}, where present,"),
    };
    if operator.test == Test::Unknown {
        let values = join(values.iter().map(|value| short(value).into_owned()), "or");
        return format!("{subject} meets `{}` {values}", short(operator.text));
    }
    if values.is_empty() {
        return format!("{subject} meets `{}` of no value", short(operator.text));
    }
    format!("{subject} {}", predicate(operator.test, values))
}

fn predicate(test: Test, values: &[Cow<'_, str>]) -> String {
    let wild = values.iter().any(|value| value.contains(['*', '?']));
    let (before, after) = match test {
        Test::StringEqualsIgnoreCase => ("is", " in any case"),
        Test::StringNotEqualsIgnoreCase => ("is not", " in any case"),
        Test::StringLike | Test::ArnLike | Test::ArnEquals if wild => ("is like", ""),
        Test::StringNotLike | Test::ArnNotLike | Test::ArnNotEquals if wild => ("is not like", ""),
        Test::Numeric(Order::LessThan) => ("is less than", ""),
        Test::Numeric(Order::LessThanEquals) => ("is at most", ""),
        Test::Numeric(Order::GreaterThan) => ("is more than", ""),
        Test::Numeric(Order::GreaterThanEquals) => ("is at least", ""),
        Test::Date(Order::LessThan) => ("is before", ""),
        Test::Date(Order::LessThanEquals) => ("is not after", ""),
        Test::Date(Order::GreaterThan) => ("is after", ""),
        Test::Date(Order::GreaterThanEquals) => ("is not before", ""),
        Test::BinaryEquals => ("is, in base64,", ""),
        Test::IpAddress => ("is within", ""),
        Test::NotIpAddress => ("is not within", ""),
        test if test.is_negated() => ("is not", ""),
        _ => ("is", ""),
    };
    let word = if test.is_negated() { "nor" } else { "or" };
    format!("{before} {}{after}", join(values.iter().map(|value| quoted(value)), word))
}

/// A value; one that could be misread, or is empty, in quotation marks.
fn quoted(value: &str) -> String {
    let short = short(value);
    if short.is_empty() || short.contains(char::is_whitespace) {
        format!("\"{short}\"")
    } else {
        short.into_owned()
    }
}

/// `a`, `a and b`, `a, b and c`; of many the first few, and how many more.
fn join<I, T>(all: I, word: &str) -> String
where
    I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    T: Into<String>,
{
    // Not counted by going through them: each would be put into words for nothing.
    let all = all.into_iter();
    let more = all.len().saturating_sub(FEW);
    let mut first: Vec<String> = all.take(FEW).map(Into::into).collect();
    let last = if more == 0 {
        match first.pop() {
            Some(last) => last,
            None => return String::new(),
        }
    } else {
        format!("{more} more")
    };
    if first.is_empty() { last } else { format!("{} {word} {last}", first.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::document::Policy;

    const LOGS: Option<&str> = Some("arn:aws:s3:::logs");

    fn statement(members: &Value) -> Value {
        let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        for (name, value) in members.as_object().unwrap() {
            statement[name] = value.clone();
        }
        if members.get("NotAction").is_some() {
            statement.as_object_mut().unwrap().remove("Action");
        }
        if members.get("NotResource").is_some() {
            statement.as_object_mut().unwrap().remove("Resource");
        }
        json!({ "Version": "2012-10-17", "Statement": statement })
    }

    #[test]
    fn actions_in_words() {
        for (written, allowed, may_do) in [
            (json!({ "Action": "*" }), "any action", "do anything"),
            (json!({ "Action": ["s3:GetObject", "*"] }), "any action", "do anything"),
            (json!({ "Action": "sqs:*" }), "any action of sqs", "do anything in sqs"),
            (
                json!({ "Action": ["s3:*", "sqs:*"] }),
                "any action of s3 and any action of sqs",
                "do anything in s3 and sqs",
            ),
            (
                json!({ "Action": ["s3:GetObject", "sqs:*"] }),
                "s3:GetObject and any action of sqs",
                "call s3:GetObject and sqs:*",
            ),
            (json!({ "Action": "s3:Get*" }), "s3:Get*", "call s3:Get*"),
            (json!({ "Action": "s?:*" }), "s?:*", "call s?:*"),
            (
                json!({ "Action": ["a:B", "c:D", "e:F"] }),
                "a:B, c:D and e:F",
                "call a:B, c:D and e:F",
            ),
            (
                json!({ "Action": ["a:B", "a:C", "a:D", "a:E", "a:F"] }),
                "a:B, a:C, a:D, a:E and 1 more",
                "call a:B, a:C, a:D, a:E and 1 more",
            ),
            (json!({ "NotAction": "iam:*" }), "any action but iam:*", "do anything but call iam:*"),
            (
                json!({ "NotAction": ["iam:*", "s3:GetObject"] }),
                "any action but iam:* and s3:GetObject",
                "do anything but call iam:* or s3:GetObject",
            ),
            (json!({ "NotAction": "*" }), "no action", "do nothing"),
        ] {
            let json = statement(&written);
            let policy = Policy::read(&json).unwrap();
            let named = &policy.statements[0].actions;
            assert_eq!(actions(named), allowed, "{written}");
            assert_eq!(may(named), may_do, "{written}");
        }
    }

    #[test]
    fn resources_in_words() {
        for (written, own, said) in [
            (json!({ "Resource": "*" }), None, Some("everything")),
            (json!({ "Resource": "*" }), LOGS, Some("the bucket and every object")),
            (json!({ "Resource": "*" }), Some("arn:aws:sqs:eu-west-1:111122223333:q"), None),
            (json!({ "Resource": "arn:aws:s3:::logs" }), None, Some("the bucket logs")),
            (json!({ "Resource": "arn:aws:s3:::logs" }), LOGS, Some("the bucket")),
            (json!({ "Resource": "arn:aws:s3:::logs/*" }), None, Some("every object of logs")),
            (json!({ "Resource": "arn:aws:s3:::logs/*" }), LOGS, Some("every object")),
            (json!({ "Resource": "arn:aws:s3:::logs/a/*" }), LOGS, Some("every object under a/")),
            (json!({ "Resource": "arn:aws:s3:::logs/a*" }), LOGS, Some("every object like a*")),
            (json!({ "Resource": "arn:aws:s3:::logs/a" }), LOGS, Some("the object a")),
            (
                json!({ "Resource": "arn:aws:s3:::logs/${aws:username}/*" }),
                LOGS,
                Some("every object like ${aws:username}/*"),
            ),
            (json!({ "Resource": "arn:aws:s3:::log*" }), LOGS, Some("arn:aws:s3:::log*")),
            (json!({ "Resource": "arn:aws:s3:::*" }), None, Some("every bucket and every object")),
            (
                json!({ "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"] }),
                LOGS,
                Some("the bucket and every object"),
            ),
            (
                json!({ "NotResource": "arn:aws:s3:::logs/a" }),
                LOGS,
                Some("everything but the object a"),
            ),
        ] {
            let json = statement(&written);
            let policy = Policy::read(&json).unwrap();
            let named = policy.statements[0].resources.as_ref().unwrap();
            assert_eq!(resources(named, own).as_deref(), said, "{written} {own:?}");
        }
    }

    #[test]
    fn conditions_in_words() {
        for (written, said) in [
            (json!({}), "no condition"),
            (json!({ "Bool": { "aws:SecureTransport": "true" } }), "only over TLS"),
            (json!({ "BoolIfExists": { "aws:securetransport": true } }), "only over TLS"),
            (json!({ "Bool": { "aws:SecureTransport": "false" } }), "only without TLS"),
            (json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }), "only with MFA"),
            (
                json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "true" } }),
                "if aws:MultiFactorAuthPresent, where present, is true",
            ),
            (
                json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
                "if aws:SourceIp is within 203.0.113.0/24",
            ),
            (
                json!({ "NotIpAddress": { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } }),
                "if aws:SourceIp is not within 203.0.113.0/24 nor 2001:db8::/32",
            ),
            (
                json!({
                    "Bool": { "aws:SecureTransport": "true" },
                    "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
                }),
                "only over TLS, if aws:PrincipalOrgID is o-a1b2c3d4e5",
            ),
            (
                json!({
                    "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a/*" },
                    "ArnEquals": { "aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t" },
                }),
                "if aws:SourceArn is arn:aws:sns:eu-west-1:111122223333:t and a value of \
                 aws:PrincipalOrgPaths is like o-a/*",
            ),
            (
                json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }),
                "if every value of aws:TagKeys, if it has any, is a or b",
            ),
            (
                json!({ "Null": { "aws:TokenIssueTime": "true" } }),
                "if aws:TokenIssueTime is absent",
            ),
            (json!({ "Null": { "aws:SourceVpc": false } }), "if aws:SourceVpc is present"),
            (
                json!({ "NumericLessThanEquals": { "aws:MultiFactorAuthAge": 3600 } }),
                "if aws:MultiFactorAuthAge is at most 3600",
            ),
            (
                json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
                "if aws:CurrentTime is after 2026-01-01T00:00:00Z",
            ),
            (json!({ "StringEquals": { "s3:prefix": "" } }), "if s3:prefix is \"\""),
            (
                json!({ "StringAlmost": { "aws:username": "x" } }),
                "if aws:username meets `StringAlmost` x",
            ),
            (
                json!({ "StringNotEqualsIfExists": { "aws:SourceVpce": "vpce-1" } }),
                "if aws:SourceVpce, where present, is not vpce-1",
            ),
        ] {
            let json = statement(&json!({ "Condition": written }));
            let policy = Policy::read(&json).unwrap();
            assert_eq!(conditions(&policy.statements[0].conditions), said, "{written}");
        }
    }

    #[test]
    fn principals_in_words() {
        for (written, said) in [
            (json!("*"), "everybody"),
            (json!({ "AWS": "arn:aws:iam::111122223333:root" }), "account 111122223333"),
            (
                json!({ "AWS": "arn:aws:iam::111122223333:role/app" }),
                "arn:aws:iam::111122223333:role/app",
            ),
            (json!({ "Service": "sns.amazonaws.com" }), "service sns.amazonaws.com"),
            (json!({ "Federated": "accounts.google.com" }), "whom accounts.google.com vouches for"),
            (json!({ "AWS": "me" }), "`me`, which is no principal"),
        ] {
            let json = statement(&json!({ "Principal": written }));
            let policy = Policy::read(&json).unwrap();
            let named = policy.statements[0].principals.as_ref().unwrap();
            assert_eq!(principal(&named.named()[0]), said);
        }
    }
}
