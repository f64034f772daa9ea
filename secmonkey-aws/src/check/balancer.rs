//! What checks of both generations of load balancers share.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::item::Key;
use secmonkey_core::texts::Texts;
use serde_json::Value;

use super::case::{Case, Shared};
use super::subject::{Listener, Traffic};
use super::{listed, security_group, text};

/// What is looked up to know whom security groups let in.
pub(super) const LET_IN: Texts =
    Texts::new(&["accounts", "ec2_prefix_list", "known", "security_group"]);

/// A listener, and where it stands.
pub(super) struct Listening<'a> {
    pub listener: Listener<'a>,
    pub at: String,
}

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
/// security groups: one finding a listener, as strong as the strongest way in.
pub(super) fn find_reachable(
    case: &Case<'_>,
    (groups, at): (&[Value], &str),
    listening: &[Listening<'_>],
    found: &mut Findings,
) -> Result<(), Undecided> {
    let mut ways = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let id = text(group);
        let key = Key {
            technology: "security_group".to_owned(),
            id: id.to_owned(),
            ..case.item.key.clone()
        };
        let Some(group) = case.world.item(&key)? else {
            return Err(Undecided::Unread(format!("the security group {id}")));
        };
        let shared = Shared::default();
        let group = Case::new(&group, case.world, &shared);
        for (nth, one) in listening.iter().enumerate() {
            for way in let_in(&group, one.listener)? {
                ways.push((nth, index, id, way));
            }
        }
    }
    for (nth, Listening { listener, at: stands }) in listening.iter().enumerate() {
        let its = || ways.iter().filter(|(of, ..)| *of == nth);
        let Some(score) = its().map(|(.., way)| way.score).max() else { continue };
        let mut paths = BTreeMap::<&str, BTreeSet<&str>>::new();
        let finding = found.add(*listener, "").score(score).at(stands.as_str());
        for (_, index, id, way) in its().filter(|(.., way)| way.score == score) {
            paths.entry(id).or_default().insert(&way.who);
            finding.at(format!("{at}/{index}")).ground(format!("{id} {}", way.rule));
        }
        let paths: Vec<_> =
            paths.iter().map(|(id, who)| format!("through {id} to {}", few(who))).collect();
        finding.detail = format!("{listener} is open {}", paths.join("; "));
    }
    Ok(())
}

/// Texts in a list, of many the first two and how many more.
fn few(texts: &BTreeSet<&str>) -> String {
    let all: Vec<_> = texts.iter().copied().collect();
    match all.as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second} and {} more", rest.len())
        }
        few => listed(few.iter().copied()),
    }
}

/// Who reaches a listener through a security group, whatever it is that lets them.
fn let_in(
    group: &Case<'_>,
    listener: Listener<'_>,
) -> Result<Vec<security_group::LetIn>, Undecided> {
    let transports: &[&str] = match listener.transport {
        "tcp_udp" => &["tcp", "udp"],
        "udp" => &["udp"],
        _ => &["tcp"],
    };
    let mut all = Vec::new();
    for protocol in transports {
        let port = Traffic::Ports { protocol, from: listener.port, to: listener.port };
        all.extend(security_group::let_in(group, port)?);
    }
    Ok(all)
}
