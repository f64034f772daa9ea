//! EC2.

use std::marker::PhantomData;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Tag;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{Error, Listed, Missing, Observed, Scope, Sweep, Watcher, pages};

use crate::session::Sessions;
use crate::watch::gone;

pub mod elastic_ip;
pub mod nat_gateway;
pub mod security_group;
pub mod vpc;
pub mod vpc_endpoint;

/// The largest page of a listing.
const PAGE: i32 = 1000;

/// A kind of resource that one operation of EC2 lists and looks up.
pub trait Resource: Send + Sized + 'static {
    /// What is read.
    const TECHNOLOGY: &'static Technology;

    /// The operation, as policies name it.
    const OPERATION: &'static str;

    /// One page of all there are in a region.
    fn page(
        ec2: &Client,
        token: Option<String>,
    ) -> impl Future<Output = Result<Listed<Self>, Error>> + Send;

    /// Whether there is one with this id.
    fn exists(ec2: &Client, id: String) -> impl Future<Output = Result<bool, Error>> + Send;

    /// What is recorded; `None` of what counts as gone, or is another account's.
    ///
    /// # Errors
    /// Where it has no id.
    fn observed(self, scope: &Scope) -> Result<Option<Observed>, Error>;
}

/// Reads one kind of resource.
#[derive(Debug, Clone)]
pub struct Resources<R> {
    sessions: Sessions,
    kind: PhantomData<fn() -> R>,
}

impl<R: Resource> Resources<R> {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone(), kind: PhantomData }
    }
}

#[async_trait]
impl<R: Resource> Watcher for Resources<R> {
    fn technologies(&self) -> &[Technology] {
        std::slice::from_ref(R::TECHNOLOGY)
    }

    fn exists(&self, scope: &Scope) -> bool {
        self.sessions.serves("ec2", &scope.region)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        let mut listing = pages(R::OPERATION, |token| R::page(&ec2, token));
        while let Some(page) = listing.next().await? {
            for resource in page {
                if let Some(item) = resource.observed(scope)? {
                    out.item(item).await;
                }
            }
        }
        out.complete(R::TECHNOLOGY, &listing.end()?).await;
        Ok(())
    }

    /// One by one: a call for many fails for all where one does not exist.
    async fn gone(
        &self,
        scope: &Scope,
        _technology: &Technology,
        missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        let ec2 = self.sessions.ec2(&scope.account, &scope.region);
        gone(missing, |one| R::exists(&ec2, one.id)).await
    }
}

/// Whether a resource belongs to the account that listed it. What other accounts share
/// with it is listed, too: that is theirs, and names nothing of ours.
fn is_own(scope: &Scope, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| owner == scope.account.id.as_str())
}

/// The ARN of a resource of the account, which EC2 does not tell.
fn arn(scope: &Scope, kind: &str, id: &str) -> String {
    let (partition, account) = (&scope.account.partition, &scope.account.id);
    format!("arn:{partition}:ec2:{}:{account}:{kind}/{id}", scope.region)
}

/// What people call a resource: its tag `Name`, else its id.
fn name(tags: &[Tag], id: &str) -> String {
    let named = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    named.filter(|name| !name.is_empty()).unwrap_or(id).to_owned()
}
