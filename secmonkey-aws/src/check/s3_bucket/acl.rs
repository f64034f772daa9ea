//! What the access control list of a bucket grants, and to whom.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Check, Finding, Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

use crate::check::case::{Case, Once};
use crate::check::subject::Grantee;
use crate::check::{AwsCheck, list, listed, text};
use crate::relation::is_cloudfront;

const BUCKET: Cow<'static, str> = Cow::Borrowed("s3_bucket");

const ACL: Texts = Texts::new(&[
    "/Owner/ID",
    "/Grants/*/Grantee/ID",
    "/Grants/*/Grantee/URI",
    "/Grants/*/Permission",
]);

/// One check for each kind of grantee.
pub(in crate::check) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("s3_bucket.acl_friendly_canonical"),
            technology: BUCKET,
            version: 2,
            reads: ACL,
            world: Texts::new(&["known"]),
            page: Cow::Borrowed(include_str!("acl_friendly_canonical.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_accounts(case, false, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("s3_bucket.acl_internet_accessible"),
            technology: BUCKET,
            score: 10,
            reads: Texts::new(&[
                "/Owner/ID",
                "/Grants/*/Grantee/ID",
                "/Grants/*/Grantee/URI",
                "/Grants/*/Permission",
                "/OwnershipControls/Rules",
                "/PublicAccessBlockConfiguration/IgnorePublicAcls",
            ]),
            version: 2,
            world: Texts::new(&["s3_account"]),
            doubts: Texts::new(&[
                "/OwnershipControls/Rules",
                "/PublicAccessBlockConfiguration/IgnorePublicAcls",
                "s3_account",
            ]),
            part_of: Some(Cow::Borrowed("s3_bucket.publicly_accessible")),
            page: Cow::Borrowed(include_str!("acl_internet_accessible.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            for (everybody, grants) in public_grants(case)? {
                let detail = format!("the ACL grants {} to {everybody}", grants.permissions());
                let finding = grants.add(found, detail);
                finding.doubt.extend(super::in_doubt(case).map(str::to_owned));
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("s3_bucket.acl_log_delivery"),
            technology: BUCKET,
            reads: ACL,
            page: Cow::Borrowed(include_str!("acl_log_delivery.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            for grants in grants(case) {
                if let Some(service) = log_delivery(grants.grantee) {
                    let permissions = grants.permissions();
                    let detail =
                        format!("the ACL grants {permissions} to the log delivery of {service}");
                    grants.add(found, detail);
                }
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("s3_bucket.acl_thirdparty_canonical"),
            technology: BUCKET,
            version: 2,
            reads: ACL,
            world: Texts::new(&["known"]),
            page: Cow::Borrowed(include_str!("acl_thirdparty_canonical.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find_accounts(case, true, found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("s3_bucket.acl_unknown"),
            technology: BUCKET,
            version: 2,
            score: 10,
            reads: ACL,
            world: Texts::new(&["known"]),
            part_of: Some(Cow::Borrowed("s3_bucket.policy_unknown_account")),
            page: Cow::Borrowed(include_str!("acl_unknown.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            for grants in strangers(case)? {
                grants.add(found, grants.to_a_stranger());
            }
            Ok(())
        },
    },
];

/// What an access control list grants to one grantee.
pub(super) struct Grants<'a> {
    /// A canonical user id or the URI of a group.
    pub grantee: &'a str,
    pub permissions: BTreeSet<&'a str>,
    pub at: Vec<String>,
    who: Once<Who<'a>>,
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

impl<'a> Grants<'a> {
    /// `READ and WRITE`.
    pub fn permissions(&self) -> String {
        listed(self.permissions.iter().copied())
    }

    /// What is granted to somebody nobody knows.
    pub fn to_a_stranger(&self) -> String {
        let Self { grantee, .. } = self;
        format!("the ACL grants {} to {grantee}, who is unknown", self.permissions())
    }

    /// Adds a finding about them, which is wider with every permission.
    fn add<'f>(&self, found: &'f mut Findings, detail: impl Into<String>) -> &'f mut Finding {
        let finding = found.add(Grantee(self.grantee), detail);
        for pointer in &self.at {
            finding.at(pointer);
        }
        for permission in &self.permissions {
            finding.ground(*permission);
        }
        finding
    }

    /// Who is behind the grantee.
    fn who(&self, world: &World<'a>) -> Result<&Who<'a>, Undecided> {
        world.require("known")?;
        self.who.get(|| {
            if public(self.grantee).is_some() || log_delivery(self.grantee).is_some() {
                return Ok(Who::Group);
            }
            Ok(match world.owner(&crate::kind::CANONICAL_USER, self.grantee)? {
                Some(account) => {
                    Who::Account { name: &account.name, third_party: account.third_party }
                }
                None => Who::Unknown,
            })
        })
    }
}

/// What the access control list grants to others than the owner, by grantee.
///
/// Where ACLs are disabled, S3 answers with the owner's grant alone.
fn grants<'a>(case: &Case<'a>) -> &'a [Grants<'a>] {
    let Case { item, shared, .. } = *case;
    shared.bucket.grants.get_or_init(|| by_grantee(item))
}

fn by_grantee(item: &Item) -> Vec<Grants<'_>> {
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
            who: Once::default(),
        });
        of.permissions.insert(text(&grant["Permission"]));
        of.at.push(format!("/Grants/{index}"));
    }
    by_grantee.into_values().collect()
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
        id if is_cloudfront(id) => Some("CloudFront"),
        _ => None,
    }
}

/// What is granted to everybody and Block Public Access lets pass.
pub(super) fn public_grants<'a>(
    case: &Case<'a>,
) -> Result<Vec<(&'static str, &'a Grants<'a>)>, Undecided> {
    let public: Vec<_> =
        grants(case).iter().filter_map(|grants| Some((public(grants.grantee)?, grants))).collect();
    // Where the owner of the bucket owns everything, S3 reads no list.
    let rules = list(&case.item.config["OwnershipControls"]["Rules"]);
    let is_disabled = rules.iter().any(|rule| rule["ObjectOwnership"] == "BucketOwnerEnforced");
    if public.is_empty() || is_disabled || super::is_blocked(case, "IgnorePublicAcls")? {
        return Ok(Vec::new());
    }
    Ok(public)
}

/// What is granted to those whom nobody knows.
pub(super) fn strangers<'a>(case: &Case<'a>) -> Result<Vec<&'a Grants<'a>>, Undecided> {
    let mut strangers = Vec::new();
    for grants in grants(case) {
        if matches!(grants.who(&case.world)?, Who::Unknown) {
            strangers.push(grants);
        }
    }
    Ok(strangers)
}

/// Finds grants to registered accounts: ours, or those of third parties.
fn find_accounts(
    case: &Case<'_>,
    third_parties: bool,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for grants in grants(case) {
        if let Who::Account { name, third_party } = grants.who(&case.world)?
            && *third_party == third_parties
        {
            let permissions = grants.permissions();
            grants.add(found, format!("the ACL grants {permissions} to the account {name}"));
        }
    }
    Ok(())
}
