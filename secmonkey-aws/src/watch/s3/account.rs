//! What S3 keeps per account: Block Public Access, which overrules every bucket.

use async_trait::async_trait;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::watch::{Error, Listed, Missing, Observed, Part, Scope, Sweep, Watcher, pages};
use serde_json::json;

use crate::error::{failed, is_absent};
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::known;

/// The S3 settings of an account: one item, always there, named as the account.
pub const ACCOUNT: Technology = Technology {
    id: "s3_account",
    title: "S3 account settings",
    shape: 1,
    reach: Reach::Global,
    permissions: &[BLOCK],
    ..Technology::DEFAULT
};

const BLOCK: &str = "s3:GetAccountPublicAccessBlock";

/// The fewest calls that read one account: one.
pub const FEWEST_CALLS: usize = 1;

/// Reads [`ACCOUNT`].
#[derive(Debug, Clone)]
pub struct AccountSettings {
    sessions: Sessions,
}

impl AccountSettings {
    /// A watcher over these sessions.
    #[must_use]
    pub fn new(sessions: &Sessions) -> Self {
        Self { sessions: sessions.clone() }
    }
}

#[async_trait]
impl Watcher for AccountSettings {
    fn technologies(&self) -> &[Technology] {
        &[ACCOUNT]
    }

    /// The one call is listing and part at once: where it fails, the sweep does, and
    /// whoever asks for the settings learns that they were not read.
    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let account = scope.account.id.as_str();
        let mut listing = pages(BLOCK, |_| {
            let call = self.sessions.s3control(&scope.account).get_public_access_block();
            async move {
                let block = match call.account_id(account).send().await {
                    Ok(answer) => known(answer.public_access_block_configuration.to_json()),
                    Err(error) if is_absent(BLOCK, &error) => Part::Absent,
                    Err(error) => return Err(failed(BLOCK, &error)),
                };
                Ok(Listed { items: vec![block], next: None, truncated: None })
            }
        });
        while let Some(blocks) = listing.next().await? {
            for block in blocks {
                out.item(Observed {
                    technology: ACCOUNT.id,
                    id: account.to_owned(),
                    name: account.to_owned(),
                    arn: None,
                    config: json!({}),
                    parts: vec![("/PublicAccessBlockConfiguration", block)],
                })
                .await;
            }
        }
        out.complete(&ACCOUNT, &listing.end()?).await;
        Ok(())
    }

    /// Never: an account that answers has settings.
    async fn gone(
        &self,
        _scope: &Scope,
        _technology: &Technology,
        _missing: &[Missing],
    ) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}
