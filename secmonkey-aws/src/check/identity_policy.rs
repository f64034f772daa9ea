//! Checks of policies that say what an identity may do: inline policies of users, groups
//! and roles, and managed policies. Each is written once here; a technology is one entry in
//! the list [below](identity_policies).

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::item::Item;
use secmonkey_policy::actions::Set;
use secmonkey_policy::document::Of;
use secmonkey_policy::identity::{Document, Found, Held};
use secmonkey_policy::{Identity, Pattern, Permissions, Policy, Statement, words};

use super::family::{self, Family, conditions, sorted};
use super::subject::{self, Granting};
use super::{list, text};

pub(super) mod attached_managed_policy_missing;
mod policy_allow_not_action;
mod policy_allow_not_resource;
mod policy_credentials_exposure;
mod policy_data_exfiltration;
mod policy_full_admin;
mod policy_iam_wildcard;
mod policy_pass_role;
mod policy_permissions_management;
mod policy_privilege_escalation;
mod policy_security_group_write;
mod policy_sensitive_service_write;

/// Where a technology has its policies.
pub(super) struct Place {
    /// Where they are.
    pub documents: Documents,
    /// Which checks of the technology its members are part of.
    pub parts: &'static [(&'static str, &'static str)],
}

/// Where policies are.
pub(super) enum Documents {
    /// Each in an element of this array, beside its name.
    Inline(&'static str),
    /// The item is one.
    Whole,
}

/// Applies every family to technologies: those with inline policies, by the pointer of the
/// list of them, and those whose items are policies.
macro_rules! identity_policies {
    (
        inline {
            $($technology:ident: $at:literal
            $(, parts: { $($part:ident: $whole:literal),* $(,)? })? ;)*
        }
        whole { $policy:ident; }
    ) => {
        $(pub(super) mod $technology {
            use super::*;

            const PLACE: Place = Place {
                documents: Documents::Inline($at),
                parts: last!(&[] $(, &[$((stringify!($part), $whole)),*])?),
            };

            pub(in crate::check) const CHECKS: &[&Check] = identity_policies!(
                @ $technology,
                &[$at],
                [of_family!(
                    $technology,
                    attached_managed_policy_missing,
                    PLACE,
                    &["/AttachedManagedPolicies"],
                    attached_managed_policy_missing::FAMILY.world
                ),]
            );
        })*

        pub(super) mod $policy {
            use super::*;

            const PLACE: Place = Place { documents: Documents::Whole, parts: &[] };

            pub(in crate::check) const CHECKS: &[&Check] =
                identity_policies!(@ $policy, &["/Arn", "/AttachmentCount", "/Document"], []);
        }

        /// The checks of all of them.
        pub(super) const CHECKS: &[&[&Check]] = &[$($technology::CHECKS,)* $policy::CHECKS];

        /// Puts a policy where a check of this family has it.
        #[cfg(test)]
        pub(super) fn wrap(check: &Check, policy: &serde_json::Value) -> Option<serde_json::Value> {
            let (_, name) = check.id.split_once('.')?;
            if !name.starts_with("policy_") {
                return None;
            }
            match check.technology {
                $(stringify!($technology) if $technology::CHECKS.iter().any(|it| it.id == check.id) => {
                    let list = $at.trim_start_matches('/');
                    let inline = serde_json::json!([
                        { "PolicyName": "example", "PolicyDocument": policy },
                    ]);
                    Some(serde_json::json!({ list: inline }))
                })*
                stringify!($policy) => Some(serde_json::json!({ "Document": policy })),
                _ => None,
            }
        }
    };
    (@ $technology:ident, $reads:expr, [$($first:expr,)*]) => {
        &[
            $($first,)*
            of_family!($technology, policy_allow_not_action, PLACE, $reads, &[]),
            of_family!($technology, policy_allow_not_resource, PLACE, $reads, &[]),
            of_family!($technology, policy_credentials_exposure, PLACE, $reads, &[]),
            of_family!($technology, policy_data_exfiltration, PLACE, $reads, &[]),
            of_family!($technology, policy_full_admin, PLACE, $reads, &[]),
            of_family!($technology, policy_iam_wildcard, PLACE, $reads, &[]),
            of_family!($technology, policy_pass_role, PLACE, $reads, &[]),
            of_family!($technology, policy_permissions_management, PLACE, $reads, &[]),
            of_family!($technology, policy_privilege_escalation, PLACE, $reads, &[]),
            of_family!($technology, policy_security_group_write, PLACE, $reads, &[]),
            of_family!($technology, policy_sensitive_service_write, PLACE, $reads, &[]),
        ]
    };
}

identity_policies! {
    inline {
        iam_group: "/GroupPolicyList";
        iam_role: "/RolePolicyList", parts: {
            policy_full_admin: "iam_role.effective_full_admin",
        };
        iam_user: "/UserPolicyList";
    }
    whole { iam_managed_policy; }
}

/// A policy of an item, where it is, and what it is called.
struct Stated<'a> {
    granting: Granting<'a>,
    at: String,
    policy: Policy<'a>,
}

impl Stated<'_> {
    fn name(&self) -> String {
        match self.granting {
            Granting::Inline(name) => format!("the inline policy {name}"),
            Granting::Attached(arn) => format!("the policy {arn}"),
            Granting::Whole => "the policy".to_owned(),
        }
    }

    fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.at)
    }
}

impl Place {
    /// The policies of an item.
    ///
    /// What AWS wrote concerns only who attached it: one that nobody is attached to, or that
    /// is a boundary only, gives nothing to anybody.
    fn policies<'a>(&self, item: &'a Item) -> Result<Vec<Stated<'a>>, Undecided> {
        match self.documents {
            Documents::Inline(at) => inline(item, at),
            Documents::Whole => {
                let config = &item.config;
                let by_aws = text(&config["Arn"]).contains(":iam::aws:policy/");
                if by_aws && config["AttachmentCount"].as_u64().unwrap_or(0) == 0 {
                    return Ok(Vec::new());
                }
                let at = "/Document";
                let policy = family::policy(&config["Document"], at)?;
                let stated =
                    |policy| Stated { granting: Granting::Whole, at: at.to_owned(), policy };
                Ok(policy.map(stated).into_iter().collect())
            }
        }
    }
}

/// The inline policies in a list.
fn inline<'a>(item: &'a Item, at: &str) -> Result<Vec<Stated<'a>>, Undecided> {
    let mut all = Vec::new();
    let listed = item.config.pointer(at).map_or(&[][..], list);
    for (index, element) in listed.iter().enumerate() {
        let at = format!("{at}/{index}/PolicyDocument");
        if let Some(policy) = family::policy(&element["PolicyDocument"], &at)? {
            all.push(Stated {
                granting: Granting::Inline(text(&element["PolicyName"])),
                at,
                policy,
            });
        }
    }
    Ok(all)
}

/// What a family says about one statement.
struct Said {
    score: u8,
    text: String,
}

/// Finds what statements do, by policy, and by service where that is asked for.
///
/// `say` words one statement: what it allows, and the score.
fn find_statements(
    place: &Place,
    item: &Item,
    found: &mut Findings,
    ask: impl for<'p, 'a> Fn(&Document<'p, 'a>) -> Vec<Found<'p, 'a>>,
    say: impl Fn(&Found<'_, '_>) -> Said,
) -> Result<(), Undecided> {
    for stated in place.policies(item)? {
        let document = Document::of(&stated.policy);
        let mut by_service: BTreeMap<Option<&str>, Vec<Found<'_, '_>>> = BTreeMap::new();
        for one in ask(&document) {
            by_service.entry(one.service).or_default().push(one);
        }
        for (service, all) in by_service {
            let mut said: Vec<Said> = all.iter().map(&say).collect();
            said.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.text.cmp(&b.text)));
            said.dedup_by(|a, b| a.text == b.text);
            let score = said.first().map_or(0, |said| said.score);
            let texts: Vec<String> = said.into_iter().map(|said| said.text).collect();
            let subject = subject::Permissions { policy: stated.granting, service };
            let detail = format!("{} allows {}", stated.name(), texts.join("; "));
            let finding = found.add(subject, detail);
            finding.score(score);
            for one in &all {
                finding.at(stated.at(&one.statement.pointer));
                finding.grounds.extend(grounds(one.statement, &one.actions));
            }
        }
    }
    Ok(())
}

/// What a statement makes of some actions: what it names of them, on what, and that it does
/// so without a condition.
fn grounds(statement: &Statement<'_>, actions: &Set) -> BTreeSet<String> {
    let mut grounds = BTreeSet::new();
    let but = if statement.actions.is_all_but() { "all but " } else { "" };
    for pattern in statement.actions.named() {
        if !but.is_empty() || actions.meets(pattern) {
            grounds.insert(format!("{but}{pattern}"));
        }
    }
    if let Some(resources) = &statement.resources {
        let but = if resources.is_all_but() { "all but " } else { "" };
        grounds.extend(resources.named().iter().map(|pattern| format!("{but}{pattern}")));
    }
    if statement.conditions.is_empty() {
        grounds.insert("no condition".to_owned());
    }
    grounds
}

/// On what and under which conditions a statement speaks, for people: ` on everything, no
/// condition`.
fn scope(statement: &Statement<'_>) -> String {
    let on = statement.resources.as_ref().and_then(|named| words::resources(&sorted(named), None));
    let on = on.map_or_else(String::new, |on| format!(" on {on}"));
    format!("{on}, {}", words::conditions(&conditions(&statement.conditions)))
}

/// What a statement says it allows, for people.
fn written(statement: &Statement<'_>) -> String {
    format!("{}{}", words::actions(&sorted(&statement.actions)), scope(statement))
}

/// Whether resources are all there are, or all but some.
fn is_wide(resources: Option<&Of<Pattern<'_>>>) -> bool {
    match resources {
        None | Some(Of::AllBut(_)) => true,
        Some(Of::Only(named)) => named.iter().any(|it| {
            it.as_str().bytes().all(|byte| matches!(byte, b'*' | b':')) || it.as_str() == "arn:*"
        }),
    }
}

/// Whether every resource is named in full.
fn is_fixed(resources: Option<&Of<Pattern<'_>>>) -> bool {
    matches!(resources, Some(Of::Only(named)) if named.iter().all(Pattern::is_fixed))
}

/// Actions, the first few by name: `iam:PutRolePolicy, iam:PutUserPolicy and 3 more`.
fn some(actions: &Set) -> String {
    let mut names: Vec<String> =
        actions.iter().take(FEW).map(|id| id.action().to_string()).collect();
    let more = actions.len().saturating_sub(FEW);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    super::listed(names.iter().map(String::as_str))
}

/// Of more than this many the rest is counted.
const FEW: usize = 4;

/// By service, what a statement names; a statement that names no service, such as one of
/// `NotAction`, is told once and not for a hundred services.
fn by_service_named<'p, 'a>(all: Vec<Found<'p, 'a>>) -> Vec<Found<'p, 'a>> {
    let mut told: Vec<Found<'p, 'a>> = Vec::new();
    for mut one in all {
        let actions = &one.statement.actions;
        let unnamed =
            |text: &str| text.split(':').next().is_some_and(|service| service.contains(['*', '?']));
        if actions.is_all_but() || actions.named().iter().any(|it| unnamed(it.as_str())) {
            one.service = None;
            let same = |it: &&mut Found<'_, '_>| it.index == one.index && it.service.is_none();
            if let Some(same) = told.iter_mut().find(same) {
                same.actions = same.actions.union(&one.actions);
                continue;
            }
        }
        told.push(one);
    }
    told
}

/// Finds policies by what they allow all in all. What makes a full administrator is told by
/// that check alone.
fn find_policies(
    place: &Place,
    item: &Item,
    found: &mut Findings,
    ask: impl Fn(&Permissions<'_, '_>) -> Option<Told>,
) -> Result<(), Undecided> {
    for stated in place.policies(item)? {
        if !Document::of(&stated.policy).full_admin().is_empty() {
            continue;
        }
        let identity = Identity::new().with("", &stated.policy);
        if let Some(told) = ask(&identity.permissions()) {
            let subject = subject::Permissions { policy: stated.granting, service: None };
            let finding = found.add(subject, format!("{} {}", stated.name(), told.text));
            for pointer in told.at {
                finding.at(stated.at(&pointer));
            }
            finding.grounds.extend(told.grounds);
        }
    }
    Ok(())
}

/// What a family says about a policy as a whole.
struct Told {
    text: String,
    /// The pointers of statements.
    at: BTreeSet<String>,
    grounds: BTreeSet<String>,
}

impl Told {
    /// The actions that make it so.
    fn of(held: &Held<'_>, text: String) -> Self {
        Self {
            text,
            at: held.evidence.iter().map(|it| it.pointer.to_owned()).collect(),
            grounds: held.actions.iter().map(|id| id.action().to_string()).collect(),
        }
    }
}
