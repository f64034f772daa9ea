use super::*;
use crate::event::{Actor, Event, Planned, ScanId, ScopeId, Scopes, StreamId, Swept};
use crate::log::{Append, EventLog as _, Expected};
use crate::record::AccountStateRecord;
use crate::schedule::{Schedule, Settings, Watched};
use crate::testing::Scene;

fn scene() -> Scene {
    Scene::new(&[])
}

/// What a scan says of the account of a scene.
async fn scan(scene: &mut Scene, events: Vec<Event>) {
    let planned = Planned {
        account: scene.account.id.clone(),
        technologies: vec!["bucket".to_owned(), "user".to_owned()],
        regions: vec!["a".to_owned()],
        complete: true,
    };
    let mut all = vec![Event::ScanStarted { planned: vec![planned] }];
    all.extend(events);
    let (now, actor) = (scene.now(), Actor::from("scheduler"));
    let id = ScanId::at(now);
    let append = Append::new(StreamId::scan(&id), Expected::Any, &actor, now, all).in_scan(&id);
    scene.log.append(vec![append]).await.unwrap();
    scene.views.catch_up(scene.log.as_ref()).await.unwrap();
}

fn swept(scene: &Scene, technologies: &[&str]) -> Event {
    Event::Swept(Swept {
        account: scene.account.id.clone(),
        scopes: Scopes {
            technologies: technologies.iter().map(|one| (*one).to_owned()).collect(),
            regions: vec!["a".to_owned()],
        },
        failed: Vec::new(),
        skipped: Vec::new(),
        shapes: std::collections::BTreeMap::new(),
    })
}

fn failed(scene: &Scene, place: &str, operation: &str, cause: Cause) -> Event {
    let (technology, region) = place.split_once('/').unwrap();
    Event::SweepFailed(Failure {
        scope: ScopeId {
            account: scene.account.id.clone(),
            technology: technology.to_owned(),
            region: region.to_owned(),
        },
        operation: operation.to_owned(),
        cause: Some(cause),
        item: operation.contains(":Get").then(|| "alice".to_owned()),
        part: None,
        reason: format!("{cause:?}, it said"),
    })
}

async fn health(scene: &mut Scene) -> AccountHealth {
    let account = scene.account.clone();
    let stream = StreamId::account(&account.id);
    if scene.views.accounts().unwrap().get(account.id.as_str()).is_none() {
        scene.append(stream, Event::AccountRegistered(account)).await;
    }
    let known = Known::new(scene.views.clone(), scene.now());
    account_health(&known).unwrap().remove(0)
}

#[tokio::test]
async fn an_account_is_as_well_as_its_last_looks() {
    let mut scene = scene();
    let never = health(&mut scene).await;
    assert_eq!((never.last_success, never.last_complete, never.failing), (None, None, 0));

    let events = vec![
        swept(&scene, &["bucket"]),
        failed(&scene, "user/a", "iam:ListUsers", Cause::Denied),
        failed(&scene, "user/a", "iam:GetUser", Cause::Denied),
        failed(&scene, "user/a", "iam:ListTags", Cause::Throttled),
    ];
    scan(&mut scene, events).await;
    let first = scene.now();
    let ill = health(&mut scene).await;
    assert_eq!((ill.last_success, ill.last_complete), (Some(first), None));
    assert_eq!(ill.failing, 1);
    assert_eq!(ill.denied, ["iam:GetUser", "iam:ListUsers"].map(str::to_owned).into());
    assert_eq!(ill.last_failure.unwrap().1.operation, "iam:ListTags");
    assert_eq!(ill.locked_out, None);

    // A denied part of what is read to its end: it lacks until a sweep is not denied it.
    scene.wait(1);
    let part = failed(&scene, "user/a", "iam:GetUser", Cause::Denied);
    let events = vec![part, swept(&scene, &["bucket", "user"])];
    scan(&mut scene, events).await;
    let better = health(&mut scene).await;
    assert_eq!(better.denied, ["iam:GetUser".to_owned()].into());
    assert_eq!(better.last_complete, Some(scene.now()));

    scene.wait(1);
    let events = vec![swept(&scene, &["bucket", "user"])];
    scan(&mut scene, events).await;
    let well = health(&mut scene).await;
    assert_eq!((well.last_complete, well.failing), (Some(scene.now()), 0));
    assert!(well.denied.is_empty() && well.last_failure.is_none());
}

#[tokio::test]
async fn an_account_that_cannot_be_entered_says_so_with_when_it_is_tried_next() {
    let mut scene = scene();
    let events = vec![failed(&scene, "user/*", "sts:AssumeRole", Cause::Credentials)];
    scan(&mut scene, events).await;
    let health = health(&mut scene).await;
    assert_eq!(health.locked_out.as_deref(), Some("Credentials, it said"));
    let mut schedule = Schedule::new(Settings::default());
    let watched = Watched::new(scene.account.id.clone(), ["user"]);
    assert!(schedule.set_accounts([watched], scene.now()).is_empty());
    let state = schedule.state();
    let record = AccountStateRecord::new(&health, state.accounts.first());
    insta::assert_json_snapshot!(record);
}
