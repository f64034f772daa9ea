//! What is decided for many items at once: rules, networks, the schedule. For who may do everything.

use axum::extract::State;
use axum::http::StatusCode;
use secmonkey_core::IpNet;
use secmonkey_core::decide::Made;
use secmonkey_core::governance::{Ignore, Override};
use secmonkey_core::network::Network;
use secmonkey_core::query::{Effect, Impact, ignore_impact, override_effect, override_impact};
use secmonkey_core::record::{IgnoreRecord, NetworkRecord, OverrideRecord, ScheduleRecord};
use secmonkey_core::schedule::{Interval, Priority, Rule, Scope};
use secmonkey_core::view::RuleRow;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::Service;
use crate::answer::{Answer, Answered};
use crate::api::common::{NotThere, Refused, There};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::{Given, Named, Nothing, Params};
use crate::reader::{Reader, deciding, reading, scope_of};

/// Decides for who may do everything.
pub async fn ruling<T: Serialize>(
    service: Service,
    caller: Caller,
    decide: impl AsyncFnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
) -> Answered {
    caller.require_all(Role::Admin)?;
    deciding(service, caller, async move |reader: Reader| decide(&reader).await).await
}

/// The same of what is perhaps made that was not there.
pub async fn making<T: Serialize>(
    service: Service,
    caller: Caller,
    decide: impl AsyncFnOnce(&Reader) -> Result<(Option<Made>, T), Problem> + Send + 'static,
) -> Answered {
    caller.require_all(Role::Admin)?;
    reading(service, caller, None, async move |reader: Reader| {
        let (made, record) = decide(&reader).await?;
        let status = match made {
            Some(Made::New) => StatusCode::CREATED,
            _ => StatusCode::OK,
        };
        Ok(Answer::of(&record)?.with(status))
    })
    .await
}

/// An override of a check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OverrideRequest)]
pub struct OverrideGiven {
    /// The check.
    pub check: String,
    /// The items it is about, as a query; empty for all.
    #[serde(default)]
    #[schema(default = "")]
    pub query: String,
    /// The score that it gives, 0 to 10; left out: as the check says.
    #[serde(default)]
    #[schema(maximum = 10)]
    pub score: Option<u8>,
    /// What it sets of the check's parameters.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub parameters: Map<String, Value>,
    /// Whether it turns the check off.
    #[serde(default)]
    #[schema(default = false)]
    pub disabled: bool,
    /// Why.
    pub reason: String,
    /// When it ends: a time as people write it; left out: when it is removed.
    #[serde(default)]
    pub until: Option<String>,
    /// Only say what it would be about.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
}

/// An override, with what it would be about.
pub struct Considered {
    /// The override, in its one form.
    pub rule: Override,
    /// What it is about.
    pub impact: Impact,
    /// What its parameters would change of what is found; `None` where it sets none.
    pub effect: Option<Effect>,
}

impl OverrideGiven {
    /// What is meant, and what it would be about.
    pub fn considered(self, reader: &Reader) -> Result<Considered, Problem> {
        let (known, catalogue) = (&reader.known, &reader.catalogue);
        let registry = &catalogue.registry;
        registry
            .find_check(&self.check)
            .map_err(|unknown| Problem::wrong(unknown.to_string()).of("check"))?;
        let rule = Override {
            score: self.score,
            parameters: self.parameters.into_iter().collect(),
            disabled: self.disabled,
            until: reader.until(self.until.as_deref())?,
            ..Override::new(self.check, scope_of(&self.query)?, self.reason.trim())
        };
        let rule = reader.decisions.check_override(&rule, registry)?;
        let impact = override_impact(known, registry, &rule)?;
        let effect = if rule.parameters.is_empty() {
            None
        } else {
            Some(override_effect(known, registry, &catalogue.auditors, &rule)?)
        };
        Ok(Considered { rule, impact, effect })
    }
}

/// Let a check say otherwise
///
/// For some items, or for all; instead of what was decided about just these before. With
/// `dry_run` nothing is decided, and the answer says what the override would be about.
#[utoipa::path(post, path = "/overrides", operation_id = "override_check", tag = "decisions",
    request_body = OverrideGiven,
    responses(
        (status = 200, description = "It would be so, or stands instead of another",
         body = OverrideRecord),
        (status = 201, description = "It is in force", body = OverrideRecord),
        Refused,
    ))]
pub async fn override_check(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<OverrideGiven>,
) -> Answered {
    making(service, caller, async move |reader: &Reader| {
        let (dry_run, registry) = (given.dry_run, &reader.catalogue.registry);
        let Considered { rule, impact, effect } = given.considered(reader)?;
        let made = if dry_run {
            None
        } else {
            Some(reader.decisions.override_check(&rule, registry).await?)
        };
        let now = reader.again();
        let rows = now.governance()?.overrides_of(&rule.check);
        let row = rows.iter().find(|row| row.rule.id == rule.id).filter(|_| made.is_some());
        let record = row.map_or_else(|| OverrideRecord::from(&rule), OverrideRecord::from);
        Ok((made, OverrideRecord { effect, ..record.counted(&impact) }))
    })
    .await
}

/// Let a check say again what it says by itself
#[utoipa::path(delete, path = "/overrides/{id}", operation_id = "remove_override",
    tag = "decisions",
    params(("id" = String, Path, description = "The id of the override")),
    responses(
        (status = 200, description = "The override that counted", body = OverrideRecord),
        Refused, NotThere,
    ))]
pub async fn remove_override(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let row = override_of(reader, &id)?;
        reader.decisions.reset_check(&row.rule.check, &row.rule.scope).await?;
        Ok(OverrideRecord::from(&row))
    })
    .await
}

/// The override of an id.
pub fn override_of(reader: &Reader, id: &str) -> Result<RuleRow<Override>, Problem> {
    let row = reader.known.governance()?.overrides().find(|row| row.rule.id.as_str() == id);
    row.cloned().ok_or_else(|| Problem::missing(format!("no override has the id `{id}`")))
}

/// Items to ignore.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IgnoreRequest)]
pub struct IgnoreGiven {
    /// The items, as a query.
    pub query: String,
    /// Why.
    pub reason: String,
    /// When it ends: a time as people write it; left out: when it is removed.
    #[serde(default)]
    pub until: Option<String>,
    /// Only say what it would be about.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
}

impl IgnoreGiven {
    /// The rule that is meant, and what it would be about.
    pub fn considered(&self, reader: &Reader) -> Result<(Ignore, Impact), Problem> {
        let registry = &reader.catalogue.registry;
        let until = reader.until(self.until.as_deref())?;
        let rule = Ignore { until, ..Ignore::new(scope_of(&self.query)?, self.reason.trim()) };
        reader.decisions.check_ignore(&rule, registry)?;
        let impact = ignore_impact(&reader.known, registry, &rule)?;
        Ok((rule, impact))
    }
}

/// Ignore items
///
/// They are recorded and judged all the same. With `dry_run` nothing is decided.
#[utoipa::path(post, path = "/ignores", operation_id = "ignore_items", tag = "decisions",
    request_body = IgnoreGiven,
    responses(
        (status = 200, description = "It would be so, or stands instead of another",
         body = IgnoreRecord),
        (status = 201, description = "It is in force", body = IgnoreRecord),
        Refused,
    ))]
pub async fn ignore(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<IgnoreGiven>,
) -> Answered {
    making(service, caller, async move |reader: &Reader| {
        let registry = &reader.catalogue.registry;
        let (rule, impact) = given.considered(reader)?;
        let made = if given.dry_run {
            None
        } else {
            Some(reader.decisions.ignore(&rule, registry).await?)
        };
        let now = reader.again();
        let rows = now.governance()?.ignores();
        let row = rows.iter().find(|row| row.rule.id == rule.id).filter(|_| made.is_some());
        let record = row.map_or_else(|| IgnoreRecord::from(&rule), IgnoreRecord::from);
        Ok((made, record.counted(&impact)))
    })
    .await
}

/// Ignore items no longer
#[utoipa::path(delete, path = "/ignores/{id}", operation_id = "remove_ignore", tag = "decisions",
    params(("id" = String, Path, description = "The id of the rule")),
    responses(
        (status = 200, description = "The rule that ignored them", body = IgnoreRecord),
        Refused, NotThere,
    ))]
pub async fn remove_ignore(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(id): Named,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let row = ignore_of(reader, &id)?;
        reader.decisions.unignore(&id).await?;
        Ok(IgnoreRecord::from(&row))
    })
    .await
}

/// The rule of an id that ignores items.
pub fn ignore_of(reader: &Reader, id: &str) -> Result<RuleRow<Ignore>, Problem> {
    let rows = reader.known.governance()?.ignores();
    let row = rows.iter().find(|row| row.rule.id.as_str() == id);
    row.cloned().ok_or_else(|| Problem::missing(format!("no rule has the id `{id}`")))
}

/// A network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NetworkRequest)]
pub struct NetworkGiven {
    /// What people call it.
    pub name: String,
    /// Its addresses.
    #[schema(value_type = String)]
    pub cidr: IpNet,
    /// The account it belongs to, by id or name.
    #[serde(default)]
    pub account: Option<String>,
    /// Free text.
    #[serde(default)]
    #[schema(default = "")]
    pub notes: String,
}

/// Vouch for a network
#[utoipa::path(post, path = "/networks", operation_id = "know_network", tag = "decisions",
    request_body = NetworkGiven,
    responses(
        (status = 200, description = "It was known so already", body = NetworkRecord),
        (status = 201, description = "It is known", body = NetworkRecord),
        Refused, There,
    ))]
pub async fn know(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<NetworkGiven>,
) -> Answered {
    making(service, caller, async move |reader: &Reader| {
        let (is_news, network) = vouch(reader, given).await?;
        Ok((is_news.then_some(Made::New), reader.records()?.network(network)))
    })
    .await
}

/// Vouches for a network, and says whether that is news.
pub async fn vouch(reader: &Reader, given: NetworkGiven) -> Result<(bool, Network), Problem> {
    let accounts = reader.known.views.accounts()?;
    let account = given.account.map(|name| {
        let account = accounts.require(&name).map(|account| account.id.clone());
        account.map_err(|unknown| Problem::wrong(unknown.to_string()).of("account"))
    });
    let name = given.name.trim().to_owned();
    let (cidr, notes) = (given.cidr, given.notes);
    let network = Network { name, cidr, account: account.transpose()?, notes };
    let is_news = reader.decisions.know(network.clone()).await?;
    Ok((is_news, network))
}

/// Vouch for a network no longer
#[utoipa::path(delete, path = "/networks/{name}", operation_id = "forget_network",
    tag = "decisions",
    params(("name" = String, Path, description = "What people call it")),
    responses(
        (status = 200, description = "What it was known as", body = NetworkRecord),
        Refused, NotThere,
    ))]
pub async fn forget(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Named(name): Named,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let network = reader.decisions.forget(&name).await.map_err(Problem::missing_name)?;
        Ok(reader.records()?.network(network))
    })
    .await
}

/// When something is looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScheduleRequest)]
pub struct ScheduleGiven {
    /// The account, by id or name; left out for all.
    #[serde(default)]
    account: Option<String>,
    /// The technology's id; left out for all.
    #[serde(default)]
    technology: Option<String>,
    /// How often: `15m`, `1h`, `1d`, `1w`; left out: as a less specific rule says.
    #[serde(default)]
    interval: Option<Interval>,
    /// How early an account has its turn; left out: as a less specific rule says.
    #[serde(default)]
    priority: Option<Priority>,
    /// Whether it is not looked at.
    #[serde(default)]
    #[schema(default = false)]
    paused: bool,
    /// Why.
    #[serde(default)]
    #[schema(default = "")]
    reason: String,
}

/// Decide when something is looked at
///
/// Instead of what was decided about just that before.
#[utoipa::path(put, path = "/schedule", operation_id = "decide_schedule", tag = "decisions",
    request_body = ScheduleGiven,
    responses(
        (status = 200, description = "Every rule in force then", body = [ScheduleRecord]),
        Refused,
    ))]
pub async fn schedule(
    State(service): State<Service>,
    caller: Caller,
    _: Params<Nothing>,
    Given(given): Given<ScheduleGiven>,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let scope = about(reader, given.account.as_deref(), given.technology)?;
        let rule = Rule {
            interval: given.interval,
            priority: given.priority,
            paused: given.paused,
            reason: given.reason.trim().to_owned(),
            ..Rule::about(scope)
        };
        reader.decisions.schedule(&rule, &reader.catalogue.registry).await?;
        in_force(reader)
    })
    .await
}

/// What a rule of the schedule is about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Scheduled {
    /// The account, by id or name; left out for all.
    account: Option<String>,
    /// The technology's id; left out for all.
    technology: Option<String>,
}

/// Take back what was decided about when something is looked at
#[utoipa::path(delete, path = "/schedule", operation_id = "reset_schedule", tag = "decisions",
    params(Scheduled),
    responses(
        (status = 200, description = "Every rule in force then", body = [ScheduleRecord]),
        Refused, NotThere,
    ))]
pub async fn reset(
    State(service): State<Service>,
    caller: Caller,
    Params(scheduled): Params<Scheduled>,
) -> Answered {
    ruling(service, caller, async move |reader: &Reader| {
        let scope = about(reader, scheduled.account.as_deref(), scheduled.technology)?;
        reader.decisions.reset_schedule(&scope).await.map_err(Problem::missing_name)?;
        in_force(reader)
    })
    .await
}

/// Every rule of the schedule.
fn in_force(reader: &Reader) -> Result<Vec<ScheduleRecord>, Problem> {
    Ok(reader.known.views.schedule()?.iter().map(ScheduleRecord::from).collect())
}

/// What is meant by an account and a technology.
fn about(
    reader: &Reader,
    account: Option<&str>,
    technology: Option<String>,
) -> Result<Scope, Problem> {
    let accounts = reader.known.views.accounts()?;
    let account = account.map(|name| {
        let account = accounts.require(name).map(|account| account.id.clone());
        account.map_err(|unknown| Problem::wrong(unknown.to_string()).of("account"))
    });
    Ok(Scope { account: account.transpose()?, technology })
}
