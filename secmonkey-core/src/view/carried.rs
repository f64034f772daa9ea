//! What is carried over a cut of the log: rows that later events go on from.

use super::table::{
    AUDITS, BROUGHT, CARRIED, COMMENTS, CONFIGS, JUDGED, REVISIONS, SCANS, SCOPES, STALE, STARTS,
    UNJUDGED,
};
use super::{Error, Fold, Views, ordered, row_key};
use crate::account::AccountId;
use crate::event::{CarriedItem, CarriedScans, Envelope, Position};
use crate::item::Key;
use crate::view::item::Start;

impl Fold<'_> {
    /// Takes over an item as it stood.
    pub(super) fn item_carried(
        &mut self,
        envelope: &Envelope,
        carried: &CarriedItem,
    ) -> Result<(), Error> {
        let CarriedItem { row, config, revision, brought, issues, comments, unjudged } = carried;
        let key = row.key.to_string();
        if envelope.stream.as_item().as_ref() != Some(&row.key) {
            return Err(Error::event(envelope, format!("it is about {key}")));
        }
        self.put_row(row, false)?;
        self.put(&row_key(CONFIGS, &[&key]), config)?;
        let start = Start { position: envelope.position, version: envelope.version };
        self.put(&row_key(STARTS, &[&key, &ordered(envelope.version.0)]), &start)?;
        self.put(&row_key(REVISIONS, &[&key, &ordered(revision.revision)]), revision)?;
        for one in brought {
            self.put(&row_key(BROUGHT, &[&key, &ordered(one.revision)]), one)?;
        }
        for (version, comment) in comments {
            self.put(&row_key(COMMENTS, &[&key, &ordered(version.0)]), comment)?;
        }
        if !row.stale.is_empty() {
            self.put(&row_key(STALE, &[&key]), &())?;
        }
        if let Some(position) = unjudged {
            self.put(&row_key(UNJUDGED, &[&key]), position)?;
        }
        for issue in issues {
            self.issue_stepped(envelope, None, &issue.finding.issue, issue)?;
        }
        if !row.deleted {
            // When its names became known is carried for all items together.
            let here = std::mem::take(&mut self.position);
            let named = self.named(&row.key.technology, config);
            self.renamed(&row.key.account, None, named)?;
            self.position = here;
        }
        self.searchable(&row.key, true)
    }

    /// Takes over what was looked at and judged.
    pub(super) fn scans_carried(&mut self, carried: &CarriedScans) -> Result<(), Error> {
        self.read = None;
        for account in &carried.accounts {
            for (row, judged) in &account.scopes {
                let scope = row.scope.to_string();
                self.put(&row_key(SCOPES, &[&scope]), row)?;
                if judged.start().is_some() {
                    self.put(&row_key(JUDGED, &[&scope]), judged)?;
                }
            }
            let id = account.account.as_str();
            if let Some(audit) = &account.audit {
                self.put(&row_key(AUDITS, &[id]), audit)?;
            }
            let position = self.position;
            self.put(&row_key(CARRIED, &[id]), &position)?;
        }
        for scan in &carried.scans {
            self.put(&row_key(SCANS, &[scan.id.as_str()]), scan)?;
        }
        if carried.known_changed > Position(0) {
            self.known_changed_at(carried.known_changed)?;
        }
        Ok(())
    }
}

impl Views {
    /// Where what was carried over a cut of an account stands in the log; `None` where nothing
    /// was.
    pub(super) fn carried(&self, account: &AccountId) -> Result<Option<Position>, Error> {
        self.row(&row_key(CARRIED, &[account.as_str()]))
    }

    /// The last event of an item that no audit has seen.
    pub(crate) fn unjudged_since(&self, key: &Key) -> Result<Option<Position>, Error> {
        self.row(&row_key(UNJUDGED, &[&key.to_string()]))
    }
}
