#![doc = include_str!("unused.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("key_pair.unused"),
        technology: Cow::Borrowed("key_pair"),
        score: 1,
        reads: Texts::new(&["/KeyName"]),
        world: Texts::new(&[INSTANCE]),
        page: Cow::Borrowed(include_str!("unused.md")),
        ..Check::DEFAULT
    },
    run,
};

const INSTANCE: &str = "ec2_instance";
/// Where an instance names the key that it was started with.
const NAMED: Texts = Texts::new(&["/KeyName"]);

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let name = text(&case.item.config["KeyName"]);
    let here = ScopeId { technology: INSTANCE.into(), ..ScopeId::of(&case.item.key) };
    if case.world.naming(&here, &NAMED, name)?.is_empty() {
        found.add(Whole, "no instance of the region was started with it").at("/KeyName");
    }
    Ok(())
}
