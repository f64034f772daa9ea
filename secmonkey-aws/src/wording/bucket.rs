//! Who may reach buckets, and how they are encrypted.

use std::collections::BTreeSet;

use secmonkey_core::render::Wording;
use serde_json::Value;

use super::list;

/// The grants of an access control list.
pub(crate) const ACL: Wording = Wording::new("/Grants", |old, new| {
    let (old, new) = (grants(old), grants(new));
    let came = new.difference(&old).map(|grant| format!("the ACL grants {grant}"));
    came.chain(old.difference(&new).map(|grant| format!("the ACL no longer grants {grant}")))
        .collect()
});

/// Public access blocks, of a bucket or an account.
pub(crate) const PUBLIC_ACCESS: Wording =
    Wording::new("/PublicAccessBlockConfiguration", |old, new| {
        let (old, new) = (switches(old), switches(new));
        let turned = |how: &str, which: BTreeSet<&&str>| {
            let names: Vec<_> = which.into_iter().copied().collect();
            (!names.is_empty()).then(|| format!("turned {how} {}", names.join(", ")))
        };
        let on = turned("on", new.difference(&old).collect());
        on.into_iter().chain(turned("off", old.difference(&new).collect())).collect()
    });

/// Default encryption.
pub(crate) const ENCRYPTION: Wording =
    Wording::new("/ServerSideEncryptionConfiguration", |old, new| {
        let (old, new) = (encryption(old), encryption(new));
        if old == new {
            return Vec::new();
        }
        vec![format!("default encryption changed from {old} to {new}")]
    });

/// `READ to everybody`.
fn grants(list_of_grants: &Value) -> BTreeSet<String> {
    let said = |grant: &Value| {
        let grantee = &grant["Grantee"];
        let to = match grantee["URI"].as_str() {
            Some(uri) => match uri.rsplit('/').next() {
                Some("AllUsers") => "everybody",
                Some("AuthenticatedUsers") => "every AWS account",
                Some("LogDelivery") => "the log delivery of S3",
                _ => uri,
            },
            None => grantee["ID"].as_str().or_else(|| grantee["EmailAddress"].as_str())?,
        };
        Some(format!("{} to {to}", grant["Permission"].as_str()?))
    };
    list(list_of_grants).iter().filter_map(said).collect()
}

/// The switches that are on.
fn switches(block: &Value) -> BTreeSet<&str> {
    let members = block.as_object().into_iter().flatten();
    members.filter(|(_, on)| on.as_bool() == Some(true)).map(|(name, _)| name.as_str()).collect()
}

/// `AES256`, `aws:kms with the key ...`, `none`.
fn encryption(configuration: &Value) -> String {
    let rules = list(&configuration["Rules"]);
    let rule = |rule: &Value| {
        let default = &rule["ApplyServerSideEncryptionByDefault"];
        let algorithm = default["SSEAlgorithm"].as_str()?;
        Some(match default["KMSMasterKeyID"].as_str() {
            Some(key) => format!("{algorithm} with the key {key}"),
            None => algorithm.to_owned(),
        })
    };
    let all: Vec<_> = rules.iter().filter_map(rule).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
