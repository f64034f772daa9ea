//! What single limits say of each other.

use super::limit::{ANY_SERVICE, Atom, Axis, is_wild};
use super::{Own, Who};
use crate::pattern::Pattern;
use crate::principal::{Arn, Principal, is_account};

impl Atom<'_> {
    /// How many it lets in, roughly: of several limits the one with the least is told.
    /// Who it is goes before in whose name it is, and that before where it comes from.
    pub fn rank(&self) -> u8 {
        match (self.axis, &self.who) {
            (Axis::Caller, Who::Arn(_)) => 0,
            (Axis::Caller, Who::Account(_) | Who::CanonicalUser(_) | Who::Own(Own::Account)) => 1,
            (Axis::Caller, Who::OrganizationalUnit(_)) => 2,
            (Axis::Caller, Who::Organization(_) | Who::Own(Own::Organization)) => 3,
            (Axis::Caller, Who::Service(name)) if name == ANY_SERVICE => 10,
            (Axis::Caller | Axis::Claim, _) => 4,
            (Axis::Source, Who::Arn(_)) => 5,
            (Axis::Source, Who::Account(_) | Who::Own(Own::Account)) => 6,
            (Axis::Source, Who::OrganizationalUnit(_)) => 7,
            (Axis::Source, _) => 8,
            (Axis::AccessPoint | Axis::Key, _) => 9,
            (Axis::Through, _) => 10,
            (Axis::Network, Who::VpcEndpoint(_)) => 11,
            (Axis::Network, Who::Vpc(_) | Who::Own(_)) => 12,
            (Axis::Network, Who::Network(_)) => 14,
            (Axis::Network, _) => 13,
        }
    }

    /// Whether nobody can be both.
    pub fn excludes(&self, other: &Self) -> bool {
        if self.axis != other.axis {
            return false;
        }
        match (&self.who, &other.who) {
            (Who::Account(a), Who::Account(b))
            | (Who::Organization(a), Who::Organization(b))
            | (Who::Vpc(a), Who::Vpc(b))
            | (Who::VpcEndpoint(a), Who::VpcEndpoint(b)) => !a.eq_ignore_ascii_case(b),
            (Who::Account(account), Who::Arn(arn)) | (Who::Arn(arn), Who::Account(account)) => {
                account_of(arn).is_some_and(|other| other != account)
            }
            (Who::Arn(a), Who::Arn(b)) => arns_differ(a, b),
            (Who::Organization(id), Who::OrganizationalUnit(path))
            | (Who::OrganizationalUnit(path), Who::Organization(id)) => {
                path.split('/').next().is_some_and(|other| !other.eq_ignore_ascii_case(id))
            }
            (Who::OrganizationalUnit(a), Who::OrganizationalUnit(b)) => {
                !a.split('/').zip(b.split('/')).take(1).all(|(a, b)| a.eq_ignore_ascii_case(b))
            }
            (Who::Service(a), Who::Service(b)) => {
                a != ANY_SERVICE && b != ANY_SERVICE && !a.eq_ignore_ascii_case(b)
            }
            (Who::Network(a), Who::Network(b)) => !a.contains(b) && !b.contains(a),
            _ => false,
        }
    }

    /// Whether it cannot be this principal.
    pub fn excludes_principal(&self, principal: &Principal<'_>) -> bool {
        if self.axis != Axis::Caller {
            return false;
        }
        match (&self.who, principal) {
            (Who::Account(a), Principal::Account(b)) => a != b,
            (Who::Account(a), Principal::Arn(arn)) => is_account(arn.account) && a != arn.account,
            (Who::Arn(a), Principal::Account(b)) => account_of(a).is_some_and(|a| a != *b),
            (Who::Arn(a), Principal::Arn(b)) => arns_differ(a, b.text),
            (Who::Service(_), Principal::Account(_) | Principal::Arn(_)) => true,
            (Who::Service(a), Principal::Service(b)) => {
                a != ANY_SERVICE && !a.eq_ignore_ascii_case(b)
            }
            _ => false,
        }
    }
}

/// The account in an ARN, where it is certain.
fn account_of(arn: &str) -> Option<&str> {
    Arn::read(arn).map(|arn| arn.account).filter(|account| is_account(account))
}

/// Whether two ARNs, one perhaps with wildcards, are certainly of different callers.
fn arns_differ(a: &str, b: &str) -> bool {
    let (Some(one), Some(other)) = (Arn::read(a), Arn::read(b)) else { return false };
    if is_account(one.account) && is_account(other.account) && one.account != other.account {
        return true;
    }
    // A session has the ARN of its role in `aws:PrincipalArn`, and its own elsewhere.
    if one.service != "iam" || other.service != "iam" {
        return false;
    }
    match (is_wild(a), is_wild(b)) {
        (_, false) => !Pattern::plain(a).matches_ignoring_case(b),
        (false, true) => !Pattern::plain(b).matches_ignoring_case(a),
        (true, true) => false,
    }
}
