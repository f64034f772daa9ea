//! What was taken off a queue, and what is still to be looked at for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::Instant;

use crate::account::{Account, AccountId};
use crate::attribution::{Ack, Call};
use crate::item::Key;
use crate::watch::Wanted;

/// Items of an account to look at, each with the calls that name it and the deliveries they are
/// from.
pub(super) type Wants = BTreeMap<Key, Want>;

#[derive(Clone)]
pub(super) struct Want {
    pub(super) wanted: Wanted,
    pub(super) calls: Vec<Call>,
    pub(super) deliveries: BTreeSet<u64>,
    /// Whether the look before saw nothing of what the calls tell.
    pub(super) again: bool,
}

/// What was taken over and is not done.
#[derive(Default)]
pub(super) struct Open {
    /// How many deliveries there were.
    count: u64,
    pub(super) deliveries: BTreeMap<u64, Waiting>,
    /// What is to be looked at.
    wants: BTreeMap<AccountId, (Account, Wants)>,
    /// The accounts that are looked at now.
    busy: BTreeSet<AccountId>,
    /// What is to be looked at once more, and when; the soonest first.
    later: VecDeque<(Instant, Account, Wants)>,
}

/// A delivery that is not acknowledged yet.
pub(super) struct Waiting {
    ack: Ack,
    /// The accounts in which something that it names is not looked at yet.
    pub(super) accounts: BTreeSet<AccountId>,
    /// Whether a look failed.
    failed: bool,
}

impl Waiting {
    pub(super) fn new(ack: Ack) -> Self {
        Self { ack, accounts: BTreeSet::new(), failed: false }
    }
}

impl Open {
    pub(super) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Takes note of items to look at.
    pub(super) fn want(&mut self, account: Account, wants: Wants) {
        for number in wants.values().flat_map(|want| &want.deliveries) {
            if let Some(waiting) = self.deliveries.get_mut(number) {
                waiting.accounts.insert(account.id.clone());
            }
        }
        let (_, known) =
            self.wants.entry(account.id.clone()).or_insert_with(|| (account, Wants::new()));
        for (key, mut want) in wants {
            match known.get_mut(&key) {
                Some(known) => {
                    known.calls.append(&mut want.calls);
                    known.deliveries.append(&mut want.deliveries);
                    known.again &= want.again;
                }
                None => {
                    known.insert(key, want);
                }
            }
        }
    }

    /// The next account to look at.
    pub(super) fn next(&mut self) -> Option<(Account, Wants)> {
        let id = self.wants.keys().find(|id| !self.busy.contains(*id))?.clone();
        let (account, wants) = self.wants.remove(&id)?;
        self.busy.insert(id);
        Some((account, wants))
    }

    /// An account was looked at, of which these deliveries named items; of these it failed.
    pub(super) fn landed(
        &mut self,
        account: &AccountId,
        named: &BTreeSet<u64>,
        failed: &BTreeSet<u64>,
    ) {
        self.busy.remove(account);
        let again: BTreeSet<u64> = self
            .wants
            .get(account)
            .into_iter()
            .flat_map(|(_, wants)| wants.values())
            .flat_map(|want| want.deliveries.iter().copied())
            .collect();
        for number in named {
            if let Some(waiting) = self.deliveries.get_mut(number) {
                waiting.failed |= failed.contains(number);
                if !again.contains(number) {
                    waiting.accounts.remove(account);
                }
            }
        }
    }

    /// Takes note of items to look at later.
    pub(super) fn want_later(&mut self, at: Instant, account: Account, wants: Wants) {
        if !wants.is_empty() {
            self.later.push_back((at, account, wants));
        }
    }

    /// When something is to be looked at that waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.later.front().map(|(at, ..)| *at)
    }

    /// What waited until now is to be looked at.
    pub(super) fn wake(&mut self, now: Instant) {
        while self.due().is_some_and(|at| at <= now) {
            let Some((_, account, wants)) = self.later.pop_front() else { return };
            self.want(account, wants);
        }
    }

    /// What takes the deliveries off the queue that are done; those of which a look failed come
    /// again.
    pub(super) fn done(&mut self) -> Vec<Ack> {
        let all = std::mem::take(&mut self.deliveries).into_iter();
        let (done, open): (BTreeMap<_, _>, _) =
            all.partition(|(_, waiting)| waiting.accounts.is_empty());
        self.deliveries = open;
        done.into_values().filter(|waiting| !waiting.failed).map(|waiting| waiting.ack).collect()
    }
}
