//! Accounts from AWS Organizations.

use secmonkey_aws::session::Sessions;
use secmonkey_aws::source::Organization;
use secmonkey_core::decide::{Change, Missing};
use secmonkey_core::event::Actor;

use crate::config::{Config, Discover};
use crate::error::Error;
use crate::scan;
use crate::store::Opened;

/// Takes over what the organization says of its accounts; with `dry_run` only says what would
/// change.
///
/// # Errors
/// Where the account to ask as is not registered, the organization cannot be listed, or its
/// accounts cannot be registered.
pub async fn discover(
    config: &Config,
    opened: &Opened,
    sessions: &Sessions,
    how: &Discover,
    author: Actor,
    dry_run: bool,
) -> Result<Vec<Change>, Error> {
    let mut organization = Organization::new(sessions.clone());
    if let Some(name) = &how.account {
        let mut account = opened.views.accounts()?.require(name)?.clone();
        let caller = sessions.caller().await.map_err(|error| Error::usage(error.to_string()))?;
        scan::enter(&config.scan, &caller, &mut account);
        organization = organization.ask_as(account);
    }
    if let Some(role) = &how.role {
        organization = organization.role(role);
    }
    if let Some(external_id) = &how.external_id {
        organization = organization.external_id(external_id);
    }
    let missing = if how.deactivate_missing { Missing::Deactivate } else { Missing::Tell };
    Ok(opened.decisions(author).discover(&organization, missing, dry_run).await?)
}
