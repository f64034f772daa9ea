//! Access to accounts: credentials, roles, and SDK clients that share one way to ask.
//!
//! [`Sessions`] hands out a client per account, region and service. All of them read
//! through one HTTP client ([`crate::http`]), wait for one [`Budget`] per account, region
//! and service, retry in the SDK's *standard* mode with a quota of their own, and count
//! their calls.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
#[cfg(feature = "s3")]
use aws_smithy_runtime_api::client::endpoint::EndpointFuture;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
#[cfg(feature = "s3")]
use aws_smithy_types::endpoint::Endpoint;
use secmonkey_core::account::{Account, AccountId};
#[cfg(feature = "ec2")]
use secmonkey_core::watch;
use tokio::sync::OnceCell;

use crate::budget::{Budget, Rate};
#[cfg(feature = "ec2")]
use crate::error;
use crate::http::{self, Client, Limits};
use crate::region;

mod credentials;

use credentials::{Entry, not_entered, standard_chain};

/// The session name under which roles are assumed, as `CloudTrail` shows it.
pub const SESSION_NAME: &str = "secmonkey";

/// How to reach AWS. The default is right outside of tests.
#[derive(Debug, Clone)]
pub struct Config {
    /// Attempts per call, the first included. `None`: what `AWS_MAX_ATTEMPTS` or the
    /// profile says, else 8.
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
    /// How many calls a service takes to begin with, by its name: `ec2`.
    pub rate: fn(&str) -> Rate,
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
            max_backoff: Duration::from_secs(20),
            call: Duration::from_mins(5),
            instance_metadata: Duration::from_secs(1),
            limits: Limits::default(),
            rate: Rate::of,
            client: None,
            credentials: None,
            endpoint: None,
        }
    }
}

/// Attempts per call where nobody says otherwise: throttling of a busy account passes
/// within a minute, which the SDK's three do not wait for.
const ATTEMPTS: u32 = 8;
/// The SDK's own number of attempts, which tells that nobody said otherwise.
const SDK_ATTEMPTS: u32 = 3;

/// Why an account cannot be accessed. One line each: what failed, on what, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody provides credentials.
    #[error("no AWS credentials; looked for them in {0}")]
    Missing(String),
    /// Credentials are configured and cannot be used.
    #[error("the AWS credentials cannot be used: {0}")]
    Unusable(String),
    /// Credentials had a time and it is over.
    #[error("the AWS credentials have expired: {0}")]
    Expired(String),
    /// AWS does not accept the credentials.
    #[error("AWS does not accept the credentials: {0}")]
    Refused(String),
    /// The role of the account cannot be assumed.
    #[error("cannot assume {role}: {reason}")]
    Role {
        /// The role's ARN.
        role: String,
        /// What AWS said.
        reason: String,
    },
    /// What would be read belongs to another account.
    #[error("the credentials for account {expected} are of account {actual}")]
    OtherAccount {
        /// The account that is meant.
        expected: AccountId,
        /// The account the credentials are of.
        actual: String,
    },
    /// AWS could not be asked who we are.
    #[error("cannot ask AWS whose credentials these are: {0}")]
    Unreachable(String),
}

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
/// use secmonkey_aws::session::{Config, Sessions};
/// use secmonkey_core::account::Account;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = Sessions::load(Config::default()).await;
/// let caller = sessions.caller().await?;
/// let account = Account::new(caller.account, "mine");
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
    providers: Cache<Access, SharedCredentialsProvider>,
    #[cfg(feature = "ec2")]
    ec2: Cache<Place, aws_sdk_ec2::Client>,
    #[cfg(feature = "iam")]
    iam: Cache<Place, aws_sdk_iam::Client>,
    #[cfg(feature = "s3")]
    s3: Cache<Place, aws_sdk_s3::Client>,
    #[cfg(feature = "s3")]
    s3control: Cache<Place, aws_sdk_s3control::Client>,
    #[cfg(feature = "ses")]
    ses: Cache<Place, aws_sdk_ses::Client>,
}

/// What all clients are made of, and what the ways into accounts need. The clients hold
/// it, so it holds none of them.
#[derive(Debug)]
struct Base {
    sdk: SdkConfig,
    client: Client,
    rate: fn(&str) -> Rate,
    retry: RetryConfig,
    timeout: TimeoutConfig,
    credentials: SharedCredentialsProvider,
    identities: SharedIdentityCache,
    calls: Arc<Mutex<BTreeMap<String, u64>>>,
    caller: OnceCell<Caller>,
    sts: Cache<String, aws_sdk_sts::Client>,
}

/// How an account is accessed: all that tells one set of credentials from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Access {
    account: AccountId,
    role: Option<String>,
    external_id: Option<String>,
}

/// Access in one region.
type Place = (Access, String);

/// What was made once and is handed out again.
#[derive(Debug)]
struct Cache<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    fn get_or(&self, key: K, make: impl FnOnce(&K) -> V) -> V {
        let mut known = lock(&self.0);
        if let Some(value) = known.get(&key) {
            return value.clone();
        }
        let value = make(&key);
        known.insert(key, value.clone());
        value
    }
}

/// What the mutexes here hold is whole between any two steps, whoever panicked meanwhile.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client of one SDK crate for `$who` in `$region`. The crates' builders are alike and
/// share no trait.
macro_rules! client {
    ($base:expr, $sdk:ident, $service:literal, $who:expr, $region:expr, $credentials:expr) => {{
        let budget = Arc::new(Budget::new(($base.rate)($service), Instant::now()));
        let mut builder = $sdk::config::Builder::from(&$base.sdk)
            .region(Region::new($region.to_owned()))
            .http_client($base.client.within(budget))
            .retry_config($base.retry.clone())
            .retry_partition(retry_partition(&format!("{}/{}/{}", $who, $region, $service)))
            .retry_classifier(Missed)
            .timeout_config($base.timeout.clone())
            .identity_cache($base.identities.clone())
            .interceptor(Count { service: $service, calls: $base.calls.clone() });
        // Not the setter that takes any provider: it would give each client a cache of its
        // own, and assume the role once for each.
        builder.set_credentials_provider(Some($credentials));
        builder
    }};
}

/// What the retries of one account, region and service may cost together before failures
/// are taken as they are: a hundred retries. One is won back every five seconds, or by
/// five calls that succeed.
fn retry_partition(name: &str) -> RetryPartition {
    let quota = TokenBucket::builder()
        .capacity(500)
        .retry_cost(5)
        .throttling_retry_cost(5)
        .timeout_retry_cost(10)
        .refill_rate(1.0)
        .build();
    RetryPartition::custom(name.to_owned()).token_bucket(quota).build()
}

impl Base {
    async fn caller(&self) -> Result<Caller, Error> {
        self.caller.get_or_try_init(|| self.ask_caller()).await.cloned()
    }

    async fn ask_caller(&self) -> Result<Caller, Error> {
        let answer = self.sts(self.region()).get_caller_identity().send().await;
        let answer =
            answer.map_err(|error| not_entered("sts:GetCallerIdentity", &error, Error::Refused))?;
        let arn = answer.arn().unwrap_or_default().to_owned();
        let account = answer.account().unwrap_or_default();
        Ok(Caller {
            account: account.parse().map_err(|_| {
                Error::Unreachable(format!("the answer names no account: `{account}`"))
            })?,
            partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            arn,
        })
    }

    /// The region where a partition's global services are asked.
    fn home<'a>(&'a self, partition: &str) -> &'a str {
        region::home(partition).unwrap_or_else(|| self.region())
    }

    /// The region that environment and profile name.
    fn region(&self) -> &str {
        self.sdk.region().map_or("us-east-1", Region::as_ref)
    }

    /// STS with the credentials as they are: this is how accounts are entered.
    fn sts(&self, region: &str) -> aws_sdk_sts::Client {
        self.sts.get_or(region.to_owned(), |region| {
            let credentials = self.credentials.clone();
            let builder = client!(self, aws_sdk_sts, "sts", "caller", region, credentials);
            aws_sdk_sts::Client::from_conf(builder.build())
        })
    }
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
        // The standard chain caches nothing: without this cache every assumed role and
        // every client would read the profile and ask the metadata service anew.
        let identities = IdentityCache::lazy().load_timeout(config.call).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials.clone())
            .identity_cache(identities.clone());
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
            rate: config.rate,
            retry,
            timeout,
            credentials,
            identities,
            calls: Arc::default(),
            caller: OnceCell::new(),
            sts: Cache::default(),
        });
        Self(Arc::new(Shared {
            base,
            providers: Cache::default(),
            #[cfg(feature = "ec2")]
            ec2: Cache::default(),
            #[cfg(feature = "iam")]
            iam: Cache::default(),
            #[cfg(feature = "s3")]
            s3: Cache::default(),
            #[cfg(feature = "s3")]
            s3control: Cache::default(),
            #[cfg(feature = "ses")]
            ses: Cache::default(),
        }))
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
        let client = self.ec2(account, self.0.base.home(&account.partition));
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

    /// Whether a service may exist in a region: false only where AWS's own table knows
    /// the region and leaves the service out. With an endpoint of one's own, every
    /// service exists everywhere.
    #[must_use]
    pub fn serves(&self, service: &str, region: &str) -> bool {
        self.has_endpoint() || region::serves(service, region)
    }

    fn has_endpoint(&self) -> bool {
        self.0.base.sdk.endpoint_url().is_some()
    }

    /// EC2 of an account in a region.
    #[cfg(feature = "ec2")]
    #[must_use]
    pub fn ec2(&self, account: &Account, region: &str) -> aws_sdk_ec2::Client {
        self.0.ec2.get_or(place(account, region), |(access, region)| {
            let credentials = self.credentials(account);
            let builder =
                client!(self.0.base, aws_sdk_ec2, "ec2", access.account, region, credentials);
            aws_sdk_ec2::Client::from_conf(builder.build())
        })
    }

    /// IAM of an account, which is one for all regions.
    #[cfg(feature = "iam")]
    #[must_use]
    pub fn iam(&self, account: &Account) -> aws_sdk_iam::Client {
        let region = self.0.base.home(&account.partition);
        self.0.iam.get_or(place(account, region), |(access, region)| {
            let credentials = self.credentials(account);
            let builder =
                client!(self.0.base, aws_sdk_iam, "iam", access.account, region, credentials);
            aws_sdk_iam::Client::from_conf(builder.build())
        })
    }

    /// S3 of an account in a region: a bucket is asked about in its own. Buckets are
    /// listed in the partition's home region, see [`Sessions::s3_home`].
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3(&self, account: &Account, region: &str) -> aws_sdk_s3::Client {
        self.0.s3.get_or(place(account, region), |(access, region)| {
            let credentials = self.credentials(account);
            let builder =
                client!(self.0.base, aws_sdk_s3, "s3", access.account, region, credentials);
            // Endpoints of one's own seldom have a name per bucket.
            let builder = builder.force_path_style(self.has_endpoint());
            aws_sdk_s3::Client::from_conf(builder.build())
        })
    }

    /// S3 of an account where its buckets are listed.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3_home(&self, account: &Account) -> aws_sdk_s3::Client {
        self.s3(account, self.0.base.home(&account.partition))
    }

    /// S3 Control of an account, for what S3 keeps per account.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3control(&self, account: &Account) -> aws_sdk_s3control::Client {
        let region = self.0.base.home(&account.partition);
        self.0.s3control.get_or(place(account, region), |(access, region)| {
            let credentials = self.credentials(account);
            let builder = client!(
                self.0.base,
                aws_sdk_s3control,
                "s3control",
                access.account,
                region,
                credentials
            );
            let builder = match self.0.base.sdk.endpoint_url() {
                Some(url) => builder.endpoint_resolver(AsItIs(url.to_owned())),
                None => builder,
            };
            aws_sdk_s3control::Client::from_conf(builder.build())
        })
    }

    /// SES of an account in a region.
    #[cfg(feature = "ses")]
    #[must_use]
    pub fn ses(&self, account: &Account, region: &str) -> aws_sdk_ses::Client {
        self.0.ses.get_or(place(account, region), |(access, region)| {
            let credentials = self.credentials(account);
            let builder =
                client!(self.0.base, aws_sdk_ses, "ses", access.account, region, credentials);
            aws_sdk_ses::Client::from_conf(builder.build())
        })
    }

    /// The requests sent so far, retries included.
    #[must_use]
    pub fn api_calls(&self) -> u64 {
        lock(&self.0.base.calls).values().sum()
    }

    /// The requests sent so far by operation (`ec2:DescribeRegions`), retries included.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        lock(&self.0.base.calls).clone()
    }

    fn credentials(&self, account: &Account) -> SharedCredentialsProvider {
        self.0.providers.get_or(access(account), |_| {
            SharedCredentialsProvider::new(Entry::new(self.0.base.clone(), account.clone()))
        })
    }
}

/// An endpoint of one's own for S3 Control. The SDK would put the account before its name,
/// as AWS has it: `123456789012.localhost`, which nobody finds.
#[cfg(feature = "s3")]
#[derive(Debug)]
struct AsItIs(String);

#[cfg(feature = "s3")]
impl aws_sdk_s3control::config::endpoint::ResolveEndpoint for AsItIs {
    fn resolve_endpoint<'a>(
        &'a self,
        _params: &'a aws_sdk_s3control::config::endpoint::Params,
    ) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}

fn access(account: &Account) -> Access {
    Access {
        account: account.id.clone(),
        role: role_arn(account),
        external_id: account.external_id.clone(),
    }
}

fn place(account: &Account, region: &str) -> Place {
    (access(account), region.to_owned())
}

/// The ARN of the role to assume: the role is registered by name or by ARN.
fn role_arn(account: &Account) -> Option<String> {
    let role = account.role.as_deref()?;
    Some(if role.starts_with("arn:") {
        role.to_owned()
    } else {
        let name = role.trim_start_matches('/');
        format!("arn:{}:iam::{}:role/{name}", account.partition, account.id)
    })
}

/// Counts requests by operation.
#[derive(Debug)]
struct Count {
    service: &'static str,
    calls: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Intercept for Count {
    fn name(&self) -> &'static str {
        "Count"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let name =
            bag.load::<Metadata>().map_or(Cow::Borrowed("?"), |m| m.name().to_owned().into());
        *lock(&self.calls).entry(format!("{}:{name}", self.service)).or_default() += 1;
        Ok(())
    }
}

/// Retries what the SDK's classifiers miss: throttling by status or by codes they do not
/// know, and every server error but "not implemented".
#[derive(Debug)]
struct Missed;

impl ClassifyRetry for Missed {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        let status = response.status().as_u16();
        if http::throttled(status, response.body().bytes().unwrap_or_default()) {
            RetryAction::throttling_error()
        } else if status >= 500 && !matches!(status, 501 | 505) {
            RetryAction::server_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "Missed"
    }

    fn priority(&self) -> RetryClassifierPriority {
        // After the SDK's: what it calls a transient error may be throttling.
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
