//! A naive evaluator: one request at a time, literally as AWS's documentation has it, with
//! nothing shared with what it is to prove but the reading of documents.
//!
//! Sources: *Policy evaluation logic*, *IAM JSON policy elements: Condition operators*,
//! *Multivalued context keys*, *IAM policy elements: Variables and tags*.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use secmonkey_policy::condition::{Quantifier, Test};
use secmonkey_policy::document::{Of, Version};
use secmonkey_policy::{Condition, Effect, Policy, Principal, Statement};

/// Somebody who asks for something.
#[derive(Debug, Clone)]
pub struct Request {
    pub caller: Caller,
    pub action: &'static str,
    pub resource: &'static str,
    /// What AWS knows of it, by key in lower case.
    pub context: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    Anonymous,
    /// A user or role by its ARN, in an account.
    Identity {
        account: &'static str,
        arn: &'static str,
    },
    Service(&'static str),
}

/// Whether a resource policy alone lets a request in.
pub fn is_allowed(policy: &Policy<'_>, request: &Request) -> bool {
    let applies = |effect| {
        policy.statements.iter().any(|it| it.effect == effect && applies(policy, it, request))
    };
    !applies(Effect::Deny) && applies(Effect::Allow)
}

/// Whether a statement speaks of a request.
pub fn applies(policy: &Policy<'_>, statement: &Statement<'_>, request: &Request) -> bool {
    let named = |principals: &[Principal<'_>]| principals.iter().any(|it| is(it, request));
    let who = match &statement.principals {
        Some(Of::Only(principals)) => named(principals),
        Some(Of::AllBut(principals)) => !named(principals),
        None => false,
    };
    // The world's actions are in lower case, as are those of its policies.
    let texts = policy.version == Version::V2012;
    let any = |of: &Of<secmonkey_policy::Pattern<'_>>, found: &str, variables| {
        let matches = of.named().iter().any(|it| like(it.as_str(), found, request, variables));
        matches != of.is_all_but()
    };
    who && any(&statement.actions, request.action, false)
        && statement.resources.as_ref().is_none_or(|of| any(of, request.resource, texts))
        && statement.conditions.iter().all(|it| holds(it, statement.effect, request, texts))
}

fn is(principal: &Principal<'_>, request: &Request) -> bool {
    match (principal, request.caller) {
        (Principal::Everyone, _) => true,
        (Principal::Account(id), Caller::Identity { account, .. }) => *id == account,
        (Principal::Arn(named), Caller::Identity { arn, .. }) => named.text == arn,
        (Principal::Service(name), Caller::Service(service)) => *name == service,
        _ => false,
    }
}

fn holds(condition: &Condition<'_>, effect: Effect, request: &Request, variables: bool) -> bool {
    let operator = condition.operator;
    let found = request.context.get(&condition.key.to_ascii_lowercase());
    if operator.test == Test::Null {
        let missing = if found.is_none() { "true" } else { "false" };
        return condition.values.iter().any(|value| value == missing);
    }
    let negated = operator.test.is_negated();
    let Some(found) = found else {
        return match operator.quantifier {
            _ if operator.if_exists => true,
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => false,
            None => negated,
        };
    };
    let mut known = true;
    let mut one = |found: &String| {
        let matches = condition.values.iter().any(|value| {
            compare(operator.test, value, found, request, variables).unwrap_or_else(|| {
                known = false;
                false
            })
        });
        matches != negated
    };
    let holds = match operator.quantifier {
        Some(Quantifier::ForAllValues) => found.iter().all(&mut one),
        Some(Quantifier::ForAnyValue) => found.iter().any(&mut one),
        None => found.first().is_some_and(&mut one),
    };
    // What nobody understands may hold for an Allow and may not for a Deny.
    if known { holds } else { effect == Effect::Allow }
}

/// `None` where it is not known how.
fn compare(
    test: Test,
    value: &str,
    found: &str,
    request: &Request,
    variables: bool,
) -> Option<bool> {
    Some(match test {
        // What a variable stands for that has no value equals nothing.
        Test::StringEquals | Test::StringEqualsIgnoreCase
            if expand(value, request, variables).is_none() =>
        {
            false
        }
        Test::StringEquals | Test::StringNotEquals => {
            expand(value, request, variables)?.iter().eq(&literals(found))
        }
        Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
            let value = value.to_ascii_lowercase();
            expand(&value, request, variables)?.iter().eq(&literals(&found.to_ascii_lowercase()))
        }
        Test::StringLike | Test::StringNotLike => like(value, found, request, variables),
        Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
            let (value, found): (Vec<_>, Vec<_>) =
                (value.splitn(6, ':').collect(), found.splitn(6, ':').collect());
            let mut fields = value.iter().zip(&found);
            value.len() == 6
                && found.len() == 6
                && fields.all(|(value, found)| like(value, found, request, variables))
        }
        Test::Bool => value.eq_ignore_ascii_case(found),
        Test::IpAddress | Test::NotIpAddress => {
            let address: IpAddr = found.parse().expect("an address");
            let block = value.parse::<IpNet>().or_else(|_| value.parse::<IpAddr>().map(Into::into));
            block.ok()?.contains(&address)
        }
        _ => return None,
    })
}

/// What a pattern is made of once its variables are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Letter(char),
    One,
    Any,
}

fn literals(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::Letter).collect()
}

/// `None` where a variable has no value: then nothing matches.
fn expand(pattern: &str, request: &Request, variables: bool) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if variables && rest.starts_with("${") && rest.contains('}') {
            let (inside, behind) = rest[2..].split_once('}').expect("closed");
            rest = behind;
            if ["*", "?", "$"].contains(&inside) {
                pieces.extend(literals(inside));
                continue;
            }
            let (name, default) = match inside.split_once(',') {
                Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
                None => (inside, None),
            };
            let values = request.context.get(&name.to_ascii_lowercase());
            let value = values.and_then(|values| values.first()).map(String::as_str).or(default)?;
            pieces.extend(literals(value));
            continue;
        }
        rest = &rest[first.len_utf8()..];
        pieces.push(match first {
            '*' => Piece::Any,
            '?' => Piece::One,
            letter => Piece::Letter(letter),
        });
    }
    Some(pieces)
}

fn like(pattern: &str, text: &str, request: &Request, variables: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    expand(pattern, request, variables).is_some_and(|pieces| matches(&pieces, &text))
}

/// Wildcards by their definition, by trying everything.
pub fn matches(pieces: &[Piece], text: &[char]) -> bool {
    match (pieces, text) {
        ([], text) => text.is_empty(),
        ([Piece::Any, rest @ ..], text) => {
            (0..=text.len()).any(|from| matches(rest, &text[from..]))
        }
        ([Piece::One, rest @ ..], [_, behind @ ..]) => matches(rest, behind),
        ([Piece::Letter(a), rest @ ..], [b, behind @ ..]) => a == b && matches(rest, behind),
        _ => false,
    }
}

/// A pattern of wildcards only.
pub fn pieces(pattern: &str) -> Vec<Piece> {
    let piece = |letter| match letter {
        '*' => Piece::Any,
        '?' => Piece::One,
        letter => Piece::Letter(letter),
    };
    pattern.chars().map(piece).collect()
}
