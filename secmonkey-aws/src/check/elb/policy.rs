//! What the listeners of a classic load balancer negotiate.

use std::collections::BTreeSet;

use secmonkey_core::check::Undecided;
use secmonkey_core::item::Item;

use super::listeners;
use crate::check::subject::Listener;
use crate::check::tls::{Of, Predefined, predefined};
use crate::check::{list, text};

/// A TLS policy of a listener.
pub(super) struct Policy<'a> {
    pub listener: Listener<'static>,
    /// Where it stands.
    pub at: String,
    pub kind: Kind<'a>,
    /// The names of the protocols and ciphers that are on.
    pub on: BTreeSet<&'a str>,
    /// Whether the order of the server's ciphers decides; `None` where AWS does not say.
    pub server_order: Option<bool>,
}

/// Where a policy comes from.
pub(super) enum Kind<'a> {
    /// Somebody chose its protocols and ciphers.
    Custom,
    /// It is one of AWS's, by this name; what is known of it.
    Predefined(&'a str, Option<Predefined>),
}

impl Policy<'_> {
    /// Whether a protocol, `SSLv3` or `TLSv1.1`, is on.
    pub fn speaks(&self, protocol: &str) -> bool {
        self.on.iter().any(|on| on.strip_prefix("Protocol-") == Some(protocol))
    }

    /// The ciphers that are on.
    pub fn ciphers(&self) -> impl Iterator<Item = &str> {
        let is_cipher = |on: &&&str| !on.starts_with("Protocol-") && **on != ORDER;
        self.on.iter().filter(is_cipher).copied()
    }
}

const ORDER: &str = "Server-Defined-Cipher-Order";

/// The TLS policies that listeners use. What is defined and not used by any counts for
/// nothing.
///
/// # Errors
/// Where a listener names a policy of which nothing is known.
pub(super) fn policies(item: &Item) -> Result<Vec<Policy<'_>>, Undecided> {
    let described = list(&item.config["PolicyDescriptions"]);
    let mut all = Vec::new();
    for listening in listeners(item) {
        let names = item.config.pointer(&format!("{}/PolicyNames", listening.at));
        for name in names.and_then(|names| names.as_array()).into_iter().flatten() {
            let mut described = described.iter().enumerate();
            let Some((at, policy)) = described.find(|(_, policy)| policy["PolicyName"] == *name)
            else {
                return Err(Undecided::Unread(format!("the policy {}", text(name))));
            };
            if policy["PolicyTypeName"] != "SSLNegotiationPolicyType" {
                continue;
            }
            let (mut kind, mut on, mut server_order) = (Kind::Custom, BTreeSet::new(), None);
            for attribute in list(&policy["PolicyAttributeDescriptions"]) {
                let name = text(&attribute["AttributeName"]);
                match (name, text(&attribute["AttributeValue"])) {
                    ("Reference-Security-Policy", "") => {}
                    ("Reference-Security-Policy", of) => {
                        kind = Kind::Predefined(of, predefined(Of::Classic, of));
                    }
                    (ORDER, value) => server_order = Some(value == "true"),
                    (name, "true") => drop(on.insert(name)),
                    _ => {}
                }
            }
            let listener = listening.listener;
            all.push(Policy {
                listener,
                at: format!("/PolicyDescriptions/{at}"),
                kind,
                on,
                server_order,
            });
        }
    }
    Ok(all)
}

/// Security Monkey's list: Kerberos, pre-shared keys and RC2.
const DEPRECATED: &[&str] = &[
    "KRB5-DES-CBC-MD5",
    "KRB5-DES-CBC-SHA",
    "KRB5-DES-CBC3-MD5",
    "KRB5-DES-CBC3-SHA",
    "KRB5-RC4-MD5",
    "KRB5-RC4-SHA",
    "PSK-3DES-EDE-CBC-SHA",
    "PSK-AES128-CBC-SHA",
    "PSK-AES256-CBC-SHA",
    "PSK-RC4-SHA",
    "RC2-CBC-MD5",
];

/// Whether a cipher is one that no client of a load balancer uses.
pub(super) fn is_deprecated(cipher: &str) -> bool {
    DEPRECATED.contains(&cipher)
}

/// Whether a cipher's keys were made short enough to be broken (FREAK, CVE-2015-0204).
pub(super) fn is_export(cipher: &str) -> bool {
    cipher.starts_with("EXP-")
}

/// How bad a cipher is that is weak: the score of a listener that accepts it.
pub(super) fn weakness(cipher: &str) -> Option<u8> {
    let parts = || cipher.split('-');
    let has = |part: &str| parts().any(|one| one == part);
    if is_export(cipher) {
        Some(7)
    } else if is_deprecated(cipher)
        || ["RC4", "RC2", "NULL", "MD5", "ADH", "AECDH"].into_iter().any(has)
        || (has("DES") && has("CBC"))
    {
        Some(5)
    } else if has("CBC3") || has("3DES") || has("DSS") {
        // SWEET32 and Logjam take an attacker much more.
        Some(3)
    } else {
        None
    }
}

/// Whether a cipher is one of those that AWS's own policies never had, or have dropped.
pub(super) fn is_not_recommended(cipher: &str) -> bool {
    NOT_RECOMMENDED.lines().any(|line| line == cipher)
}

/// Security Monkey's list.
const NOT_RECOMMENDED: &str = include_str!("not_recommended.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cipher_is_as_weak_as_its_weakest_part() {
        for (cipher, expected) in [
            ("EXP-RC4-MD5", Some(7)),
            ("EXP-EDH-DSS-DES-CBC-SHA", Some(7)),
            ("RC4-SHA", Some(5)),
            ("ECDHE-RSA-RC4-SHA", Some(5)),
            ("DES-CBC-SHA", Some(5)),
            ("EDH-RSA-DES-CBC-SHA", Some(5)),
            ("DES-CBC3-MD5", Some(5)),
            ("ADH-AES256-GCM-SHA384", Some(5)),
            ("PSK-AES128-CBC-SHA", Some(5)),
            ("KRB5-DES-CBC3-SHA", Some(5)),
            ("DES-CBC3-SHA", Some(3)),
            ("DHE-DSS-AES128-SHA", Some(3)),
            ("AES128-SHA", None),
            ("ECDHE-ECDSA-AES128-GCM-SHA256", None),
            ("DHE-RSA-AES128-GCM-SHA256", None),
        ] {
            assert_eq!(weakness(cipher), expected, "{cipher}");
        }
    }

    #[test]
    fn what_is_only_not_recommended_is_never_worse_than_the_weak_cipher_that_it_is() {
        assert_eq!(NOT_RECOMMENDED.lines().count(), 45);
        for cipher in NOT_RECOMMENDED.lines() {
            assert!(weakness(cipher).is_none_or(|score| score >= 3), "{cipher}");
            assert!(!is_export(cipher) && !is_deprecated(cipher), "{cipher}");
        }
    }
}
