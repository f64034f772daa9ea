//! Judges queues.

use secmonkey_core::check::{Catalogue, Check, Findings, Undecided, World};
use secmonkey_core::item::Item;

/// The rule: its id for ever, what it reads, the page that people read.
static EVERYBODY_READS: Check = Check {
    id: "queue.everybody_reads",
    technology: crate::watcher::QUEUE.id,
    version: 1,
    score: 7,
    reads: &["/Readers"],
    world: &[],
    timed: false,
    part_of: None,
    page: "# Queue can be read by everybody\n\n**Fix:** name the readers.\n",
    run: everybody_reads,
};

/// A catalogue is an auditor; rules that are no functions implement `Auditor` themselves.
pub fn auditor() -> Catalogue {
    Catalogue::new(vec![&EVERYBODY_READS])
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
