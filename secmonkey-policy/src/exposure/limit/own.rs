//! Conditions that compare somebody with where the resource itself belongs, by policy
//! variables: `aws:PrincipalOrgID` with `${aws:ResourceOrgID}`, or the other way round.
//!
//! Sources: *IAM policy elements: Variables and tags*, *Data perimeter policy examples*.

use std::borrow::Cow;

use super::{Atom, How, Key};
use crate::condition::Condition;
use crate::exposure::{Own, Who};

const ACCOUNT: &str = "${aws:ResourceAccount}";
const ORGANIZATION: &str = "${aws:ResourceOrgID}";

/// Keys of the caller or the source, and what of the resource says the same.
const PAIRS: &[(&str, &str, &str)] = &[
    ("aws:PrincipalAccount", "aws:ResourceAccount", ACCOUNT),
    ("aws:SourceAccount", "aws:ResourceAccount", ACCOUNT),
    ("aws:VpceAccount", "aws:ResourceAccount", ACCOUNT),
    ("kms:CallerAccount", "aws:ResourceAccount", ACCOUNT),
    ("aws:PrincipalOrgID", "aws:ResourceOrgID", ORGANIZATION),
    ("aws:SourceOrgID", "aws:ResourceOrgID", ORGANIZATION),
    ("aws:VpceOrgID", "aws:ResourceOrgID", ORGANIZATION),
];

/// A condition on the resource whose value is a variable of the caller, as the same said of
/// the caller: `aws:ResourceOrgID` is `${aws:PrincipalOrgID}`.
///
/// Only for an Allow: where a request lacks what the variable stands for, the condition does
/// not hold, and whether its contrary does is not documented.
pub(super) fn turned<'a>(condition: &Condition<'a>) -> Option<Condition<'a>> {
    let [value] = condition.values.as_slice() else { return None };
    let operator = condition.operator;
    if !condition.variables || operator.if_exists || operator.quantifier.is_some() {
        return None;
    }
    let name = value.strip_prefix("${")?.strip_suffix('}')?;
    let (key, _, variable) = PAIRS
        .iter()
        .find(|(key, resource, _)| key.eq_ignore_ascii_case(name) && condition.is(resource))?;
    let values = vec![Cow::Borrowed(*variable)];
    Some(Condition { key, values, ..condition.clone() })
}

/// Whom a variable leaves that stands for where the resource belongs.
pub(super) fn of_variable<'a>(key: Key<'_>, how: How, value: &str) -> Option<Atom<'a>> {
    if how == How::Block {
        return None;
    }
    let (axis, own) = match key {
        Key::Account(axis) if value.eq_ignore_ascii_case(ACCOUNT) => (axis, Own::Account),
        Key::Organization(axis) if value.eq_ignore_ascii_case(ORGANIZATION) => {
            (axis, Own::Organization)
        }
        Key::Path(axis)
            if how == How::Like
                && value
                    .strip_suffix("/*")
                    .is_some_and(|id| id.eq_ignore_ascii_case(ORGANIZATION)) =>
        {
            (axis, Own::Organization)
        }
        _ => return None,
    };
    Some(Atom { axis, who: Who::Own(own) })
}

/// The same, by its id where that is known.
pub(super) fn known<'a>(atom: Atom<'a>, owner: Option<&str>) -> Atom<'a> {
    match (&atom.who, owner) {
        (Who::Own(Own::Account), Some(id)) => {
            Atom { who: Who::Account(Cow::Owned(id.to_owned())), ..atom }
        }
        _ => atom,
    }
}

/// A value with the owner of the resource in the place of its variable; `None` where it has
/// none: `arn:aws:iam::${aws:ResourceAccount}:role/*`.
pub(super) fn with_owner<'a>(value: &str, owner: &str) -> Option<Cow<'a, str>> {
    let at = value.to_ascii_lowercase().find(&ACCOUNT.to_ascii_lowercase())?;
    let (before, rest) = value.split_at(at);
    Some(Cow::Owned(format!("{before}{owner}{}", &rest[ACCOUNT.len()..])))
}
