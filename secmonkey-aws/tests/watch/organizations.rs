//! Accounts and policies of an organization, and who is not shown them.

use std::collections::BTreeSet;

use secmonkey_aws::source::{Organization, PERMISSIONS};
use secmonkey_aws::watch::Facts;
use secmonkey_aws::watch::organizations::account::ACCOUNT;
use secmonkey_aws::watch::organizations::policy::POLICY;
use secmonkey_aws::watch::organizations::{account, policy};
use secmonkey_core::source::{self, AccountSource as _, Entry, Listing};
use secmonkey_core::watch::{Cause, Found};
use serde_json::json;

use crate::cloud::{Answer, Cloud, Request, concealed, edited, recorded, wanted};

#[tokio::test]
async fn an_organization_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("organizations_account");
    assert!(cloud.sweep(&ACCOUNT).await.is_complete());
    // The recorded listing has a page more than its accounts need.
    assert_eq!(cloud.calls(), account::fewest_calls(3) + 1);
    assert_eq!((account::fewest_calls(0), account::fewest_calls(21)), (1, 2));

    let cloud = Cloud::recorded("organizations_policy");
    let seen = cloud.sweep(&POLICY).await;
    let ids: Vec<_> = seen.items.keys().map(String::as_str).collect();
    assert_eq!(ids, ["p-FullAWSAccess", "p-regions1", "p-tagging1"]);
    let types =
        cloud.asked().into_iter().filter_map(|asked| asked.parameters.get("Filter").cloned());
    let types: BTreeSet<_> = types.collect();
    assert!(types.contains("RESOURCE_CONTROL_POLICY") && types.contains("S3_POLICY"), "{types:?}");
    // One listing of policies and one of targets have a page more than they need.
    let each = vec![1; types.len()];
    assert_eq!(cloud.calls(), policy::fewest_calls(&each, &[3, 1, 0], 2) + 2);
}

/// Mail to it resets the password of the root user.
#[tokio::test]
async fn the_address_of_an_account_is_recorded_as_a_digest() {
    let seen = Cloud::recorded("organizations_account").sweep(&ACCOUNT).await;
    let build = concealed(&seen.items["210987654321"], &ACCOUNT.technology());
    assert!(build.contains("\"Name\":\"build\"") && build.contains("hmac-sha256:"), "{build}");
    assert!(!build.contains("@example.com"), "{build}");
}

/// What a member of an organization is told by a service that says only its manager may ask.
fn refused(request: &Request, message: &str, manager: &str) -> Answer {
    if request.question == "DescribeOrganization" {
        let organization = json!({ "Id": "o-exampleorg1", "MasterAccountId": manager });
        return (200, json!({ "Organization": organization }).to_string().into_bytes());
    }
    let error = json!({ "__type": "AccessDeniedException", "Message": message });
    (400, error.to_string().into_bytes())
}

const MEMBER: &str = "You don't have permissions to access this resource.";
const LACKING: &str = "User: arn:aws:sts::123456789012:assumed-role/SecurityMonkey/secmonkey is not \
                       authorized to perform: organizations:ListAccounts";

#[tokio::test]
async fn a_member_has_none_and_who_lacks_a_permission_does_not_know() {
    let ids: [(&Facts, &str); 2] = [(&ACCOUNT, "210987654321"), (&POLICY, "p-regions1")];
    for (facts, id) in ids {
        let member = Cloud::new(|request| refused(request, MEMBER, "999999999999"));
        let seen = member.sweep(facts).await;
        assert!(seen.is_complete() && seen.items.is_empty());
        assert_eq!(member.gone(facts, &wanted(facts, [id])).await, [id]);
        for (message, manager) in [(LACKING, "999999999999"), (MEMBER, "123456789012")] {
            let denied = Cloud::new(move |request| refused(request, message, manager));
            assert_eq!(denied.sweep(facts).await.failed().cause, Cause::Denied);
            let found = denied.look(facts, &wanted(facts, [id])).await;
            assert!(matches!(found[id], Found::Failed(_)), "{found:?}");
        }
    }
}

#[tokio::test]
async fn an_account_in_no_organization_has_none() {
    for facts in [&ACCOUNT, &POLICY] {
        let alone = Cloud::new(|request| request.refused(400, "AWSOrganizationsNotInUseException"));
        assert!(alone.sweep(facts).await.is_complete());
        assert_eq!(alone.calls(), 1);
    }
}

/// The organization as somebody's source of accounts.
async fn listed(cloud: &Cloud) -> Result<Listing, source::Error> {
    Organization::new(cloud.sessions().await).role("audit/Reader").external_id("7").accounts().await
}

#[tokio::test]
async fn an_organization_says_which_accounts_there_are() {
    let cloud = Cloud::recorded("organizations_account");
    let listing = listed(&cloud).await.unwrap();
    let registered: Vec<_> = listing.entries.iter().map(Entry::registered).collect();
    insta::assert_json_snapshot!(registered);
    let whole = listing.whole.unwrap();
    assert_eq!((whole.proof.listed(), whole.names.len()), (3, 1));
    let asked: BTreeSet<_> = cloud
        .asked()
        .into_iter()
        .map(|asked| format!("organizations:{}", asked.question))
        .collect();
    assert_eq!(asked, PERMISSIONS.iter().map(|one| (*one).to_owned()).collect());
}

#[tokio::test]
async fn a_listing_that_is_cut_says_nothing_about_anybody() {
    let cut: [fn(&Request) -> Answer; 3] = [
        |request| request.refused(400, "TooManyRequestsException"),
        |request| (200, recorded("organizations_account", request).1[..80].to_vec()),
        // The same page again and again.
        |request| {
            edited(
                "organizations_account",
                request,
                "\"Accounts\"",
                "\"NextToken\": \"page-2\", \"Accounts\"",
            )
        },
    ];
    for answer in cut {
        let cloud = Cloud::new(move |request| {
            if request.page.is_empty() {
                recorded("organizations_account", request)
            } else {
                answer(request)
            }
        });
        let error = listed(&cloud).await.unwrap_err();
        assert!(matches!(error, source::Error::Unread(_)), "{error}");
    }
}

#[tokio::test]
async fn whom_the_organization_is_not_shown_is_told_whom_to_ask_as() {
    let member = Cloud::new(|request| refused(request, MEMBER, "999999999999"));
    let error = listed(&member).await.unwrap_err();
    assert!(matches!(error, source::Error::Denied(_)), "{error}");
    let said = error.to_string();
    assert!(said.starts_with("account 123456789012 is a member of o-exampleorg1"), "{said}");
    assert!(said.contains("management account 999999999999"), "{said}");

    let lacking = Cloud::new(|request| refused(request, LACKING, "123456789012"));
    let error = listed(&lacking).await.unwrap_err();
    assert!(matches!(&error, source::Error::Unread(one) if one.cause == Cause::Denied), "{error}");

    let alone = Cloud::new(|request| request.refused(400, "AWSOrganizationsNotInUseException"));
    let error = listed(&alone).await.unwrap_err();
    assert!(matches!(error, source::Error::NoList(_)), "{error}");
    assert_eq!(error.to_string(), "account 123456789012 is in no organization");
}
