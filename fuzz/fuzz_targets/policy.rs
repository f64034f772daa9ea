//! Policies made of arbitrary bytes: whatever they are, there is an answer and no panic,
//! and the answers agree with each other.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use secmonkey_policy::exposure::{Kind, Resource};
use secmonkey_policy::identity::Identity;
use secmonkey_policy::{Exposure, Policy};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(json) = serde_json::from_slice::<Value>(bytes) else { return Corpus::Reject };
    let policy = match Policy::read(&json) {
        Ok(policy) => policy,
        Err(malformed) => {
            assert!(!malformed.faults.is_empty());
            assert!(!malformed.to_string().is_empty());
            for fault in malformed.faults {
                let place = json.pointer(&fault.pointer);
                assert!(place.is_some(), "nothing stands at {}", fault.pointer);
            }
            return Corpus::Keep;
        }
    };
    for statement in &policy.statements {
        assert!(json.pointer(&statement.pointer).is_some());
        for condition in &statement.conditions {
            assert!(json.pointer(&condition.pointer).is_some());
        }
    }
    for kind in [Kind::Bucket, Kind::Role, Kind::Other] {
        for owner in [None, Some("111122223333")] {
            let open = Exposure::of(&policy, Resource { kind, owner, restricted: false });
            for grant in &open.grants {
                assert!(grant.statement < policy.statements.len());
            }
            let closed = Exposure::of(&policy, Resource { kind, owner, restricted: true });
            assert!(kind != Kind::Bucket || !closed.is_public());
            assert!(closed.grants.len() <= open.grants.len());
        }
    }
    let permissions = Identity::new().with("inline/policy", &policy).permissions();
    let bounded = Identity::new().with("inline/policy", &policy).bounded_by("boundary", &policy);
    assert!(permissions.full_admin().is_some() || bounded.permissions().full_admin().is_none());
    permissions.escalations();
    permissions.permissions_management();
    permissions.exfiltration();
    permissions.credentials_exposure();
    permissions.actions_by_access_level();
    Corpus::Keep
});
