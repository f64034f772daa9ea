//! From accounts to a scan of them: credentials, what to look at, and what looks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use secmonkey_aws::session::{self, Caller, Sessions};
use secmonkey_aws::settings;
use secmonkey_aws::trail::Lookup;
use secmonkey_core::account::Account;
use secmonkey_core::event::Actor;
use secmonkey_core::pipeline::Pipeline;
use secmonkey_core::plan::{Asked, Plan};
use secmonkey_core::technology::{Reach, Technology};

use crate::catalogue::Catalogue;
use crate::config::{self, Config};
use crate::error::Error;
use crate::store::Opened;

/// The role in accounts that name none and are not the caller's own.
const ROLE: &str = "SecurityMonkey";
/// The region that stands for the global services, too.
const HOME: &str = "us-east-1";
/// Accounts whose regions are asked for at the same time.
const AT_ONCE: usize = 8;

/// How providers are asked.
#[must_use]
pub fn session(scan: &config::Scan) -> session::Config {
    let mut settings = session::Config {
        max_attempts: scan.max_attempts,
        rates: scan.rates(),
        ..session::Config::default()
    };
    if let Some(seconds) = scan.timeout {
        settings.call = Duration::from_secs(seconds);
    }
    settings
}

/// Gives an account without a role the usual one, unless the credentials are its own.
pub fn enter(scan: &config::Scan, caller: &Caller, account: &mut Account) {
    if settings::role(account).is_none() && account.id != caller.account {
        let role = scan.role.as_deref().unwrap_or(ROLE);
        account.set(settings::ROLE, role);
    }
}

/// What somebody asked to be looked at.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// These technologies, by id; all where none is named.
    pub technologies: Vec<String>,
    /// These regions; all where none is named.
    pub regions: Vec<String>,
}

/// What to look at in these accounts. Regions that nobody named are asked for.
///
/// # Errors
/// Where a technology or a region does not exist, one is asked for that is off, or nothing
/// would be looked at.
pub async fn plan(
    config: &Config,
    catalogue: &Catalogue,
    sessions: &Sessions,
    wanted: Wanted,
    accounts: Vec<Account>,
) -> Result<Plan, Error> {
    let registry = catalogue.registry();
    let asked = Asked {
        technologies: wanted.technologies,
        off: config.technologies.off(),
        regions: wanted.regions,
        home: Some(HOME.to_owned()),
    };
    let needs_regions = asked.needs_regions(registry);
    let listed = stream::iter(accounts)
        .map(|account| async {
            let there = match account.regions.as_slice() {
                [] if needs_regions => sessions.regions(&account).await,
                named => Ok(named.to_vec()),
            };
            (account, there)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    Ok(asked.plan(registry, listed)?)
}

/// The operations that reading these technologies takes, and perhaps one more.
#[must_use]
pub fn operations<'a>(technologies: &[&'a Technology], also: Option<&'a str>) -> BTreeSet<&'a str> {
    let read = technologies.iter().flat_map(|technology| technology.permissions.iter());
    let mut operations: BTreeSet<_> = read.chain(also).collect();
    if technologies.iter().any(|technology| technology.reach == Reach::Regional) {
        // Which regions there are.
        operations.insert("ec2:DescribeRegions");
    }
    operations
}

/// What looks, judges and records in a store that this process holds. It tells nobody: see
/// [`Config::notifiers`].
///
/// # Errors
/// Where the key of secret values cannot be had.
pub fn pipeline(
    config: &Config,
    catalogue: &Catalogue,
    sessions: &Sessions,
    opened: &Opened,
    actor: Actor,
) -> Result<Pipeline, Error> {
    let mut pipeline = Pipeline::new(opened.log.clone(), opened.views.clone())
        .watchers(secmonkey_aws::watch::watchers(sessions))
        .watchers(config.watchers(sessions))
        .auditors(catalogue.auditors())
        .actor(actor)
        .digest_key(opened.digest_key()?)
        .limits(config.scan.limits());
    if config.daemon.events.lookup {
        pipeline = pipeline.change_log(Arc::new(Lookup::new(sessions.clone())));
    }
    if let Some(seconds) = config.scan.timeout {
        pipeline = pipeline.patience(Duration::from_secs(seconds));
    }
    Ok(pipeline)
}
