//! What settles: the changes of an account, or the decisions of a person, that belong together.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::event::{Position, Settled, SettledOf};
use crate::notify::{Message, MessageKind};

/// How long it takes until something has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// So long nothing more has come.
    pub quiet: SignedDuration,
    /// So long it takes at most, however much comes.
    pub most: SignedDuration,
}

impl Default for Settle {
    fn default() -> Self {
        Self { quiet: SignedDuration::from_secs(30), most: SignedDuration::from_mins(5) }
    }
}

/// A part of what settles, and when the log says that it was complete.
type Piece = (Message, Timestamp);

/// What has not settled yet. Which pieces belong together follows from the times in the log
/// alone.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    settle: Settle,
    pieces: BTreeMap<SettledOf, VecDeque<Piece>>,
}

/// What a message settles with.
pub(super) fn of(message: &Message) -> SettledOf {
    match message.decisions.first() {
        Some(decision) if message.kind == MessageKind::Decisions => {
            SettledOf::Decisions(decision.by.clone())
        }
        // Whoever registers fifty accounts wants one message.
        _ if is_first_look(message) => SettledOf::FirstLooks,
        _ => SettledOf::Account(message.account.clone()),
    }
}

/// Whether a message tells only what was found where nobody looked before.
fn is_first_look(message: &Message) -> bool {
    message.baseline.is_some() && message.changes.is_empty() && message.issues.is_empty()
}

impl Unsettled {
    pub(super) fn new(settle: Settle) -> Self {
        Self { settle, pieces: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, message: Message, at: Timestamp) {
        self.pieces.entry(of(&message)).or_default().push_back((message, at));
    }

    /// Where the events begin of what has not settled.
    pub(super) fn from(&self) -> Option<Position> {
        self.pieces.values().flatten().map(|(message, _)| message.from).min()
    }

    /// When the next has settled.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.pieces.values().filter_map(|pieces| Some(self.first(pieces)?.1)).min()
    }

    /// What has settled by a time, in the order it came to its end.
    pub(super) fn by(&self, now: Timestamp) -> Vec<Settled> {
        let mut all = Vec::new();
        for (of, pieces) in &self.pieces {
            let mut rest = pieces.clone();
            while let Some((count, due)) = self.first(&rest) {
                if due > now {
                    break;
                }
                all.extend(settled(of, rest.drain(..count).map(|(message, _)| message)));
            }
        }
        all.sort_by_key(|one| one.last);
        all
    }

    /// How many pieces settle first, and when.
    fn first(&self, pieces: &VecDeque<Piece>) -> Option<(usize, Timestamp)> {
        let (_, begin) = pieces.front()?;
        let latest = begin.saturating_add(self.settle.most).unwrap_or(Timestamp::MAX);
        let due = |last: Timestamp| {
            last.saturating_add(self.settle.quiet).unwrap_or(Timestamp::MAX).min(latest)
        };
        let (mut count, mut end) = (0, due(*begin));
        for (_, at) in pieces {
            if *at > end {
                break;
            }
            (count, end) = (count + 1, due(*at));
        }
        Some((count, end))
    }

    /// Takes what the log says has settled.
    pub(super) fn take(&mut self, settled: &Settled) -> Vec<Message> {
        let Some(pieces) = self.pieces.get_mut(&settled.of) else { return Vec::new() };
        let mut taken = Vec::new();
        while let Some((message, _)) =
            pieces.pop_front_if(|(message, _)| message.position <= settled.last)
        {
            if message.position >= settled.first {
                taken.push(message);
            }
        }
        if pieces.is_empty() {
            self.pieces.remove(&settled.of);
        }
        taken
    }
}

fn settled(of: &SettledOf, pieces: impl Iterator<Item = Message>) -> Option<Settled> {
    pieces.fold(None, |all: Option<Settled>, piece| {
        let (from, at) = (piece.from, piece.position);
        Some(match all {
            None => Settled { of: of.clone(), from, first: at, last: at },
            Some(all) => Settled { from: all.from.min(from), last: at, ..all },
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::ScanId;
    use crate::notify::Baseline;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + second).unwrap()
    }

    fn unsettled(pieces: &[(u64, i64)]) -> Unsettled {
        let mut all = Unsettled::new(Settle::default());
        for (position, second) in pieces {
            let time = at(*second);
            let empty = Message::new("1".parse().unwrap(), "one", ScanId::at(time), time);
            let position = Position(*position);
            all.add(Message { position, from: Position(position.0 - 1), ..empty }, time);
        }
        all
    }

    fn groups(settled: &[Settled]) -> Vec<(u64, u64)> {
        settled.iter().map(|one| (one.first.0, one.last.0)).collect()
    }

    #[test]
    fn what_comes_close_together_is_one_thing() {
        let all = unsettled(&[(10, 0), (20, 30), (30, 61)]);
        assert_eq!(all.next(), Some(at(60)));
        assert!(all.by(at(59)).is_empty());
        assert_eq!(groups(&all.by(at(60))), [(10, 20)]);
        assert_eq!(groups(&all.by(at(91))), [(10, 20), (30, 30)]);
        assert_eq!(all.from(), Some(Position(9)));
    }

    #[test]
    fn first_looks_of_many_accounts_are_one_thing() {
        let mut all = Unsettled::new(Settle::default());
        for (account, position) in [("1", 10), ("2", 20), ("3", 30)] {
            let empty = Message::new(account.parse().unwrap(), "one", ScanId::at(at(0)), at(0));
            let position = Position(position);
            let baseline = Some(Baseline::default());
            let message = Message { position, from: position, baseline, ..empty };
            all.add(message.clone(), at(0));
            // What changed meanwhile in one of them is a thing of its own.
            if account == "2" {
                let baseline = None;
                all.add(Message { position: Position(25), baseline, ..message }, at(0));
            }
        }
        let settled = all.by(at(60));
        assert_eq!(groups(&settled), [(25, 25), (10, 30)]);
        assert_eq!(settled[1].of, SettledOf::FirstLooks);
    }

    #[test]
    fn what_never_ends_settles_after_five_minutes() {
        let endless: Vec<_> = (0..30).map(|n| (10 + n, i64::try_from(n).unwrap() * 20)).collect();
        let all = unsettled(&endless);
        assert_eq!(all.next(), Some(at(300)));
        assert_eq!(groups(&all.by(at(300))), [(10, 25)]);
    }

    proptest! {
        /// Whoever reads what settled, and takes it away at any time, gets the same groups as
        /// one who waits until the end.
        #[test]
        fn groups_follow_from_the_log_alone(
            gaps in proptest::collection::vec(0_i64..90, 1..30),
            looks in proptest::collection::vec(any::<bool>(), 30),
        ) {
            let mut time = 0;
            let pieces: Vec<_> = gaps.iter().enumerate().map(|(index, gap)| {
                time += gap;
                (10 + index as u64, time)
            }).collect();
            let end = at(time + 1_000);
            let whole = groups(&unsettled(&pieces).by(end));

            let mut stepped = Unsettled::new(Settle::default());
            let mut seen = Vec::new();
            for ((position, second), looks) in pieces.iter().zip(looks) {
                let mut one = unsettled(&[(*position, *second)]);
                // Whoever looks before this one came sees all that was there by then.
                if looks {
                    let before = at(*second).checked_sub(SignedDuration::from_nanos(1)).unwrap();
                    for settled in stepped.by(before) {
                        stepped.take(&settled);
                        seen.push(settled);
                    }
                }
                let pieces = one.pieces.pop_first().unwrap().1;
                for (message, at) in pieces {
                    stepped.add(message, at);
                }
            }
            seen.extend(stepped.by(end));
            prop_assert_eq!(groups(&seen), whole);
        }
    }
}
