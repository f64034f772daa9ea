//! Checks of S3 buckets.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Check, Findings, Undecided, World};
use secmonkey_core::item::{GLOBAL, Item, Key};
use serde_json::Value;

use super::resource_policy::s3_bucket::PLACE;
use super::subject::Grantee;
use super::{list, listed, text};

mod acl_friendly_canonical;
mod acl_internet_accessible;
mod acl_log_delivery;
mod acl_thirdparty_canonical;
mod acl_unknown;
mod default_encryption_disabled;
mod lifecycle_missing;
mod policy_conditional_statement;
mod policy_missing;
mod policy_unknown_account;
mod publicly_accessible;
mod versioning_disabled;

pub(super) const CHECKS: &[&Check] = &[
    &acl_friendly_canonical::CHECK,
    &acl_internet_accessible::CHECK,
    &acl_log_delivery::CHECK,
    &acl_thirdparty_canonical::CHECK,
    &acl_unknown::CHECK,
    &default_encryption_disabled::CHECK,
    &lifecycle_missing::CHECK,
    &policy_conditional_statement::CHECK,
    &policy_missing::CHECK,
    &policy_unknown_account::CHECK,
    &publicly_accessible::CHECK,
    &versioning_disabled::CHECK,
];

/// What an access control list grants to one grantee.
#[derive(Debug)]
struct Grants<'a> {
    /// A canonical user id or the URI of a group.
    grantee: &'a str,
    permissions: BTreeSet<&'a str>,
    at: Vec<String>,
}

impl Grants<'_> {
    /// `READ and WRITE`.
    fn permissions(&self) -> String {
        listed(self.permissions.iter().copied())
    }

    /// Adds a finding about them, which is wider with every permission.
    fn find(self, found: &mut Findings, detail: impl Into<String>) {
        let finding = found.add(Grantee(self.grantee), detail);
        for pointer in self.at {
            finding.at(pointer);
        }
        for permission in self.permissions {
            finding.ground(permission);
        }
    }
}

/// What the access control list grants to others than the owner, by grantee.
///
/// Where ACLs are disabled, S3 answers with the owner's grant alone.
fn grants(item: &Item) -> impl Iterator<Item = Grants<'_>> {
    let owner = &item.config["Owner"]["ID"];
    let mut by_grantee: BTreeMap<&str, Grants<'_>> = BTreeMap::new();
    for (index, grant) in list(&item.config["Grants"]).iter().enumerate() {
        let Some(grantee) = ["ID", "URI"].iter().find_map(|&by| grant["Grantee"][by].as_str())
        else {
            continue;
        };
        if owner == grantee {
            continue;
        }
        let of = by_grantee.entry(grantee).or_insert_with(|| Grants {
            grantee,
            permissions: BTreeSet::new(),
            at: Vec::new(),
        });
        of.permissions.insert(text(&grant["Permission"]));
        of.at.push(format!("/Grants/{index}"));
    }
    by_grantee.into_values()
}

/// Who is behind a grantee.
enum Who<'a> {
    /// Everybody, or a service of AWS that delivers logs.
    Group,
    /// A registered account.
    Account { name: &'a str, third_party: bool },
    /// Nobody we know.
    Unknown,
}

/// Who is behind a grantee.
fn who<'a>(world: &World<'a>, grantee: &str) -> Result<Who<'a>, Undecided> {
    if public(grantee).is_some() || log_delivery(grantee).is_some() {
        return Ok(Who::Group);
    }
    Ok(match world.canonical(grantee)? {
        Some(account) => Who::Account { name: &account.name, third_party: account.third_party },
        None => Who::Unknown,
    })
}

/// Who is meant by a group that stands for everybody.
fn public(grantee: &str) -> Option<&'static str> {
    match grantee {
        "http://acs.amazonaws.com/groups/global/AllUsers" => Some("everybody"),
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" => {
            Some("everybody with an AWS account")
        }
        _ => None,
    }
}

/// Which service delivers logs as this grantee. CloudFront does so as an account of AWS,
/// one for each partition.
fn log_delivery(grantee: &str) -> Option<&'static str> {
    match grantee {
        "http://acs.amazonaws.com/groups/s3/LogDelivery" => Some("S3"),
        "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
        | "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56" => Some("CloudFront"),
        _ => None,
    }
}

/// Whether a setting of Block Public Access is on, for the bucket or for its account.
fn is_blocked(item: &Item, world: &World<'_>, setting: &str) -> Result<bool, Undecided> {
    let on = |config: &Value| config["PublicAccessBlockConfiguration"][setting] == true;
    if on(&item.config) {
        return Ok(true);
    }
    let account = &item.key.account;
    let settings = world.item(&Key {
        account: account.clone(),
        technology: "s3_account".to_owned(),
        region: GLOBAL.to_owned(),
        id: account.to_string(),
    })?;
    Ok(settings.is_some_and(|settings| on(&settings.config)))
}

/// What keeps the public out whatever the policy says.
pub(super) fn shield(item: &Item, world: &World<'_>) -> Result<Option<&'static str>, Undecided> {
    Ok(is_blocked(item, world, "RestrictPublicBuckets")?.then_some("Block Public Access"))
}

/// What the access control list grants to everybody and Block Public Access lets pass.
fn public_grants<'a>(
    item: &'a Item,
    world: &World<'_>,
) -> Result<Vec<(&'static str, Grants<'a>)>, Undecided> {
    let public: Vec<_> =
        grants(item).filter_map(|grants| Some((public(grants.grantee)?, grants))).collect();
    if public.is_empty() || is_blocked(item, world, "IgnorePublicAcls")? {
        return Ok(Vec::new());
    }
    Ok(public)
}

/// Finds grants to registered accounts: ours, or those of third parties.
fn find_accounts(
    item: &Item,
    world: &World<'_>,
    third_parties: bool,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for grants in grants(item) {
        if let Who::Account { name, third_party } = who(world, grants.grantee)?
            && third_party == third_parties
        {
            let detail = format!("the ACL grants {} to the account {name}", grants.permissions());
            grants.find(found, detail);
        }
    }
    Ok(())
}
