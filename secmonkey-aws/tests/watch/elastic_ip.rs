use secmonkey_aws::watch::ec2::elastic_ip::{ELASTIC_IP, FEWEST_CALLS};
use secmonkey_core::config::with_ephemera_of;

use crate::cloud::{Cloud, config, recorded, wanted};

const MAIL: &str = "eipalloc-08229861";
/// Of the time before VPCs: its id is its address.
const CLASSIC: &str = "198.51.100.3";

#[tokio::test]
async fn all_addresses_come_with_one_call() {
    let cloud = Cloud::recorded("elastic_ip");
    let seen = cloud.sweep(&ELASTIC_IP).await;
    assert!(seen.items.contains_key(CLASSIC), "{:?}", seen.items.keys());
    assert_eq!(cloud.calls(), FEWEST_CALLS);
}

#[tokio::test]
async fn an_address_that_is_given_to_another_instance_has_no_new_revision() {
    let before = Cloud::recorded("elastic_ip").sweep(&ELASTIC_IP).await;
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
    let after = cloud.sweep(&ELASTIC_IP).await;
    let technology = ELASTIC_IP.technology();
    let [before, after] = [before, after].map(|seen| config(&seen.items[MAIL], &technology));
    assert_ne!(before, after);
    assert_eq!(with_ephemera_of(&before, &after, &technology), after);
}

#[tokio::test]
async fn an_address_is_looked_up_by_what_it_is_known_by() {
    let cloud = Cloud::new(|request| {
        let asked = |name: &str| request.parameters.get(name).map(String::as_str);
        match (asked("Filter.1.Name"), asked("Filter.1.Value.1"), asked("Filter.1.Value.2")) {
            (Some("allocation-id"), Some(MAIL), Some("eipalloc-gone"))
            | (Some("public-ip"), Some(CLASSIC), Some("198.51.100.4")) => {
                recorded("elastic_ip", request)
            }
            _ => request.refused(403, "UnauthorizedOperation"),
        }
    });
    let all = wanted(&ELASTIC_IP, [MAIL, CLASSIC, "eipalloc-gone", "198.51.100.4"]);
    assert_eq!(cloud.gone(&ELASTIC_IP, &all).await, ["198.51.100.4", "eipalloc-gone"]);
}
