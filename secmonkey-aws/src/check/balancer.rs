//! What checks of both generations of load balancers share.

use secmonkey_core::check::{Findings, Undecided};
use serde_json::Value;

use super::case::Case;
use super::reachable::{self, Behind, Listening};
use super::subject::Listener;
use super::{list, security_group, text};

/// The listener of a protocol, as AWS calls it, at a port; `None` where nobody connects to it
/// by a port.
pub(super) fn listener(protocol: &str, port: &Value) -> Option<Listener<'static>> {
    let port = port.as_u64().and_then(|port| u16::try_from(port).ok())?;
    let transport = match protocol {
        "HTTP" | "HTTPS" | "SSL" | "TCP" | "TLS" => "tcp",
        "QUIC" | "UDP" => "udp",
        "GENEVE" => return None,
        // `TCP_UDP` and `TCP_QUIC`, and whatever comes: rather too much than too little.
        _ => "tcp_udp",
    };
    Some(Listener { transport, port })
}

/// Finds listeners of a load balancer that faces the internet which others reach through its
/// security groups, unless no route or network ACL lets the internet get to one in any of its
/// subnets.
pub(super) fn find_reachable(
    case: &Case<'_>,
    vpc: &Value,
    subnets: &[&str],
    listening: Vec<Listening<'_>>,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let groups = list(&case.item.config["SecurityGroups"]).iter().enumerate();
    let groups: Vec<_> = groups
        .map(|(index, group)| Behind { group: text(group), at: format!("/SecurityGroups/{index}") })
        .collect();
    let (place, worth) = ((text(vpc), subnets), security_group::from_internet);
    reachable::find_arriving(case, place, &groups, listening, worth, found)
}
