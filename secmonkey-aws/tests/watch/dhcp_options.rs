use secmonkey_aws::watch::ec2::dhcp_options::{DHCP_OPTIONS, fewest_calls};

use crate::cloud::{Cloud, config, edited, recorded, wanted};

const SHOP: &str = "dopt-0d00000000000000c";
const SHARED: &str = "dopt-0d00000000000009a";

#[tokio::test]
async fn sets_of_options_come_a_thousand_at_a_time_and_only_our_own() {
    let cloud = Cloud::recorded("dhcp_options");
    let seen = cloud.sweep(&DHCP_OPTIONS).await;
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its options need.
    assert_eq!(cloud.calls(), fewest_calls(3) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let all = wanted(&DHCP_OPTIONS, [SHOP, SHARED, "dopt-gone"]);
    let cloud = Cloud::recorded("dhcp_options");
    assert_eq!(cloud.gone(&DHCP_OPTIONS, &all).await, [SHARED, "dopt-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "dhcp-options-id");
}

/// Whoever is asked first answers for all that both know.
#[tokio::test]
async fn which_server_is_asked_first_is_configuration() {
    let turned = Cloud::new(|request| match request.page.as_str() {
        "" => {
            let (status, body) = edited("dhcp_options", request, "10.0.0.53", "first");
            let text = String::from_utf8(body).unwrap();
            let text = text.replace("10.0.0.2<", "10.0.0.53<").replace("first", "10.0.0.2");
            (status, text.into_bytes())
        }
        _ => recorded("dhcp_options", request),
    });
    let before = Cloud::recorded("dhcp_options").sweep(&DHCP_OPTIONS).await;
    let after = turned.sweep(&DHCP_OPTIONS).await;
    let technology = DHCP_OPTIONS.technology();
    let [before, after] = [before, after].map(|seen| config(&seen.items[SHOP], &technology));
    assert_ne!(before, after);
}
