#![doc = include_str!("unapproved_domain.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};

const APPROVED: Parameter = Parameter::texts(
    "approved_domains",
    &[],
    "the domains that we send mail from, each with all below it; none for any",
);

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ses_identity.unapproved_domain"),
        technology: Cow::Borrowed("ses_identity"),
        score: 5,
        reads: Texts::new(&["/Identity", "/VerificationAttributes/VerificationStatus"]),
        parameters: Cow::Borrowed(&[APPROVED]),
        page: Cow::Borrowed(include_str!("unapproved_domain.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let approved = case.world.texts(&APPROVED.name)?;
    let config = &case.item.config;
    // What is not verified sends nothing.
    let is_verified = config["VerificationAttributes"]["VerificationStatus"] == "Success";
    if approved.is_empty() || !is_verified {
        return Ok(());
    }
    let identity = text(&config["Identity"]);
    let domain = identity.rsplit_once('@').map_or(identity, |(_, domain)| domain);
    let is_ours = |ours: &String| is_within(domain, ours);
    if !approved.iter().any(is_ours) {
        found.add(Whole, format!("{domain} is none of the approved domains")).at("/Identity");
    }
    Ok(())
}

/// Whether a domain is another one, or below it.
fn is_within(domain: &str, other: &str) -> bool {
    let whole = |domain: &str| format!(".{}", domain.trim_matches('.').to_lowercase());
    whole(domain).ends_with(&whole(other))
}
