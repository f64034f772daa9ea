//! What others reach through security groups.

use std::collections::{BTreeMap, BTreeSet};

use secmonkey_core::check::{Findings, Undecided};
use secmonkey_core::item::{Item, Key};
use secmonkey_core::texts::Texts;

use super::case::{Case, Shared};
use super::subject::{Listener, Traffic};
use super::way_in::{self, WAY};
use super::{listed, security_group};

/// What a check looks up that finds who reaches something through security groups.
pub(super) const LET_IN: Texts =
    Texts::new(&["accounts", "ec2_prefix_list", "known", "security_group"]);

/// A listener, and where it stands.
pub(super) struct Listening<'a> {
    pub listener: Listener<'a>,
    pub at: String,
}

/// A security group, and where it stands.
pub(super) struct Behind<'a> {
    pub group: &'a str,
    pub at: String,
}

/// Finds listeners of something with public addresses which others reach through its
/// security groups: one finding a listener, as strong as the strongest way in. `worth` is
/// the score of a port that the internet reaches.
pub(super) fn find_reachable(
    case: &Case<'_>,
    groups: &[Behind<'_>],
    listening: &[Listening<'_>],
    worth: fn(Traffic<'_>) -> u8,
    found: &mut Findings,
) -> Result<(), Undecided> {
    // Groups that could not be read leave nothing open where nothing is reached.
    if listening.is_empty() {
        return Ok(());
    }
    let mut ways = Vec::new();
    for behind in groups {
        let group = group(case, behind.group)?;
        let shared = Shared::default();
        let group = Case::new(&group, case.world, &shared);
        for (nth, one) in listening.iter().enumerate() {
            for way in let_in(&group, one.listener, worth)? {
                ways.push((nth, behind, way));
            }
        }
    }
    for (nth, Listening { listener, at }) in listening.iter().enumerate() {
        let its = || ways.iter().filter(|(of, ..)| *of == nth);
        let Some(score) = its().map(|(.., way)| way.score).max() else { continue };
        let mut paths = BTreeMap::<&str, BTreeSet<&str>>::new();
        let finding = found.add(*listener, "").score(score).at(at.as_str());
        for (_, behind, way) in its().filter(|(.., way)| way.score == score) {
            paths.entry(behind.group).or_default().insert(&way.who);
            finding.at(behind.at.as_str()).ground(format!("{} {}", behind.group, way.rule));
        }
        let paths: Vec<_> =
            paths.iter().map(|(id, who)| format!("through {id} to {}", few(who))).collect();
        finding.detail = format!("{listener} is open {}", paths.join("; "));
    }
    Ok(())
}

/// Finds the same where, in one of some subnets of a VPC, routes and the network ACL let the
/// internet get to the listener. What only that would take away is told with its doubt where it
/// is not known.
pub(super) fn find_arriving(
    case: &Case<'_>,
    (vpc, subnets): (&str, &[&str]),
    groups: &[Behind<'_>],
    listening: Vec<Listening<'_>>,
    worth: fn(Traffic<'_>) -> u8,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let (mut sure, mut in_doubt) = (Vec::new(), Vec::new());
    for one in listening {
        let ports: Vec<_> = ports(one.listener).collect();
        let arriving = way_in::arriving(case, vpc, subnets, &ports)?;
        if arriving.contains(&Some(true)) {
            sure.push(one);
        } else if arriving.contains(&None) {
            in_doubt.push(one);
        }
    }
    find_reachable(case, groups, &in_doubt, worth, found)?;
    for finding in found.running() {
        finding.doubt.extend(WAY.iter().map(str::to_owned));
    }
    find_reachable(case, groups, &sure, worth, found)
}

/// A security group by its id.
///
/// # Errors
/// Where it was never read.
pub(super) fn group(case: &Case<'_>, id: &str) -> Result<Item, Undecided> {
    let key =
        Key { technology: "security_group".to_owned(), id: id.to_owned(), ..case.item.key.clone() };
    let group = case.world.item(&key)?;
    group.ok_or_else(|| Undecided::Unread(format!("the security group {id}")))
}

/// Texts in a list, of many the first two and how many more.
pub(super) fn few(texts: &BTreeSet<&str>) -> String {
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
    worth: fn(Traffic<'_>) -> u8,
) -> Result<Vec<security_group::LetIn>, Undecided> {
    let mut all = Vec::new();
    for port in ports(listener) {
        all.extend(security_group::let_in(group, port, worth(port))?);
    }
    Ok(all)
}

/// The ports at which a listener is reached: of both protocols where it listens to both.
fn ports(listener: Listener<'_>) -> impl Iterator<Item = Traffic<'static>> {
    let transports: &[&str] = match listener.transport {
        "tcp_udp" => &["tcp", "udp"],
        "udp" => &["udp"],
        _ => &["tcp"],
    };
    let port = listener.port;
    transports.iter().map(move |protocol| Traffic::Ports { protocol, from: port, to: port })
}
