//! Route 53: hosted zones, and the records in them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_route53::Client;
use secmonkey_core::Timestamp;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{
    ClockCheck, Error, Listed, Looked, Scope, Sweep, Wanted, Watcher, pages,
};

use crate::AWS;
use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;
use crate::watch::{Entry, Facts, pages_of};

pub mod hosted_zone;
pub mod record;

const FACTS: [Facts; 2] = [hosted_zone::HOSTED_ZONE, record::RECORD];

pub(super) const READS: &[Entry] = &[Entry::new(&FACTS, |sessions| Arc::new(Zones::new(sessions)))];

const LIST: Operation = Operation::new("route53:ListHostedZones");

/// The largest page of zones.
const PAGE: i32 = 100;

/// The fewest calls that read an account, by the records of each zone: `⌈zones / 100⌉`, one
/// at least; for the zones `⌈zones / 10⌉` for tags, a page of query logging, and one each,
/// for a public one two; for the records `⌈records / 300⌉` of each zone.
#[must_use]
pub fn fewest_calls(public: &[usize], private: &[usize]) -> usize {
    let zones = public.len() + private.len();
    let records = public.iter().chain(private).map(|records| record::calls(*records));
    pages_of(zones, PAGE as usize)
        + 1
        + zones.div_ceil(hosted_zone::BATCH)
        + zones
        + public.len()
        + records.sum::<usize>()
}

/// Reads [`HOSTED_ZONE`](hosted_zone::HOSTED_ZONE) and [`RECORD`](record::RECORD): the
/// zones are listed once for both.
#[derive(Debug, Clone)]
pub struct Zones {
    sessions: Sessions,
    technologies: [Technology; 2],
}

impl Zones {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        let technologies = FACTS.map(|facts| facts.technology());
        Self { sessions: sessions.clone(), technologies }
    }
}

#[async_trait]
impl Watcher for Zones {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    fn check_clock(&self, time: Timestamp) -> ClockCheck {
        self.sessions.check_clock(time)
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let route53 = self.sessions.route53(&scope.account);
        let [zone, record] = &self.technologies;
        let logging = if out.wants(&zone.id) {
            hosted_zone::query_logging(&route53, None).await
        } else {
            Ok(hosted_zone::QueryLogging::default())
        };
        let mut listing = pages(LIST, |marker| list(&route53, marker)).at_most(out.most());
        let mut ids = Vec::new();
        while let Some(zones) = listing.next().await? {
            ids.extend(zones.iter().map(|zone| hosted_zone::id(&zone.id).to_owned()));
            if out.wants(&zone.id) {
                hosted_zone::read(&route53, zones, &logging, out).await;
            }
        }
        out.complete(zone, &listing.end()?).await;
        if out.wants(&record.id) {
            let listed = record::read(&route53, &ids, out).await?;
            out.complete(record, &listed).await;
        }
        Ok(())
    }

    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let route53 = self.sessions.route53(&scope.account);
        // They are of one technology.
        Ok(match wanted.first() {
            Some(one) if one.technology == hosted_zone::HOSTED_ZONE.id => {
                hosted_zone::look(&route53, wanted).await
            }
            _ => record::look(&route53, wanted).await,
        })
    }
}

async fn list(
    route53: &Client,
    marker: Option<String>,
) -> Result<Listed<aws_sdk_route53::types::HostedZone>, Error> {
    let call = route53.list_hosted_zones().max_items(PAGE).set_marker(marker);
    let page = call.send().await.map_err(|error| failed(LIST, &error))?;
    Ok(Listed {
        items: page.hosted_zones,
        next: page.next_marker,
        truncated: Some(page.is_truncated),
    })
}
