//! What S3 keeps per account: Block Public Access, which overrules every bucket.

use aws_sdk_s3control::Client;
use secmonkey_core::technology::Reach;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::json;

use crate::error::{failed, is_absent};
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Events, Facts, Structure, Writes, known};
use crate::{service, wording};

/// The S3 settings of an account: one item, always there, named as the account.
///
/// The one call is listing and part at once: where it fails, the sweep does, and whoever
/// asks for the settings learns that they were not read.
pub const ACCOUNT: Facts = Facts {
    id: "s3_account",
    title: "S3 account settings",
    reach: Reach::Global,
    structures: &[Structure::new("PublicAccessBlockConfiguration", BLOCK_AT)],
    events: &[Events::new(
        "/recipientAccountId",
        &["DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock"],
    )],
    wordings: &[wording::PUBLIC_ACCESS],
    writes: &[Writes::new(
        "/PublicAccessBlockConfiguration",
        &["DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock"],
    )],
    ..Facts::of(&service::S3_CONTROL, BLOCK)
};

const BLOCK: Operation = Operation::new("s3:GetAccountPublicAccessBlock")
    .absent(&["NoSuchPublicAccessBlockConfiguration"]);
const BLOCK_AT: &str = "/PublicAccessBlockConfiguration";

/// The fewest calls that read one account: one.
pub const FEWEST_CALLS: usize = 1;

/// The settings of an account.
#[derive(Debug)]
pub struct Settings {
    block: Part,
}

impl Described for Settings {
    const FACTS: &'static Facts = &ACCOUNT;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.s3control(&scope.account)
    }

    async fn page(
        s3control: &Client,
        scope: &Scope,
        _wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = s3control.get_public_access_block().account_id(scope.account.id.as_str());
        let block = match call.send().await {
            Ok(answer) => known(answer.public_access_block_configuration.to_json()),
            Err(error) if is_absent(BLOCK, &error) => Part::Absent,
            Err(error) => return Err(failed(BLOCK, &error)),
        };
        Ok(Listed::page(vec![Self { block }], None))
    }

    async fn observe(
        self,
        _s3control: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let account = scope.account.id.as_str();
        Ok(Some(ACCOUNT.observed(account, json!({})).with(BLOCK_AT, self.block)))
    }
}
