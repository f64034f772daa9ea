//! Messages that go to each of several receivers on their own.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Message;

/// So many messages are remembered that not all of their receivers got.
const REMEMBERED: usize = 64;

/// Who got which message: where one of several receivers did not get it, only that one is tried
/// again. What another process delivered is not known here; the message's id tells receivers.
#[derive(Debug, Default)]
pub struct Receivers(Mutex<VecDeque<(String, HashSet<String>)>>);

impl Receivers {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, HashSet<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a receiver got a message.
    #[must_use]
    pub fn has(&self, message: &Message, receiver: &str) -> bool {
        let got = self.lock();
        got.iter().any(|(id, receivers)| *id == message.id && receivers.contains(receiver))
    }

    /// A receiver got a message.
    pub fn got(&self, message: &Message, receiver: &str) {
        let mut got = self.lock();
        if let Some((_, receivers)) = got.iter_mut().find(|(id, _)| *id == message.id) {
            receivers.insert(receiver.to_owned());
        } else {
            got.truncate(REMEMBERED - 1);
            got.push_front((message.id.clone(), HashSet::from([receiver.to_owned()])));
        }
    }

    /// All receivers got a message: nobody asks any more.
    pub fn forget(&self, message: &Message) {
        self.lock().retain(|(id, _)| *id != message.id);
    }
}
