//! Functions: the calls they take, and what is asked for whom.

use secmonkey_aws::watch::lambda::{FUNCTION, fewest_calls};

use crate::cloud::{Cloud, concealed, raw};

#[tokio::test]
async fn a_region_takes_the_fewest_calls() {
    // A page holds one function here, one alias and one URL; one function has two aliases.
    let cloud = Cloud::recorded("lambda_function");
    assert!(cloud.sweep(&FUNCTION).await.is_complete());
    assert_eq!(cloud.calls(), 2 + 2 + (2 + 2 + 1 + 3) + 4);
    assert_eq!(fewest_calls(0, &[]), 2);
    assert_eq!(fewest_calls(101, &[0; 51]), 2 + 2 + 51 * 4);
    assert_eq!(fewest_calls(0, &[3]), 2 + 4 + 3);
}

#[tokio::test]
async fn policies_are_told_apart_and_none_is_none() {
    let seen = Cloud::recorded("lambda_function").sweep(&FUNCTION).await;
    let of = |name: &str| raw(seen.items.values().find(|item| item.name == name).unwrap());
    let policies = of("orders")["Policies"].clone();
    let names: Vec<_> = policies.as_object().unwrap().keys().collect();
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
    assert_eq!(names, [arn, &format!("{arn}:blue")]);
    assert!(of("thumbnails")["Policies"].is_null());
}

/// What a variable is called may be read; no value may.
#[tokio::test]
async fn every_value_of_an_environment_is_recorded_as_a_digest() {
    let seen = Cloud::recorded("lambda_function").sweep(&FUNCTION).await;
    let orders = seen.items.values().find(|item| item.name == "orders").unwrap();
    let recorded = concealed(orders, &FUNCTION.technology());
    assert!(recorded.contains("\"DB_PASSWORD\":\"hmac-sha256:"), "{recorded}");
    for value in ["correct-horse-battery", "db.example.com"] {
        assert!(!recorded.contains(value), "{recorded}");
    }
}
