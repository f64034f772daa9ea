//! The known world: whose names and addresses are, when that is known, and what is
//! audited again where it changed.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use secmonkey_core::account::{Account, AccountId};
use secmonkey_core::check::{Check, Rule};
use secmonkey_core::event::{Event, Position, StreamId};
use secmonkey_core::log::EventLog as _;
use secmonkey_core::network::{Block, Network};
use secmonkey_core::plan::{Plan, PlannedAccount};
use secmonkey_core::technology::{Kind, Name, Reach, Technology};
use secmonkey_core::testing::{Look, PROVIDER, Scene};
use secmonkey_core::texts::Texts;
use secmonkey_core::view::{Memory, Rows as _, Views};
use serde_json::{Value, json};

const BUCKETS: Kind = Kind::named("bucket");
const CANONICAL: Kind = Kind::named("canonical_user");
const ORGANIZATIONS: Kind = Kind::named("organization");
const UNIQUE: Kind = Kind::named("unique_id");
const VPCS: Kind = Kind::named("vpc");

const BUCKET: Technology = Technology {
    id: Cow::Borrowed("bucket"),
    reach: Reach::Global,
    names: Cow::Borrowed(&[Name::new(BUCKETS, "/Name"), Name::new(CANONICAL, "/Owner")]),
    ..Technology::DEFAULT
};
const VPC: Technology = Technology {
    id: Cow::Borrowed("vpc"),
    names: Cow::Borrowed(&[Name::new(VPCS, "/VpcId"), Name::new(Kind::BLOCK, "/Blocks/*/Cidr")]),
    ..Technology::DEFAULT
};
/// Names nothing.
const QUEUE: Technology = Technology { id: Cow::Borrowed("queue"), ..Technology::DEFAULT };

const ALL: &[Technology] = &[BUCKET, VPC, QUEUE];

fn ours(technology: &Technology) -> Technology {
    Technology { provider: PROVIDER, ..technology.clone() }
}

/// Finds the buckets in `/Trusts` that are nobody's.
static STRANGER: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "queue.stranger".into(),
        technology: "queue".into(),
        score: 5,
        reads: Texts::new(&["/Trusts"]),
        world: Texts::new(&["known"]),
        page: "# Queue trusts a stranger".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, world, found| {
        for name in item.config["Trusts"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if world.owners(&BUCKETS, name)?.is_empty() {
                found.add(name, format!("{name} is nobody's"));
            }
        }
        Ok(())
    })
});

/// Finds the block in `/Allows` where it lies in no known one.
static OUTSIDE: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "queue.outside".into(),
        reads: Texts::new(&["/Allows"]),
        page: "# Queue lets in strange addresses".into(),
        ..STRANGER.check.clone()
    };
    Rule::new(check, |item, world, found| {
        if let Some(text) = item.config["Allows"].as_str()
            && world.blocks(block(text))?.is_empty()
        {
            found.add(text, format!("{text} is nobody's"));
        }
        Ok(())
    })
});

fn block(text: &str) -> ipnet::IpNet {
    secmonkey_core::network::block(text).unwrap()
}

fn bucket(name: &str) -> Value {
    json!({ "Name": name, "Owner": "canonical" })
}

fn vpc(blocks: &[&str]) -> Value {
    let blocks: Vec<_> = blocks.iter().map(|block| json!({ "Cidr": block })).collect();
    json!({ "VpcId": "vpc-1", "Blocks": blocks })
}

fn queue(trusts: &[&str]) -> Look {
    Look::at(&QUEUE).item("q", json!({ "Trusts": trusts }))
}

fn network(name: &str, cidr: &str, account: Option<&AccountId>) -> Network {
    let cidr = cidr.parse().unwrap();
    Network { name: name.to_owned(), cidr, account: account.cloned(), notes: String::new() }
}

fn owners(scene: &Scene, kind: &Kind, name: &str) -> Vec<String> {
    let owners = scene.views.owners(kind, name).unwrap();
    owners.iter().map(ToString::to_string).collect()
}

async fn register(scene: &mut Scene, account: &Account) {
    let stream = StreamId::account(&account.id);
    scene.append(stream, Event::AccountRegistered(account.clone())).await;
}

fn other() -> Account {
    Account::new(PROVIDER, "444455556666".parse().unwrap(), "other")
}

/// A scan of one account.
async fn scan(scene: &mut Scene, account: &Account, looks: Vec<Look>) {
    let regions = Ok(scene.regions.clone());
    let accounts = vec![PlannedAccount { account: account.clone(), regions }];
    let plan = Plan { accounts, all_regions: true, ..Plan::default() };
    scene.scan_plan(looks, plan).await;
}

/// What is empty and comes to its end, but for these.
fn around(looks: Vec<Look>) -> Vec<Look> {
    let given: BTreeSet<_> = looks.iter().map(|look| look.technology().to_owned()).collect();
    let rest: Vec<_> =
        ALL.iter().filter(|it| !given.contains(it.id.as_ref())).map(Look::at).collect();
    looks.into_iter().chain(rest).collect()
}

#[tokio::test]
async fn names_come_and_go_with_the_items_that_say_them() {
    let mut scene = Scene::new(&[BUCKET]);
    let own = scene.account.id.to_string();
    let (none, ours) = (Vec::<String>::new(), vec![own]);
    scene.scan(Look::at(&BUCKET).item("a", bucket("one")).item("b", bucket("two"))).await;
    assert_eq!(owners(&scene, &BUCKETS, "one"), ours);
    assert_eq!(owners(&scene, &CANONICAL, "canonical"), ours);
    assert_eq!(owners(&scene, &UNIQUE, "one"), none, "of the kind that was asked for");

    scene.scan(Look::at(&BUCKET).item("a", bucket("three")).item("b", bucket("two"))).await;
    assert_eq!(owners(&scene, &BUCKETS, "one"), none, "renamed");
    assert_eq!(owners(&scene, &BUCKETS, "three"), ours);

    scene.scan(Look::at(&BUCKET).item("b", bucket("two"))).await;
    assert_eq!(owners(&scene, &BUCKETS, "three"), none, "deleted");
    assert_eq!(owners(&scene, &CANONICAL, "canonical"), ours, "another still says so");

    scene.scan(Look::at(&BUCKET)).await;
    assert_eq!(owners(&scene, &CANONICAL, "canonical"), none);
    scene.scan(Look::at(&BUCKET).item("a", bucket("three"))).await;
    assert_eq!(owners(&scene, &BUCKETS, "three"), ours, "returned");
    scene.scan(Look::at(&BUCKET)).await;
    assert_eq!(owners(&scene, &BUCKETS, "three"), none, "and counted once");
}

#[tokio::test]
async fn a_name_belongs_to_every_account_that_says_so() {
    let mut scene = Scene::new(&[VPC]);
    scene.scan(Look::at(&VPC).item("vpc-1", vpc(&[]))).await;
    let own = scene.account.clone();
    scan(&mut scene, &other(), vec![Look::at(&VPC).item("vpc-1", vpc(&[]))]).await;
    let both = [own.id.to_string(), other().id.to_string()];
    assert_eq!(owners(&scene, &VPCS, "vpc-1"), both);
    scan(&mut scene, &own, vec![Look::at(&VPC)]).await;
    assert_eq!(owners(&scene, &VPCS, "vpc-1"), both[1..]);
}

#[tokio::test]
async fn a_block_is_looked_up_by_what_holds_all_of_it() {
    let mut scene = Scene::new(&[VPC]);
    let blocks = ["10.0.0.0/16", "10.0.1.7", "2001:db8::/32", "no block", ""];
    scene.scan(Look::at(&VPC).item("vpc-1", vpc(&blocks))).await;
    let own = scene.account.id.clone();
    for known in
        [network("office", "10.0.0.0/8", None), network("build", "10.0.0.0/16", Some(&other().id))]
    {
        scene.append(StreamId::governance(), Event::NetworkKnown(known)).await;
    }
    let found = |text: &str| {
        let all = scene.views.blocks(block(text)).unwrap();
        let said = |one: &Block| {
            let account = one.account.as_ref().map_or("-", AccountId::as_str);
            let name = one.name.as_deref().unwrap_or("-");
            format!("{} {account} {name}", one.network)
        };
        all.iter().map(said).collect::<Vec<_>>()
    };
    assert_eq!(
        found("10.0.1.7/32"),
        [
            "10.0.0.0/8 - office".to_owned(),
            format!("10.0.0.0/16 {own} -"),
            "10.0.0.0/16 444455556666 build".to_owned(),
            format!("10.0.1.7/32 {own} -"),
        ]
    );
    assert_eq!(found("10.0.0.0/15"), ["10.0.0.0/8 - office"], "not what it only touches");
    assert_eq!(found("2001:db8:1::/48"), [format!("2001:db8::/32 {own} -")]);
    assert!(found("11.0.0.0/16").is_empty());
    assert!(found("0.0.0.0/0").is_empty());
}

#[tokio::test]
async fn a_network_known_anew_replaces_the_one_of_its_name() {
    let mut scene = Scene::new(&[VPC]);
    let governance = StreamId::governance;
    let (narrow, wide) = (network("n", "192.0.2.0/28", None), network("n", "192.0.2.0/24", None));
    scene.append(governance(), Event::NetworkKnown(narrow)).await;
    scene.append(governance(), Event::NetworkKnown(wide.clone())).await;
    assert_eq!(scene.views.networks().map(Result::unwrap).collect::<Vec<_>>(), [wide]);
    let inside = block("192.0.2.1");
    assert_eq!(scene.views.blocks(inside).unwrap().len(), 1);
    let gone = Event::NetworkForgotten { name: "n".to_owned() };
    scene.append(governance(), gone.clone()).await;
    scene.append(governance(), gone).await;
    assert!(scene.views.blocks(inside).unwrap().is_empty());
    assert_eq!(scene.views.networks().count(), 0);
}

#[tokio::test]
async fn nobody_is_unknown_before_every_watched_account_was_listed() {
    let mut scene = Scene::new(ALL).check(&STRANGER);
    let own = scene.account.clone();
    register(&mut scene, &own).await;
    register(&mut scene, &other()).await;
    for (id, third_party, active) in [("777788889999", true, true), ("888899990000", false, false)]
    {
        let mut account = Account::new(PROVIDER, id.parse().unwrap(), id);
        (account.third_party, account.active) = (third_party, active);
        register(&mut scene, &account).await;
    }
    scene.events().await;

    let looks = || around(vec![queue(&["mine", "theirs", "nobodys"]), bucket_look("mine")]);
    scan(&mut scene, &own, looks()).await;
    assert_eq!(opened(&mut scene).await, Vec::<String>::new(), "the other account may own both");

    scan(&mut scene, &other(), around(vec![bucket_look("theirs")])).await;
    scan(&mut scene, &own, looks()).await;
    assert_eq!(opened(&mut scene).await, ["q: issue_opened queue.stranger nobodys"]);
}

fn bucket_look(name: &str) -> Look {
    Look::at(&BUCKET).item(name, bucket(name))
}

async fn opened(scene: &mut Scene) -> Vec<String> {
    let events = scene.events().await;
    events.into_iter().filter(|event| event.contains(": issue_")).collect()
}

#[tokio::test]
async fn the_very_scan_that_lists_an_account_decides() {
    let mut scene = Scene::new(ALL).check(&STRANGER);
    scene.scan_all(around(vec![queue(&["mine", "nobodys"]), bucket_look("mine")])).await;
    assert_eq!(opened(&mut scene).await, ["q: issue_opened queue.stranger nobodys"]);
}

#[tokio::test]
async fn a_region_that_was_never_listed_to_the_end_holds_it_up_while_it_is_planned() {
    const ELSEWHERE: &str = "us-east-1";
    let mut scene = Scene::new(ALL).check(&OUTSIDE);
    let own = scene.account.clone();
    register(&mut scene, &own).await;
    scene.regions.push(ELSEWHERE.to_owned());
    let look = || Look::at(&QUEUE).item("q", json!({ "Allows": "198.51.100.0/24" }));
    let there = |vpc: Look| {
        let mut looks = around(vec![look()]);
        looks.extend([vpc.region(ELSEWHERE), Look::at(&QUEUE).region(ELSEWHERE)]);
        looks
    };
    scene.scan_all(there(Look::at(&VPC).broken())).await;
    assert_eq!(opened(&mut scene).await, Vec::<String>::new());
    scene.scan_all(there(Look::at(&VPC).broken())).await;
    assert_eq!(opened(&mut scene).await, Vec::<String>::new());

    scene.regions.pop();
    scene.scan_all(around(vec![look()])).await;
    assert_eq!(opened(&mut scene).await, ["q: issue_opened queue.outside 198.51.100.0/24"]);
}

#[tokio::test]
async fn what_another_account_says_is_audited_in_the_next_scan_of_this_one() {
    let mut scene = Scene::new(ALL).check(&STRANGER);
    let own = scene.account.clone();
    let looks = || around(vec![queue(&["theirs"])]);
    scan(&mut scene, &own, looks()).await;
    assert_eq!(opened(&mut scene).await, ["q: issue_opened queue.stranger theirs"]);
    scan(&mut scene, &other(), around(vec![bucket_look("theirs")])).await;
    assert_eq!(opened(&mut scene).await, Vec::<String>::new());
    scan(&mut scene, &own, looks()).await;
    assert_eq!(
        opened(&mut scene).await,
        ["q: issue_resolved known_now account other (444455556666)"],
        "nothing of its own changed"
    );
    scan(&mut scene, &other(), around(vec![])).await;
    scan(&mut scene, &own, looks()).await;
    assert_eq!(opened(&mut scene).await, ["q: issue_reopened queue.stranger theirs"]);
}

#[tokio::test]
async fn a_network_that_becomes_known_or_forgotten_is_audited_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let counted = Rule::new(OUTSIDE.check.clone(), |item, world, found| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        (OUTSIDE.run)(item, world, found)
    });
    let mut scene = Scene::new(ALL).check(&counted);
    let looks = || around(vec![Look::at(&QUEUE).item("q", json!({ "Allows": "198.51.100.0/24" }))]);
    let office = network("office", "198.51.0.0/16", None);
    let forgotten = Event::NetworkForgotten { name: office.name.clone() };
    // The first scan ends with what it listed: the second looks once more.
    for _ in 0..2 {
        scene.scan_all(looks()).await;
    }
    assert_eq!(opened(&mut scene).await, ["q: issue_opened queue.outside 198.51.100.0/24"]);
    for (event, said) in [
        (Event::NetworkKnown(office), "q: issue_resolved known_now network office"),
        (forgotten, "q: issue_reopened queue.outside 198.51.100.0/24"),
    ] {
        ASKED.store(0, Ordering::Relaxed);
        scene.scan_all(looks()).await;
        assert_eq!(ASKED.load(Ordering::Relaxed), 0, "nothing changed");
        scene.append(StreamId::governance(), event).await;
        scene.events().await;
        scene.scan_all(looks()).await;
        assert_eq!(opened(&mut scene).await, [said]);
        scene.scan_all(looks()).await;
        assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_check_that_does_not_declare_the_known_world_is_refused() {
    let mut undeclared = STRANGER.clone();
    undeclared.check.id = "queue.undeclared".into();
    undeclared.check.world = Texts::new(&["accounts"]);
    let mut scene = Scene::new(ALL).check(&undeclared);
    scene.scan_all(around(vec![queue(&["nobodys"])])).await;
    assert_eq!(opened(&mut scene).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_an_account_is_registered_with_needs_no_listing() {
    let typed = Rule::new(STRANGER.check.clone(), |_, world, found| {
        let canonical = world.owner(&CANONICAL, "typed")?.map(|account| account.name.as_str());
        let organization = world.registered(&ORGANIZATIONS, "o-1234567890")?;
        let nobodys = world.registered(&ORGANIZATIONS, "o-0000000000")?;
        found.add("", format!("{canonical:?} {} {}", organization.len(), nobodys.len()));
        Ok(())
    });
    let mut scene = Scene::new(&[QUEUE]).check(&typed);
    let mut partner = other();
    partner.third_party = true;
    partner.names.insert(CANONICAL, "typed".to_owned());
    partner.names.insert(ORGANIZATIONS, "o-1234567890".to_owned());
    register(&mut scene, &partner).await;
    scene.scan(queue(&[])).await;
    assert_eq!(scene.issues()[0].finding.detail, r#"Some("other") 1 0"#);
}

/// A history in which everything happens that the known world is made of.
async fn history() -> Scene {
    let mut scene = Scene::new(ALL);
    let own = scene.account.clone();
    for account in [&own, &other()] {
        register(&mut scene, account).await;
    }
    let office = network("office", "10.0.0.0/8", Some(&other().id));
    scan(&mut scene, &own, around(vec![bucket_look("a"), Look::at(&VPC).broken()])).await;
    scene.append(StreamId::governance(), Event::NetworkKnown(office)).await;
    let look = Look::at(&VPC).item("vpc-1", vpc(&["10.0.0.0/16", "10.1.0.0/20"]));
    scan(&mut scene, &own, around(vec![look, bucket_look("b")])).await;
    let look = Look::at(&VPC).item("vpc-1", vpc(&["10.0.0.0/16"]));
    scan(&mut scene, &other(), around(vec![look])).await;
    let gone = Event::NetworkForgotten { name: "office".to_owned() };
    scene.append(StreamId::governance(), gone).await;
    scan(&mut scene, &own, around(vec![bucket_look("a")])).await;
    scene
}

type Everything = Vec<(Vec<u8>, Vec<u8>)>;

async fn folded(scene: &Scene, technologies: &[Technology], rows: &Arc<Memory>) -> Everything {
    let views = Views::new(rows.clone());
    views.know(&technologies.iter().map(ours).collect::<Vec<_>>());
    views.catch_up(scene.log.as_ref()).await.unwrap();
    rows.scan(b"", None, usize::MAX).unwrap()
}

#[tokio::test]
async fn the_known_world_of_a_past_instant_is_what_was_known_then() {
    let scene = history().await;
    let log = scene.log.as_ref();
    let head = log.head().await.unwrap().position;
    let said = |views: &Views| {
        let found = views.blocks(block("10.0.0.7")).unwrap();
        let a = views.owners(&BUCKETS, "a").unwrap();
        let waiting = views.unlisted(&Kind::BLOCK).unwrap();
        (found, a, waiting.is_some(), views.networks().count(), views.known_changed().unwrap())
    };
    let mut before = None;
    let mut answers = 0;
    // The accounts are registered first, which is no business of the known world.
    for position in (2..=head.0).map(Position) {
        let then = scene.views.as_of(log, position).await.unwrap();
        let now = said(&then);
        assert!(now.4 <= position);
        if before.as_ref().is_some_and(|before| *before != now) {
            answers += 1;
            assert_eq!(now.4, position, "the position of the change is told");
        }
        before = Some(now);
        then.catch_up(log).await.unwrap();
        assert_eq!(said(&then), said(&scene.views), "a prefix and the rest is all");
    }
    assert!(answers > 5, "{answers} answers");
}

#[tokio::test]
async fn views_that_were_folded_with_other_names_are_rebuilt() {
    let mute = Technology { names: Cow::Borrowed(&[]), ..VPC };
    let scene = history().await;
    let fresh = Arc::new(Memory::default());
    let expected = folded(&scene, ALL, &fresh).await;
    let rows = Arc::new(Memory::default());
    let silent = folded(&scene, &[BUCKET, mute, QUEUE], &rows).await;
    assert_ne!(silent, expected);
    assert_eq!(folded(&scene, ALL, &rows).await, expected);
    assert_eq!(folded(&scene, ALL, &rows).await, expected);
    // Whoever says nothing of names takes over what is known.
    assert_eq!(folded(&scene, &[], &rows).await, expected);
    let views = Views::in_memory();
    views.know(&[BUCKET]);
    let unknown = views.unlisted(&VPCS).unwrap();
    assert_eq!(unknown.as_deref(), Some("vpc"), "what nobody names cannot be nobody's");
}
