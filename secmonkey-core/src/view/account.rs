//! Accounts, and what was audited in them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, Fold, Views, prefix, row_key};
use crate::account::{Account, AccountId, Accounts};
use crate::config::Digest;
use crate::event::{Envelope, Event, Position};

const ACCOUNTS: char = 'a';
const AUDITED: char = 'u';
const CHECKS: char = 'k';

/// The last audit of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// The catalogue it was audited with.
    pub catalogue: Digest,
    /// What of the log it saw, at least.
    pub position: Position,
    /// When.
    pub at: Timestamp,
}

impl Fold<'_> {
    pub(super) fn account_event(&mut self, envelope: &Envelope) -> Result<(), Error> {
        match &envelope.event {
            Event::AccountRegistered(account) | Event::AccountUpdated(account) => {
                self.put(&row_key(ACCOUNTS, &[account.id.as_str()]), account)
            }
            Event::AccountRemoved { id } => {
                self.delete(&row_key(ACCOUNTS, &[id.as_str()]));
                Ok(())
            }
            Event::AuditFinished { account, catalogue, position, first } => {
                for check in first {
                    let place = row_key(CHECKS, &[account.as_str(), check]);
                    self.put(&place, &envelope.recorded_at)?;
                }
                let audited = Audited {
                    catalogue: *catalogue,
                    position: *position,
                    at: envelope.recorded_at,
                };
                self.put(&row_key(AUDITED, &[account.as_str()]), &audited)
            }
            _ => Ok(()),
        }
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

    /// The last audit of an account.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn audited(&self, account: &AccountId) -> Result<Option<Audited>, Error> {
        self.row(&row_key(AUDITED, &[account.as_str()]))
    }

    /// When a check first completed in an account; until then it is baseline.
    ///
    /// # Errors
    /// Where the rows cannot be read.
    pub fn check_completed(
        &self,
        account: &AccountId,
        check: &str,
    ) -> Result<Option<Timestamp>, Error> {
        self.row(&row_key(CHECKS, &[account.as_str(), check]))
    }
}
