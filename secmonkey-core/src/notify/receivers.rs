//! Messages that go to each of several receivers on their own.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Error, Message};

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

    /// Sends a message to each receiver who did not get it yet, one after the other. One that
    /// fails keeps it from no other; where one is [late](Error::Late), the others would wait as
    /// long, for nothing.
    ///
    /// # Errors
    /// Why somebody did not get it: what may be mended by waiting, where that is why for one of
    /// them.
    pub async fn each<'r, T, Sent>(
        &self,
        message: &Message,
        receivers: &'r [T],
        name: impl Fn(&T) -> &str,
        send: impl Fn(&'r T) -> Sent,
    ) -> Result<(), Error>
    where
        Sent: Future<Output = Result<(), Error>>,
    {
        let mut worst = None;
        for receiver in receivers.iter().filter(|one| !self.has(message, name(one))) {
            match send(receiver).await {
                Ok(()) => self.got(message, name(receiver)),
                Err(late @ Error::Late(_)) => return Err(late),
                Err(error) if worst.is_none() || matches!(error, Error::Unavailable(_)) => {
                    worst = Some(error);
                }
                Err(_) => {}
            }
        }
        if let Some(error) = worst {
            return Err(error);
        }
        // Nobody asks any more.
        self.lock().retain(|(id, _)| *id != message.id);
        Ok(())
    }

    fn has(&self, message: &Message, receiver: &str) -> bool {
        let got = self.lock();
        got.iter().any(|(id, receivers)| *id == message.id && receivers.contains(receiver))
    }

    fn got(&self, message: &Message, receiver: &str) {
        let mut got = self.lock();
        if let Some((_, receivers)) = got.iter_mut().find(|(id, _)| *id == message.id) {
            receivers.insert(receiver.to_owned());
        } else {
            got.truncate(REMEMBERED - 1);
            got.push_front((message.id.clone(), HashSet::from([receiver.to_owned()])));
        }
    }
}
