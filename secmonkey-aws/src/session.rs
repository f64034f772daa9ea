//! Access to accounts: credentials, roles, and SDK clients that share one way to ask.
//!
//! [`Sessions`] hands out a client per account, region and service. All of them read
//! through one HTTP client ([`crate::http`]), go by one [`Lane`](crate::lane::Lane) per
//! account, region and service, retry in the SDK's *standard* mode with a quota of their
//! own, and count their calls.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use secmonkey_core::Timestamp;
use secmonkey_core::account::{Account, AccountId};
#[cfg(feature = "ec2")]
use secmonkey_core::watch;
use secmonkey_core::watch::ClockCheck;
use tokio::sync::OnceCell;

pub use crate::access::Error;
#[cfg(feature = "ec2")]
use crate::error;
use crate::http::{Client, Limits};
use crate::service::{self, Rates};
use crate::{region, settings};

mod base;
mod calls;
mod clients;
mod credentials;
mod plain;
mod retry;

use base::{Base, Cache, Lanes, Way, client, identities, lock};
use clients::{Access, Clients, Place};
use credentials::{Discreet, standard_chain};

/// The session name under which roles are assumed, as `CloudTrail` shows it.
pub const SESSION_NAME: &str = "secmonkey";

/// How to reach AWS. The default is right outside of tests.
#[derive(Debug, Clone)]
pub struct Config {
    /// Attempts per call, the first included. `None`: what `AWS_MAX_ATTEMPTS` or the
    /// profile says, else 12.
    pub max_attempts: Option<u32>,
    /// The longest wait before the first retry; it doubles with each further one.
    pub initial_backoff: Duration,
    /// The longest wait before any retry.
    pub max_backoff: Duration,
    /// The time for one call with all its attempts and waits: what does not end within
    /// it makes no progress. A sweep of many calls has no limit of its own.
    pub call: Duration,
    /// The time to ask the instance metadata service, which most machines do not have.
    pub instance_metadata: Duration,
    /// What an answer may take; only heeded where `client` is `None`.
    pub limits: Limits,
    /// How many calls each service takes.
    pub rates: Rates,
    /// The HTTP client; `None` for HTTPS.
    pub client: Option<Client>,
    /// The credentials; `None` for the standard chain.
    pub credentials: Option<SharedCredentialsProvider>,
    /// The endpoint of all services; `None` for what the environment and the profile say.
    pub endpoint: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_attempts: None,
            initial_backoff: Duration::from_secs(1),
            // What cannot be reached is to be known within half a minute.
            max_backoff: Duration::from_secs(8),
            call: Duration::from_mins(5),
            instance_metadata: Duration::from_secs(1),
            limits: Limits::default(),
            rates: Rates::default(),
            client: None,
            credentials: None,
            endpoint: None,
        }
    }
}

/// Attempts per call where nobody says otherwise: throttling of a busy account passes
/// within a minute, which the SDK's three do not wait for.
const ATTEMPTS: u32 = 12;
/// The SDK's own number of attempts, which tells that nobody said otherwise.
const SDK_ATTEMPTS: u32 = 3;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account of the credentials.
    pub account: AccountId,
    /// The user or the session of a role.
    pub arn: String,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
}

/// Clients for every account, region and service. Cheap to clone.
///
/// ```no_run
/// use secmonkey_aws::AWS;
/// use secmonkey_aws::session::{Config, Sessions};
/// use secmonkey_core::account::Account;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = Sessions::load(Config::default()).await;
/// let caller = sessions.caller().await?;
/// let account = Account::new(AWS, caller.account, "mine");
/// # #[cfg(feature = "ec2")]
/// for region in sessions.regions(&account).await? {
///     let groups = sessions.ec2(&account, &region).describe_security_groups().send().await?;
///     println!("{region}: {}", groups.security_groups().len());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Sessions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    base: Arc<Base>,
    accounts: Cache<AccountId, Arc<Clients>>,
}

/// Calls that wait until their service may be asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose calls; `None` for those by which accounts are entered.
    pub account: Option<AccountId>,
    /// The region.
    pub region: String,
    /// The service's id: `s3`.
    pub service: &'static str,
    /// How long the last of them still waits.
    pub wait: Duration,
}

impl Sessions {
    /// Reads environment and profile. Asks nobody.
    pub async fn load(config: Config) -> Self {
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .or_else(Region::from_static("us-east-1"));
        let credentials = match config.credentials {
            Some(credentials) => credentials,
            None => SharedCredentialsProvider::new(standard_chain(config.instance_metadata).await),
        };
        let credentials = SharedCredentialsProvider::new(Discreet(credentials));
        let identities = identities(config.call);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials.clone())
            .identity_cache(identities.clone())
            // It would take who waits for the budget for one who hangs. Our HTTP client ends
            // what is silent.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = config.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let sdk = loader.load().await;
        let attempts = config.max_attempts.unwrap_or_else(|| {
            let said = sdk.retry_config().map_or(SDK_ATTEMPTS, RetryConfig::max_attempts);
            let explicit = said != SDK_ATTEMPTS || env::var_os("AWS_MAX_ATTEMPTS").is_some();
            if explicit { said } else { ATTEMPTS }
        });
        let retry = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(config.initial_backoff)
            .with_max_backoff(config.max_backoff);
        // The attempts have their limits in our HTTP client, where waiting for the budget
        // does not count.
        let timeout = TimeoutConfig::builder()
            .operation_timeout(config.call)
            .disable_operation_attempt_timeout()
            .disable_connect_timeout()
            .disable_read_timeout()
            .build();
        let base = Arc::new(Base {
            sdk,
            client: config.client.unwrap_or_else(|| Client::new(config.limits)),
            rates: config.rates,
            retry,
            timeout,
            patience: config.call,
            credentials,
            identities,
            calls: Arc::default(),
            caller: OnceCell::new(),
            sts: Cache::default(),
            lanes: Lanes::default(),
        });
        Self(Arc::new(Shared { base, accounts: Cache::default() }))
    }

    /// Whose credentials these are, without any role.
    ///
    /// # Errors
    /// Where there are no credentials, or AWS does not accept them.
    pub async fn caller(&self) -> Result<Caller, Error> {
        self.0.base.caller().await
    }

    /// The enabled regions of an account, sorted.
    ///
    /// # Errors
    /// Where `ec2:DescribeRegions` fails.
    #[cfg(feature = "ec2")]
    pub async fn regions(&self, account: &Account) -> Result<Vec<String>, watch::Error> {
        let client = self.ec2(account, self.0.base.home(settings::partition(account)));
        let answer = client.describe_regions().all_regions(false).send().await;
        let answer = answer.map_err(|error| error::failed("ec2:DescribeRegions", &error))?;
        let mut names: Vec<_> = answer
            .regions
            .unwrap_or_default()
            .into_iter()
            .filter_map(|region| region.region_name)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Whether the service of an endpoint prefix may exist in a region: false only where
    /// AWS's own table knows the region and leaves the service out. With an endpoint of
    /// one's own, every service exists everywhere.
    ///
    /// See [`Service::endpoint_prefix`](service::Service::endpoint_prefix).
    #[must_use]
    pub fn serves(&self, endpoint_prefix: &str, region: &str) -> bool {
        self.has_endpoint() || region::serves(endpoint_prefix, region)
    }

    fn has_endpoint(&self) -> bool {
        self.0.base.sdk.endpoint_url().is_some()
    }

    /// S3 of an account in a region: a bucket is asked about in its own. Buckets are
    /// listed in the partition's home region, see [`Sessions::s3_home`].
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3(&self, account: &Account, region: &str) -> aws_sdk_s3::Client {
        let clients = self.clients(account);
        clients.s3.get_or(place(account, region), |place| {
            let way = clients.way(&self.0.base, &service::S3, account, place);
            let builder = client!(&self.0.base, aws_sdk_s3, way);
            // Endpoints of one's own seldom have a name per bucket.
            let builder = builder.force_path_style(self.has_endpoint());
            aws_sdk_s3::Client::from_conf(builder.build())
        })
    }

    /// S3 of an account where its buckets are listed.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3_home(&self, account: &Account) -> aws_sdk_s3::Client {
        self.s3(account, self.0.base.home(settings::partition(account)))
    }

    /// S3 Control of an account, for what S3 keeps per account.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3control(&self, account: &Account) -> aws_sdk_s3control::Client {
        let clients = self.clients(account);
        clients.s3control.get_or(self.home(account), |place| {
            let way = clients.way(&self.0.base, &service::S3_CONTROL, account, place);
            let builder = client!(&self.0.base, aws_sdk_s3control, way);
            let builder = match self.0.base.sdk.endpoint_url() {
                Some(url) => builder.endpoint_resolver(clients::AsItIs(url.to_owned())),
                None => builder,
            };
            aws_sdk_s3control::Client::from_conf(builder.build())
        })
    }

    /// Drops all that is kept for an account: clients, credentials, budgets. Clients that
    /// were handed out go on working; what was learned about the account's services is
    /// learned anew.
    pub fn forget(&self, account: &Account) {
        lock(&self.0.accounts.0).remove(&account.id);
    }

    /// Whose calls wait for their budget at the moment, the longest wait first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        let mut waiting = self.0.base.lanes.waiting(None);
        for (account, clients) in &*lock(&self.0.accounts.0) {
            waiting.extend(clients.lanes.waiting(Some(account)));
        }
        waiting.sort_by(|a, b| {
            let place = |one: &Waiting| (one.account.clone(), one.service, one.region.clone());
            b.wait.cmp(&a.wait).then_with(|| place(a).cmp(&place(b)))
        });
        waiting
    }

    /// Holds a time against what the first answers of AWS told, as every watcher here does.
    #[must_use]
    pub fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.0.base.client.heard().check(time, Instant::now())
    }

    /// The requests sent so far, retries included.
    #[must_use]
    pub fn api_calls(&self) -> u64 {
        lock(&self.0.base.calls).values().sum()
    }

    /// The requests so far that AWS throttled.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.0.base.client.throttled()
    }

    /// The requests sent so far by operation (`ec2:DescribeRegions`), retries included.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        lock(&self.0.base.calls).clone()
    }

    fn clients(&self, account: &Account) -> Arc<Clients> {
        self.0.accounts.get_or(account.id.clone(), |_| Arc::default())
    }

    /// Where an account's global services are asked.
    /// The region in which the global services of an account's partition live, and its events
    /// of them.
    #[must_use]
    pub fn home_region(&self, account: &Account) -> &str {
        self.0.base.home(settings::partition(account))
    }

    fn home(&self, account: &Account) -> Place {
        place(account, self.0.base.home(settings::partition(account)))
    }
}

fn place(account: &Account, region: &str) -> Place {
    (Access::to(account), region.to_owned())
}

#[cfg(all(test, feature = "ec2", feature = "s3"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_kept_of_an_account_that_is_forgotten() {
        let config =
            Config { endpoint: Some("http://127.0.0.1:1".to_owned()), ..Config::default() };
        let sessions = Sessions::load(config).await;
        let account = |id: &str| Account::new(crate::AWS, id.parse().unwrap(), id);
        let (done, other) = (account("123456789012"), account("210987654321"));
        for region in ["eu-west-1", "us-east-1"] {
            let _ = (sessions.ec2(&done, region), sessions.s3(&done, region));
            let _ = sessions.ec2(&other, region);
        }
        let kept = Arc::downgrade(&sessions.clients(&done));
        sessions.forget(&done);
        assert_eq!(kept.strong_count(), 0);
        let left: Vec<_> = lock(&sessions.0.accounts.0).keys().cloned().collect();
        assert_eq!(left, [other.id]);
        // Whoever asks again is served again.
        let _ = sessions.ec2(&done, "eu-west-1");
    }
}
