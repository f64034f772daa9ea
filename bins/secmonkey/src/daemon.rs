//! The daemon that holds the store, as commands ask it: how it is, and to look now.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::Ordering;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::{Response, StatusCode, header};
use secmonkey_app::error::Error;
use secmonkey_core::pipeline::Progress;
use secmonkey_store::socket;
use secmonkey_web::socket::Client;
use secmonkey_web::{Ended, Health, Problem, Request, Update};

/// Takes over how far a scan is.
pub fn follow(shown: &Progress, update: &Update) {
    let Update::Progress { planned, done, items, failures } = update else { return };
    for (counter, number) in [
        (&shown.planned, planned),
        (&shown.done, done),
        (&shown.items, items),
        (&shown.failures, failures),
    ] {
        // A scan that is over counts no more: what was shown stays.
        counter.fetch_max(*number, Ordering::Relaxed);
    }
}

/// The daemon of a store.
pub struct Daemon {
    socket: UnixStream,
}

impl Daemon {
    /// The daemon that holds a store; `None` where none does.
    pub fn of(store: &Path) -> Option<Self> {
        Some(Self { socket: socket::connect(store, socket::DAEMON).ok()? })
    }

    /// Has it look now, and follows that to its end.
    pub async fn scan(
        self,
        request: &Request,
        mut progress: impl FnMut(&Update),
    ) -> Result<Ended, Error> {
        let body = Bytes::from(serde_json::to_vec(request)?);
        let request =
            hyper::Request::post("/api/v1/scans").header(header::CONTENT_TYPE, "application/json");
        let mut client = self.client().await?;
        let request = request.body(body).map_err(|error| gone(&error))?;
        let answer = client.send(request).await.map_err(|error| gone(&error))?;
        if answer.status() == StatusCode::OK {
            read(answer, &mut progress).await
        } else {
            Err(refused(answer).await)
        }
    }

    /// How it is.
    pub async fn health(self) -> Result<Health, Error> {
        let mut client = self.client().await?;
        let request = hyper::Request::get("/readyz").body(Bytes::new());
        let request = request.map_err(|error| gone(&error))?;
        let answer = client.send(request).await.map_err(|error| gone(&error))?;
        let body = answer.into_body().collect().await.map_err(|error| gone(&error))?;
        serde_json::from_slice(&body.to_bytes()).map_err(|error| gone(&error))
    }

    async fn client(self) -> Result<Client, Error> {
        Client::over(self.socket).await.map_err(|error| gone(&error))
    }
}

async fn read(
    mut answer: Response<Incoming>,
    progress: &mut impl FnMut(&Update),
) -> Result<Ended, Error> {
    let mut unread = Vec::new();
    while let Some(frame) = answer.frame().await {
        let frame = frame.map_err(|error| gone(&error))?;
        unread.extend_from_slice(frame.data_ref().map_or(&[][..], AsRef::as_ref));
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            match serde_json::from_slice(&line).map_err(|error| gone(&error))? {
                Update::Ended(ended) => return Ok(ended),
                update @ Update::Progress { .. } => progress(&update),
            }
        }
    }
    Err(gone(&"it said no more"))
}

async fn refused(answer: Response<Incoming>) -> Error {
    let status = answer.status();
    let Ok(body) = answer.into_body().collect().await else { return gone(&status) };
    match serde_json::from_slice::<Problem>(&body.to_bytes()) {
        Ok(problem) if status.is_client_error() => Error::Usage(problem.detail),
        Ok(problem) => Error::Store(format!("the daemon that holds the store: {}", problem.detail)),
        Err(_) => gone(&status),
    }
}

fn gone(error: &dyn std::fmt::Display) -> Error {
    Error::Store(format!(
        "the daemon that holds the store does not answer ({error}): a scan that had begun goes \
         on; see `secmonkey status`"
    ))
}
