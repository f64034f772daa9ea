//! Overrides and ignore rules: nothing recorded changes, what is asked is answered by the
//! rules of that instant.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use secmonkey_core::account::Account;
use secmonkey_core::check::{Check, Rule};
use secmonkey_core::decide::{Changed, Decisions, Declared, Error, Made};
use secmonkey_core::event::{Actor, IssueId};
use secmonkey_core::governance::{Ignore, Override, Subscription, Suppressed};
use secmonkey_core::issue::Status;
use secmonkey_core::log::EventLog;
use secmonkey_core::network::Network;
use secmonkey_core::query::{self, IssueState, Known, Query};
use secmonkey_core::registry::Registry;
use secmonkey_core::schedule::{self, Scope};
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::{Look, PROVIDER, Scene, counted};
use serde_json::{Value, json};

pub const BUCKET: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("bucket"), ..Technology::DEFAULT };

static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "bucket.open".into(),
        technology: "bucket".into(),
        score: 8,
        reads: Texts::new(&["/Open"]),
        page: "# Bucket is open\n\n**Fix:** Close it. It helps.".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        if item.config["Open"] == true {
            found.add("", "it is open");
        }
        Ok(())
    })
});

/// Where somebody decides about what scans find.
pub struct Desk {
    pub scene: Scene,
    pub registry: Registry,
}

impl Desk {
    fn new() -> Self {
        Self::of(&OPEN)
    }

    /// What buckets are judged by.
    pub fn of(rule: &Rule) -> Self {
        Self {
            scene: Scene::new(&[BUCKET]).check(rule),
            registry: Registry::new([BUCKET], [rule.check.clone()]),
        }
    }

    pub fn decisions(&self) -> Decisions {
        let now = self.scene.now();
        let log = Arc::clone(&self.scene.log) as Arc<dyn EventLog>;
        Decisions::new(log, self.scene.views.clone(), Actor::from("alice"))
            .clock(Arc::new(move || now))
    }

    pub fn known(&self) -> Known {
        Known::new(self.scene.views.clone(), self.scene.now())
    }

    pub async fn override_check(&self, rule: Override) -> Result<Made, Error> {
        self.decisions().override_check(&rule, &self.registry).await
    }

    async fn score(&self, of: &str, score: u8) -> Made {
        let rule = Override::new("bucket.open", query(of), "we know");
        self.override_check(Override { score: Some(score), ..rule }).await.unwrap()
    }

    /// Issues by the names of their items.
    fn issues(&self, known: &Known, asked: &str) -> Vec<(String, u8, Status)> {
        let found = query::issues(known, &self.registry, query(asked)).unwrap();
        let mut all: Vec<_> = found
            .map(Result::unwrap)
            .map(|IssueState { issue, row, status, .. }| (row.name, issue.finding.score, status))
            .collect();
        all.sort();
        all
    }

    fn scores(&self, asked: &str) -> Vec<(String, u8)> {
        let all = self.issues(&self.known(), asked).into_iter();
        all.map(|(name, score, _)| (name, score)).collect()
    }

    fn items(&self, asked: &str) -> Vec<(String, u32)> {
        let known = self.known();
        let found = query::items(&known, &self.registry, query(asked)).unwrap();
        found.map(Result::unwrap).map(|state| (state.row.name, state.score)).collect()
    }
}

pub fn query(text: &str) -> Query {
    text.parse().unwrap()
}

fn bucket(env: &str) -> Value {
    json!({ "Open": true, "Tags": { "env": env } })
}

fn buckets() -> Look {
    Look::at(&BUCKET).item("a", bucket("prod")).item("b", bucket("test")).item("c", bucket("test"))
}

fn of(name: &str, score: u8) -> (String, u8) {
    (name.to_owned(), score)
}

#[tokio::test]
async fn what_is_said_of_some_counts_before_what_is_said_of_all_and_the_last_of_several() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    assert_eq!(desk.score("tag:env=test", 2).await, Made::New);
    assert_eq!(desk.score("", 5).await, Made::New);
    assert_eq!(desk.scores(""), [of("a", 5), of("b", 2), of("c", 2)]);
    assert_eq!(desk.score("name:c", 9).await, Made::New);
    assert_eq!(desk.scores(""), [of("a", 5), of("b", 2), of("c", 9)]);
    // The score that counts is the one that is asked for and added up.
    assert_eq!(desk.scores("score:>=9"), [of("c", 9)]);
    assert_eq!(desk.items("score:2"), [("b".to_owned(), 2)]);
    // Deciding anew about the same replaces; just the same is nothing.
    assert_eq!(desk.score("", 6).await, Made::Instead);
    assert_eq!(desk.score("", 6).await, Made::Unchanged);
    assert_eq!(desk.scores("name:a"), [of("a", 6)]);
    desk.decisions().reset_check("bucket.open", &query("name:c")).await.unwrap();
    assert_eq!(desk.scores("name:c"), [of("c", 2)]);
    let gone = desk.decisions().reset_check("bucket.open", &query("name:c")).await.unwrap_err();
    assert_eq!(
        gone.to_string(),
        "bucket.open has no override for `name:c`; there is one for `tag:env=test`, all items"
    );
}

#[tokio::test]
async fn a_check_that_is_turned_off_suppresses_and_resolves_nothing() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let id = desk.scene.issues()[0].finding.issue.clone();
    desk.scene.justify(&id, "by design", None).await;
    let rule = Override::new("bucket.open", Query::All, "nobody looks");
    let off = Override { disabled: true, ..rule };
    desk.override_check(off).await.unwrap();
    assert_eq!(desk.issues(&desk.known(), ""), []);
    assert!(desk.items("").iter().all(|(_, score)| *score == 0));
    let suppressed = desk.issues(&desk.known(), "status:suppressed");
    assert_eq!(suppressed.len(), 2, "a justified issue stays justified: {suppressed:?}");
    let state = desk.known().issue_state(desk.scene.issues().remove(1)).unwrap();
    let by = state.issue.ruling.suppressed.unwrap();
    assert_eq!((by.how, by.reason.as_str()), (Suppressed::CheckDisabled, "nobody looks"));
    // A scan with the rule in force writes what it would write without.
    let scanned = desk.scene.scan(buckets()).await;
    assert_eq!((scanned.issues.resolved, scanned.issues.opened), (0, 0));
    desk.decisions().reset_check("bucket.open", &Query::All).await.unwrap();
    assert_eq!(desk.issues(&desk.known(), "").len(), 2);
    assert_eq!(desk.issues(&desk.known(), "status:justified").len(), 1, "it kept its reason");
}

#[tokio::test]
async fn what_is_ignored_is_recorded_and_judged_and_out_of_sight() {
    let mut desk = Desk::new();
    let rule = Ignore::new(query("tag:env=test"), "a playground");
    // Before anything is there, it is about nothing.
    let impact = |desk: &Desk| query::ignore_impact(&desk.known(), &desk.registry, &rule).unwrap();
    assert!(impact(&desk).is_empty());
    desk.decisions().ignore(&rule, &desk.registry).await.unwrap();
    desk.scene.scan(buckets()).await;
    // The first look counts what somebody wants to hear of.
    let told = counted(&desk.scene.told.take());
    assert_eq!((told["baseline items"], told["baseline issues"]), (1, 1));
    assert_eq!(desk.items(""), [("a".to_owned(), 8)]);
    assert_eq!(desk.scores(""), [of("a", 8)]);
    assert_eq!(desk.items("ignored:true").len(), 2);
    assert_eq!(desk.issues(&desk.known(), "status:any").len(), 3);
    assert_eq!((impact(&desk).items, impact(&desk).issues), (2, 2));

    // Its changes are recorded and told to nobody.
    desk.scene.events().await;
    let look = Look::at(&BUCKET)
        .item("a", json!({ "Open": false, "Tags": { "env": "prod" } }))
        .item("b", json!({ "Open": false, "Tags": { "env": "test" } }))
        .item("c", bucket("prod"));
    desk.scene.scan(look).await;
    assert_eq!(desk.scene.events().await.len(), 5, "three changes and two that are fixed");
    let told = desk.scene.told.take();
    let names: Vec<_> =
        told.iter().flat_map(|one| &one.changes).map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a", "c"], "c is of production now");
    assert_eq!(counted(&told)["issues"], 1);

    let gone = desk.decisions().unignore(&rule.id.as_str()[..4]).await.unwrap();
    assert_eq!(gone, rule);
    assert_eq!(desk.items("").len(), 3);
}

#[tokio::test]
async fn the_past_has_the_rules_of_then() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let before = desk.scene.now();
    desk.scene.wait(1);
    let until = desk.scene.now() + jiff::SignedDuration::from_hours(24);
    let rule = Override::new("bucket.open", Query::All, "for a day");
    let rule = Override { score: Some(1), until: Some(until), ..rule };
    desk.override_check(rule).await.unwrap();
    desk.scene.wait(1);
    let during = desk.scene.now();
    assert_eq!(desk.scores("name:a"), [of("a", 1)]);
    desk.scene.wait(48);
    assert_eq!(desk.scores("name:a"), [of("a", 8)], "it is over");
    desk.score("", 3).await;
    let at = async |time| {
        let log = desk.scene.log.as_ref();
        let known = Known::at(log, &desk.scene.views, time, desk.scene.now()).await.unwrap();
        desk.issues(&known, "name:a")[0].1
    };
    assert_eq!((at(before).await, at(during).await), (8, 1));
    assert_eq!(desk.scores("name:a"), [of("a", 3)]);
    // One item, asked alone, knows the rules of then, too.
    let log = desk.scene.log.as_ref();
    let point = query::Point::At(during);
    let now = desk.scene.now();
    let shown = query::show(log, &desk.scene.views, &desk.registry, "a", Some(point), now).await;
    assert_eq!(shown.unwrap().state.score, 1);
}

#[tokio::test]
async fn news_come_with_the_score_that_counts() {
    let mut desk = Desk::new();
    desk.scene.scan(Look::at(&BUCKET)).await;
    desk.score("tag:env=test", 2).await;
    desk.scene.told.take();
    let scanned = desk.scene.scan(buckets()).await;
    let told = desk.scene.told.take();
    let mut scores: Vec<_> = told
        .iter()
        .flat_map(|one| &one.issues)
        .map(|one| (one.name.clone(), one.finding.score))
        .collect();
    scores.sort();
    assert_eq!(scores, [of("a", 8), of("b", 2), of("c", 2)]);
    assert_eq!(scanned.strongest_new, Some(8));
    // What is written down is what the check says.
    assert!(desk.scene.issues().iter().all(|issue| issue.finding.score == 8));
}

#[tokio::test]
async fn what_cannot_be_a_rule_is_refused() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let refused = async |rule| desk.override_check(rule).await.unwrap_err().to_string();
    let rule = |check: &str, scope: &str, reason: &str| Override {
        score: Some(3),
        ..Override::new(check, query(scope), reason)
    };
    assert_eq!(
        refused(rule("bucket.opn", "", "x")).await,
        "unknown check `bucket.opn`; nearest: `bucket.open`"
    );
    assert_eq!(refused(rule("bucket.open", "", " ")).await, "a rule needs a reason");
    assert_eq!(
        refused(rule("bucket.open", "severity:high", "x")).await,
        "a rule is about items: `severity:=high` speaks of issues, of scans, or of what rules decide"
    );
    for scope in ["watched:false", "ignored:true", "score:>=7", "name:a -status:any"] {
        let said = refused(rule("bucket.open", scope, "x")).await;
        assert!(said.starts_with("a rule is about items"), "{scope}: {said}");
    }
    let unknown = refused(rule("bucket.open", "technology:buket", "x")).await;
    assert_eq!(unknown, "unknown technology `buket`; nearest: `bucket`");
    let high = Override { score: Some(11), ..rule("bucket.open", "", "x") };
    assert_eq!(refused(high).await, "a score is 0 to 10, not 11");
    let nothing = Override { score: None, ..rule("bucket.open", "", "x") };
    assert_eq!(
        refused(nothing).await,
        "an override gives a score, sets a parameter or turns the check off"
    );
    let over = Override { until: Some(desk.scene.now()), ..rule("bucket.open", "", "x") };
    assert!(refused(over).await.ends_with("is over already"));

    let all = desk.decisions().ignore(&Ignore::new(Query::All, "x"), &desk.registry).await;
    assert!(matches!(all, Err(Error::IgnoresAll)));
    let none = desk.decisions().unignore("abc").await.unwrap_err().to_string();
    assert_eq!(none, "unknown ignore rule `abc`");
}

#[tokio::test]
async fn a_comment_is_kept_with_what_it_is_about() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let issue: IssueId = desk.scene.issues()[0].finding.issue.clone();
    let decisions = desk.decisions();
    let key = decisions.comment("a", " asked the team ", None).await.unwrap();
    decisions.comment("a", "the first", Some(1)).await.unwrap();
    let about = decisions.comment_issue(issue.as_str(), "known since May").await.unwrap();
    let said = desk.scene.views.comments(&key).unwrap();
    assert_eq!(said[0].1.comment.text, "asked the team");
    assert_eq!((said[0].1.by.clone(), said[1].1.comment.revision), (Actor::from("alice"), Some(1)));
    let said = desk.scene.views.comments(&about).unwrap();
    assert_eq!(said.last().unwrap().1.comment.issue, Some(issue));
    assert!(matches!(decisions.comment("a", "\n", None).await, Err(Error::EmptyComment)));
    let missing = decisions.comment("a", "x", Some(7)).await.unwrap_err();
    assert_eq!(missing.to_string(), "`a` has no revision 7: it has 1 to 1");
    // A comment changes nothing that checks see.
    let scanned = desk.scene.scan(buckets()).await;
    assert_eq!(scanned.items.changed, 0);
}

fn sandbox() -> Scope {
    Scope::account("210987654321".parse().unwrap())
}

fn every(interval: &str, scope: Scope) -> schedule::Rule {
    let reason = "it hardly changes".to_owned();
    let interval = Some(interval.parse().unwrap());
    schedule::Rule { interval, reason, ..schedule::Rule::about(scope) }
}

fn declared() -> Declared {
    let id = "210987654321".parse().unwrap();
    let network = Network {
        name: "office".to_owned(),
        cidr: "203.0.113.0/24".parse().unwrap(),
        account: None,
        notes: String::new(),
    };
    Declared {
        accounts: vec![Account::new(PROVIDER, id, "sandbox")],
        networks: vec![network],
        ignores: vec![Ignore::new(query("account:sandbox"), "a playground")],
        overrides: vec![Override {
            score: Some(2),
            ..Override::new("bucket.open", query("name:a"), "by design")
        }],
        schedule: vec![every("1d", sandbox())],
        subscriptions: vec![Subscription {
            query: query("account:sandbox score:>=7"),
            ..Subscription::new("on-call", "pagerduty")
        }],
    }
}

#[tokio::test]
async fn what_is_declared_is_brought_about_once_and_whole() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let apply = async |declared: &Declared, dry_run| {
        let changes = desk.decisions().apply(declared, &desk.registry, dry_run).await?;
        Ok::<_, Error>(changes.into_iter().map(|one| (one.kind, one.change)).collect::<Vec<_>>())
    };
    let kinds = ["account", "network", "ignore", "override", "schedule", "subscription"];
    let all = |change| kinds.map(|kind| (kind, change));
    let before = desk.scene.log.head().await.unwrap();
    assert_eq!(apply(&declared(), true).await.unwrap(), all(Changed::Added));
    assert_eq!(desk.scene.log.head().await.unwrap(), before, "it was only said");
    // The rule is about an account that is only declared.
    assert_eq!(apply(&declared(), false).await.unwrap(), all(Changed::Added));
    assert_eq!(desk.scores("name:a"), [of("a", 2)]);
    let after = desk.scene.log.head().await.unwrap();
    assert_eq!(apply(&declared(), false).await.unwrap(), all(Changed::Unchanged));
    assert_eq!(desk.scene.log.head().await.unwrap(), after, "the same again is no event");

    let mut other = declared();
    other.overrides[0].score = Some(3);
    other.networks[0].cidr = "198.51.100.0/24".parse().unwrap();
    other.ignores.clear();
    other.schedule[0].interval = Some("2d".parse().unwrap());
    let came_to = apply(&other, false).await.unwrap();
    let changed = ["network", "override", "schedule"].map(|kind| (kind, Changed::Changed));
    let same = |kind| [(kind, Changed::Unchanged)];
    assert_eq!(came_to, [&same("account")[..], &changed, &same("subscription")].concat());
    assert_eq!(desk.known().governance().unwrap().ignores().len(), 1, "what it leaves out stays");

    // One that cannot be keeps all from being.
    let mut wrong = declared();
    wrong.overrides.push(Override::new("bucket.opn", Query::All, "x"));
    assert!(apply(&wrong, false).await.is_err());
    assert_eq!(desk.scores("name:a"), [of("a", 3)]);
}

#[tokio::test]
async fn decisions_are_told_with_who_when_and_why() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    desk.decisions().apply(&declared(), &desk.registry, false).await.unwrap();
    let issue = desk.scene.issues()[0].finding.issue.clone();
    let until = desk.scene.now() + jiff::SignedDuration::from_hours(24);
    desk.decisions().justify(issue.as_str(), "until tomorrow", Some(until)).await.unwrap();
    let told = async |desk: &Desk| {
        let all = query::decisions(desk.scene.log.as_ref(), &desk.known()).await.unwrap();
        for one in &all {
            // The account that was scanned is registered by the scan.
            let by = if one.about.starts_with("production") { "test" } else { "alice" };
            assert_eq!(one.by, Actor::from(by), "{one:?}");
            assert!(one.at <= desk.scene.now(), "{one:?}");
        }
        all.into_iter().map(|one| (one.kind, one.reason, one.counts)).collect::<Vec<_>>()
    };
    let row = |kind, reason: &str, counts| (kind, reason.to_owned(), counts);
    let others = [
        row("override", "by design", true),
        row("ignore", "a playground", true),
        row("schedule", "it hardly changes", true),
        row("network", "", true),
        row("account", "", true),
        row("account", "", true),
        row("subscription", "", true),
    ];
    let first = |counts| vec![row("justification", "until tomorrow", counts)];
    assert_eq!(told(&desk).await, [first(true), others.to_vec()].concat());
    desk.scene.wait(48);
    assert_eq!(told(&desk).await, [first(false), others.to_vec()].concat());
}

#[tokio::test]
async fn when_something_is_looked_at_is_decided_changed_and_taken_back() {
    let mut desk = Desk::new();
    desk.scene.scan(buckets()).await;
    let decisions = desk.decisions();
    let registry = &desk.registry;
    let scope = Scope::account(desk.scene.account.id.clone());
    let in_force = || {
        let rows = desk.scene.views.schedule().unwrap().into_iter();
        let rows = rows.filter(|row| row.ended.is_none());
        rows.map(|row| format!("{}: {}", row.rule.scope(), row.rule.says())).collect::<Vec<_>>()
    };
    let rule = every("15m", scope.clone());
    assert_eq!(decisions.schedule(&rule, registry).await.unwrap(), Made::New);
    assert_eq!(decisions.schedule(&rule, registry).await.unwrap(), Made::Unchanged);
    // A pause leaves the interval alone, and its end does.
    let paused = |is| decisions.reschedule(&scope, registry, move |rule| rule.paused = is);
    assert!(paused(true).await.unwrap().is_some());
    assert_eq!(in_force(), [format!("{scope}: every 15m, paused")]);
    assert_eq!(paused(false).await.unwrap(), Some(rule.clone()));
    assert_eq!(in_force(), [format!("{scope}: every 15m")]);
    assert_eq!(decisions.reset_schedule(&scope).await.unwrap(), rule);
    assert_eq!(in_force(), [] as [&str; 0]);
    // A pause alone is taken back with its end; where there was none, nothing is recorded.
    let before = desk.scene.views.position().unwrap();
    assert_eq!(paused(false).await.unwrap(), None);
    assert_eq!(desk.scene.views.position().unwrap(), before);
    assert!(paused(true).await.unwrap().is_some());
    assert_eq!(paused(false).await.unwrap(), None);
    assert_eq!(in_force(), [] as [&str; 0]);
    assert_eq!(desk.scene.views.schedule().unwrap().len(), 4, "what was in force when is kept");
}

#[tokio::test]
async fn what_cannot_be_decided_of_the_schedule_is_refused() {
    let desk = Desk::new();
    let refused = async |rule: schedule::Rule| {
        desk.decisions().schedule(&rule, &desk.registry).await.unwrap_err().to_string()
    };
    let every = |scope| every("1h", scope);
    assert_eq!(
        refused(every(Scope::technology("buckte"))).await,
        "unknown technology `buckte`; nearest: `bucket`"
    );
    assert_eq!(
        refused(every(Scope::account("9".parse().unwrap()))).await,
        "unknown account `9`: none is registered"
    );
    assert_eq!(
        refused(schedule::Rule::about(Scope::ALL)).await,
        "a rule of the schedule gives an interval, a priority or a pause"
    );
    let rule = every(Scope::technology("bucket"));
    let priority = Some(schedule::Priority::High);
    assert_eq!(
        refused(schedule::Rule { priority, ..rule }).await,
        "the priority is that of an account: leave out the technology bucket"
    );
    let reset = desk.decisions().reset_schedule(&Scope::ALL).await.unwrap_err();
    assert_eq!(reset.to_string(), "unknown rule of the schedule `everything`: none is decided");
}
