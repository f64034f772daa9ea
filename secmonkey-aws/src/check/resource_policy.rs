//! Checks of policies that say who may use a resource: bucket policies, trust policies of
//! roles, whatever comes. Each is written once, as a row of [`MEMBERS`]; which technologies
//! have them stands in [`policy_rows`](super::policy_rows).

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use secmonkey_core::check::{Check, Finding, Findings, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_policy::condition::{Condition, Quantifier, Test};
use secmonkey_policy::document::Of;
use secmonkey_policy::exposure::{Kind, Weakness};
use secmonkey_policy::principal::Principal as Named;
use secmonkey_policy::{Exposure, Grant, Policy, Resource, Who, words};

use super::case::{Case, Once};
use super::policy::{self, conditions, sorted};
use super::subject::Principal;
use super::{AwsCheck, Run};
use crate::relation::{Party, Relation, relation};

mod cross_account_root;
mod internet_accessible;
#[cfg(test)]
mod laws;
mod policy_arn_unparseable;
mod policy_open;
mod service_without_source;

/// Where items of a technology have the policy that says who may use them.
pub(super) struct ResourcePolicy {
    /// The technology.
    pub technology: Cow<'static, str>,
    /// The pointer of the document; with `*` for the name where there are several.
    pub at: &'static str,
    /// What it protects.
    pub kind: Kind,
    /// What may keep the public out whatever the policy says.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Which checks of the technology members of the family are part of: each by its name,
    /// and the id of the whole.
    pub part_of: &'static [(&'static str, &'static str)],
    /// The names of the members that it has of those that are not for all.
    pub optional: &'static [&'static str],
    /// The names of the members that mean nothing for it.
    pub without: &'static [&'static str],
    /// The most that a finding scores: what is in the way whatever the policy says.
    pub most: u8,
    /// What may keep everybody from the resource for now, or those outside.
    pub idle: Option<Idle>,
}

/// A state in which nobody can use the resource, or not by the policy alone: then a finding
/// scores less.
pub(super) struct Idle {
    /// The members it is read from.
    pub reads: &'static [&'static str],
    /// The most that a finding scores, and the state that an item is in, in words; `None`
    /// where it can be used.
    pub why: fn(&Item) -> Option<(u8, &'static str)>,
}

impl Idle {
    /// The most that a finding scores where nobody can use the resource.
    pub const SCORE: u8 = 3;

    /// Lowers what a check has found of an item that nobody can use. That it can be used
    /// again widens a finding that was accepted while it could not.
    pub fn weigh(&self, item: &Item, found: &mut Findings) {
        match (self.why)(item) {
            Some((most, why)) => found.at_most(most, why),
            None => found.running().for_each(|finding| {
                finding.ground("in use");
            }),
        }
    }
}

impl ResourcePolicy {
    /// The base for `..ResourcePolicy::DEFAULT`.
    pub const DEFAULT: Self = Self {
        technology: Cow::Borrowed(""),
        at: "",
        kind: Kind::Other,
        public_access_block: None,
        part_of: &[],
        optional: &[],
        without: &[],
        most: 10,
        idle: None,
    };

    /// The member that holds the document, or all of the documents by name.
    fn base(&self) -> &'static str {
        self.at.strip_suffix("/*").unwrap_or(self.at)
    }
}

/// A setting that keeps the public out whatever the policy says.
pub(super) struct PublicAccessBlock {
    /// The members it is read from.
    pub reads: &'static [&'static str],
    /// The technologies that are looked up for it.
    pub world: &'static [&'static str],
    /// What is in force at present, by its name.
    pub in_force: fn(&Case<'_>) -> Result<Option<&'static str>, Undecided>,
    /// What was never read of what would say so.
    pub in_doubt: fn(&Case<'_>) -> Option<&'static str>,
}

/// A check of the family, of no technology yet.
struct Member {
    /// The second half of its id.
    name: &'static str,
    /// Its page. The examples are policies, not whole configurations, unless they are
    /// `for=` one technology.
    page: &'static str,
    score: u8,
    version: u32,
    /// What it looks up.
    world: &'static [&'static str],
    /// Whether it asks what keeps the public out.
    asks_block: bool,
    /// Whether only technologies have it that say so.
    optional: bool,
    run: Run,
}

const MEMBERS: [Member; 8] = [
    Member {
        name: "cross_account_root",
        page: include_str!("resource_policy/cross_account_root.md"),
        score: cross_account_root::SCORE,
        version: 2,
        world: &["accounts", "known"],
        asks_block: false,
        optional: false,
        run: cross_account_root::run,
    },
    Member {
        name: "friendly_cross_account",
        page: include_str!("resource_policy/friendly_cross_account.md"),
        score: 0,
        version: 1,
        world: &["accounts", "known"],
        asks_block: false,
        optional: false,
        run: |case, found| find_related(case, Relation::Friendly, found),
    },
    Member {
        name: "internet_accessible",
        page: include_str!("resource_policy/internet_accessible.md"),
        score: 10,
        version: 1,
        world: &["known"],
        asks_block: true,
        optional: false,
        run: internet_accessible::run,
    },
    Member {
        name: "policy_arn_unparseable",
        page: include_str!("resource_policy/policy_arn_unparseable.md"),
        score: 3,
        version: 1,
        world: &[],
        asks_block: false,
        optional: false,
        run: policy_arn_unparseable::run,
    },
    // Where only who is inside a network comes through.
    Member {
        name: "policy_open",
        page: include_str!("resource_policy/policy_open.md"),
        score: 3,
        version: 1,
        world: &[],
        asks_block: false,
        optional: true,
        run: policy_open::run,
    },
    // Where services of AWS use the resource for others.
    Member {
        name: "service_without_source",
        page: include_str!("resource_policy/service_without_source.md"),
        score: 5,
        version: 3,
        world: &["accounts", "known"],
        asks_block: false,
        optional: true,
        run: service_without_source::run,
    },
    Member {
        name: "thirdparty_cross_account",
        page: include_str!("resource_policy/thirdparty_cross_account.md"),
        score: 0,
        version: 1,
        world: &["accounts", "known"],
        asks_block: false,
        optional: false,
        run: |case, found| find_related(case, Relation::ThirdParty, found),
    },
    Member {
        name: "unknown_cross_account",
        page: include_str!("resource_policy/unknown_cross_account.md"),
        score: 10,
        version: 3,
        world: &["accounts", "known"],
        asks_block: false,
        optional: false,
        run: |case, found| find_related(case, Relation::Unknown, found),
    },
];

/// The names of the members that are not for all technologies.
pub(super) const OPTIONAL: &[&str] = &["policy_open", "service_without_source"];

/// The checks of a technology that has such a policy.
pub(super) fn checks(policy: &ResourcePolicy) -> impl Iterator<Item = AwsCheck> {
    let ours = |member: &&Member| {
        (!member.optional || policy.optional.contains(&member.name))
            && !policy.without.contains(&member.name)
    };
    MEMBERS.iter().filter(ours).map(|member| {
        let block = policy.public_access_block.as_ref().filter(|_| member.asks_block);
        let reads = block.map_or(&[][..], |block| block.reads);
        let world = block.map_or(&[][..], |block| block.world);
        let idle = policy.idle.as_ref().map_or(&[][..], |idle| idle.reads);
        AwsCheck {
            check: Check {
                id: format!("{}.{}", policy.technology, member.name).into(),
                technology: policy.technology.clone(),
                version: member.version,
                score: member.score.min(policy.most),
                reads: [policy.at].iter().chain(reads).chain(idle).copied().collect(),
                world: member.world.iter().chain(world).copied().collect(),
                doubts: reads.iter().chain(world).chain(idle).copied().collect(),
                part_of: policy::part_of(policy.part_of, member.name).map(Cow::Borrowed),
                page: Cow::Borrowed(member.page),
                ..Check::DEFAULT
            },
            run: member.run,
        }
    })
}

/// The policy of an item and whom it lets in.
pub(super) struct Exposed<'a> {
    item: &'a Item,
    row: &'a ResourcePolicy,
    /// The policy.
    pub policy: Policy<'a>,
    exposure: OnceCell<Exposure<'a, 'a>>,
    parties: Once<Vec<Entered<'a>>>,
}

/// Somebody who is let in, and how they stand to the owner.
struct Entered<'a> {
    who: &'a Who<'a>,
    party: Party<'a>,
    grant: &'a Grant<'a, 'a>,
}

impl<'a> Case<'a> {
    /// The policy that says who may use the item; `None` where it has none.
    ///
    /// # Errors
    /// Where it is no policy.
    pub fn exposed(&self) -> Result<Option<&'a Exposed<'a>>, Undecided> {
        let Some(row) = self.shared.resource_policy else { return Ok(None) };
        let Self { item, shared, .. } = *self;
        let read = || {
            let document = item.config.pointer(row.base());
            let read = if row.base() == row.at { policy::read } else { policy::read_all };
            let policy = document
                .map_or(Ok(None), |document| read(policy::Of::Resource, document, row.base()))?;
            let (exposure, parties) = (OnceCell::new(), Once::default());
            Ok(policy.map(|policy| Exposed { item, row, policy, exposure, parties }))
        };
        shared.exposed.get(read).map(Option::as_ref)
    }
}

/// What is granted, by whom it is granted to.
pub(super) type ByPrincipal<'a> = BTreeMap<String, Granted<'a>>;

/// What somebody is granted by a policy, all of its statements together.
pub(super) struct Granted<'a> {
    exposed: &'a Exposed<'a>,
    /// How they stand to the owner; empty where that goes without saying.
    note: String,
    grants: Vec<&'a Grant<'a, 'a>>,
}

impl<'a> Exposed<'a> {
    /// The pointer of something inside the policy.
    pub fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.row.base())
    }

    /// The pointer of a statement.
    pub fn statement(&self, index: usize) -> String {
        self.at(&self.policy.statements[index].pointer)
    }

    /// Who is let in, statement by statement.
    pub fn grants(&'a self) -> &'a [Grant<'a, 'a>] {
        &self.exposure().grants
    }

    /// What makes grants weaker than their author may think.
    pub fn weaknesses(&'a self) -> &'a [Weakness<'a>] {
        &self.exposure().weaknesses
    }

    fn exposure(&'a self) -> &'a Exposure<'a, 'a> {
        self.exposure.get_or_init(|| Exposure::of(&self.policy, self.resource()))
    }

    fn resource(&self) -> Resource<'_> {
        let owner = Some(self.item.key.account.as_str());
        Resource { kind: self.row.kind, owner, restricted: false }
    }

    /// What is granted to those who stand so to the owner.
    ///
    /// A service is nobody's; one that must act in somebody's name is theirs.
    pub fn granted_to(
        &'a self,
        wanted: Relation,
        world: &World<'a>,
    ) -> Result<ByPrincipal<'a>, Undecided> {
        let mut all = ByPrincipal::new();
        for Entered { who, party, grant } in self.parties(world)? {
            let stranger = wanted == Relation::Unknown;
            let is_ours = || self.acts_for_the_owner(grant);
            if stranger && (is_private(who) || self.is_deleted(who, grant) || is_ours()) {
                continue;
            }
            if party.relation == wanted {
                let granted = all.entry(Principal(who).into());
                granted
                    .or_insert_with(|| Granted::new(self, party.to_string()))
                    .grants
                    .push(*grant);
            }
        }
        Ok(all)
    }

    /// The most that a grant can score by where its conditions leave whoever it is to: what
    /// everybody would who is there.
    pub fn within(&'a self, grant: &Grant<'a, 'a>, world: &World<'a>) -> u8 {
        let owner = &self.item.key.account;
        let of = |who: &Who<'a>| match who {
            Who::Service(name) => service_without_source::score(name, self.row.kind),
            // Whose token it is says nothing of where.
            Who::Federated(_) => 10,
            // What cannot be known limits nobody.
            _ => match relation(who, owner, world) {
                Ok(party) if party.relation != Relation::Unknown || is_private(who) => 0,
                _ => weight(who),
            },
        };
        let limits = Exposure::limits(&self.policy, grant, self.resource());
        limits.iter().filter_map(|limit| limit.iter().map(of).max()).min().unwrap_or(10)
    }

    /// The same of all grants that a weakness is about.
    pub fn within_all(&'a self, weakness: &Weakness<'a>, world: &World<'a>) -> u8 {
        let grants = self.grants().iter();
        let of = grants.filter(|it| it.statement == weakness.statement && it.who == weakness.who);
        of.map(|grant| self.within(grant, world)).max().unwrap_or(10)
    }

    /// Whether somebody is a principal that AWS shows by its unique id because it was
    /// deleted: nobody can be that one any more.
    pub fn is_deleted(&self, who: &Who<'_>, grant: &Grant<'_, '_>) -> bool {
        let named = self.policy.statements[grant.statement].principals.as_ref();
        let Who::Arn(id) = who else { return false };
        named.is_some_and(|named| {
            named.named().iter().any(|it| matches!(it, Named::UniqueId(text) if *text == id))
        })
    }

    /// Whether a service acts for the account that the item is in, whatever else it must say:
    /// the bucket it acts for may be known to nobody, and is the account's all the same.
    fn acts_for_the_owner(&self, grant: &Grant<'_, '_>) -> bool {
        let owner = self.item.key.account.as_str();
        matches!(grant.who, Who::Service(_))
            && grant.conditions.iter().any(|condition| {
                let operator = condition.operator;
                (condition.is("aws:SourceAccount") || condition.is("aws:SourceOwner"))
                    && operator.test == Test::StringEquals
                    && !operator.if_exists
                    && operator.quantifier != Some(Quantifier::ForAllValues)
                    && !condition.values.is_empty()
                    && condition.values.iter().all(|value| value == owner)
            })
    }

    /// Everybody who has to be known.
    fn parties(&'a self, world: &World<'a>) -> Result<&'a [Entered<'a>], Undecided> {
        world.require("accounts")?;
        world.require("known")?;
        let entered = |grant: &'a Grant<'a, 'a>| behind(grant).iter().map(move |who| (who, grant));
        let all = || {
            let entered = self.grants().iter().flat_map(entered);
            let known = entered.map(|(who, grant)| {
                let party = relation(who, &self.item.key.account, world)?;
                Ok(Entered { who, party, grant })
            });
            known.collect()
        };
        self.parties.get(all).map(Vec::as_slice)
    }

    /// What is granted to everybody, or to whom an identity provider vouches for that
    /// vouches for anybody.
    pub fn granted_to_the_public(&'a self) -> ByPrincipal<'a> {
        self.granted_to_the_public_where(|_| true)
    }

    /// Of that, what is wanted.
    pub fn granted_to_the_public_where(
        &'a self,
        wanted: impl Fn(&Grant<'_, '_>) -> bool,
    ) -> ByPrincipal<'a> {
        let mut all = ByPrincipal::new();
        for grant in self.grants().iter().filter(|grant| grant.public && wanted(grant)) {
            all.entry(Principal(&grant.who).into())
                .or_insert_with(|| Granted::new(self, String::new()))
                .grants
                .push(grant);
        }
        all
    }
}

/// Who has to be known: nobody, where it is everybody or a service alone.
fn behind<'g, 'a>(grant: &'g Grant<'_, 'a>) -> &'g [Who<'a>] {
    match &grant.who {
        _ if grant.public => &[],
        Who::Service(_) => &grant.source,
        who => std::slice::from_ref(who),
    }
}

/// Whether nobody on the internet has an address in a block. The key that tells the address
/// never tells one inside a network. Source: *AWS global condition context keys*.
fn is_private(who: &Who<'_>) -> bool {
    let Who::Network(block) = who else { return false };
    [block.network(), block.broadcast()].into_iter().all(|address| match address {
        std::net::IpAddr::V4(it) => it.is_private() || it.is_loopback() || it.is_link_local(),
        std::net::IpAddr::V6(it) => {
            it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local()
        }
    })
}

/// Finds everybody who stands so to the owner. A finding is wider with every action and
/// resource, and where a condition falls.
fn find_related(case: &Case<'_>, wanted: Relation, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    for (principal, granted) in exposed.granted_to(wanted, &case.world)? {
        let finding = found.add(principal, granted.describe());
        granted.show(finding);
        if wanted == Relation::Unknown {
            finding.score(granted.weight(&case.world));
        }
    }
    Ok(())
}

impl<'a> Granted<'a> {
    /// How grave it is that somebody unknown is granted this: no more than if everybody were
    /// granted it within one of its limits.
    pub fn weight(&self, world: &World<'a>) -> u8 {
        let one = |grant: &&Grant<'a, 'a>| {
            let named = match (&grant.who, self.exposed.row.kind) {
                // In anybody's name it may come where it need not say in whose.
                (Who::Service(name), kind) => service_without_source::score(name, kind),
                (_, Kind::VpcEndpoint) => policy_open::weight(&self.exposed.policy, grant),
                (
                    who @ (Who::Network(_) | Who::Organization(_) | Who::OrganizationalUnit(_)),
                    _,
                ) => weight(who),
                _ if grant.conditions.iter().any(holds_back) => 7,
                (who, _) => weight(who),
            };
            named.min(self.exposed.within(grant, world))
        };
        self.grants.iter().map(one).max().unwrap_or(10)
    }

    fn new(exposed: &'a Exposed<'a>, note: String) -> Self {
        Self { exposed, note, grants: Vec::new() }
    }

    /// All of it in one line.
    pub fn describe(&self) -> String {
        let item = self.exposed.item;
        let own = match self.exposed.row.kind {
            Kind::Bucket => Some(Cow::Owned(format!("arn:aws:s3:::{}", item.name))),
            _ => item.arn.as_deref().map(Cow::Borrowed),
        };
        let mut texts: Vec<String> =
            self.grants.iter().map(|grant| describe(grant, &self.note, own.as_deref())).collect();
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
    pub fn show(&self, finding: &mut Finding) {
        for grant in &self.grants {
            finding.at(self.exposed.statement(grant.statement));
            finding.grounds.extend(named(&grant.actions));
            if let Some(resources) = &grant.resources {
                finding.grounds.extend(named(resources));
            }
            if grant.conditions.is_empty() {
                finding.ground("no condition");
            }
        }
    }
}

/// How grave it is that somebody unknown is let in.
const fn weight(who: &Who<'_>) -> u8 {
    match who {
        Who::Network(_) => 5,
        Who::Organization(_) | Who::OrganizationalUnit(_) | Who::Vpc(_) | Who::VpcEndpoint(_) => 7,
        _ => 10,
    }
}

/// Whether a condition asks for what not everybody has who is named: an external id, a
/// network, a VPC.
pub(super) fn holds_back(condition: &Condition<'_>) -> bool {
    const KEYS: [&str; 5] = [
        "sts:ExternalId",
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    ];
    let operator = condition.operator;
    let positive = matches!(
        operator.test,
        Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::IpAddress
    );
    let open = |value: &str| value.starts_with(['*', '?']) || value.ends_with("/0");
    positive
        && !operator.if_exists
        && operator.quantifier != Some(Quantifier::ForAllValues)
        && KEYS.iter().any(|key| condition.is(key))
        && !condition.values.is_empty()
        && !condition.values.iter().any(|value| open(value))
}

/// Of more than this many grants the rest is counted.
const FEW: usize = 3;

/// One grant in words, in which the order of lists does not count.
fn describe(grant: &Grant<'_, '_>, note: &str, own: Option<&str>) -> String {
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

/// Puts a policy where a check of this family has it.
pub(super) fn wrap(check: &Check, document: &serde_json::Value) -> Option<serde_json::Value> {
    let (technology, name) = check.id.split_once('.')?;
    let row = super::policy_rows::resource(technology)?;
    let is_member = MEMBERS.iter().any(|member| member.name == name);
    is_member.then(|| policy::nested(row.at, document.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They let nobody in: they say what the accounts of an organization may do at most.
    const LIMITS: &str = "organizations_policy";

    #[test]
    #[cfg(all(feature = "ec2", feature = "iam", feature = "s3", feature = "ses"))]
    fn no_document_is_unjudged() {
        for technology in crate::watch::technologies() {
            let (id, documents) = (technology.id.as_ref(), &technology.documents);
            let is_judged = documents.is_empty()
                || id == LIMITS
                || super::super::policy_rows::resource(id).is_some()
                || super::super::policy_rows::identity(id).is_some();
            assert!(is_judged, "{id}: {documents:?}");
        }
    }

    #[test]
    fn policies_by_name_are_judged_together() {
        let all = serde_json::json!({
            "a/b": { "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail" }] },
            "no": { "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "ses:*" }] },
        });
        let policy = policy::read_all(policy::Of::Resource, &all, "/Policies").unwrap().unwrap();
        let pointers: Vec<_> = policy.statements.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a~1b/Statement/0", "/no/Statement/0"]);
        assert!(all.pointer(pointers[0]).is_some());

        let garbled = serde_json::json!({ "broken": "{" });
        let why =
            policy::read_all(policy::Of::Resource, &garbled, "/Policies").unwrap_err().to_string();
        assert_eq!(why, "/Policies/broken is no JSON");
    }

    #[test]
    fn rows_name_members_that_there_are() {
        let named = |name: &str| MEMBERS.iter().find(|member| member.name == name);
        for row in &super::super::policy_rows::RESOURCE {
            let technology = &row.technology;
            for (part, _) in row.part_of {
                assert!(named(part).is_some(), "{technology}: {part}");
            }
            for name in row.optional {
                assert!(named(name).is_some_and(|it| it.optional), "{technology}: {name}");
            }
            for name in row.without {
                assert!(named(name).is_some_and(|it| !it.optional), "{technology}: {name}");
            }
        }
        let optional = MEMBERS.iter().filter(|member| member.optional).map(|member| member.name);
        assert!(optional.eq(OPTIONAL.iter().copied()));
    }
}
