//! Limits: what a condition leaves of those who could come.
//!
//! A condition limits only if its key says who calls, in whose name, or from where, and its
//! value is narrow. What is not understood limits nobody.
//!
//! Sources: *AWS global condition context keys* (which keys there are, and when a request
//! has them), *IAM JSON policy elements: Condition operators*, *Blocking public access to
//! your Amazon S3 storage: The meaning of "public"*.

mod own;

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Own, Who, trust};
use crate::condition::{Condition, Quantifier, Test};
use crate::principal::{Arn, is_account};

/// One way to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom<'a> {
    pub axis: Axis,
    pub who: Who<'a>,
}

/// What an [`Atom`] speaks of. Two of different axes never exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Who calls.
    Caller,
    /// By whom an identity provider's token was made for whom.
    Claim,
    /// In whose name a service calls.
    Source,
    /// Through whose access point.
    AccessPoint,
    /// With which key of KMS.
    Key,
    /// From where.
    Network,
    /// Through whom: a service that does what the caller asked it for. Who calls stays who
    /// calls.
    Through,
}

/// Ways to be let in, of which one is enough. None: nobody is.
pub(super) type Clause<'a> = Vec<Atom<'a>>;

/// What decides how a condition is read.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Context<'c> {
    /// Whether it protects a bucket, where AWS says which networks are the public.
    pub bucket: bool,
    /// Whether all who come in question sign their requests with credentials of AWS.
    pub signed: bool,
    /// Whether it is a trust policy, where tokens of identity providers come in question.
    pub role: bool,
    /// The identity provider whose tokens come in question, where it is one.
    pub provider: Option<&'c str>,
    /// The account the resource is in, where it is known.
    pub owner: Option<&'c str>,
    /// Whether what is asked for is no other resource than that of the policy, as it may be
    /// where the policy is that of a VPC endpoint.
    pub itself: bool,
}

/// What a key of a request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key<'k> {
    Account(Axis),
    Arn(Axis),
    Organization(Axis),
    Path(Axis),
    UserId,
    Address,
    Vpc,
    VpcEndpoint,
    Service,
    IsService,
    ViaService,
    Provider,
    MountTarget,
    Kms,
    Claim { provider: &'k str, claim: &'k str },
}

/// The keys that say who calls, in whose name, or from where.
///
/// Of the others, `aws:VpcSourceIp` tells nothing that its VPC does not; the names, tags
/// and session names that a caller's own account gives it, referers and user agents can be
/// had by anybody.
const KEYS: &[(&str, Key<'static>)] = &[
    ("aws:PrincipalArn", Key::Arn(Axis::Caller)),
    ("aws:PrincipalAccount", Key::Account(Axis::Caller)),
    ("aws:PrincipalOrgID", Key::Organization(Axis::Caller)),
    ("aws:PrincipalOrgPaths", Key::Path(Axis::Caller)),
    ("aws:PrincipalIsAWSService", Key::IsService),
    ("aws:PrincipalServiceName", Key::Service),
    ("aws:PrincipalServiceNamesList", Key::Service),
    ("aws:ViaAWSService", Key::ViaService),
    ("aws:userid", Key::UserId),
    ("aws:FederatedProvider", Key::Provider),
    ("kms:CallerAccount", Key::Account(Axis::Caller)),
    ("ec2:SourceInstanceARN", Key::Arn(Axis::Caller)),
    ("lambda:SourceFunctionArn", Key::Arn(Axis::Caller)),
    ("ssm:SourceInstanceARN", Key::Arn(Axis::Caller)),
    ("aws:SourceArn", Key::Arn(Axis::Source)),
    ("aws:SourceAccount", Key::Account(Axis::Source)),
    ("aws:SourceOwner", Key::Account(Axis::Source)),
    ("aws:SourceOrgID", Key::Organization(Axis::Source)),
    ("aws:SourceOrgPaths", Key::Path(Axis::Source)),
    ("s3:DataAccessPointAccount", Key::Account(Axis::AccessPoint)),
    ("s3:DataAccessPointArn", Key::Arn(Axis::AccessPoint)),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Key::Kms),
    ("elasticfilesystem:AccessedViaMountTarget", Key::MountTarget),
    ("aws:SourceIp", Key::Address),
    ("aws:SourceVpc", Key::Vpc),
    ("aws:SourceVpcArn", Key::Arn(Axis::Network)),
    ("aws:SourceVpce", Key::VpcEndpoint),
    ("aws:VpceAccount", Key::Account(Axis::Network)),
    ("aws:VpceOrgID", Key::Organization(Axis::Network)),
    ("aws:VpceOrgPaths", Key::Path(Axis::Network)),
];

/// The keys that every signed request has.
const SIGNED: &[&str] =
    &["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalIsAWSService", "aws:userid"];

/// The keys that every request has, signed or not.
const ALWAYS: &[&str] = &["aws:ViaAWSService"];

impl<'k> Key<'k> {
    /// Whether no value that it can have holds `${`: ids, and the names of principals.
    const fn never_holds_variables(self) -> bool {
        matches!(
            self,
            Self::Account(_)
                | Self::Organization(_)
                | Self::Path(_)
                | Self::Arn(Axis::Caller | Axis::Network | Axis::AccessPoint)
                | Self::UserId
                | Self::Vpc
                | Self::VpcEndpoint
                | Self::Service
                | Self::Kms
        )
    }

    fn read(key: &'k str) -> Option<Self> {
        if let Some((_, known)) = KEYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Some(*known);
        }
        // `token.actions.githubusercontent.com:sub`; the provider is a host, with a path
        // perhaps.
        let (provider, claim) = key.rsplit_once(':')?;
        provider.contains('.').then_some(Self::Claim { provider, claim })
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Letter by letter: a `*` is a star.
    Literal,
    /// Wildcards reach over colons too.
    Like,
    /// Wildcards stay within a field of the ARN.
    Arn,
    /// A block of addresses.
    Block,
}

/// What a value of a condition leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaves<'a> {
    /// Nothing that can be relied upon.
    Anybody,
    /// No request has this value.
    Nobody,
    /// These.
    Only(Who<'a>),
}

/// Whom a condition of an Allow leaves; `None` where it may leave anybody.
///
/// `all` are the conditions of the statement, of which others may demand the key.
pub(super) fn of_allow<'a>(
    condition: &Condition<'a>,
    all: &[Condition<'a>],
    context: Context<'_>,
) -> Option<Clause<'a>> {
    let operator = condition.operator;
    if operator.test == Test::Null {
        // Only a service has such a name.
        let named = operator.quantifier.is_none() && is(&condition.values, "false");
        return (named && Key::read(condition.key) == Some(Key::Service)).then(any_service);
    }
    let how = positive(operator.test);
    if how.is_none() && operator.test != Test::Bool {
        return None;
    }
    let turned;
    let condition = match own::turned(condition) {
        Some(other) => {
            turned = other;
            &turned
        }
        None => condition,
    };
    let key = Key::read(condition.key)?;
    let missing_holds = operator.if_exists || operator.quantifier == Some(Quantifier::ForAllValues);
    if missing_holds && !always(condition.key, key, context) && !demanded(condition, all) {
        return None;
    }
    match how {
        Some(how) => clause(key, how, condition, context),
        None if !is(&condition.values, "true") => None,
        None => match key {
            Key::IsService => Some(any_service()),
            Key::MountTarget => Some(own_network()),
            _ => None,
        },
    }
}

/// Whom a condition of a Deny spares, being the only one; `None` where it may spare
/// anybody.
pub(super) fn of_deny<'a>(condition: &Condition<'a>, context: Context<'_>) -> Option<Clause<'a>> {
    let operator = condition.operator;
    let key = Key::read(condition.key)?;
    let always = || always(condition.key, key, context);
    if operator.test == Test::Null {
        // Whoever has such a name is spared: a service.
        let spares =
            key == Key::Service && operator.quantifier.is_none() && is(&condition.values, "true");
        return spares.then(any_service);
    }
    if operator.test == Test::Bool {
        // Whoever lacks the key is denied only where the condition holds without it.
        let denies_missing =
            operator.if_exists || operator.quantifier == Some(Quantifier::ForAllValues) || always();
        if !denies_missing || !is(&condition.values, "false") {
            return None;
        }
        return match key {
            Key::IsService => Some(any_service()),
            // For whom a service does what it was asked for, the key does not say.
            Key::ViaService => Some(through_a_service()),
            Key::MountTarget => Some(own_network()),
            _ => None,
        };
    }
    if operator.quantifier == Some(Quantifier::ForAnyValue) && !operator.if_exists && !always() {
        return None;
    }
    let how = negated(operator.test)?;
    // A Deny for whoever is not like what nobody is like takes everything: that was not meant,
    // and is not relied upon.
    if how == How::Arn && condition.values.iter().any(|value| Arn::read(value).is_none()) {
        return None;
    }
    clause(key, how, condition, context)
}

/// Everything of AWS's own.
pub(super) const ANY_SERVICE: &str = "*";

fn any_service<'a>() -> Clause<'a> {
    vec![Atom { axis: Axis::Caller, who: Who::Service(ANY_SERVICE.into()) }]
}

fn through_a_service<'a>() -> Clause<'a> {
    vec![Atom { axis: Axis::Through, who: Who::Service(ANY_SERVICE.into()) }]
}

fn own_network<'a>() -> Clause<'a> {
    vec![Atom { axis: Axis::Network, who: Who::Own(Own::Network) }]
}

fn is(values: &[Cow<'_, str>], wanted: &str) -> bool {
    !values.is_empty() && values.iter().all(|value| value.eq_ignore_ascii_case(wanted))
}

pub(super) const fn positive(test: Test) -> Option<How> {
    match test {
        Test::StringEquals | Test::StringEqualsIgnoreCase => Some(How::Literal),
        Test::StringLike => Some(How::Like),
        Test::ArnEquals | Test::ArnLike => Some(How::Arn),
        Test::IpAddress => Some(How::Block),
        _ => None,
    }
}

pub(super) const fn negated(test: Test) -> Option<How> {
    match test {
        Test::StringNotEquals | Test::StringNotEqualsIgnoreCase => Some(How::Literal),
        Test::StringNotLike => Some(How::Like),
        Test::ArnNotEquals | Test::ArnNotLike => Some(How::Arn),
        Test::NotIpAddress => Some(How::Block),
        _ => None,
    }
}

/// Whether all requests that come in question have the key.
fn always(name: &str, key: Key<'_>, context: Context<'_>) -> bool {
    if let Key::Claim { provider, claim } = key {
        // OpenID Connect wants both of every token.
        return context.provider.is_some_and(|ours| ours.eq_ignore_ascii_case(provider))
            && matches!(claim, "aud" | "sub");
    }
    let is_among = |keys: &[&str]| keys.iter().any(|known| known.eq_ignore_ascii_case(name));
    is_among(ALWAYS) || context.signed && is_among(SIGNED)
}

/// Whether another condition of the statement holds only where the request has the key.
fn demanded(condition: &Condition<'_>, all: &[Condition<'_>]) -> bool {
    // A key stands under an operator once: there are no more than there are operators.
    all.iter().take(MOST_OPERATORS).any(|other| {
        let operator = other.operator;
        if !other.key.eq_ignore_ascii_case(condition.key) || operator.if_exists {
            return false;
        }
        match operator.test {
            Test::Null => operator.quantifier.is_none() && is(&other.values, "false"),
            test => {
                (positive(test).is_some() || test == Test::Bool)
                    && operator.quantifier != Some(Quantifier::ForAllValues)
            }
        }
    })
}

/// More conditions of one statement are not looked at for what they demand.
const MOST_OPERATORS: usize = 256;

/// Whom some values of a key leave together; `None` where they may leave anybody.
fn clause<'a>(
    key: Key<'_>,
    how: How,
    condition: &Condition<'a>,
    context: Context<'_>,
) -> Option<Clause<'a>> {
    let values = &condition.values;
    if values.is_empty() {
        return None;
    }
    let mut clause = Vec::with_capacity(values.len());
    for value in values {
        let mut value = value;
        let with_owner;
        if value.contains("${") {
            if !condition.variables {
                if key.never_holds_variables() {
                    continue;
                }
            } else if !context.itself {
                return None;
            } else if let Some(atom) = own::of_variable(key, how, value) {
                clause.push(own::known(atom, context.owner));
                continue;
            } else {
                with_owner = own::with_owner(value, context.owner?)?;
                value = &with_owner;
            }
        }
        // What a variable stands for, and what a request without credentials calls itself,
        // anybody may be.
        if condition.variables && value.contains("${") || value.eq_ignore_ascii_case("anonymous") {
            return None;
        }
        let (axis, leaves) = match key {
            Key::Account(axis) => (axis, whole(how, value, Who::Account)),
            Key::Organization(axis) => (axis, whole(how, value, Who::Organization)),
            Key::Arn(axis) => (axis, arn(how, value, axis)),
            Key::Path(axis) => (axis, path(how, value)),
            Key::UserId => (Axis::Caller, user_id(how, value)),
            Key::Address => (Axis::Network, address(how, value, context.bucket)),
            Key::Vpc => (Axis::Network, whole(how, value, Who::Vpc)),
            Key::VpcEndpoint => (Axis::Network, whole(how, value, Who::VpcEndpoint)),
            Key::Service => (Axis::Caller, service(how, value)),
            Key::Provider => (Axis::Caller, provider(how, value)),
            // Elsewhere a claim is that of a session: anybody may have a role of their own
            // that takes the tokens.
            Key::Claim { .. } if !context.role && context.provider.is_none() => return None,
            Key::Claim { provider, claim } => {
                (Axis::Claim, trust::claim(provider, claim, how, value))
            }
            Key::Kms => (Axis::Key, kms_key(how, value)),
            Key::IsService | Key::ViaService | Key::MountTarget => return None,
        };
        match leaves {
            Leaves::Anybody => return None,
            Leaves::Nobody => {}
            Leaves::Only(who) => clause.push(Atom { axis, who }),
        }
    }
    (!is_whole_internet(&clause)).then_some(clause)
}

pub(super) fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// A value that is narrow as a whole or not at all.
fn whole<'a>(how: How, value: &Cow<'a, str>, who: impl Fn(Cow<'a, str>) -> Who<'a>) -> Leaves<'a> {
    match how {
        How::Literal if is_wild(value) => Leaves::Nobody,
        How::Literal => Leaves::Only(who(value.clone())),
        How::Like if !is_wild(value) => Leaves::Only(who(value.clone())),
        _ => Leaves::Anybody,
    }
}

/// An ARN is narrow if its account is certain, or its bucket.
///
/// Under `StringLike` a `*` reaches over colons: `arn:aws:cloudwatch:*:111122223333:*`
/// matches an alarm of account 999999999999 that somebody there named
/// `:111122223333:`. Only what stands before the first wildcard is certain.
fn arn<'a>(how: How, value: &Cow<'a, str>, axis: Axis) -> Leaves<'a> {
    let narrow = || Leaves::Only(arn_who(value, axis));
    if how == How::Block {
        return Leaves::Anybody;
    }
    let read = Arn::read(value);
    if !is_wild(value) {
        // ArnLike compares field by field, so that what lacks one is like no ARN.
        return if read.is_some() || how != How::Arn { narrow() } else { Leaves::Nobody };
    }
    let Some(read) = read else {
        let nobody =
            how == How::Literal || (how == How::Arn && !value.bytes().all(|it| it == b'*'));
        return if nobody { Leaves::Nobody } else { Leaves::Anybody };
    };
    match how {
        // No principal has a star in its ARN; of other resources some may.
        How::Literal if axis == Axis::Caller || is_wild(read.account) => Leaves::Nobody,
        How::Literal => narrow(),
        How::Arn if is_account(read.account) || is_bucket(&read) => narrow(),
        // No name of an access point has a colon, so that its account stands where it seems
        // to. Source: *Blocking public access to your Amazon S3 storage*.
        How::Like if axis == Axis::AccessPoint && is_account(read.account) => narrow(),
        How::Like if is_bucket(&read) => narrow(),
        How::Like if is_account(read.account) => {
            let before = value.len() - read.resource.len();
            if is_wild(value.get(..before).unwrap_or(value)) { Leaves::Anybody } else { narrow() }
        }
        _ => Leaves::Anybody,
    }
}

/// Whether a pattern says which bucket: their names are unique, and AWS's own examples
/// write `arn:aws:s3:*:*:bucket`.
fn is_bucket(arn: &Arn<'_>) -> bool {
    let name = match arn.account {
        "" => arn.resource.split('/').next().unwrap_or_default(),
        "*" => arn.resource,
        _ => return false,
    };
    // Access points have ARNs of this service too, with `/`.
    let named = !name.is_empty() && !name.contains(['*', '?', '/', ':']);
    named && arn.partition.starts_with("aws") && arn.service == "s3"
}

fn arn_who<'a>(value: &Cow<'a, str>, axis: Axis) -> Who<'a> {
    if let Some(arn) = Arn::read(value) {
        if axis == Axis::Caller && arn.resource == "*" && is_account(arn.account) {
            return Who::Account(part(value, |text| Arn::read(text).map(|arn| arn.account)));
        }
        let vpc = arn.resource.strip_prefix("vpc/");
        if axis == Axis::Network && vpc.is_some_and(|id| !is_wild(id)) {
            return Who::Vpc(part(value, |text| Some(text.rsplit_once('/')?.1)));
        }
    }
    Who::Arn(value.clone())
}

/// A part of a text, borrowed where the text is.
fn part<'a>(value: &Cow<'a, str>, of: impl Fn(&str) -> Option<&str>) -> Cow<'a, str> {
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(of(text).unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(of(text).unwrap_or(text).to_owned()),
    }
}

/// `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`: narrow if the organisation is certain.
fn path<'a>(how: How, value: &Cow<'a, str>) -> Leaves<'a> {
    let certain = match how {
        How::Literal if is_wild(value) => return Leaves::Nobody,
        How::Literal => value.as_ref(),
        How::Like => &value[..value.find(['*', '?']).unwrap_or(value.len())],
        How::Arn | How::Block => return Leaves::Anybody,
    };
    match certain.split_once('/') {
        Some(("", _)) => Leaves::Anybody,
        None if is_wild(value) => Leaves::Anybody,
        Some((_, "")) | None => {
            Leaves::Only(Who::Organization(part(value, |text| text.split('/').next())))
        }
        Some(_) => Leaves::Only(Who::OrganizationalUnit(part(value, |text| {
            text.strip_suffix('*').filter(|path| path.ends_with('/'))
        }))),
    }
}

/// `AROAEXAMPLE:session`, `AIDAEXAMPLE`, `111122223333:name`: narrow if the id before the
/// colon is certain.
fn user_id<'a>(how: How, value: &Cow<'a, str>) -> Leaves<'a> {
    let wild = value.find(['*', '?']);
    match (how, wild) {
        (How::Literal, Some(_)) => return Leaves::Nobody,
        (How::Literal | How::Like, None) => {}
        (How::Like, Some(wild)) => {
            let certain = &value[..wild];
            let id = certain.split_once(':').map(|(id, _)| id);
            let long = certain.len() >= ID_LENGTH
                && ["AROA", "AIDA"].iter().any(|kind| certain.starts_with(kind));
            if id.is_none_or(str::is_empty) && !long {
                return Leaves::Anybody;
            }
        }
        _ => return Leaves::Anybody,
    }
    let account = value.split(':').next().is_some_and(is_account);
    Leaves::Only(if account {
        Who::Account(part(value, |text| text.split(':').next()))
    } else {
        Who::Arn(value.clone())
    })
}

/// No unique id of IAM is shorter. Source: *IAM identifiers*.
const ID_LENGTH: usize = 16;

/// A block of addresses, or one of them.
fn address<'a>(how: How, value: &str, bucket: bool) -> Leaves<'a> {
    if how == How::Arn || (how != How::Block && is_wild(value)) {
        return Leaves::Anybody;
    }
    let block = value
        .parse::<IpNet>()
        .ok()
        .or_else(|| value.parse::<IpAddr>().ok().map(IpNet::from))
        .map(|block| block.trunc());
    match block {
        Some(block) if block.prefix_len() > 0 && !(bucket && is_broad(&block)) => {
            Leaves::Only(Who::Network(block))
        }
        _ => Leaves::Anybody,
    }
}

/// Whether S3 takes a block for the public: one broader than /8, of IPv6 than /32. The
/// private ranges it leaves out are none of them.
const fn is_broad(block: &IpNet) -> bool {
    match block {
        IpNet::V4(block) => block.prefix_len() < 8,
        IpNet::V6(block) => block.prefix_len() < 32,
    }
}

/// Whether the blocks together are all addresses, as `0.0.0.0/1` and `128.0.0.0/1` are.
pub(super) fn is_whole_internet(clause: &Clause<'_>) -> bool {
    let blocks: Vec<IpNet> = clause
        .iter()
        .filter_map(|atom| if let Who::Network(block) = atom.who { Some(block) } else { None })
        .collect();
    blocks.len() > 1 && IpNet::aggregate(&blocks).iter().any(|block| block.prefix_len() == 0)
}

fn service<'a>(how: How, value: &Cow<'a, str>) -> Leaves<'a> {
    match how {
        How::Like if is_wild(value) => Leaves::Only(Who::Service(ANY_SERVICE.into())),
        _ => whole(how, value, Who::Service),
    }
}

/// A key of KMS: whoever writes with it must be let by its own policy. Of an alias by its
/// name alone every account may have one.
///
/// Source: *Blocking public access to your Amazon S3 storage: The meaning of "public"*,
/// which takes a fixed value only.
fn kms_key<'a>(how: How, value: &Cow<'a, str>) -> Leaves<'a> {
    let is_one = Arn::read(value).map_or_else(
        || how != How::Arn && !value.is_empty() && !value.contains("alias/"),
        |arn| arn.service == "kms" && is_account(arn.account),
    );
    match how {
        How::Block => Leaves::Anybody,
        How::Literal if is_wild(value) => Leaves::Nobody,
        _ if is_one && !is_wild(value) => Leaves::Only(Who::Arn(value.clone())),
        _ => Leaves::Anybody,
    }
}

/// Only the ARN of a provider says in whose account: with Google anybody may sign in.
fn provider<'a>(how: How, value: &Cow<'a, str>) -> Leaves<'a> {
    match arn(how, value, Axis::Claim) {
        Leaves::Only(_) if Arn::read(value).is_some_and(|arn| is_account(arn.account)) => {
            Leaves::Only(Who::Federated(value.clone()))
        }
        Leaves::Nobody => Leaves::Nobody,
        _ => Leaves::Anybody,
    }
}
