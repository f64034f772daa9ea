//! Trust: identity providers, and what weakens a grant.
//!
//! Sources: *Create a role for `OpenID` Connect federation*, *Create a role for SAML 2.0
//! federation*, *The confused deputy problem*, *Access to AWS accounts owned by third
//! parties*, *AWS JSON policy elements: `NotPrincipal`* (IAM User Guide); for what subjects
//! look like, the pages of the providers on AWS.

use std::borrow::Cow;
use std::fmt;

use super::limit::{How, Leaves, negated, positive};
use super::{Grant, Kind, Resource, Who};
use crate::condition::{Condition, Quantifier};
use crate::document::{Of, Statement};
use crate::pattern::Pattern;
use crate::principal::Arn;

/// What makes a grant weaker than its author may think.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness<'a> {
    /// What it is.
    pub flaw: Flaw,
    /// The index of the statement in [`Policy::statements`](crate::Policy::statements).
    pub statement: usize,
    /// Whom the grant is to: the provider, account or service.
    pub who: Who<'a>,
    /// The value that is too wide, where it is one.
    pub value: Option<Cow<'a, str>>,
}

/// What can weaken a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// Tokens of an identity provider are taken whomever they were made for.
    NoAudience,
    /// Tokens of an `OpenID` Connect provider are taken whomever they speak of, and nothing
    /// else says whose they are.
    NoSubject,
    /// The condition on the subject of tokens leaves strangers in.
    WideSubject,
    /// Users of an identity pool who never signed in are let in: anybody is one of them.
    Guests,
    /// Assertions of a SAML provider are taken whomever they were made for.
    NoSamlAudience,
    /// An account is trusted without an external id: if it works for many, any of its other
    /// customers may have it act on this role.
    NoExternalId,
    /// A service acts on the resource in anybody's name.
    NoSource,
    /// Everybody is let in but those who are named.
    EverybodyBut,
}

impl Flaw {
    /// In a word, for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAudience => "no_audience",
            Self::NoSubject => "no_subject",
            Self::WideSubject => "wide_subject",
            Self::Guests => "guests",
            Self::NoSamlAudience => "no_saml_audience",
            Self::NoExternalId => "no_external_id",
            Self::NoSource => "no_source",
            Self::EverybodyBut => "everybody_but",
        }
    }
}

impl fmt::Display for Weakness<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match &self.who {
            Who::Federated(name) => name.to_string(),
            other => other.to_string(),
        };
        match self.flaw {
            Flaw::NoAudience => write!(f, "no condition on the audience of tokens of {who}"),
            Flaw::NoSubject => write!(f, "no condition on the subject of tokens of {who}"),
            Flaw::WideSubject => {
                let value = self.value.as_deref().unwrap_or_default();
                write!(f, "subjects like `{value}` of {who} are not only your own")
            }
            Flaw::Guests => write!(
                f,
                "users of {who} who never signed in are let in, so anybody is: \
                 `amr` is not demanded to be `authenticated`"
            ),
            Flaw::NoSamlAudience => write!(f, "no condition on SAML:aud for {who}"),
            Flaw::NoExternalId => write!(f, "{who} is trusted without sts:ExternalId"),
            Flaw::NoSource => {
                write!(f, "{who} may act in anybody's name: no aws:SourceArn or aws:SourceAccount")
            }
            Flaw::EverybodyBut => f.write_str("NotPrincipal lets in everybody but those it names"),
        }
    }
}

/// An identity provider that anybody may have tokens of.
struct Shared {
    /// Its address, or the beginning of it.
    host: &'static str,
    /// The claims that say whose a token is; whoever asks for one may choose the others.
    claims: &'static [(&'static str, Shape)],
}

/// When the value of a claim says whose a token is.
#[derive(Clone, Copy)]
enum Shape {
    /// When it is all there.
    Whole,
    /// When one of these stands first, and behind it a name up to the next `/` or `:`.
    After(&'static [&'static str]),
}

/// What a subject of GitHub may begin with to say whose repository it is. A subject can be
/// made of other claims, an environment's name for one, which anybody may choose.
const REPOSITORY: Shape = Shape::After(&[
    "repo:",
    "repository:",
    "repository_id:",
    "repository_owner:",
    "repository_owner_id:",
    "enterprise:",
    "enterprise_id:",
]);

/// Of a provider that people sign in to applications with.
const APPLICATION: &[(&str, Shape)] = &[
    ("aud", Shape::Whole),
    ("sub", Shape::Whole),
    ("app_id", Shape::Whole),
    ("id", Shape::Whole),
    ("user_id", Shape::Whole),
];

const SHARED: &[Shared] = &[
    Shared {
        host: "token.actions.githubusercontent.com",
        claims: &[
            ("sub", REPOSITORY),
            ("repository", Shape::After(&[""])),
            ("repository_id", Shape::Whole),
            ("repository_owner", Shape::Whole),
            ("repository_owner_id", Shape::Whole),
            ("enterprise", Shape::Whole),
            ("enterprise_id", Shape::Whole),
        ],
    },
    Shared { host: "gitlab.com", claims: &[("sub", Shape::After(&["project_path:"]))] },
    Shared { host: "app.terraform.io", claims: &[("sub", Shape::After(&["organization:"]))] },
    Shared { host: "oidc.circleci.com", claims: &[("sub", Shape::After(&["org/"]))] },
    Shared { host: "vstoken.dev.azure.com", claims: &[("sub", Shape::After(&["sc://"]))] },
    Shared { host: "agent.buildkite.com", claims: &[("sub", Shape::After(&["organization:"]))] },
    Shared { host: "oidc.vercel.com", claims: &[("sub", Shape::After(&["owner:"]))] },
    Shared {
        host: "api.pulumi.com/oidc",
        claims: &[("sub", Shape::After(&["pulumi:deploy:org:"]))],
    },
    Shared { host: "oidc.codefresh.io", claims: &[("sub", Shape::After(&["account:"]))] },
    Shared { host: "scalr.io", claims: &[("sub", Shape::After(&["account:"]))] },
    // `oaud` is what whoever asks for the token of a service account likes it to be.
    Shared { host: "accounts.google.com", claims: &[("aud", Shape::Whole), ("sub", Shape::Whole)] },
    Shared {
        host: "cognito-identity.amazonaws.com",
        claims: &[("aud", Shape::Whole), ("sub", Shape::Whole)],
    },
    Shared { host: "graph.facebook.com", claims: APPLICATION },
    Shared { host: "www.amazon.com", claims: APPLICATION },
    Shared { host: "appleid.apple.com", claims: APPLICATION },
];

/// The address of a provider: what stands behind `oidc-provider/` in its ARN.
pub(super) fn address(provider: &str) -> &str {
    let address = Arn::read(provider)
        .and_then(|arn| arn.resource.strip_prefix("oidc-provider/"))
        .unwrap_or(provider);
    address.strip_prefix("https://").unwrap_or(address).trim_end_matches('/')
}

/// The provider, if anybody may have tokens of it. One whose address goes on behind the
/// host, `oidc.circleci.com/org/...`, is somebody's.
fn shared(provider: &str) -> Option<&'static Shared> {
    let address = address(provider);
    SHARED.iter().find(|shared| shared.host.eq_ignore_ascii_case(address))
}

/// Whether anybody may have tokens of a provider.
pub(super) fn is_shared(provider: &str) -> bool {
    shared(provider).is_some()
}

/// Whether a provider speaks SAML.
fn is_saml(provider: &str) -> bool {
    Arn::read(provider).is_some_and(|arn| arn.resource.starts_with("saml-provider/"))
}

/// Whom a value of a claim leaves.
pub(super) fn claim<'a>(provider: &str, claim: &str, how: How, value: &str) -> Leaves<'a> {
    let certain = match how {
        How::Literal => value,
        How::Like => &value[..value.find(['*', '?']).unwrap_or(value.len())],
        How::Arn | How::Block => return Leaves::Anybody,
    };
    let is_whole = certain.len() == value.len();
    let shape = match shared(provider) {
        Some(shared) => {
            shared.claims.iter().find(|known| known.0.eq_ignore_ascii_case(claim)).map(|it| it.1)
        }
        None => matches!(claim, "aud" | "sub").then_some(Shape::Whole),
    };
    let narrow = match shape {
        Some(Shape::Whole) => is_whole && !certain.is_empty(),
        Some(Shape::After(starts)) => starts.iter().any(|start| {
            certain.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
                && is_named(&certain[start.len()..], is_whole)
        }),
        None => false,
    };
    if how == How::Literal && value.chars().all(|it| matches!(it, '*' | '?')) {
        // No token has this claim.
        return Leaves::Nobody;
    }
    if narrow {
        Leaves::Only(Who::Federated(Cow::Owned(provider.to_owned())))
    } else {
        Leaves::Anybody
    }
}

/// Whether a name is there, whole: up to `/`, `:` or the end.
fn is_named(text: &str, is_whole: bool) -> bool {
    match text.find(['/', ':']) {
        Some(end) => end > 0,
        None => is_whole && !text.is_empty(),
    }
}

/// What a statement's conditions do about the tokens of a provider.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Claims<'a> {
    audience: bool,
    subject: bool,
    saml_audience: bool,
    /// Of an identity pool: whether one must have signed in.
    signed_in: bool,
    /// Whether subjects are named.
    one_user: bool,
    wide: Option<Cow<'a, str>>,
}

/// A condition, and whether it spares from a Deny instead of allowing.
type View<'v, 'a> = (&'v Condition<'a>, bool);

fn claims<'a>(provider: &str, views: &[View<'_, 'a>]) -> Claims<'a> {
    let mut claims = Claims::default();
    let address = address(provider);
    for (condition, denies) in views {
        let test = condition.operator.test;
        let Some(how) = (if *denies { negated(test) } else { positive(test) }) else { continue };
        let Some((prefix, claim)) = condition.key.rsplit_once(':') else { continue };
        let open = |value: &Cow<'_, str>| how != How::Literal && is_all(value);
        let narrow = !condition.values.is_empty() && !condition.values.iter().any(open);
        if prefix.eq_ignore_ascii_case("SAML") {
            claims.saml_audience |= claim.eq_ignore_ascii_case("aud") && narrow;
        } else if prefix.eq_ignore_ascii_case(address) {
            let claim = claim.to_ascii_lowercase();
            let wide = condition.values.iter().find(|value| is_wide(provider, how, value));
            let of_all = condition.operator.quantifier == Some(Quantifier::ForAllValues);
            claims.one_user |= claim == "sub" && narrow && wide.is_none();
            claims.signed_in |= claim == "amr"
                && narrow
                && (*denies || !(condition.operator.if_exists || of_all))
                && condition.values.iter().all(|value| is_signed_in(value));
            match claim.as_str() {
                "sub" if wide.is_some() => claims.wide = wide.cloned(),
                "sub" => claims.subject = true,
                "aud" | "oaud" | "app_id" => claims.audience |= narrow,
                _ => {}
            }
            // Where another claim says whose a token is, its subject need not.
            claims.subject |= is_shared(provider)
                && !condition.values.is_empty()
                && condition.values.iter().all(|value| {
                    matches!(self::claim(address, &claim, how, value), Leaves::Only(_))
                });
        }
    }
    claims
}

/// The provider of the users of Cognito's identity pools.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// Whether only those match who signed in: `authenticated`, or the provider they signed in
/// with. Source: *Amazon Cognito Developer Guide: Role trust and permissions*.
fn is_signed_in(value: &str) -> bool {
    !Pattern::plain(value).matches_ignoring_case("unauthenticated")
}

fn is_all(value: &str) -> bool {
    value.chars().all(|it| matches!(it, '*' | '?'))
}

/// Whether a subject leaves strangers in: of a provider that anybody uses, without a fixed
/// owner; of one's own, without anything fixed.
fn is_wide(provider: &str, how: How, value: &str) -> bool {
    if is_shared(provider) {
        return claim(address(provider), "sub", how, value) == Leaves::Anybody;
    }
    if how == How::Literal {
        return false;
    }
    // `system:serviceaccount:*`: every service account of a cluster of Kubernetes.
    let rest = value.strip_prefix("system:serviceaccount:").unwrap_or(value);
    rest.chars().all(|it| matches!(it, '*' | '?' | ':' | '/'))
}

/// What weakens a grant.
///
/// `denies` are the statements that take from it.
pub(super) fn weaknesses<'a>(
    grant: &Grant<'_, 'a>,
    denies: &[&Statement<'a>],
    resource: Resource<'_>,
) -> Vec<Weakness<'a>> {
    let mut found = Vec::new();
    let mut add = |flaw, value| {
        found.push(Weakness { flaw, statement: grant.statement, who: grant.who.clone(), value });
    };
    match &grant.who {
        Who::Federated(provider) => {
            let allows = grant.conditions.iter().map(|condition| (condition, false));
            // Only where there is one condition does a Deny demand the contrary.
            let spares = denies.iter().filter_map(|deny| match deny.conditions.as_slice() {
                [one] => Some((one, true)),
                _ => None,
            });
            let views: Vec<View<'_, 'a>> = allows.chain(spares).collect();
            let claims = claims(provider, &views);
            if is_saml(provider) {
                if !claims.saml_audience {
                    add(Flaw::NoSamlAudience, None);
                }
            } else {
                if !claims.audience {
                    add(Flaw::NoAudience, None);
                }
                if address(provider).eq_ignore_ascii_case(IDENTITY_POOLS)
                    && !claims.signed_in
                    && !claims.one_user
                {
                    add(Flaw::Guests, None);
                }
                match claims.wide {
                    _ if claims.subject => {}
                    Some(value) => add(Flaw::WideSubject, Some(value)),
                    None => add(Flaw::NoSubject, None),
                }
            }
        }
        Who::Account(_) | Who::Arn(_) if resource.kind == Kind::Role => {
            let own = resource.owner.is_some() && grant.who.account() == resource.owner;
            if !own && may_assume(&grant.actions) && !demands(grant.conditions, "sts:ExternalId") {
                add(Flaw::NoExternalId, None);
            }
        }
        Who::Service(_)
            if resource.kind != Kind::Role
                && grant.source.is_empty()
                && !demands(grant.conditions, "lambda:EventSourceToken") =>
        {
            add(Flaw::NoSource, None);
        }
        _ => {}
    }
    found
}

/// Whether conditions demand a word that was agreed on: an external id, or the token that
/// says for whom a service calls that is not AWS's own, as Alexa for a skill.
///
/// Source: *Actions, resources, and condition keys for AWS Lambda*.
fn demands(conditions: &[Condition<'_>], key: &str) -> bool {
    conditions.iter().any(|condition| {
        let operator = condition.operator;
        condition.is(key)
            && !operator.if_exists
            && operator.quantifier != Some(Quantifier::ForAllValues)
            && matches!(positive(operator.test), Some(How::Literal | How::Like))
            && !condition.values.is_empty()
            && !condition.values.iter().any(|value| is_all(value))
    })
}

/// The actions by which somebody becomes a role.
const ASSUME: [&str; 3] =
    ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

fn may(actions: &Of<Pattern<'_>>, action: &str) -> bool {
    let matches = |pattern: &Pattern<'_>| pattern.matches_ignoring_case(action);
    match actions {
        Of::Only(named) => named.iter().any(matches),
        Of::AllBut(named) => !named.iter().any(matches),
    }
}

/// Whether somebody who has credentials of AWS may assume a role.
fn may_assume(actions: &Of<Pattern<'_>>) -> bool {
    may(actions, ASSUME[0])
}

/// Whether somebody without credentials of AWS may, for a token or an assertion.
pub(super) fn may_assume_for_token(actions: &Of<Pattern<'_>>) -> bool {
    ASSUME[1..].iter().any(|action| may(actions, action))
}

/// Whether the actions let anybody become the role.
pub(super) fn lets_in(actions: &Of<Pattern<'_>>) -> bool {
    ASSUME.iter().any(|action| may(actions, action))
}
