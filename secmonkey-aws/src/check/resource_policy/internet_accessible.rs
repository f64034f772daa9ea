#![doc = include_str!("internet_accessible.md")]

use secmonkey_core::check::{Findings, Undecided};

use super::Case;

/// The score of what something else keeps shut, at present.
const BLOCKED: u8 = 3;

pub(super) fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()? else { return Ok(()) };
    let public = exposed.granted_to_the_public();
    if public.is_empty() {
        return Ok(());
    }
    let block = match &exposed.row.public_access_block {
        Some(block) => (block.in_force)(case)?,
        None => None,
    };
    for (principal, granted) in public {
        let mut detail = granted.describe();
        if let Some(block) = block {
            detail = format!("{detail}; {block} keeps the public out at present");
        }
        let finding = found.add(principal, detail);
        granted.show(finding);
        let asked = exposed.row.public_access_block.as_ref().filter(|_| block.is_none());
        finding.doubt.extend(asked.and_then(|it| (it.in_doubt)(case)).map(str::to_owned));
        match block {
            Some(_) => finding.score(BLOCKED),
            // Taking the block away widens a finding that was accepted behind it. The word
            // is stored with the findings, and so stays.
            None => finding.ground("unshielded"),
        };
    }
    Ok(())
}
