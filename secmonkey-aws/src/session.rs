//! Access to accounts: credentials, roles, and SDK clients that share one way to ask.
//!
//! [`Sessions`] hands out a client per account, region and service. All of them read
//! through one HTTP client ([`crate::http`]), wait for one [`Budget`] per account, region
//! and service, retry in the SDK's *standard* mode with a quota of their own, and count
//! their calls.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::error::Error as StdError;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::ProviderChainError;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
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
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
#[cfg(feature = "s3")]
use aws_smithy_types::endpoint::Endpoint;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::watch;
use tokio::sync::OnceCell;

use crate::budget::{Budget, Rate};
use crate::http::{self, Client, Limits};
use crate::{error, region};

/// The session name under which roles are assumed, as CloudTrail shows it.
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
            call: Duration::from_secs(300),
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
/// How long a refused access is not asked for again: every call of an account would.
const REFUSED: Duration = Duration::from_secs(60);

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
#[derive(Debug, Clone)]
pub struct Sessions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sdk: SdkConfig,
    client: Client,
    rate: fn(&str) -> Rate,
    retry: RetryConfig,
    timeout: TimeoutConfig,
    base: SharedCredentialsProvider,
    identities: SharedIdentityCache,
    caller: OnceCell<Caller>,
    providers: Cache<Access, SharedCredentialsProvider>,
    calls: Arc<Mutex<BTreeMap<String, u64>>>,
    sts: Cache<Place, aws_sdk_sts::Client>,
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

/// How an account is accessed: all that tells one set of credentials from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Access {
    account: AccountId,
    role: Option<String>,
    external_id: Option<String>,
}

/// Access in one region; without an account, with the credentials as they are.
type Place = (Option<Access>, String);

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

/// A client of one SDK crate. The crates' builders are alike and share no trait.
macro_rules! client {
    ($shared:expr, $sdk:ident, $service:literal, $place:expr, $credentials:expr) => {{
        let (access, region): &Place = $place;
        let budget = Arc::new(Budget::new(($shared.rate)($service), Instant::now()));
        let account = access.as_ref().map_or("caller", |access| access.account.as_str());
        let partition = RetryPartition::custom(format!("{account}/{region}/{}", $service))
            .token_bucket(TokenBucket::new(RETRY_QUOTA))
            .build();
        let mut builder = $sdk::config::Builder::from(&$shared.sdk)
            .region(Region::new(region.clone()))
            .http_client($shared.client.within(budget))
            .retry_config($shared.retry.clone())
            .retry_partition(partition)
            .retry_classifier(Missed)
            .timeout_config($shared.timeout.clone())
            .identity_cache($shared.identities.clone())
            .interceptor(Count { service: $service, calls: $shared.calls.clone() });
        // Not the setter that takes any provider: it would give each client a cache of its
        // own, and assume the role once for each.
        builder.set_credentials_provider(Some($credentials));
        builder
    }};
}

/// What retries may cost in one account, region and service before the failures there
/// are taken as they are: a hundred, and one more for every five calls that succeed.
const RETRY_QUOTA: usize = 500;

impl Sessions {
    /// Reads environment and profile. Asks nobody.
    pub async fn load(config: Config) -> Self {
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .or_else(Region::from_static("us-east-1"));
        let base = match config.credentials {
            Some(credentials) => credentials,
            None => SharedCredentialsProvider::new(standard_chain(config.instance_metadata).await),
        };
        // The standard chain caches nothing: without this cache every assumed role and
        // every client would read the profile and ask the metadata service anew.
        let identities = IdentityCache::lazy().load_timeout(config.call).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(base.clone())
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
        Self(Arc::new(Shared {
            sdk,
            rate: config.rate,
            client: config.client.unwrap_or_else(|| Client::new(config.limits)),
            retry,
            timeout,
            base,
            identities,
            caller: OnceCell::new(),
            providers: Cache::default(),
            calls: Arc::default(),
            sts: Cache::default(),
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
        self.0.caller.get_or_try_init(|| self.ask_caller()).await.cloned()
    }

    async fn ask_caller(&self) -> Result<Caller, Error> {
        let answer = self.sts(None).get_caller_identity().send().await;
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

    /// The enabled regions of an account, sorted.
    ///
    /// # Errors
    /// Where `ec2:DescribeRegions` fails.
    #[cfg(feature = "ec2")]
    pub async fn regions(&self, account: &Account) -> Result<Vec<String>, watch::Error> {
        let client = self.ec2(account, self.home(&account.partition));
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

    /// The region where a partition's global services are asked.
    fn home<'a>(&'a self, partition: &str) -> &'a str {
        region::home(partition)
            .or_else(|| self.0.sdk.region().map(Region::as_ref))
            .unwrap_or("us-east-1")
    }

    fn has_endpoint(&self) -> bool {
        self.0.sdk.endpoint_url().is_some()
    }

    /// STS of an account; without one, with the credentials as they are.
    fn sts(&self, account: Option<&Account>) -> aws_sdk_sts::Client {
        let region = match account {
            Some(account) => self.home(&account.partition),
            None => self.0.sdk.region().map_or("us-east-1", Region::as_ref),
        };
        // Always with the base credentials: this is how an account is entered.
        self.0.sts.get_or((None, region.to_owned()), |place| {
            let builder = client!(self.0, aws_sdk_sts, "sts", place, self.0.base.clone());
            aws_sdk_sts::Client::from_conf(builder.build())
        })
    }

    /// EC2 of an account in a region.
    #[cfg(feature = "ec2")]
    #[must_use]
    pub fn ec2(&self, account: &Account, region: &str) -> aws_sdk_ec2::Client {
        self.0.ec2.get_or(place(account, region), |place| {
            let builder = client!(self.0, aws_sdk_ec2, "ec2", place, self.credentials(account));
            aws_sdk_ec2::Client::from_conf(builder.build())
        })
    }

    /// IAM of an account, which is one for all regions.
    #[cfg(feature = "iam")]
    #[must_use]
    pub fn iam(&self, account: &Account) -> aws_sdk_iam::Client {
        self.0.iam.get_or(place(account, self.home(&account.partition)), |place| {
            let builder = client!(self.0, aws_sdk_iam, "iam", place, self.credentials(account));
            aws_sdk_iam::Client::from_conf(builder.build())
        })
    }

    /// S3 of an account in a region: a bucket is asked about in its own. Buckets are
    /// listed in the partition's home region, see [`Sessions::s3_home`].
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3(&self, account: &Account, region: &str) -> aws_sdk_s3::Client {
        // Endpoints of one's own seldom have a name per bucket.
        let by_path = self.has_endpoint();
        self.0.s3.get_or(place(account, region), |place| {
            let builder = client!(self.0, aws_sdk_s3, "s3", place, self.credentials(account));
            aws_sdk_s3::Client::from_conf(builder.force_path_style(by_path).build())
        })
    }

    /// S3 of an account where its buckets are listed.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3_home(&self, account: &Account) -> aws_sdk_s3::Client {
        self.s3(account, self.home(&account.partition))
    }

    /// S3 Control of an account, for what S3 keeps per account.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3control(&self, account: &Account) -> aws_sdk_s3control::Client {
        self.0.s3control.get_or(place(account, self.home(&account.partition)), |place| {
            let credentials = self.credentials(account);
            let mut builder = client!(self.0, aws_sdk_s3control, "s3control", place, credentials);
            if let Some(url) = self.0.sdk.endpoint_url() {
                builder = builder.endpoint_resolver(AsItIs(url.to_owned()));
            }
            aws_sdk_s3control::Client::from_conf(builder.build())
        })
    }

    /// SES of an account in a region.
    #[cfg(feature = "ses")]
    #[must_use]
    pub fn ses(&self, account: &Account, region: &str) -> aws_sdk_ses::Client {
        self.0.ses.get_or(place(account, region), |place| {
            let builder = client!(self.0, aws_sdk_ses, "ses", place, self.credentials(account));
            aws_sdk_ses::Client::from_conf(builder.build())
        })
    }

    /// The requests sent so far, retries included.
    #[must_use]
    pub fn api_calls(&self) -> u64 {
        lock(&self.0.calls).values().sum()
    }

    /// The requests sent so far by operation (`ec2:DescribeRegions`), retries included.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        lock(&self.0.calls).clone()
    }

    fn credentials(&self, account: &Account) -> SharedCredentialsProvider {
        self.0.providers.get_or(access(account), |_| {
            SharedCredentialsProvider::new(Entry {
                sessions: self.clone(),
                account: account.clone(),
                refused: Mutex::new(None),
            })
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
    (Some(access(account)), region.to_owned())
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

/// The way into one account: its role, or the credentials as they are once it is proven
/// that they belong to it. What is read is recorded under the account's id.
#[derive(Debug)]
struct Entry {
    sessions: Sessions,
    account: Account,
    refused: Mutex<Option<(Instant, Error)>>,
}

impl ProvideCredentials for Entry {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

impl Entry {
    async fn provide(&self) -> provider::Result {
        let refused = lock(&self.refused).clone();
        if let Some((at, error)) = refused
            && at.elapsed() < REFUSED
        {
            return Err(CredentialsError::provider_error(error));
        }
        self.enter().await.map_err(|error| {
            if !matches!(error, Error::Unreachable(_)) {
                *lock(&self.refused) = Some((Instant::now(), error.clone()));
            }
            CredentialsError::provider_error(error)
        })
    }

    async fn enter(&self) -> Result<Credentials, Error> {
        let Some(role) = role_arn(&self.account) else {
            let caller = self.sessions.caller().await?;
            self.belongs(caller.account.as_str())?;
            return self.sessions.0.base.provide_credentials().await.map_err(|e| unusable(&e));
        };
        let answer = self
            .sessions
            .sts(Some(&self.account))
            .assume_role()
            .role_arn(&role)
            .role_session_name(SESSION_NAME)
            .set_external_id(self.account.external_id.clone())
            .send()
            .await;
        let denied = |reason| Error::Role { role: role.clone(), reason };
        let answer = answer.map_err(|error| not_entered("sts:AssumeRole", &error, denied))?;
        if let Some(user) = answer.assumed_role_user() {
            self.belongs(user.arn().split(':').nth(4).unwrap_or_default())?;
        }
        let Some(given) = answer.credentials else {
            return Err(denied("the answer holds no credentials".to_owned()));
        };
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "AssumeRole",
        ))
    }

    fn belongs(&self, actual: &str) -> Result<(), Error> {
        if actual == self.account.id.as_str() {
            return Ok(());
        }
        Err(Error::OtherAccount { expected: self.account.id.clone(), actual: actual.to_owned() })
    }
}

/// The standard chain, which gives up on the instance metadata service early.
async fn standard_chain(patience: Duration) -> DefaultCredentialsChain {
    let metadata = imds::Client::builder()
        .configure(&ProviderConfig::default())
        .max_attempts(1)
        .connect_timeout(patience)
        .read_timeout(patience)
        .operation_attempt_timeout(patience)
        .operation_timeout(patience)
        .build();
    DefaultCredentialsChain::builder()
        .imds_client(metadata)
        // Else the region, too, would be asked of the instance metadata service.
        .region(
            RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
                .or_else(ProfileFileRegionProvider::new()),
        )
        .build()
        .await
}

/// Why STS did not let us in: `refused` makes the error where it answered and said no.
fn not_entered<E>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
    refused: impl FnOnce(String) -> Error,
) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(error) = error::find::<CredentialsError>(error) {
        return unusable(error);
    }
    let watch::Error { cause, reason, .. } = error::failed(operation, error);
    match (error::code(error), cause) {
        (Some(code), _) if error::is_expired(code) => Error::Expired(reason),
        (_, watch::Cause::Denied | watch::Cause::Credentials | watch::Cause::Other) => {
            refused(reason)
        }
        _ => Error::Unreachable(reason),
    }
}

/// What the chain's complaint means to the person in front of it.
fn unusable(error: &CredentialsError) -> Error {
    if let Some(known) = error::find::<Error>(error) {
        return known.clone();
    }
    // Where nobody provides any, the profile may have said why it does not.
    let chain = error::find::<ProviderChainError<CredentialsError>>(error);
    let tried = chain.and_then(|chain| chain.attempts().iter().find(|one| one.name() == "Profile"));
    let said = tried.and_then(|tried| tried.error().source()).map(error::chain);
    let reason = said.clone().unwrap_or_else(|| error::chain(error));
    if reason.contains("SSO") {
        let login = match variable("AWS_PROFILE") {
            Some(profile) => format!("aws sso login --profile {profile}"),
            None => "aws sso login".to_owned(),
        };
        return Error::Expired(format!("{reason}; run `{login}`"));
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Error::Missing(places(said, None)),
        // The last place of all: nobody else had any.
        _ if reason.contains("IMDS") => Error::Missing(places(None, Some(reason))),
        _ if reason.contains("expired") => Error::Expired(reason),
        _ => Error::Unusable(reason),
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the standard chain looked, and what the profile and the instance metadata
/// service said.
fn places(profile: Option<String>, metadata: Option<String>) -> String {
    let name = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let config = variable("AWS_CONFIG_FILE").unwrap_or_else(|| "~/.aws/config".to_owned());
    let shared =
        variable("AWS_SHARED_CREDENTIALS_FILE").unwrap_or_else(|| "~/.aws/credentials".to_owned());
    let off = variable("AWS_EC2_METADATA_DISABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let profile = profile.unwrap_or_else(|| "keys, SSO, role, process".to_owned());
    let metadata =
        metadata.unwrap_or_else(|| if off { "switched off" } else { "not there" }.to_owned());
    format!(
        "the environment (AWS_ACCESS_KEY_ID), profile `{name}` of {config} and {shared} \
         ({profile}), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the container \
         (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) and the instance metadata service ({metadata})"
    )
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
