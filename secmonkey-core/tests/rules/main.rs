//! The rules of recording and judging: given what was seen before, when something is
//! seen now, then these events follow.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up fails its test")]

mod attribution;
mod audit;
mod baseline;
mod clock;
mod cut;
mod dispatch;
mod doubt;
mod full;
mod governance;
mod known;
mod parameters;
mod record;
mod running;
mod schedule;
mod silence;
mod simulation;
mod too_large;

use std::borrow::Cow;
use std::sync::LazyLock;

use secmonkey_core::check::{Check, Rule};
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::PROVIDER;

/// What these tests watch.
pub const QUEUE: Technology =
    Technology { provider: PROVIDER, id: Cow::Borrowed("queue"), ..Technology::DEFAULT };

/// Finds a queue that is open.
pub static OPEN: LazyLock<Rule> = LazyLock::new(|| {
    let check = Check {
        id: "queue.open".into(),
        technology: "queue".into(),
        score: 5,
        reads: Texts::new(&["/Open"]),
        page: "# Queue is open".into(),
        ..Check::DEFAULT
    };
    Rule::new(check, |item, _, found| {
        if item.config["Open"] == true {
            found.add("", "open");
        }
        Ok(())
    })
});
