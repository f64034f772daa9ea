use secmonkey_aws::watch::ec2::route_table::{ROUTE_TABLE, fewest_calls};
use secmonkey_core::config::with_ephemera_of;
use serde_json::Value;

use crate::cloud::{Cloud, config, edited, raw, recorded, wanted};

const PUBLIC: &str = "rtb-0d00000000000000a";
const PRIVATE: &str = "rtb-0d00000000000000b";
const SHARED: &str = "rtb-0d00000000000009a";

#[tokio::test]
async fn route_tables_come_a_hundred_at_a_time() {
    let cloud = Cloud::recorded("route_table");
    let seen = cloud.sweep(&ROUTE_TABLE).await;
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its tables need.
    assert_eq!(cloud.calls(), fewest_calls(5) + 1);
    assert_eq!(fewest_calls(101), 2);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "100");
    }
    let all = wanted(&ROUTE_TABLE, [PUBLIC, SHARED, "rtb-gone"]);
    assert_eq!(cloud.gone(&ROUTE_TABLE, &all).await, [SHARED, "rtb-gone"]);
}

#[tokio::test]
async fn an_association_that_ended_is_left_out() {
    let seen = Cloud::recorded("route_table").sweep(&ROUTE_TABLE).await;
    let associations = raw(&seen.items[PUBLIC])["Associations"].clone();
    let associations: Vec<_> = associations.as_array().unwrap().iter().collect();
    assert_eq!(associations.len(), 2, "{associations:?}");
    assert!(associations.iter().all(|one| one["AssociationState"]["State"] == "associated"));
}

/// The private table as it was recorded, and with something in the answer replaced.
async fn private(from: &'static str, to: &'static str) -> [Value; 2] {
    let changed = Cloud::new(move |request| match request.page.as_str() {
        "" => edited("route_table", request, from, to),
        _ => recorded("route_table", request),
    });
    let technology = ROUTE_TABLE.technology();
    let before = Cloud::recorded("route_table").sweep(&ROUTE_TABLE).await;
    let after = changed.sweep(&ROUTE_TABLE).await;
    [before, after].map(|seen| config(&seen.items[PRIVATE], &technology))
}

#[tokio::test]
async fn what_others_announce_and_where_targets_are_is_no_revision() {
    for (from, to) in [
        // Announced no more, and something else in its place.
        ("192.168.4.0/22", "192.168.12.0/22"),
        // The target of a route is gone, or back.
        ("blackhole", "active"),
        // An interface is attached to another instance.
        ("i-0c00000000000000a", "i-0c00000000000000b"),
    ] {
        let [before, after] = private(from, to).await;
        assert_ne!(before, after, "{from}");
        let technology = ROUTE_TABLE.technology();
        assert_eq!(with_ephemera_of(&before, &after, &technology), after, "{from}");
    }
}

#[tokio::test]
async fn a_route_that_somebody_made_and_who_may_announce_is_a_revision() {
    for (from, to) in [
        ("nat-05dba92075d71c408", "nat-0a93acc57881d4199"),
        ("<gatewayId>vgw-0a00000000000000b", "<gatewayId>vgw-0a00000000000000c"),
    ] {
        let [before, after] = private(from, to).await;
        let technology = ROUTE_TABLE.technology();
        assert_eq!(with_ephemera_of(&before, &after, &technology), before, "{from}");
        assert_ne!(before, after, "{from}");
    }
}
