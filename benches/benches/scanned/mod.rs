//! The crowd as a provider would answer: somebody changes it, and a scan sees that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secmonkey_aws::AWS;
use secmonkey_core::account::Account;
use secmonkey_core::check::{Catalogue, Check, Rule};
use secmonkey_core::event::ItemCounts;
use secmonkey_core::pipeline::Pipeline;
use secmonkey_core::plan::Plan;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::texts::Texts;
use secmonkey_core::view::Views;
use secmonkey_core::watch::{
    Cause, Error, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};
use secmonkey_store::Store;

use crate::crowd::{self, OF_ACCOUNT, Result};

/// What a listing names at once, and how long it takes to answer.
const PAGE: usize = 100;
const ANSWER: Duration = Duration::from_millis(100);
/// So many items are changed in a second.
const CHANGES: u64 = 5;
/// From one item that is changed to the next: it comes to every other before it comes again.
const STRIDE: usize = 61_803;
/// The operation that failures name.
const LIST: &str = "bench:List";

/// What there is, and which revision each item is at.
pub struct Estate {
    items: usize,
    revisions: usize,
    /// The items that were changed since, with their revision.
    changed: Mutex<HashMap<usize, usize>>,
}

impl Estate {
    pub fn new(items: usize, revisions: usize) -> Arc<Self> {
        Arc::new(Self { items, revisions, changed: Mutex::default() })
    }

    fn changed(&self) -> std::sync::MutexGuard<'_, HashMap<usize, usize>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes as many items as people change meanwhile.
    fn live(&self, numbers: impl Iterator<Item = usize>) {
        let mut changed = self.changed();
        for number in numbers {
            *changed.entry(number * STRIDE % self.items).or_insert(self.revisions) += 1;
        }
    }

    fn observed(&self, technology: &Technology, number: usize) -> Result<Observed> {
        let revision = self.changed().get(&number).copied().unwrap_or(self.revisions);
        let mut item = crowd::Item::new(number)?;
        item.revise(revision);
        let arn = item.arn();
        let observed = Observed::new(technology, item.key.id, item.config);
        Ok(observed.named(item.name).with_arn(arn))
    }
}

/// Lists the items of one technology.
struct Listing {
    technologies: [Technology; 1],
    estate: Arc<Estate>,
}

#[async_trait]
impl Watcher for Listing {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> std::result::Result<(), Error> {
        let [technology] = &self.technologies;
        let accounts = (0..self.estate.items).step_by(OF_ACCOUNT);
        let is_it = |first: &usize| crowd::account(*first) == scope.account.id.as_str();
        let first = accounts.into_iter().find(is_it).unwrap_or(self.estate.items);
        let of_account = first..self.estate.items.min(first + OF_ACCOUNT);
        let is_here = |number: &usize| {
            crowd::technology(*number) == technology.id && crowd::region(*number) == scope.region
        };
        let here: Vec<usize> = of_account.filter(is_here).collect();
        let mut listing = pages(LIST, async |token: Option<String>| {
            tokio::time::sleep(ANSWER).await;
            let start: usize = token.and_then(|token| token.parse().ok()).unwrap_or(0);
            let end = here.len().min(start + PAGE);
            let next = (end < here.len()).then(|| end.to_string());
            Ok(Listed::page(here[start..end].to_vec(), next))
        });
        while let Some(page) = listing.next().await? {
            for number in page {
                let observed = self.estate.observed(technology, number);
                let failed = |error| Error::new(LIST, Cause::Other, format!("{error}"));
                out.item(observed.map_err(failed)?).await;
            }
        }
        out.complete(technology, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, _: &Scope, _: &[Wanted]) -> std::result::Result<Vec<Looked>, Error> {
        // Every listing names everything: nobody is looked for.
        Ok(Vec::new())
    }
}

/// What judges it: finds what the history of the crowd says is open.
pub fn auditor() -> Catalogue {
    let check = Check {
        id: Cow::Borrowed(crowd::CHECK),
        technology: Cow::Borrowed("security_group"),
        score: crowd::SCORE,
        reads: Texts::new(&["/GroupName", "/IpPermissionsEgress"]),
        page: Cow::Borrowed("# Everything may be reached\n\n**Fix:** name what is.\n"),
        ..Check::DEFAULT
    };
    let rule = Rule::new(check, |item, _, found| {
        let number = item.name.rsplit('-').next().and_then(|end| end.parse::<usize>().ok());
        if number.is_some_and(|number| number % 20 == 13) {
            found.add("", crowd::DETAIL).at(crowd::EVIDENCE).ground(crowd::GROUND);
        }
        Ok(())
    });
    Catalogue::new([rule])
}

/// Scans it again and again, an account after the other.
pub struct Scans {
    estate: Arc<Estate>,
    pipeline: Pipeline,
    plans: Vec<Plan>,
    /// How many changes there were.
    changes: u64,
}

/// What scans came to.
#[derive(Default)]
pub struct Came {
    pub scans: u64,
    pub items: ItemCounts,
    pub took: Duration,
}

impl Scans {
    pub fn new(store: &Store, views: Views, estate: Arc<Estate>) -> Result<Self> {
        let listing = |technology: &Technology| -> Arc<dyn Watcher> {
            let technologies = [technology.clone()];
            Arc::new(Listing { technologies, estate: estate.clone() })
        };
        let registry = crowd::registry();
        let pipeline = Pipeline::new(store.log.clone(), views)
            .watchers(registry.technologies().map(listing))
            .auditor(Arc::new(auditor()));
        let plan = |number: usize| {
            let (id, name) =
                (crowd::account(number).parse()?, format!("account-{}", number / OF_ACCOUNT));
            let regions = crowd::REGIONS.map(str::to_owned).to_vec();
            Ok(Plan::all([(Account::new(AWS, id, name), regions)]))
        };
        let plans = (0..estate.items).step_by(OF_ACCOUNT).map(plan).collect::<Result<_>>()?;
        Ok(Self { estate, pipeline, plans, changes: 0 })
    }

    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Scans every account once while nothing changes, or all of them while things do, until it
    /// is told to stop.
    pub async fn run(&mut self, is_over: impl Fn(u64) -> bool) -> Result<Came> {
        let (mut came, began) = (Came::default(), Instant::now());
        let before = self.changes;
        while !is_over(came.scans) {
            let at = usize::try_from(came.scans)? % self.plans.len();
            let changes = before + began.elapsed().as_secs() * CHANGES;
            let numbers = (self.changes..changes).map_while(|number| number.try_into().ok());
            self.estate.live(numbers);
            self.changes = changes;
            let summary = self.pipeline.scan(&self.plans[at]).await?;
            if let Some(failure) = summary.failures.first() {
                return Err(failure.reason.clone().into());
            }
            came.scans += 1;
            came.items.seen += summary.items.seen;
            came.items.changed += summary.items.changed;
            came.items.created += summary.items.created;
        }
        came.took = began.elapsed();
        Ok(came)
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> u64 {
        self.plans.len() as u64
    }
}
