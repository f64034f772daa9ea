//! What every technology has to pass, against its recorded answers.

use std::collections::BTreeSet;

use secmonkey_aws::watch::{self, Facts};
use secmonkey_core::watch::{Observed, Wanted};

use crate::cloud::{Cloud, Recorded, Seen};

mod facts;
mod faults;
mod looks;

/// One watcher, with what was recorded of its technologies.
#[derive(Debug, Clone)]
struct Case {
    facts: Vec<&'static Facts>,
    recorded: Recorded,
}

impl Case {
    /// One for each watcher.
    async fn all() -> Vec<Self> {
        let watchers = watch::watchers(&Cloud::new(|_| (500, Vec::new())).sessions().await);
        let cases = watchers.iter().map(|watcher| {
            let technologies = watcher.technologies();
            let of = |id: &str| watch::facts().find(|facts| facts.id == id).expect("its facts");
            Self {
                facts: technologies.iter().map(|one| of(&one.id)).collect(),
                recorded: Recorded::of(technologies.iter().map(|one| one.id.as_ref())),
            }
        });
        cases.collect()
    }

    /// Everything as it was recorded.
    fn cloud(&self) -> Cloud {
        let recorded = self.recorded.clone();
        Cloud::new(move |request| recorded.answer(request))
    }

    async fn sweep(&self, cloud: &Cloud) -> Seen {
        cloud.sweep(self.facts[0]).await
    }

    /// What a sweep sees where nothing fails.
    async fn whole(&self) -> Seen {
        let seen = self.sweep(&self.cloud()).await;
        seen.end.as_ref().unwrap();
        assert_eq!(seen.failures(), Vec::<&secmonkey_core::watch::Error>::new());
        assert!(self.facts.iter().all(|facts| seen.complete.contains(facts.id)));
        seen
    }

    /// The permissions of all its technologies.
    fn permissions(&self) -> BTreeSet<&'static str> {
        let operations = self.facts.iter().flat_map(|facts| facts.all_operations());
        operations.map(|operation| operation.permission).collect()
    }
}

/// The items of one technology.
fn items<'a>(seen: &'a Seen, facts: &'a Facts) -> impl Iterator<Item = &'a Observed> {
    seen.items.values().filter(|item| item.technology == facts.id)
}

/// An item as it is looked for later.
fn wanted(item: &Observed, facts: &Facts) -> Wanted {
    Wanted::new(&facts.technology(), item.id.as_str()).called(item.name.as_str(), item.arn.clone())
}
