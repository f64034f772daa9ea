use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::*;
use crate::check::{self, Check, Rule};
use crate::event::{Event, Position, StreamId};
use crate::item::{GLOBAL, Key};
use crate::plan::{Plan, PlannedAccount};
use crate::technology::{Reach, Technology};
use crate::testing::{Look, PROVIDER, REGION, Scene, denied};
use crate::view::{Memory, Row, Rows, RowsError, Views};
use crate::watch::Part;

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const USER: Technology = Technology {
    provider: PROVIDER,
    id: Cow::Borrowed("user"),
    reach: Reach::Global,
    ..Technology::DEFAULT
};
const OPEN: Check = Check {
    id: Cow::Borrowed("group.open"),
    technology: Cow::Borrowed("group"),
    score: 7,
    ..Check::DEFAULT
};

fn registry() -> Registry {
    Registry::new([GROUP, USER], [OPEN])
}

/// A scene in which groups that are open to somebody are found.
fn scene() -> Scene {
    Scene::new(&[GROUP, USER]).check(&Rule::new(OPEN, |item, _, found| {
        if !item.config["Open"].is_null() {
            found.add("", "open");
        }
        Ok(())
    }))
}

fn open(to: &str) -> Value {
    json!({ "Open": to })
}

fn known(scene: &Scene) -> Known {
    Known::new(scene.views.clone(), scene.now())
}

fn names(known: &Known, query: &str) -> Vec<String> {
    let registry = registry();
    let found = items(known, &registry, query.parse().unwrap()).unwrap();
    found.map(|state| state.unwrap().row.name).collect()
}

#[tokio::test]
async fn items_are_found_by_what_they_say_now_and_then() {
    let mut scene = scene();
    let look = |to: &str| {
        Look::at(&GROUP).item("sg-1", open(to)).item("sg-2", json!({ "Owner": "Web team" }))
    };
    scene.scan(look("10.0.0.0/8")).await;
    let then = scene.now();
    scene.scan(look("192.0.2.0/24")).await;
    let now = known(&scene);
    assert_eq!(names(&now, "\"web TEAM\""), ["sg-2"]);
    assert_eq!(names(&now, "cidr:192.0.2.7"), ["sg-1"]);
    assert_eq!(names(&now, "score:>=7"), ["sg-1"]);
    assert_eq!(names(&now, "severity:>=high region:eu-*"), ["sg-1"]);
    let before = Known::at(scene.log.as_ref(), &scene.views, then, scene.now()).await.unwrap();
    assert_eq!(names(&before, "cidr:192.0.2.7"), [] as [&str; 0]);
    assert_eq!(names(&before, "10.0.0.0/8"), ["sg-1"]);
    // Ages are those of the moment that is asked about.
    scene.wait(3 * 24);
    assert_eq!(names(&known(&scene), "changed:<1d"), [] as [&str; 0]);
    assert_eq!(names(&before, "changed:<1d"), ["sg-1", "sg-2"]);
}

#[tokio::test]
async fn what_is_gone_or_unwatched_is_found_where_it_is_asked_for() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP).item("sg-1", json!({})).item("sg-2", json!({}))).await;
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    let now = known(&scene);
    assert_eq!(names(&now, ""), ["sg-1"]);
    assert_eq!(names(&now, "deleted:true"), ["sg-2"]);
    assert_eq!(names(&now, "deleted:any watched:any"), ["sg-1", "sg-2"]);
    scene.regions = vec![GLOBAL.to_owned()];
    scene.scan(Look::at(&USER)).await;
    let now = known(&scene);
    assert_eq!(names(&now, ""), [] as [&str; 0]);
    assert_eq!(names(&now, "deleted:any watched:any"), ["sg-1", "sg-2"]);
}

#[tokio::test]
async fn what_does_not_exist_is_refused_with_the_nearest() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP).item("sg-1", open("all"))).await;
    let now = known(&scene);
    let refused = |query: &str| {
        let query = query.parse().unwrap();
        items(&now, &registry(), query).map(drop).unwrap_err().to_string()
    };
    for (query, said) in [
        ("technology:grop", "unknown technology `grop`; nearest: `group`"),
        ("web OR region:eu-west-2", "unknown region `eu-west-2`; nearest: `eu-west-1`"),
        ("-account:prodction", "unknown account `prodction`; nearest: `production`"),
        ("check:group.opn", "unknown check `group.opn`; nearest: `group.open`"),
    ] {
        assert_eq!(refused(query), said);
    }
    // A pattern may mean nothing.
    assert_eq!(names(&now, "technology:grop*"), [] as [&str; 0]);
    assert_eq!(names(&now, "account:PRODUCTION technology:Group"), ["sg-1"]);
}

#[tokio::test]
async fn issues_are_found_by_how_they_stand() {
    let mut scene = scene();
    let look = || Look::at(&GROUP).item("sg-1", open("all")).item("sg-2", open("all"));
    scene.scan(look()).await;
    let id = scene.issues().remove(0).finding.issue;
    scene.justify(&id, "by design", None).await;
    let count =
        |query: &str| issues(&known(&scene), &registry(), query.parse().unwrap()).unwrap().count();
    assert_eq!(count("status:any"), 2);
    assert_eq!(count(""), 1);
    assert_eq!(count("status:justified"), 1);
    assert_eq!(count("status:resolved"), 0);
    assert_eq!(count("score:>=8"), 0);
    assert_eq!(count("sg-* -status:open"), 1);
}

#[tokio::test]
async fn issues_of_what_no_scan_looks_at_are_found_where_that_is_asked_for() {
    let mut scene = scene();
    let look = || Look::at(&GROUP).item("sg-1", open("all"));
    scene.scan(look().item("sg-2", open("all"))).await;
    scene.scan(look()).await;
    let count = |scene: &Scene, query: &str| {
        issues(&known(scene), &registry(), query.parse().unwrap()).unwrap().count()
    };
    assert_eq!(count(&scene, ""), 1);
    scene.regions = vec![GLOBAL.to_owned()];
    scene.scan(Look::at(&USER)).await;
    assert_eq!(count(&scene, ""), 0);
    assert_eq!(count(&scene, "watched:false"), 1);
    assert_eq!(count(&scene, "watched:any"), 1);
    // What is gone is unwatched by nobody.
    assert_eq!(count(&scene, "status:resolved"), 1);
    assert_eq!(count(&scene, "status:any watched:false"), 1);
}

/// Rows that count how many items are read.
#[derive(Default)]
struct Counting {
    rows: Memory,
    items: AtomicUsize,
}

impl Rows for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        if key.starts_with(b"i/") {
            self.items.fetch_add(1, Ordering::Relaxed);
        }
        self.rows.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        self.rows.scan(prefix, after, max)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        self.rows.commit(writes)
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.rows.clear()
    }
}

#[tokio::test]
async fn the_items_of_issues_are_read_where_they_decide_and_where_they_are_shown() {
    let mut scene = scene();
    let look = (1..=9).fold(Look::at(&GROUP), |look, n| look.item(&format!("sg-{n}"), open("all")));
    scene.scan(look).await;
    let rows = Arc::new(Counting::default());
    let views = Views::new(rows.clone());
    views.catch_up(scene.log.as_ref()).await.unwrap();
    let (known, registry) = (Known::new(views, scene.now()), registry());
    let read = |query: &str, shown: usize| {
        let before = rows.items.load(Ordering::Relaxed);
        let found = issues_after(&known, &registry, query.parse().unwrap(), None).unwrap();
        let mut found: Vec<_> = found.map(Result::unwrap).collect();
        assert_eq!(found.len(), 9, "{query}");
        found.drain(..shown).for_each(|one| drop(one.state(&known).unwrap()));
        rows.items.load(Ordering::Relaxed) - before
    };
    assert_eq!(read("", 0), 0);
    assert_eq!(read("score:>=7 technology:group", 2), 2);
    assert_eq!(read("path:/Open=all", 0), 9);
}

#[tokio::test]
async fn what_is_found_again_is_new() {
    let mut scene = scene();
    let look = |first: Value| Look::at(&GROUP).item("sg-1", first).item("sg-2", open("all"));
    scene.scan(look(open("all"))).await;
    scene.scan(look(json!({}))).await;
    scene.scan(look(open("all"))).await;
    let now = known(&scene);
    let registry = registry();
    let new = since_last_scan(&now.views).unwrap();
    let found: Vec<_> = issues(&now, &registry, new).unwrap().map(Result::unwrap).collect();
    let names: Vec<_> = found.iter().map(|one| one.row.name.as_str()).collect();
    assert_eq!(names, ["sg-1"]);
    assert!(found[0].issue.reopened_at > Some(found[0].issue.opened_at));
    let last = overview(&now, &registry).unwrap().last.unwrap();
    assert_eq!((last.opened, last.reopened, last.resolved), (0, 1, 0));
}

#[tokio::test]
async fn what_the_last_scan_resolved_is_counted_and_nothing_before() {
    let mut scene = scene();
    let look = |first: Value, second: Value| {
        Look::at(&GROUP).item("sg-1", first).item("sg-2", second).item("sg-3", open("all"))
    };
    scene.scan(look(open("all"), open("all"))).await;
    let resolved = |scene: &Scene| overview(&known(scene), &registry()).unwrap().last.unwrap();
    scene.scan(look(json!({}), open("all"))).await;
    assert_eq!(resolved(&scene).resolved, 1);
    scene.scan(look(json!({}), json!({}))).await;
    assert_eq!(resolved(&scene).resolved, 1);
    scene.scan(look(json!({}), json!({}))).await;
    assert_eq!(resolved(&scene).resolved, 0);
}

#[tokio::test]
async fn of_many_issues_that_a_check_found_elsewhere_the_strongest_are_told() {
    let many = detail::NEIGHBOURS + 3;
    let mut scene = Scene::new(&[GROUP]).check(&Rule::new(OPEN, |item, _, found| {
        let score = if item.name == "sg-0000" { 9 } else { 7 };
        found.add("", "open").score(score);
        Ok(())
    }));
    let look = (0..=many)
        .fold(Look::at(&GROUP), |look, number| look.item(&format!("sg-{number:04}"), open("all")));
    scene.scan(look).await;
    let key = scene.key(&GROUP, "sg-0001");
    let id = scene.issues().into_iter().find(|one| one.key == key).unwrap().finding.issue;
    let (log, registry, now) = (scene.log.as_ref(), registry(), known(&scene));
    let seen_by = async |sees: fn(&Key) -> bool| {
        let detail = issue_detail(log, &now, &registry, id.as_str(), |key| Ok(sees(key)));
        detail.await.unwrap()
    };
    let detail = seen_by(|_| true).await;
    assert_eq!(detail.found_elsewhere, many as u64);
    assert_eq!(detail.of_check.len(), detail::NEIGHBOURS);
    assert_eq!(detail.of_check[0].row.name, "sg-0000");
    // Nobody is told how much there is that they do not see.
    let detail = seen_by(|key| key.id.as_str() < "sg-0004").await;
    assert_eq!((detail.found_elsewhere, detail.of_check.len()), (3, 3));
}

#[tokio::test]
async fn only_the_change_that_the_same_scan_recorded_brought_an_issue() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    scene.scan(Look::at(&GROUP).item("sg-1", open("all"))).await;
    let mut scene = scene.check(&Rule::new(OPEN, |item, _, found| {
        if !item.config["Open"].is_null() {
            found.add("", "open");
        }
        Ok(())
    }));
    let detail = async |scene: &Scene| {
        let id = scene.issues().remove(0).finding.issue;
        let (log, registry, known) = (scene.log.as_ref(), registry(), known(scene));
        let detail = issue_detail(log, &known, &registry, id.as_str(), |_| Ok(true));
        let detail = detail.await.unwrap();
        (detail.change.unwrap().revision.revision, detail.is_brought_by)
    };
    // A check that is new finds what was so before.
    scene.scan(Look::at(&GROUP).item("sg-1", open("all"))).await;
    assert_eq!(detail(&scene).await, (2, false));
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    scene.scan(Look::at(&GROUP).item("sg-1", open("some"))).await;
    assert_eq!(detail(&scene).await, (4, true));
}

#[tokio::test]
async fn an_item_is_shown_as_it_was_at_a_time_and_at_a_revision() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP).item("sg-1", open("all"))).await;
    let then = scene.now();
    scene.scan(Look::at(&GROUP).item("sg-1", json!({}))).await;
    let registry = registry();
    let (log, now) = (scene.log.as_ref(), scene.now());
    let shown = async |point| show(log, &scene.views, &registry, "sg-1", point, now).await;
    let present = shown(None).await.unwrap();
    assert_eq!((present.config, present.state.score), (Some(json!({})), 0));
    for point in [Point::At(then), Point::Revision(1)] {
        let past = shown(Some(point)).await.unwrap();
        assert_eq!((past.config, past.state.score), (Some(open("all")), 7), "{point:?}");
        assert_eq!(past.issues.len(), 1);
    }
    let said = shown(Some(Point::Revision(3))).await.err().unwrap().to_string();
    assert_eq!(said, "`sg-1` has no revision 3: it has 1 to 2");
    let before = Point::At("2025-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(shown(Some(before)).await, Err(Error::NotKnownThen { .. })));
}

#[tokio::test]
async fn a_history_tells_each_revision_in_a_few_words() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP).item("sg-1", open("a"))).await;
    scene.scan(Look::at(&GROUP).item("sg-1", open("b"))).await;
    let then = scene.now();
    scene.scan(Look::at(&GROUP)).await;
    scene.scan(Look::at(&GROUP).item("sg-1", open("b")).named("web")).await;
    let key = scene.key(&GROUP, "sg-1");
    let told = async |known: &Known| {
        let steps: Vec<Step> =
            history(scene.log.as_ref(), known, &GROUP, &key).try_collect().await.unwrap();
        steps
            .iter()
            .map(|step| format!("{} {}", step.revision.revision, step.summary().join("; ")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(&known(&scene)).await,
        [
            "1 first seen as sg-1",
            "2 Open changed from \"a\" to \"b\"",
            "3 gone",
            "4 there again; now called web",
        ],
    );
    let past = Known::at(scene.log.as_ref(), &scene.views, then, scene.now()).await.unwrap();
    assert_eq!(told(&past).await.len(), 2);
}

#[tokio::test]
async fn a_difference_is_the_last_change_unless_somebody_says_more() {
    let mut scene = scene();
    let nothing = scene.now();
    scene.scan(Look::at(&GROUP)).await;
    let first = scene.now();
    for to in ["a", "b", "c"] {
        scene.scan(Look::at(&GROUP).item("sg-1", open(to)).item("sg-2", open("x"))).await;
    }
    let row = item(&scene.views, "sg-1").unwrap();
    let between = async |from, to| {
        let (log, now) = (scene.log.as_ref(), scene.now());
        diff(log, &scene.views, &GROUP, &row, (from, to), now).await
    };
    let sides = async |from, to| {
        let difference = between(from, to).await.unwrap();
        (difference.from.revision, difference.to.revision)
    };
    let at = |revision| Some(Point::Revision(revision));
    assert_eq!(sides(None, None).await, (Some(2), Some(3)));
    assert_eq!(sides(at(1), None).await, (Some(1), Some(3)));
    assert_eq!(sides(at(1), at(2)).await, (Some(1), Some(2)));
    assert_eq!(sides(None, at(2)).await, (Some(1), Some(2)));
    assert_eq!(sides(Some(Point::At(first)), None).await, (None, Some(3)));
    let later = Some(Point::At("2030-01-01T00:00:00Z".parse().unwrap()));
    assert!(matches!(between(later, None).await, Err(Error::InTheFuture(_))));
    let earlier = between(Some(Point::At(nothing)), None).await;
    assert!(matches!(earlier, Err(Error::BeforeTheFirst { .. })), "{earlier:?}");
}

#[tokio::test]
async fn two_items_differ_as_they_are_and_as_they_stood() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP)).await;
    let first = scene.now();
    let mut times = Vec::new();
    for to in ["a", "b", "c"] {
        scene.scan(Look::at(&GROUP).item("sg-1", open(to)).item("sg-2", open("x"))).await;
        times.push(scene.now());
    }
    let [row, other] = ["sg-1", "sg-2"].map(|name| item(&scene.views, name).unwrap());
    let told = async |at| {
        let (log, now) = (scene.log.as_ref(), scene.now());
        let both = (&row, &other);
        let two = diff_items(log, &scene.views, &GROUP, both, at, now).await?;
        Ok::<_, Error>(two.summary)
    };
    assert_eq!(told(None).await.unwrap(), ["Open changed from \"c\" to \"x\""]);
    assert_eq!(told(Some(times[1])).await.unwrap(), ["Open changed from \"b\" to \"x\""]);
    assert!(matches!(told(Some(first)).await, Err(Error::NotKnownThen { .. })));
}

#[tokio::test]
async fn blame_of_a_past_instant_ends_there() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP)).await;
    let first = scene.now();
    let mut times = Vec::new();
    for to in ["a", "b", "c"] {
        scene.scan(Look::at(&GROUP).item("sg-1", open(to))).await;
        times.push(scene.now());
    }
    let of = async |at| blame(scene.log.as_ref(), &known(&scene), "sg-1", "/Open", at).await;
    let told = async |at| {
        let blame = of(at).await.unwrap();
        let [member] = <[_; 1]>::try_from(blame.members()).unwrap();
        (member.value.clone(), member.revision.revision)
    };
    assert_eq!(told(None).await, (json!("c"), 3));
    assert_eq!(told(Some(times[1])).await, (json!("b"), 2));
    assert!(matches!(of(Some(first)).await, Err(Error::NotKnownThen { .. })));
}

/// What is told of groups and of users, and the numbers.
fn covered(scene: &Scene) -> (Place, Place, Gaps) {
    let coverage = coverage(&known(scene), &registry(), &Selection::default()).unwrap();
    let gaps = coverage.gaps();
    let [group, user] = <[Place; 2]>::try_from(coverage.places).unwrap();
    (group, user, gaps)
}

#[tokio::test]
async fn what_was_looked_at_read_and_judged_has_no_gaps() {
    let mut scene = scene();
    scene.scan_all(vec![Look::at(&GROUP).item("sg-1", json!({})), Look::at(&USER)]).await;
    let (group, user, gaps) = covered(&scene);
    assert!(group.is_whole() && user.is_whole() && gaps.is_empty(), "{gaps:?}");
    assert_eq!(group.last_complete, Some(scene.now()));
}

#[tokio::test]
async fn what_nobody_looked_at_is_told() {
    let mut scene = scene();
    let account = scene.account.clone();
    let event = Event::AccountRegistered(account.clone());
    scene.append(StreamId::account(&account.id), event).await;
    let (group, _, gaps) = covered(&scene);
    assert_eq!((group.never_looked_at, group.last_complete), (vec!["*".to_owned()], None));
    assert_eq!(gaps, Gaps { never_looked_at: 2, ..Gaps::default() });
}

#[tokio::test]
async fn failures_stand_until_a_later_look_makes_up_for_them() {
    let mut scene = scene();
    let users = || Look::at(&USER);
    scene.scan_all(vec![Look::at(&GROUP).broken(), users()]).await;
    let (group, user, gaps) = covered(&scene);
    assert_eq!((group.failed.len(), group.last_complete), (1, None));
    assert!(group.never_looked_at.is_empty() && user.is_whole());
    assert_eq!(gaps, Gaps { failed: 1, ..Gaps::default() });
    scene.scan_all(vec![Look::at(&GROUP), users()]).await;
    assert!(covered(&scene).2.is_empty());
}

#[tokio::test]
async fn regions_that_cannot_be_listed_fail_until_they_can() {
    let mut scene = scene();
    let plan = |scene: &Scene, regions| Plan {
        accounts: vec![PlannedAccount { account: scene.account.clone(), regions }],
        all_regions: true,
        ..Plan::default()
    };
    let looks = || vec![Look::at(&GROUP), Look::at(&USER)];
    let listed = || Ok(vec![REGION.to_owned(), GLOBAL.to_owned()]);
    for _ in 0..2 {
        let unknown = plan(&scene, Err(denied("test:ListRegions")));
        scene.scan_plan(looks(), unknown).await;
        let (group, _, gaps) = covered(&scene);
        assert_eq!(group.failed[0].1.scope.region, "*");
        assert_eq!(gaps, Gaps { failed: 1, ..Gaps::default() });
        let all = plan(&scene, listed());
        scene.scan_plan(looks(), all).await;
        assert!(covered(&scene).2.is_empty());
    }
}

#[tokio::test]
async fn what_is_unread_and_undecided_is_told_with_how_many_items() {
    let picky = Rule::new(OPEN, |item, _, _| match item.config["Open"].as_str() {
        Some(_) => Err(check::Undecided::Malformed("the policy does not parse".to_owned())),
        None => Ok(()),
    });
    let mut scene = Scene::new(&[GROUP, USER]).check(&picky);
    let failed = || Part::Failed(denied("test:GetPolicy"));
    let look = Look::at(&GROUP)
        .item("sg-1", open("?"))
        .part("/Policy", failed())
        .item("sg-2", json!({}))
        .part("/Policy", failed());
    scene.scan_all(vec![look, Look::at(&USER)]).await;
    let (group, _, gaps) = covered(&scene);
    assert_eq!(group.unread["/Policy"].items, 2);
    let undecided: Vec<_> =
        group.undecided.iter().map(|(one, items)| (one.because.as_str(), *items)).collect();
    assert_eq!(undecided, [("the policy does not parse", 1)]);
    assert_eq!((gaps.unread, gaps.undecided), (2, 1));
}

#[tokio::test]
async fn what_an_interrupted_scan_left_is_not_judged() {
    let scene = scene();
    scene.see(vec![Look::at(&GROUP).item("sg-1", open("all")), Look::at(&USER)]);
    let plan = Plan::all([(scene.account.clone(), vec![REGION.to_owned()])]);
    let scan = scene.pipeline().scan(&plan);
    scan.stop().cancel();
    assert!(scan.await.unwrap().interrupted);
    let coverage = coverage(&known(&scene), &registry(), &Selection::default()).unwrap();
    assert_eq!(coverage.unfinished.len(), 1);
    assert!(!coverage.gaps().is_empty());
}

/// The records of all items: as they are, or as they were at a position.
async fn configurations(scene: &Scene, at: Option<Position>) -> Vec<String> {
    let mut all = Vec::new();
    for row in scene.views.items() {
        let found = configuration(scene.log.as_ref(), &scene.views, &row.unwrap(), at).await;
        all.extend(found.unwrap().map(|record| record.text().unwrap()));
    }
    all
}

#[tokio::test]
async fn configurations_of_then_are_the_ones_that_were_there_then() {
    let mut scene = scene();
    let tags = |part| Look::at(&GROUP).item("sg-1", json!({ "Size": 1 })).part("/Tags", part);
    let mut told = vec![(Position(0), Vec::new())];
    for look in [
        tags(Part::Failed(denied("test:Tags"))),
        tags(Part::Known(json!({ "a": 1 }))).item("sg-2", open("all")).named("web"),
        // What fails keeps what was known; what is gone has no file.
        tags(Part::Failed(denied("test:Tags"))),
        tags(Part::Absent).item("sg-2", open("10.0.0.0/8")).named("mail"),
        Look::at(&USER).item("u-1", json!({})),
    ] {
        scene.scan(look).await;
        let position = scene.log.head().await.unwrap().position;
        told.push((position, configurations(&scene, None).await));
    }
    let counts: Vec<_> = told.iter().map(|(_, all)| all.len()).collect();
    assert_eq!(counts, [0, 1, 2, 1, 2, 3]);
    assert!(told[1].1[0].contains("\"pointer\": \"/Tags\""), "{}", told[1].1[0]);
    assert!(!told[2].1[0].contains("pointer"), "{}", told[2].1[0]);
    for (position, then) in told {
        assert_eq!(configurations(&scene, Some(position)).await, then, "at {position}");
    }
}

#[tokio::test]
async fn of_times_to_come_and_before_the_first_event_nothing_is_said() {
    let mut scene = Scene::new(&[GROUP]);
    let (log, now) = (Arc::clone(&scene.log), scene.now());
    let at = async |scene: &Scene, time| {
        let known = Known::at(log.as_ref(), &scene.views, time, scene.now()).await;
        known.err().map(|error| error.to_string())
    };
    assert_eq!(at(&scene, now).await, None, "nothing is recorded at all");
    scene.scan(Look::at(&GROUP)).await;
    assert_eq!(at(&scene, scene.now()).await, None);
    let early = "nothing was recorded by 2026-01-01T00:00:00Z: the first event is of \
                 2026-01-01T01:00:00Z";
    assert_eq!(at(&scene, now).await.as_deref(), Some(early));
    let later = scene.now() + jiff::SignedDuration::from_secs(1);
    assert_eq!(at(&scene, later).await.as_deref(), Some("2026-01-01T01:00:01Z is in the future"));
}
