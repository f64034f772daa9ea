//! How somebody whom a policy lets in stands to the account that lets them in.
//!
//! ```
//! use jiff::Timestamp;
//! use secmonkey_aws::AWS;
//! use secmonkey_aws::relation::{Relation, relation};
//! use secmonkey_core::account::{Account, Accounts};
//! use secmonkey_core::check::World;
//! use secmonkey_policy::Who;
//!
//! let owner = "123456789012".parse()?;
//! let mut accounts = Accounts::default();
//! let mut vendor = Account::new(AWS, "210987654321".parse()?, "vendor");
//! vendor.third_party = true;
//! accounts.insert(vendor);
//!
//! let world = World::new(Timestamp::UNIX_EPOCH, &accounts, &());
//! let role = Who::Arn("arn:aws:iam::210987654321:role/scan".into());
//! let party = relation(&role, &owner, &world)?;
//! assert_eq!(party.relation, Relation::ThirdParty);
//! assert_eq!(party.to_string(), "vendor, third party");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::check::{Undecided, World};
use secmonkey_core::technology::Kind;
use secmonkey_policy::Who;
use secmonkey_policy::exposure::Own;
use secmonkey_policy::principal::{Arn, is_account};

use crate::kind;
use crate::known::service_account;

/// How one account stands to another, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is the same.
    Own,
    /// It is registered as one of ours.
    Friendly,
    /// It is registered as somebody else's, or it is AWS's.
    ThirdParty,
    /// Nobody vouched for it.
    Unknown,
}

impl Relation {
    /// In a word, as the JSON of explanations has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Friendly => "friendly",
            Self::ThirdParty => "third_party",
            Self::Unknown => "unknown",
        }
    }
}

/// Who stands behind somebody whom a policy lets in. Displays as the note that a sentence
/// about them carries: `own`, `build, friendly`, `vendor, third party`, `unknown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party<'a> {
    /// How they stand to the owner.
    pub relation: Relation,
    /// The account that stands behind them, where there is one and it is known which.
    pub account: Option<AccountId>,
    /// What people call them: the name of the account or of the network, or which part of
    /// AWS it is.
    pub name: Option<Cow<'a, str>>,
    /// Whether it is AWS itself.
    pub aws: bool,
}

impl fmt::Display for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = match self.relation {
            Relation::ThirdParty => "third party",
            other => other.as_str(),
        };
        match &self.name {
            Some(name) => write!(f, "{name}, {relation}"),
            None => f.write_str(relation),
        }
    }
}

impl<'a> Party<'a> {
    const UNKNOWN: Self =
        Self { relation: Relation::Unknown, account: None, name: None, aws: false };

    fn aws(what: &'static str) -> Self {
        Self { relation: Relation::ThirdParty, account: None, name: Some(what.into()), aws: true }
    }

    fn registered(known: &'a Account) -> Self {
        let relation = if known.third_party { Relation::ThirdParty } else { Relation::Friendly };
        let name = Some(known.name.as_str().into());
        Self { relation, account: Some(known.id.clone()), name, aws: false }
    }
}

/// Who stands behind `who`, seen from the account `owner`.
///
/// An account, an ARN with an account in it and an access point are judged by the registry
/// of accounts; an S3 ARN by who has the bucket, a unique id by who has the user or role, a
/// canonical user id, a VPC and an endpoint by whose they are; a network by the smallest
/// circle that holds all of it; an organization by the accounts registered with it, so that
/// one without any is unknown. Where the resource itself belongs is the owner's own.
///
/// AWS is a third party: its services, its accounts, and CloudFront's origin access
/// identities, of which nobody can tell in which account they are. So is an identity
/// provider of the web; one with an ARN is its account's. Everybody is unknown.
///
/// # Errors
/// Where it cannot be known yet, as [`World::owners`].
pub fn relation<'a>(
    who: &Who<'_>,
    owner: &AccountId,
    world: &World<'a>,
) -> Result<Party<'a>, Undecided> {
    match who {
        Who::Public => Ok(Party::UNKNOWN),
        Who::Account(id) => account(id, owner, world),
        Who::Arn(text) => arn(text, owner, world),
        Who::Organization(id) => organization(id, owner, world),
        Who::OrganizationalUnit(path) => {
            organization(path.split('/').next().unwrap_or_default(), owner, world)
        }
        Who::Service(_) => Ok(Party::aws("AWS")),
        Who::Federated(provider) if Arn::read(provider).is_some() => arn(provider, owner, world),
        Who::Federated(_) => Ok(Party { relation: Relation::ThirdParty, ..Party::UNKNOWN }),
        Who::CanonicalUser(id) if is_cloudfront(id) => Ok(Party::aws("AWS CloudFront")),
        Who::CanonicalUser(id) => owned(&kind::CANONICAL_USER, id, owner, world),
        Who::Vpc(id) => owned(&kind::VPC, id, owner, world),
        Who::VpcEndpoint(id) => owned(&kind::VPC_ENDPOINT, id, owner, world),
        Who::Own(Own::Account) => account(owner.as_str(), owner, world),
        Who::Own(_) => Ok(Party { relation: Relation::Own, ..Party::UNKNOWN }),
        Who::Network(block) => {
            let known = world.blocks(*block)?;
            let parties = known.into_iter().map(|block| match block {
                secmonkey_core::network::Block { account: Some(id), name, .. } => {
                    let party = account(id.as_str(), owner, world)?;
                    Ok(Party { name: name.map(Cow::Owned).or(party.name), ..party })
                }
                secmonkey_core::network::Block { name, .. } => Ok(Party {
                    relation: Relation::Friendly,
                    name: name.map(Cow::Owned),
                    ..Party::UNKNOWN
                }),
            });
            nearest(parties)
        }
    }
}

/// Whether this is the canonical user id by which CloudFront delivers logs: it has one for
/// each partition. Source: *Configure standard logging (legacy)*.
#[must_use]
pub fn is_cloudfront(canonical_id: &str) -> bool {
    matches!(
        canonical_id,
        "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
            | "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"
    )
}

/// The account with this id, seen from `owner`.
///
/// # Errors
/// Where the check does not declare `accounts`.
pub fn account<'a>(id: &str, owner: &AccountId, world: &World<'a>) -> Result<Party<'a>, Undecided> {
    if id == owner.as_str() {
        return Ok(Party {
            relation: Relation::Own,
            account: Some(owner.clone()),
            ..Party::UNKNOWN
        });
    }
    if let Some(known) = world.account(id)? {
        return Ok(Party::registered(known));
    }
    if let Some(service) = service_account(id) {
        return Ok(Party {
            relation: Relation::ThirdParty,
            account: id.parse().ok(),
            name: Some(format!("AWS, {service}").into()),
            aws: true,
        });
    }
    Ok(Party { account: id.parse().ok(), ..Party::UNKNOWN })
}

/// What an ARN, a unique id or a text that is neither names.
fn arn<'a>(text: &str, owner: &AccountId, world: &World<'a>) -> Result<Party<'a>, Undecided> {
    let Some(arn) = Arn::read(text) else {
        // `aws:userid` of a session: the unique id of the role, and the session's name.
        let id = text.split(':').next().unwrap_or_default();
        return if ["AIDA", "AROA"].iter().any(|kind| id.starts_with(kind)) {
            owned(&kind::UNIQUE_ID, id, owner, world)
        } else {
            Ok(Party::UNKNOWN)
        };
    };
    match (arn.service, arn.account) {
        ("iam", "cloudfront") => Ok(Party::aws("AWS CloudFront")),
        (_, "aws") => Ok(Party::aws("AWS")),
        ("s3", "") => {
            let bucket = arn.resource.split('/').next().unwrap_or_default();
            owned(&kind::BUCKET, bucket, owner, world)
        }
        (_, id) if is_account(id) => account(id, owner, world),
        _ => Ok(Party::UNKNOWN),
    }
}

fn owned<'a>(
    kind: &Kind,
    name: &str,
    owner: &AccountId,
    world: &World<'a>,
) -> Result<Party<'a>, Undecided> {
    let owners = world.owners(kind, name)?;
    nearest(owners.iter().map(|id| account(id.as_str(), owner, world)))
}

fn organization<'a>(
    id: &str,
    owner: &AccountId,
    world: &World<'a>,
) -> Result<Party<'a>, Undecided> {
    let members = world.registered(&kind::ORGANIZATION, id)?;
    let party = nearest(members.iter().map(|id| account(id.as_str(), owner, world)))?;
    // It is nobody's alone.
    Ok(Party { account: None, name: None, ..party })
}

/// The one who stands nearest; nobody knows them where there is none.
fn nearest<'a>(
    parties: impl Iterator<Item = Result<Party<'a>, Undecided>>,
) -> Result<Party<'a>, Undecided> {
    let parties = parties.collect::<Result<Vec<_>, _>>()?;
    Ok(parties.into_iter().min_by_key(|party| party.relation).unwrap_or(Party::UNKNOWN))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use secmonkey_core::check::page::Page;

    use super::*;

    const PAGE: &str = r#"# The world
```json world
{
  "accounts": [
    { "id": "123456789012", "name": "prod", "names": { "organization": "o-ours000000" } },
    { "id": "210987654321", "name": "build", "names": { "organization": "o-ours000000" } },
    { "id": "333344445555", "name": "vendor", "third_party": true, "names": { "organization": "o-vendor0000" } }
  ],
  "known": {
    "bucket": { "artifacts": "210987654321" },
    "canonical_user": { "2222bbbb": "210987654321" },
    "unique_id": { "AROABUILDAAAAAAAAAAAA": "210987654321", "AIDAOWNAAAAAAAAAAAAAA": "123456789012" },
    "vpc": { "vpc-1": "123456789012" },
    "vpc_endpoint": { "vpce-2": "333344445555" },
    "block": { "10.0.0.0/8": "333344445555", "10.1.0.0/16": "123456789012" }
  },
  "networks": [{ "name": "office", "cidr": "203.0.113.0/24" }]
}
```
```json pass
{}
```
"#;

    #[test]
    fn everybody_stands_somewhere() {
        let page = Page::parse(PAGE).unwrap();
        let around = page.examples[0].world.clone().unwrap();
        let world = World::new(Timestamp::UNIX_EPOCH, &around.accounts, &*around);
        let owner = "123456789012".parse().unwrap();
        let arn = |text: &'static str| Who::Arn(text.into());
        let network = |text: &str| Who::Network(text.parse().unwrap());
        for (who, said) in [
            (Who::Public, "unknown"),
            (Who::Account("123456789012".into()), "own"),
            (Who::Account("210987654321".into()), "build, friendly"),
            (Who::Account("333344445555".into()), "vendor, third party"),
            (Who::Account("999999999999".into()), "unknown"),
            (
                Who::Account("156460612806".into()),
                "AWS, Elastic Load Balancing in eu-west-1, third party",
            ),
            (arn("arn:aws:iam::210987654321:role/deploy"), "build, friendly"),
            (arn("arn:aws:sts::123456789012:assumed-role/app/i-1"), "own"),
            (arn("arn:aws:sns:eu-west-1:999999999999:topic"), "unknown"),
            (arn("arn:aws:iam::*:role/deploy"), "unknown"),
            (arn("arn:aws:s3:::artifacts"), "build, friendly"),
            (arn("arn:aws:s3:::artifacts/*"), "build, friendly"),
            (arn("arn:aws:s3:::elsewhere"), "unknown"),
            (arn("AROABUILDAAAAAAAAAAAA"), "build, friendly"),
            (arn("AROABUILDAAAAAAAAAAAA:session"), "build, friendly"),
            (arn("AIDAOWNAAAAAAAAAAAAAA"), "own"),
            (arn("AIDAGONEAAAAAAAAAAAAA"), "unknown"),
            (arn("nonsense"), "unknown"),
            (
                arn("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"),
                "AWS CloudFront, third party",
            ),
            (arn("arn:aws:iam::aws:policy/ReadOnlyAccess"), "AWS, third party"),
            (Who::Organization("o-ours000000".into()), "own"),
            (Who::Organization("o-vendor0000".into()), "third party"),
            (Who::Organization("o-other00000".into()), "unknown"),
            (Who::OrganizationalUnit("o-ours000000/r-1/ou-1/".into()), "own"),
            (Who::OrganizationalUnit("o-other00000/*".into()), "unknown"),
            (Who::Service("sns.amazonaws.com".into()), "AWS, third party"),
            (Who::Federated("accounts.google.com".into()), "third party"),
            (Who::Federated("arn:aws:iam::123456789012:saml-provider/idp".into()), "own"),
            (Who::CanonicalUser("2222bbbb".into()), "build, friendly"),
            (Who::CanonicalUser("3333cccc".into()), "unknown"),
            (
                Who::CanonicalUser(
                    "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0".into(),
                ),
                "AWS CloudFront, third party",
            ),
            (Who::Vpc("vpc-1".into()), "own"),
            (Who::Vpc("vpc-9".into()), "unknown"),
            (Who::VpcEndpoint("vpce-2".into()), "vendor, third party"),
            // Of several circles around it, the one that stands nearest.
            (network("10.1.2.0/24"), "own"),
            (network("10.2.0.0/16"), "vendor, third party"),
            (network("203.0.113.7/32"), "office, friendly"),
            (network("203.0.112.0/23"), "unknown"),
        ] {
            assert_eq!(relation(&who, &owner, &world).unwrap().to_string(), said, "{who:?}");
        }
    }

    #[test]
    fn an_organization_that_nobody_registered_is_unknown() {
        for (ours, said) in [(None, "unknown"), (Some("o-ours000000"), "own")] {
            let owner: AccountId = "123456789012".parse().unwrap();
            let mut account = Account::new(crate::AWS, owner.clone(), "prod");
            account.names.extend(ours.map(|id| (kind::ORGANIZATION, id.to_owned())));
            let accounts = [account].into_iter().collect();
            let world = World::new(Timestamp::UNIX_EPOCH, &accounts, &());
            let said_of = |id: &'static str| {
                relation(&Who::Organization(id.into()), &owner, &world).unwrap().to_string()
            };
            assert_eq!(said_of("o-ours000000"), said);
            assert_eq!(said_of("o-other00000"), "unknown");
        }
    }

    #[test]
    fn what_was_never_listed_is_not_called_unknown() {
        let accounts = secmonkey_core::account::Accounts::default();
        let world = World::new(Timestamp::UNIX_EPOCH, &accounts, &());
        let owner = "123456789012".parse().unwrap();
        for who in [Who::Vpc("vpc-1".into()), Who::Arn("arn:aws:s3:::elsewhere".into())] {
            relation(&who, &owner, &world).unwrap_err();
        }
    }
}
