//! CloudTrail's own log of calls, for those who poll.

use async_trait::async_trait;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use secmonkey_core::Timestamp;
use secmonkey_core::attribution::{ChangeLog, Hint};
use secmonkey_core::item::GLOBAL;
use secmonkey_core::provider::Provider;
use secmonkey_core::watch::{Cause, Error, Listed, Scope, pages};

use super::Reader;
use crate::AWS;
use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;

/// What asking needs.
pub const LOOKUP: Operation = Operation::new("cloudtrail:LookupEvents");

/// The largest page.
const PAGE: i32 = 50;
/// So many calls of one window are read. Two pages come a second: more would hold up a scan.
const MOST: usize = 6_000;

/// Asks CloudTrail which calls were made in an account and region in a window of time.
///
/// It has the calls of the last 90 days, each some minutes after it was made, and answers two
/// questions a second: one window a region is asked for, never one call a change. One attribute
/// may be asked for: that the call did not only read.
#[derive(Debug)]
pub struct Lookup {
    sessions: Sessions,
    reader: Reader,
}

impl Lookup {
    /// Asks with these sessions.
    #[must_use]
    pub fn new(sessions: Sessions) -> Self {
        Self { sessions, reader: Reader::new() }
    }
}

#[async_trait]
impl ChangeLog for Lookup {
    fn provider(&self) -> Provider {
        AWS
    }

    async fn calls(
        &self,
        scope: &Scope,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hint>, Error> {
        // Calls of global services are told in one region.
        let region = match scope.region.as_str() {
            GLOBAL => self.sessions.home_region(&scope.account),
            region => region,
        };
        let client = self.sessions.cloudtrail_lookup(&scope.account, region);
        let mut listing = pages(LOOKUP, |token| page(&client, (from, to), token));
        let mut hints = Vec::new();
        let mut read = 0;
        while let Some(events) = listing.next().await? {
            for event in events {
                match self.reader.hints(&event) {
                    Ok(some) => hints.extend(some),
                    Err(error) => tracing::debug!("an event is skipped: {error}"),
                }
                read += 1;
            }
            if read >= MOST {
                tracing::warn!(
                    account = %scope.account.id, region,
                    "more than {MOST} calls were made between two scans: of the older ones \
                     nobody knows who made them"
                );
                break;
            }
        }
        Ok(hints)
    }
}

/// A page of the calls of a window, the last first.
async fn page(
    client: &Client,
    (from, to): (Timestamp, Timestamp),
    token: Option<String>,
) -> Result<Listed<String>, Error> {
    let mutating = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::ReadOnly)
        .attribute_value("false")
        .build()
        .map_err(|error| Error::new(LOOKUP, Cause::Other, error.to_string()))?;
    let page = client
        .lookup_events()
        .lookup_attributes(mutating)
        .start_time(DateTime::from_secs(from.as_second()))
        .end_time(DateTime::from_secs(to.as_second() + 1))
        .max_results(PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| failed(LOOKUP, &error))?;
    let events = page.events.unwrap_or_default().into_iter();
    let texts = events.filter_map(|event| event.cloud_trail_event);
    Ok(Listed::page(texts.collect::<Vec<_>>(), page.next_token))
}
