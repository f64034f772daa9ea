//! What is asked again, and how often.

use std::sync::Arc;

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use crate::breaker::Breaker;
use crate::http::{code, is_failing};

/// What the retries of one account, region and service may cost together before failures
/// are taken as they are: a hundred retries. One is won back every five seconds, or by
/// five calls that succeed.
pub(super) fn partition(name: &str) -> RetryPartition {
    let quota = TokenBucket::builder()
        .capacity(500)
        .retry_cost(5)
        .throttling_retry_cost(5)
        .timeout_retry_cost(10)
        .refill_rate(1.0)
        .build();
    RetryPartition::custom(name.to_owned()).token_bucket(quota).build()
}

/// Retries what the SDK's classifiers miss: throttling by status or by codes they do not
/// know, and every server error but "not implemented". Where the service does not answer
/// for long, nothing is retried.
#[derive(Debug)]
pub(super) struct Missed(pub(super) Arc<Breaker>);

impl ClassifyRetry for Missed {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if context.is_failed() && self.0.is_open() {
            return RetryAction::RetryForbidden;
        }
        let Some(response) = context.response() else { return RetryAction::NoActionIndicated };
        let status = response.status().as_u16();
        let body = response.body().bytes().unwrap_or_default();
        if code::throttled(status, response.headers(), body) {
            RetryAction::throttling_error()
        } else if is_failing(status) {
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
