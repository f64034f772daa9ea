//! The clients of one account.

use std::sync::Arc;

#[cfg(feature = "s3")]
use aws_smithy_runtime_api::client::endpoint::EndpointFuture;
#[cfg(feature = "s3")]
use aws_smithy_types::endpoint::Endpoint;
use secmonkey_core::account::Account;

use super::base::{Base, Cache, Entrance, Lanes, Way};
use super::plain::{Global, Regional};
use crate::service::Service;
use crate::settings;

/// All that is kept for one account, and goes with it.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) entrances: Cache<Access, Entrance>,
    pub(super) lanes: Lanes,
    pub(super) regional: Regional,
    pub(super) global: Global,
    #[cfg(feature = "s3")]
    pub(super) s3: Cache<Place, aws_sdk_s3::Client>,
    #[cfg(feature = "s3")]
    pub(super) s3control: Cache<Place, aws_sdk_s3control::Client>,
}

/// How an account is accessed: all that tells one set of credentials from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Access {
    role: Option<String>,
    external_id: Option<String>,
}

impl Access {
    pub(super) fn to(account: &Account) -> Self {
        Self {
            role: settings::role_arn(account),
            external_id: settings::external_id(account).map(str::to_owned),
        }
    }
}

/// Access in one region.
pub(super) type Place = (Access, String);

impl Clients {
    /// The way to a service in a region.
    pub(super) fn way(
        &self,
        base: &Arc<Base>,
        service: &'static Service,
        account: &Account,
        (access, region): &Place,
    ) -> Way {
        Way {
            account: account.id.to_string(),
            service,
            region: region.clone(),
            lane: self.lanes.get(account.id.as_str(), service, region, &base.rates),
            entrance: self.entrances.get_or(access.clone(), |_| Entrance::into(account, base)),
        }
    }
}

/// An endpoint of one's own for S3 Control. The SDK would put the account before its name,
/// as AWS has it: `123456789012.localhost`, which nobody finds.
#[cfg(feature = "s3")]
#[derive(Debug)]
pub(super) struct AsItIs(pub(super) String);

#[cfg(feature = "s3")]
impl aws_sdk_s3control::config::endpoint::ResolveEndpoint for AsItIs {
    fn resolve_endpoint<'a>(
        &'a self,
        _params: &'a aws_sdk_s3control::config::endpoint::Params,
    ) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}
