//! Recording: what becomes an event, and what does not.

use std::borrow::Cow;

use secmonkey_core::event::{Event, Position, Version};
use secmonkey_core::log::EventLog;
use secmonkey_core::technology::{Set, Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, Scene, counted, denied};
use secmonkey_core::view::Views;
use secmonkey_core::watch::Part;
use serde_json::{Value, json};

const GROUP: Technology = Technology {
    id: Cow::Borrowed("group"),
    sets: Cow::Borrowed(&[Set::new("/Rules", &["Port"])]),
    relations: Texts::new(&["/Attached"]),
    daily: Texts::new(&["/LastUsed"]),
    ..Technology::DEFAULT
};

fn rules(ports: impl IntoIterator<Item = u16>) -> Value {
    let rules: Vec<_> =
        ports.into_iter().map(|port| json!({ "Port": port, "From": ["10.0.0.0/8"] })).collect();
    json!({ "Rules": rules })
}

/// A scene that has seen one group.
async fn given(config: Value) -> Scene {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("sg-1", config)).await;
    scene.events().await;
    scene
}

#[tokio::test]
async fn what_is_seen_first_is_discovered_in_canonical_form() {
    let mut scene = Scene::new(&[GROUP]);
    let config = json!({ "Rules": [{ "Port": 9 }, { "Port": 1 }], "None": null, "Empty": [] });
    scene.scan(Look::at(&GROUP).item("sg-1", config)).await;
    assert_eq!(
        scene.events().await,
        [r#"sg-1: item_discovered {"Rules":[{"Port":1},{"Port":9}]}"#]
    );
}

#[tokio::test]
async fn what_is_as_it_was_makes_no_event() {
    let mut scene = given(rules([1, 2, 3])).await;
    let summary = scene.scan(Look::at(&GROUP).item("sg-1", rules([1, 2, 3]))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    assert_eq!((summary.items.seen, summary.items.unchanged), (1, 1));
}

#[tokio::test]
async fn another_order_is_no_change() {
    let mut scene = given(rules(0..60)).await;
    scene.scan(Look::at(&GROUP).item("sg-1", rules((0..60).rev()))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn one_rule_more_in_sixty_is_one_operation() {
    let mut scene = given(rules(0..60)).await;
    scene.scan(Look::at(&GROUP).item("sg-1", rules(0..61))).await;
    assert_eq!(
        scene.events().await,
        [
            r#"sg-1: item_changed [{"op":"add","path":"/Rules/60","value":{"From":["10.0.0.0/8"],"Port":60}}]"#
        ]
    );
}

#[tokio::test]
async fn a_new_name_is_a_change() {
    let mut scene = given(rules([1])).await;
    scene.scan(Look::at(&GROUP).item("sg-1", rules([1])).named("web")).await;
    assert_eq!(scene.events().await, ["sg-1: item_changed []"]);
    let row = scene.views.item(&scene.key(&GROUP, "sg-1")).unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.revision), ("web", 2));
    assert!(row.former.contains("sg-1"), "the former name stays searchable");
}

#[tokio::test]
async fn a_relation_is_observed_without_a_revision_or_a_message() {
    let mut scene = given(json!({ "Attached": ["eni-1"] })).await;
    scene.told.take();
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "Attached": ["eni-2"] }))).await;
    assert_eq!(
        scene.events().await,
        [r#"sg-1: item_observed [{"op":"replace","path":"/Attached/0","value":"eni-2"}]"#]
    );
    let key = scene.key(&GROUP, "sg-1");
    assert_eq!(scene.views.item(&key).unwrap().unwrap().revision, 1);
    assert_eq!(scene.views.config(&key).unwrap().unwrap(), json!({ "Attached": ["eni-2"] }));
    assert!(scene.told.take().is_empty());
}

#[tokio::test]
async fn a_relation_and_a_rule_are_told_apart() {
    let mut scene = given(json!({ "Attached": ["eni-1"], "Name": "a" })).await;
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "Attached": ["eni-2"], "Name": "b" }))).await;
    assert_eq!(
        scene.events().await,
        [
            r#"sg-1: item_observed [{"op":"replace","path":"/Attached/0","value":"eni-2"}]"#,
            r#"sg-1: item_changed [{"op":"replace","path":"/Name","value":"b"}]"#,
        ]
    );
}

#[tokio::test]
async fn a_daily_value_counts_by_its_day() {
    let mut scene = given(json!({ "LastUsed": "2026-01-01T03:00:00Z" })).await;
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "LastUsed": "2026-01-01T09:00:00Z" }))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    scene.scan(Look::at(&GROUP).item("sg-1", json!({ "LastUsed": "2026-01-02T00:00:00Z" }))).await;
    assert_eq!(
        scene.events().await,
        [
            r#"sg-1: item_observed [{"op":"replace","path":"/LastUsed","value":"2026-01-02T00:00:00Z"}]"#
        ]
    );
}

#[tokio::test]
async fn what_a_complete_listing_lacks_and_a_look_up_misses_is_deleted() {
    let mut scene = given(rules([1])).await;
    let summary = scene.scan(Look::at(&GROUP)).await;
    assert_eq!(scene.events().await, ["sg-1: item_deleted"]);
    assert_eq!(summary.items.deleted, 1);
    let revisions = scene.views.revisions(&scene.key(&GROUP, "sg-1")).unwrap();
    assert_eq!(revisions.last().unwrap().revision, 2, "a deletion is a revision");
    scene.scan(Look::at(&GROUP)).await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "and happens once");
}

#[tokio::test]
async fn what_comes_back_continues_its_history() {
    let mut scene = given(rules([1])).await;
    scene.scan(Look::at(&GROUP)).await;
    scene.events().await;
    let summary = scene.scan(Look::at(&GROUP).item("sg-1", rules([2]))).await;
    assert_eq!(summary.items.created, 1);
    let events = scene.events().await;
    assert!(events[0].starts_with("sg-1: item_returned"), "{events:?}");
    let row = scene.views.item(&scene.key(&GROUP, "sg-1")).unwrap().unwrap();
    assert_eq!((row.revision, row.deleted), (3, false));
    assert_eq!(
        scene.views.config(&row.key).unwrap().unwrap(),
        rules([2]),
        "with the configuration it came back with"
    );
}

#[tokio::test]
async fn a_listing_that_lags_behind_deletes_nothing() {
    let mut scene = given(rules([1])).await;
    let summary = scene.scan(Look::at(&GROUP).gone(&[])).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    assert!(summary.failures.is_empty(), "the resource is there: nothing failed");
}

#[tokio::test]
async fn a_failed_look_up_deletes_nothing_and_says_so() {
    let mut scene = given(rules([1])).await;
    let summary = scene.scan(Look::at(&GROUP).lookup_fails()).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    assert_eq!(summary.failures[0].operation, "test:Get");
}

#[tokio::test]
async fn a_listing_that_breaks_off_deletes_nothing_and_records_what_it_had() {
    let mut scene = given(rules([1])).await;
    let look = Look::at(&GROUP).item("sg-2", rules([2])).broken();
    let summary = scene.scan(look).await;
    let events = scene.events().await;
    assert_eq!(events.len(), 1);
    assert!(events[0].starts_with("sg-2: item_discovered"));
    assert_eq!(summary.failures[0].operation, "test:List");
}

#[tokio::test]
async fn an_item_that_cannot_be_read_stays_as_it_was() {
    let mut scene = given(rules([1])).await;
    let summary = scene.scan(Look::at(&GROUP).unread("sg-1")).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    assert_eq!(summary.failures[0].item.as_deref(), Some("sg-1"));
}

#[tokio::test]
async fn a_resource_listed_twice_is_recorded_once() {
    let mut scene = Scene::new(&[GROUP]);
    let look = Look::at(&GROUP).item("sg-1", rules([1])).item("sg-1", rules([1]));
    let summary = scene.scan(look).await;
    assert_eq!(scene.events().await.len(), 1);
    assert_eq!(summary.items.seen, 1);
}

#[tokio::test]
async fn a_failed_part_keeps_its_value_and_the_rest_is_recorded() {
    let mut scene = Scene::new(&[GROUP]);
    let policy = || Part::Known(json!({ "Public": true }));
    let look = |name: &str, part| {
        Look::at(&GROUP).item("b", json!({ "Name": name })).part("/Policy", part)
    };
    scene.scan(look("a", policy())).await;
    scene.events().await;
    let summary = scene.scan(look("b", Part::Failed(denied("test:GetPolicy")))).await;
    assert_eq!(
        scene.events().await,
        [r#"b: item_changed [{"op":"replace","path":"/Name","value":"b"}]"#]
    );
    assert_eq!(summary.failures[0].part.as_deref(), Some("/Policy"));
    let row = scene.views.item(&scene.key(&GROUP, "b")).unwrap().unwrap();
    let since = Views::unread(&row)["/Policy"];

    scene.scan(look("b", Part::Failed(denied("test:GetPolicy")))).await;
    let row = scene.views.item(&row.key).unwrap().unwrap();
    assert_eq!(Views::unread(&row)["/Policy"], since, "since the first failure");

    scene.scan(look("b", policy())).await;
    let row = scene.views.item(&row.key).unwrap().unwrap();
    assert!(Views::unread(&row).is_empty(), "until it is read again");
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_part_that_is_absent_is_gone_and_one_that_failed_is_not() {
    let mut scene = Scene::new(&[GROUP]);
    let look = |part| Look::at(&GROUP).item("b", json!({})).part("/Policy", part);
    scene.scan(look(Part::Known(json!("text")))).await;
    scene.events().await;
    scene.scan(look(Part::Failed(denied("test:GetPolicy")))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
    scene.scan(look(Part::Absent)).await;
    assert_eq!(scene.events().await, [r#"b: item_changed [{"op":"remove","path":"/Policy"}]"#]);
}

#[tokio::test]
async fn the_first_reading_of_a_part_is_a_rebase_nobody_is_told_of() {
    let mut scene = Scene::new(&[GROUP]);
    let look = |name: &str, part| {
        Look::at(&GROUP).item("b", json!({ "Name": name })).part("/Policy", part)
    };
    scene.scan(look("a", Part::Failed(denied("test:GetPolicy")))).await;
    assert_eq!(scene.events().await, [r#"b: item_discovered {"Name":"a"}"#]);
    scene.told.take();

    scene.scan(look("a", Part::Known(json!("text")))).await;
    assert_eq!(
        scene.events().await,
        [r#"b: item_rebased [{"op":"add","path":"/Policy","value":"text"}]"#]
    );
    assert!(scene.told.take().is_empty());
    scene.scan(look("a", Part::Known(json!("text")))).await;
    assert_eq!(scene.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_change_beside_a_first_reading_is_a_change() {
    let mut scene = Scene::new(&[GROUP]);
    let look = |name: &str, part| {
        Look::at(&GROUP).item("b", json!({ "Name": name })).part("/Policy", part)
    };
    scene.scan(look("a", Part::Failed(denied("test:GetPolicy")))).await;
    scene.events().await;
    scene.scan(look("b", Part::Absent)).await;
    assert_eq!(
        scene.events().await,
        [r#"b: item_changed [{"op":"replace","path":"/Name","value":"b"}]"#, "b: item_rebased []",]
    );
}

#[tokio::test]
async fn another_shape_is_a_rebase_and_a_change_it_meets_is_a_change() {
    let reshaped = Technology { shape: 2, ..GROUP };
    let rules = rules(0..9)["Rules"].clone();
    let mut scene = given(json!({ "Name": "a", "Dropped": 1, "Rules": rules })).await;
    scene.told.take();
    scene = scene.release(std::slice::from_ref(&reshaped));
    scene
        .scan(Look::at(&reshaped).item("sg-1", json!({ "Name": "b", "New": true, "Rules": rules })))
        .await;
    assert_eq!(
        scene.events().await,
        [
            r#"sg-1: item_changed [{"op":"replace","path":"/Name","value":"b"}]"#,
            r#"sg-1: item_rebased [{"op":"remove","path":"/Dropped"},{"op":"add","path":"/New","value":true}]"#,
        ]
    );
    let told = scene.told.take();
    assert_eq!(told[0].changes.len(), 1, "only the change is told");
    scene
        .scan(Look::at(&reshaped).item("sg-1", json!({ "Name": "b", "New": true, "Rules": rules })))
        .await;
    assert_eq!(scene.events().await, Vec::<String>::new(), "and only once");
}

#[tokio::test]
async fn another_shape_alone_tells_nobody() {
    let reshaped = Technology { shape: 2, sets: Cow::Borrowed(&[]), ..GROUP };
    let mut scene = given(rules([1, 2])).await;
    scene.told.take();
    scene = scene.release(std::slice::from_ref(&reshaped));
    scene.scan(Look::at(&reshaped).item("sg-1", rules([1, 2]))).await;
    assert_eq!(scene.events().await, ["sg-1: item_rebased []"]);
    assert!(scene.told.take().is_empty());
}

#[tokio::test]
async fn the_first_look_is_a_baseline_and_told_in_numbers() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("a", json!({})).item("b", json!({}))).await;
    let told = scene.told.take();
    assert_eq!(counted(&told)["baseline items"], 2);
    assert_eq!(counted(&told)["changes"], 0);

    scene
        .scan(Look::at(&GROUP).item("a", json!({})).item("b", json!({})).item("c", json!({})))
        .await;
    assert_eq!(counted(&scene.told.take())["changes"], 1, "what is new later is told");
}

#[tokio::test]
async fn a_first_look_that_broke_off_is_a_baseline_still() {
    let mut scene = Scene::new(&[GROUP]);
    scene.scan(Look::at(&GROUP).item("a", json!({})).broken()).await;
    scene.told.take();
    scene.scan(Look::at(&GROUP).item("a", json!({})).item("b", json!({}))).await;
    assert_eq!(counted(&scene.told.take())["baseline items"], 1);
}

#[tokio::test]
async fn every_revision_can_be_read_back_and_whole_ones_come_often_enough() {
    let mut scene = given(rules([0])).await;
    let mut then = vec![rules([0])];
    for port in 1..100 {
        scene.scan(Look::at(&GROUP).item("sg-1", rules([port]))).await;
        then.push(rules([port]));
    }
    let key = scene.key(&GROUP, "sg-1");
    let log = scene.log.as_ref();
    for (revision, config) in scene.views.revisions(&key).unwrap().iter().zip(&then) {
        let at = scene.views.item_at(log, &key, revision.position).await.unwrap().unwrap();
        assert_eq!((&at.item.config, at.revision), (config, revision.revision));
    }
    let stream = secmonkey_core::event::StreamId::item(&key);
    let events = log.read_stream(&stream, Version(1), 1_000).await.unwrap();
    let mut since = 0;
    for envelope in &events {
        since = match &envelope.event {
            Event::ItemChanged(change) if change.full.is_none() => since + 1,
            _ => 0,
        };
        assert!(since < 32);
    }
}

#[tokio::test]
async fn a_fold_of_a_prefix_and_the_rest_is_the_fold_of_all() {
    let mut scene = given(rules([1])).await;
    scene.scan(Look::at(&GROUP).item("sg-1", rules([1, 2])).item("sg-2", rules([]))).await;
    scene.scan(Look::at(&GROUP).item("sg-1", rules([3]))).await;
    let log = scene.log.as_ref();
    let head = log.head().await.unwrap().position;
    let rows = |views: &Views| views.items().collect::<Result<Vec<_>, _>>().unwrap();
    for position in 0..=head.0 {
        let views = scene.views.as_of(log, Position(position)).await.unwrap();
        views.catch_up(log).await.unwrap();
        assert_eq!(rows(&views), rows(&scene.views));
    }
}

#[tokio::test]
async fn a_watcher_that_panics_harms_only_its_scope() {
    struct Panics;
    #[async_trait::async_trait]
    impl secmonkey_core::watch::Watcher for Panics {
        fn provider(&self) -> secmonkey_core::provider::Provider {
            PROVIDER
        }
        fn technologies(&self) -> &[Technology] {
            static BROKEN: [Technology; 1] = [Technology {
                provider: PROVIDER,
                id: Cow::Borrowed("broken"),
                ..Technology::DEFAULT
            }];
            &BROKEN
        }
        async fn sweep(
            &self,
            _: &secmonkey_core::watch::Scope,
            _: &secmonkey_core::watch::Sweep,
        ) -> Result<(), secmonkey_core::watch::Error> {
            panic!("a bug")
        }
        async fn look(
            &self,
            _: &secmonkey_core::watch::Scope,
            _: &[secmonkey_core::watch::Wanted],
        ) -> Result<Vec<secmonkey_core::watch::Looked>, secmonkey_core::watch::Error> {
            Ok(Vec::new())
        }
    }
    let scene = given(rules([1])).await;
    let plan = secmonkey_core::plan::Plan {
        accounts: vec![secmonkey_core::plan::PlannedAccount {
            account: scene.account.clone(),
            regions: Ok(scene.regions.clone()),
        }],
        ..Default::default()
    };
    let pipeline = scene.pipeline().watcher(std::sync::Arc::new(Panics));
    let summary = pipeline.scan(&plan).await.unwrap();
    assert_eq!(summary.failures.len(), 1);
    assert_eq!(summary.failures[0].scope.technology, "broken");
    assert!(summary.failures[0].reason.contains("panicked"));
}
