use secmonkey_aws::watch::route53domains::{DOMAIN, fewest_calls};

use crate::cloud::{Cloud, concealed};

#[tokio::test]
async fn an_account_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("route53_domain");
    assert!(cloud.sweep(&DOMAIN).await.is_complete());
    // The recorded listing has a page more than its domains need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    assert_eq!((fewest_calls(0), fewest_calls(101)), (1, 204));
}

#[tokio::test]
async fn nothing_is_recorded_of_people() {
    let seen = Cloud::recorded("route53_domain").sweep(&DOMAIN).await;
    let recorded = concealed(&seen.items["example.com"], &DOMAIN.technology());
    assert!(recorded.contains("ns1.example.com"), "{recorded}");
    for person in ["Ana", "Ben", "Cleo", "Dan", "Main Street", "Bern", "@example.com"] {
        assert!(!recorded.contains(person), "{person} in {recorded}");
    }
}
