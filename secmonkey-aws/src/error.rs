//! What went wrong, in one line, and what it means.
//!
//! [`failed`] turns an SDK error into a [`watch::Error`](Error); [`part`] tells the three answers
//! to a question about one member apart: known, absent, failed. What means *absent* says the
//! [`Operation`]; anything else leaves the last known value as it is.

use std::borrow::Cow;
use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmonkey_core::watch::{Cause, Error, Part};
use serde_json::Value;

use crate::breaker::{self, Failure};
use crate::cause::{chain, find};
use crate::http::code::is_throttling;
use crate::operation::Operation;
use crate::{access, http};

/// Whether an error says that there is none.
#[must_use]
pub fn is_absent<E: ProvideErrorMetadata>(
    operation: Operation,
    error: &SdkError<E, HttpResponse>,
) -> bool {
    code(error).is_some_and(|code| operation.says_absent(code))
}

/// The answer to a question about one resource; `None` where there is none.
///
/// # Errors
/// Where there is no answer.
pub fn found<O, E>(
    operation: Operation,
    answer: Result<O, SdkError<E, HttpResponse>>,
) -> Result<Option<O>, Error>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_absent(operation, &error) => Ok(None),
        Err(error) => Err(failed(operation, &error)),
    }
}

/// The answer to a question about one member of a configuration.
pub fn part<E>(operation: Operation, answer: Result<Value, SdkError<E, HttpResponse>>) -> Part
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match answer {
        Ok(value) => Part::Known(value),
        Err(error) if is_absent(operation, &error) => Part::Absent,
        Err(error) => Part::Failed(failed(operation, &error)),
    }
}

/// The code of an error that the service itself answered.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// A failure of `operation`, which is named as its permission: `s3:GetBucketPolicy`.
pub fn failed<E>(
    operation: impl Into<Cow<'static, str>>,
    error: &SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let (cause, reason) = explain(error);
    Error::new(operation, cause, reason)
}

fn explain<E>(error: &SdkError<E, HttpResponse>) -> (Cause, String)
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(refused) = find::<access::Error>(error) {
        let cause = match refused {
            access::Error::Unreachable(_) => Cause::Unreachable,
            _ => Cause::Credentials,
        };
        return (cause, refused.to_string());
    }
    if let Some(broken) = find::<http::Broken>(error) {
        let cause = match broken {
            http::Broken::Unreachable { .. }
            | http::Broken::Silent { .. }
            | http::Broken::Slow(_)
            | http::Broken::Stalled(_) => Cause::Unreachable,
            _ => Cause::Garbled,
        };
        return (cause, broken.to_string());
    }
    if let Some(refused) = find::<breaker::Refused>(error) {
        let cause = match refused.failure {
            Failure::Throttled => Cause::Throttled,
            Failure::Garbled => Cause::Garbled,
            Failure::Failed | Failure::Unreachable => Cause::Unreachable,
        };
        return (cause, refused.to_string());
    }
    match error {
        // The SDK's word for an answer that it cannot read.
        SdkError::ServiceError(service) if service.raw().status().is_success() => {
            (Cause::Garbled, format!("the answer cannot be read: {}", chain(error)))
        }
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            answered(service.err().code(), service.err().message(), status)
        }
        SdkError::TimeoutError(_) => {
            (Cause::Unreachable, format!("no answer in time: {}", chain(error)))
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (Cause::Unreachable, "no answer in time".to_owned())
        }
        SdkError::DispatchFailure(failure) => {
            let reason = failure.as_connector_error().map_or_else(|| chain(error), |e| chain(e));
            // The SDK goes on with the request as it was to be sent, body and all.
            let reason = reason.split(" to request `").next().unwrap_or_default();
            (Cause::Unreachable, format!("cannot reach AWS: {reason}"))
        }
        SdkError::ResponseError(_) => {
            (Cause::Garbled, format!("the answer cannot be read: {}", chain(error)))
        }
        other => (Cause::Other, chain(other)),
    }
}

/// What an error answer means.
fn answered(code: Option<&str>, message: Option<&str>, status: u16) -> (Cause, String) {
    let code = code.unwrap_or_default();
    let (cause, means) = if is_throttling(code) || status == 429 {
        (Cause::Throttled, "throttled")
    } else if is_credentials(code) {
        (Cause::Credentials, "credentials not accepted")
    } else if is_denied(code) || status == 403 {
        (Cause::Denied, "access denied")
    } else if status >= 500 {
        (Cause::Unreachable, "the service failed")
    } else {
        (Cause::Other, "")
    };
    let mut words = Vec::new();
    words.extend((!means.is_empty()).then(|| means.to_owned()));
    // Not twice the same: "access denied: AccessDenied: ...".
    let says_no_more = matches!(code, "" | "AccessDenied" | "AccessDeniedException" | "Throttling");
    words.extend((!says_no_more).then(|| code.to_owned()));
    words.extend(message.filter(|message| !message.is_empty()).map(str::to_owned));
    if words.is_empty() || words == ["the service failed"] {
        words.push(format!("status {status}"));
    }
    (cause, words.join(": "))
}

fn is_denied(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied"
            | "AccessDeniedException"
            | "AllAccessDisabled"
            | "AuthorizationError"
            | "UnauthorizedOperation"
    )
}

fn is_credentials(code: &str) -> bool {
    is_expired(code)
        || matches!(
            code,
            "AuthFailure"
                | "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "InvalidToken"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException"
        )
}

/// Whether a code says that the credentials had a time and it is over.
pub(crate) fn is_expired(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_answer_says_what_it_means_once() {
        let said = |code, message, status| answered(Some(code), message, status);
        assert_eq!(
            said("AccessDenied", Some("User is not authorized"), 403),
            (Cause::Denied, "access denied: User is not authorized".to_owned())
        );
        assert_eq!(
            said("UnauthorizedOperation", None, 403),
            (Cause::Denied, "access denied: UnauthorizedOperation".to_owned())
        );
        assert_eq!(
            said("InvalidClientTokenId", Some("The token is invalid"), 403),
            (
                Cause::Credentials,
                "credentials not accepted: InvalidClientTokenId: The token is invalid".to_owned()
            )
        );
        assert_eq!(
            answered(None, None, 502),
            (Cause::Unreachable, "the service failed: status 502".to_owned())
        );
        assert_eq!(answered(None, None, 418), (Cause::Other, "status 418".to_owned()));
        assert_eq!(answered(None, None, 403), (Cause::Denied, "access denied".to_owned()));
    }
}
