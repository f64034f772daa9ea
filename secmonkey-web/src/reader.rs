//! What was recorded, as far as somebody may see it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secmonkey_core::decide::Decisions;
use secmonkey_core::issue::Issue;
use secmonkey_core::item::Key;
use secmonkey_core::log::EventLog;
use secmonkey_core::moment;
use secmonkey_core::query::{self, Known, Point, Query, QueryError, Reports, Selection};
use secmonkey_core::record::Records;
use secmonkey_core::replay::ItemRow;
use secmonkey_core::tlog::Ledger;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use utoipa::IntoParams;

use crate::Service;
use crate::answer::{Answer, Answered};
use crate::caller::Caller;
use crate::error::Problem;
use crate::library::{Catalogue, Library};

/// Who asks waits so long for room.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was recorded, as far as somebody may see it, now or as of an instant.
pub struct Reader {
    pub known: Known,
    pub log: Arc<dyn EventLog>,
    pub catalogue: Arc<Catalogue>,
    pub now: Timestamp,
    /// What whoever asks decides.
    pub decisions: Decisions,
    library: Arc<dyn Library>,
    /// What is known now: who sees what goes by that, also where a past instant is asked about.
    present: Known,
    sight: Sight,
}

/// What somebody sees.
enum Sight {
    Everything,
    Items(Selection),
    /// Their scope names what is not there any more.
    Nothing,
}

/// Answers with what was recorded. That is read, and the answer written, on a thread that may
/// block.
pub async fn answering<T, R>(
    service: Service,
    caller: Caller,
    at: Option<String>,
    read: impl FnOnce(Reader) -> R + Send + 'static,
) -> Answered
where
    R: Future<Output = Result<T, Problem>>,
    T: Serialize,
{
    reading(service, caller, at, async move |reader| Answer::read(&read(reader).await?)).await
}

/// Decides something, and answers with what became of it; both on a thread that may block.
pub async fn deciding<T, R>(
    service: Service,
    caller: Caller,
    decide: impl FnOnce(Reader) -> R + Send + 'static,
) -> Answered
where
    R: Future<Output = Result<T, Problem>>,
    T: Serialize,
{
    reading(service, caller, None, async move |reader| Answer::of(&decide(reader).await?)).await
}

/// Does something with what was recorded, on a thread that may block.
pub async fn reading<T, R>(
    service: Service,
    caller: Caller,
    at: Option<String>,
    answer: impl FnOnce(Reader) -> R + Send + 'static,
) -> Result<T, Problem>
where
    R: Future<Output = Result<T, Problem>>,
    T: Send + 'static,
{
    // A past instant is folded from the first event on: one at a time.
    let room = if at.is_some() { service.past.clone() } else { service.room.clone() };
    within(room, service, caller, at, answer).await
}

/// As [`answering`] of what may read all of the log: one at a time.
pub async fn answering_of_all<T, R>(
    service: Service,
    caller: Caller,
    read: impl FnOnce(Reader) -> R + Send + 'static,
) -> Answered
where
    R: Future<Output = Result<T, Problem>>,
    T: Serialize,
{
    let answer = async move |reader| Answer::read(&read(reader).await?);
    reading_of_all(service, caller, None, answer).await
}

/// As [`reading`] of what may read all of the log: one at a time.
pub async fn reading_of_all<T, R>(
    service: Service,
    caller: Caller,
    at: Option<String>,
    answer: impl FnOnce(Reader) -> R + Send + 'static,
) -> Result<T, Problem>
where
    R: Future<Output = Result<T, Problem>>,
    T: Send + 'static,
{
    within(service.past.clone(), service, caller, at, answer).await
}

async fn within<T, R>(
    room: Arc<Semaphore>,
    service: Service,
    caller: Caller,
    at: Option<String>,
    answer: impl FnOnce(Reader) -> R + Send + 'static,
) -> Result<T, Problem>
where
    R: Future<Output = Result<T, Problem>>,
    T: Send + 'static,
{
    let runtime = Handle::current();
    let permit = tokio::time::timeout(PATIENCE, room.acquire_owned()).await;
    let busy = |_| Problem::unavailable("too much is asked for at the moment: try again");
    let permit = permit.map_err(busy)?;
    let permit = permit.map_err(|_| Problem::unavailable("the process ends"))?;
    let read = move || {
        let _permit = permit;
        runtime.block_on(async {
            let reader = Reader::open(&service, &caller, at.as_deref()).await?;
            answer(reader).await
        })
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not answered");
        Err(Problem::failed("it was not answered: the log of secmonkeyd says why"))
    })
}

impl Reader {
    async fn open(service: &Service, caller: &Caller, at: Option<&str>) -> Result<Self, Problem> {
        let (log, views) = (service.library.log(), service.library.views());
        let (catalogue, now) = (service.library.catalogue(), Timestamp::now());
        let present = Known::new(views.clone(), now);
        let known = match at {
            None => present.clone(),
            Some(text) => {
                let time = time(text, now, &catalogue).map_err(|problem| problem.of("at"))?;
                Known::at(log.as_ref(), &views, time, now).await?
            }
        };
        let sight = match &caller.scope {
            Query::All => Sight::Everything,
            scope => match scope.clone().select(&present.views, &catalogue.registry) {
                Ok(selection) => Sight::Items(selection),
                Err(error) => {
                    tracing::warn!(actor = %caller.actor, %error, "a scope that means nothing");
                    Sight::Nothing
                }
            },
        };
        let decisions = service.library.decisions(caller.actor.clone());
        let library = service.library.clone();
        Ok(Self { known, log, catalogue, now, decisions, library, present, sight })
    }

    /// Makes records.
    pub fn records(&self) -> Result<Records<'_>, Problem> {
        Ok(Records::new(&self.known, &self.catalogue.registry)?)
    }

    /// What is kept beside the log.
    pub fn ledger(&self) -> Result<&dyn Ledger, Problem> {
        self.library.ledger().ok_or_else(|| Problem::unavailable("another process keeps the store"))
    }

    /// Makes reports.
    pub fn reports(&self) -> Reports<'_> {
        Reports {
            log: &*self.log,
            views: &self.present.views,
            known: &self.known,
            registry: &self.catalogue.registry,
            reads: &self.catalogue.reads,
            auditors: &self.catalogue.auditors,
            provider: &*self.catalogue.reports,
        }
    }

    /// What was found. A name that nothing has is an error to who sees everything; to others it
    /// would tell what there is.
    pub fn found<T>(&self, found: Result<T, query::Error>) -> Result<Option<T>, Problem> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(query::Error::Unknown(_)) if !self.sees_all() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether they see everything.
    pub fn sees_all(&self) -> bool {
        matches!(self.sight, Sight::Everything)
    }

    /// Refuses what is about more than items, to who does not see everything.
    pub fn require_all(&self) -> Result<(), Problem> {
        if self.sees_all() {
            return Ok(());
        }
        Err(Problem::forbidden("this is for who sees everything"))
    }

    /// Whether they see an item, by what it is now.
    pub fn sees(&self, key: &Key) -> Result<bool, query::Error> {
        match &self.sight {
            Sight::Everything => Ok(true),
            Sight::Nothing => Ok(false),
            Sight::Items(scope) => match self.present.views.item(key)? {
                Some(row) => self.present.selects(&self.catalogue.registry, scope, &row),
                None => Ok(false),
            },
        }
    }

    /// The item of a key. Who may not see it is told that it is not there.
    pub fn item(&self, key: &str) -> Result<ItemRow, Problem> {
        let missing =
            || Problem::missing(format!("no item has the key `{key}`: /items finds keys"));
        let row = key.parse::<Key>().ok().map(|key| self.known.views.item(&key)).transpose()?;
        let row = row.flatten().ok_or_else(missing)?;
        if self.sees(&row.key)? { Ok(row) } else { Err(missing()) }
    }

    /// The issue of an id. Who may not see its item is told that it is not there.
    pub fn issue(&self, id: &str) -> Result<Issue, Problem> {
        let missing = || Problem::missing(format!("no issue has the id `{id}`: /issues finds ids"));
        let issue = match query::issue(&self.known.views, id) {
            Ok(issue) if issue.finding.issue.as_str() == id.to_lowercase() => issue,
            Ok(_)
            | Err(query::Error::UnknownIssue { .. } | query::Error::AmbiguousIssue { .. }) => {
                return Err(missing());
            }
            Err(error) => return Err(error.into()),
        };
        if self.sees(&issue.key)? { Ok(issue) } else { Err(missing()) }
    }

    /// When something ends that somebody decides.
    pub fn until(&self, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
        text.map(|text| self.time(text)).transpose().map_err(|problem| problem.of("until"))
    }

    /// What is known once something was decided.
    pub fn again(&self) -> Known {
        Known::new(self.known.views.clone(), self.now)
    }

    /// A time as people write it.
    pub fn time(&self, text: &str) -> Result<Timestamp, Problem> {
        time(text, self.now, &self.catalogue)
    }

    /// A revision, or a time.
    pub fn point(&self, text: &str) -> Result<Point, Problem> {
        match text.parse() {
            Ok(revision) => Ok(Point::Revision(revision)),
            Err(_) => self.time(text).map(Point::At),
        }
    }
}

/// What a rule is about.
pub fn scope_of(text: &str) -> Result<Query, Problem> {
    let query = text.parse();
    query.map_err(|error: QueryError| Problem::wrong(error.to_string()).of("query"))
}

/// Which items or issues somebody asks for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// The query, in the language of search: `technology:security_group score:>=7`; all where
    /// there is none.
    pub q: Option<String>,
    /// The instant, where it is not now.
    pub at: Option<String>,
}

/// What somebody asks for.
pub fn query_of(text: Option<&str>) -> Result<Query, Problem> {
    let query = text.unwrap_or_default().parse();
    query.map_err(|error: QueryError| Problem::wrong(error.to_string()).of("q"))
}

/// A time as people write it.
fn time(text: &str, now: Timestamp, catalogue: &Catalogue) -> Result<Timestamp, Problem> {
    let now = now.to_zoned_datetime(catalogue.zone.clone());
    moment::parse(text, &now).map_err(|error| Problem::wrong(error.to_string()))
}
