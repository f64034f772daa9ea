use std::fmt::Write as _;

use secmonkey_aws::watch::ses::identity::{IDENTITY, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{Answer, Cloud, Request, edited, failures, part, recorded, wanted};

const ADDRESS: &str = "arn:aws:ses:eu-west-1:123456789012:identity/alerts@example.com";
const DOMAIN: &str = "arn:aws:ses:eu-west-1:123456789012:identity/example.org";

fn as_recorded(request: &Request) -> Answer {
    recorded("ses_identity", request)
}

#[tokio::test]
async fn attributes_come_for_all_at_once_and_policies_one_by_one() {
    let cloud = Cloud::recorded("ses_identity");
    cloud.sweep(&IDENTITY).await;
    assert_eq!(cloud.calls(), fewest_calls(&[0, 2]));
}

#[tokio::test]
async fn policies_whose_names_are_known_and_whose_text_is_not_are_a_failure() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "GetIdentityPolicies" => request.refused(400, "Throttling"),
        _ => as_recorded(request),
    });
    let seen = cloud.sweep(&IDENTITY).await;
    assert_eq!(failures(&seen.items[DOMAIN])["/Policies"].cause, Cause::Throttled);
    assert_eq!(part(&seen.items[ADDRESS], "/Policies"), &Part::Absent);
}

#[tokio::test]
async fn an_identity_deleted_since_it_was_listed_is_neither_item_nor_failure() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "GetIdentityVerificationAttributes" => {
            edited("ses_identity", request, "<key>example.org</key>", "<key>example.net</key>")
        }
        _ => as_recorded(request),
    });
    let seen = cloud.sweep(&IDENTITY).await;
    assert_eq!(seen.only().id, ADDRESS);
    assert!(seen.unread.is_empty() && seen.is_complete());
}

#[tokio::test]
async fn a_listing_that_goes_in_circles_proves_nothing() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "ListIdentities" => {
            let token = "</Identities><NextToken>more</NextToken>";
            let (status, body) = edited("ses_identity", request, "</Identities>", token);
            let text = String::from_utf8(body).unwrap();
            let again = if request.page.is_empty() { "" } else { "again." };
            (status, text.replace("example.", &format!("{again}example.")).into_bytes())
        }
        _ => as_recorded(request),
    });
    let seen = cloud.sweep(&IDENTITY).await;
    assert_eq!(seen.failed().cause, Cause::Garbled);
    assert_eq!(seen.failed().operation, "ses:ListIdentities");
}

/// As many identities as asked for, none with a policy.
fn many(count: usize) -> impl Fn(&Request) -> Answer {
    move |request| {
        let mut result = String::new();
        let question = &request.question;
        match question.as_str() {
            "ListIdentities" => {
                for n in 0..count {
                    write!(result, "<member>{n}@example.com</member>").unwrap();
                }
                result = format!("<Identities>{result}</Identities>");
            }
            "ListIdentityPolicies" => {}
            attributes => {
                let asked = |name: &&String| name.starts_with("Identities.member.");
                let names: Vec<_> = request.parameters.keys().filter(asked).collect();
                assert!((1..=100).contains(&names.len()), "{} at once", names.len());
                for name in names {
                    let name = &request.parameters[name];
                    write!(result, "<entry><key>{name}</key><value/></entry>").unwrap();
                }
                let member = attributes.trim_start_matches("GetIdentity");
                result = format!("<{member}>{result}</{member}>");
            }
        }
        let body = format!(
            "<{question}Response><{question}Result>{result}</{question}Result>\
                            </{question}Response>"
        );
        (200, body.into_bytes())
    }
}

#[tokio::test]
async fn attributes_are_asked_for_a_hundred_at_a_time() {
    for count in [0, 1, 100, 250] {
        let cloud = Cloud::new(many(count));
        let seen = cloud.sweep(&IDENTITY).await;
        assert_eq!((&seen.end, seen.items.len()), (&Ok(()), count));
        assert_eq!(cloud.calls(), fewest_calls(&vec![0; count]), "{count}");
    }
}

#[tokio::test]
async fn identities_are_looked_up_a_hundred_at_a_time() {
    let cloud = Cloud::new(many(0));
    let ids: Vec<_> = (0..250).map(|n| format!("{n}@example.com")).collect();
    let all = wanted(&IDENTITY, ids.iter().map(String::as_str));
    assert_eq!(cloud.gone(&IDENTITY, &all).await, Vec::<String>::new());
    assert_eq!(cloud.calls(), 3);
}
