//! Organizations.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmonkey_core::watch::Scope;

use crate::operation::Operation;
use crate::watch::Entry;

pub mod account;
pub mod policy;

pub(super) const READS: &[Entry] =
    &[Entry::described::<Account>(), Entry::described::<policy::Policy>()];

/// The largest page of every listing.
pub(crate) const PAGE: i32 = 20;

/// The code by which an account says that it is in no organization.
pub(crate) const NOT_IN_USE: &str = "AWSOrganizationsNotInUseException";

pub(crate) const ORGANIZATION: Operation = Operation::new("organizations:DescribeOrganization");

/// Whether an error says that the organization is not this account's to look at: it is a
/// member, and what there is belongs to the management account, or to whom that delegated it.
///
/// A member is denied with the same code as who lacks a permission, but IAM names the
/// permission. Which account manages the organization may be asked by every member.
async fn is_members<E: ProvideErrorMetadata>(
    organizations: &Client,
    scope: &Scope,
    error: &SdkError<E, HttpResponse>,
) -> bool {
    let said = error.as_service_error().and_then(ProvideErrorMetadata::message);
    if !said
        .is_some_and(|said| said.starts_with("You don't have permissions to access this resource"))
    {
        return false;
    }
    let answer = organizations.describe_organization().send().await;
    let organization = answer.ok().and_then(|answer| answer.organization);
    let manager = organization.as_ref().and_then(|one| one.master_account_id());
    manager.is_some_and(|manager| manager != scope.account.id.as_str())
}
