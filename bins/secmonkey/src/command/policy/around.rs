//! Whose names and addresses are, as far as it is recorded.

use std::collections::BTreeSet;

use ipnet::IpNet;
use secmonkey_core::account::AccountId;
use secmonkey_core::check::{Facts, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::item::{GLOBAL, Item, Key};
use secmonkey_core::network::Block;
use secmonkey_core::technology::Kind;
use secmonkey_core::view::{self, Views};

/// What the store knows. Who asks for an explanation wants an answer: what was never
/// listed is nobody's here, while an audit would leave it open.
#[derive(Default)]
pub struct Around<'a> {
    pub views: Option<&'a Views>,
}

impl Facts for Around<'_> {
    fn item(&self, key: &Key) -> Result<Option<Item>, Undecided> {
        let Some(views) = self.views else { return Ok(None) };
        let Some(row) = views.item(key).map_err(failed)?.filter(|row| !row.deleted) else {
            return Ok(None);
        };
        let config = views.config(key).map_err(failed)?.unwrap_or_default();
        Ok(Some(Item { key: row.key, name: row.name, arn: row.arn, config }))
    }

    fn find(
        &self,
        account: &AccountId,
        technology: &str,
        called: &str,
    ) -> Result<Option<Item>, Undecided> {
        let Some(views) = self.views else { return Ok(None) };
        let scope = ScopeId {
            account: account.clone(),
            technology: technology.to_owned(),
            region: GLOBAL.to_owned(),
        };
        for row in views.items_in(&scope) {
            let row = row.map_err(failed)?;
            if !row.deleted && (row.arn.as_deref() == Some(called) || row.name == called) {
                return self.item(&row.key);
            }
        }
        Ok(None)
    }

    fn owners(&self, kind: &Kind, name: &str) -> Result<BTreeSet<AccountId>, Undecided> {
        let Some(views) = self.views else { return Ok(BTreeSet::new()) };
        views.owners(kind, name).map_err(failed)
    }

    fn blocks(&self, block: IpNet) -> Result<Vec<Block>, Undecided> {
        let Some(views) = self.views else { return Ok(Vec::new()) };
        views.blocks(block).map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that `map_err` asks for")]
fn failed(error: view::Error) -> Undecided {
    Undecided::Failed(error.to_string())
}
