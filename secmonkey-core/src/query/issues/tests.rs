use std::borrow::Cow;

use serde_json::json;

use super::*;
use crate::check::{Check, Rule};
use crate::event::{Event, StreamId};
use crate::governance::{Ignore, Override};
use crate::technology::Technology;
use crate::testing::{Look, PROVIDER, Scene};

const QUEUE: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("queue"), ..Technology::DEFAULT };
const PUBLIC: Check = Check {
    id: Cow::Borrowed("queue.public"),
    technology: Cow::Borrowed("queue"),
    score: 9,
    ..Check::DEFAULT
};
const PLAIN: Check = Check { id: Cow::Borrowed("queue.plain"), score: 3, ..PUBLIC };

/// So many queues; their number decides what is wrong with them, another one after each scan.
const QUEUES: usize = 24;

fn registry() -> Registry {
    Registry::new([QUEUE], [PUBLIC, PLAIN])
}

fn look(scan: usize) -> Look {
    (0..QUEUES).fold(Look::at(&QUEUE), |look, queue| {
        let state = (queue * 7 + scan * 3) % 5;
        look.item(&format!("q-{queue:02}"), json!({ "Open": state < 2, "Plain": state > 0 }))
    })
}

/// Issues that were found at several times, some of them resolved, found again, or justified.
async fn scene() -> Scene {
    let mut scene = Scene::new(&[QUEUE])
        .check(&Rule::new(PUBLIC, |item, _, found| {
            if item.config["Open"] == true {
                let score = if item.name.ends_with('3') { 5 } else { 9 };
                found.add("", "open to all").score(score);
            }
            Ok(())
        }))
        .check(&Rule::new(PLAIN, |item, _, found| {
            if item.config["Plain"] == true {
                found.add("", "not encrypted");
            }
            Ok(())
        }));
    for scan in 0..4 {
        scene.scan(look(scan)).await;
    }
    let until = scene.now() + jiff::SignedDuration::from_hours(30);
    for (at, issue) in scene.issues().into_iter().enumerate().filter(|(at, _)| at % 4 == 0) {
        let until = (at % 8 == 0).then_some(until);
        scene.justify(&issue.finding.issue, "accepted", until).await;
    }
    scene
}

/// What the rules in force say has no bearing on which way issues are found.
fn holds(scene: &Scene) {
    let (known, registry) = (Known::new(scene.views.clone(), scene.now()), registry());
    let standing = known.views.standing(None).collect::<Result<Vec<_>, _>>().unwrap();
    let mut all: Vec<_> =
        known.views.issues().map(Result::unwrap).filter(|it| it.resolved_at.is_none()).collect();
    all.sort_by_key(Issue::rank);
    assert_eq!(standing, all.iter().map(Issue::outline).collect::<Vec<_>>());
    for text in [
        "",
        "score:>=5",
        "check:queue.public",
        "severity:low q-1",
        "status:any",
        "status:justified",
        "status:resolved",
        "status:suppressed",
        "technology:queue changed:<3d",
        "\"open to all\"",
        "name:q-03 or name:q-13",
        "q-07",
        "nothing",
    ] {
        let query: Query = text.parse().unwrap();
        let found = issues(&known, &registry, query.clone()).unwrap();
        let mut found: Vec<_> = found.map(|one| one.unwrap().issue).collect();
        let mut outlined: Vec<_> = issue_outlines(&known, &registry, query.clone())
            .unwrap()
            .map(|one| one.unwrap().rank())
            .collect();
        outlined.sort();
        found.sort_by_key(Issue::rank);
        assert_eq!(outlined, found.iter().map(Issue::rank).collect::<Vec<_>>(), "{text}");
        for (sees, limit) in [(u8::MAX, 1_000), (u8::MAX, 7), (b'1', 5)] {
            let is_seen = |key: &Key| Ok::<_, Error>(key.id.as_bytes()[2] <= sees);
            let (mut paged, mut after): (Vec<Issue>, Option<Rank>) = (Vec::new(), None);
            loop {
                let place = (after.as_ref(), limit);
                let page = worst_issues(&known, &registry, query.clone(), is_seen, place).unwrap();
                let is_last = page.len() < limit;
                paged.extend(page.into_iter().map(|found| found.issue));
                after = paged.last().map(Issue::rank);
                if is_last {
                    break;
                }
            }
            let seen = found.iter().filter(|one| is_seen(&one.key).unwrap());
            assert_eq!(paged, seen.cloned().collect::<Vec<_>>(), "{text} {limit}");
        }
    }
}

#[tokio::test]
async fn the_worst_issues_come_page_by_page_as_sorting_all_of_them_has_it() {
    let mut scene = scene().await;
    holds(&scene);
    // Decisions end.
    scene.wait(40);
    holds(&scene);
    scene.scan(look(2)).await;
    holds(&scene);
    let few: Query = "name:q-0*".parse().unwrap();
    let rescored = Override { score: Some(10), ..Override::new("queue.plain", few.clone(), "bad") };
    scene.append(StreamId::governance(), Event::CheckOverridden(rescored)).await;
    holds(&scene);
    let off = Override { disabled: true, ..Override::new("queue.public", few, "off") };
    scene.append(StreamId::governance(), Event::CheckOverridden(off)).await;
    let ignore = Ignore::new("name:q-*5".parse().unwrap(), "a test");
    scene.append(StreamId::governance(), Event::ItemsIgnored(ignore)).await;
    holds(&scene);
    // Nothing stands of what is gone.
    scene.scan(Look::at(&QUEUE)).await;
    holds(&scene);
    assert_eq!(scene.views.standing(None).count(), 0);
}

#[tokio::test]
async fn what_is_incomplete_is_known_without_reading_every_item() {
    let mut scene = Scene::new(&[QUEUE]);
    let look = || Look::at(&QUEUE).item("q-1", json!({})).item("q-2", json!({}));
    let incomplete = |scene: &Scene| {
        let known = Known::new(scene.views.clone(), scene.now());
        let quick = known.views.incomplete().collect::<Result<Vec<_>, _>>().unwrap();
        let all = known.views.items().map(Result::unwrap);
        assert_eq!(quick, all.filter(crate::replay::ItemRow::is_incomplete).collect::<Vec<_>>());
        quick.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    let lacking = |look: Look| {
        let failed = crate::testing::denied("GetQueuePolicy");
        look.part("/Policy", crate::watch::Part::Failed(failed))
    };
    scene.scan(look()).await;
    assert_eq!(incomplete(&scene), [] as [&str; 0]);
    scene.scan(lacking(look())).await;
    assert_eq!(incomplete(&scene), ["q-2"]);
    scene.scan(lacking(look())).await;
    assert_eq!(incomplete(&scene), ["q-2"]);
    scene.scan(look()).await;
    assert_eq!(incomplete(&scene), [] as [&str; 0]);
    scene.scan(lacking(look())).await;
    scene.scan(Look::at(&QUEUE).item("q-1", json!({}))).await;
    assert_eq!(incomplete(&scene), [] as [&str; 0]);
}
