//! The events that all else follows from.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt as _};
use secmonkey_core::event::{Envelope, Position};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use crate::Service;
use crate::answer::{Answer, Answered, body_of};
use crate::api::common::{Cut, Everything};
use crate::caller::{Caller, Role};
use crate::error::Problem;
use crate::extract::Params;
use crate::page::{limit, link};
use crate::reader::reading;

/// So many events may wait for who follows them.
const PAGE: usize = 16;
/// How often is looked whether who follows may still do so, where nothing is recorded meanwhile.
const RENEWAL: Duration = Duration::from_secs(15);
/// So many are read at a time.
const FEW: usize = 32;
/// A page of events has no more beyond so many bytes.
const ENOUGH: usize = 4 << 20;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The position behind which they stand; the last one that was read, to go on.
    #[serde(default)]
    #[param(format = "uint64", default = 0)]
    after: u64,
    /// How many at most; fewer where they are large.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
}

/// Read events
///
/// In the order of their positions. For who sees everything.
#[utoipa::path(get, path = "/events", operation_id = "list_events", tag = "record", params(Which), responses(
    (status = 200, description = "The events behind a position", body = [Envelope]),
    Everything, Cut,
))]
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Params(which): Params<Which>,
) -> Answered {
    let limit = limit(which.limit)?;
    reading(service, caller, None, async move |reader| {
        reader.require_all()?;
        let mut after = Position(which.after);
        let (mut rows, mut bytes) = (Vec::new(), 0);
        // Fewer where they are large: nobody knows how large they are before they are read.
        while rows.len() < limit && bytes < ENOUGH {
            let page = reader.log.read_all(after, (limit - rows.len()).min(FEW)).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for event in &page {
                let row = body_of(event).map_err(|error| Problem::unread(&error))?;
                bytes += row.len();
                rows.push(row);
            }
        }
        let more = after < reader.log.head().await?.position;
        Answer::written(&rows, link(&uri, more.then(|| ("after", after.to_string())))?)
    })
    .await
}

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The position behind which they stand.
    #[serde(default)]
    #[param(format = "uint64", default = 0)]
    after: u64,
}

/// Follow events
///
/// All behind a position, and then each as it is recorded, as server-sent events. Their ids are
/// positions: who lost the connection says the last one in `Last-Event-ID`, and misses nothing.
#[utoipa::path(get, path = "/events/stream", operation_id = "follow_events", tag = "record",
    params(From, ("last-event-id" = Option<u64>, Header, description = "The last event that came")),
    responses(
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        Everything,
    ))]
pub async fn stream(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    Params(from): Params<From>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = match headers.get("last-event-id") {
        None => None,
        Some(last) => {
            let last = last.to_str().ok().and_then(|last| last.parse().ok());
            let wrong = || Problem::wrong("the id of an event is its position").of("last-event-id");
            Some(last.ok_or_else(wrong)?)
        }
    };
    let after = Position(last.unwrap_or(from.after));
    let follower = service.followers.clone().try_acquire_owned();
    let follower = follower.map_err(|_| Problem::unavailable("too many follow already"))?;
    let stop = service.stop.clone();
    let log = service.library.log();
    let (access, views) = (service.access.clone(), service.library.views());
    reading(service, caller.clone(), None, async move |reader| reader.require_all()).await?;
    let (sender, events) = mpsc::channel(PAGE);
    tokio::spawn(async move {
        let _follower = follower;
        let mut following = log.subscribe(after).ready_chunks(FEW);
        let mut renewal = tokio::time::interval(RENEWAL);
        loop {
            let few = tokio::select! {
                few = following.next() => few,
                _ = renewal.tick() => Some(Vec::new()),
                () = sender.closed() => return,
                () = stop.cancelled() => return,
            };
            // Looked at once they are read: who may not see everything any more sees nothing that
            // was recorded since.
            match access.renewed(&views, &caller).await {
                Ok(Some(now)) if now.require_all(Role::View).is_ok() => {}
                _ => return,
            }
            let Some(few) = few else { return };
            for event in few {
                match event {
                    Ok(event) => drop(sender.send(event).await),
                    Err(error) => {
                        return tracing::error!(%error, "events are not followed any more");
                    }
                }
            }
        }
    });
    let events = stream::unfold(events, |mut events| async {
        let envelope: Envelope = events.recv().await?;
        Some((envelope, events))
    });
    let events = events.filter_map(|envelope| async move {
        let event = Event::default().id(envelope.position.to_string());
        // Its JSON is one line.
        let json = body_of(&envelope).ok().and_then(|body| String::from_utf8(body).ok())?;
        Some(Ok(event.data(json)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
