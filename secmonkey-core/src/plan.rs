//! Plans: what a scan is to look at.

use std::collections::BTreeSet;

use crate::account::{Account, Accounts};
use crate::item::GLOBAL;
use crate::nearest::{Nearest, Unknown};
use crate::registry::Registry;
use crate::technology::Reach;
use crate::watch;

/// What a scan is to look at.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The accounts.
    pub accounts: Vec<PlannedAccount>,
    /// Only these technologies; empty for all.
    pub technologies: Vec<String>,
    /// Technologies at which nobody means to look: none of them is planned, and what was
    /// recorded of them is unwatched from now on.
    pub off: Vec<String>,
    /// Whether the regions of each account are all there are: what is not among them
    /// is unwatched from now on. `false` where somebody asked for some regions only.
    pub all_regions: bool,
}

/// One account of a plan.
#[derive(Debug, Clone)]
pub struct PlannedAccount {
    /// The account.
    pub account: Account,
    /// Where to look, [`GLOBAL`] included; or why the regions are unknown, which fails
    /// the account's regional scopes and leaves the global ones.
    pub regions: Result<Vec<String>, watch::Error>,
}

impl Plan {
    /// Everything there is in these accounts and regions, global technologies included.
    #[must_use]
    pub fn all(accounts: impl IntoIterator<Item = (Account, Vec<String>)>) -> Self {
        let accounts = accounts.into_iter().map(|(account, mut regions)| {
            if !regions.iter().any(|region| region == GLOBAL) {
                regions.push(GLOBAL.to_owned());
            }
            PlannedAccount { account, regions: Ok(regions) }
        });
        Self { accounts: accounts.collect(), all_regions: true, ..Self::default() }
    }

    /// The same for some technologies only.
    #[must_use]
    pub fn only(mut self, technologies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.technologies = technologies.into_iter().map(Into::into).collect();
        self
    }

    /// The same without some technologies, at which nobody means to look.
    #[must_use]
    pub fn without(mut self, technologies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.off = technologies.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a technology is planned.
    #[must_use]
    pub fn reads(&self, technology: &str) -> bool {
        is_asked(technology, &self.technologies, &self.off)
    }

    /// Whether a scope is planned. Where regions could not be listed, all are.
    #[must_use]
    pub fn covers(&self, scope: &crate::event::ScopeId) -> bool {
        self.reads(&scope.technology)
            && self.accounts.iter().any(|one| {
                one.account.id == scope.account
                    && one.regions.as_ref().map_or(true, |all| all.contains(&scope.region))
            })
    }
}

/// Whether a technology is among those that are asked for, all if none is named, and not
/// off.
fn is_asked(technology: &str, asked: &[String], off: &[String]) -> bool {
    let names = |all: &[String]| all.iter().any(|id| id == technology);
    (asked.is_empty() || names(asked)) && !names(off)
}

/// What somebody asked a scan to look at; empty lists ask for everything.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The technologies, by id.
    pub technologies: Vec<String>,
    /// The technologies that are off, by id.
    pub off: Vec<String>,
    /// The regions, [`GLOBAL`] for what has none.
    pub regions: Vec<String>,
    /// The region where the provider keeps its global services, where it has one: whoever
    /// asks for it asks for what is global, too.
    pub home: Option<String>,
}

/// An account, and the regions it has; or why they could not be listed.
pub type Listed = (Account, Result<Vec<String>, watch::Error>);

impl Asked {
    /// Whether regions have to be listed: not where nothing depends on the answer.
    #[must_use]
    pub fn needs_regions(&self, registry: &Registry) -> bool {
        !self.regions.is_empty() || self.reaches(registry, Reach::Regional)
    }

    /// What to look at in these accounts, whose regions are known or could not be listed.
    ///
    /// # Errors
    /// Where a technology or a region does not exist, one is asked for that is off, or
    /// nothing would be looked at.
    pub fn plan(&self, registry: &Registry, accounts: Vec<Listed>) -> Result<Plan, Error> {
        registry.require_technologies(&self.technologies)?;
        registry.require_technologies(&self.off)?;
        if let Some(id) = self.technologies.iter().find(|id| self.off.contains(id)) {
            return Err(Error::Off(id.clone()));
        }
        self.require_regions(&accounts)?;
        let home = self.home.as_deref();
        let accounts: Vec<_> = accounts
            .into_iter()
            .map(|(account, there)| PlannedAccount {
                regions: regions(&account, there, &self.regions, home),
                account,
            })
            .collect();
        let looked_at = |region: &String| {
            let reach = if region == GLOBAL { Reach::Global } else { Reach::Regional };
            self.reaches(registry, reach)
        };
        // Regions that could not be listed are told by the scan.
        let mut all = accounts.iter();
        if !all.any(|one| one.regions.as_ref().map_or(true, |all| all.iter().any(looked_at))) {
            return Err(Error::Nothing);
        }
        Ok(Plan {
            accounts,
            technologies: self.technologies.clone(),
            off: self.off.clone(),
            all_regions: self.regions.is_empty(),
        })
    }

    /// Whether technologies of a reach are asked for.
    fn reaches(&self, registry: &Registry, reach: Reach) -> bool {
        registry.technologies().any(|technology| {
            technology.reach == reach && is_asked(&technology.id, &self.technologies, &self.off)
        })
    }

    /// Refuses a region that no account has. Where one account's regions are unknown, who
    /// names regions knows them.
    fn require_regions(&self, accounts: &[Listed]) -> Result<(), Error> {
        let mut known = BTreeSet::from([GLOBAL]);
        for (_, there) in accounts {
            let Ok(there) = there else { return Ok(()) };
            known.extend(there.iter().map(String::as_str));
        }
        let exists = |region: &&String| {
            known.contains(region.as_str()) || self.home.as_ref() == Some(*region)
        };
        match self.regions.iter().find(|region| !exists(region)) {
            None => Ok(()),
            Some(region) => Err(Error::UnknownRegion {
                region: region.clone(),
                nearest: Nearest::of(region, known),
            }),
        }
    }
}

/// Why something cannot be planned as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No account has this id or name, or no technology this id.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// It belongs to somebody else, so that it is never watched.
    #[error("account {} is a third party's, which is never scanned", .0.title())]
    ThirdParty(Box<Account>),
    /// It is not watched.
    #[error("account {} is inactive, so it is not scanned", .0.title())]
    Inactive(Box<Account>),
    /// All registered accounts of ours are inactive.
    #[error("every registered account of ours is inactive: there is nothing to scan")]
    NoneActive,
    /// Nobody means to look at it.
    #[error("the technology {0} is off, so it is not scanned")]
    Off(String),
    /// No account has this region.
    #[error("no account to be scanned has a region `{region}`{nearest}")]
    UnknownRegion {
        /// The region.
        region: String,
        /// What it may have meant.
        nearest: Nearest,
    },
    /// What was asked for is nowhere: global technologies in a region alone, or regional
    /// ones in none.
    #[error(
        "nothing to look at: global technologies are read with the region `global`, others in the \
         regions of the account"
    )]
    Nothing,
}

/// The registered accounts that were asked for, each once; all that are watched where
/// nobody asked for any. Empty where none of ours is registered.
///
/// # Errors
/// Where one cannot be scanned.
pub fn accounts(registered: &Accounts, asked: &[String]) -> Result<Vec<Account>, Error> {
    if asked.is_empty() {
        let watched: Vec<_> =
            registered.iter().filter(|account| account.watched()).cloned().collect();
        let ours = registered.iter().any(|account| !account.third_party);
        return if watched.is_empty() && ours { Err(Error::NoneActive) } else { Ok(watched) };
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for name in asked {
        let account = registered.require(name)?;
        if account.third_party {
            return Err(Error::ThirdParty(Box::new(account.clone())));
        }
        if !account.active {
            return Err(Error::Inactive(Box::new(account.clone())));
        }
        if seen.insert(&account.id) {
            all.push(account.clone());
        }
    }
    Ok(all)
}

/// Where to look in an account: of the regions `there` (those it has, or why they could
/// not be listed) the ones that were asked for and that the account does not skip.
///
/// What is global is read unless regions were asked for; `home`, the region where the
/// provider keeps its global services, stands for it, too.
///
/// # Errors
/// Where the regions could not be listed and nobody named any.
pub fn regions(
    account: &Account,
    there: Result<Vec<String>, watch::Error>,
    asked: &[String],
    home: Option<&str>,
) -> Result<Vec<String>, watch::Error> {
    let is_asked = |region: &str| asked.iter().any(|one| one == region);
    let named: Vec<String> = asked.iter().filter(|region| *region != GLOBAL).cloned().collect();
    let there = match there {
        Ok(there) => there,
        Err(_) if !named.is_empty() => named,
        Err(_) if is_asked(GLOBAL) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut regions: Vec<String> = there
        .into_iter()
        .filter(|region| asked.is_empty() || is_asked(region))
        .filter(|region| !account.skip_regions.contains(region))
        .collect();
    if asked.is_empty() || is_asked(GLOBAL) || home.is_some_and(is_asked) {
        regions.push(GLOBAL.to_owned());
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::provider::Provider;
    use crate::technology::Technology;
    use crate::watch::Cause;

    fn account(id: &str, name: &str) -> Account {
        Account::new(Provider::named("test"), id.parse().unwrap(), name)
    }

    fn ours() -> Account {
        account("1", "lighthouse")
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn denied() -> watch::Error {
        watch::Error::new("test:ListRegions", Cause::Denied, "no")
    }

    fn registry() -> Registry {
        let technology = |id: &'static str, reach| Technology {
            id: Cow::Borrowed(id),
            reach,
            ..Technology::DEFAULT
        };
        let all = [technology("user", Reach::Global), technology("group", Reach::Regional)];
        Registry::new(all, [])
    }

    fn asked(technologies: &[&str], regions: &[&str]) -> Asked {
        Asked {
            technologies: names(technologies),
            off: Vec::new(),
            regions: names(regions),
            home: Some("us-east-1".to_owned()),
        }
    }

    fn chosen(account: &Account, asked: &[&str]) -> Vec<String> {
        let there = names(&["eu-west-1", "eu-west-2", "us-east-1"]);
        regions(account, Ok(there), &names(asked), Some("us-east-1")).unwrap()
    }

    #[test]
    fn what_is_global_is_read_unless_another_region_is_asked_for() {
        let account = ours();
        assert_eq!(chosen(&account, &[]), ["eu-west-1", "eu-west-2", "us-east-1", "global"]);
        assert_eq!(chosen(&account, &["eu-west-1"]), ["eu-west-1"]);
        assert_eq!(chosen(&account, &["global"]), ["global"]);
        assert_eq!(chosen(&account, &["us-east-1"]), ["us-east-1", "global"]);
        assert_eq!(chosen(&account, &["eu-west-2", "global"]), ["eu-west-2", "global"]);
    }

    #[test]
    fn skipped_regions_are_skipped_even_if_asked_for() {
        let mut skipping = ours();
        skipping.skip_regions = names(&["eu-west-1"]);
        assert_eq!(chosen(&skipping, &[]), ["eu-west-2", "us-east-1", "global"]);
        assert_eq!(chosen(&skipping, &["eu-west-1"]), [] as [&str; 0]);
    }

    #[test]
    fn where_regions_cannot_be_listed_those_asked_for_are_tried() {
        let tried = |asked: &[&str]| regions(&ours(), Err(denied()), &names(asked), None);
        assert!(tried(&[]).is_err());
        assert_eq!(tried(&["eu-west-1"]).unwrap(), ["eu-west-1"]);
    }

    #[test]
    fn a_region_that_no_account_has_is_named_with_the_nearest() {
        let there = || vec![(ours(), Ok(names(&["us-east-2", "eu-west-1"])))];
        let plan = |regions: &[&str]| asked(&[], regions).plan(&registry(), there());
        assert!(plan(&["eu-west-1", "global", "us-east-1"]).is_ok());
        let said = plan(&["eu-wset-1"]).unwrap_err().to_string();
        assert_eq!(said, "no account to be scanned has a region `eu-wset-1`; nearest: `eu-west-1`");
        let unknown = vec![(ours(), Err(denied()))];
        assert!(asked(&[], &["eu-wset-1"]).plan(&registry(), unknown).is_ok());
    }

    #[test]
    fn a_plan_for_nothing_is_refused() {
        let there = || vec![(ours(), Ok(names(&["eu-west-1"])))];
        let plan = |technologies: &[&str], regions: &[&str]| {
            asked(technologies, regions).plan(&registry(), there())
        };
        assert_eq!(plan(&["user"], &["eu-west-1"]).unwrap_err(), Error::Nothing);
        assert_eq!(plan(&["group"], &["global"]).unwrap_err(), Error::Nothing);
        assert!(plan(&["user"], &[]).unwrap().all_regions);
        assert!(!plan(&["group"], &["eu-west-1"]).unwrap().all_regions);
        let said = plan(&["usr"], &[]).unwrap_err().to_string();
        assert_eq!(said, "unknown technology `usr`; nearest: `user`");
    }

    #[test]
    fn regions_are_listed_where_something_depends_on_them() {
        assert!(asked(&[], &[]).needs_regions(&registry()));
        assert!(asked(&["group"], &[]).needs_regions(&registry()));
        assert!(!asked(&["user"], &[]).needs_regions(&registry()));
        assert!(asked(&["user"], &["eu-west-1"]).needs_regions(&registry()), "to know it exists");
    }

    #[test]
    fn what_is_off_is_not_planned() {
        let there = || vec![(ours(), Ok(names(&["eu-west-1"])))];
        let asked = |technologies: &[&str], off: &[&str]| Asked {
            off: names(off),
            ..asked(technologies, &[])
        };
        let plan = asked(&[], &["group"]).plan(&registry(), there()).unwrap();
        assert!(plan.reads("user") && !plan.reads("group"));
        assert!(plan.all_regions);
        assert!(!asked(&[], &["group"]).needs_regions(&registry()));
        let refused = |technologies: &[&str], off: &[&str]| {
            asked(technologies, off).plan(&registry(), there()).unwrap_err()
        };
        assert_eq!(refused(&["group"], &["group"]), Error::Off("group".to_owned()));
        assert_eq!(refused(&[], &["group", "user"]), Error::Nothing);
        let said = refused(&[], &["grop"]).to_string();
        assert_eq!(said, "unknown technology `grop`; nearest: `group`");
    }

    #[test]
    fn accounts_are_chosen_by_id_or_name_and_have_to_be_watched() {
        let mut vendor = account("2", "vendor");
        vendor.third_party = true;
        let mut old = account("3", "old");
        old.active = false;
        let all: Accounts = [ours(), vendor.clone(), old.clone()].into_iter().collect();
        let chosen = |asked: &[&str]| {
            accounts(&all, &names(asked))
                .map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>())
        };
        assert_eq!(chosen(&[]).unwrap(), ["lighthouse"]);
        assert_eq!(chosen(&["1", "lighthouse"]).unwrap(), ["lighthouse"]);
        assert!(matches!(chosen(&["vendor"]), Err(Error::ThirdParty(one)) if one.id == vendor.id));
        assert!(matches!(chosen(&["old"]), Err(Error::Inactive(one)) if one.id == old.id));
        let said = chosen(&["lighthose"]).unwrap_err().to_string();
        assert_eq!(said, "unknown account `lighthose`; nearest: `lighthouse`");
        // Third parties alone leave room for the caller's own account.
        assert_eq!(accounts(&std::iter::once(vendor).collect(), &[]).unwrap(), []);
        assert_eq!(accounts(&std::iter::once(old).collect(), &[]), Err(Error::NoneActive));
    }
}
