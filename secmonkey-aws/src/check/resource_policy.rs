//! Checks of policies that say who may use a resource: bucket policies, trust policies of
//! roles, whatever comes. Each is written once here; a technology is one entry in the list
//! [below](resource_policies).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Check, Finding, Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::document::Of;
use secmonkey_policy::exposure::Kind;
use secmonkey_policy::{Exposure, Grant, Policy, Resource, Who, words};

use super::family::{self, Family, conditions, sorted};
use super::subject::Principal;
use crate::relation::{Relation, is_told, relation};

mod cross_account_root;
mod friendly_cross_account;
mod internet_accessible;
mod policy_arn_unparseable;
mod service_without_source;
mod thirdparty_cross_account;
mod unknown_cross_account;

/// What keeps the public out at present, if it does.
type Shield = fn(&Item, &World<'_>) -> Result<Option<&'static str>, Undecided>;

/// Where a technology has its policy.
pub(super) struct Place {
    /// The pointer of the document.
    pub at: &'static str,
    /// What it protects.
    pub kind: Kind,
    /// What keeps the public out at present, whatever the policy says.
    shield: Shield,
    /// Which checks of the technology its members are part of.
    pub parts: &'static [(&'static str, &'static str)],
}

/// Nothing stands before the policy.
const NO_SHIELD: Shield = |_, _| Ok(None);

/// Applies every family to technologies. An entry names the technology, the pointer of its
/// policy, its kind, and the families that are not for all: `service_without_source` where
/// services use the resource for others. Besides, where it has such, what keeps the public
/// out (with the pointers and technologies that this is read from), and the wider checks
/// that members are part of.
macro_rules! resource_policies {
    ($(
        $technology:ident: $at:literal, $kind:expr, and [$($more:ident),*]
        $(, shield: $shield:path, reads: [$($read:literal),*], world: [$($looked:literal),*])?
        $(, parts: { $($part:ident: $whole:literal),* $(,)? })?
    ;)*) => {
        $(pub(super) mod $technology {
            use super::*;

            pub(in crate::check) const PLACE: Place = Place {
                at: $at,
                kind: $kind,
                shield: last!(NO_SHIELD $(, $shield)?),
                parts: last!(&[] $(, &[$((stringify!($part), $whole)),*])?),
            };

            pub(in crate::check) const CHECKS: &[&Check] = &[
                resource_policies!(@ $technology cross_account_root $at),
                resource_policies!(@ $technology friendly_cross_account $at),
                of_family!(
                    $technology,
                    internet_accessible,
                    PLACE,
                    &[$at $($(, $read)*)?],
                    &["known" $($(, $looked)*)?]
                ),
                resource_policies!(@ $technology policy_arn_unparseable $at),
                $(resource_policies!(@ $technology $more $at),)*
                resource_policies!(@ $technology thirdparty_cross_account $at),
                resource_policies!(@ $technology unknown_cross_account $at),
            ];
        })*

        /// The checks of all of them.
        pub(super) const CHECKS: &[&[&Check]] = &[$($technology::CHECKS),*];

        /// Puts a policy where a check of this family has it.
        #[cfg(test)]
        pub(super) fn wrap(check: &Check, policy: &serde_json::Value) -> Option<serde_json::Value> {
            let place = match check.technology {
                $(stringify!($technology) if $technology::CHECKS.iter().any(|it| it.id == check.id) => {
                    $technology::PLACE
                })*
                _ => return None,
            };
            let members: Vec<&str> = place.at.split('/').skip(1).collect();
            Some(members.iter().rev().fold(policy.clone(), |inner, member| {
                serde_json::json!({ *member: inner })
            }))
        }
    };
    (@ $technology:ident $family:ident $at:literal) => {
        of_family!($technology, $family, PLACE, &[$at], $family::FAMILY.world)
    };
}

resource_policies! {
    iam_role: "/AssumeRolePolicyDocument", Kind::Role, and [];
    s3_bucket: "/Policy", Kind::Bucket, and [service_without_source],
        shield: crate::check::s3_bucket::shield,
        reads: ["/PublicAccessBlockConfiguration/RestrictPublicBuckets"],
        world: ["s3_account"],
        parts: {
            internet_accessible: "s3_bucket.publicly_accessible",
            unknown_cross_account: "s3_bucket.policy_unknown_account",
        };
}

impl Place {
    /// The policy of an item.
    pub(super) fn policy<'a>(&self, item: &'a Item) -> Result<Option<Policy<'a>>, Undecided> {
        item.config.pointer(self.at).map_or(Ok(None), |policy| family::policy(policy, self.at))
    }

    /// Whom its policy lets in.
    pub(super) fn exposure<'p, 'a>(&self, item: &Item, policy: &'p Policy<'a>) -> Exposure<'p, 'a> {
        let owner = Some(item.key.account.as_str());
        Exposure::of(policy, Resource { kind: self.kind, owner, restricted: false })
    }

    /// The pointer of something inside the policy.
    pub(super) fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.at)
    }
}

/// What somebody is granted by a policy, all of its statements together.
pub(super) struct Granted<'g, 'p, 'a> {
    /// How they stand to the owner; empty where that goes without saying.
    note: String,
    grants: Vec<&'g Grant<'p, 'a>>,
}

/// What is granted, by whom it is granted to.
pub(super) type ByPrincipal<'g, 'p, 'a> = BTreeMap<String, Granted<'g, 'p, 'a>>;

/// What a policy grants to those who stand so to the owner.
///
/// A service is nobody's; one that must act in somebody's name is theirs.
pub(super) fn granted_to<'g, 'p, 'a>(
    grants: &'g [Grant<'p, 'a>],
    item: &Item,
    world: &World<'_>,
    wanted: Relation,
) -> Result<ByPrincipal<'g, 'p, 'a>, Undecided> {
    let mut all = ByPrincipal::new();
    for grant in grants {
        for who in behind(grant) {
            let party = relation(who, &item.key.account, world)?;
            if party.relation == wanted && is_told(who, world)? {
                all.entry(Principal(who).into())
                    .or_insert_with(|| Granted { note: party.to_string(), grants: Vec::new() })
                    .grants
                    .push(grant);
            }
        }
    }
    Ok(all)
}

/// Who has to be known: nobody, where it is everybody or a service alone.
fn behind<'g, 'a>(grant: &'g Grant<'_, 'a>) -> &'g [Who<'a>] {
    match &grant.who {
        _ if grant.public => &[],
        Who::Service(_) => &grant.source,
        who => std::slice::from_ref(who),
    }
}

/// What a policy grants to everybody, or to whom an identity provider vouches for that
/// vouches for anybody.
pub(super) fn granted_to_the_public<'g, 'p, 'a>(
    grants: &'g [Grant<'p, 'a>],
) -> ByPrincipal<'g, 'p, 'a> {
    let mut all = ByPrincipal::new();
    for grant in grants.iter().filter(|grant| grant.public) {
        all.entry(Principal(&grant.who).into())
            .or_insert_with(|| Granted { note: String::new(), grants: Vec::new() })
            .grants
            .push(grant);
    }
    all
}

/// Finds everybody who stands so to the owner. A finding is wider with every action and
/// resource, and where a condition falls.
fn find_related(
    place: &Place,
    item: &Item,
    world: &World<'_>,
    wanted: Relation,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let Some(policy) = place.policy(item)? else { return Ok(()) };
    let exposure = place.exposure(item, &policy);
    for (principal, granted) in granted_to(&exposure.grants, item, world, wanted)? {
        let finding = found.add(principal, granted.told(place, item));
        granted.show(place, &policy, finding);
    }
    Ok(())
}

impl Granted<'_, '_, '_> {
    /// All of it in one line.
    pub(super) fn told(&self, place: &Place, item: &Item) -> String {
        let own = match place.kind {
            Kind::Bucket => Some(Cow::Owned(format!("arn:aws:s3:::{}", item.name))),
            _ => item.arn.as_deref().map(Cow::Borrowed),
        };
        let mut texts: Vec<String> =
            self.grants.iter().map(|grant| told(grant, &self.note, own.as_deref())).collect();
        texts.sort();
        texts.dedup();
        let more = texts.len().saturating_sub(FEW);
        texts.truncate(FEW);
        if let Some((first, others)) = texts.split_first_mut() {
            // Who it is has been said.
            let who = first.find(" may ").map_or("", |end| &first[..=end]);
            for other in others {
                if let Some(rest) = other.strip_prefix(who) {
                    *other = rest.to_owned();
                }
            }
        }
        if more > 0 {
            texts.push(format!("and {more} more grants"));
        }
        texts.join("; ")
    }

    /// Points at the statements, and says what it rests on.
    pub(super) fn show(&self, place: &Place, policy: &Policy<'_>, finding: &mut Finding) {
        let mut grounds = BTreeSet::new();
        for grant in &self.grants {
            finding.at(place.at(&policy.statements[grant.statement].pointer));
            grounds.extend(named(&grant.actions));
            if let Some(resources) = &grant.resources {
                grounds.extend(named(resources));
            }
            if grant.conditions.is_empty() {
                grounds.insert("no condition".to_owned());
            }
        }
        finding.grounds.append(&mut grounds);
    }
}

/// Of more than this many grants the rest is counted.
const FEW: usize = 3;

/// One grant in words, in which the order of lists does not count.
fn told(grant: &Grant<'_, '_>, note: &str, own: Option<&str>) -> String {
    let conditions = conditions(grant.conditions);
    let mut source = grant.source.clone();
    source.sort();
    let grant = Grant {
        actions: Cow::Owned(sorted(&grant.actions)),
        resources: grant.resources.as_deref().map(|named| Cow::Owned(sorted(named))),
        conditions: &conditions,
        source,
        ..grant.clone()
    };
    words::grant(&grant, note, own)
}

/// What an element names, as grounds.
fn named<'n, 'a: 'n>(
    named: &'n Of<secmonkey_policy::Pattern<'a>>,
) -> impl Iterator<Item = String> + 'n {
    let but = if named.is_all_but() { "all but " } else { "" };
    named.named().iter().map(move |pattern| format!("{but}{pattern}"))
}
