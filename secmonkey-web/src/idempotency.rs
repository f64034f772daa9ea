//! Requests that may be sent again: with the same `Idempotency-Key`, what was answered once is
//! answered again, and nothing is done twice.
//!
//! Remembered is in memory, for a day: after a restart of the process a request counts as new.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use crate::Service;
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::LARGEST;

pub const HEADER: &str = "idempotency-key";
/// A key has so many characters at most.
pub const LONGEST: usize = 255;
/// So many answers are remembered, for so long.
const MOST: usize = 1_000;
const FOR: Duration = Duration::from_hours(24);

/// Who asked, for what, with which key.
type Asked = (String, String, String);

/// What was answered.
#[derive(Default, Clone)]
pub struct Answers(Arc<Mutex<HashMap<Asked, Answer>>>);

struct Answer {
    /// Of the body that was sent.
    digest: [u8; 32],
    at: Instant,
    /// `None` while it is being made.
    made: Option<(StatusCode, HeaderMap, Bytes)>,
}

/// Answers a request that was answered before as it was.
pub async fn once(State(service): State<Service>, request: Request, next: Next) -> Response {
    let Some(key) = request.headers().get(HEADER).filter(|_| request.method() == Method::POST)
    else {
        return next.run(request).await;
    };
    let key = match key.to_str() {
        Ok(key) if (1..=LONGEST).contains(&key.len()) && !key.contains([' ', '\t']) => {
            key.to_owned()
        }
        _ => {
            let text = format!("a key has 1 to {LONGEST} letters, digits or other signs of ASCII");
            return Problem::wrong(text).of(HEADER).into_response();
        }
    };
    let Some(caller) = request.extensions().get::<Caller>() else {
        return next.run(request).await;
    };
    let asked = (caller.actor.to_string(), request.uri().to_string(), key);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return Problem::too_large().into_response();
    };
    let digest = Sha256::digest(&body).into();
    match service.answers.begin(&asked, digest) {
        Begun::New => {}
        Begun::Answered(answer) => return answer,
        Begun::Refused(problem) => return problem.into_response(),
    }
    let guard = Forget { answers: service.answers.clone(), asked: Some(asked) };
    let request = Request::from_parts(parts, Body::from(body));
    // A task, so that it is answered where whoever asked is gone, too: they may send it again.
    let answered = tokio::spawn(async move { guard.answered(next.run(request).await).await }).await;
    answered.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not answered");
        Problem::failed("it was not answered: the log of secmonkeyd says why").into_response()
    })
}

enum Begun {
    New,
    Answered(Response),
    Refused(Problem),
}

impl Answers {
    fn begin(&self, asked: &Asked, digest: [u8; 32]) -> Begun {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, answer| answer.at.elapsed() < FOR);
        let is_full = all.len() >= MOST;
        match all.entry(asked.clone()) {
            Entry::Occupied(known) if known.get().digest != digest => {
                let text = "this key was sent with another request";
                Begun::Refused(Problem::wrong(text).of(HEADER))
            }
            Entry::Occupied(known) => match &known.get().made {
                Some((status, headers, body)) => {
                    Begun::Answered((*status, headers.clone(), body.clone()).into_response())
                }
                None => Begun::Refused(Problem::conflict("the same request is being answered")),
            },
            Entry::Vacant(_) if is_full => {
                Begun::Refused(Problem::unavailable("too many requests with keys: try later"))
            }
            Entry::Vacant(place) => {
                place.insert(Answer { digest, at: Instant::now(), made: None });
                Begun::New
            }
        }
    }
}

/// Forgets a request that was not answered.
struct Forget {
    answers: Answers,
    asked: Option<Asked>,
}

impl Forget {
    /// Remembers an answer. What failed may be tried again.
    async fn answered(mut self, answer: Response) -> Response {
        // Nor is what is shown once kept, to be shown again.
        let no_store = answer.headers().get(header::CACHE_CONTROL).is_some_and(|v| v == "no-store");
        if answer.status().is_server_error() || no_store {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let body = match to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => return Problem::unread(&error).into_response(),
        };
        if let Some(asked) = self.asked.take() {
            let mut all = self.answers.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(answer) = all.get_mut(&asked) {
                answer.made = Some((parts.status, parts.headers.clone(), body.clone()));
            }
        }
        Response::from_parts(parts, Body::from(body))
    }
}

impl Drop for Forget {
    fn drop(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.answers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&asked);
        }
    }
}
