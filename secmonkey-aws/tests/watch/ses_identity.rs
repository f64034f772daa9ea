use std::fmt::Write as _;

use secmonkey_aws::watch::ses::identity::{IDENTITY, Identities, fewest_calls};
use secmonkey_core::watch::{Cause, Part};

use crate::cloud::{
    Answer, Cloud, Request, edited, failures, gone, part, recorded, refused_query, shown, sweep,
};

const ADDRESS: &str = "arn:aws:ses:eu-west-1:123456789012:identity/alerts@example.com";
const DOMAIN: &str = "arn:aws:ses:eu-west-1:123456789012:identity/example.org";

fn as_recorded(request: &Request) -> Answer {
    let mut request = request.clone();
    let address = request.parameters.get("Identity").is_some_and(|name| name.contains('@'));
    if request.question == "ListIdentityPolicies" && address {
        request.question.push_str(".none");
    }
    recorded("ses_identity", &request)
}

#[tokio::test]
async fn identities_carry_their_settings_and_who_may_send_as_them() {
    let cloud = Cloud::new(as_recorded);
    let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    insta::assert_json_snapshot!(shown(&seen, &IDENTITY));
    assert_eq!(cloud.calls(), fewest_calls(&[0, 2]));
}

#[tokio::test]
async fn attributes_that_fail_fail_alone_for_all_identities_of_the_call() {
    for (question, at) in [
        ("GetIdentityVerificationAttributes", "/VerificationAttributes"),
        ("GetIdentityDkimAttributes", "/DkimAttributes"),
        ("GetIdentityMailFromDomainAttributes", "/MailFromDomainAttributes"),
        ("GetIdentityNotificationAttributes", "/NotificationAttributes"),
        ("ListIdentityPolicies", "/Policies"),
    ] {
        let cloud = Cloud::new(move |request| match &request.question {
            asked if asked == question => refused_query(403, "AccessDenied"),
            _ => as_recorded(request),
        });
        let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
        assert_eq!((&seen.end, seen.complete), (&Ok(()), true), "{question}");
        for id in [ADDRESS, DOMAIN] {
            let failures = failures(&seen.items[id]);
            assert_eq!(failures.keys().collect::<Vec<_>>(), [&at]);
            assert_eq!(failures[at].operation, format!("ses:{question}"));
            assert!(IDENTITY.permissions.contains(&failures[at].operation.as_str()));
        }
    }
}

#[tokio::test]
async fn policies_whose_names_are_known_and_whose_text_is_not_are_a_failure() {
    let cloud = Cloud::new(|request| match request.question.as_str() {
        "GetIdentityPolicies" => refused_query(400, "Throttling"),
        _ => as_recorded(request),
    });
    let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
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
    let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
    assert_eq!(seen.only().id, ADDRESS);
    assert!(seen.unread.is_empty() && seen.complete);
}

#[tokio::test]
async fn a_listing_that_fails_proves_nothing() {
    let failing = Cloud::new(|request| match request.question.as_str() {
        "ListIdentities" => refused_query(400, "Throttling"),
        _ => as_recorded(request),
    });
    let in_circles = Cloud::new(|request| match request.question.as_str() {
        "ListIdentities" => {
            let mut first = request.clone();
            first.page.clear();
            let token = "</Identities><NextToken>more</NextToken>";
            let (status, body) = edited("ses_identity", &first, "</Identities>", token);
            let text = String::from_utf8(body).unwrap();
            let again = if request.page.is_empty() { "" } else { "again." };
            (status, text.replace("example.", &format!("{again}example.")).into_bytes())
        }
        _ => as_recorded(request),
    });
    for (cloud, cause) in [(failing, Cause::Throttled), (in_circles, Cause::Garbled)] {
        let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
        assert_eq!(seen.failed().cause, cause);
        assert_eq!(seen.failed().operation, "ses:ListIdentities");
    }
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
        let seen = sweep(&Identities::new(&cloud.sessions().await)).await;
        assert_eq!((&seen.end, seen.items.len()), (&Ok(()), count));
        assert_eq!(cloud.calls(), fewest_calls(&vec![0; count]), "{count}");
    }
}

#[tokio::test]
async fn only_an_identity_without_a_status_is_gone() {
    let cloud = Cloud::new(as_recorded);
    let watcher = Identities::new(&cloud.sessions().await);
    let all = [("1", "example.org"), ("2", "deleted.example.org"), ("3", "alerts@example.com")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), ["2"]);
}

#[tokio::test]
async fn a_look_up_that_fails_takes_nothing_away() {
    let cloud = Cloud::new(|_| refused_query(403, "AccessDenied"));
    let watcher = Identities::new(&cloud.sessions().await);
    assert_eq!(gone(&watcher, &[("1", "example.org")]).await.unwrap_err().cause, Cause::Denied);
}
