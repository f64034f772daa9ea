//! What is decided about who is told of what, and whether anybody is. For who may do everything.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use secmonkey_core::governance::{Cadence, QuietHours, Silence, Subscription};
use secmonkey_core::record::{SilenceRecord, SubscriptionRecord};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Service;
use crate::answer::Answered;
use crate::api::common::{NotThere, Refused};
use crate::api::edit_rules::{making, ruling};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, reading, scope_of};

/// Who is told of what, and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriptionRequest)]
pub struct SubscriptionGiven {
    /// What people call it.
    pub name: String,
    /// The notifier that tells.
    pub outlet: String,
    /// The recipient; left out: whom the notifier's settings name.
    #[serde(default)]
    pub to: Option<String>,
    /// What is told of, as a query; empty for everything.
    #[serde(default)]
    #[schema(default = "")]
    pub query: String,
    /// When: `at once`, `hourly`, `daily at 08:00 Europe/Rome`; left out: at once.
    #[serde(default)]
    pub cadence: Option<String>,
    /// The hours in which nothing is told: `22:00-07:00 Europe/Rome`.
    #[serde(default)]
    pub quiet: Option<String>,
    /// The score from which issues are told of in quiet hours as well.
    #[serde(default)]
    #[schema(maximum = 10)]
    pub quiet_except: Option<u8>,
    /// Whether changes of items are told as well.
    #[serde(default)]
    #[schema(default = false)]
    pub changes: bool,
    /// Whether it is the daily report that is told.
    #[serde(default)]
    #[schema(default = false)]
    pub report: bool,
    /// Whether the report comes also where it is empty.
    #[serde(default)]
    #[schema(default = false)]
    pub even_empty: bool,
}

impl SubscriptionGiven {
    /// The subscription that is meant.
    pub fn subscription(self) -> Result<Subscription, Problem> {
        let cadence = read::<Cadence>(self.cadence.as_deref(), "cadence")?.unwrap_or_default();
        let quiet = read::<QuietHours>(self.quiet.as_deref(), "quiet")?;
        Ok(Subscription {
            to: self.to,
            query: scope_of(&self.query)?,
            cadence,
            quiet,
            quiet_except: self.quiet_except,
            changes: self.changes,
            report: self.report,
            even_empty: self.even_empty,
            ..Subscription::new(self.name.trim(), self.outlet)
        })
    }
}

/// Subscribe
///
/// Instead of another subscription of this name.
#[utoipa::path(post, path = "/subscriptions", operation_id = "subscribe", tag = "decisions",
    request_body = SubscriptionGiven,
    responses(
        (status = 200, description = "It stands instead of another", body = SubscriptionRecord),
        (status = 201, description = "It is in force", body = SubscriptionRecord),
        Refused,
    ))]
pub async fn subscribe(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<SubscriptionGiven>,
) -> Answered {
    making(service, caller, async move |reader: &Reader| {
        let subscription = given.subscription()?;
        let registry = &reader.catalogue.registry;
        let made = reader.decisions.subscribe(&subscription, registry).await?;
        Ok((Some(made), SubscriptionRecord::from(&subscription)))
    })
    .await
}

/// Reads a text of a body.
fn read<T: FromStr<Err: Display>>(text: Option<&str>, field: &str) -> Result<Option<T>, Problem> {
    let read = text.map(str::parse).transpose();
    read.map_err(|error: T::Err| Problem::wrong(error.to_string()).of(field))
}

/// Unsubscribe
#[utoipa::path(delete, path = "/subscriptions/{name}", operation_id = "unsubscribe",
    tag = "decisions",
    params(("name" = String, Path, description = "What people call it")),
    responses(
        (status = 200, description = "What it was", body = SubscriptionRecord),
        Refused, NotThere,
    ))]
pub async fn unsubscribe(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(name): Named,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let gone = reader.decisions.unsubscribe(&name).await.map_err(Problem::missing_name)?;
        Ok(SubscriptionRecord::from(&gone))
    })
    .await
}

/// A time in which nobody is told anything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SilenceRequest)]
pub struct SilenceGiven {
    /// Why.
    reason: String,
    /// When it ends: a time as people write it; left out: when somebody ends it.
    #[serde(default)]
    until: Option<String>,
}

/// Tell nobody for now
///
/// What happens meanwhile is told together at the end.
#[utoipa::path(put, path = "/silence", operation_id = "silence", tag = "decisions",
    request_body = SilenceGiven,
    responses(
        (status = 200, description = "Nobody is told anything", body = Option<SilenceRecord>),
        Refused,
    ))]
pub async fn silence(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<SilenceGiven>,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let until = reader.until(given.until.as_deref())?;
        let silence = Silence { reason: given.reason, until };
        reader.decisions.silence_notifications(&silence).await?;
        Ok(secmonkey_core::query::silence(&reader.again())?.as_ref().map(SilenceRecord::from))
    })
    .await
}

/// Tell everybody again
#[utoipa::path(delete, path = "/silence", operation_id = "resume", tag = "decisions",
    responses(
        (status = 204, description = "They are told again"),
        Refused,
    ))]
pub async fn resume(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
) -> Result<StatusCode, Problem> {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async |reader: Reader| {
        reader.decisions.resume_notifications().await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
