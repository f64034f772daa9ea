//! VPN connections: what must not be read by anybody, and what changes without anybody.

use secmonkey_aws::watch::ec2::vpn_connection::{FEWEST_CALLS, VPN_CONNECTION};
use secmonkey_core::config::with_ephemera_of;

use crate::cloud::{Cloud, concealed, config, raw, recorded, wanted};

const OFFICE: &str = "vpn-0a00000000000000a";
const CERTIFIED: &str = "vpn-0a00000000000000b";
const DELETED: &str = "vpn-0dead00000000000a";
const DELETING: &str = "vpn-0dead00000000000b";

#[tokio::test]
async fn all_connections_come_with_one_call_and_deleted_ones_are_gone() {
    let cloud = Cloud::recorded("vpn_connection");
    let seen = cloud.sweep(&VPN_CONNECTION).await;
    assert!(seen.items.keys().eq([OFFICE, CERTIFIED]), "{:?}", seen.items.keys());
    assert_eq!(raw(&seen.items[OFFICE])["Routes"].as_array().unwrap().len(), 2);
    assert_eq!(cloud.calls(), FEWEST_CALLS);
    let cloud = Cloud::recorded("vpn_connection");
    let all = wanted(&VPN_CONNECTION, [OFFICE, DELETED, DELETING, "vpn-gone"]);
    assert_eq!(cloud.gone(&VPN_CONNECTION, &all).await, [DELETED, DELETING, "vpn-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "vpn-connection-id");
}

/// The keys of the tunnels stand twice in an answer: by themselves, and within the
/// configuration for the customer's gateway.
#[tokio::test]
async fn the_keys_of_the_tunnels_are_recorded_as_digests() {
    let seen = Cloud::recorded("vpn_connection").sweep(&VPN_CONNECTION).await;
    let plain = raw(&seen.items[OFFICE]).to_string();
    let recorded = concealed(&seen.items[OFFICE], &VPN_CONNECTION.technology());
    assert!(recorded.contains("\"CustomerGatewayConfiguration\":\"hmac-sha256:"), "{recorded}");
    assert_eq!(recorded.matches("\"PreSharedKey\":\"hmac-sha256:").count(), 2, "{recorded}");
    for key in ["IwY2l0ZS1tb25rZXkuc2VjcmV0Lm9uZQ", "Zk1vbmtleS1zZWNyZXQtdHdvLTAwMDE"] {
        assert_eq!(plain.matches(key).count(), 2, "{plain}");
        assert!(!recorded.contains(key), "{recorded}");
    }
    assert!(!recorded.contains("ipsec_tunnel"), "{recorded}");
}

#[tokio::test]
async fn a_tunnel_that_goes_down_or_comes_up_is_no_revision() {
    let before = Cloud::recorded("vpn_connection").sweep(&VPN_CONNECTION).await;
    let flapped = Cloud::new(|request| {
        let (status, body) = recorded("vpn_connection", request);
        let text = String::from_utf8(body).unwrap();
        let text = text
            .replace(">UP<", ">up<")
            .replace(">DOWN<", ">UP<")
            .replace(">up<", ">DOWN<")
            .replace("2025-11-20T07:12:31.000Z", "2025-11-21T02:01:00.000Z")
            .replace("2 BGP ROUTES", "IPSEC IS DOWN")
            .replace("<acceptedRouteCount>2<", "<acceptedRouteCount>0<");
        (status, text.into_bytes())
    });
    let after = flapped.sweep(&VPN_CONNECTION).await;
    let technology = VPN_CONNECTION.technology();
    let [before, after] = [before, after].map(|seen| config(&seen.items[OFFICE], &technology));
    assert_ne!(before, after);
    assert_eq!(with_ephemera_of(&before, &after, &technology), after);
}
