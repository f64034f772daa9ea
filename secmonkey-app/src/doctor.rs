//! What is in the way of watching, and how it is mended.
//!
//! Nothing is scanned, recorded or told for it: credentials and roles are tried, IAM is asked
//! what they may call, notifiers whether they could deliver.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use secmonkey_aws::session::{self, Caller, Sessions};
use secmonkey_aws::trail::{LOOKUP, Queue};
use secmonkey_aws::{AWS, permission, settings};
use secmonkey_core::Timestamp;
use secmonkey_core::account::Account;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{self, Cause, ClockCheck};
use secmonkey_core::{nearest, plan, query};
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::error::Error;
use crate::scan;
use crate::store::{Opened, Place};

/// So many accounts are entered at the same time.
const AT_ONCE: usize = 8;
/// A disk with less space than this is as good as full, in bytes.
const SPACE: u64 = 1 << 30;

/// How one thing is that watching rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// What was looked at: `store`, `account production (123456789012)`.
    pub subject: String,
    /// How it is.
    pub state: State,
    /// What was found, in one line.
    pub said: String,
    /// How it is mended, in one line; nothing where nothing has to be.
    pub remedy: Option<String>,
    /// The operations of AWS that are denied: `s3:GetBucketAcl`.
    pub denied: BTreeSet<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works; something lacks, or could not be looked at.
    Warning,
    /// It does not work.
    Error,
}

impl Diagnosis {
    /// It is as it should be.
    #[must_use]
    pub fn ok(subject: impl Into<String>, said: impl Into<String>) -> Self {
        Self::new(subject, State::Ok, said, None)
    }

    /// It works; something lacks.
    #[must_use]
    pub fn warning(
        subject: impl Into<String>,
        said: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(subject, State::Warning, said, Some(remedy.into()))
    }

    /// It does not work.
    #[must_use]
    pub fn error(
        subject: impl Into<String>,
        said: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(subject, State::Error, said, Some(remedy.into()))
    }

    fn new(
        subject: impl Into<String>,
        state: State,
        said: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        let (subject, said, denied) = (subject.into(), said.into(), BTreeSet::new());
        Self { subject, state, said, remedy, denied }
    }
}

/// Looks at whatever watching rests on.
pub struct Doctor<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// What is read and judged.
    pub catalogue: &'a Catalogue,
    /// Where the store is.
    pub place: &'a Place,
    /// The store; `None` where there is none yet.
    pub opened: Option<&'a Opened>,
    /// How accounts are entered.
    pub sessions: &'a Sessions,
}

impl Doctor<'_> {
    /// Looks at everything; of accounts only at those that are named by id, name or tag, where
    /// any is.
    ///
    /// # Errors
    /// Where an account that is named is not registered, or the store cannot be read.
    pub async fn examine(&self, accounts: &[String]) -> Result<Vec<Diagnosis>, Error> {
        let mut all = vec![self.store().await?];
        all.extend(self.schedule()?);
        let caller = self.sessions.caller().await;
        all.push(credentials(&caller));
        all.extend(self.clock());
        match &caller {
            Ok(caller) => all.extend(self.accounts(caller, accounts).await?),
            // Nothing can be entered without them.
            Err(_) => drop(self.watched(accounts)?),
        }
        if let Some(settings) = self.config.daemon.queue() {
            let queue = Queue::new(self.sessions.clone(), settings);
            all.push(examine_queue(&queue).await);
        }
        all.extend(self.notifiers().await?);
        Ok(all)
    }

    async fn store(&self) -> Result<Diagnosis, Error> {
        let path = self.place.path.display();
        let Some(opened) = self.opened else {
            let remedy = "`secmonkey scan` or `secmonkeyd` makes it";
            return Ok(Diagnosis::warning("store", format!("there is none in {path} yet"), remedy));
        };
        let head = opened.log.head().await.map_err(secmonkey_core::view::Error::from)?;
        let holder = if opened.is_attached() { ", held by another process" } else { "" };
        let said = format!("{path}: {}{holder}", counted(head.position.0, "event"));
        Ok(match space(&self.place.path) {
            Some(free) if free < SPACE => Diagnosis::warning(
                "store",
                format!("{said}; its disk has {} MB left", free / 1_000_000),
                "make space: where the disk is full nothing is recorded",
            ),
            _ => Diagnosis::ok("store", said),
        })
    }

    /// What the configuration says about accounts that nobody registered.
    fn schedule(&self) -> Result<Vec<Diagnosis>, Error> {
        let Some(opened) = self.opened else { return Ok(Vec::new()) };
        let registered = opened.views.accounts()?;
        let named = self.config.daemon.schedule.iter();
        let named: BTreeSet<_> = named.filter_map(|one| one.get_ref().account.as_ref()).collect();
        let unknown = named.into_iter().filter(|id| registered.get(id.as_str()).is_none());
        let unknown = unknown.map(|id| {
            Diagnosis::warning(
                "configuration",
                format!("[[daemon.schedule]] names account {id}, which is not registered"),
                "`secmonkey account add` registers it",
            )
        });
        Ok(unknown.collect())
    }

    fn clock(&self) -> Option<Diagnosis> {
        match self.sessions.check_clock(Timestamp::now()) {
            ClockCheck::Agrees => Some(Diagnosis::ok("clock", "agrees with that of AWS")),
            ClockCheck::Wrong(said) => Some(Diagnosis::error(
                "clock",
                said,
                "set it, and have it kept by NTP: what is recorded bears its times",
            )),
            ClockCheck::Unanswered | ClockCheck::Untold => None,
        }
    }

    /// The accounts to look at; that of the credentials where none is registered.
    fn watched(&self, names: &[String]) -> Result<Vec<Account>, Error> {
        let registered = match self.opened {
            Some(opened) => opened.views.accounts()?,
            None => secmonkey_core::account::Accounts::default(),
        };
        Ok(plan::accounts(&registered, names)?)
    }

    async fn accounts(&self, caller: &Caller, names: &[String]) -> Result<Vec<Diagnosis>, Error> {
        let mut accounts = self.watched(names)?;
        if accounts.is_empty() {
            accounts.push(Account::from(caller.clone()));
        }
        let registry = self.catalogue.registry();
        let reads: Vec<&Technology> = registry
            .technologies()
            .filter(|one| one.provider == AWS && self.config.technologies.reads(&one.id))
            .collect();
        let lookup = self.config.daemon.events.lookup.then_some(LOOKUP.permission);
        let operations = scan::operations(&reads, lookup);
        let looks = accounts.into_iter().map(|account| self.account(account, caller, &operations));
        stream::iter(looks).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
    }

    async fn account(
        &self,
        mut account: Account,
        caller: &Caller,
        operations: &BTreeSet<&str>,
    ) -> Result<Diagnosis, Error> {
        let subject = match account.name.as_str() {
            name if name == account.id.as_str() => format!("account {name}"),
            name => format!("account {name} ({})", account.id),
        };
        if account.provider != AWS {
            let said = "programs of your own read it, and are not asked";
            return Ok(Diagnosis::ok(subject, said));
        }
        scan::enter(&self.config.scan, caller, &mut account);
        let way = settings::role_arn(&account);
        let way = way.unwrap_or_else(|| "these credentials".to_owned());
        let regions = match self.sessions.regions(&account).await {
            Ok(regions) => format!(" with {}", counted(regions.len() as u64, "region")),
            Err(error) if error.cause == Cause::Denied => String::new(),
            Err(error) => return Ok(locked_out(subject, &error, caller)),
        };
        let entered = format!("entered by {way}{regions}");
        Ok(match permission::denied(self.sessions, &account, caller, operations).await {
            Ok(denied) if denied.is_empty() => Diagnosis::ok(
                subject,
                format!("{entered}; all {} operations are allowed", operations.len()),
            ),
            Ok(denied) => {
                let (few, all) = (denied.len(), operations.len());
                lacking(subject, format!("{entered}; {few} of {all} operations are denied"), denied)
            }
            Err(error) => self.as_recorded(subject, &entered, &account, &error)?,
        })
    }

    /// What scans were denied, where IAM does not say what they will be.
    fn as_recorded(
        &self,
        subject: String,
        entered: &str,
        account: &Account,
        error: &watch::Error,
    ) -> Result<Diagnosis, Error> {
        let health = match self.opened {
            Some(opened) => Some(query::health(&opened.views, account)?),
            None => None,
        };
        let unasked = format!("IAM does not tell what is allowed ({error})");
        Ok(match health.filter(|health| health.last_success.is_some()) {
            None => Diagnosis::warning(
                subject,
                format!("{entered}; {unasked}, and nothing was scanned yet"),
                format!("scan once, or allow {}", permission::SIMULATE.permission),
            ),
            Some(health) if health.denied.is_empty() => {
                Diagnosis::ok(subject, format!("{entered}; scans were denied nothing ({unasked})"))
            }
            Some(health) => {
                let count = counted(health.denied.len() as u64, "operation");
                lacking(subject, format!("{entered}; scans were denied {count}"), health.denied)
            }
        })
    }

    async fn notifiers(&self) -> Result<Vec<Diagnosis>, Error> {
        let notifiers = self.config.notifiers(self.sessions)?;
        let names: Vec<_> = notifiers.iter().map(|one| one.name().to_owned()).collect();
        let checks = notifiers.into_iter().map(|notifier| async move {
            let subject = format!("notifier {}", notifier.name());
            match notifier.check().await {
                Ok(()) => Diagnosis::ok(
                    subject,
                    format!("`secmonkey notifications test {}` sends a message", notifier.name()),
                ),
                Err(error) => Diagnosis::error(
                    subject,
                    error.to_string(),
                    format!("mend it, or [notify.{}] in the configuration file", notifier.name()),
                ),
            }
        });
        let mut all: Vec<_> = stream::iter(checks).buffered(AT_ONCE).collect().await;
        if let Some(opened) = self.opened {
            let rows = opened.views.subscriptions()?;
            let rules = rows.iter().filter(|row| row.ended.is_none()).map(|row| &row.rule);
            let lost = rules.filter(|one| !names.contains(&one.outlet)).map(|one| {
                let known = names.iter().map(String::as_str);
                Diagnosis::error(
                    format!("subscription {}", one.name),
                    nearest::unknown("notifier", &one.outlet, known),
                    format!("declare [notify.{}] in the configuration file", one.outlet),
                )
            });
            all.extend(lost);
        }
        Ok(all)
    }
}

fn credentials(caller: &Result<Caller, session::Error>) -> Diagnosis {
    match caller {
        Ok(caller) => Diagnosis::ok("credentials", caller.arn.clone()),
        Err(error) => Diagnosis::error(
            "credentials",
            error.to_string(),
            match error {
                session::Error::Unreachable(_) => "see that this machine reaches AWS",
                _ => {
                    "name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
                      AWS_SECRET_ACCESS_KEY; a machine of AWS gets them by its role"
                }
            },
        ),
    }
}

/// An account that cannot be entered.
fn locked_out(subject: String, error: &watch::Error, caller: &Caller) -> Diagnosis {
    let remedy = if error.cause == Cause::Credentials {
        format!(
            "`secmonkey permissions --terraform --trust {}` prints the role; to assume it, who \
             scans needs sts:AssumeRole",
            caller.arn
        )
    } else {
        "see that this machine reaches AWS".to_owned()
    };
    Diagnosis::error(subject, error.to_string(), remedy)
}

/// An account of which not everything can be read.
fn lacking(subject: String, said: String, denied: BTreeSet<String>) -> Diagnosis {
    let remedy = "attach what `secmonkey permissions` prints; what it allows and is still denied, \
                  an organization's policy forbids";
    Diagnosis { denied, ..Diagnosis::warning(subject, said, remedy) }
}

async fn examine_queue(queue: &Queue) -> Diagnosis {
    let remedy = "`secmonkey setup events` prints what sets it up";
    match queue.state().await {
        Ok(state) if state.redrives => Diagnosis::ok(
            "events",
            format!("the queue answers, with {}", counted(state.waiting, "message")),
        ),
        Ok(_) => Diagnosis::warning(
            "events",
            "the queue has no dead-letter queue: what nobody can read is deleted",
            remedy,
        ),
        Err(error) => Diagnosis::error("events", error.to_string(), remedy),
    }
}

/// `1 event`, `2 events`.
fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The bytes that are left on the disk of a folder.
#[cfg(unix)]
fn space(path: &std::path::Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn space(_: &std::path::Path) -> Option<u64> {
    None
}
