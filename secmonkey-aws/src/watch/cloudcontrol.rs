//! Cloud Control: resources of many services, read in one way.
//!
//! A technology is a row: the name that CloudFormation gives the type of the resource, and
//! [`Facts`] as of any other. Another row is all that another type takes, and
//! [`Resources::of`] takes one that is made at run time.
//!
//! Cloud Control asks the service with the credentials of whoever asks. Beside
//! `cloudformation:ListResources` and `cloudformation:GetResource` it takes the permissions
//! of the type's handlers `list` and `read`: each row has them among its operations, as the
//! type's schema names them. `kms:Decrypt` is left out: under it, everything could be
//! decrypted. State machines and user pools under a key of their own are told as not read,
//! unless whoever scans may use that key.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_cloudcontrol::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{StreamExt as _, stream};
use secmonkey_core::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::watch::{
    Cause, ClockCheck, Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};
use serde_json::Value;

use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::watch::{AT_ONCE, Entry, Facts, each, pages_of, required};
use crate::{AWS, region, service, settings};

mod rows;

pub use rows::*;

/// A type of resource that Cloud Control reads.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What is known of the technology.
    pub facts: Facts,
    /// CloudFormation's name of the type: `AWS::GuardDuty::Detector`.
    pub type_name: &'static str,
    /// What the listing has to be told, as JSON; empty where nothing.
    pub model: &'static str,
    /// Where the name that people use stands; empty where it has none.
    pub name: &'static str,
    /// Where the ARN stands; empty where it is not told.
    pub arn: &'static str,
    /// What the service says in an account that never enabled it: there is none.
    pub not_enabled: &'static [&'static str],
}

impl Row {
    /// The base of all rows.
    pub const NONE: Self = Self {
        facts: Facts::of(&service::CLOUDCONTROL, LIST),
        type_name: "",
        model: "",
        name: "",
        arn: "",
        not_enabled: &[],
    };
}

/// What lists any type. A service that an account never subscribed to has none of it.
const LIST: Operation = Operation::new("cloudformation:ListResources").absent(NOT_THERE);
/// What reads one resource of any type.
const GET: Operation = Operation::new("cloudformation:GetResource").absent(NOT_THERE);
const NOT_THERE: &[&str] =
    &["OptInRequired", "ResourceNotFoundException", "SubscriptionRequiredException"];

/// The region in which resources that are one for all regions are asked for, where the
/// partition names none.
const HOME: &str = "us-east-1";

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈resources / 100⌉`, one at least, and one a
/// resource: only their identifiers are sure to be in the listing.
#[must_use]
pub const fn fewest_calls(resources: usize) -> usize {
    pages_of(resources, PAGE as usize) + resources
}

/// The watcher of one type.
#[derive(Debug)]
pub struct Resources {
    sessions: Sessions,
    technologies: [Technology; 1],
    type_name: Cow<'static, str>,
    model: &'static str,
    name: Cow<'static, str>,
    arn: Cow<'static, str>,
    not_enabled: &'static [&'static str],
    /// The accounts of which it was said that they do not have the service.
    said: Mutex<BTreeSet<AccountId>>,
}

impl Resources {
    /// The watcher of a row.
    #[must_use]
    pub fn new(sessions: &Sessions, row: &Row) -> Self {
        Self {
            model: row.model,
            arn: row.arn.into(),
            not_enabled: row.not_enabled,
            ..Self::of(sessions, row.facts.technology(), row.type_name, row.name)
        }
    }

    /// The watcher of a technology that is made at run time: resources of this type, whose
    /// name stands at a pointer; none where it is empty. [`permissions`] are in it
    /// already.
    #[must_use]
    pub fn of(
        sessions: &Sessions,
        technology: Technology,
        type_name: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            sessions: sessions.clone(),
            technologies: [technology],
            type_name: type_name.into(),
            model: "",
            name: name.into(),
            arn: "/Arn".into(),
            not_enabled: &[],
            said: Mutex::default(),
        }
    }

    fn client(&self, scope: &Scope) -> Client {
        match self.technologies[0].reach {
            Reach::Regional => self.sessions.cloudcontrol(&scope.account, &scope.region),
            Reach::Global => {
                let home = region::home(settings::partition(&scope.account)).unwrap_or(HOME);
                self.sessions.cloudcontrol(&scope.account, home)
            }
        }
    }

    /// One page of identifiers; one without any where the account does not have the service.
    async fn page(
        &self,
        client: &Client,
        scope: &Scope,
        token: Option<String>,
    ) -> Result<Listed<String>, Error> {
        let call = client.list_resources().type_name(&*self.type_name).max_results(PAGE);
        let model = Some(self.model).filter(|model| !model.is_empty()).map(str::to_owned);
        let page = match call.set_next_token(token).set_resource_model(model).send().await {
            Ok(page) => page,
            Err(error) if self.is_absent(LIST, &error) => {
                self.say_once(&scope.account.id, &error);
                return Ok(Listed::page(None, None));
            }
            Err(error) => return Err(explain(LIST, &error)),
        };
        let all = page.resource_descriptions.unwrap_or_default().into_iter();
        let ids = all.map(|one| required(LIST, "Identifier", one.identifier));
        Ok(Listed::page(ids.collect::<Result<Vec<_>, _>>()?, page.next_token))
    }

    /// A resource as it is; `None` where there is none.
    async fn read(&self, client: &Client, id: &str) -> Result<Option<Observed>, Error> {
        let call = client.get_resource().type_name(&*self.type_name).identifier(id);
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) if self.is_absent(GET, &error) => return Ok(None),
            Err(error) => return Err(explain(GET, &error)),
        };
        let resource = required(GET, "ResourceDescription", answer.resource_description)?;
        let properties = required(GET, "Properties", resource.properties)?;
        let config: Value = serde_json::from_str(&properties).map_err(|error| {
            Error::new(GET, Cause::Garbled, format!("the properties of {id} are no JSON: {error}"))
        })?;
        let text = |at: &str| {
            let text = config.pointer(at).filter(|_| !at.is_empty()).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (name, arn) = (text(&self.name), text(&self.arn));
        let item = Observed::new(&self.technologies[0], id, config).with_arn(arn);
        Ok(Some(match name {
            Some(name) => item.named(name),
            None => item,
        }))
    }

    /// Whether an error says that there is none.
    fn is_absent<E: ProvideErrorMetadata>(
        &self,
        operation: Operation,
        error: &SdkError<E, HttpResponse>,
    ) -> bool {
        let said = error.as_service_error().and_then(ProvideErrorMetadata::message);
        let said = said.unwrap_or_default();
        is_absent(operation, error) || self.not_enabled.iter().any(|text| said.contains(text))
    }

    /// Says that an account does not have the service, once for all its regions.
    fn say_once<E: ProvideErrorMetadata>(
        &self,
        account: &AccountId,
        error: &SdkError<E, HttpResponse>,
    ) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(account.clone()) {
            let reason = error.as_service_error().and_then(ProvideErrorMetadata::message);
            let reason = plain(reason.unwrap_or_default());
            tracing::info!(%account, "no {}: {reason}", self.technologies[0].title);
        }
    }
}

/// A failure. Cloud Control passes on what the service said under codes of its own.
fn explain<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Error { operation, cause, reason, .. } = failed(operation, error);
    let reason = plain(&reason);
    let is_denial = cause == Cause::Other && reason.contains("not authorized to perform");
    if is_denial {
        let said = reason.find("Handler returned status FAILED: ").map(|at| &reason[at + 32..]);
        let reason = format!("access denied: {}", said.unwrap_or(reason));
        return Error::new(operation, Cause::Denied, reason);
    }
    Error::new(operation, cause, reason)
}

/// What a service said without the numbers of the request, which tell equal failures apart.
fn plain(said: &str) -> &str {
    let ends = [" (Service:", " (HandlerErrorCode:"].iter().filter_map(|end| said.find(end));
    ends.min().map_or(said, |end| &said[..end])
}

/// The permissions that reading any type takes, beside those of its handlers.
#[must_use]
pub fn permissions() -> [&'static str; 2] {
    [LIST.permission, GET.permission]
}

#[async_trait]
impl Watcher for Resources {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.technologies[0].reach == Reach::Global
            || self.sessions.serves(service::CLOUDCONTROL.endpoint_prefix, &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let (client, technology) = (self.client(scope), &self.technologies[0]);
        let listing = pages(LIST, |token| self.page(&client, scope, token));
        let mut listing = listing.at_most(out.most());
        while let Some(page) = listing.next().await? {
            let mut items = stream::iter(page)
                .map(|id| async {
                    let read = self.read(&client, &id).await;
                    (id, read)
                })
                .buffer_unordered(AT_ONCE);
            while let Some((id, read)) = items.next().await {
                match read {
                    Ok(Some(item)) => out.item(item).await,
                    Ok(None) => {}
                    Err(error) => out.unread(technology, id, error).await,
                }
            }
        }
        out.complete(technology, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let client = &self.client(scope);
        let look = |one: Wanted| async move {
            match self.read(client, &one.id).await {
                Ok(Some(item)) => Looked::there(item),
                Ok(None) => Looked::gone(one.id),
                Err(error) => Looked::failed(one.id, error),
            }
        };
        Ok(each(wanted, look).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_handler_said_stands_without_the_numbers_of_the_request() {
        let said = "AWS::Macie::Session Handler returned status FAILED: Macie is not enabled. \
                    (Service: Macie2, Status Code: 403, Request ID: 0a) (HandlerErrorCode: \
                    GeneralServiceException, RequestToken: 0b)";
        let left = "AWS::Macie::Session Handler returned status FAILED: Macie is not enabled.";
        assert_eq!((plain(said), plain("as it is")), (left, "as it is"));
    }
}
