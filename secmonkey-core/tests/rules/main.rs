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
mod folding;
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
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use secmonkey_core::check::{Check, Rule};
use secmonkey_core::technology::{Technology, Texts};
use secmonkey_core::testing::PROVIDER;
use secmonkey_core::view::{self, Row, Rows, RowsError, Views};

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

/// Rows that take their time to be written, so that whoever folds them holds up others.
#[derive(Default)]
struct Slow(view::Memory);

impl Rows for Slow {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RowsError> {
        self.0.get(key)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, max: usize) -> Result<Vec<Row>, RowsError> {
        self.0.scan(prefix, after, max)
    }

    fn commit(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), RowsError> {
        std::thread::sleep(Duration::from_millis(20));
        self.0.commit(writes)
    }

    fn clear(&self) -> Result<(), RowsError> {
        self.0.clear()
    }
}

/// Views that take their time.
#[must_use]
pub fn slow_views() -> Views {
    Views::without_search(Arc::new(Slow::default()))
}
