//! Direct Connect.

use aws_sdk_directconnect::Client;
use aws_sdk_directconnect::types::{Connection, ConnectionState};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::failed;
use crate::operation::Operation;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::{Described, Entry, Events, Facts, Structure, pages_of, required};
use crate::{service, settings};

pub(super) const READS: &[Entry] = &[Entry::described::<Connection>()];

/// Direct Connect connections of the account, also those that a partner hosts for it. One that
/// was deleted or turned down is told for a while longer: it counts as gone.
pub const CONNECTION: Facts = Facts {
    id: "directconnect_connection",
    title: "Direct Connect connection",
    structures: &[Structure::new("Connection", "")],
    events: &[
        Events::new(
            "/requestParameters/connectionId",
            &[
                "AssociateConnectionWithLag",
                "AssociateHostedConnection",
                "AssociateMacSecKey",
                "ConfirmConnection",
                "DeleteConnection",
                "DisassociateConnectionFromLag",
                "DisassociateMacSecKey",
                "UpdateConnection",
            ],
        ),
        Events::new("/requestParameters/resourceArn", &["TagResource", "UntagResource"]),
        Events::new(
            "/responseElements/connectionId",
            &["AllocateHostedConnection", "CreateConnection"],
        ),
    ],
    sets: &[Set::new("/macSecKeys", &["ckn"]), Set::new("/tags", &["key"])],
    dropped: &[
        // How it is.
        "/connectionState",
        "/hasLogicalRedundancy",
        "/macSecKeys/*/state",
        "/portEncryptionStatus",
        // How much of it is used.
        "/prefixPoolUnallocatedCountIpv4",
        "/prefixPoolUnallocatedCountIpv6",
        "/rateLimiterStatus/inUse",
        "/rateLimiterStatus/remaining",
    ],
    ..Facts::of(&service::DIRECTCONNECT, LIST)
};

const LIST: Operation = Operation::new("directconnect:DescribeConnections");

/// The largest page of the listing.
const PAGE: i32 = 100;

/// The fewest calls that read one region: `⌈connections / 100⌉`, one at least.
#[must_use]
pub const fn fewest_calls(connections: usize) -> usize {
    pages_of(connections, PAGE as usize)
}

impl Described for Connection {
    const FACTS: &'static Facts = &CONNECTION;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.directconnect(&scope.account, &scope.region)
    }

    /// All there are, whoever is wanted: Direct Connect has no code by which it says that one
    /// does not exist.
    async fn page(
        directconnect: &Client,
        _scope: &Scope,
        _wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = directconnect.describe_connections().max_results(PAGE).set_next_token(token);
        let page = call.send().await.map_err(|error| failed(LIST, &error))?;
        Ok(Listed::page(page.connections, page.next_token))
    }

    async fn observe(
        self,
        _directconnect: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let (partition, account) = (settings::partition(&scope.account), &scope.account.id);
        let state = self.connection_state();
        let ended = matches!(state, Some(ConnectionState::Deleted | ConnectionState::Rejected));
        if ended || self.owner_account().is_some_and(|owner| owner != account.as_str()) {
            return Ok(None);
        }
        let id = required(LIST, "connectionId", self.connection_id.clone())?;
        let name = self.connection_name.clone().unwrap_or_else(|| id.clone());
        let arn = format!("arn:{partition}:directconnect:{}:{account}:dxcon/{id}", scope.region);
        Ok(Some(CONNECTION.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
