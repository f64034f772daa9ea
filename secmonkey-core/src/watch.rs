//! Watchers read the configurations of resources.
//!
//! One pass of a [`Watcher`] over one [`Scope`] is a *sweep*. It succeeds or fails
//! on its own; whatever it could not read keeps its last known value. That a
//! resource is gone can only follow from a listing that came to its end, and the
//! only way to say so is the [`Complete`] that [`pages`] hands out.

use std::collections::HashSet;
use std::future::Future;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::account::Account;
use crate::technology::Technology;

/// Reads every resource of one or more technologies.
///
/// Several technologies share a watcher where they share calls.
#[async_trait]
pub trait Watcher: Send + Sync {
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

    /// The ids of those resources, absent from a complete listing, that do not exist:
    /// each is looked up directly, because listings lag behind.
    ///
    /// # Errors
    /// Where a look-up failed: nothing is concluded.
    async fn gone(
        &self,
        scope: &Scope,
        technology: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error>;
}

/// A resource that a complete listing did not name, as it was last recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The resource id. Not every provider can be asked for it: one IAM user is
    /// looked up by name, and is the same user only while its id is the same.
    pub id: String,
    /// What people called it.
    pub name: String,
    /// Its ARN, where it had one.
    pub arn: Option<String>,
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
pub struct Observed {
    /// The technology's id.
    pub technology: &'static str,
    /// The provider's unique id, else the ARN.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// The members that came with the listing: a JSON object.
    pub config: Value,
    /// The members that have an API call of their own, by pointer: `/Policy`.
    pub parts: Vec<(&'static str, Part)>,
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
pub enum Sighting {
    /// A resource was read.
    Item(Box<Observed>),
    /// A resource was listed and could not be read at all.
    Unread {
        /// The technology's id.
        technology: &'static str,
        /// The resource id.
        id: String,
        /// Why.
        error: Error,
    },
    /// The listing of a technology came to its end.
    Complete {
        /// The technology's id.
        technology: &'static str,
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
        self.send(Sighting::Unread { technology: technology.id, id: id.into(), error }).await;
    }

    /// Says that every resource of a technology was listed.
    pub async fn complete(&self, technology: &Technology, _listing: &Complete) {
        self.send(Sighting::Complete { technology: technology.id }).await;
    }

    async fn send(&self, sighting: Sighting) {
        // Nobody listens any more: the scan was stopped, and what is still read has no use.
        let _ = self.sightings.send(sighting).await;
    }
}

/// Proof that a listing came to its end. Only [`Pages::end`] makes it.
#[derive(Debug)]
pub struct Complete(());

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

/// Reads a listing page by page: `fetch` gets the token of the page it is to read.
///
/// ```
/// use secmonkey_core::watch::{Error, Listed, pages};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut listing = pages("ec2:DescribeThings", |token: Option<String>| async move {
///     Ok::<_, Error>(match token {
///         None => Listed { items: vec![1, 2], next: Some("more".into()), truncated: None },
///         Some(_) => Listed { items: vec![3], next: None, truncated: None },
///     })
/// });
/// let mut all = Vec::new();
/// while let Some(page) = listing.next().await? {
///     all.extend(page);
/// }
/// let _proof = listing.end()?;
/// assert_eq!(all, [1, 2, 3]);
/// # Ok::<_, Error>(()) }).unwrap();
/// ```
pub fn pages<T, F, Fut>(operation: &'static str, fetch: F) -> Pages<F>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Listed<T>, Error>>,
{
    Pages { operation, fetch, place: Place::Start, seen: HashSet::new() }
}

/// A listing that is being read.
#[derive(Debug)]
pub struct Pages<F> {
    operation: &'static str,
    fetch: F,
    place: Place,
    seen: HashSet<String>,
}

#[derive(Debug)]
enum Place {
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
        let token = match std::mem::replace(&mut self.place, Place::Failed) {
            Place::Start => None,
            Place::At(token) => Some(token),
            Place::End => {
                self.place = Place::End;
                return Ok(None);
            }
            Place::Failed => return Err(self.broken("the listing has failed before")),
        };
        let page = (self.fetch)(token).await?;
        self.place = match page.next.filter(|token| !token.is_empty()) {
            Some(_) if page.truncated == Some(false) => Place::End,
            Some(token) if self.seen.insert(token.clone()) => Place::At(token),
            Some(_) => return Err(self.broken("the same page token was returned twice")),
            None if page.truncated == Some(true) => {
                return Err(self.broken("the listing is truncated and names no next page"));
            }
            None => Place::End,
        };
        Ok(Some(page.items))
    }

    /// The proof that the listing came to its end.
    ///
    /// # Errors
    /// Where it did not.
    pub fn end(self) -> Result<Complete, Error> {
        match self.place {
            Place::End => Ok(Complete(())),
            _ => Err(self.broken("the listing was not read to its end")),
        }
    }

    fn broken(&self, reason: &str) -> Error {
        Error::new(self.operation, Cause::Garbled, reason)
    }
}

/// Why a look failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {reason}")]
pub struct Error {
    /// The provider's operation, as its permissions name it: `s3:GetBucketPolicy`.
    pub operation: String,
    /// What kind of failure it is.
    pub cause: Cause,
    /// What the provider or the network said, in one line.
    pub reason: String,
}

impl Error {
    /// A failure of `operation`.
    pub fn new(operation: impl Into<String>, cause: Cause, reason: impl Into<String>) -> Self {
        Self { operation: operation.into(), cause, reason: reason.into() }
    }
}

/// What kind of failure it is, by what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
mod tests {
    use super::*;

    fn page(items: &[u8], next: Option<&str>, truncated: Option<bool>) -> Listed<u8> {
        Listed { items: items.to_vec(), next: next.map(str::to_owned), truncated }
    }

    /// Reads a listing of the given pages, whatever token is asked for.
    async fn read(all: Vec<Result<Listed<u8>, Error>>) -> Result<Vec<u8>, Error> {
        let mut answers = all.into_iter();
        let mut listing = pages("test:List", |_| {
            std::future::ready(answers.next().expect("no page beyond the last is asked for"))
        });
        let mut items = Vec::new();
        while let Some(page) = listing.next().await? {
            items.extend(page);
        }
        listing.end().map(|_| items)
    }

    #[tokio::test]
    async fn a_listing_ends_where_no_token_follows() {
        let answer = read(vec![Ok(page(&[1], Some("a"), None)), Ok(page(&[2], Some(""), None))]);
        assert_eq!(answer.await.unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn a_token_returned_twice_is_an_error() {
        let answer = read(vec![
            Ok(page(&[1], Some("a"), None)),
            Ok(page(&[2], Some("b"), None)),
            Ok(page(&[3], Some("a"), None)),
        ]);
        assert!(answer.await.unwrap_err().reason.contains("twice"));
    }

    #[tokio::test]
    async fn truncated_without_a_token_is_an_error() {
        let answer = read(vec![Ok(page(&[1], None, Some(true)))]).await;
        assert_eq!(answer.unwrap_err().cause, Cause::Garbled);
    }

    #[tokio::test]
    async fn a_failed_page_leaves_no_proof() {
        let denied = Error::new("test:List", Cause::Denied, "no");
        let mut answers = vec![Ok(page(&[1], Some("a"), None)), Err(denied.clone())].into_iter();
        let mut listing = pages("test:List", |_| std::future::ready(answers.next().unwrap()));
        assert_eq!(listing.next().await.unwrap(), Some(vec![1]));
        assert_eq!(listing.next().await.unwrap_err(), denied);
        assert!(listing.next().await.is_err());
        assert!(listing.end().is_err());
    }

    #[test]
    fn a_listing_that_was_not_read_leaves_no_proof() {
        let listing = pages("test:List", |_| std::future::ready(Ok(page(&[], None, None))));
        assert!(listing.end().is_err());
    }
}
