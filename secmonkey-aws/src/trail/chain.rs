//! Chains of roles: who took on the role that called.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use secmonkey_core::attribution::Who;
use serde_json::Value;

/// So many sessions are remembered: those of a busy hour.
const SESSIONS: usize = 20_000;
/// A chain of more roles is none that people make.
const LONGEST: usize = 8;

/// Who took on which session, by the key that it was given.
#[derive(Debug, Default)]
pub(super) struct Chains(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_key: HashMap<String, Vec<String>>,
    order: VecDeque<String>,
}

impl Chains {
    /// Who took on the role of a record's caller, the first first; empty where that was not
    /// seen.
    pub(super) fn of(&self, record: &Value) -> Vec<String> {
        let Some(key) = record["userIdentity"]["accessKeyId"].as_str() else { return Vec::new() };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_key.get(key).cloned().unwrap_or_default()
    }

    /// Remembers the session that a record gives out.
    pub(super) fn learn(&self, record: &Value, who: &Who) {
        let name = record["eventName"].as_str().unwrap_or_default();
        let key = record["responseElements"]["credentials"]["accessKeyId"].as_str();
        let (true, Some(key)) = (name.starts_with("AssumeRole"), key) else { return };
        // A service takes on its role on nobody's behalf.
        if who.kind == "service" {
            return;
        }
        let mut chain = who.chain.clone();
        let mut taker = who.principal.clone();
        if let Some(session) = &who.session {
            taker.extend(["/", session.as_str()]);
        }
        chain.push(taker);
        chain.truncate(LONGEST);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by_key.insert(key.to_owned(), chain).is_none() {
            known.order.push_back(key.to_owned());
        }
        if known.order.len() > SESSIONS
            && let Some(oldest) = known.order.pop_front()
        {
            known.by_key.remove(&oldest);
        }
    }
}
