//! Listings of what one resource has.

use std::fmt::Debug;
use std::future::Future;

use secmonkey_core::watch::{Error, Listed, pages};

use crate::operation::Operation;

/// All that a resource has of something, which takes a listing of its own: the entries of a
/// list, the targets of a policy. `fetch` reads a page, and answers `None` where the resource
/// is gone by now; then so is the whole answer.
///
/// # Errors
/// Where a page could not be read.
pub async fn all<T, F, Fut>(operation: Operation, mut fetch: F) -> Result<Option<Vec<T>>, Error>
where
    T: Debug,
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Option<Listed<T>>, Error>>,
{
    let mut listing = pages(operation, |token| {
        let page = fetch(token);
        async move {
            Ok(match page.await? {
                Some(Listed { items, next, truncated }) => {
                    Listed { items: items.into_iter().map(Some).collect(), next, truncated }
                }
                None => Listed::page(vec![None], None),
            })
        }
    });
    let mut all = Vec::new();
    while let Some(page) = listing.next().await? {
        for one in page {
            let Some(one) = one else { return Ok(None) };
            all.push(one);
        }
    }
    listing.end()?;
    Ok(Some(all))
}
