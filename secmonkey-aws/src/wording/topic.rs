//! Topics.

use std::collections::BTreeSet;

use secmonkey_core::render::Wording;
use serde_json::Value;

use super::list;

/// Who is subscribed to a topic.
pub(crate) const SUBSCRIPTIONS: Wording = Wording::new("/Subscriptions", |old, new| {
    let (old, new) = (subscribed(old), subscribed(new));
    let came = new.difference(&old).map(|one| format!("subscribed {one}"));
    came.chain(old.difference(&new).map(|one| format!("unsubscribed {one}"))).collect()
});

/// `email ana@example.com (account 123456789012)`.
fn subscribed(subscriptions: &Value) -> BTreeSet<String> {
    let one = |one: &Value| {
        let text = |member: &str| one[member].as_str().unwrap_or("?").to_owned();
        format!("{} {} (account {})", text("Protocol"), text("Endpoint"), text("Owner"))
    };
    list(subscriptions).iter().map(one).collect()
}
