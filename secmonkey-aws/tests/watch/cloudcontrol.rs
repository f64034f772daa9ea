use secmonkey_aws::watch::cloudcontrol::{
    ANALYZER, DETECTOR, HUB, MACIE_SESSION, WEB_ACL, fewest_calls,
};
use secmonkey_core::watch::{Cause, Found};
use serde_json::json;

use crate::cloud::{Answer, Cloud, Request, recorded, wanted};

/// An error as Cloud Control passes on what a service said.
fn refused(code: &str, said: &str) -> Answer {
    let body = json!({ "__type": format!("com.amazon.cloudapiservice#{code}"), "Message": said });
    (400, body.to_string().into_bytes())
}

fn handler(said: &str) -> Answer {
    let said = format!(
        "AWS::Some::Type Handler returned status FAILED: {said} (Service: Some, Status Code: 403, \
         Request ID: 0a) (HandlerErrorCode: GeneralServiceException, RequestToken: 0b)"
    );
    refused("GeneralServiceException", &said)
}

#[tokio::test]
async fn resources_are_listed_and_each_is_read() {
    let cloud = Cloud::recorded("access_analyzer");
    cloud.sweep(&ANALYZER.facts).await;
    // The recorded listing has a page more than its analyzers need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    for asked in cloud.asked() {
        assert_eq!(asked.parameters["TypeName"], "AWS::AccessAnalyzer::Analyzer");
    }
    let listing = cloud.asked().into_iter().find(|it| it.question == "ListResources").unwrap();
    assert_eq!(listing.parameters["MaxResults"], "100");
    assert!(!listing.parameters.contains_key("ResourceModel"));
}

#[tokio::test]
async fn web_acls_of_the_region_are_listed() {
    let cloud = Cloud::recorded("wafv2_web_acl");
    let seen = cloud.sweep(&WEB_ACL.facts).await;
    assert_eq!(cloud.asked()[0].parameters["ResourceModel"], r#"{"Scope":"REGIONAL"}"#);
    let item = seen.only();
    assert_eq!((item.name.as_str(), item.id.ends_with("|REGIONAL")), ("site", true));
}

#[tokio::test]
async fn a_service_that_was_never_enabled_is_not_there() {
    let said = [
        (&MACIE_SESSION, "Macie is not enabled."),
        (&HUB, "Account 123456789012 is not subscribed to AWS Security Hub"),
    ];
    for (row, said) in said {
        let cloud = Cloud::new(move |_| handler(said));
        let seen = cloud.sweep(&row.facts).await;
        assert!(seen.is_complete() && seen.failures().is_empty() && seen.items.is_empty());
        let found = cloud.look(&row.facts, &wanted(&row.facts, ["it"])).await;
        assert_eq!(found["it"], Found::Gone);
        // Another service's words say nothing of this one.
        let other = cloud.sweep(&DETECTOR.facts).await;
        assert_eq!(other.failed().cause, Cause::Other);
    }
}

#[tokio::test]
async fn a_denial_is_one_whoever_words_it() {
    let said = "User: arn:aws:iam::123456789012:user/scan is not authorized to perform: \
                guardduty:ListDetectors";
    let seen = Cloud::new(move |_| handler(said)).sweep(&DETECTOR.facts).await;
    assert_eq!(seen.failed().cause, Cause::Denied);
    assert_eq!(seen.failed().reason, format!("access denied: {said}"));
}

#[tokio::test]
async fn a_type_that_is_not_known_or_not_listed_is_a_failure() {
    for (code, said) in [
        ("TypeNotFoundException", "The type 'AWS::GuardDuty::Detector' cannot be found."),
        ("UnsupportedActionException", "Resource type does not support LIST action"),
    ] {
        let cloud = Cloud::new(move |_| refused(code, said));
        let seen = cloud.sweep(&DETECTOR.facts).await;
        assert_eq!(seen.failed().reason, format!("{code}: {said}"));
    }
}

#[tokio::test]
async fn one_resource_that_cannot_be_read_takes_no_other_along() {
    let answer = |request: &Request| {
        let is_it = |value: &String| value.ends_with("analyzer/unused");
        if request.parameters.values().any(is_it) {
            handler("it broke")
        } else {
            recorded("access_analyzer", request)
        }
    };
    let seen = Cloud::new(answer).sweep(&ANALYZER.facts).await;
    assert!(seen.is_complete());
    assert_eq!((seen.items.len(), seen.unread.len()), (1, 1));
}

#[tokio::test]
async fn properties_that_are_no_json_are_garbled() {
    let answer = |request: &Request| {
        let (status, body) = recorded("guardduty_detector", request);
        let text = String::from_utf8(body).unwrap().replace(r#""{\"Id\""#, r#""Id\""#);
        (status, text.into_bytes())
    };
    let seen = Cloud::new(answer).sweep(&DETECTOR.facts).await;
    let causes: Vec<_> = seen.unread.values().map(|error| error.cause).collect();
    assert_eq!(causes, [Cause::Garbled]);
}
