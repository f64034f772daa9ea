//! A scan of a few items: those that somebody names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attribute::attribute;
use super::audit::{Asked, audit_account};
use super::scan::{Run, Shared, Total, completed, end};
use super::sweep::OneSweep;
use super::{Error, Parts, Summary};
use crate::attribution::Call;
use crate::item::Key;
use crate::technology::Technology;
use crate::watch::{Scope, Wanted, Watcher};

/// An item to look at, and the calls that may have changed it.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The region that it is listed in.
    pub region: String,
    /// The item, known or not.
    pub wanted: Wanted,
    /// What hints say of it: each with what it writes.
    pub calls: Vec<Call>,
}

impl Run {
    /// Looks at some items of the one account that is planned.
    pub(super) async fn look(self, sought: Vec<Sought>) -> Result<Summary, Error> {
        self.pipeline.check(&self.plan)?;
        self.parts.check_clock()?;
        self.begin().await?;
        let (shared, teller) = self.claim(Vec::new()).await?;
        let mut total = Total::default();
        let done = look_at_all(&shared, &sought, &mut total).await;
        end(&shared, teller, total, done).await
    }
}

/// Looks, says who changed what was seen to change, and judges it.
async fn look_at_all(
    shared: &Arc<Shared>,
    sought: &[Sought],
    total: &mut Total,
) -> Result<(), Error> {
    let Some(account) = shared.plan.accounts.first().map(|one| one.account.clone()) else {
        return Ok(());
    };
    let mut groups: BTreeMap<(&str, &str), Vec<&Sought>> = BTreeMap::new();
    for one in sought {
        groups.entry((&one.region, one.wanted.technology.as_ref())).or_default().push(one);
    }
    for ((region, technology), sought) in groups {
        if shared.stop.is_cancelled() {
            return Ok(());
        }
        let Some((watcher, technology)) = watcher_of(&shared.parts, technology) else { continue };
        let scope = Scope { account: account.clone(), region: region.to_owned() };
        if watcher.provider() != account.provider || !watcher.exists(&scope) {
            continue;
        }
        let mut wanted: Vec<Wanted> = Vec::new();
        for one in sought {
            if !wanted.iter().any(|known| known.id == one.wanted.id) {
                wanted.push(one.wanted.clone());
            }
        }
        let sweep = || {
            let (progress, stop) = (Arc::clone(&shared.progress), shared.stop.clone());
            let (scan, technologies) = (shared.scan.clone(), vec![technology.clone()]);
            OneSweep::new(&shared.parts, scan, scope.clone(), technologies, progress, stop)
        };
        let (swept, exists) = sweep().look_at(&watcher, &technology, wanted).await?;
        total.swept.add(swept);
        if exists {
            // Nobody can be asked for one of these: all are read.
            let mut swept = sweep().run(watcher).await?;
            let ended = std::mem::take(&mut swept.ended);
            total.swept.add(swept);
            completed(shared, &account.id, ended).await?;
        }
    }
    for one in sought.iter().filter(|one| !one.calls.is_empty()) {
        let key = Key {
            account: account.id.clone(),
            technology: one.wanted.technology.clone().into_owned(),
            region: one.region.clone(),
            id: one.wanted.id.clone(),
        };
        attribute(&shared.parts, Some(&shared.scan), &key, &one.calls).await?;
    }
    if shared.parts.views.unjudged(&account.id)?.is_empty() || shared.stop.is_cancelled() {
        return Ok(());
    }
    let Shared { parts, scan, stop, .. } = shared.as_ref();
    total.issues += audit_account(parts, &account.id, scan, Asked::All, false, stop).await?.issues;
    Ok(())
}

/// Who reads a technology.
fn watcher_of(parts: &Parts, technology: &str) -> Option<(Arc<dyn Watcher>, Technology)> {
    parts.watchers.iter().find_map(|watcher| {
        let facts = watcher.technologies().iter().find(|one| one.id == technology)?;
        Some((Arc::clone(watcher), facts.clone()))
    })
}
