//! Decisions about networks.

use super::{Decided, Decisions, Error};
use crate::event::{Event, StreamId};
use crate::nearest::{Named, Unknown};
use crate::network::Network;
use crate::view;

impl Decisions {
    /// Vouches for a network. Returns whether it is news: not where it was known just so.
    ///
    /// # Errors
    /// Where it has no name, or another network has it.
    pub async fn know(&self, mut network: Network) -> Result<bool, Error> {
        network.name = network.name.trim().to_owned();
        if network.name.is_empty() {
            return Err(Error::UnnamedNetwork);
        }
        self.decided(|| {
            let event = match self.network(&network.name)? {
                Some(known) if known == network => return Ok((false, Vec::new())),
                Some(Network { name, cidr, .. }) => {
                    return Err(Error::KnownNetwork { name, cidr });
                }
                None => Event::NetworkKnown(network.clone()),
            };
            Ok((true, vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    /// Vouches for the network of a name no longer. Returns what it was known as.
    ///
    /// # Errors
    /// Where no network has the name.
    pub async fn forget(&self, name: &str) -> Result<Network, Error> {
        self.decided(|| {
            let Some(network) = self.network(name)? else {
                let known = self.views.networks().map(|one| Ok::<_, view::Error>(one?.name));
                let known = known.collect::<Result<Vec<_>, _>>()?;
                return Err(Unknown::new(Named::Network, name, known).into());
            };
            let event = Event::NetworkForgotten { name: network.name.clone() };
            Ok((network, vec![Decided::new(StreamId::governance(), event)]))
        })
        .await
    }

    fn network(&self, name: &str) -> Result<Option<Network>, Error> {
        for network in self.views.networks() {
            let network = network?;
            if network.name == name {
                return Ok(Some(network));
            }
        }
        Ok(None)
    }
}
