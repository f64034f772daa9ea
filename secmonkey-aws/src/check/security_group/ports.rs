//! What traffic is worth to an attacker: the ports that administer, those that hold data,
//! and those that are a front door.

use std::borrow::Cow;

use crate::check::subject::{Direction, Traffic};

/// A service that is known by its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service {
    pub name: &'static str,
    pub protocol: &'static str,
    pub port: u16,
}

impl Service {
    pub const fn traffic(self) -> Traffic<'static> {
        Traffic::Ports { protocol: self.protocol, from: self.port, to: self.port }
    }
}

const fn tcp(name: &'static str, port: u16) -> Service {
    Service { name, protocol: "tcp", port }
}

const fn udp(name: &'static str, port: u16) -> Service {
    Service { name, protocol: "udp", port }
}

/// Where machines are administered: whoever is let in there can try to take them over.
pub(super) const ADMINISTRATION: &[Service] = &[
    tcp("SSH", 22),
    tcp("Remote Desktop", 3389),
    udp("Remote Desktop", 3389),
    tcp("Telnet", 23),
    tcp("Windows RPC", 135),
    tcp("SMB", 445),
    tcp("the Docker API", 2375),
    tcp("the Docker API", 2376),
    tcp("VNC", 5900),
    tcp("WinRM", 5985),
    tcp("WinRM", 5986),
    tcp("the Kubernetes node agent", 10250),
];

/// Where data is stored.
pub(super) const DATA: &[Service] = &[
    tcp("SQL Server", 1433),
    tcp("Oracle", 1521),
    tcp("etcd", 2379),
    tcp("MySQL", 3306),
    tcp("PostgreSQL", 5432),
    tcp("Redshift", 5439),
    tcp("CouchDB", 5984),
    tcp("Redis", 6379),
    tcp("Cassandra", 7000),
    tcp("Cassandra", 7001),
    tcp("InfluxDB", 8086),
    tcp("Cassandra", 9042),
    tcp("OpenSearch", 9200),
    tcp("OpenSearch", 9300),
    tcp("Memcached", 11211),
    udp("Memcached", 11211),
    tcp("MongoDB", 27017),
    tcp("MongoDB", 27018),
    tcp("MongoDB", 27019),
    tcp("HDFS", 50070),
];

/// The services on these ports: those that are known by them, and by another name what else there
/// may be on TCP.
pub(super) fn services(known: &[Service], ports: &[i64], other: &'static str) -> Vec<Service> {
    let mut services = Vec::new();
    for port in ports.iter().filter_map(|port| u16::try_from(*port).ok()) {
        let on_port = |one: &&Service| one.port == port;
        services.extend(known.iter().filter(on_port).copied());
        if !known.iter().any(|one| one.port == port) {
            services.push(tcp(other, port));
        }
    }
    // The known ones first, in the order in which they matter.
    let place = |one: &Service| known.iter().position(|it| it == one).unwrap_or(known.len());
    services.sort_by_key(place);
    services
}

/// Whether traffic gets to a service.
pub(super) fn includes(traffic: Traffic<'_>, service: Service) -> bool {
    traffic.includes(service.protocol, service.port)
}

/// The score of traffic that anybody on the internet may send in. More traffic never
/// scores less.
pub(in crate::check) fn from_internet(traffic: Traffic<'_>) -> u8 {
    let holds = |services: &[Service]| services.iter().any(|one| includes(traffic, *one));
    match traffic {
        Traffic::All => 10,
        Traffic::Ports { .. } if holds(ADMINISTRATION) => 10,
        Traffic::Ports { .. } if holds(DATA) => 9,
        // The front doors: HTTP and HTTPS, over QUIC too.
        Traffic::Ports { protocol: "tcp", from: 80, to: 80 }
        | Traffic::Ports { protocol: "tcp" | "udp", from: 443, to: 443 } => 3,
        Traffic::Ports { .. } | Traffic::Protocol(_) => 7,
        Traffic::Icmp { .. } => 1,
    }
}

/// The most that it scores that somebody unknown is let in.
pub(super) const STRANGER: u8 = 5;

/// The score of traffic with somebody who is unknown: never above what the same traffic
/// scores where anybody may send it, and hygiene where it only goes out.
pub(super) fn with_stranger(direction: Direction, traffic: Traffic<'_>) -> u8 {
    match direction {
        Direction::Ingress => from_internet(traffic).min(STRANGER),
        Direction::Egress => 1,
    }
}

/// Traffic, for people.
pub(super) fn named(traffic: Traffic<'_>) -> Cow<'static, str> {
    match traffic {
        Traffic::All => Cow::Borrowed("all traffic"),
        Traffic::Icmp { protocol, kind, code } => {
            let (name, is_v6) =
                if protocol == "icmpv6" { ("ICMPv6", true) } else { ("ICMP", false) };
            match (kind, code) {
                (None, _) => Cow::Owned(format!("{name} messages of every type")),
                (Some(8), _) if !is_v6 => Cow::Borrowed("ICMP echo requests (ping)"),
                (Some(128), _) if is_v6 => Cow::Borrowed("ICMPv6 echo requests (ping)"),
                (Some(kind), None) => Cow::Owned(format!("{name} messages of type {kind}")),
                (Some(kind), Some(code)) => {
                    Cow::Owned(format!("{name} messages of type {kind}, code {code}"))
                }
            }
        }
        traffic => Cow::Owned(traffic.to_string()),
    }
}
