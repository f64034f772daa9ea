//! Accounts, and what was audited in them with which checks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::table::{ACCOUNTS, AUDITS, CATALOGUES, SAID};
use super::{Error, Fold, Views, ordered, prefix, row_key};
use crate::account::{Account, AccountId, Accounts};
use crate::config::Digest;
use crate::event::{Audited, CheckUsed, Envelope, Event, Position, UndecidedCheck};

/// The last audit of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAudit {
    /// The catalogue it was audited with.
    pub catalogue: Digest,
    /// What of the log it saw, at least.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// The checks that could not decide, and about how many items.
    pub undecided: Vec<UndecidedCheck>,
}

/// What somebody said of an account or a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Of what: `network office`, `account production (123456789012)`.
    pub what: String,
    /// Whether it is known no longer.
    pub ended: bool,
}

impl Fold<'_> {
    pub(super) fn account_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match &envelope.event {
            Event::AccountRegistered(account) | Event::AccountUpdated(account) => {
                self.put(&row_key(ACCOUNTS, &[account.id.as_str()]), account)?;
                self.said(format!("account {}", account.title()), false)?;
                if account.watched() {
                    return Ok(());
                }
                self.unwatch(&account.id, envelope.recorded_at)
            }
            Event::AccountRemoved { id } => {
                self.delete(&row_key(ACCOUNTS, &[id.as_str()]));
                self.said(format!("account {id}"), true)?;
                self.unwatch(id, envelope.recorded_at)
            }
            Event::CatalogueUsed { digest, checks } => {
                self.put(&row_key(CATALOGUES, &[&digest.to_string()]), checks)
            }
            Event::AuditFinished(audited) => self.audit_finished(envelope, audited),
            _ => Ok(()),
        }
    }

    fn audit_finished(&mut self, envelope: &Envelope, audited: &Audited) -> Result<(), Error> {
        if audited.in_part {
            return Ok(());
        }
        let Audited { account, catalogue, position, judged, undecided, .. } = audited;
        self.judged_up_to(account, *position)?;
        let checks: Vec<CheckUsed> =
            self.get(&row_key(CATALOGUES, &[&catalogue.to_string()]))?.unwrap_or_default();
        for scope in judged.iter().flat_map(|scopes| scopes.of(account)) {
            self.scope_judged(&scope, &checks)?;
        }
        let last = LastAudit {
            catalogue: *catalogue,
            position: *position,
            at: envelope.recorded_at,
            undecided: undecided.clone(),
        };
        self.put(&row_key(AUDITS, &[account.as_str()]), &last)
    }

    /// Remembers what somebody said of the known world.
    pub(super) fn said(&mut self, what: String, ended: bool) -> Result<(), Error> {
        let position = ordered(self.position.0);
        self.put(&row_key(SAID, &[&position]), &Said { what, ended })
    }
}

impl Views {
    /// The registered accounts.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn accounts(&self) -> Result<Accounts, Error> {
        self.under::<Account>(prefix(ACCOUNTS, "")).map(|row| Ok(row?.1)).collect()
    }

    /// The last whole audit of an account.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn audited(&self, account: &AccountId) -> Result<Option<LastAudit>, Error> {
        self.row(&row_key(AUDITS, &[account.as_str()]))
    }

    /// The checks of a catalogue; `None` where no audit used it.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn catalogue(&self, digest: &Digest) -> Result<Option<Vec<CheckUsed>>, Error> {
        self.row(&row_key(CATALOGUES, &[&digest.to_string()]))
    }

    /// What somebody said of accounts and networks behind a position, oldest first.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn said_since(&self, position: Position) -> Result<Vec<Said>, Error> {
        let after = row_key(SAID, &[&ordered(position.0)]);
        self.under_from(prefix(SAID, ""), Some(after)).map(|row| Ok(row?.1)).collect()
    }
}
