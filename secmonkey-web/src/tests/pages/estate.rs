//! Two accounts as people have them: groups that changed hands, buckets, names that are meant ill.

use std::borrow::Cow;

use secmonkey_core::account::AccountId;
use secmonkey_core::attribution::{Attributed, Attribution, Confidence};
use secmonkey_core::check::{self, Auditor, Check, Rule};
use secmonkey_core::event::{Event, StreamId};
use secmonkey_core::technology::{Reach, Set, Technology};
use secmonkey_core::testing::{Look, PROVIDER, Scene, call};
use secmonkey_core::texts::Texts;

use super::super::access::Web;
use super::*;

pub const GROUP: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("security_group"),
    sets: Cow::Borrowed(&[
        Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
    ]),
    ..Technology::DEFAULT
};
pub const BUCKET: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("bucket"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};
const OPEN: Check = Check {
    id: Cow::Borrowed("security_group.internet_accessible"),
    technology: Cow::Borrowed("security_group"),
    score: 10,
    page: Cow::Borrowed(
        "# Anybody on the internet reaches a port\n\nWhoever scans the internet finds it within \
         minutes.\n\n**Fix:** take the rule away. Who needs the port \
         comes through the bastion.\n\nThe command does it:\n\n```sh\naws ec2 \
         revoke-security-group-ingress --group-id ID --protocol tcp --port 22 --cidr 0.0.0.0/0\n\
         ```\n",
    ),
    ..Check::DEFAULT
};
const PLAIN: Check = Check {
    id: Cow::Borrowed("bucket.unencrypted"),
    technology: Cow::Borrowed("bucket"),
    score: 5,
    page: Cow::Borrowed(
        "# Bucket is not encrypted\n\nObjects rest on disk in the clear: see [the \
         guide](https://example.com/guide) and `DefaultEncryption`.\n\n**Fix:** turn on default \
         encryption.\n",
    ),
    ..Check::DEFAULT
};
const UNTAGGED: Check = Check {
    id: Cow::Borrowed("security_group.untagged"),
    technology: Cow::Borrowed("security_group"),
    score: 1,
    page: Cow::Borrowed("# Nobody owns it\n\nIt has no tag `owner`.\n\n**Fix:** add one.\n"),
    reads: Texts::new(&["/Tags"]),
    ..Check::DEFAULT
};

/// What is meant ill, or only seldom seen.
pub const MARKUP: &str = "<script>alert(1)</script>\"'&amp;";
pub const TURNED: &str = "pay\u{202e}gpj.exe";
pub const ARABIC: &str = "جدار الحماية";

fn rules() -> Vec<Rule> {
    let open = Rule::new(OPEN, |item, _, found| {
        let rules = item.config["IpPermissions"].as_array().into_iter().flatten();
        for (at, rule) in rules.enumerate() {
            let ranges = rule["IpRanges"].as_array().into_iter().flatten();
            for (place, range) in ranges.enumerate() {
                if range["CidrIp"] == "0.0.0.0/0" {
                    let port = &rule["FromPort"];
                    let (subject, detail) = (
                        format!("tcp/{port} 0.0.0.0/0"),
                        format!("tcp/{port} is open to 0.0.0.0/0"),
                    );
                    let pointer = format!("/IpPermissions/{at}/IpRanges/{place}");
                    found.add(subject, detail).at(pointer);
                }
            }
        }
        Ok(())
    });
    let plain = Rule::new(PLAIN, |item, _, found| {
        if item.config["Encryption"].is_null() {
            found.add("", "no default encryption").at("/Encryption");
        }
        Ok(())
    });
    let untagged = Rule::new(UNTAGGED, |item, _, found| {
        if item.config["Tags"]["owner"].is_null() {
            found.add("", "no tag `owner`").at("/Tags");
        }
        Ok(())
    });
    vec![open, plain, untagged]
}

/// Reports about what there is here; what needs more than that is empty.
struct OfEstate;

impl ProviderReports for OfEstate {
    fn unused(&self, _: &Registry) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn public(&self, _: &Registry) -> BTreeSet<String> {
        BTreeSet::from([OPEN.id.to_string()])
    }

    fn key_holders(&self) -> BTreeSet<&'static str> {
        BTreeSet::from(["bucket"])
    }

    fn access_keys(&self, reporting: &Reporting<'_>) -> Result<Report, query::Error> {
        Reports.access_keys(reporting)
    }

    fn frameworks(&self) -> Vec<FrameworkRecord> {
        Reports.frameworks()
    }

    fn require_framework(&self, id: &str) -> Result<(), Unknown> {
        Reports.require_framework(id)
    }

    fn compliance(&self, reporting: &Reporting<'_>, id: &str) -> Result<Report, query::Error> {
        Reports.compliance(reporting, id)
    }
}

pub fn catalogue() -> Catalogue {
    let auditors: Vec<Arc<dyn Auditor>> = vec![Arc::new(check::Catalogue::new(rules()))];
    let registry = Registry::new([GROUP, BUCKET], [OPEN, PLAIN, UNTAGGED]);
    Catalogue::new(registry, auditors, Arc::new(OfEstate))
}

fn ports(ports: &[(u16, &[&str])]) -> Value {
    let rule = |(port, blocks): &(u16, &[&str])| {
        let ranges: Vec<_> = blocks.iter().map(|block| json!({ "CidrIp": block })).collect();
        json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges })
    };
    ports.iter().map(rule).collect()
}

fn group(name: &str, rules: &Value, owner: Option<&str>) -> Value {
    let tags = owner.map_or(json!({}), |owner| json!({ "owner": owner }));
    json!({ "GroupName": name, "Description": format!("what {name} lets in"),
        "IpPermissions": rules, "Tags": tags, "VpcId": "vpc-1" })
}

fn groups(web: Value) -> Look {
    Look::at(&GROUP)
        .item("sg-web", web)
        .named("web")
        .item("sg-db", group("db", &ports(&[(5432, &["10.0.0.0/8"])]), None))
        .named("db")
        .item("sg-markup", group(MARKUP, &ports(&[(3389, &["0.0.0.0/0"])]), Some(MARKUP)))
        .named(MARKUP)
        .item("sg-turned", group(TURNED, &ports(&[]), None))
        .named(TURNED)
        .item("sg-arabic", group(ARABIC, &ports(&[]), Some("👩‍🚀 team")))
        .named(ARABIC)
        .item("sg-long", group(&"long".repeat(250), &ports(&[]), None))
        .named(&"long".repeat(250))
}

fn buckets() -> Look {
    Look::at(&BUCKET)
        .item("logs", json!({ "Encryption": { "Algorithm": "AES256" }, "Policy": null }))
        .named("logs")
        .item("uploads/odd name?#%", json!({ "Encryption": null, "Tags": { "team": "a" } }))
        .named("uploads")
}

/// The accounts, with what changed in the first and who changed it.
pub async fn scene() -> Scene {
    let scene = Scene::new(&[GROUP, BUCKET]);
    let mut scene = rules().iter().fold(scene, Scene::check);
    let closed = group("web", &ports(&[(443, &["10.0.0.0/8", "192.0.2.0/24"])]), Some("shop"));
    // One technology after the other: side by side they come into the log in any order.
    for technology in [&GROUP, &BUCKET] {
        let plan = scene.plan().only([technology.id.as_ref()]);
        scene.scan_plan(vec![groups(closed.clone()), buckets()], plan).await;
    }
    scene.wait(19);
    let both: &[&str] = &["0.0.0.0/0", "10.0.0.0/8"];
    let open = ports(&[(22, both), (443, &["10.0.0.0/8", "192.0.2.0/24"])]);
    let mut opened = group("web", &open, Some("shop"));
    opened["Description"] = json!("what web lets in, and for a day the people of the contractor");
    scene.scan_all(vec![groups(opened.clone()), buckets()]).await;
    let key = scene.key(&GROUP, "sg-web");
    let by = Attribution {
        confidence: Confidence::Likely,
        calls: vec![call("e-1", "alice", "AuthorizeSecurityGroupIngress", scene.now(), &[])],
        more: false,
    };
    let attributed = Event::ChangeAttributed(Attributed { revision: 2, by });
    scene.append(StreamId::item(&key), attributed).await;
    scene.wait(10);
    opened["Tags"]["tier"] = json!("front");
    scene
        .scan_all(vec![groups(opened).item("sg-gone", group("gone", &ports(&[]), Some("x")))])
        .await;

    let first = scene.account.clone();
    scene.account.id = "444455556666".parse::<AccountId>().unwrap();
    "staging".clone_into(&mut scene.account.name);
    let staging = Look::at(&GROUP)
        .item("sg-web", group("web", &ports(&[(80, &["0.0.0.0/0"])]), Some("shop")))
        .named("web");
    scene.scan_all(vec![staging, Look::at(&BUCKET)]).await;
    scene.account = first;
    scene
}

/// A group of 300 rules, half of them open, among many others; and the path of its page.
pub async fn huge() -> (Web, String) {
    let scene = Scene::new(&[GROUP, BUCKET]);
    let mut scene = rules().iter().fold(scene, Scene::check);
    let blocks =
        |at: u16| if at.is_multiple_of(2) { vec!["0.0.0.0/0"] } else { vec!["10.0.0.0/8"] };
    let all: Vec<_> = (0..300).map(|at| (1_000 + at, blocks(at))).collect();
    let all: Vec<_> = all.iter().map(|(port, blocks)| (*port, blocks.as_slice())).collect();
    for owner in ["a", "b"] {
        let look = Look::at(&GROUP).item("sg-huge", group("huge", &ports(&all), Some(owner)));
        let look = (0..300).fold(look, |look, at| {
            let id = format!("sg-{at}");
            let open = ports(&[(22, &["0.0.0.0/0"])]);
            look.item(&id, group(&id.repeat(20), &open, None)).named(&id.repeat(20))
        });
        scene.scan_all(vec![look, Look::at(&BUCKET)]).await;
    }
    let key = crate::pages::words::item_path(&scene.key(&GROUP, "sg-huge"));
    (over(scene), key)
}

/// What people come to over a network, and the owner of the store through its socket.
pub async fn web() -> Web {
    over(scene().await)
}

fn over(scene: Scene) -> Web {
    let recorded = Recorded::of(&scene, catalogue());
    let entry = Entry { public_url: Some(ORIGIN.to_owned()), ..Entry::default() };
    let access = Access::open(Arc::new(crate::access::Forgetful::default()), entry).unwrap();
    let control = Arc::new(Fake::default());
    let service = Service::new(control, Arc::new(recorded), access, Metrics::default());
    Web { public: public(service.clone()), service, scene }
}
