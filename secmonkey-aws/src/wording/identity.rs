//! Users, groups and roles.

use secmonkey_core::render::Wording;
use serde_json::Value;

use super::{came_and_went, list};

/// The managed policies that are attached.
pub(crate) const ATTACHED: Wording = Wording::new("/AttachedManagedPolicies", |old, new| {
    came_and_went(old, new, "/PolicyArn", ("attached the policy", "detached the policy"))
});

/// The groups of a user.
pub(crate) const GROUPS: Wording = Wording::new("/GroupList", |old, new| {
    came_and_went(old, new, "", ("joined the group", "left the group"))
});

/// The MFA devices of a user.
pub(crate) const MFA_DEVICES: Wording = Wording::new("/MFADevices", |old, new| {
    came_and_went(old, new, "/SerialNumber", ("added the MFA device", "removed the MFA device"))
});

/// The password for the console.
pub(crate) const PASSWORD: Wording = Wording::new("/LoginProfile", |old, new| {
    let said = match (old, new) {
        (Value::Null, _) => "set a password for the console",
        (_, Value::Null) => "removed the password for the console",
        (old, new) if old["CreateDate"] != new["CreateDate"] => {
            "set another password for the console"
        }
        _ => return Vec::new(),
    };
    vec![said.to_owned()]
});

/// The access keys of a user.
pub(crate) const ACCESS_KEYS: Wording = Wording::new("/AccessKeys", |old, new| {
    let mut said = came_and_went(
        old,
        new,
        "/AccessKeyId",
        ("created the access key", "deleted the access key"),
    );
    for key in list(new) {
        let before = list(old).iter().find(|before| before["AccessKeyId"] == key["AccessKeyId"]);
        if let (Some(before), Some(id)) = (before, key["AccessKeyId"].as_str()) {
            match (before["Status"].as_str(), key["Status"].as_str()) {
                (Some(before), Some(now)) if before != now => {
                    said.push(format!("made the access key {id} {}", now.to_lowercase()));
                }
                _ => {}
            }
        }
    }
    said
});
