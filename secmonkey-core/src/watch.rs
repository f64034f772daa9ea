//! Watchers read the configurations of resources.
//!
//! One pass of a [`Watcher`] over one [`Scope`] is a *sweep*. It succeeds or fails
//! on its own; whatever it could not read keeps its last known value. That a
//! resource is gone can only follow from a listing that came to its end, and the
//! only way to say so is the [`Complete`] that [`pages`] hands out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::future::Future;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::account::Account;
use crate::provider::Provider;
use crate::technology::Technology;

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
        Self { technology: technology.id.clone(), id: id.into(), name: None, arn: None }
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
}

impl Sweep {
    /// A sweep and the end at which its sightings arrive; it waits when more than
    /// `capacity` have not been taken.
    #[must_use]
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<Sighting>) {
        let (sightings, receiver) = mpsc::channel(capacity);
        (Self { sightings }, receiver)
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
        let (technology, operation) = (technology.id.clone(), listing.operation.clone());
        self.send(Sighting::Complete { technology, operation }).await;
    }

    async fn send(&self, sighting: Sighting) {
        // Nobody listens any more: the scan was stopped, and what is still read has no use.
        let _ = self.sightings.send(sighting).await;
    }
}

/// Proof that a listing came to its end. Only [`Pages::end`] makes it, and it names what
/// was listed.
#[derive(Debug)]
pub struct Complete {
    operation: Cow<'static, str>,
    listed: usize,
}

impl Complete {
    /// The operation that listed.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// How many were listed.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.listed
    }

    /// The proof for what is listed within each of several resources, such as the records
    /// of every zone: there has to be one for each resource that `outer` listed.
    ///
    /// # Errors
    /// Where one is missing: whose listing failed must not complete the others.
    pub fn within(
        outer: &Self,
        operation: impl Into<Cow<'static, str>>,
        inner: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Error> {
        let operation = operation.into();
        let (mut proofs, mut listed) = (0, 0);
        for proof in inner.into_iter().filter(|proof| proof.operation == operation) {
            proofs += 1;
            listed += proof.listed;
        }
        if proofs == outer.listed {
            return Ok(Self { operation, listed });
        }
        let reason = format!("{proofs} of {} listings were read to their end", outer.listed);
        Err(Error::new(operation, Cause::Garbled, reason))
    }
}

/// One page of a listing.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next: Option<String>,
    /// Whether the provider said that there is more; `None` where it does not say.
    pub truncated: Option<bool>,
}

impl<T> Listed<T> {
    /// A page of a listing that names the next page wherever there is one.
    #[must_use]
    pub fn page(items: impl Into<Option<Vec<T>>>, next: Option<String>) -> Self {
        Self { items: items.into().unwrap_or_default(), next, truncated: None }
    }
}

/// Reads a listing page by page: `fetch` gets the token of the page it is to read.
///
/// ```
/// use secmonkey_core::watch::{Error, Listed, pages};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut listing = pages("ec2:DescribeThings", |token: Option<String>| async move {
///     Ok::<_, Error>(match token {
///         None => Listed::page(vec![1, 2], Some("more".into())),
///         Some(_) => Listed::page(vec![3], None),
///     })
/// });
/// let mut all = Vec::new();
/// while let Some(page) = listing.next().await? {
///     all.extend(page);
/// }
/// let proof = listing.end()?;
/// assert_eq!((all.as_slice(), proof.listed()), ([1, 2, 3].as_slice(), 3));
/// # Ok::<_, Error>(()) }).unwrap();
/// ```
pub fn pages<T, F, Fut>(operation: impl Into<Cow<'static, str>>, fetch: F) -> Pages<F>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<T>, Error>>,
{
    Pages {
        operation: operation.into(),
        fetch,
        place: Next::Start,
        seen: HashSet::new(),
        listed: 0,
    }
}

/// A listing that is being read.
#[derive(Debug)]
pub struct Pages<F> {
    operation: Cow<'static, str>,
    fetch: F,
    place: Next,
    seen: HashSet<String>,
    listed: usize,
}

/// Where a listing goes on.
#[derive(Debug)]
enum Next {
    Start,
    At(String),
    End,
    Failed,
}

impl<F> Pages<F> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// Where the page could not be read, a token came twice, or the provider said
    /// that there is more without saying where.
    pub async fn next<T, Fut>(&mut self) -> Result<Option<Vec<T>>, Error>
    where
        F: FnMut(Option<String>) -> Fut,
        Fut: Future<Output = Result<Listed<T>, Error>>,
    {
        let token = match std::mem::replace(&mut self.place, Next::Failed) {
            Next::Start => None,
            Next::At(token) => Some(token),
            Next::End => {
                self.place = Next::End;
                return Ok(None);
            }
            Next::Failed => return Err(self.broken("the listing has failed before")),
        };
        let page = (self.fetch)(token).await?;
        self.place = match page.next.filter(|token| !token.is_empty()) {
            Some(_) if page.truncated == Some(false) => Next::End,
            Some(token) if self.seen.insert(token.clone()) => Next::At(token),
            Some(_) => return Err(self.broken("the same page token was returned twice")),
            None if page.truncated == Some(true) => {
                return Err(self.broken("the listing is truncated and names no next page"));
            }
            None => Next::End,
        };
        self.listed += page.items.len();
        Ok(Some(page.items))
    }

    /// The proof that the listing came to its end.
    ///
    /// # Errors
    /// Where it did not.
    pub fn end(self) -> Result<Complete, Error> {
        match self.place {
            Next::End => Ok(Complete { operation: self.operation, listed: self.listed }),
            _ => Err(self.broken("the listing was not read to its end")),
        }
    }

    fn broken(&self, reason: &str) -> Error {
        Error::new(self.operation.clone(), Cause::Garbled, reason)
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
    /// A failure of `operation`.
    pub fn new(
        operation: impl Into<Cow<'static, str>>,
        cause: Cause,
        reason: impl Into<String>,
    ) -> Self {
        Self { operation: operation.into(), cause, reason: reason.into() }
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
