use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Value, json, to_value};

use super::*;
use crate::check::{Check, Rule, Undecided};
use crate::log::EventLog as _;
use crate::schedule::{self, Scope};
use crate::technology::Technology;
use crate::testing::{Look, PROVIDER, Scene};

const GROUP: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("group"), ..Technology::DEFAULT };
const OPEN: Check = Check {
    id: Cow::Borrowed("group.open"),
    technology: Cow::Borrowed("group"),
    score: 8,
    page: Cow::Borrowed("# Group is open\n\nEverybody gets in.\n\n**Fix:** close it.\n"),
    ..Check::DEFAULT
};

fn registry() -> Registry {
    Registry::new([GROUP], [OPEN])
}

fn scene() -> Scene {
    let open = Rule::new(OPEN, |item, _, found| {
        match item.config["Open"].as_bool() {
            Some(true) => found.add("", "open to everybody").at("/Open"),
            Some(false) => return Ok(()),
            None => return Err(Undecided::Malformed("/Open says neither".to_owned())),
        };
        Ok(())
    });
    Scene::new(&[GROUP]).check(&open)
}

fn group(open: &Value) -> Value {
    json!({ "Open": open })
}

async fn known(scene: &Scene) -> (Known, Position) {
    let position = scene.log.head().await.unwrap().position;
    (Known::new(scene.views.clone(), scene.now()), position)
}

async fn daily(scene: &Scene, query: &str, since: Timestamp) -> Report {
    let (known, position) = known(scene).await;
    let registry = registry();
    let query = query.parse().unwrap();
    let reporting = Reporting::new(&known, &registry, &registry, query, position).unwrap();
    reporting.daily(scene.log.as_ref(), &scene.views, since).await.unwrap()
}

fn count_of(report: &Report, section: &str) -> usize {
    to_value(report).unwrap()["sections"][section].as_array().unwrap().len()
}

#[tokio::test]
async fn a_day_in_which_much_happened() {
    let mut scene = scene();
    let look = Look::at(&GROUP).item("sg-1", group(&json!(true))).item("sg-2", group(&json!(true)));
    scene.scan(look.item("sg-3", group(&json!(false)))).await;
    scene.wait(24);
    let since = scene.now();
    let look =
        Look::at(&GROUP).item("sg-1", group(&json!(true))).item("sg-2", group(&json!(false)));
    scene.scan(look.item("sg-3", group(&json!(true)))).await;
    let third = scene.issues().into_iter().find(|one| one.key.id == "sg-3").unwrap();
    scene.justify(&third.finding.issue, "for a | day", None).await;
    let report = daily(&scene, "", since).await;
    assert_eq!(
        report.summary,
        "2 changed, 1 opened, 1 resolved, 1 decided; 1 issue open; 1 of 1 scope was looked at"
    );
    insta::assert_snapshot!(report.markdown());

    // Of one item alone.
    let report = daily(&scene, "id:sg-2", since).await;
    assert_eq!(count_of(&report, "changed"), 1);
    assert_eq!(count_of(&report, "resolved"), 1);
    assert_eq!(count_of(&report, "opened"), 0);
    assert_eq!(count_of(&report, "decided"), 0);
}

#[tokio::test]
async fn whatever_people_decided_is_told() {
    use crate::account::Account;
    use crate::event::{Event, IssueId, StreamId};
    use crate::governance::{Comment, Ignore, Override, Role, RuleId, Token, User};
    use crate::network::Network;

    let mut scene = scene();
    let look = Look::at(&GROUP).item("sg-1", group(&json!(true)));
    scene.scan(look.item("sg-2", group(&json!(false)))).await;
    scene.wait(24);
    let since = scene.now();
    scene.wait(1);
    let issue = scene.issues().remove(0).finding.issue;
    let item = StreamId::item(&scene.key(&GROUP, "sg-1"));
    let comment = |issue: Option<&IssueId>, revision| {
        let (text, issue) = ("asked the team".to_owned(), issue.cloned());
        Event::Commented(Comment { text, issue, revision })
    };
    for event in [comment(Some(&issue), None), comment(None, Some(1))] {
        scene.append(item.clone(), event).await;
    }
    let scope: Query = "name:sg-*".parse().unwrap();
    let off = Override {
        disabled: true,
        until: Some("2027-01-31T00:00:00Z".parse().unwrap()),
        ..Override::new("group.open", Query::All, "noise")
    };
    let lower = Override { score: Some(2), ..Override::new("group.open", scope.clone(), "jump") };
    let ignore = Ignore::new(scope.clone(), "they come and go");
    let vendor = Account::new(PROVIDER, "vendor".parse().unwrap(), "our vendor");
    let nightly = schedule::Rule {
        interval: Some("1d".parse().unwrap()),
        paused: true,
        reason: "they asked us to".to_owned(),
        ..schedule::Rule::about(Scope::technology("group"))
    };
    let known = Network {
        name: "office".to_owned(),
        cidr: "203.0.113.0/24".parse().unwrap(),
        account: None,
        notes: String::new(),
    };
    for event in [
        Event::CheckOverridden(off),
        Event::CheckOverridden(lower),
        Event::OverrideRemoved { id: RuleId::of_override("group.open", &scope) },
        Event::ItemsIgnored(ignore),
        Event::IgnoreRemoved { id: RuleId::of_ignore(&scope) },
        Event::ScheduleChanged(nightly.clone()),
        Event::ScheduleReset(nightly.scope()),
        Event::NetworkKnown(known),
        Event::NetworkForgotten { name: "office".to_owned() },
        Event::UserAdded(User::new("ann", Role::View)),
        Event::UserUpdated(User { scope: scope.clone(), ..User::new("ann", Role::Justify) }),
        Event::PasswordChanged { user: RuleId::of_user("Ann") },
        Event::TokenIssued(Token::new("ci", Some("ann".to_owned()), Role::View, since)),
        Event::TokenRevoked { id: RuleId::of_token(Some("ann"), "ci") },
        Event::UserRemoved { id: RuleId::of_user("ann") },
    ] {
        scene.append(StreamId::governance(), event).await;
    }
    let stream = StreamId::account(&vendor.id);
    scene.append(stream.clone(), Event::AccountRegistered(vendor.clone())).await;
    scene.append(stream.clone(), Event::AccountUpdated(vendor.clone())).await;
    scene.append(stream, Event::AccountRemoved { id: vendor.id }).await;
    let report = daily(&scene, "", since).await;
    let decided = &to_value(&report).unwrap()["sections"]["decided"];
    let members = ["kind", "id", "item", "check", "decision", "note"];
    let lines: Vec<String> = decided
        .as_array()
        .unwrap()
        .iter()
        .map(|one| members.map(|name| one[name].as_str().unwrap_or("-")).join(" | "))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    // Of one item alone, what was said of it.
    assert_eq!(count_of(&daily(&scene, "id:sg-1", since).await, "decided"), 2);
    assert_eq!(count_of(&daily(&scene, "id:sg-2", since).await, "decided"), 0);
}

#[tokio::test]
async fn a_day_in_which_nothing_happened_says_what_was_looked_at() {
    let mut scene = scene();
    let look = || Look::at(&GROUP).item("sg-1", group(&json!(false)));
    scene.scan(look()).await;
    scene.wait(24);
    let since = scene.now();
    scene.scan(look()).await;
    let report = daily(&scene, "", since).await;
    assert_eq!(report.summary, "nothing changed; 0 issues open; 1 of 1 scope was looked at");
    assert_eq!(count_of(&report, "not_looked_at"), 0);

    // Nobody looked since.
    scene.wait(24);
    let report = daily(&scene, "", scene.now()).await;
    assert_eq!(
        report.summary,
        "nothing changed; 0 issues open; 0 of 1 scope was looked at; 1 gap is listed"
    );
    assert_eq!(count_of(&report, "not_looked_at"), 1);
    assert!(report.markdown().contains("not all of it since"));
}

#[tokio::test]
async fn a_look_that_failed_is_no_silence() {
    let mut scene = scene();
    scene.scan(Look::at(&GROUP).item("sg-1", group(&json!(false)))).await;
    let since = scene.now();
    scene.scan(Look::at(&GROUP).broken()).await;
    let report = daily(&scene, "", since).await;
    assert!(
        report.summary.ends_with("0 of 1 scope was looked at; 1 gap is listed"),
        "{}",
        report.summary
    );
    let told = to_value(&report).unwrap();
    assert_eq!(told["sections"]["not_looked_at"][0]["gap"], "failed");
}

#[tokio::test]
async fn what_checks_find_what_was_looked_at_and_since_when() {
    let mut scene = scene();
    let look = Look::at(&GROUP).item("sg-1", group(&json!(true))).item("sg-2", group(&json!(null)));
    scene.scan(look).await;
    scene.wait(49);
    let (known, position) = known(&scene).await;
    let registry = registry();
    let reporting = || Reporting::new(&known, &registry, &registry, Query::All, position).unwrap();
    let of =
        || reporting().of_checks(&registry, BTreeSet::from(["group.open".to_owned()])).unwrap();
    let mut text = String::new();
    let found = of().found("public", "What anybody gets at", "nothing public").unwrap();
    let _ = writeln!(text, "{}", found.markdown());
    let _ = writeln!(text, "{}", reporting().coverage().unwrap().markdown());
    let exposure = of().exposure(scene.log.as_ref(), &[], None).await.unwrap();
    let _ = writeln!(text, "{}", exposure.markdown());
    insta::assert_snapshot!(text);

    // A check that is undecided about an item, or that nobody asks, is no evidence.
    let evidence = reporting().evidence(["group.open", "group.gone"]).unwrap();
    assert_eq!((evidence["group.open"].open, evidence["group.open"].undecided), (1, 1));
    assert_eq!(evidence["group.open"].missing, Vec::<String>::new());
    assert_eq!(evidence["group.gone"].missing, ["no such check is run"]);
    // No other check makes a gap of a report.
    let other =
        reporting().of_checks(&registry, BTreeSet::from(["group.gone".to_owned()])).unwrap();
    let report = other.found("public", "", "nothing public").unwrap();
    assert_eq!(count_of(&report, "not_looked_at"), 0);
}

#[tokio::test]
async fn where_nobody_ever_looked_nothing_is_well() {
    let scene = scene();
    let (known, position) = known(&scene).await;
    let registry = registry();
    let reporting = Reporting::new(&known, &registry, &registry, Query::All, position).unwrap();
    let report = reporting.coverage().unwrap();
    assert_eq!(report.summary, "no account is known; nothing was ever looked at");
    assert!(report.markdown().contains("## Not looked at\n\nNothing was ever looked at."));
    let evidence = reporting.evidence(["group.open"]).unwrap();
    assert_eq!(evidence["group.open"].missing, ["nobody looks at group"]);
}
