//! Checks of domains of OpenSearch and Elasticsearch.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;
use serde_json::Value;

use super::AwsCheck;
use super::case::Case;
use super::resource_policy::Idle;
use super::subject::Whole;

const DOMAIN: Cow<'static, str> = Cow::Borrowed("elasticsearch_domain");

const AT_REST: &str = "/EncryptionAtRestOptions/Enabled";
const HTTPS: &str = "/DomainEndpointOptions/EnforceHTTPS";
const NODE_TO_NODE: &str = "/NodeToNodeEncryptionOptions/Enabled";
const TLS_POLICY: &str = "/DomainEndpointOptions/TLSSecurityPolicy";

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("elasticsearch_domain.https_not_enforced"),
            technology: DOMAIN,
            score: 3,
            reads: Texts::new(&[HTTPS]),
            page: Cow::Borrowed(include_str!("elasticsearch_domain/https_not_enforced.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_off(case, HTTPS, "the domain answers without TLS", found);
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("elasticsearch_domain.node_to_node_unencrypted"),
            technology: DOMAIN,
            score: 2,
            reads: Texts::new(&[NODE_TO_NODE]),
            page: Cow::Borrowed(include_str!("elasticsearch_domain/node_to_node_unencrypted.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_off(case, NODE_TO_NODE, "its nodes talk to each other in the clear", found);
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("elasticsearch_domain.tls_policy_deprecated"),
            technology: DOMAIN,
            score: 3,
            reads: Texts::new(&[TLS_POLICY]),
            page: Cow::Borrowed(include_str!("elasticsearch_domain/tls_policy_deprecated.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if case.item.config.pointer(TLS_POLICY).is_some_and(|policy| policy == WITH_TLS_1_0) {
                let detail = format!("{WITH_TLS_1_0} allows TLS 1.0 and TLS 1.1");
                found.add(Whole, detail).at(TLS_POLICY);
            }
            Ok(())
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("elasticsearch_domain.unencrypted_at_rest"),
            technology: DOMAIN,
            score: 4,
            reads: Texts::new(&[AT_REST]),
            page: Cow::Borrowed(include_str!("elasticsearch_domain/unencrypted_at_rest.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            find_off(case, AT_REST, "the domain is not encrypted at rest", found);
            Ok(())
        },
    },
];

/// The only policy that allows what RFC 8996 deprecates.
const WITH_TLS_1_0: &str = "Policy-Min-TLS-1-0-2019-07";

/// Finds that a setting is off. AWS tells each setting of a domain, or it does not know it.
fn find_off(case: &Case<'_>, setting: &str, detail: &str, found: &mut Findings) {
    let value = case.item.config.pointer(setting);
    if value != Some(&Value::Bool(true)) {
        let finding = found.add(Whole, detail);
        if value.is_some() {
            finding.at(setting);
        }
    }
}

/// The members that say what stands between the internet and a domain beside its policy.
pub(super) const REACH: &[&str] = &[
    "/AdvancedSecurityOptions/AnonymousAuthEnabled",
    "/AdvancedSecurityOptions/Enabled",
    "/VPCOptions/VPCId",
];

/// The most that somebody who is let in scores where they have to sign in, too.
const SIGN_IN: u8 = 7;

/// What stands between the internet and a domain beside its policy.
pub(super) fn idle(item: &Item) -> Option<(u8, &'static str)> {
    if item.config["VPCOptions"]["VPCId"].is_string() {
        return Some((Idle::SCORE, "only who is inside its VPC reaches the domain"));
    }
    let security = &item.config["AdvancedSecurityOptions"];
    let signs_in = security["Enabled"] == true && security["AnonymousAuthEnabled"] != true;
    signs_in.then_some((SIGN_IN, "fine-grained access control asks everybody to sign in"))
}
