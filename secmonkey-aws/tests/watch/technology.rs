use std::collections::BTreeSet;

use secmonkey_aws::session::Sessions;
use secmonkey_aws::shape;
use secmonkey_aws::watch;
use secmonkey_aws::watch::ec2::elastic_ip::{ELASTIC_IP, ElasticIps};
use secmonkey_aws::watch::ec2::nat_gateway::{NAT_GATEWAY, NatGateways};
use secmonkey_aws::watch::ec2::security_group::{SECURITY_GROUP, SecurityGroups};
use secmonkey_aws::watch::ec2::vpc::{VPC, Vpcs};
use secmonkey_aws::watch::ec2::vpc_endpoint::{VPC_ENDPOINT, VpcEndpoints};
use secmonkey_aws::watch::s3::account::{ACCOUNT, AccountSettings};
use secmonkey_aws::watch::s3::bucket::{BUCKET, Buckets};
use secmonkey_aws::watch::ses::identity::{IDENTITY, Identities};
use secmonkey_core::config::canonicalise;
use secmonkey_core::config::pattern::matches;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::Watcher;
use serde_json::{Value, json};

use crate::cloud::{Cloud, config, recorded, sweep};

/// Lists whose order means something.
const ORDERED: &[(&str, &str)] = &[
    ("s3_bucket", "/CORSRules"),            // the first that matches decides
    ("s3_bucket", "/Website/RoutingRules"), // here, too
];

/// Makes a watcher.
type Make = fn(&Sessions) -> Box<dyn Watcher>;

/// Every configuration that the fixtures hold.
async fn configs() -> Vec<(Technology, Vec<Value>)> {
    let all: [(Technology, Make); 8] = [
        (ELASTIC_IP, |sessions| Box::new(ElasticIps::new(sessions))),
        (NAT_GATEWAY, |sessions| Box::new(NatGateways::new(sessions))),
        (SECURITY_GROUP, |sessions| Box::new(SecurityGroups::new(sessions))),
        (VPC, |sessions| Box::new(Vpcs::new(sessions))),
        (VPC_ENDPOINT, |sessions| Box::new(VpcEndpoints::new(sessions))),
        (ACCOUNT, |sessions| Box::new(AccountSettings::new(sessions))),
        (BUCKET, |sessions| Box::new(Buckets::new(sessions))),
        (IDENTITY, |sessions| Box::new(Identities::new(sessions))),
    ];
    let mut configs = Vec::new();
    for (technology, watcher) in all {
        let cloud = Cloud::new(move |request| recorded(technology.id, request));
        let seen = sweep(watcher(&cloud.sessions().await).as_ref()).await;
        assert!(!seen.items.is_empty());
        let items = seen.items.values().map(|item| config(item, &technology)).collect();
        configs.push((technology, items));
    }
    configs
}

/// Calls `f` with every value of a configuration and its pointer. Documents are theirs who
/// wrote them.
fn visit(value: &Value, at: &str, technology: &Technology, f: &mut dyn FnMut(&str, &Value)) {
    f(at, value);
    if technology.documents.iter().any(|document| matches(document, at)) {
        return;
    }
    match value {
        Value::Array(elements) => {
            for element in elements {
                visit(element, &format!("{at}/*"), technology, f);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                visit(member, &format!("{at}/{name}"), technology, f);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_list_is_a_set_or_ordered_for_a_reason() {
    for (technology, configs) in configs().await {
        let mut lists = BTreeSet::new();
        for config in &configs {
            visit(config, "", &technology, &mut |at, value| {
                if value.is_array() {
                    lists.insert(at.to_owned());
                }
            });
        }
        let sets = technology.sets.iter().map(|set| set.at);
        let ordered = ORDERED.iter().filter(|(id, _)| *id == technology.id).map(|(_, at)| *at);
        let declared: BTreeSet<_> = sets.chain(ordered).map(str::to_owned).collect();
        assert_eq!(lists, declared, "{}", technology.id);
    }
}

#[tokio::test]
async fn a_set_in_another_order_is_the_same_configuration() {
    fn reverse(value: &mut Value, at: &str, technology: &Technology) {
        match value {
            Value::Array(elements) => {
                if technology.sets.iter().any(|set| set.at == at) {
                    elements.reverse();
                }
                for one in elements {
                    reverse(one, &format!("{at}/*"), technology);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    reverse(member, &format!("{at}/{name}"), technology);
                }
            }
            _ => {}
        }
    }
    for (technology, configs) in configs().await {
        for config in configs {
            let mut other = config.clone();
            reverse(&mut other, "", &technology);
            canonicalise(&mut other, &technology);
            assert_eq!(other, config);
        }
    }
}

/// Elements of a set that share a natural key would be told apart by nothing.
#[tokio::test]
async fn natural_keys_tell_elements_apart() {
    for (technology, configs) in configs().await {
        for config in &configs {
            visit(config, "", &technology, &mut |at, value| {
                let set = technology.sets.iter().find(|set| set.at == at && !set.key.is_empty());
                let (Some(set), Some(elements)) = (set, value.as_array()) else { return };
                let key = |element: &Value| -> String {
                    let member = |path: &&str| element.pointer(&format!("/{path}")).cloned();
                    json!(set.key.iter().map(member).collect::<Vec<_>>()).to_string()
                };
                let keys: BTreeSet<_> = elements.iter().map(key).collect();
                assert_eq!(keys.len(), elements.len(), "{} {at}", technology.id);
                let nothing = json!(vec![Value::Null; set.key.len()]).to_string();
                assert!(!keys.contains(&nothing), "{} {at}", technology.id);
            });
        }
    }
}

/// What a configuration is made of, under the number of its shape. Where this changes, raise
/// `shape`: else the next scan reports a change of every item that nobody made.
#[tokio::test]
async fn what_changes_a_configuration_raises_its_shape() {
    for (technology, configs) in configs().await {
        let mut members = BTreeSet::new();
        for config in &configs {
            visit(config, "", &technology, &mut |at, _| {
                members.insert(at.to_owned());
            });
        }
        let sets =
            technology.sets.iter().map(|set| format!("{} by {}", set.at, set.key.join(", ")));
        let facts = json!({
            "sets": sets.collect::<Vec<_>>(),
            "documents": technology.documents,
            "relations": technology.relations,
            "daily": technology.daily,
            "dropped": technology.dropped,
            "plain": technology.plain,
            "members": members,
        });
        insta::assert_json_snapshot!(
            format!("{}-shape-{}", technology.id, technology.shape),
            facts
        );
    }
}

#[test]
fn what_aws_marks_sensitive_is_listed_as_plain() {
    let mut marked = Vec::new();
    for (structure, below) in [
        ("Bucket", ""),
        ("GetBucketAccelerateConfigurationOutput", "/Accelerate"),
        ("GetBucketAclOutput", ""),
        ("GetBucketCorsOutput", ""),
        ("GetBucketEncryptionOutput", ""),
        ("GetBucketLifecycleConfigurationOutput", "/LifecycleConfiguration"),
        ("GetBucketLoggingOutput", ""),
        ("GetBucketNotificationConfigurationOutput", "/Notification"),
        ("GetBucketOwnershipControlsOutput", ""),
        ("GetBucketPolicyOutput", ""),
        ("GetBucketPolicyStatusOutput", ""),
        ("GetBucketReplicationOutput", ""),
        ("GetBucketRequestPaymentOutput", ""),
        ("GetBucketTaggingOutput", ""),
        ("GetBucketVersioningOutput", "/Versioning"),
        ("GetBucketWebsiteOutput", "/Website"),
        ("GetObjectLockConfigurationOutput", ""),
        ("GetPublicAccessBlockOutput", ""),
        ("ListBucketAnalyticsConfigurationsOutput", ""),
        ("ListBucketIntelligentTieringConfigurationsOutput", ""),
        ("ListBucketInventoryConfigurationsOutput", ""),
        ("ListBucketMetricsConfigurationsOutput", ""),
    ] {
        let within = shape::sensitive("s3", structure).expect(structure);
        marked.extend(within.iter().map(|at| format!("{below}{at}")));
    }
    marked.sort();
    assert_eq!(marked, BUCKET.plain);
    for (service, structure) in [
        ("ec2", "Address"),
        ("ec2", "NatGateway"),
        ("ec2", "SecurityGroup"),
        ("ec2", "NetworkInterface"),
        ("ec2", "Vpc"),
        ("ec2", "VpcEndpoint"),
        ("s3control", "PublicAccessBlockConfiguration"),
        ("ses", "IdentityDkimAttributes"),
        ("ses", "IdentityMailFromDomainAttributes"),
        ("ses", "IdentityNotificationAttributes"),
        ("ses", "IdentityVerificationAttributes"),
    ] {
        assert_eq!(shape::sensitive(service, structure), Some(&[][..]), "{structure}");
    }
}

#[tokio::test]
async fn every_technology_is_read_by_one_watcher() {
    let sessions = Cloud::recorded("").sessions().await;
    let watchers = watch::watchers(&sessions);
    let mut read: Vec<_> =
        watchers.iter().flat_map(|watcher| watcher.technologies()).copied().collect();
    read.sort_by_key(|technology| technology.id);
    let mut known = watch::technologies();
    known.sort_by_key(|technology| technology.id);
    assert_eq!(read, known);
    let ids: BTreeSet<_> = known.iter().map(|technology| technology.id).collect();
    assert_eq!(ids.len(), known.len());
    for watcher in watchers {
        let reach = watcher.technologies()[0].reach;
        assert!(watcher.technologies().iter().all(|technology| technology.reach == reach));
    }
    for technology in known {
        assert!(technology.permissions.iter().all(|permission| permission.contains(':')));
        assert!(!technology.title.is_empty() && technology.shape > 0);
    }
}
