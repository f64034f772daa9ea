//! Given what was seen before, when something is seen now, then these events follow.
//!
//! A [`Scene`] is a whole pipeline over a log in memory, with a clock that stands
//! still until it is told to go on and watchers that see what they are told. Use it to
//! test checks and pipelines of your own.
//!
//! ```
//! use std::borrow::Cow;
//! use secmonkey_core::technology::Technology;
//! use secmonkey_core::testing::{Look, PROVIDER, Scene};
//! use serde_json::json;
//!
//! const QUEUE: Technology = Technology {
//!     provider: PROVIDER,
//!     id: Cow::Borrowed("queue"),
//!     ..Technology::DEFAULT
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let mut scene = Scene::new(&[QUEUE]);
//! scene.scan(Look::at(&QUEUE).item("q-1", json!({ "Size": 1 }))).await;
//! scene.events().await;
//! scene.scan(Look::at(&QUEUE).item("q-1", json!({ "Size": 2 }))).await;
//! assert_eq!(
//!     scene.events().await,
//!     [r#"q-1: item_changed [{"op":"replace","path":"/Size","value":2}]"#]
//! );
//! # });
//! ```
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a scene that cannot be set up fails its test"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::account::{Account, AccountId};
use crate::attribution::{Attributed, Call, Who};
use crate::check::{Catalogue, Rule};
use crate::event::{Actor, Envelope, Event, IssueId, Position, Resolution, StreamId};
use crate::issue::Issue;
use crate::item::{GLOBAL, Key};
use crate::log::memory::Memory;
use crate::log::{Append, EventLog, Expected};
use crate::notify::{self, Message, Notifier};
use crate::pipeline::{Clock, Pipeline, Summary};
use crate::plan::{Plan, PlannedAccount};
use crate::provider::Provider;
use crate::technology::{Reach, Technology};
use crate::view::Views;
use crate::watch::{
    self, Complete, Error, Listed, Looked, Observed, Part, Scope, Sweep, Wanted, Watcher, pages,
};

/// Who runs the accounts of a scene.
pub const PROVIDER: Provider = Provider::named("test");

/// The region that regional technologies are seen in unless a look says otherwise.
pub const REGION: &str = "eu-west-1";

/// A pipeline over a log in memory, with scripted watchers.
pub struct Scene {
    /// The log.
    pub log: Arc<Memory>,
    /// The views over it.
    pub views: Views,
    /// The account everything is in.
    pub account: Account,
    /// The regions that are planned.
    pub regions: Vec<String>,
    /// What was told, in order.
    pub told: Arc<Told>,
    clock: Arc<Mutex<Timestamp>>,
    technologies: Vec<Technology>,
    looks: Arc<Mutex<Vec<Look>>>,
    rules: Vec<Rule>,
    read: Position,
}

/// Empty views that know what configurations of these technologies name.
fn views(technologies: &[Technology]) -> Views {
    let views = Views::in_memory();
    views.know(&technologies.iter().map(ours).collect::<Vec<_>>());
    views
}

/// A technology of the scene's provider.
fn ours(technology: &Technology) -> Technology {
    Technology { provider: PROVIDER, ..technology.clone() }
}

/// What a watcher is to see in one region.
#[derive(Debug, Clone)]
pub struct Look {
    technology: Technology,
    region: String,
    items: Vec<Observed>,
    unread: Vec<(String, Error)>,
    ended: Result<(), Error>,
    gone: Result<Option<Vec<String>>, Error>,
}

impl Look {
    /// A listing that comes to its end with nothing on it.
    #[must_use]
    pub fn at(technology: &Technology) -> Self {
        let region = match technology.reach {
            Reach::Global => GLOBAL,
            Reach::Regional => REGION,
        };
        Self {
            technology: technology.clone(),
            region: region.to_owned(),
            items: Vec::new(),
            unread: Vec::new(),
            ended: Ok(()),
            gone: Ok(None),
        }
    }

    /// The id of what is listed.
    #[must_use]
    pub fn technology(&self) -> &str {
        &self.technology.id
    }

    /// The same in another region.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    /// With a resource, named like its id.
    #[must_use]
    pub fn item(mut self, id: &str, config: Value) -> Self {
        self.items.push(Observed::new(&self.technology, id, config));
        self
    }

    /// With another name for the last resource.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        if let Some(item) = self.items.last_mut() {
            name.clone_into(&mut item.name);
        }
        self
    }

    /// With a part of the last resource.
    #[must_use]
    pub fn part(mut self, pointer: &'static str, part: Part) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.parts.push((pointer.into(), part));
        }
        self
    }

    /// With a resource that is listed and cannot be read.
    #[must_use]
    pub fn unread(mut self, id: &str) -> Self {
        self.unread.push((id.to_owned(), denied("test:Read")));
        self
    }

    /// With a listing that breaks off after what it has.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.ended = Err(denied("test:List"));
        self
    }

    /// With look-ups that find these gone; all that are asked for, if nothing is said.
    #[must_use]
    pub fn gone(mut self, ids: &[&str]) -> Self {
        self.gone = Ok(Some(ids.iter().map(|id| (*id).to_owned()).collect()));
        self
    }

    /// With look-ups that fail.
    #[must_use]
    pub fn lookup_fails(mut self) -> Self {
        self.gone = Err(denied("test:Get"));
        self
    }
}

/// A denied call.
#[must_use]
pub fn denied(operation: &'static str) -> Error {
    Error::new(operation, watch::Cause::Denied, "access denied")
}

/// A watcher that sees what it is told.
struct Scripted {
    technologies: Vec<Technology>,
    looks: Arc<Mutex<Vec<Look>>>,
}

impl Scripted {
    fn looks(&self, scope: &Scope) -> Vec<Look> {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = |look: &&Look| {
            let read = |one: &Technology| one.id == look.technology.id;
            look.region == scope.region && self.technologies.iter().any(read)
        };
        looks.iter().filter(ours).cloned().collect()
    }
}

#[async_trait]
impl Watcher for Scripted {
    fn provider(&self) -> Provider {
        PROVIDER
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        for look in self.looks(scope) {
            for item in look.items {
                out.item(item).await;
            }
            for (id, error) in look.unread {
                out.unread(&look.technology, id, error).await;
            }
            look.ended?;
            out.complete(&look.technology, &complete().await?).await;
        }
        Ok(())
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let look = self
            .looks(scope)
            .into_iter()
            .find(|look| wanted.iter().all(|one| one.technology == look.technology.id))
            .ok_or_else(|| denied("test:Get"))?;
        let gone = look.gone?;
        let is_gone = |id: &String| gone.as_ref().is_none_or(|gone| gone.contains(id));
        let looked = |one: &Wanted| {
            // What is looked at beside a scan is as it is listed.
            if let Some(there) = look.items.iter().find(|item| item.id == one.id) {
                Looked::there(there.clone())
            } else if is_gone(&one.id) {
                Looked::gone(&one.id)
            } else {
                Looked::exists(&one.id)
            }
        };
        Ok(wanted.iter().map(looked).collect())
    }
}

/// The proof of a listing of one empty page.
async fn complete() -> Result<Complete, Error> {
    let mut listing =
        pages("test:List", |_| std::future::ready(Ok(Listed::page(Vec::<()>::new(), None))));
    while listing.next().await?.is_some() {}
    listing.end()
}

/// A notifier that remembers.
#[derive(Debug, Default)]
pub struct Told {
    messages: Mutex<Vec<Message>>,
}

impl Told {
    /// What was told since it was last taken.
    pub fn all(&self) -> Vec<Message> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was told since the last time this was asked.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Notifier for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    async fn notify(&self, message: &Message) -> Result<(), notify::Error> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(())
    }
}

impl Scene {
    /// An empty log, one account, and a watcher of these technologies.
    #[must_use]
    pub fn new(technologies: &[Technology]) -> Self {
        let start = Timestamp::from_second(1_767_225_600).expect("2026 is in range");
        let clock = Arc::new(Mutex::new(start));
        let id: AccountId = "111122223333".parse().expect("twelve digits");
        let log = Memory::new({
            let clock = Arc::clone(&clock);
            move || *clock.lock().unwrap_or_else(PoisonError::into_inner)
        });
        Self {
            log: Arc::new(log),
            views: views(technologies),
            account: Account::new(PROVIDER, id, "production"),
            regions: vec![GLOBAL.to_owned(), REGION.to_owned()],
            told: Arc::default(),
            clock,
            technologies: technologies.iter().map(ours).collect(),
            looks: Arc::default(),
            rules: Vec::new(),
            read: Position(0),
        }
    }

    /// The same with other technologies, as a new release would read them.
    #[must_use]
    pub fn release(mut self, technologies: &[Technology]) -> Self {
        self.views = views(technologies);
        self.technologies = technologies.iter().map(ours).collect();
        self
    }

    /// The same with a check more.
    #[must_use]
    pub fn check(mut self, rule: &Rule) -> Self {
        self.rules.push(rule.clone());
        self
    }

    /// The same without any check.
    #[must_use]
    pub fn without_checks(mut self) -> Self {
        self.rules.clear();
        self
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock of the scene.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || *clock.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets time pass.
    pub fn wait(&self, hours: i64) {
        self.pass(SignedDuration::from_hours(hours));
    }

    /// Lets so much time pass.
    pub fn pass(&self, time: SignedDuration) {
        let later = self.now() + time;
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = later;
    }

    /// The pipeline.
    #[must_use]
    pub fn pipeline(&self) -> Pipeline {
        let log = Arc::clone(&self.log) as Arc<dyn EventLog>;
        let watcher = |technology: &Technology| -> Arc<dyn Watcher> {
            let looks = Arc::clone(&self.looks);
            Arc::new(Scripted { technologies: vec![technology.clone()], looks })
        };
        self.technologies
            .iter()
            .fold(Pipeline::new(log, self.views.clone()), |pipeline, technology| {
                pipeline.watcher(watcher(technology))
            })
            .auditor(Arc::new(Catalogue::new(self.rules.clone())))
            .notifier(Arc::clone(&self.told) as Arc<dyn Notifier>)
            .actor(Actor::from("test"))
            .clock(self.clock())
    }

    /// Scans an hour later, seeing this.
    pub async fn scan(&mut self, look: Look) -> Summary {
        self.scan_all(vec![look]).await
    }

    /// Scans an hour later, seeing all this.
    pub async fn scan_all(&mut self, looks: Vec<Look>) -> Summary {
        let plan = self.plan();
        self.scan_plan(looks, plan).await
    }

    /// All there is.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let regions = Ok(self.regions.clone());
        Plan {
            accounts: vec![PlannedAccount { account: self.account.clone(), regions }],
            all_regions: true,
            ..Plan::default()
        }
    }

    /// What watchers are to see from now on.
    pub fn see(&self, looks: Vec<Look>) {
        *self.looks.lock().unwrap_or_else(PoisonError::into_inner) = looks;
    }

    /// Scans what is planned an hour later, seeing all this.
    pub async fn scan_plan(&mut self, looks: Vec<Look>, plan: Plan) -> Summary {
        self.wait(1);
        self.see(looks);
        self.pipeline().scan(&plan).await.expect("a log in memory does not fail")
    }

    /// Somebody justifies an issue.
    pub async fn justify(&mut self, issue: &IssueId, note: &str, until: Option<Timestamp>) {
        let key = self.issue(issue).key;
        let event = Event::IssueJustified { issue: issue.clone(), note: note.to_owned(), until };
        self.append(StreamId::item(&key), event).await;
    }

    /// Appends an event from outside the pipeline.
    pub async fn append(&mut self, stream: StreamId, event: Event) {
        let actor = Actor::from("somebody");
        let append = Append::new(stream, Expected::Any, &actor, self.now(), [event]);
        self.log.append(vec![append]).await.expect("a log in memory does not fail");
        self.views.catch_up(self.log.as_ref()).await.expect("the log folds");
    }

    /// The issue with this id.
    #[must_use]
    pub fn issue(&self, id: &IssueId) -> Issue {
        let mut issues = self.issues().into_iter();
        issues.find(|issue| issue.finding.issue == *id).expect("the issue is known")
    }

    /// Every issue.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        self.views.issues().collect::<Result<_, _>>().expect("the rows read")
    }

    /// The key of an item of a technology.
    #[must_use]
    pub fn key(&self, technology: &Technology, id: &str) -> Key {
        let region = match technology.reach {
            Reach::Global => GLOBAL,
            Reach::Regional => REGION,
        };
        Key {
            account: self.account.id.clone(),
            technology: technology.id.clone().into_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
        }
    }

    /// What happened to items and issues since the last time this was asked, a line
    /// each: `ID: TYPE WHAT`.
    pub async fn events(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let page = self.log.read_all(self.read, 1_000).await.expect("the log reads");
            let Some(last) = page.last() else { return lines };
            self.read = last.position;
            let items = page.iter().filter(|envelope| envelope.stream.as_item().is_some());
            lines.extend(items.map(line));
        }
    }
}

/// An event of an item in one line.
fn line(envelope: &Envelope) -> String {
    let id = envelope.stream.as_item().map(|key| key.id).unwrap_or_default();
    let event = serde_json::to_value(&envelope.event).unwrap_or_default();
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    let patch =
        |change: &crate::event::Change| serde_json::to_string(&change.patch).unwrap_or_default();
    let what = match &envelope.event {
        Event::ItemDiscovered(first) => first.config.to_string(),
        Event::ItemChanged(change) | Event::ItemObserved(change) => patch(change),
        Event::ItemRebased(rebased) => patch(&rebased.change),
        Event::ItemReturned(back) => patch(&back.change),
        Event::IssueOpened(finding)
        | Event::IssueUpdated(finding)
        | Event::IssueReopened(finding) => format!("{} {}", finding.check, finding.subject),
        Event::IssueResolved { reason: Resolution::KnownNow { what }, .. } => {
            format!("known_now {what}")
        }
        Event::IssueResolved { reason: Resolution::ReadNow { what }, .. } => {
            format!("read_now {what}")
        }
        Event::IssueResolved { reason, .. } => reason.as_str().to_owned(),
        Event::ChecksUndecided { undecided } => {
            undecided.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        Event::ChangeAttributed(attributed) => {
            let Attributed { revision, by } = attributed;
            let calls: Vec<_> = by.calls.iter().map(|call| call.event_id.as_str()).collect();
            format!("{revision} {} {}", by.confidence.as_str(), calls.join(" "))
        }
        _ => String::new(),
    };
    format!("{id}: {kind} {what}").trim_end().to_owned()
}

/// A call of a person, as a provider's log tells it.
#[must_use]
pub fn call(id: &str, person: &str, name: &str, at: Timestamp, writes: &[&str]) -> Call {
    Call {
        event_id: id.to_owned(),
        shared_event_id: None,
        event_name: name.to_owned(),
        event_source: "test.example.com".to_owned(),
        event_time: at,
        who: Who {
            principal: format!("arn:test::{person}"),
            kind: "user".to_owned(),
            name: Some(person.to_owned()),
            ..Who::default()
        },
        via: None,
        source_ip: Some("203.0.113.7".to_owned()),
        user_agent: None,
        writes: writes.iter().map(|at| (*at).to_owned()).collect(),
    }
}

/// Counts the messages' parts: told changes, told issues, baseline items and issues.
#[must_use]
pub fn counted(messages: &[Message]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for message in messages {
        *counts.entry("changes").or_default() += message.changes.len() as u64;
        *counts.entry("issues").or_default() += message.issues.len() as u64;
        if let Some(baseline) = &message.baseline {
            *counts.entry("baseline items").or_default() += baseline.items;
            *counts.entry("baseline issues").or_default() += baseline.issues;
        }
    }
    counts
}
