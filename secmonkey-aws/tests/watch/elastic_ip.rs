use secmonkey_aws::watch::ec2::elastic_ip::{ELASTIC_IP, ElasticIps, FEWEST_CALLS};
use secmonkey_core::config::with_ephemera_of;
use secmonkey_core::watch::Cause;

use crate::cloud::{Cloud, config, gone, recorded, refused_ec2, shown, sweep};

const MAIL: &str = "eipalloc-08229861";
/// Of the time before VPCs.
const CLASSIC: &str = "198.51.100.3";

#[tokio::test]
async fn addresses_are_told_apart_by_their_allocation_else_by_themselves() {
    let cloud = Cloud::recorded("elastic_ip");
    let seen = sweep(&ElasticIps::new(&cloud.sessions().await)).await;
    assert_eq!((&seen.end, seen.complete), (&Ok(()), true));
    insta::assert_json_snapshot!(shown(&seen, &ELASTIC_IP));
    assert!(seen.items.contains_key(CLASSIC), "{:?}", seen.items.keys());
    assert_eq!(cloud.calls(), FEWEST_CALLS);
}

#[tokio::test]
async fn an_address_that_is_given_to_another_instance_has_no_new_revision() {
    let cloud = Cloud::recorded("elastic_ip");
    let before = sweep(&ElasticIps::new(&cloud.sessions().await)).await;
    let cloud = Cloud::new(|request| {
        let (status, body) = recorded("elastic_ip", request);
        let text = String::from_utf8(body).unwrap();
        let moved = text
            .replace("i-0c00000000000000a", "i-0c00000000000000b")
            .replace("eipassoc-f0229899", "eipassoc-f0229900")
            .replace("eni-0e00000000000000a", "eni-0e00000000000000b")
            .replace("subnet-0b00000000000000a", "subnet-0b00000000000000b")
            .replace("10.0.1.10", "10.0.2.10");
        (status, moved.into_bytes())
    });
    let after = sweep(&ElasticIps::new(&cloud.sessions().await)).await;
    let [before, after] = [before, after].map(|seen| config(&seen.items[MAIL], &ELASTIC_IP));
    assert_ne!(before, after);
    assert_eq!(with_ephemera_of(&before, &after, &ELASTIC_IP), after);
}

#[tokio::test]
async fn a_listing_that_fails_proves_nothing() {
    let cloud = Cloud::new(|_| refused_ec2(403, "UnauthorizedOperation"));
    let seen = sweep(&ElasticIps::new(&cloud.sessions().await)).await;
    assert_eq!(seen.failed().cause, Cause::Denied);
}

#[tokio::test]
async fn an_address_is_looked_up_by_what_it_is_known_by() {
    let cloud = Cloud::new(|request| {
        let asked = |name: &str| request.parameters.get(name).map(String::as_str);
        match (asked("AllocationId.1"), asked("PublicIp.1")) {
            (Some(MAIL), None) | (None, Some(CLASSIC)) => recorded("elastic_ip", request),
            (Some("eipalloc-gone"), None) => refused_ec2(400, "InvalidAllocationID.NotFound"),
            (None, Some("198.51.100.4")) => refused_ec2(400, "InvalidAddress.NotFound"),
            _ => refused_ec2(403, "UnauthorizedOperation"),
        }
    });
    let watcher = ElasticIps::new(&cloud.sessions().await);
    let all = [(MAIL, "mail"), (CLASSIC, ""), ("eipalloc-gone", ""), ("198.51.100.4", "")];
    assert_eq!(gone(&watcher, &all).await.unwrap(), ["198.51.100.4", "eipalloc-gone"]);
    let denied = gone(&watcher, &[("eipalloc-gone", ""), ("eipalloc-denied", "")]).await;
    assert_eq!(denied.unwrap_err().operation, "ec2:DescribeAddresses");
}
