//! What the predefined TLS policies of load balancers allow.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Which load balancers a policy is for: the same name means other ciphers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Of {
    /// Classic ones.
    Classic,
    /// Application and network load balancers.
    V2,
}

/// What a predefined policy allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Predefined {
    protocols: &'static str,
    weak: &'static str,
}

/// What the names of all predefined policies start with.
const PREFIX: &str = "ELBSecurityPolicy-";

static ALL: LazyLock<HashMap<(Of, &str), Predefined>> =
    LazyLock::new(|| include_str!("tls/policies.txt").lines().filter_map(row).collect());

fn row(line: &'static str) -> Option<((Of, &'static str), Predefined)> {
    let mut columns = line.split_whitespace();
    let of = match columns.next()? {
        "classic" => Of::Classic,
        "v2" => Of::V2,
        _ => return None,
    };
    let name = columns.next()?;
    Some(((of, name), Predefined { protocols: columns.next()?, weak: columns.next()? }))
}

/// What is known of a predefined policy, by its full name.
pub(super) fn predefined(of: Of, name: &str) -> Option<Predefined> {
    ALL.get(&(of, name.strip_prefix(PREFIX)?)).copied()
}

impl Predefined {
    /// Whether it allows a protocol: `ssl3`, `tls1.0`.
    pub fn allows(self, protocol: &str) -> bool {
        self.protocols.split(',').any(|one| one == protocol)
    }

    /// Whether it has a weakness: `3des`, `rc4`, `dhe-dss`, `client-order`.
    pub fn has(self, weakness: &str) -> bool {
        self.weak.split(',').any(|one| one == weakness)
    }

    /// The protocols that it allows and that RFC 8996 and RFC 7568 deprecate, as people
    /// write them.
    pub fn deprecated(self) -> impl Iterator<Item = &'static str> {
        let deprecated = [("ssl3", "SSLv3"), ("tls1.0", "TLS 1.0"), ("tls1.1", "TLS 1.1")];
        let allowed = deprecated.into_iter().filter(move |(protocol, _)| self.allows(protocol));
        allowed.map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_policy_and_none_stands_there_twice() {
        let lines = include_str!("tls/policies.txt").lines();
        let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(ALL.len(), rows.clone().count());
        let protocols = ["ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"];
        let weaknesses = ["-", "3des", "client-order", "dhe-dss", "rc4"];
        for line in rows {
            let (_, Predefined { protocols: has, weak }) = row(line).unwrap();
            assert!(has.split(',').all(|one| protocols.contains(&one)), "{line}");
            assert!(weak.split(',').all(|one| weaknesses.contains(&one)), "{line}");
            assert_eq!(line.split_whitespace().count(), 4, "{line}");
        }
    }

    #[test]
    fn a_name_says_the_oldest_protocol() {
        for ((_, name), policy) in ALL.iter() {
            let oldest = [("-1-3-", "tls1.3"), ("-1-2-", "tls1.2"), ("-1-1-", "tls1.1")];
            let says = oldest.iter().position(|(part, _)| format!("-{name}").contains(part));
            let Some(at) = says else { continue };
            assert!(policy.allows(oldest[at].1), "{name}");
            for (_, older) in &oldest[at + 1..] {
                assert!(!policy.allows(older), "{name} allows {older}");
            }
            assert!(!policy.allows("tls1.0") && !policy.allows("ssl3"), "{name}");
        }
    }

    #[test]
    fn a_name_means_other_ciphers_for_classic_load_balancers() {
        let weak = |of| predefined(of, "ELBSecurityPolicy-2015-05").unwrap().has("3des");
        assert_eq!((weak(Of::Classic), weak(Of::V2)), (true, false));
        assert!(predefined(Of::V2, "ELBSecurityPolicy-2011-08").is_none());
        assert!(predefined(Of::V2, "2016-08").is_none());
    }
}
