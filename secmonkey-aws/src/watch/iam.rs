//! IAM: users, roles, groups and managed policies, the settings of the account, providers
//! of identities and server certificates.
//!
//! One listing, `GetAccountAuthorizationDetails`, gives the first four kinds with their
//! documents; what it leaves out of users and roles is read beside it: in one listing for
//! all where AWS has one, user by user where it has not ([`fewest_calls`]).

use std::collections::HashSet;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Details;
use aws_sdk_iam::types::{EntityType, ServerCertificateMetadata};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{StreamExt as _, TryStreamExt as _, join, stream};
use secmonkey_core::Timestamp;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{
    ClockCheck, Error, Found, Listed, Looked, Observed, Part, Scope, Sweep, Wanted, Watcher, pages,
};

use crate::AWS;
use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::watch::{AT_ONCE, Entry, Facts, pages_of};

pub mod account;
mod credential_report;
pub mod group;
pub mod managed_policy;
pub mod provider;
pub mod role;
pub mod server_certificate;
#[cfg(test)]
mod tests;
pub mod user;

use credential_report::CredentialReport;
use group::Members;

/// Reads [`USER`](user::USER), [`ROLE`](role::ROLE), [`GROUP`](group::GROUP),
/// [`MANAGED_POLICY`](managed_policy::MANAGED_POLICY) and [`ACCOUNT`](account::ACCOUNT).
#[derive(Debug, Clone)]
pub struct Identities {
    sessions: Sessions,
    technologies: [Technology; 5],
}

const FACTS: [Facts; 5] =
    [user::USER, role::ROLE, group::GROUP, managed_policy::MANAGED_POLICY, account::ACCOUNT];

pub(super) const READS: &[Entry] = &[
    Entry::new(&FACTS, |sessions| Arc::new(Identities::new(sessions))),
    Entry::described::<provider::Provider<provider::Oidc>>(),
    Entry::described::<provider::Provider<provider::Saml>>(),
    Entry::described::<ServerCertificateMetadata>(),
];

impl Identities {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        let technologies = FACTS.map(|facts| facts.technology());
        Self { sessions: sessions.clone(), technologies }
    }
}

const DETAILS: Operation = Operation::new("iam:GetAccountAuthorizationDetails");

/// The largest page of every listing.
const PAGE: u16 = 1000;

/// What an account holds, as far as reading it costs calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Its users.
    pub users: usize,
    /// Its roles.
    pub roles: usize,
    /// Its groups.
    pub groups: usize,
    /// Its managed policies, and those of AWS that the listing names.
    pub policies: usize,
    /// Whether its credential report is older than four hours, or was never made.
    pub stale_report: bool,
    /// The virtual MFA devices of its users and of root.
    pub virtual_devices: usize,
    /// The access keys of which the credential report tells nothing: made after it, or in
    /// the same second as another key of the user.
    pub unreported_keys: usize,
    /// The users of whom the credential report does not say that they have no signing
    /// certificate.
    pub certificate_users: usize,
}

/// The fewest calls that read one account: the pages of 1000 of
/// `GetAccountAuthorizationDetails`, `ListUsers` and `ListRoles`, one of each at least;
/// the credential report, one call, or three where a new one has to be made
/// (`GetCredentialReport`, `GenerateCredentialReport` and, once it is there,
/// `GetCredentialReport`); three calls and the pages of 1000 virtual MFA devices for the
/// account (`GetAccountSummary`, `GetAccountPasswordPolicy`, `ListAccountAliases`,
/// `ListVirtualMFADevices`); three calls a user (`ListAccessKeys`, `GetLoginProfile`,
/// `ListMFADevices`); and one for each key and certificate user the report tells nothing
/// certain about (`GetAccessKeyLastUsed`, `ListSigningCertificates`).
#[must_use]
pub const fn fewest_calls(account: Holdings) -> usize {
    let Holdings { users, roles, groups, policies, virtual_devices, .. } = account;
    pages_of(users + roles + groups + policies, PAGE as usize)
        + pages_of(users, PAGE as usize)
        + pages_of(roles, PAGE as usize)
        + if account.stale_report { 3 } else { 1 }
        + 3
        + pages_of(virtual_devices, PAGE as usize)
        + 3 * users
        + account.unreported_keys
        + account.certificate_users
}

#[async_trait]
impl Watcher for Identities {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let iam = self.sessions.iam(&scope.account);
        Box::pin(sweep(&iam, scope, self.technologies(), out)).await
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let iam = self.sessions.iam(&scope.account);
        let Some(technology) = wanted.first().map(|one| one.technology.as_ref()) else {
            return Ok(Vec::new());
        };
        Ok(match technology {
            id if id == user::USER.id => user::look(&iam, wanted).await,
            id if id == role::ROLE.id => role::look(&iam, wanted).await,
            id if id == group::GROUP.id => group::look(&iam, wanted).await,
            id if id == account::ACCOUNT.id => account::look(&iam, wanted).await,
            _ => managed_policy::look(&iam, wanted).await,
        })
    }
}

/// Who did not answer to their names may have other names by now: gone is only who is not
/// among the ids of a fresh listing either.
async fn confirmed(
    looked: Vec<Looked>,
    ids: impl Future<Output = Result<HashSet<String>, Error>>,
) -> Vec<Looked> {
    if looked.iter().all(|one| one.found != Found::Gone) {
        return looked;
    }
    let ids = ids.await;
    let confirm = |one: Looked| match &ids {
        _ if one.found != Found::Gone => one,
        Ok(ids) if ids.contains(&one.id) => Looked::exists(one.id),
        Ok(_) => one,
        Err(error) => Looked::failed(one.id, error.clone()),
    };
    looked.into_iter().map(confirm).collect()
}

async fn sweep(
    iam: &Client,
    scope: &Scope,
    technologies: &[Technology],
    out: &Sweep,
) -> Result<(), Error> {
    // First, because every user and role needs them. Without them the rest is still worth
    // knowing: they fail parts, not the sweep.
    let (passwords, settings, report) = join!(
        user::passwords(iam),
        role::settings(iam),
        CredentialReport::read(iam, &credential_report::WAITS),
    );
    if out.wants(account::ACCOUNT.id) {
        out.item(Box::pin(account::read(iam, scope, &report)).await).await;
    }
    let batch = user::Batch { passwords, report };
    let mut groups = Vec::new();
    let mut members = Members::default();
    let mut listing = pages(DETAILS, |marker| details(iam, marker));
    while let Some(pages) = listing.next().await? {
        for page in pages {
            let policies = page.policies.unwrap_or_default();
            hand_out(policies, |policy| managed_policy::read(iam, policy), out).await?;
            let roles = page.role_detail_list.unwrap_or_default();
            hand_out(roles, |role| role::read(iam, &settings, role), out).await?;
            let users = page.user_detail_list.unwrap_or_default();
            for user in &users {
                members.note(user);
            }
            hand_out(users, |user| user::read(iam, &batch, user), out).await?;
            groups.extend(page.group_detail_list.unwrap_or_default());
        }
    }
    // Last, because who is in a group is told by the users.
    for group in groups {
        out.item(group::observed(&group, &mut members)?).await;
    }
    let proof = listing.end()?;
    for technology in technologies {
        out.complete(technology, &proof).await;
    }
    Ok(())
}

async fn details(iam: &Client, marker: Option<String>) -> Result<Listed<Details>, Error> {
    let mut call = iam.get_account_authorization_details().max_items(PAGE.into());
    for kind in [
        EntityType::User,
        EntityType::Role,
        EntityType::Group,
        EntityType::LocalManagedPolicy,
        EntityType::AwsManagedPolicy,
    ] {
        call = call.filter(kind);
    }
    let page = call.set_marker(marker).send().await.map_err(|error| failed(DETAILS, &error))?;
    Ok(Listed { next: page.marker.clone(), truncated: Some(page.is_truncated), items: vec![page] })
}

/// Hands out the items of some resources, a few of which are read at a time.
async fn hand_out<T, F, Fut>(resources: Vec<T>, read: F, out: &Sweep) -> Result<(), Error>
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<Option<Observed>, Error>>,
{
    let mut items = stream::iter(resources).map(read).buffer_unordered(AT_ONCE);
    while let Some(item) = items.try_next().await? {
        if let Some(item) = item {
            out.item(item).await;
        }
    }
    Ok(())
}

/// All pages of a listing.
async fn all<T, F, Fut>(operation: Operation, fetch: F) -> Result<Vec<T>, Error>
where
    T: std::fmt::Debug,
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<T>, Error>>,
{
    let mut listing = pages(operation, fetch);
    let mut items = Vec::new();
    while let Some(page) = listing.next().await? {
        items.extend(page);
    }
    listing.end()?;
    Ok(items)
}

/// What a user is asked about, one call or listing each.
enum Answer {
    /// A member of the user's configuration.
    Part(Part),
    /// There is no such user: it was deleted meanwhile.
    NoSuchUser,
}

/// All pages of a listing about one user; `None` where there is no such user.
async fn list<T, E, F, Fut>(operation: Operation, fetch: F) -> Result<Option<Vec<T>>, Error>
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + StdError + 'static,
    F: Fn(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<T>, SdkError<E, HttpResponse>>>,
{
    let items = all(operation, |marker| {
        let page = fetch(marker);
        async move {
            match page.await {
                Ok(Listed { items, next, truncated }) => {
                    let items = items.into_iter().map(Some).collect();
                    Ok(Listed { items, next, truncated })
                }
                Err(error) if is_absent(operation, &error) => {
                    Ok(Listed { items: vec![None], next: None, truncated: None })
                }
                Err(error) => Err(failed(operation, &error)),
            }
        }
    });
    Ok(items.await?.into_iter().collect())
}
