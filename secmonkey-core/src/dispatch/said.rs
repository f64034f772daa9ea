//! What messages say beside what they tell.

use jiff::Timestamp;

use crate::event::ScanId;
use crate::governance::Subscription;
use crate::notify::Message;
use crate::query::Query;

/// A message that is about all accounts, or about none.
#[expect(clippy::expect_used, reason = "`*` is not empty and has no blank or slash")]
pub(super) fn about_all(title: &str, at: Timestamp) -> Message {
    let account = Message::SEVERAL.parse().expect("`*` is an account id");
    Message::new(account, title, ScanId::at(at), at)
}

/// Why somebody who subscribed is told, and how to stop it.
pub(super) fn why(subscriptions: &[Subscription]) -> (Vec<String>, String) {
    let line = |one: &Subscription| match &one.query {
        Query::All => format!("subscription `{}`: everything", one.name),
        query => format!("subscription `{}`: {query}", one.name),
    };
    let stop = |one: &Subscription| format!("secmonkey subscription remove '{}'", one.name);
    let stops: Vec<_> = subscriptions.iter().map(stop).collect();
    (subscriptions.iter().map(line).collect(), stops.join("; "))
}

/// The same where nobody subscribed.
pub(super) fn why_by_settings(notifier: &str) -> (Vec<String>, String) {
    let why =
        format!("the configuration, which names the notifier `{notifier}`: it is told everything");
    let stop = format!("secmonkey subscription add NAME --outlet {notifier} QUERY");
    (vec![why], stop)
}
