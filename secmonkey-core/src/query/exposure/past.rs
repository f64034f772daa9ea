//! The past of checks that look at the world or at the clock: the world is made anew as the log
//! tells it, once for all items, and each check is asked where an audit or a scan had come to its
//! end, and where somebody said between scans which accounts and networks are ours.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Asking, Error, Life, Moment, is_before};
use crate::audit::checks;
use crate::check::{Check, Findings, World};
use crate::event::{Event, Position, Running};
use crate::pipeline;
use crate::replay::{ChangeKind, change_of};
use crate::view::Views;

/// How many events are read at once.
const PAGE: usize = 1_000;

/// Asks about the past of items, up to where each check judged itself.
pub(super) async fn judge(asking: &Asking<'_>, lives: &mut [Life]) -> Result<(), Error> {
    let wanted: BTreeMap<&str, &Check> = checks(asking.auditors)
        .filter(|check| lives.iter().any(|life| life.worldly.contains(&check.id)))
        .map(|check| (check.id.as_ref(), check))
        .collect();
    let last = lives.iter().flat_map(|life| life.worldly.iter().map(|check| &life.first[check]));
    let last = last.map(|first| first.as_ref().map_or(Position(u64::MAX), |first| first.start));
    let last = last.max().unwrap_or(Position(0)).min(asking.end);
    let mut technologies: BTreeSet<&str> =
        wanted.values().flat_map(|check| check.world.iter()).collect();
    technologies.extend(wanted.values().map(|check| check.technology.as_ref()));
    let asks_all = ["known", "accounts"].iter().any(|all| technologies.contains(all));
    let asks_time = wanted.values().any(|check| check.timed);
    let mut past =
        Past { views: asking.known.views.as_of(asking.log, Position(0)).await?, changed: None };
    let mut running = Running::default();
    // The audits up to a cut are gone: what is left of that time is asked about where it ends.
    let mut cut = asking.log.cut().await?;
    let mut at = Position(0);
    while at < last {
        let page = asking.log.read_all(at, PAGE).await?;
        let Some(end) = page.last() else { break };
        at = end.position;
        let mut page = page.iter().take_while(|envelope| envelope.position <= last).peekable();
        while let Some(envelope) = page.next() {
            if let Some(cut) = cut.take_if(|cut| cut.through < envelope.position) {
                past.ask(asking, lives, cut.through, cut.since).await?;
            }
            let makes_change =
                ChangeKind::of(&envelope.event).is_some() || change_of(&envelope.event).is_some();
            let concerns = match envelope.stream.as_item() {
                Some(key) => {
                    makes_change && (asks_all || technologies.contains(key.technology.as_str()))
                }
                None => asks_all && envelope.event.is_of_known_world(),
            };
            if concerns {
                past.changed = Some(envelope.recorded_at);
            }
            running.event(envelope);
            let was_judged = matches!(envelope.event, Event::AuditFinished(_));
            // What is said at once is one change.
            let goes_on = page.peek().is_some_and(|next| {
                next.event.is_of_known_world() && next.recorded_at == envelope.recorded_at
            });
            let is_at_rest = cut.is_none() && running.is_empty() && !goes_on;
            if (was_judged && asks_time) || (was_judged || is_at_rest) && past.changed.is_some() {
                past.ask(asking, lives, envelope.position, envelope.recorded_at).await?;
            }
        }
    }
    if past.changed.is_some() && lives.iter().any(has_never_judged) {
        past.ask(asking, lives, last, asking.known.now).await?;
    }
    Ok(())
}

fn has_never_judged(life: &Life) -> bool {
    life.worldly.iter().any(|check| life.first[check].is_none())
}

/// The world as the log has told it so far.
struct Past {
    views: Views,
    /// When something last changed that the checks look at, since they were last asked.
    changed: Option<Timestamp>,
}

impl Past {
    /// Asks the checks that have not judged by a position.
    async fn ask(
        &mut self,
        asking: &Asking<'_>,
        lives: &mut [Life],
        position: Position,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.views.fold(asking.log, position).await?;
        let changed = self.changed.take();
        let accounts = self.views.accounts()?;
        let facts = pipeline::facts(&self.views);
        let world = World::new(now, &accounts, &facts);
        for life in lives {
            let asked: BTreeSet<_> = life
                .worldly
                .iter()
                .filter(|check| is_before(position, life.first[*check].as_ref()))
                .cloned()
                .collect();
            let Some(row) = self.views.item(&life.row.key)?.filter(|_| !asked.is_empty()) else {
                continue;
            };
            // Without any change it is the clock that brought it.
            let moment = Moment { revision: row.revision, at: changed.unwrap_or(now) };
            if row.deleted {
                for check in &asked {
                    life.timeline.end_others(check, &BTreeSet::new(), moment);
                }
                continue;
            }
            let only = asked.clone();
            let found = Findings::only(move |check| only.contains(&check.id));
            let (auditors, governance) = (asking.auditors, asking.governance);
            let verdict =
                pipeline::verdict(found, auditors, &self.views, &row, &world, governance)?;
            life.judged(&verdict, &asked, moment);
        }
        Ok(())
    }
}
