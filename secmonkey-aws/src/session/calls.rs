//! Every call: counted, and told to whoever listens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use super::base::lock;
use crate::http;

/// Counts requests by operation, and tells of each attempt.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) service: &'static str,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) counted: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// An attempt that is on its way.
#[derive(Debug, Clone)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// Why the last attempt failed.
#[derive(Debug, Clone)]
struct Failed(String);

impl Storable for Failed {
    type Storer = StoreReplace<Self>;
}

impl Calls {
    /// The operation as permissions name it: `s3:GetBucketPolicy`.
    fn operation(&self, bag: &ConfigBag) -> String {
        let name = bag.load::<Metadata>().map_or("?", |metadata| metadata.name());
        format!("{}:{name}", self.service)
    }
}

fn attempt(bag: &ConfigBag) -> u32 {
    bag.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts)
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = self.operation(bag);
        if let Some(Failed(why)) = bag.load::<Failed>() {
            let (account, region, attempt) = (&self.account, &self.region, attempt(bag));
            tracing::info!(call, account, region, attempt, why, "asking again");
        }
        *lock(&self.counted).entry(call).or_default() += 1;
        bag.interceptor_state().store_put(Sent(Instant::now()));
        Ok(())
    }

    /// The time is that of the attempt with its wait for the call budget.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (account, region, attempt) = (&self.account, &self.region, attempt(bag));
        let ms = bag.load::<Sent>().map_or(0, |Sent(at)| at.elapsed().as_millis());
        let call = self.operation(bag);
        let failed = match (context.response(), context.output_or_error()) {
            (Some(response), _) => {
                let status = response.status().as_u16();
                tracing::debug!(call, account, region, status, attempt, ms, "answered");
                (status >= 400).then(|| http::said(response))
            }
            (None, Some(Err(error))) => {
                let why = error
                    .as_connector_error()
                    .map_or_else(|| "no request was sent".to_owned(), http::reason);
                tracing::debug!(call, account, region, attempt, ms, why, "no answer");
                Some(why)
            }
            (None, _) => None,
        };
        if let Some(why) = failed {
            bag.interceptor_state().store_put(Failed(why));
        }
        Ok(())
    }
}
