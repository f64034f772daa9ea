//! Credentials: the standard chain, and the way from it into each account.

use std::env;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::meta::ProviderChainError;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmonkey_core::account::Account;
use secmonkey_core::{outside, watch};

use super::base::{Base, lock};
use super::{Error, SESSION_NAME};
use crate::settings::role_arn;
use crate::{cause, error, settings};

/// How long a refused access is not asked for again: every call of an account would.
const REFUSED: Duration = Duration::from_mins(1);

/// The way into one account: its role, or the credentials as they are once it is proven
/// that they belong to it. What is read is recorded under the account's id.
#[derive(Debug)]
pub(super) struct Entry {
    base: Arc<Base>,
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
    pub(super) fn new(base: Arc<Base>, account: Account) -> Self {
        Self { base, account, refused: Mutex::new(None) }
    }

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
            let caller = self.base.caller().await?;
            self.belongs(caller.account.as_str())?;
            return self.base.credentials.provide_credentials().await.map_err(|e| unusable(&e));
        };
        let answer = self
            .base
            .sts(self.base.home(settings::partition(&self.account)))
            .assume_role()
            .role_arn(&role)
            .role_session_name(SESSION_NAME)
            .set_external_id(settings::external_id(&self.account).map(str::to_owned))
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
        Ok(kept_out(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "AssumeRole",
        )))
    }

    fn belongs(&self, actual: &str) -> Result<(), Error> {
        if actual == self.account.id.as_str() {
            return Ok(());
        }
        Err(Error::OtherAccount { expected: self.account.id.clone(), actual: actual.to_owned() })
    }
}

/// Gives what another gives, and keeps its secrets out of all that is said from then on.
#[derive(Debug)]
pub(super) struct Discreet(pub(super) SharedCredentialsProvider);

impl ProvideCredentials for Discreet {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.0.provide_credentials().await.map(kept_out) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

fn kept_out(credentials: Credentials) -> Credentials {
    outside::keep_out(credentials.secret_access_key());
    if let Some(token) = credentials.session_token() {
        outside::keep_out(token);
    }
    credentials
}

/// The standard chain, which gives up on the instance metadata service early.
pub(super) async fn standard_chain(patience: Duration) -> DefaultCredentialsChain {
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
pub(super) fn not_entered<E>(
    operation: &'static str,
    error: &SdkError<E, HttpResponse>,
    refused: impl FnOnce(String) -> Error,
) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(error) = cause::find::<CredentialsError>(error) {
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
    if let Some(known) = cause::find::<Error>(error) {
        return known.clone();
    }
    // Where nobody provides any, the profile may have said why it does not.
    let chain = cause::find::<ProviderChainError<CredentialsError>>(error);
    let tried = chain.and_then(|chain| chain.attempts().iter().find(|one| one.name() == "Profile"));
    let said = tried.and_then(|tried| tried.error().source()).map(cause::chain);
    // The outermost error says only that there is one.
    let cause = || error.source().map_or_else(|| error.to_string(), cause::chain);
    let reason = said.clone().unwrap_or_else(cause);
    if let Some(failed) = process(&reason) {
        return Error::Unusable(failed);
    }
    if reason.contains("SSO") {
        let login = match variable("AWS_PROFILE") {
            Some(profile) => format!("aws sso login --profile {profile}"),
            None => "aws sso login".to_owned(),
        };
        let reason = format!("{reason}; run `{login}`");
        let expired = reason.contains("expired");
        return if expired { Error::Expired(reason) } else { Error::Unusable(reason) };
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Error::Missing(places(said, None)),
        // The last place of all: nobody else had any.
        _ if reason.contains("IMDS") => Error::Missing(places(None, Some(reason))),
        _ if reason.contains("expired") => Error::Expired(reason),
        _ if reason.contains("profile file") => {
            let (config, shared) = profile_files();
            Error::Unusable(format!("{reason} ({config} or {shared})"))
        }
        _ => Error::Unusable(reason),
    }
}

/// Why a `credential_process` gave no credentials, without a word of its output: the SDK
/// repeats that, and it is there to print secrets.
fn process(reason: &str) -> Option<String> {
    let (_, said) = reason.split_once("external process")?;
    let why = if let Some((_, exited)) = said.split_once("exited with code ") {
        let status = exited.split(". Stderr").next().unwrap_or_default();
        format!("failed with {}", status.trim_start_matches("exit status: "))
    } else if let Some((_, field)) = said.split_once("Expected field `") {
        let field = field.split('`').next().unwrap_or_default();
        format!("printed credentials without `{field}`")
    } else {
        "printed no credentials".to_owned()
    };
    let profile = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    Some(format!(
        "the credential_process of profile `{profile}` {why}: run it by hand to see what it prints"
    ))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The files that hold the profiles.
fn profile_files() -> (String, String) {
    let config = variable("AWS_CONFIG_FILE").unwrap_or_else(|| "~/.aws/config".to_owned());
    let shared = variable("AWS_SHARED_CREDENTIALS_FILE");
    (config, shared.unwrap_or_else(|| "~/.aws/credentials".to_owned()))
}

/// Where the standard chain looked, and what the profile and the instance metadata
/// service said.
fn places(profile: Option<String>, metadata: Option<String>) -> String {
    let name = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let (config, shared) = profile_files();
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
