//! Judges queues.

use std::borrow::Cow;

use secmonkey_core::check::{Catalogue, Check, Findings, Rule, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_core::texts::Texts;

/// The check: its id for ever, what it reads, the page that people read.
const EVERYBODY_READS: Check = Check {
    id: Cow::Borrowed("queue.everybody_reads"),
    technology: Cow::Borrowed("queue"),
    score: 7,
    reads: Texts::new(&["/Readers"]),
    page: Cow::Borrowed("# Queue can be read by everybody\n\n**Fix:** name the readers.\n"),
    ..Check::DEFAULT
};

/// A catalogue is an auditor; rules that are no functions implement `Auditor` themselves.
pub fn auditor() -> Catalogue {
    Catalogue::new([Rule::new(EVERYBODY_READS, everybody_reads)])
}

/// Pure: the same item gets the same answer at any time.
#[expect(clippy::unnecessary_wraps, reason = "other checks cannot always know")]
fn everybody_reads(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    for (at, reader) in item.config["Readers"].as_array().into_iter().flatten().enumerate() {
        if reader == "everybody" {
            // The subject is part of the name for ever, so never an index; the
            // evidence is where to look today.
            found.add("everybody", "every account reads it").at(format!("/Readers/{at}"));
        }
    }
    Ok(())
}
