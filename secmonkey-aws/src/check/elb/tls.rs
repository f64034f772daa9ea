//! Checks of what the listeners of a classic load balancer negotiate.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::BALANCER;
use super::policy::{
    Kind, Policy, is_deprecated, is_export, is_not_recommended, policies, weakness,
};
use crate::check::case::Case;
use crate::check::{AwsCheck, listed};

const READS: Texts = Texts::new(&["/ListenerDescriptions", "/PolicyDescriptions"]);

/// The check of weak ciphers, which some are a part of.
const CIPHERS: Option<Cow<'static, str>> = Some(Cow::Borrowed("elb.listener_weak_ciphers"));
/// The check of deprecated protocols, which some are a part of.
const PROTOCOLS: Option<Cow<'static, str>> = Some(Cow::Borrowed("elb.tls_policy_deprecated"));

/// A check that says of a listener's policy what is wrong, and what that scores.
macro_rules! check {
    ($name:literal, $score:literal, $whole:expr, $finds:expr) => {
        AwsCheck {
            check: Check {
                id: Cow::Borrowed(concat!("elb.", $name)),
                technology: BALANCER,
                score: $score,
                reads: READS,
                part_of: $whole,
                page: Cow::Borrowed(include_str!(concat!($name, ".md"))),
                ..Check::DEFAULT
            },
            run: |case, found| find(case, $finds, found),
        }
    };
}

pub(in crate::check) const CHECKS: &[AwsCheck] = &[
    check!("custom_tls_deprecated_cipher", 5, CIPHERS, |policy| custom(policy, 5, is_deprecated)),
    check!("custom_tls_export_cipher", 7, CIPHERS, |policy| custom(policy, 7, is_export)),
    check!("custom_tls_no_server_cipher_order", 3, None, |policy| {
        let lacks = is_custom(policy) && policy.server_order == Some(false);
        lacks.then(|| (3, "lets the client choose the cipher".to_owned()))
    }),
    check!("custom_tls_not_recommended_cipher", 3, CIPHERS, |policy| {
        custom(policy, 3, is_not_recommended)
    }),
    check!("tls_custom_policy", 2, None, |policy| {
        is_custom(policy).then(|| (2, "has a TLS policy that AWS does not keep".to_owned()))
    }),
    check!("custom_tls_sslv2", 7, PROTOCOLS, |policy| {
        (is_custom(policy) && policy.speaks("SSLv2")).then(|| (7, "accepts SSLv2".to_owned()))
    }),
    check!("custom_tls_sslv3", 5, PROTOCOLS, |policy| {
        (is_custom(policy) && policy.speaks("SSLv3")).then(|| (5, "accepts SSLv3".to_owned()))
    }),
    check!("listener_weak_ciphers", 5, None, |policy| {
        let worst = policy.ciphers().filter_map(weakness).max()?;
        Some((worst, accepts(policy.ciphers().filter(|one| weakness(one).is_some()))))
    }),
    check!("tls_logjam", 3, CIPHERS, |policy| {
        predefined(policy, 3, "dhe-dss", "DHE-DSS ciphers, CVE-2015-4000")
    }),
    check!("tls_no_server_cipher_order", 3, None, |policy| match policy.kind {
        Kind::Predefined(name, Some(known)) if known.has("client-order") => {
            Some((3, format!("lets the client choose the cipher ({name})")))
        }
        _ => None,
    }),
    check!("tls_policy_2015_02_compatibility", 0, None, |policy| match policy.kind {
        Kind::Predefined(name @ "ELBSecurityPolicy-2015-02", _) => {
            Some((0, format!("cannot serve Windows XP ({name})")))
        }
        _ => None,
    }),
    check!("tls_policy_deprecated", 3, None, deprecated),
    check!("tls_policy_deprecated_2011_08", 5, PROTOCOLS, |policy| match policy.kind {
        Kind::Predefined(name @ "ELBSecurityPolicy-2011-08", _) => {
            Some((5, format!("has the policy {name}")))
        }
        _ => None,
    }),
    check!("tls_policy_unknown", 3, None, |policy| match policy.kind {
        Kind::Predefined(name, None) => {
            Some((3, format!("has the policy {name}, which is unknown")))
        }
        _ => None,
    }),
    check!("tls_poodle", 5, PROTOCOLS, |policy| match policy.kind {
        Kind::Predefined(name, Some(known)) if known.allows("ssl3") => {
            Some((5, format!("accepts SSLv3, CVE-2014-3566 ({name})")))
        }
        _ => None,
    }),
    check!("tls_rc4", 5, CIPHERS, |policy| predefined(policy, 5, "rc4", "RC4, CVE-2015-2808")),
    check!("tls_sweet32", 3, CIPHERS, |policy| {
        predefined(policy, 3, "3des", "3DES, CVE-2016-2183")
    }),
];

/// What is wrong with a policy, and what that scores.
type Wrong = Option<(u8, String)>;

/// One finding a listener.
fn find(
    case: &Case<'_>,
    wrong: fn(&Policy<'_>) -> Wrong,
    found: &mut Findings,
) -> Result<(), Undecided> {
    for policy in policies(case.item)? {
        if let Some((score, what)) = wrong(&policy) {
            let Policy { listener, at, .. } = policy;
            found.add(listener, format!("{listener} {what}")).score(score).at(at);
        }
    }
    Ok(())
}

fn is_custom(policy: &Policy<'_>) -> bool {
    matches!(policy.kind, Kind::Custom)
}

/// The ciphers of a policy that somebody made which are such.
fn custom(policy: &Policy<'_>, score: u8, is_such: fn(&str) -> bool) -> Wrong {
    let such = || policy.ciphers().filter(|cipher| is_such(cipher));
    let has = is_custom(policy) && such().next().is_some();
    has.then(|| (score, accepts(such())))
}

/// What is known to be weak about a predefined policy.
fn predefined(policy: &Policy<'_>, score: u8, weakness: &str, called: &str) -> Wrong {
    match policy.kind {
        Kind::Predefined(name, Some(known)) if known.has(weakness) => {
            Some((score, format!("accepts {called} ({name})")))
        }
        _ => None,
    }
}

/// The protocols of any policy that are deprecated, by what AWS says is on and by what is
/// known of its name.
fn deprecated(policy: &Policy<'_>) -> Wrong {
    let known = match policy.kind {
        Kind::Predefined(_, known) => known,
        Kind::Custom => None,
    };
    let protocols = [
        ("SSLv2", "ssl2", "SSLv2", 7),
        ("SSLv3", "ssl3", "SSLv3", 5),
        ("TLSv1", "tls1.0", "TLS 1.0", 3),
        ("TLSv1.1", "tls1.1", "TLS 1.1", 3),
    ];
    let old: Vec<_> = protocols
        .into_iter()
        .filter(|(on, name, ..)| policy.speaks(on) || known.is_some_and(|known| known.allows(name)))
        .collect();
    let score = old.iter().map(|(.., score)| *score).max()?;
    Some((score, accepts(old.iter().map(|(_, _, called, _)| *called))))
}

/// Of more ciphers than this the rest is counted.
const FEW: usize = 4;

/// `accepts A, B and C`.
fn accepts<'a>(what: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = what.collect();
    match all.as_slice() {
        few if few.len() <= FEW => format!("accepts {}", listed(few.iter().copied())),
        many => format!("accepts {} and {} more", many[..FEW - 1].join(", "), many.len() + 1 - FEW),
    }
}
