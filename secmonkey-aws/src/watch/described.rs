//! What one operation lists and looks up.

use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use secmonkey_core::Timestamp;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{
    ClockCheck, Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};

use super::{AT_ONCE, Facts};
use crate::AWS;
use crate::session::Sessions;

/// A kind of resource that is listed page by page, and read one by one where the listing
/// does not say everything.
///
/// With the calls of one technology, [`Reader`] is its watcher.
pub trait Described: std::fmt::Debug + Send + Sized + 'static {
    /// What is known of it.
    const FACTS: &'static Facts;

    /// The SDK's client of the service.
    type Client: Send + Sync;

    /// What is read once beside the listing, for all resources; `()` where nothing is.
    type Beside: Default + Send + Sync;

    /// The client for a scope.
    fn client(sessions: &Sessions, scope: &Scope) -> Self::Client;

    /// Reads what every resource needs: of all of them, else of those that are wanted.
    fn beside(
        client: &Self::Client,
        wanted: Option<&[Wanted]>,
    ) -> impl Future<Output = Self::Beside> + Send {
        let _ = (client, wanted);
        async { Self::Beside::default() }
    }

    /// One page: of all there are; or, where some are `wanted` (a hundred at most), of
    /// those among them that are there. What else the page has does no harm, and whom
    /// only [`observe`](Self::observe) can tell may be on it. An error says nothing about
    /// anybody: a call that fails for all because one does not exist will not do.
    ///
    /// # Errors
    /// Where the page could not be read.
    fn page(
        client: &Self::Client,
        scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> impl Future<Output = Result<Listed<Self>, Error>> + Send;

    /// What is recorded, with what takes further calls. `None` of what is gone, counts as
    /// gone, or is another account's.
    ///
    /// # Errors
    /// Where it cannot be told what was listed. A member that could not be read is a
    /// failed part instead.
    fn observe(
        self,
        client: &Self::Client,
        scope: &Scope,
        beside: &Self::Beside,
    ) -> impl Future<Output = Result<Option<Observed>, Error>> + Send;
}

/// The watcher of one kind of resource.
#[derive(Debug, Clone)]
pub struct Reader<R> {
    sessions: Sessions,
    technologies: [Technology; 1],
    kind: PhantomData<fn() -> R>,
}

/// How many are looked up in one go: EC2 takes 200 values in a filter.
const LOOKS: usize = 100;

impl<R: Described> Reader<R> {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        let technologies = [R::FACTS.technology()];
        Self { sessions: sessions.clone(), technologies, kind: PhantomData }
    }

    /// Those of `wanted` that are there, by id.
    async fn find(
        client: &R::Client,
        scope: &Scope,
        wanted: &[Wanted],
    ) -> Result<HashMap<String, Observed>, Error> {
        let beside = R::beside(client, Some(wanted)).await;
        let mut listing = pages(R::FACTS.list, |token| R::page(client, scope, Some(wanted), token));
        let mut found = HashMap::new();
        while let Some(page) = listing.next().await? {
            let mut items = stream::iter(page)
                .map(|one| one.observe(client, scope, &beside))
                .buffer_unordered(AT_ONCE);
            while let Some(item) = items.try_next().await? {
                found.extend(item.map(|item| (item.id.clone(), item)));
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl<R: Described> Watcher for Reader<R> {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves(R::FACTS.service.endpoint_prefix, &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let client = R::client(&self.sessions, scope);
        let beside = R::beside(&client, None).await;
        let listing = pages(R::FACTS.list, |token| R::page(&client, scope, None, token));
        let mut listing = listing.at_most(out.most());
        while let Some(page) = listing.next().await? {
            let mut items = stream::iter(page)
                .map(|one| one.observe(&client, scope, &beside))
                .buffer_unordered(AT_ONCE);
            while let Some(item) = items.try_next().await? {
                if let Some(item) = item {
                    out.item(item).await;
                }
            }
        }
        out.complete(&self.technologies[0], &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let client = R::client(&self.sessions, scope);
        let mut looked = Vec::with_capacity(wanted.len());
        for wanted in wanted.chunks(LOOKS) {
            let mut found = Self::find(&client, scope, wanted).await;
            looked.extend(wanted.iter().map(|one| match &mut found {
                Ok(found) => match found.remove(&one.id) {
                    Some(item) => Looked::there(item),
                    None => Looked::gone(one.id.as_str()),
                },
                Err(error) => Looked::failed(one.id.as_str(), error.clone()),
            }));
        }
        Ok(looked)
    }
}
