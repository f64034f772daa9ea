use std::collections::BTreeSet;
use std::sync::Mutex;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request as HttpRequest, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::log::EventLog;
use secmonkey_core::log::memory::Memory;
use secmonkey_core::nearest::{Named, Unknown};
use secmonkey_core::query::{self, ProviderReports, Reporting};
use secmonkey_core::record::FrameworkRecord;
use secmonkey_core::registry::Registry;
use secmonkey_core::report::Report;
use secmonkey_core::schedule::AccountState;
use secmonkey_core::testing::Scene;
use secmonkey_core::tlog::Ledger;
use secmonkey_core::view::Views;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::*;

mod access;
mod api;
mod browse;
mod document;
mod edits;
mod export;
mod hostile;
mod idor;
#[cfg(feature = "oidc")]
mod oidc;
mod pages;
mod record;
mod reports;
mod scans;
mod sessions;
mod settings;
mod source;
mod stream;

/// Scans nothing, and says what it was asked.
#[derive(Default)]
struct Fake {
    asked: Mutex<Vec<(Request, Actor)>>,
    /// Who stopped a scan.
    stopped: Mutex<Vec<Actor>>,
    /// The scan that runs.
    running: Option<ScanId>,
    health: Health,
}

#[async_trait]
impl Control for Fake {
    async fn scan(&self, request: Request, actor: Actor) -> Result<Running, Problem> {
        if request.accounts == ["nobody"] {
            return Err(Problem::wrong("there is no account `nobody`"));
        }
        self.asked.lock().unwrap().push((request, actor));
        let (sender, updates) = mpsc::channel(4);
        let progress = Update::Progress { planned: 3, done: 1, items: 7, failures: 0 };
        sender.send(progress).await.unwrap();
        let scans = vec![ScanId::at("2026-01-31T14:00:00Z".parse().unwrap())];
        sender.send(Update::Ended(Ended { scans, ..Ended::default() })).await.unwrap();
        Ok(Running { updates })
    }

    async fn stop(&self, scan: &ScanId, actor: &Actor) -> bool {
        let runs = self.running.as_ref() == Some(scan);
        self.stopped.lock().unwrap().extend(runs.then(|| actor.clone()));
        runs
    }

    fn settings(&self) -> Settings {
        let notifier = NotifierSettings { name: "on-call".to_owned(), kind: "exec".to_owned() };
        Settings {
            version: "1.2.3".to_owned(),
            store_format: Some(2),
            interval_seconds: 3_600,
            tasks: 8,
            tasks_per_account: 2,
            notifiers: vec![notifier],
        }
    }

    async fn health(&self) -> Health {
        self.health.clone()
    }

    async fn schedule(&self) -> Result<Vec<AccountState>, Problem> {
        Ok(Vec::new())
    }

    async fn measure(&self) -> Result<Measured, Problem> {
        Ok(Measured { events: 12, ..Measured::default() })
    }
}

/// What the API answers to a request: it has to be as the document says.
async fn asked(router: Router, request: HttpRequest<Body>) -> (StatusCode, String, String) {
    let (method, path) = (request.method().clone(), request.uri().to_string());
    let (status, kind, body) = heard(router, request).await;
    document::check(&method, &path, status, &kind, &body);
    (status, kind, body)
}

/// What is answered to a request.
async fn heard(router: Router, request: HttpRequest<Body>) -> (StatusCode, String, String) {
    let answer: Response = router.oneshot(request).await.unwrap();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, kind, String::from_utf8(body.to_vec()).unwrap())
}

fn get(path: &str) -> HttpRequest<Body> {
    HttpRequest::get(path).body(Body::empty()).unwrap()
}

fn post(body: &str) -> HttpRequest<Body> {
    HttpRequest::post("/api/v1/scans").body(Body::from(body.to_owned())).unwrap()
}

/// Reports of groups and users.
struct Reports;

impl ProviderReports for Reports {
    fn unused(&self, _: &Registry) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn public(&self, _: &Registry) -> BTreeSet<String> {
        BTreeSet::from(["group.open".to_owned()])
    }

    fn key_holders(&self) -> BTreeSet<&'static str> {
        BTreeSet::from(["user"])
    }

    fn access_keys(&self, reporting: &Reporting<'_>) -> Result<Report, query::Error> {
        reporting.end(reporting.start("access-keys", "Access keys"), "no access keys", Vec::new())
    }

    fn frameworks(&self) -> Vec<FrameworkRecord> {
        vec![FrameworkRecord {
            id: "few-1.0".to_owned(),
            name: "Few".to_owned(),
            version: "1.0".to_owned(),
            home: "https://few.example.com".to_owned(),
            retired: false,
            controls: 3,
        }]
    }

    fn require_framework(&self, id: &str) -> Result<(), Unknown> {
        let known = ["few-1.0"];
        let is_known = known.contains(&id);
        is_known.then_some(()).ok_or_else(|| Unknown::new(Named::Framework, id, known))
    }

    fn compliance(&self, reporting: &Reporting<'_>, id: &str) -> Result<Report, query::Error> {
        self.require_framework(id)?;
        reporting.end(reporting.start("compliance", "Few 1.0"), "0 passed", Vec::new())
    }
}

/// What a scene recorded.
struct Recorded {
    log: Arc<Memory>,
    views: Views,
    catalogue: Arc<Catalogue>,
    ledger: record::Kept,
}

impl Recorded {
    fn of(scene: &Scene, catalogue: Catalogue) -> Self {
        let (log, views) = (scene.log.clone(), scene.views.clone());
        let ledger = record::Kept::new(log.clone());
        Self { log, views, catalogue: Arc::new(catalogue), ledger }
    }
}

impl Library for Recorded {
    fn log(&self) -> Arc<dyn EventLog> {
        self.log.clone()
    }

    fn views(&self) -> Views {
        self.views.clone()
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.clone()
    }

    fn ledger(&self) -> Option<&dyn Ledger> {
        Some(&self.ledger)
    }

    fn decisions(&self, actor: Actor) -> Decisions {
        Decisions::new(self.log.clone(), self.views.clone(), actor)
    }
}

/// Lets people in, and forgets them with the process.
fn forgetful() -> Access {
    Access::open(Arc::new(crate::access::Forgetful::default()), Entry::default()).unwrap()
}

/// Over an empty record.
fn service(control: impl Into<Arc<Fake>>) -> Service {
    let catalogue = Catalogue::new(Registry::default(), Vec::new(), Arc::new(Reports));
    let recorded = Recorded::of(&Scene::new(&[]), catalogue);
    Service::new(control.into(), Arc::new(recorded), forgetful(), Metrics::default())
}

#[tokio::test]
async fn a_scan_that_was_asked_for_is_followed_line_by_line() {
    let control = Arc::new(Fake::default());
    let service = service(control.clone());
    let request = post(r#"{"accounts": ["production"], "technologies": ["vpc"]}"#);
    let (status, kind, body) = asked(owners(service), request).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/x-ndjson"));
    let lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines,
        [
            json!({"progress": {"planned": 3, "done": 1, "items": 7, "failures": 0}}),
            json!({"ended": {"scans": ["20260131T140000000Z"], "failed": [], "api_calls": 0}}),
        ]
    );
    let (wanted, actor) = control.asked.lock().unwrap()[0].clone();
    assert_eq!(wanted.technologies, ["vpc"]);
    assert!(wanted.regions.is_empty());
    assert_eq!(actor, Actor::from("socket"));
}

#[tokio::test]
async fn what_cannot_be_is_a_problem_that_says_why() {
    for (body, said) in [
        (r#"{"accounts": ["nobody"]}"#, "there is no account `nobody`"),
        (r#"{"acounts": []}"#, "the request is not understood: unknown field `acounts`"),
        ("{", "the request is not understood: EOF"),
    ] {
        let (status, kind, answer) = asked(owners(service(Fake::default())), post(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(kind, "application/problem+json");
        let problem: Problem = serde_json::from_str(&answer).unwrap();
        assert!(problem.detail.starts_with(said), "{problem}");
    }
    let long = format!(r#"{{"accounts": ["{}"]}}"#, "a".repeat(extract::LARGEST));
    let (status, ..) = asked(owners(service(Fake::default())), post(&long)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _, body) = asked(owners(service(Fake::default())), get("/nothing")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("there is no `/nothing`"), "{body}");
}

#[tokio::test]
async fn a_process_that_waits_is_healthy_and_not_ready() {
    let waiting = || Fake {
        health: Health { waiting: vec!["the store is opened".to_owned()], ..Health::default() },
        ..Fake::default()
    };
    let broken = || Fake {
        health: Health { broken: vec!["the disk is gone".to_owned()], ..Health::default() },
        ..Fake::default()
    };
    let status = async |control, path| heard(probes(service(control)), get(path)).await.0;
    let (ok, not) = (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(Fake::default(), "/healthz").await, ok);
    assert_eq!(status(Fake::default(), "/readyz").await, ok);
    assert_eq!(status(waiting(), "/healthz").await, ok);
    assert_eq!(status(waiting(), "/readyz").await, not);
    assert_eq!(status(broken(), "/healthz").await, not);
}

#[tokio::test]
async fn probes_ask_and_do_nothing() {
    let (status, kind, body) = heard(probes(service(Fake::default())), get("/metrics")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert!(body.contains("\nsecmonkey_events 12.0\n") && body.ends_with("# EOF\n"), "{body}");
    let (status, ..) = heard(probes(service(Fake::default())), post("{}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
