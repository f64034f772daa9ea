//! Watchers read the configurations of resources.
//!
//! One pass of a [`Watcher`] over one [`Scope`] is a *sweep*. It succeeds or fails
//! on its own; whatever it could not read keeps its last known value. That a
//! resource is gone can only follow from a listing that came to its end, and the
//! only way to say so is the [`Complete`] that [`pages`] hands out.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::account::Account;
use crate::outside::line;
use crate::provider::Provider;
use crate::technology::Technology;

mod given;
mod lines;
mod listing;

pub use given::Given;
pub use lines::{Lines, Told};
pub use listing::{Complete, Listed, MOST, Pages, pages};

/// Reads every resource of one or more technologies.
///
/// Several technologies share a watcher where they share calls.
#[async_trait]
pub trait Watcher: Send + Sync {
    /// Whose accounts it reads; it meets no others.
    fn provider(&self) -> Provider;

    /// What it reads. All of them have the same reach.
    fn technologies(&self) -> &[Technology];

    /// Whether the service exists in the region of `scope`. Only a known absence is a
    /// reason to skip.
    fn exists(&self, scope: &Scope) -> bool {
        let _ = scope;
        true
    }

    /// Holds a time that this machine's clock tells against what the provider's answers told.
    /// A scan whose clock is wrong records nothing.
    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        let _ = time;
        ClockCheck::Untold
    }

    /// Reads everything in one scope. An item whose parts could only be read in part
    /// is handed out with its failures; an error ends the sweep, and nothing is
    /// concluded for the technologies that were not completed before it.
    ///
    /// # Errors
    /// Where a listing failed.
    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error>;

    /// Looks at single resources directly: those that a complete listing did not name
    /// (listings lag behind, so only a direct look says that one is gone), those that an
    /// event names, one that a person asks for. All of `wanted` are of one technology.
    ///
    /// Who is asked for and not answered counts as not read.
    ///
    /// # Errors
    /// Where nothing could be looked at at all.
    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error>;
}

/// What a provider's answers say about a time that this machine's clock tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockCheck {
    /// They tell about the same time.
    Agrees,
    /// They would tell; there was none yet.
    Unanswered,
    /// They tell no time.
    Untold,
    /// They tell another time; this says which, in one line.
    Wrong(String),
}

/// A resource to look at, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wanted {
    /// The technology's id.
    pub technology: Cow<'static, str>,
    /// The resource id. Not every provider can be asked for it: one IAM user is
    /// looked up by name, and is the same user only while its id is the same.
    pub id: String,
    /// What people called it, where that is known.
    pub name: Option<String>,
    /// Its ARN, where that is known.
    pub arn: Option<String>,
}

impl Wanted {
    /// The resource of a technology with this id.
    #[must_use]
    pub fn new(technology: &Technology, id: impl Into<String>) -> Self {
        Self::named(technology.id.clone(), id)
    }

    /// The same of the technology with this id.
    #[must_use]
    pub fn named(technology: impl Into<Cow<'static, str>>, id: impl Into<String>) -> Self {
        Self { technology: technology.into(), id: id.into(), name: None, arn: None }
    }

    /// The same, called so when it was last recorded.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>, arn: Option<String>) -> Self {
        (self.name, self.arn) = (Some(name.into()), arn);
        self
    }

    /// The name, else the id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// What a direct look at a resource found.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// The resource id that was asked for.
    pub id: String,
    /// What became of it.
    pub found: Found,
}

impl Looked {
    /// It is there, and was read as it is now.
    #[must_use]
    pub fn there(observed: Observed) -> Self {
        Self { id: observed.id.clone(), found: Found::There(Box::new(observed)) }
    }

    /// It is there; only a sweep reads it whole.
    pub fn exists(id: impl Into<String>) -> Self {
        Self { id: id.into(), found: Found::Exists }
    }

    /// The provider says that there is none.
    pub fn gone(id: impl Into<String>) -> Self {
        Self { id: id.into(), found: Found::Gone }
    }

    /// Nobody knows.
    pub fn failed(id: impl Into<String>, error: Error) -> Self {
        Self { id: id.into(), found: Found::Failed(error) }
    }
}

/// Whether a resource is there.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Yes, and this is how it is now.
    There(Box<Observed>),
    /// Yes; only a sweep reads it whole.
    Exists,
    /// The provider says that there is none.
    Gone,
    /// The look failed: nothing is concluded.
    Failed(Error),
}

/// Where one sweep looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The account.
    pub account: Account,
    /// The region; [`GLOBAL`](crate::item::GLOBAL) for global technologies.
    pub region: String,
}

/// One resource as a sweep saw it, before it is put into canonical form.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// The technology's id.
    pub technology: Cow<'static, str>,
    /// The provider's unique id, else the ARN.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// The members that came with the listing: a JSON object.
    pub config: Value,
    /// The members that have an API call of their own, by pointer: `/Policy`.
    pub parts: Vec<(Cow<'static, str>, Part)>,
}

impl Observed {
    /// A resource of a technology with the members that came with the listing, named by
    /// its id.
    #[must_use]
    pub fn new(technology: &Technology, id: impl Into<String>, config: Value) -> Self {
        let id = id.into();
        Self {
            technology: technology.id.clone(),
            name: id.clone(),
            id,
            arn: None,
            config,
            parts: Vec::new(),
        }
    }

    /// The same under the name that people use.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same with its ARN.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<Option<String>>) -> Self {
        self.arn = arn.into();
        self
    }

    /// The same with a member that has an API call of its own.
    #[must_use]
    pub fn with(mut self, pointer: impl Into<Cow<'static, str>>, part: Part) -> Self {
        self.parts.push((pointer.into(), part));
        self
    }
}

impl Observed {
    /// About what the configuration takes, in bytes: its text, and [`VALUE`] for each value
    /// in it.
    #[must_use]
    pub fn weight(&self) -> usize {
        let known = |part: &Part| match part {
            Part::Known(value) => weight(value),
            Part::Absent | Part::Failed(_) => 0,
        };
        weight(&self.config) + self.parts.iter().map(|(_, part)| known(part)).sum::<usize>()
    }
}

/// What a value takes in memory beside its text, in bytes.
pub const VALUE: usize = 100;

fn weight(value: &Value) -> usize {
    VALUE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(elements) => elements.iter().map(weight).sum(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| name.len() + weight(member)).sum()
            }
        }
}

/// A member of a configuration that has an API call of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// What the provider answered.
    Known(Value),
    /// The provider said that there is none.
    Absent,
    /// The look failed: the last known value stands.
    Failed(Error),
}

/// What a sweep tells the pipeline.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sighting {
    /// A resource was read.
    Item(Box<Observed>),
    /// A resource was listed and could not be read at all.
    Unread {
        /// The technology's id.
        technology: Cow<'static, str>,
        /// The resource id.
        id: String,
        /// Why.
        error: Error,
    },
    /// The listing of a technology came to its end.
    Complete {
        /// The technology's id.
        technology: Cow<'static, str>,
        /// The listing.
        operation: Cow<'static, str>,
    },
}

/// Where a sweep hands out what it reads. It waits when the pipeline is behind, so
/// that memory stays bounded.
#[derive(Debug, Clone)]
pub struct Sweep {
    sightings: mpsc::Sender<Sighting>,
    most: usize,
    wanted: Option<Arc<BTreeSet<Cow<'static, str>>>>,
}

impl Sweep {
    /// A sweep and the end at which its sightings arrive; it waits when more than
    /// `capacity` have not been taken.
    #[must_use]
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<Sighting>) {
        let (sightings, receiver) = mpsc::channel(capacity);
        (Self { sightings, most: MOST, wanted: None }, receiver)
    }

    /// The same, of at most so many resources of each technology; [`MOST`] if nobody says.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// How many resources of a technology there may be: more are taken for a listing
    /// without an end. See [`Pages::at_most`].
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// The same, of these technologies only; of all that the watcher reads if nobody says.
    #[must_use]
    pub fn only(self, technologies: &[Technology]) -> Self {
        let wanted = technologies.iter().map(|technology| technology.id.clone()).collect();
        Self { wanted: Some(Arc::new(wanted)), ..self }
    }

    /// Whether anybody asked for a technology. What else the watcher hands out does no harm:
    /// this saves calls that nothing wanted needs.
    #[must_use]
    pub fn wants(&self, technology: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(technology))
    }

    /// Hands out a resource.
    pub async fn item(&self, item: Observed) {
        self.send(Sighting::Item(Box::new(item))).await;
    }

    /// Says that a resource was listed and could not be read: it stays as it was.
    pub async fn unread(&self, technology: &Technology, id: impl Into<String>, error: Error) {
        let technology = technology.id.clone();
        self.send(Sighting::Unread { technology, id: id.into(), error }).await;
    }

    /// Says that every resource of a technology was listed.
    pub async fn complete(&self, technology: &Technology, listing: &Complete) {
        let technology = technology.id.clone();
        let operation = Cow::Owned(listing.operation().to_owned());
        self.send(Sighting::Complete { technology, operation }).await;
    }

    async fn send(&self, sighting: Sighting) {
        // Nobody listens any more: the scan was stopped, and what is still read has no use.
        let _ = self.sightings.send(sighting).await;
    }
}

/// Why a look failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {reason}")]
#[non_exhaustive]
pub struct Error {
    /// The provider's operation, as its permissions name it: `s3:GetBucketPolicy`.
    pub operation: Cow<'static, str>,
    /// What kind of failure it is.
    pub cause: Cause,
    /// What the provider or the network said, in one line.
    pub reason: String,
}

impl Error {
    /// A failure of `operation`; the reason is made a [`line()`].
    pub fn new(
        operation: impl Into<Cow<'static, str>>,
        cause: Cause,
        reason: impl Into<String>,
    ) -> Self {
        Self { operation: operation.into(), cause, reason: line(&reason.into()) }
    }
}

/// What kind of failure it is, by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A permission is missing.
    Denied,
    /// There are no valid credentials, or the role cannot be assumed.
    Credentials,
    /// Too many calls; retries did not help.
    Throttled,
    /// The service did not answer, or not in time.
    Unreachable,
    /// The answer was cut, unparsable or contradicts itself.
    Garbled,
    /// Anything else.
    Other,
}

#[cfg(test)]
mod tests;
