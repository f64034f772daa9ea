//! What all clients are made of, and the ways into accounts.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use secmonkey_core::account::{Account, AccountId};
use tokio::sync::OnceCell;

use super::credentials::{Entry, not_entered};
use super::{Caller, Error, Waiting, calls, retry};
use crate::http::Client;
use crate::lane::Lane;
use crate::region;
use crate::service::{Rates, STS, Service};

/// What all clients are made of, and what the ways into accounts need. The clients hold
/// it, so it holds none of them but STS.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) sdk: SdkConfig,
    pub(super) client: Client,
    pub(super) rates: Rates,
    pub(super) retry: RetryConfig,
    pub(super) timeout: TimeoutConfig,
    /// How long it may take to enter an account.
    pub(super) patience: Duration,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) identities: SharedIdentityCache,
    pub(super) calls: Arc<Mutex<BTreeMap<String, u64>>>,
    pub(super) caller: OnceCell<Caller>,
    pub(super) sts: Cache<String, aws_sdk_sts::Client>,
    pub(super) lanes: Lanes,
}

/// Whose calls those are by which accounts are entered.
const CALLER: &str = "caller";

/// The way to one service: with whose credentials, and at what speed.
pub(super) struct Way {
    /// Whose: the account's id, or `caller` for those by which accounts are entered.
    pub(super) account: String,
    pub(super) service: &'static Service,
    pub(super) region: String,
    pub(super) lane: Arc<Lane>,
    pub(super) entrance: Entrance,
}

/// A client of one SDK crate. The crates' builders are alike and share no trait.
macro_rules! client {
    ($base:expr, $sdk:ident, $way:expr) => {{
        let (base, way): (&Base, Way) = ($base, $way);
        let mut builder = $sdk::config::Builder::from(&base.sdk)
            .region(Region::new(way.region.clone()))
            .http_client(base.client.by(Arc::clone(&way.lane)))
            .retry_config(base.retry.clone())
            .retry_partition(retry::partition(&way.lane.name))
            .retry_classifier(retry::Missed(Arc::clone(&way.lane.breaker)))
            .timeout_config(base.timeout.clone())
            .identity_cache(way.entrance.identities)
            .interceptor(calls::Calls {
                service: way.service.id,
                account: way.account,
                region: way.region,
                counted: Arc::clone(&base.calls),
            });
        // Not the setter that takes any provider: it would give each client a cache of its
        // own, and assume the role once for each.
        builder.set_credentials_provider(Some(way.entrance.credentials));
        builder
    }};
}
pub(super) use client;

impl Base {
    pub(super) async fn caller(&self) -> Result<Caller, Error> {
        self.caller.get_or_try_init(|| self.ask_caller()).await.cloned()
    }

    async fn ask_caller(&self) -> Result<Caller, Error> {
        check_endpoints()?;
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
    pub(super) fn home<'a>(&'a self, partition: &str) -> &'a str {
        region::home(partition).unwrap_or_else(|| self.region())
    }

    /// The region that environment and profile name.
    fn region(&self) -> &str {
        self.sdk.region().map_or("us-east-1", Region::as_ref)
    }

    /// STS with the credentials as they are: this is how accounts are entered.
    pub(super) fn sts(&self, region: &str) -> aws_sdk_sts::Client {
        self.sts.get_or(region.to_owned(), |region| {
            let way = Way {
                account: CALLER.to_owned(),
                service: &STS,
                region: region.clone(),
                lane: self.lanes.get(CALLER, &STS, region, &self.rates),
                entrance: Entrance {
                    credentials: self.credentials.clone(),
                    identities: self.identities.clone(),
                },
            };
            aws_sdk_sts::Client::from_conf(client!(self, aws_sdk_sts, way).build())
        })
    }
}

/// Refuses endpoints that are empty, where the SDK panics.
fn check_endpoints() -> Result<(), Error> {
    let empty = env::vars_os().find_map(|(name, url)| {
        let name = name.into_string().ok()?;
        (name.starts_with("AWS_ENDPOINT_URL") && url.is_empty()).then_some(name)
    });
    empty.map_or(Ok(()), |name| Err(Error::Endpoint(name)))
}

/// What gives the credentials of an account, and keeps them while they are good.
#[derive(Debug, Clone)]
pub(super) struct Entrance {
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) identities: SharedIdentityCache,
}

impl Entrance {
    pub(super) fn into(account: &Account, base: &Arc<Base>) -> Self {
        let entry = Entry::new(Arc::clone(base), account.clone());
        Self {
            credentials: SharedCredentialsProvider::new(entry),
            identities: identities(base.patience),
        }
    }
}

/// A cache of credentials: without one, every client would assume the role, or read the
/// profile and ask the metadata service, anew.
pub(super) fn identities(patience: Duration) -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(patience).build()
}

/// The lanes of one account, by region and service.
#[derive(Debug, Default)]
pub(super) struct Lanes(Cache<(String, &'static str), Arc<Lane>>);

impl Lanes {
    pub(super) fn get(
        &self,
        account: &str,
        service: &Service,
        region: &str,
        rates: &Rates,
    ) -> Arc<Lane> {
        self.0.get_or((region.to_owned(), service.id), |_| {
            let name = format!("{account}/{region}/{}", service.id);
            Arc::new(Lane::new(name, rates.of(service), now()))
        })
    }

    /// Which of them calls wait for.
    pub(super) fn waiting(&self, account: Option<&AccountId>) -> Vec<Waiting> {
        let now = now();
        let lanes = lock(&self.0.0);
        let waiting = lanes.iter().filter_map(|((region, service), lane)| {
            let wait = lane.budget.wait(now);
            (!wait.is_zero()).then(|| Waiting {
                account: account.cloned(),
                region: region.clone(),
                service,
                wait,
            })
        });
        waiting.collect()
    }
}

/// The time as the HTTP client tells it to budgets and breakers.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// What was made once and is handed out again.
#[derive(Debug)]
pub(super) struct Cache<K, V>(pub(super) Mutex<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    pub(super) fn get_or(&self, key: K, make: impl FnOnce(&K) -> V) -> V {
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
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
