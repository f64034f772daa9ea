//! The REST API under load: a server over a store on disk, and a client that asks it. What
//! starts both and judges them is `benches/web/load.py`.
//!
//! `load serve STORE ITEMS REVISIONS` says in a line of JSON where it is once everything was
//! scanned once; then `scan` on its input begins to scan again and again, `rest` ends that and
//! says what came of it, and the end of the input ends it. `load ask ADDRESS TOKEN` reads lines
//! of when a request is due, in microseconds, and its path.

use std::io::BufRead as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use secmonkey_aws::report::AwsReports;
use secmonkey_core::Timestamp;
use secmonkey_core::decide::Decisions;
use secmonkey_core::event::{Actor, ScanId};
use secmonkey_core::log::EventLog;
use secmonkey_core::schedule::AccountState;
use secmonkey_core::tlog::Ledger;
use secmonkey_core::view::Views;
use secmonkey_store::{OpenOptions, Store};
use secmonkey_web::access::Forgetful;
use secmonkey_web::{
    Access, Catalogue, Control, Entry, Health, Library, Measured, Metrics, Problem, Running,
    Service, Settings,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

mod client;
mod crowd;
mod scanned;

use crowd::Result;
use scanned::{Came, Estate, Scans};

/// As the programs have it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

// As the daemon has it.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().filter(|one| one != "--bench").collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["serve", path, items, revisions] => {
            serve(path.as_ref(), items.parse()?, revisions.parse()?).await
        }
        ["ask", address, token] => ask(address, token).await,
        _ => Err("python3 benches/web/load.py starts it".into()),
    }
}

/// Plays the requests that its input names, and writes what came of each.
async fn ask(address: &str, token: &str) -> Result<()> {
    let mut schedule = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line?;
        let (due, path) = line.split_once(' ').ok_or("no path")?;
        schedule.push((Duration::from_micros(due.parse()?), path.to_owned()));
    }
    let answers = client::ask(address.parse()?, token, schedule).await;
    for client::Answer { status, took, server, bytes } in
        answers.map_err(|error| error.to_string())?
    {
        println!("{status} {:.3} {server:.3} {bytes}", took.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// What was recorded.
struct Recorded {
    store: Store,
    views: Views,
    catalogue: Arc<Catalogue>,
}

impl Library for Recorded {
    fn log(&self) -> Arc<dyn EventLog> {
        self.store.log.clone()
    }

    fn views(&self) -> Views {
        self.views.clone()
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.clone()
    }

    fn ledger(&self) -> Option<&dyn Ledger> {
        Some(&self.store)
    }

    fn decisions(&self, actor: Actor) -> Decisions {
        Decisions::new(self.store.log.clone(), self.views.clone(), actor)
    }
}

/// Scans are begun by who measures, not by who asks.
struct Nobody;

#[async_trait]
impl Control for Nobody {
    async fn scan(
        &self,
        _: secmonkey_web::Request,
        _: Actor,
    ) -> std::result::Result<Running, Problem> {
        Err(Problem::unavailable("nobody scans"))
    }

    async fn stop(&self, _: &ScanId, _: &Actor) -> bool {
        false
    }

    fn settings(&self) -> Settings {
        Settings::default()
    }

    async fn health(&self) -> Health {
        Health::default()
    }

    async fn schedule(&self) -> std::result::Result<Vec<AccountState>, Problem> {
        Ok(Vec::new())
    }

    async fn measure(&self) -> std::result::Result<Measured, Problem> {
        Err(Problem::unavailable("nobody measures"))
    }
}

/// Answers on a port of this machine until the input ends.
async fn serve(path: &Path, items: usize, revisions: usize) -> Result<()> {
    if !path.exists() {
        // What is not whole is begun anew.
        let part = path.with_extension("part");
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        crowd::fill(&part, items, revisions).await?;
        std::fs::rename(&part, path)?;
    }
    let store = Store::open(path, OpenOptions::default())?;
    let views = Views::new(store.views.clone());
    views.catch_up(store.log.as_ref()).await?;
    let mut scans = Scans::new(&store, views.clone(), Estate::new(items, revisions))?;
    let accounts = scans.accounts();
    let first = scans.run(|scans| scans == accounts).await?;

    let registry = scans.pipeline().registry();
    let auditors = vec![Arc::new(scanned::auditor()) as _];
    let catalogue = Arc::new(Catalogue::new(registry, auditors, Arc::new(AwsReports)));
    let access = Access::open(Arc::new(Forgetful::default()), Entry::default())?;
    let library = Arc::new(Recorded { store, views, catalogue });
    let service = Service::new(Arc::new(Nobody), library, access, Metrics::default());
    let token = token(&service).await?;

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let router = secmonkey_web::public(service.clone()).layer(middleware::from_fn(timed));
    let stop = service.stop.clone();
    let serving = tokio::spawn(secmonkey_web::port::serve(listener, None, router, stop.clone()));
    println!("{}", json!({ "address": address, "token": token, "first": record(&first) }));
    follow(scans).await?;
    stop.cancel();
    Ok(serving.await??)
}

/// Issues a token, as the owner of the store does.
async fn token(service: &Service) -> Result<String> {
    // A store that was used before has those of then, which nobody knows any more.
    let body = json!({ "name": format!("load-{}", Timestamp::now().as_millisecond()), "role": "view", "service": true });
    let request =
        axum::http::Request::post("/api/v1/tokens").header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string()))?;
    let answer = secmonkey_web::owners(service.clone()).oneshot(request).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await?;
    let body: Value = serde_json::from_slice(&body)?;
    match body["token"].as_str() {
        Some(token) if status == StatusCode::CREATED => Ok(token.to_owned()),
        _ => Err(format!("no token: {body}").into()),
    }
}

/// Says of each answer how long it took from when its request was read.
async fn timed(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let mut answer = next.run(request).await;
    let said = format!("app;dur={:.3}", began.elapsed().as_secs_f64() * 1e3);
    if let Ok(said) = HeaderValue::try_from(said) {
        answer.headers_mut().insert("server-timing", said);
    }
    answer
}

/// Scans when it is told to.
async fn follow(mut scans: Scans) -> Result<()> {
    let (sender, mut lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(std::io::Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    while lines.recv().await.is_some_and(|line| line == "scan") {
        let is_over = AtomicBool::new(false);
        let rest = async {
            lines.recv().await;
            is_over.store(true, Ordering::Relaxed);
        };
        let run = scans.run(|_| is_over.load(Ordering::Relaxed));
        let (came, ()) = tokio::join!(run, rest);
        println!("{}", record(&came?));
    }
    Ok(())
}

fn record(came: &Came) -> Value {
    json!({
        "scans": came.scans,
        "seconds": came.took.as_secs_f64(),
        "items": came.items.seen,
        "changed": came.items.changed,
        "new": came.items.created,
    })
}
