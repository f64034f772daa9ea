use secmonkey_aws::watch::Facts;
use secmonkey_aws::watch::ec2::internet_gateway::INTERNET_GATEWAY;
use secmonkey_aws::watch::ec2::network_acl::NETWORK_ACL;
use secmonkey_aws::watch::ec2::route_table::ROUTE_TABLE;
use secmonkey_aws::watch::ec2::subnet::{SUBNET, fewest_calls};
use serde_json::Value;

use crate::cloud::{Cloud, config, edited, raw, recorded, wanted};

const PUBLIC: &str = "subnet-0b00000000000000a";
const SHARED: &str = "subnet-0b00000000000009a";

#[tokio::test]
async fn a_shared_subnet_is_read_where_it_belongs() {
    let cloud = Cloud::recorded("subnet");
    let seen = cloud.sweep(&SUBNET).await;
    assert!(!seen.items.contains_key(SHARED), "{:?}", seen.items.keys());
    // The recorded listing has one page more than its subnets need.
    assert_eq!(cloud.calls(), fewest_calls(5) + 1);
    for request in cloud.asked() {
        assert_eq!(request.parameters["MaxResults"], "1000");
    }
    let all = wanted(&SUBNET, [PUBLIC, SHARED, "subnet-gone"]);
    let cloud = Cloud::recorded("subnet");
    assert_eq!(cloud.gone(&SUBNET, &all).await, [SHARED, "subnet-gone"]);
    assert_eq!(cloud.asked()[0].parameters["Filter.1.Name"], "subnet-id");
}

#[tokio::test]
async fn a_block_that_the_subnet_does_not_have_is_left_out() {
    let seen = Cloud::recorded("subnet").sweep(&SUBNET).await;
    let blocks = raw(&seen.items[PUBLIC])["Ipv6CidrBlockAssociationSet"].clone();
    let blocks: Vec<_> = blocks.as_array().unwrap().iter().collect();
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    assert!(blocks.iter().all(|block| block["Ipv6CidrBlockState"]["State"] == "associated"));
}

/// Or every instance that is started would change its subnet.
#[tokio::test]
async fn how_many_addresses_are_free_is_not_recorded() {
    let technology = SUBNET.technology();
    let mut configs = Vec::new();
    for free in ["247", "12"] {
        let cloud = Cloud::new(move |request| match request.page.as_str() {
            "" => {
                let count = |free: &str| format!("<availableIpAddressCount>{free}<");
                edited("subnet", request, &count("247"), &count(free))
            }
            _ => recorded("subnet", request),
        });
        configs.push(config(&cloud.sweep(&SUBNET).await.items[PUBLIC], &technology));
    }
    assert_eq!(configs[0], configs[1]);
}

/// The pointers by which checks go from a subnet to the internet, from one technology to the
/// next.
#[tokio::test]
async fn what_leads_from_a_subnet_to_the_internet_can_be_followed() {
    async fn all(facts: &Facts) -> Vec<Value> {
        let seen = Cloud::recorded(facts.id).sweep(facts).await;
        seen.items.values().map(raw).collect()
    }
    fn has(config: &Value, list: &str, member: &str, value: &str) -> bool {
        config[list].as_array().unwrap().iter().any(|one| one[member] == value)
    }
    let tables = all(&ROUTE_TABLE).await;
    let (acls, gateways) = (all(&NETWORK_ACL).await, all(&INTERNET_GATEWAY).await);
    let subnets = all(&SUBNET).await;
    for (subnet, is_public) in [(PUBLIC, true), ("subnet-0b00000000000000b", false)] {
        let config = subnets.iter().find(|one| one["SubnetId"] == subnet).unwrap();
        let of_vpc = |one: &&Value| one["VpcId"] == config["VpcId"];
        let is_main = |one: &Value| {
            one["Associations"].as_array().unwrap().iter().any(|one| one["Main"] == true)
        };
        let named = tables.iter().find(|one| has(one, "Associations", "SubnetId", subnet));
        assert_eq!(named.is_some(), is_public, "the private one has the main table of its VPC");
        let table = named.or_else(|| tables.iter().filter(of_vpc).find(|one| is_main(one)));
        let table = table.unwrap();
        let ways_out = gateways.iter().filter(|gateway| {
            let id = gateway["InternetGatewayId"].as_str().unwrap();
            has(table, "Routes", "GatewayId", id)
                && has(gateway, "Attachments", "VpcId", config["VpcId"].as_str().unwrap())
        });
        assert_eq!(ways_out.count(), usize::from(is_public), "{subnet}");
        let guards = acls.iter().filter(|one| has(one, "Associations", "SubnetId", subnet));
        let guards: Vec<_> = guards.collect();
        assert_eq!(guards.len(), 1, "{subnet}");
        assert!(has(guards[0], "Entries", "RuleAction", "allow"));
    }
}
