//! Exposure: whom a resource policy lets in, and under which conditions.
//!
//! Each Allow is a conjunction: one of its principals, and what each of its conditions
//! leaves, and what each Deny that covers it spares. What is left over is told as values;
//! where that may be an anonymous caller, or anybody with an account at AWS, it is
//! [`Who::Public`].
//!
//! ```
//! use secmonkey_policy::{Exposure, Policy, Resource, Who};
//!
//! let json = serde_json::json!({
//!     "Version": "2012-10-17",
//!     "Statement": [{
//!         "Effect": "Allow",
//!         "Principal": "*",
//!         "Action": "sqs:SendMessage",
//!         "Resource": "*",
//!         "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }
//!     }]
//! });
//! let policy = Policy::read(&json)?;
//! let exposure = Exposure::of(&policy, Resource::default());
//! assert!(!exposure.is_public());
//! assert_eq!(exposure.grants[0].who, Who::Organization("o-a1b2c3d4e5".into()));
//! # Ok::<_, secmonkey_policy::Malformed>(())
//! ```

mod atom;
mod deny;
mod limit;
#[cfg(test)]
mod tests;
mod trust;
mod who;

use std::borrow::Cow;
use std::collections::HashSet;

use self::deny::{Budget, Covers, Denial, Part};
use self::limit::{Atom, Axis, Clause, Context};
pub use self::trust::{Flaw, Weakness};
pub use self::who::{Own, Who};
use crate::condition::Condition;
use crate::document::{Effect, Of, Policy, Statement};
use crate::pattern::Pattern;
use crate::principal::{Principal, is_account};

/// What a policy protects, as far as it decides what the policy means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource<'a> {
    /// The kind of resource.
    pub kind: Kind,
    /// The account it is in, twelve digits, where it is known.
    pub owner: Option<&'a str>,
    /// For a bucket: whether Block Public Access, its own or its account's, restricts
    /// public buckets (`RestrictPublicBuckets`) to services and to the own account.
    pub restricted: bool,
}

/// Kinds of resources that AWS judges differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A bucket of S3.
    Bucket,
    /// A role, whose trust policy names no resource, and whom nobody assumes unsigned.
    Role,
    /// A VPC endpoint: its policy says what is reached through it, and only who is inside
    /// the network comes through.
    VpcEndpoint,
    /// Any other.
    #[default]
    Other,
}

/// Whom a resource policy lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure<'p, 'a> {
    /// Who is let in, statement by statement, in the order of the policy.
    pub grants: Vec<Grant<'p, 'a>>,
    /// What makes a grant weaker than its author may think, in the same order.
    pub weaknesses: Vec<Weakness<'a>>,
}

/// One who is let in by one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'p, 'a> {
    /// Who: the narrowest that principal, conditions and Denies leave.
    pub who: Who<'a>,
    /// For a service: in whose name it must act; empty where in anybody's.
    pub source: Vec<Who<'a>>,
    /// Whether anybody on the internet may be this one: everybody, or whom an identity
    /// provider vouches for that vouches for anybody.
    pub public: bool,
    /// The index of the statement in [`Policy::statements`].
    pub statement: usize,
    /// What may be done, less what is denied.
    pub actions: Cow<'p, Of<Pattern<'a>>>,
    /// On what; `None` in a trust policy.
    pub resources: Option<Cow<'p, Of<Pattern<'a>>>>,
    /// The conditions of the statement.
    pub conditions: &'p [Condition<'a>],
    /// The indexes of the Denies that leave of the grant only what they spare.
    pub denies: Vec<usize>,
}

/// The steps that one policy may take: far more than what AWS takes, 32 KB at most, needs.
const WORK: usize = 1 << 22;

impl<'p, 'a> Exposure<'p, 'a> {
    /// Whom `policy` lets in to `resource`.
    ///
    /// The time it takes is bounded: a policy far larger than any of AWS's may have Denies
    /// that are not subtracted, so that more seem to be let in than are.
    #[must_use]
    pub fn of(policy: &'p Policy<'a>, resource: Resource<'_>) -> Self {
        let mut reader = Reader {
            resource,
            denials: deny::denials(policy, context(resource)),
            work: Budget::new(WORK),
            steps: Budget::new(WORK),
            found: Self { grants: Vec::new(), weaknesses: Vec::new() },
        };
        for (index, statement) in policy.statements.iter().enumerate() {
            if statement.effect == Effect::Allow {
                reader.allow(index, statement);
            }
        }
        let mut found = reader.found;
        if resource.restricted && resource.kind == Kind::Bucket && found.is_public() {
            found.restrict(resource.owner);
        }
        found
    }

    /// Whether everybody is let in, or an identity provider's whole clientele.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.grants.iter().any(|grant| grant.public)
    }

    /// Whom each condition of a grant, and each Deny that narrows it, leaves of everybody by
    /// itself. What limits nobody is left out.
    ///
    /// A grant tells the narrowest of its limits; who comes is within all of them.
    #[must_use]
    pub fn limits(
        policy: &Policy<'a>,
        grant: &Grant<'_, 'a>,
        resource: Resource<'_>,
    ) -> Vec<Vec<Who<'a>>> {
        let context = context(resource);
        let statement = |index: &usize| policy.statements.get(*index);
        let allow = statement(&grant.statement).map(|allow| limits(allow, context));
        let spared = grant.denies.iter().filter_map(|deny| deny::spared(statement(deny)?, context));
        let clauses = allow.into_iter().flatten().chain(spared);
        clauses.map(|clause| clause.into_iter().map(|atom| atom.who).collect()).collect()
    }

    /// Leaves services and the own account, as S3 does to a bucket whose policy is public.
    ///
    /// Source: *Blocking public access to your Amazon S3 storage*.
    fn restrict(&mut self, owner: Option<&str>) {
        self.grants.retain_mut(|grant| match &grant.who {
            // A canonical user may be the owner.
            Who::Service(_) | Who::CanonicalUser(_) => true,
            Who::Public
            | Who::Organization(_)
            | Who::OrganizationalUnit(_)
            | Who::Vpc(_)
            | Who::VpcEndpoint(_)
            | Who::Network(_)
            | Who::Own(_) => {
                grant.public = false;
                let own = owner.map(|id| Who::Account(Cow::Owned(id.to_owned())));
                own.map(|own| grant.who = own).is_some()
            }
            who => !grant.public && owner.is_some() && who.account() == owner,
        });
        let left: HashSet<usize> = self.grants.iter().map(|grant| grant.statement).collect();
        self.weaknesses.retain(|weakness| left.contains(&weakness.statement));
    }
}

/// Reads one policy.
struct Reader<'p, 'a, 'r> {
    resource: Resource<'r>,
    denials: Vec<Denial<'p, 'a>>,
    /// For what Denies cover.
    work: Budget,
    /// For what is left of principals.
    steps: Budget,
    found: Exposure<'p, 'a>,
}

impl<'p, 'a> Reader<'p, 'a, '_> {
    /// Adds whom an Allow lets in.
    fn allow(&mut self, index: usize, statement: &'p Statement<'a>) {
        if self.is_role() && !trust::lets_in(&statement.actions) {
            return;
        }
        // An empty list names nothing, and AWS takes it; all but everything is nothing too.
        let is_nothing = |of: &Of<Pattern<'_>>| match of {
            Of::Only(named) => named.is_empty(),
            Of::AllBut(named) => named.iter().any(Pattern::is_everything),
        };
        if is_nothing(&statement.actions) || statement.resources.as_ref().is_some_and(is_nothing) {
            return;
        }
        let covering = deny::covering(statement, &self.denials, &mut self.work);
        let mut allow =
            Allow { index, statement, covering, limits: [None, None], seen: HashSet::new() };
        match &statement.principals {
            None => {}
            Some(Of::AllBut(named)) if named.contains(&Principal::Everyone) => {}
            Some(Of::AllBut(_)) => {
                self.found.weaknesses.push(Weakness {
                    flaw: Flaw::EverybodyBut,
                    statement: index,
                    who: Who::Public,
                    value: None,
                });
                self.party(&mut allow, Principal::Everyone);
            }
            Some(Of::Only(named)) => {
                let mut seen = HashSet::new();
                for principal in named {
                    let party = party(*principal);
                    if named.len() == 1 || seen.insert(party) {
                        self.party(&mut allow, party);
                    }
                }
            }
        }
    }

    /// Adds what an Allow grants to one of its principals.
    fn party(&mut self, allow: &mut Allow<'p, 'a>, principal: Principal<'a>) {
        let statement = allow.statement;
        let for_token = !self.is_role() || trust::may_assume_for_token(&statement.actions);
        let (signed, provider) = match principal {
            Principal::Account(_) | Principal::Arn(_) | Principal::UniqueId(_) => (true, None),
            Principal::Federated(_) if !for_token => return,
            Principal::Federated(provider) => (false, Some(trust::address(provider))),
            Principal::Everyone => (!for_token, None),
            _ => (false, None),
        };
        let denials = &self.denials;
        let parts =
            deny::parts(statement, &principal, signed, denials, &allow.covering, &mut self.work);
        let is_split = parts.len() > 1;
        let context = Context { signed, provider, ..context(self.resource) };
        let federated;
        let limits = if provider.is_some() {
            federated = limits(statement, context);
            &federated
        } else {
            &*allow.limits[usize::from(signed)].get_or_insert_with(|| limits(statement, context))
        };
        let before = self.found.weaknesses.len();
        for (number, part) in parts.into_iter().enumerate() {
            if self.is_role() && !trust::lets_in(&part.actions) {
                continue;
            }
            let spared =
                part.denials.iter().filter_map(|denial| self.denials[*denial].spared(signed));
            let clauses: Vec<&Clause<'a>> = limits.iter().chain(spared).collect();
            let mut left = resolve(principal, &clauses, &mut self.steps);
            let part_of = is_split.then_some((principal, number));
            left.retain(|left| allow.seen.insert((left.clone(), part_of)));
            let anybody = provider.is_some_and(|provider| {
                trust::is_shared(provider) && !clauses.iter().any(|clause| pins(clause, provider))
            });
            for left in left {
                self.push(allow.index, statement, left, &part, anybody, before);
            }
        }
    }

    /// Adds a grant and what weakens it, unless that was found since `before`.
    fn push(
        &mut self,
        index: usize,
        statement: &'p Statement<'a>,
        left: Left<'a>,
        part: &Part<'p, 'a>,
        anybody: bool,
        before: usize,
    ) {
        let denies = part.denials.iter().map(|denial| self.denials[*denial].index).collect();
        let inside = self.resource.kind == Kind::VpcEndpoint;
        let everybody = left.who == Who::Public;
        let grant = Grant {
            public: !inside && (everybody || anybody),
            who: if inside && everybody { Who::Own(Own::Network) } else { left.who },
            source: left.source,
            statement: index,
            actions: part.actions.clone(),
            resources: part.resources.clone(),
            conditions: &statement.conditions,
            denies,
        };
        let denies = part.denials.iter().map(|denial| self.denials[*denial].statement);
        let denies: Vec<&Statement<'a>> = denies.collect();
        for weakness in trust::weaknesses(&grant, &denies, self.resource) {
            if !self.found.weaknesses[before..].contains(&weakness) {
                self.found.weaknesses.push(weakness);
            }
        }
        self.found.grants.push(grant);
    }

    fn is_role(&self) -> bool {
        self.resource.kind == Kind::Role
    }
}

/// An Allow while it is read.
struct Allow<'p, 'a> {
    index: usize,
    statement: &'p Statement<'a>,
    /// What the Denies cover of it.
    covering: Vec<Covers>,
    /// What its conditions leave of those who may come unsigned, and of those who sign.
    limits: [Option<Vec<Clause<'a>>>; 2],
    /// Whom it was found to let in: to all that it allows, or to which part of what is left
    /// to which principal.
    seen: HashSet<(Left<'a>, Option<(Principal<'a>, usize)>)>,
}

/// How conditions are read, whoever comes.
fn context(resource: Resource<'_>) -> Context<'_> {
    Context {
        bucket: resource.kind == Kind::Bucket,
        role: resource.kind == Kind::Role,
        owner: resource.owner,
        itself: resource.kind != Kind::VpcEndpoint,
        signed: false,
        provider: None,
    }
}

/// What each condition of an Allow leaves, as far as it limits.
fn limits<'a>(statement: &Statement<'a>, context: Context<'_>) -> Vec<Clause<'a>> {
    let all = &statement.conditions;
    all.iter().filter_map(|condition| limit::of_allow(condition, all, context)).collect()
}

/// Who is left of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Left<'a> {
    who: Who<'a>,
    source: Vec<Who<'a>>,
}

/// A principal; everybody where it may be anybody.
///
/// AWS refuses wildcards within a principal's ARN today, and policies of old have them.
fn party(principal: Principal<'_>) -> Principal<'_> {
    let open = match principal {
        Principal::Arn(arn) => !is_account(arn.account) && is_open(arn.text),
        other => is_open(other.as_str()),
    };
    if open { Principal::Everyone } else { principal }
}

fn is_open(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains("${")
}

fn who(principal: Principal<'_>) -> Who<'_> {
    match principal {
        Principal::Everyone => Who::Public,
        Principal::Account(id) => Who::Account(id.into()),
        Principal::Service(name) => Who::Service(name.into()),
        Principal::Federated(name) => Who::Federated(name.into()),
        Principal::CanonicalUser(id) => Who::CanonicalUser(id.into()),
        other => Who::Arn(other.as_str().into()),
    }
}

/// Who of a principal is left by all of the clauses.
fn resolve<'a>(
    principal: Principal<'a>,
    clauses: &[&Clause<'a>],
    steps: &mut Budget,
) -> Vec<Left<'a>> {
    let own = who(principal);
    let all: usize = clauses.iter().map(|clause| 1 + clause.len()).sum();
    if clauses.is_empty() || !steps.spend(all) {
        return vec![Left { who: own, source: Vec::new() }];
    }
    let possible = |atom: &&Atom<'a>| !atom.excludes_principal(&principal);
    // What is told must be narrower than the principal.
    let narrower_than = match principal {
        Principal::Everyone => u8::MAX,
        Principal::Account(_) => 1,
        _ => 0,
    };
    let mut best: Option<(u8, usize, usize)> = None;
    for (index, clause) in clauses.iter().enumerate() {
        let ranks = clause.iter().filter(possible).map(Atom::rank);
        let Some((rank, count)) = ranks.fold(None, |so_far: Option<(u8, usize)>, rank| {
            Some(so_far.map_or((rank, 1), |(worst, count)| (worst.max(rank), count + 1)))
        }) else {
            return Vec::new();
        };
        if rank < narrower_than && best.is_none_or(|best| (rank, count, index) < best) {
            best = Some((rank, count, index));
        }
    }
    let mut left: Vec<Atom<'a>> = match best {
        Some((_, _, index)) => clauses[index].iter().filter(possible).cloned().collect(),
        None => vec![Atom { axis: Axis::Caller, who: own }],
    };
    if best.is_some() && steps.spend(left.len().saturating_mul(all)) {
        left.retain(|one| {
            clauses.iter().all(|clause| clause.iter().any(|other| !other.excludes(one)))
        });
    }
    let mut source = None;
    left.into_iter()
        .filter_map(|Atom { who, .. }| {
            let source = if matches!(who, Who::Service(_)) {
                source.get_or_insert_with(|| sources(clauses, steps)).clone()?
            } else {
                Vec::new()
            };
            Some(Left { who, source })
        })
        .collect()
}

/// In whose name a service must act: empty where in anybody's, `None` where the limits
/// exclude each other.
fn sources<'a>(clauses: &[&Clause<'a>], steps: &mut Budget) -> Option<Vec<Who<'a>>> {
    let of_source = |clause: &&&Clause<'a>| clause.iter().all(|atom| atom.axis == Axis::Source);
    let worst = |clause: &&&Clause<'a>| clause.iter().map(Atom::rank).max();
    let Some(best) = clauses.iter().filter(of_source).min_by_key(worst) else {
        return Some(Vec::new());
    };
    let all: usize = clauses.iter().map(|clause| clause.len()).sum();
    let thorough = steps.spend(best.len().saturating_mul(all));
    let left: Vec<Who<'a>> = best
        .iter()
        .filter(|one| {
            !thorough
                || clauses
                    .iter()
                    .filter(of_source)
                    .all(|clause| clause.iter().any(|other| !other.excludes(one)))
        })
        .map(|one| one.who.clone())
        .collect();
    (!left.is_empty()).then_some(left)
}

/// Whether a clause says whose tokens of an identity provider are taken.
fn pins(clause: &Clause<'_>, provider: &str) -> bool {
    clause.iter().all(|atom| {
        atom.axis == Axis::Claim
            && matches!(&atom.who, Who::Federated(of) if of.eq_ignore_ascii_case(provider))
    })
}
