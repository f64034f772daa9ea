//! What a ticket remembers: which of its issues stand, and which messages it was told.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::told::Told;

/// So many issues are remembered by id: a property of a ticket holds 32 KB.
const REMEMBERED: usize = 500;
/// So many messages.
const MESSAGES: usize = 20;

/// What a ticket remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The issues that stand.
    open: BTreeSet<String>,
    /// There were more than can be remembered: the ticket is never closed by itself.
    is_full: bool,
    /// The last messages.
    messages: Vec<String>,
}

impl State {
    /// Takes in what a message tells; `false` where it was told before.
    pub fn take(&mut self, message: &str, told: &[&Told<'_>]) -> bool {
        if self.messages.iter().any(|known| known == message) {
            return false;
        }
        self.messages.push(message.to_owned());
        let surplus = self.messages.len().saturating_sub(MESSAGES);
        self.messages.drain(..surplus);
        for one in told {
            match one.calls {
                Some(true) if self.open.len() >= REMEMBERED => self.is_full = true,
                Some(true) => {
                    self.open.insert(one.id());
                }
                Some(false) => {
                    self.open.remove(&one.id());
                }
                None => {}
            }
        }
        true
    }

    /// Whether nobody has to do anything about the ticket.
    pub fn is_clear(&self) -> bool {
        self.open.is_empty() && !self.is_full
    }

    /// How many issues stand, in words.
    pub fn count(&self) -> String {
        match (self.open.len(), self.is_full) {
            (1, false) => "1 issue".to_owned(),
            (more, false) => format!("{more} issues"),
            (more, true) => format!("more than {more} issues"),
        }
    }

    /// As a ticket keeps it.
    pub fn written(&self) -> Value {
        json!({ "open": self.open, "full": self.is_full, "messages": self.messages })
    }

    /// As a ticket kept it; people may have changed it.
    pub fn read(value: &Value) -> Self {
        let texts = |value: &Value| -> Vec<String> {
            let all = value.as_array().into_iter().flatten();
            all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        Self {
            open: texts(&value["open"]).into_iter().collect(),
            is_full: value["full"] == true,
            messages: texts(&value["messages"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_whatever_people_made_of_it() {
        let state = State {
            open: BTreeSet::from(["a".to_owned()]),
            is_full: true,
            messages: vec!["m".to_owned()],
        };
        assert_eq!(State::read(&state.written()), state);
        for odd in [json!(null), json!([]), json!({ "open": 3, "messages": [1], "full": "yes" })] {
            assert_eq!(State::read(&odd), State::default());
        }
    }
}
