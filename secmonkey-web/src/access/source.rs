//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::Access;
use crate::Service;

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// From which address, where it comes over a network.
    pub address: Option<IpAddr>,
    /// With what it was sent, as it says.
    pub agent: Option<String>,
}

impl FromRequestParts<Service> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Service,
    ) -> Result<Self, Self::Rejection> {
        Ok(service.access.source(parts))
    }
}

impl Access {
    /// Where a request comes from, through the proxy or not.
    pub(crate) fn source(&self, parts: &Parts) -> Source {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.map(|agent| agent.chars().take(200).collect());
        Source { address: self.address(parts), agent }
    }

    fn address(&self, parts: &Parts) -> Option<IpAddr> {
        let peer = peer(parts)?;
        let Some(proxy) = &self.entry.proxy else { return Some(peer) };
        let is_proxy = |address: &IpAddr| proxy.addresses.iter().any(|net| net.contains(address));
        if !is_proxy(&peer) {
            return Some(peer);
        }
        // Each proxy adds whom it heard at the end: the last that is no proxy of ours.
        let said = parts.headers.get_all("x-forwarded-for").into_iter();
        let said: Vec<_> =
            said.filter_map(|line| line.to_str().ok()).flat_map(|l| l.split(',')).collect();
        let mut heard = said.iter().rev().map(|one| named(one));
        heard.find(|one| !one.as_ref().is_some_and(is_proxy)).flatten().or(Some(peer))
    }
}

/// The address that a proxy names, with its port or without.
fn named(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|both| both.ip());
    let address = text.parse::<IpAddr>().ok().or_else(with_port)?;
    Some(address.to_canonical())
}

/// The address of who speaks to us: of a proxy, where there is one.
pub(super) fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical())
}
