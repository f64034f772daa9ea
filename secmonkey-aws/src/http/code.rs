//! The code of an error answer, in every protocol that AWS speaks.
//!
//! Query, EC2 and REST-XML put it into an element of the body; AWS JSON and REST-JSON into
//! a member of the body or into a header, with more or less around it. Services that
//! changed from Query to JSON tell the old code in a header of its own.

use std::borrow::Cow;

use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_runtime_api::http::Headers;
use serde::Deserialize;

/// Codes of throttling that the SDK's list lacks.
const ALSO_THROTTLING: &[&str] = &["TooManyRequests"];

/// Whether an error code means that the service is asked too fast.
pub(crate) fn is_throttling(code: &str) -> bool {
    THROTTLING_ERRORS.contains(&code) || ALSO_THROTTLING.contains(&code)
}

/// Whether an answer says that the service is asked too fast.
pub(crate) fn throttled(status: u16, headers: &Headers, body: &[u8]) -> bool {
    status == 429 || status >= 400 && of(headers, body).is_some_and(|code| is_throttling(&code))
}

/// The code of an error answer; of several the one that the SDK would tell.
pub(crate) fn of<'a>(headers: &'a Headers, body: &'a [u8]) -> Option<Cow<'a, str>> {
    let header = |name| headers.get(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(compatible) = header("x-amzn-query-error") {
        // AWS.SimpleQueueService.NonExistentQueue;Sender
        let code = compatible.split(';').next().unwrap_or(compatible);
        return Some(Cow::Borrowed(code.trim()));
    }
    if let Some(kind) = header("x-amzn-errortype") {
        return Some(Cow::Borrowed(bare(kind)));
    }
    match body.trim_ascii_start().first()? {
        b'{' => in_json(body).map(|code| Cow::Owned(bare(&code).to_owned())),
        _ => in_xml(body).map(Cow::Borrowed),
    }
}

/// `ns#Code:http://internal.example/` without what is around the code.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim()
}

fn in_xml(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    Some(rest.split_once("</Code>")?.0.trim())
}

fn in_json(body: &[u8]) -> Option<Cow<'_, str>> {
    /// What services call it.
    #[derive(Deserialize)]
    struct Error<'a> {
        #[serde(rename = "__type", borrow, default)]
        kind: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        code: Option<Cow<'a, str>>,
        #[serde(rename = "Code", borrow, default)]
        capital: Option<Cow<'a, str>>,
    }
    let error: Error<'_> = serde_json::from_slice(body).ok()?;
    error.code.or(error.capital).or(error.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(headers: &[(&'static str, &'static str)], body: &str) -> Option<String> {
        let mut all = Headers::new();
        for (name, value) in headers {
            all.insert(*name, *value);
        }
        of(&all, body.as_bytes()).map(Cow::into_owned)
    }

    #[test]
    fn the_code_is_found_in_every_protocol() {
        for (protocol, headers, body, expected) in [
            (
                "Query",
                &[][..],
                "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error>\
                 </ErrorResponse>",
                "Throttling",
            ),
            (
                "EC2",
                &[],
                "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors>\
                 </Response>",
                "RequestLimitExceeded",
            ),
            ("REST-XML", &[], "\n<Error><Code> SlowDown </Code></Error>", "SlowDown"),
            (
                "AWS JSON 1.0",
                &[],
                r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#,
                "QueueDoesNotExist",
            ),
            ("AWS JSON 1.1", &[], r#"{"__type": "ThrottlingException"}"#, "ThrottlingException"),
            (
                "REST-JSON",
                &[],
                r#"{"code":"TooManyRequestsException"}"#,
                "TooManyRequestsException",
            ),
            ("REST-JSON", &[], r#"{"Code":"ThrottledException"}"#, "ThrottledException"),
            (
                "REST-JSON",
                &[("x-amzn-errortype", "TooManyRequestsException:http://internal.example/x")],
                r#"{"message":"Rate exceeded"}"#,
                "TooManyRequestsException",
            ),
            (
                "JSON, compatible with Query",
                &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
                r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#,
                "AWS.SimpleQueueService.NonExistentQueue",
            ),
        ] {
            assert_eq!(code(headers, body).as_deref(), Some(expected), "{protocol}");
        }
    }

    #[test]
    fn where_there_is_none_there_is_none() {
        for body in ["", "Bad Gateway", "<html/>", "{", r#"{"code":7}"#, "[]", "<Code>open"] {
            assert_eq!(code(&[], body), None, "{body}");
        }
        assert_eq!(code(&[("x-amzn-errortype", "")], "{}"), None);
    }

    #[test]
    fn the_list_of_the_sdk_and_what_it_lacks_is_throttling() {
        for code in ["Throttling", "ProvisionedThroughputExceededException", "TooManyRequests"] {
            assert!(is_throttling(code), "{code}");
        }
        assert!(!is_throttling("AccessDenied"));
        for code in ALSO_THROTTLING {
            assert!(!THROTTLING_ERRORS.contains(code), "{code} is in the SDK's list by now");
        }
    }
}
