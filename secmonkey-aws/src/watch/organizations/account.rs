//! The accounts of an organization.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;
use secmonkey_core::technology::{Reach, Set};
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use super::{NOT_IN_USE, ORGANIZATION, PAGE, is_members};
use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, pages_of, required};

/// The accounts of the organization, where the management account or a delegated
/// administrator looks; an account that is in none, or a mere member, has none.
///
/// Tags would take a call for each account, of a service that takes few, and are left out.
pub const ACCOUNT: Facts = Facts {
    id: "organizations_account",
    title: "account of the organization",
    reach: Reach::Global,
    operations: &[DESCRIBE, ORGANIZATION],
    structures: &[Structure::new("Account", "")],
    events: &[
        Events::new(
            "/requestParameters/accountId",
            &["CloseAccount", "MoveAccount", "RemoveAccountFromOrganization"],
        ),
        Events::new("/serviceEventDetails/createAccountStatus/accountId", &["CreateAccountResult"]),
    ],
    sets: &[Set::new("/Paths", &[])],
    // Mail to it resets the password of the root user.
    secret: &["/Email"],
    // What people call the account.
    plain: &["/Name"],
    ..Facts::of(&service::ORGANIZATIONS, LIST)
};

pub(crate) const LIST: Operation =
    Operation::new("organizations:ListAccounts").absent(&[NOT_IN_USE]);
const DESCRIBE: Operation = Operation::new("organizations:DescribeAccount")
    .absent(&["AccountNotFoundException", NOT_IN_USE]);

/// The fewest calls that read an organization: `⌈accounts / 20⌉`, one at least. A member takes
/// one more, which tells it from who lacks a permission.
#[must_use]
pub const fn fewest_calls(accounts: usize) -> usize {
    pages_of(accounts, PAGE as usize)
}

impl Described for Account {
    const FACTS: &'static Facts = &ACCOUNT;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.organizations(&scope.account)
    }

    async fn page(
        organizations: &Client,
        scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let Some(wanted) = wanted else {
            let call = organizations.list_accounts().max_results(PAGE).set_next_token(token);
            return match call.send().await {
                Ok(page) => Ok(Listed::page(page.accounts, page.next_token)),
                Err(error) if is_absent(LIST, &error) => Ok(Listed::page(None, None)),
                Err(error) if is_members(organizations, scope, &error).await => {
                    Ok(Listed::page(None, None))
                }
                Err(error) => Err(failed(LIST, &error)),
            };
        };
        let mut there = Vec::new();
        for one in wanted {
            match organizations.describe_account().account_id(&one.id).send().await {
                Ok(answer) => there.extend(answer.account),
                Err(error) if is_absent(DESCRIBE, &error) => {}
                Err(error) if is_members(organizations, scope, &error).await => {}
                Err(error) => return Err(failed(DESCRIBE, &error)),
            }
        }
        Ok(Listed::page(there, None))
    }

    async fn observe(
        self,
        _organizations: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let id = required(LIST, "Id", self.id.clone())?;
        let name = self.name.clone().unwrap_or_else(|| id.clone());
        let account = ACCOUNT.observed(id, self.to_json()).named(name);
        Ok(Some(account.with_arn(self.arn)))
    }
}
