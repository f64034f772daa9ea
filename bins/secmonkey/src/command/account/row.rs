//! Accounts as they are printed: their record, with what AWS asks of them beside it.

use secmonkey_app::catalogue::AwsAccount;
use secmonkey_core::account::Account;
use secmonkey_core::record::AccountRecord;
use serde::Serialize;

use crate::output::{Cell, Row};

/// An account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRow {
    #[serde(flatten)]
    pub account: AccountRecord,
    #[serde(flatten)]
    pub aws: AwsAccount,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self { account: account.into(), aws: account.into() }
    }
}

impl AccountRow {
    /// How it is treated.
    pub fn state(&self) -> &'static str {
        match (self.account.third_party, self.account.active) {
            (true, _) => "third party",
            (false, true) => "active",
            (false, false) => "inactive",
        }
    }

    /// Where it is read.
    pub fn where_read(&self) -> String {
        let AccountRecord { regions, skip_regions, .. } = &self.account;
        let regions =
            if regions.is_empty() { "all enabled".to_owned() } else { regions.join(", ") };
        if skip_regions.is_empty() {
            regions
        } else {
            format!("{regions} without {}", skip_regions.join(", "))
        }
    }
}

impl Row for AccountRow {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "provider",
        "name",
        "regions",
        "skip_regions",
        "third_party",
        "active",
        "names",
        "settings",
        "notes",
        "role",
        "external_id",
        "partition",
        "canonical_id",
        "organization",
    ];
    const HEADINGS: &'static [&'static str] = &["ID", "NAME", "STATE", "ROLE", "REGIONS", "NOTES"];

    fn cells(&self) -> Vec<Cell> {
        let account = &self.account;
        vec![
            Cell::text(account.id.as_str()),
            Cell::text(&account.name),
            Cell::text(self.state()),
            Cell::text(self.aws.role.as_deref().unwrap_or_default()),
            Cell::text(if account.third_party { String::new() } else { self.where_read() }),
            Cell::text(&account.notes),
        ]
    }
}

#[cfg(test)]
mod tests {
    use secmonkey_aws::{AWS, settings};

    use super::*;

    #[test]
    fn the_list_has_the_same_fields_in_every_form() {
        let mut account = Account::new(AWS, "123456789012".parse().unwrap(), "lighthouse");
        account.set(settings::ROLE, "Reader");
        let row = AccountRow::from(&account);
        assert_eq!(row.aws.role.as_deref(), Some("Reader"));
        crate::rows::assert_agrees(&row);
    }
}
