//! What inside an item a finding is about, as the canonical text that names an issue for
//! ever.
//!
//! Subjects are made here and nowhere else. They hold what the provider knows the thing by,
//! never an index, a display name, a number of days or a score: whatever may change while
//! the finding stands.

use std::fmt;

use ipnet::IpNet;
use secmonkey_policy::Who;

/// A subject that is one text, as the provider has it.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name<'a>(pub &'a str);

        impl From<$name<'_>> for String {
            fn from(named: $name<'_>) -> Self {
                named.0.to_owned()
            }
        }
    };
}

/// A rule of a security group: `ingress tcp/22 0.0.0.0/0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule<'a> {
    /// Which way.
    pub direction: Direction,
    /// What it lets through.
    pub traffic: Traffic<'a>,
    /// From or to whom.
    pub peer: Peer<'a>,
}

/// Which way traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the members of the group.
    Ingress,
    /// From the members of the group.
    Egress,
}

/// Kinds of traffic: `all`, `tcp/22`, `udp/1000-2000`, `icmp/8`, `esp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic<'a> {
    /// Every protocol.
    All,
    /// A protocol with ports, both ends included.
    Ports {
        /// `tcp`, `udp`, ...
        protocol: &'a str,
        /// The first port.
        from: u16,
        /// The last port.
        to: u16,
    },
    /// ICMP messages.
    Icmp {
        /// `icmp` or `icmpv6`.
        protocol: &'a str,
        /// The type; `None` for every type.
        kind: Option<u8>,
        /// The code; `None` for every code.
        code: Option<u8>,
    },
    /// A protocol without ports, by its name or number.
    Protocol(&'a str),
}

/// Whom a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer<'a> {
    /// A block of addresses, without host bits.
    Block(IpNet),
    /// The members of a security group: `123456789012/sg-0a1b2c3d`.
    Group {
        /// The account it is in.
        account: &'a str,
        /// Its id.
        group: &'a str,
    },
    /// Whoever is in a list of networks: `pl-0a1b2c3d4e5f6a7b8`.
    PrefixList(&'a str),
}

impl<'a> Traffic<'a> {
    /// What a permission lets through, by its protocol as EC2 names it and its port members,
    /// which mean type and code for ICMP. A negative or absent number means every one.
    #[must_use]
    pub fn new(protocol: &'a str, from: Option<i64>, to: Option<i64>) -> Self {
        let byte = |number: Option<i64>| number.and_then(|number| u8::try_from(number).ok());
        let port = |number: Option<i64>| number.and_then(|number| u16::try_from(number).ok());
        match protocol_name(protocol) {
            "all" => Self::All,
            protocol @ ("icmp" | "icmpv6") => {
                Self::Icmp { protocol, kind: byte(from), code: byte(to) }
            }
            protocol @ ("tcp" | "udp" | "sctp") => Self::Ports {
                protocol,
                from: port(from).unwrap_or(u16::MIN),
                to: port(to).unwrap_or(u16::MAX),
            },
            protocol => Self::Protocol(protocol),
        }
    }

    /// Whether all of some other traffic gets through.
    #[must_use]
    pub fn holds(&self, other: &Traffic<'_>) -> bool {
        match (*self, *other) {
            (Self::All, _) => true,
            (
                Self::Ports { protocol, from, to },
                Traffic::Ports { protocol: its, from: first, to: last },
            ) => protocol == its && from <= first && last <= to,
            (
                Self::Icmp { protocol, kind, code },
                Traffic::Icmp { protocol: its, kind: k, code: c },
            ) => {
                let holds = |own: Option<u8>, its: Option<u8>| own.is_none() || own == its;
                protocol == its && holds(kind, k) && holds(code, c)
            }
            (Self::Protocol(own), Traffic::Protocol(its)) => own == its,
            _ => false,
        }
    }

    /// Whether a packet to this port gets through.
    #[must_use]
    pub fn includes(&self, protocol: &str, port: u16) -> bool {
        match *self {
            Self::All => true,
            Self::Ports { protocol: own, from, to } => {
                own == protocol && (from..=to).contains(&port)
            }
            Self::Icmp { .. } | Self::Protocol(_) => false,
        }
    }
}

/// The one name of a protocol that EC2 answers by name or by number.
fn protocol_name(protocol: &str) -> &str {
    match protocol {
        "-1" => "all",
        "1" => "icmp",
        "2" => "igmp",
        "4" => "ipip",
        "6" => "tcp",
        "17" => "udp",
        "41" => "ipv6",
        "47" => "gre",
        "50" => "esp",
        "51" => "ah",
        "58" => "icmpv6",
        "132" => "sctp",
        other => other,
    }
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.direction, self.traffic, self.peer)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        })
    }
}

impl fmt::Display for Traffic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::All => f.write_str("all"),
            Self::Ports { protocol, from, to } if from == to => write!(f, "{protocol}/{from}"),
            Self::Ports { protocol, from, to } => write!(f, "{protocol}/{from}-{to}"),
            Self::Icmp { protocol, kind: None, .. } => f.write_str(protocol),
            Self::Icmp { protocol, kind: Some(kind), code: None } => write!(f, "{protocol}/{kind}"),
            Self::Icmp { protocol, kind: Some(kind), code: Some(code) } => {
                write!(f, "{protocol}/{kind}:{code}")
            }
            Self::Protocol(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                write!(f, "protocol-{name}")
            }
            Self::Protocol(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Peer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => block.fmt(f),
            Self::Group { account, group } => write!(f, "{account}/{group}"),
            Self::PrefixList(list) => f.write_str(list),
        }
    }
}

impl From<Rule<'_>> for String {
    fn from(rule: Rule<'_>) -> Self {
        rule.to_string()
    }
}

/// A listener of a load balancer, by how it is reached: `tcp/443`, `tcp_udp/53`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener<'a> {
    /// `tcp`, `udp`, or `tcp_udp` for both.
    pub transport: &'a str,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.transport, self.port)
    }
}

impl From<Listener<'_>> for String {
    fn from(listener: Listener<'_>) -> Self {
        listener.to_string()
    }
}

named! {
    /// Whom an access control list names: a canonical user id or the URI of a group.
    Grantee
}

/// Somebody whom a policy lets in: an account by its twelve digits, `*` for everybody or
/// everybody inside its network, everybody else by the ARN, id, name or block the policy knows them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal<'a>(pub &'a Who<'a>);

impl From<Principal<'_>> for String {
    fn from(principal: Principal<'_>) -> Self {
        secmonkey_policy::words::value(principal.0).into_owned()
    }
}

/// A policy of an identity, and where a check counts by it the service:
/// `inline/deploy s3`, `attached/arn:aws:iam::aws:policy/ReadOnlyAccess`; the policy that
/// is an item of its own is the item: `s3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permissions<'a> {
    /// Which policy.
    pub policy: Granting<'a>,
    /// The service, by the prefix of its actions.
    pub service: Option<&'a str>,
}

/// A policy of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granting<'a> {
    /// Embedded in the identity, by its name.
    Inline(&'a str),
    /// Attached to it, by its ARN.
    Attached(&'a str),
    /// The item itself.
    Whole,
}

impl fmt::Display for Granting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(name) => write!(f, "inline/{name}"),
            Self::Attached(arn) => write!(f, "attached/{arn}"),
            Self::Whole => Ok(()),
        }
    }
}

impl From<Permissions<'_>> for String {
    fn from(Permissions { policy, service }: Permissions<'_>) -> Self {
        match (policy, service) {
            (Granting::Whole, service) => service.unwrap_or_default().to_owned(),
            (policy, Some(service)) => format!("{policy} {service}"),
            (policy, None) => policy.to_string(),
        }
    }
}

named! {
    /// An access key, by its id.
    AccessKey
}

/// A subscription to a topic: `123456789012 email ana@example.com`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription<'a> {
    /// The account that gets the messages.
    pub account: &'a str,
    /// How they are delivered.
    pub protocol: &'a str,
    /// Where to.
    pub endpoint: &'a str,
}

impl From<Subscription<'_>> for String {
    fn from(Subscription { account, protocol, endpoint }: Subscription<'_>) -> Self {
        format!("{account} {protocol} {endpoint}")
    }
}

named! {
    /// A tunnel of a VPN connection, by its address outside: `203.0.113.80`.
    Tunnel
}

named! {
    /// The URL of a function, by the ARN of the function or alias that it calls.
    FunctionUrl
}

named! {
    /// A behaviour of a distribution, by the pattern of its paths; `*` is the default one.
    Behavior
}

named! {
    /// An origin of a distribution, by its id.
    Origin
}

named! {
    /// A distribution, by its id.
    Distribution
}

/// A block of addresses, as it is written: `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network(pub IpNet);

impl From<Network> for String {
    fn from(Network(block): Network) -> Self {
        block.to_string()
    }
}

/// The item as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole;

impl From<Whole> for String {
    fn from(_: Whole) -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_has_one_text_however_ec2_writes_it() {
        for (protocol, from, to, expected) in [
            ("-1", None, None, "all"),
            ("-1", Some(0), Some(0), "all"),
            ("tcp", Some(22), Some(22), "tcp/22"),
            ("6", Some(22), Some(22), "tcp/22"),
            ("tcp", Some(0), Some(65535), "tcp/0-65535"),
            ("tcp", Some(-1), Some(-1), "tcp/0-65535"),
            ("udp", None, None, "udp/0-65535"),
            ("17", Some(53), Some(54), "udp/53-54"),
            ("icmp", Some(-1), Some(-1), "icmp"),
            ("icmp", Some(8), Some(-1), "icmp/8"),
            ("1", Some(3), Some(4), "icmp/3:4"),
            ("58", Some(128), Some(0), "icmpv6/128:0"),
            ("50", None, None, "esp"),
            ("99", None, None, "protocol-99"),
        ] {
            assert_eq!(Traffic::new(protocol, from, to).to_string(), expected);
        }
    }

    #[test]
    fn a_rule_reads_as_people_say_it() {
        let rule = Rule {
            direction: Direction::Ingress,
            traffic: Traffic::new("tcp", Some(22), Some(22)),
            peer: Peer::Block("::/0".parse().unwrap()),
        };
        assert_eq!(String::from(rule), "ingress tcp/22 ::/0");
        let peer = Peer::Group { account: "123456789012", group: "sg-1" };
        let rule = Rule { direction: Direction::Egress, traffic: Traffic::All, peer };
        assert_eq!(String::from(rule), "egress all 123456789012/sg-1");
    }

    #[test]
    fn ports_are_counted_at_both_ends() {
        let range = Traffic::new("tcp", Some(20), Some(22));
        assert!(range.includes("tcp", 20) && range.includes("tcp", 22));
        assert!(!range.includes("tcp", 23) && !range.includes("udp", 21));
        assert!(Traffic::All.includes("udp", 1));
        assert!(!Traffic::new("icmp", Some(22), Some(22)).includes("icmp", 22));
    }
}
