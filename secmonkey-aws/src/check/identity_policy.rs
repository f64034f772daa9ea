//! Checks of policies that say what an identity may do: inline policies of users, groups
//! and roles, and managed policies. Each is written once, as a row of [`MEMBERS`]; which
//! technologies have them stands in [`policy_rows`](super::policy_rows).

use std::borrow::Cow;
use std::cell::OnceCell;
use std::iter::once;

use secmonkey_core::check::{Check, Undecided};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;
use secmonkey_policy::identity::Document;
use secmonkey_policy::{Identity, Permissions, Policy};
use serde_json::{Value, json};

use self::finding::{
    Phrase, Power, by_service_named, find_policies, find_statements, names_services, reaches_all,
    scope, some, written,
};
use super::case::Case;
use super::policy;
use super::subject::Granting;
use super::{AwsCheck, Run, iam_role, list, text};

mod attached_managed_policy_missing;
mod finding;
#[cfg(test)]
mod laws;
mod policy_privilege_escalation;

pub(super) use self::finding::IDLE;

/// Where items of a technology have the policies that say what they may do.
pub(super) struct IdentityPolicies {
    /// The technology.
    pub technology: &'static str,
    /// Where they are.
    pub documents: Documents,
    /// Which checks of the technology members of the family are part of: each by its name,
    /// and the id of the whole.
    pub part_of: &'static [(&'static str, &'static str)],
}

/// Where policies are.
pub(super) enum Documents {
    /// Each in an element of this array, beside its name.
    Inline(&'static str),
    /// The item is one, and this is its document.
    Whole(&'static str),
}

/// A check of the family, of no technology yet.
struct Member {
    /// The second half of its id.
    name: &'static str,
    /// Its page; the examples are policies, not whole configurations, unless they are
    /// `for=` one technology.
    page: &'static str,
    score: u8,
    version: u32,
    run: Run,
}

const MEMBERS: [Member; 11] = [
    Member {
        name: "policy_allow_not_action",
        page: include_str!("identity_policy/policy_allow_not_action.md"),
        score: 3,
        version: 4,
        run: |case, found| {
            find_statements(case, found, Document::allow_not_action, |one| Phrase {
                score: 3,
                text: written(one.statement),
            })
        },
    },
    Member {
        name: "policy_allow_not_resource",
        page: include_str!("identity_policy/policy_allow_not_resource.md"),
        score: 3,
        version: 3,
        run: |case, found| {
            find_statements(case, found, Document::allow_not_resource, |one| Phrase {
                score: 3,
                text: written(one.statement),
            })
        },
    },
    Member {
        name: "policy_credentials_exposure",
        page: include_str!("identity_policy/policy_credentials_exposure.md"),
        score: 5,
        version: 3,
        run: |case, found| {
            find_policies(case, found, |permissions| {
                let held = permissions.credentials_exposure()?;
                let text = format!("hands out credentials: {}", some(&held.actions));
                Some(Power::of(&held, text, 5))
            })
        },
    },
    Member {
        name: "policy_data_exfiltration",
        page: include_str!("identity_policy/policy_data_exfiltration.md"),
        score: 5,
        version: 3,
        run: |case, found| {
            find_policies(case, found, |permissions| {
                let held = permissions.exfiltration()?;
                let actions = some(&held.actions);
                let text = format!("lets data be carried away from everywhere: {actions}");
                Some(Power::of(&held, text, 5))
            })
        },
    },
    Member {
        name: "policy_full_admin",
        page: include_str!("identity_policy/policy_full_admin.md"),
        score: 9,
        version: 3,
        run: |case, found| {
            find_statements(case, found, Document::full_admin, |one| Phrase {
                score: 9,
                text: written(one.statement),
            })
        },
    },
    Member {
        name: "policy_iam_wildcard",
        page: include_str!("identity_policy/policy_iam_wildcard.md"),
        score: 9,
        version: 3,
        run: |case, found| {
            find_statements(case, found, Document::iam_wildcard, |one| Phrase {
                score: if one.is_wide_for("iam") { 9 } else { 4 },
                text: format!("any action of iam{}", scope(one.statement)),
            })
        },
    },
    Member {
        name: "policy_pass_role",
        page: include_str!("identity_policy/policy_pass_role.md"),
        score: 7,
        version: 3,
        run: |case, found| {
            find_statements(case, found, Document::pass_role, |one| Phrase {
                // Passing only roles that are named, or to services that are, is less.
                score: if one.is_wide_for("iam") && !names_services(one) { 7 } else { 3 },
                text: format!("iam:PassRole{}", scope(one.statement)),
            })
        },
    },
    Member {
        name: "policy_permissions_management",
        page: include_str!("identity_policy/policy_permissions_management.md"),
        score: 7,
        version: 3,
        run: |case, found| {
            find_statements(
                case,
                found,
                |document| by_service_named(document.permissions_management()),
                |one| Phrase {
                    score: if reaches_all(one) { 7 } else { 4 },
                    text: format!(
                        "to manage permissions: {}{}",
                        some(&one.actions),
                        scope(one.statement)
                    ),
                },
            )
        },
    },
    Member {
        name: "policy_privilege_escalation",
        page: include_str!("identity_policy/policy_privilege_escalation.md"),
        score: 8,
        version: 3,
        run: policy_privilege_escalation::run,
    },
    Member {
        name: "policy_security_group_write",
        page: include_str!("identity_policy/policy_security_group_write.md"),
        score: 6,
        version: 3,
        run: |case, found| {
            find_statements(case, found, Document::security_group_write, |one| Phrase {
                score: if one.is_wide_for("ec2") { 6 } else { 4 },
                text: format!("{}{}", some(&one.actions), scope(one.statement)),
            })
        },
    },
    Member {
        name: "policy_sensitive_service_write",
        page: include_str!("identity_policy/policy_sensitive_service_write.md"),
        score: 0,
        version: 3,
        run: |case, found| {
            find_statements(
                case,
                found,
                |document| by_service_named(document.service_write(|_| true)),
                |one| Phrase {
                    score: 0,
                    text: format!("to write: {}{}", some(&one.actions), scope(one.statement)),
                },
            )
        },
    },
];

/// The checks of a technology that has such policies.
pub(super) fn checks(policies: &IdentityPolicies) -> impl Iterator<Item = AwsCheck> {
    let (reads, has_attached): (Vec<&'static str>, bool) = match policies.documents {
        Documents::Inline(at) => {
            (once(at).chain(used_by(policies.technology).iter().copied()).collect(), true)
        }
        Documents::Whole(at) => {
            (vec!["/Arn", "/AttachmentCount", at, "/PermissionsBoundaryUsageCount"], false)
        }
    };
    let check = |name: &str, score, page: &'static str| Check {
        id: format!("{}.{name}", policies.technology).into(),
        technology: Cow::Borrowed(policies.technology),
        score,
        part_of: policy::part_of(policies.part_of, name).map(Cow::Borrowed),
        page: Cow::Borrowed(page),
        ..Check::DEFAULT
    };
    let attached = has_attached.then(|| AwsCheck {
        check: Check {
            reads: Texts::new(&["/AttachedManagedPolicies"]),
            world: Texts::new(&["iam_managed_policy"]),
            ..check(
                "attached_managed_policy_missing",
                0,
                include_str!("identity_policy/attached_managed_policy_missing.md"),
            )
        },
        run: attached_managed_policy_missing::run,
    });
    let members = MEMBERS.iter().map(move |member| AwsCheck {
        check: Check {
            version: member.version,
            reads: reads.iter().copied().collect(),
            doubts: doubts(policies.technology),
            timed: policies.technology == "iam_role",
            ..check(member.name, member.score, member.page)
        },
        run: member.run,
    });
    attached.into_iter().chain(members)
}

/// A policy of an item, where it is, and what it is called.
pub(super) struct Stated<'a> {
    /// What it is called as a subject.
    pub granting: Granting<'a>,
    /// What it is called as the source of a permission.
    pub label: String,
    pub policy: Policy<'a>,
    /// Why nobody here gains anything by it, where that is so.
    pub idle: Option<Cow<'static, str>>,
    /// Whether it is known that somebody has it.
    pub in_use: bool,
    at: String,
    document: OnceCell<Document<'a, 'a>>,
    permissions: OnceCell<Permissions<'a, 'a>>,
}

impl<'a> Stated<'a> {
    fn new(granting: Granting<'a>, at: String, policy: Policy<'a>) -> Self {
        let (document, permissions) = (OnceCell::new(), OnceCell::new());
        let (idle, in_use) = (None, false);
        Self {
            label: granting.to_string(),
            granting,
            policy,
            idle,
            in_use,
            at,
            document,
            permissions,
        }
    }

    fn name(&self) -> String {
        match self.granting {
            Granting::Inline(name) => format!("the inline policy {name}"),
            Granting::Attached(arn) => format!("the policy {arn}"),
            Granting::Whole => "the policy".to_owned(),
        }
    }

    /// The pointer of something inside the policy.
    pub fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.at)
    }

    /// The policy statement by statement.
    pub fn document(&'a self) -> &'a Document<'a, 'a> {
        self.document.get_or_init(|| Document::of(&self.policy))
    }

    /// What it allows all in all, were it the only one.
    pub fn permissions(&'a self) -> &'a Permissions<'a, 'a> {
        self.permissions
            .get_or_init(|| Identity::new().with(&self.label, &self.policy).permissions())
    }
}

impl<'a> Case<'a> {
    /// The policies of the item that say what an identity may do.
    ///
    /// What AWS wrote concerns only who attached it: one that nobody is attached to, or that
    /// is a boundary only, gives nothing to anybody.
    ///
    /// # Errors
    /// Where one of them is no policy.
    pub fn stated(&self) -> Result<&'a [Stated<'a>], Undecided> {
        let Some(row) = self.shared.identity_policies else { return Ok(&[]) };
        let Self { item, shared, .. } = *self;
        let read = || match row.documents {
            Documents::Inline(at) => inline(item, at, &self.usage()?),
            Documents::Whole(at) => whole(item, at),
        };
        shared.stated.get(read).map(Vec::as_slice)
    }

    /// Whether anybody is what the item is: a member of the group, somebody who assumes the
    /// role. The check must declare [`used_by`], and for a role that it is timed.
    ///
    /// # Errors
    /// Where that cannot be known.
    pub fn usage(&self) -> Result<Usage, Undecided> {
        let config = &self.item.config;
        Ok(match self.item.key.technology.as_str() {
            "iam_group" => {
                let in_use = !list(&config["Users"]).is_empty();
                // An empty list is not recorded; whoever has recorded the group has its id.
                let is_empty = !in_use && !config["GroupId"].is_null();
                let idle = is_empty.then_some(Cow::Borrowed("no members of the group are known"));
                Usage { idle, in_use }
            }
            "iam_role" if is_service_linked(self.item) => Usage {
                idle: Some(Cow::Borrowed("only AWS changes a service-linked role")),
                in_use: false,
            },
            "iam_role" => {
                let unused = iam_role::unused(self, iam_role::IDLE_DAYS)?;
                let in_use = unused.is_none() && !config["CreateDate"].is_null();
                let idle = unused.map(|dates| format!("nobody uses the role: {dates}").into());
                Usage { idle, in_use }
            }
            _ => Usage::default(),
        })
    }
}

/// Whether anybody is what an item is.
#[derive(Default)]
pub(super) struct Usage {
    /// Why nobody gains anything by what it may do, where that is so.
    pub idle: Option<Cow<'static, str>>,
    /// Whether it is known that somebody does.
    pub in_use: bool,
}

/// What could only take a finding away: that nobody is what the item is.
pub(super) const fn doubts(technology: &str) -> Texts {
    match technology.as_bytes() {
        b"iam_group" => Texts::new(&["/GroupId", "/Users"]),
        b"iam_managed_policy" => {
            Texts::new(&["/AttachmentCount", "/PermissionsBoundaryUsageCount"])
        }
        b"iam_role" => Texts::new(&["/CreateDate", "/RoleLastUsed/LastUsedDate"]),
        _ => Texts::NONE,
    }
}

/// The members that say whether anybody is what an item is.
fn used_by(technology: &str) -> &'static [&'static str] {
    match technology {
        "iam_group" => &["/GroupId", "/Users"],
        "iam_role" => &["/CreateDate", "/Path", "/RoleLastUsed/LastUsedDate"],
        _ => &[],
    }
}

/// The inline policies in a list.
fn inline<'a>(item: &'a Item, at: &str, usage: &Usage) -> Result<Vec<Stated<'a>>, Undecided> {
    let mut all = Vec::new();
    let listed = item.config.pointer(at).map_or(&[][..], list);
    for (index, element) in listed.iter().enumerate() {
        let at = format!("{at}/{index}/PolicyDocument");
        if let Some(policy) = policy::read(policy::Of::Identity, &element["PolicyDocument"], &at)? {
            let granting = Granting::Inline(text(&element["PolicyName"]));
            let Usage { idle, in_use } = usage;
            let idle = idle.clone();
            all.push(Stated { idle, in_use: *in_use, ..Stated::new(granting, at, policy) });
        }
    }
    Ok(all)
}

/// The policy that an item is.
fn whole<'a>(item: &'a Item, at: &str) -> Result<Vec<Stated<'a>>, Undecided> {
    let attached = item.config["AttachmentCount"].as_u64();
    let by_aws = is_by_aws(item);
    if by_aws && attached.unwrap_or(0) == 0 {
        return Ok(Vec::new());
    }
    let bounds = item.config["PermissionsBoundaryUsageCount"].as_u64().unwrap_or(0);
    let idle = match attached {
        _ if by_aws => Some("the policy is AWS's own, and the finding belongs to who has it"),
        // Where it was not read whether anybody has it, somebody may.
        Some(0) if bounds > 0 => Some("the policy only bounds what others allow"),
        Some(0) => Some("the policy is attached to nothing"),
        _ => None,
    };
    let in_use = idle.is_none() && attached.is_some();
    let idle = idle.map(Cow::Borrowed);
    let document = item.config.pointer(at);
    let policy =
        document.map_or(Ok(None), |document| policy::read(policy::Of::Identity, document, at))?;
    let stated = |policy| Stated {
        idle: idle.clone(),
        in_use,
        ..Stated::new(Granting::Whole, at.to_owned(), policy)
    };
    Ok(policy.map(stated).into_iter().collect())
}

/// Whether AWS wrote a managed policy.
pub(super) fn is_by_aws(item: &Item) -> bool {
    text(&item.config["Arn"]).contains(":iam::aws:policy/")
}

/// Whether a role is one that a service of AWS keeps for itself.
pub(in crate::check) fn is_service_linked(item: &Item) -> bool {
    item.key.technology == "iam_role"
        && text(&item.config["Path"]).starts_with("/aws-service-role/")
}

/// Puts a policy where a check of this family has it.
pub(super) fn wrap(check: &Check, document: &Value) -> Option<Value> {
    let (technology, name) = check.id.split_once('.')?;
    let row = super::policy_rows::identity(technology)?;
    MEMBERS.iter().any(|member| member.name == name).then(|| match row.documents {
        Documents::Inline(at) => {
            let inline = json!([{ "PolicyName": "example", "PolicyDocument": document }]);
            policy::nested(at, inline)
        }
        Documents::Whole(at) => policy::nested(at, document.clone()),
    })
}
