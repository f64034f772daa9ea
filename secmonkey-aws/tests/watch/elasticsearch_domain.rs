//! Domains: the calls they take, and what is on its way out.

use secmonkey_aws::watch::opensearch::{DOMAIN, fewest_calls};
use serde_json::{Value, json};

use crate::cloud::{Cloud, recorded, wanted};

const AUDIT: &str = "arn:aws:es:eu-west-1:123456789012:domain/audit";
const ORDERS: &str = "arn:aws:es:eu-west-1:123456789012:domain/orders";
const RETIRED: &str = "arn:aws:es:eu-west-1:123456789012:domain/retired";

#[tokio::test]
async fn domains_are_described_five_at_a_time() {
    let names: Vec<_> = (0..11).map(|number| format!("domain-{number}")).collect();
    let cloud = Cloud::new(move |request| match request.question.as_str() {
        "domain" => {
            let all: Vec<_> = names.iter().map(|name| json!({ "DomainName": name })).collect();
            (200, json!({ "DomainNames": all }).to_string().into_bytes())
        }
        "domain-info" => {
            let asked: Vec<String> =
                serde_json::from_str(&request.parameters["DomainNames"]).unwrap();
            assert!(asked.len() <= 5);
            let status = |name: &String| {
                let arn = format!("arn:aws:es:eu-west-1:123456789012:domain/{name}");
                let cluster = json!({ "InstanceCount": 1 });
                json!({
                    "DomainId": name, "DomainName": name, "ARN": arn, "ClusterConfig": cluster
                })
            };
            let all: Vec<Value> = asked.iter().map(status).collect();
            (200, json!({ "DomainStatusList": all }).to_string().into_bytes())
        }
        _ => recorded("elasticsearch_domain", request),
    });
    let seen = cloud.sweep(&DOMAIN).await;
    assert!(seen.is_complete());
    assert_eq!((seen.items.len(), cloud.calls()), (11, fewest_calls(11)));
    assert_eq!(fewest_calls(11), 1 + 3 + 11);
    assert_eq!(fewest_calls(0), 1);
}

#[tokio::test]
async fn a_domain_that_is_being_deleted_is_gone() {
    let cloud = Cloud::recorded("elasticsearch_domain");
    let seen = cloud.sweep(&DOMAIN).await;
    assert_eq!(seen.items.keys().collect::<Vec<_>>(), [AUDIT, ORDERS]);
    let all = wanted(&DOMAIN, [ORDERS, RETIRED]);
    assert_eq!(cloud.gone(&DOMAIN, &all).await, [RETIRED]);
}
