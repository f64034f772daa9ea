//! Everything at once, a line an item, written while it is read.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use secmonkey_core::query::{configuration, position_then};
use secmonkey_core::record::ConfigurationRecord;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;

use crate::Service;
use crate::answer::line_of;
use crate::api::common::Cut;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::Params;
use crate::reader::{Reader, reading};

/// So many lines wait for who takes them, for so long.
const LINES: usize = 16;
const PATIENCE: Duration = Duration::from_secs(30);

/// A line; `None` says that it was the last.
type Line = Result<Option<Vec<u8>>, Problem>;

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Instant {
    /// The instant, where it is not now.
    at: Option<String>,
}

/// Export the configuration of every item
///
/// A line of JSON for each that is there, in the order of their keys. An answer that ends early is cut
/// off, so that nobody takes it for whole.
#[utoipa::path(get, path = "/export/configs", operation_id = "export_configs", tag = "items",
    params(Instant),
    responses(
        (status = 200, description = "The items", body = ConfigurationRecord,
         content_type = "application/x-ndjson"),
        Cut,
    ))]
pub async fn configurations(
    State(service): State<Service>,
    caller: Caller,
    Params(asked): Params<Instant>,
) -> Result<Response, Problem> {
    let permit = service.exports.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("others export already: try again"))?;
    let (sender, mut lines) = mpsc::channel::<Line>(LINES);
    let (failed, stop) = (sender.clone(), service.stop.clone());
    tokio::spawn(async move {
        let _permit = permit;
        let written = reading(service, caller, None, async move |reader| {
            write(&reader, asked.at.as_deref(), &Taker { lines: sender, stop }).await
        });
        if let Err(problem) = written.await {
            // Whoever does not take it sees that the last line is missing.
            let _ = tokio::time::timeout(PATIENCE, failed.send(Err(problem))).await;
        }
    });
    // What is wrong before anything is sent is an answer of its own.
    let first = next(&mut lines).await?;
    let lines = stream::unfold((first, lines), |(line, mut lines)| async move {
        let line = line?;
        let (line, following) = match next(&mut lines).await {
            Ok(following) => (Ok(line), following),
            Err(problem) => (Err(problem), None),
        };
        Some((line, (following, lines)))
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(lines)).into_response())
}

/// The next line, where there is one.
async fn next(lines: &mut mpsc::Receiver<Line>) -> Line {
    lines.recv().await.unwrap_or_else(|| Err(Problem::failed("it ended early")))
}

/// Who takes what is written.
struct Taker {
    lines: mpsc::Sender<Line>,
    stop: CancellationToken,
}

impl Taker {
    async fn take(&self, line: Option<Vec<u8>>) -> Result<(), Problem> {
        let is_taken = tokio::select! {
            taken = tokio::time::timeout(PATIENCE, self.lines.send(Ok(line))) => matches!(taken, Ok(Ok(()))),
            () = self.stop.cancelled() => false,
        };
        is_taken.then_some(()).ok_or_else(|| Problem::unavailable("nobody takes it any more"))
    }
}

/// Writes the items that somebody sees.
async fn write(reader: &Reader, at: Option<&str>, taker: &Taker) -> Result<(), Problem> {
    let (log, views) = (&*reader.log, &reader.known.views);
    let position = match at {
        Some(at) => {
            let at = reader.time(at).map_err(|problem| problem.of("at"))?;
            Some(position_then(log, at, reader.now).await?)
        }
        None => None,
    };
    for row in views.items() {
        let row = row?;
        if reader.sees(&row.key)?
            && let Some(record) = configuration(log, views, &row, position).await?
        {
            let line = line_of(&record).map_err(|error| Problem::unread(&error))?;
            taker.take(Some(line)).await?;
        }
    }
    taker.take(None).await
}
