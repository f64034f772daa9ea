//! A policy that stands alone, judged as an audit would judge it in its place.

use std::borrow::Cow;

use secmonkey_core::account::AccountId;
use secmonkey_core::audit::Verdict;
use secmonkey_core::check::{Auditor as _, Finding, Findings, World, reads};
use secmonkey_core::item::{GLOBAL, Item, Key};
use serde_json::{Value, json};

use super::case::{Case, Shared};
use super::identity_policy::Documents;
use super::policy::nested;
use super::resource_policy::{self, ResourcePolicy};
use super::{Catalogue, policy_rows};

/// The document of a policy, in a file for instance, and what it is the policy of.
///
/// ```
/// use jiff::Timestamp;
/// use secmonkey_aws::check::Document;
/// use secmonkey_core::account::Accounts;
/// use secmonkey_core::check::World;
///
/// let policy = serde_json::json!({
///     "Version": "2012-10-17",
///     "Statement": {
///         "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"
///     }
/// });
/// let document = Document {
///     value: &policy,
///     technology: "sqs_queue",
///     account: &"123456789012".parse()?,
///     name: "orders",
///     arn: None,
/// };
/// let accounts = Accounts::default();
/// let world = World::new(Timestamp::UNIX_EPOCH, &accounts, &());
/// let finding = &document.judge(&world).findings[&("sqs_queue.internet_accessible".into(), "*".into())];
/// assert_eq!(finding.evidence, ["/Statement"]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The document.
    pub value: &'a Value,
    /// The kind of resource, or of identity, by its technology. Nothing has to watch it: of
    /// what is not known here it is the policy that says who may use it.
    pub technology: &'a str,
    /// The account it is in.
    pub account: &'a AccountId,
    /// What people call it; for a bucket its name.
    pub name: &'a str,
    /// Its ARN, where it is known.
    pub arn: Option<&'a str>,
}

impl Document<'_> {
    /// What the checks that read the policy say of it, by the same functions as in an audit,
    /// of a resource of which nothing else is configured. Evidence points into the
    /// document.
    #[must_use]
    pub fn judge(&self, world: &World<'_>) -> Verdict {
        let (found, at) = match self.place() {
            Some((at, config)) => {
                let pointer = at.clone();
                let mut found = Findings::only(move |check| reads(check, &pointer));
                Catalogue.audit(&self.item(config), world, &mut found);
                (found, at)
            }
            None => self.judge_unwatched(world),
        };
        let (mut findings, undecided) = found.into_parts();
        for evidence in
            findings.values_mut().flat_map(|finding: &mut Finding| &mut finding.evidence)
        {
            if let Some(inside) = evidence.strip_prefix(&at) {
                *evidence = inside.to_owned();
            }
        }
        Verdict { findings, undecided, ..Verdict::default() }
    }

    /// Where configurations of the technology have such a document, and one that has
    /// nothing else; `None` where none is known to have one.
    fn place(&self) -> Option<(String, Value)> {
        if let Some(row) = policy_rows::resource(self.technology) {
            return Some((row.at.to_owned(), nested(row.at, self.value.clone())));
        }
        Some(match policy_rows::identity(self.technology)?.documents {
            Documents::Inline(at) => {
                let inline = json!([{ "PolicyName": self.name, "PolicyDocument": self.value }]);
                (format!("{at}/0/PolicyDocument"), nested(at, inline))
            }
            Documents::Whole(at) => (at.to_owned(), nested(at, self.value.clone())),
        })
    }

    /// What the checks of every resource policy say.
    fn judge_unwatched(&self, world: &World<'_>) -> (Findings, String) {
        let row = ResourcePolicy {
            technology: Cow::Owned(self.technology.to_owned()),
            at: "/Policy",
            optional: resource_policy::OPTIONAL,
            ..ResourcePolicy::DEFAULT
        };
        let checks: Vec<_> = resource_policy::checks(&row).collect();
        let item = self.item(nested(row.at, self.value.clone()));
        let shared = Shared { resource_policy: Some(&row), ..Shared::default() };
        let case = Case::new(&item, *world, &shared);
        let mut found = Findings::default();
        for one in &checks {
            found.run(&one.check, |found| (one.run)(&case.for_check(&one.check), found));
        }
        (found, row.at.to_owned())
    }

    fn item(&self, config: Value) -> Item {
        Item {
            key: Key {
                account: self.account.clone(),
                technology: self.technology.to_owned(),
                region: GLOBAL.to_owned(),
                id: self.name.to_owned(),
            },
            name: self.name.to_owned(),
            arn: self.arn.map(str::to_owned),
            config,
        }
    }
}
