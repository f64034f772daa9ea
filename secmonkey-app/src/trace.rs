//! What the libraries tell, in words.

use std::fmt::{self, Write as _};

use secmonkey_core::outside::redacted;
use secmonkey_core::render::visible;
use serde_json::{Map, Value};
use tracing::Event;
use tracing::field::{Field, Visit};

/// The library of a target: `aws` of `secmonkey_aws::session`.
#[must_use]
pub fn library(target: &str) -> &str {
    let name = target.split("::").next().unwrap_or(target);
    name.strip_prefix("secmonkey_").unwrap_or(name)
}

/// What an event says: its message, and ` name=value` for each field.
#[derive(Debug, Default)]
pub struct Words {
    message: String,
    fields: String,
}

impl Words {
    /// What an event says.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Self {
        let mut words = Self::default();
        event.record(&mut words);
        words
    }

    /// The same in one line, without anything that steers a terminal.
    #[must_use]
    pub fn line(&self) -> String {
        let said = format!("{}{}", self.message, self.fields);
        // What a field holds may be many lines.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        visible(&said).into_owned()
    }
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A `String` takes all that is written to it.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// What an event says, as members of a JSON object: `message`, and each field under its name.
/// Secrets are masked in each text, before it is written as JSON: there an escape may stand
/// within a secret, and what is masked may end a text early.
#[derive(Debug, Default)]
pub struct Members(Map<String, Value>);

impl Members {
    /// What an event says.
    #[must_use]
    pub fn of(event: &Event<'_>) -> Map<String, Value> {
        let mut members = Self::default();
        event.record(&mut members);
        members.0
    }

    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Members {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, redacted(value).into_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, redacted(&format!("{value:?}")).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::Subscriber;
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<(String, Value)>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            let one = (Words::of(event).line(), Members::of(event).into());
            self.0.lock().unwrap().push(one);
        }
    }

    #[test]
    fn fields_stand_behind_the_message_in_their_order() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        tracing::subscriber::with_default(subscriber, || {
            let (scope, items) = ("prod/s3_bucket/global", 3_u64);
            tracing::info!(scope, items, why = %"a: b", "read in part");
            tracing::debug!(name = ?Some("x"), "{} and {}", 1, 2);
            tracing::error!(name = "a\u{1b}[2J\u{200b}\n  b", "no");
        });
        let kept = kept.0.lock().unwrap();
        let lines: Vec<_> = kept.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "read in part scope=prod/s3_bucket/global items=3 why=a: b",
                "1 and 2 name=Some(\"x\")",
                r"no name=a\u{1b}[2J\u{200b} b",
            ]
        );
        assert_eq!(
            kept[0].1,
            json!({"message": "read in part", "scope": "prod/s3_bucket/global", "items": 3, "why": "a: b"})
        );
    }

    #[test]
    fn secrets_are_masked_in_each_member() {
        secmonkey_core::outside::keep_out("horse\"battery\\staple");
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        tracing::subscriber::with_default(subscriber, || {
            let secret = "horse\"battery\\staple";
            tracing::info!(secret, again = ?secret, shown = %secret, number = 7, "it is {secret}");
        });
        let kept = kept.0.lock().unwrap();
        assert_eq!(
            kept[0].1,
            json!({
                "message": "it is ***", "secret": "***", "again": "\"***\"", "shown": "***",
                "number": 7,
            })
        );
    }

    #[test]
    fn a_library_is_named_without_our_own_name() {
        assert_eq!(library("secmonkey_core::pipeline"), "core");
        assert_eq!(library("secmonkeyd"), "secmonkeyd");
    }
}
