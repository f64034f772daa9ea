//! Checks of ACM certificates.

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::expiry::{self, window};
use super::subject::Whole;
use super::{AwsCheck, day, list, time};

const CERTIFICATE: Cow<'static, str> = Cow::Borrowed("acm_certificate");

const READS: Texts = Texts::new(&[
    "/Certificate/InUseBy",
    "/Certificate/NotAfter",
    "/Certificate/Options/Export",
    "/Certificate/Type",
]);

/// The check that tells the others in a wider sense.
const WHOLE: Option<Cow<'static, str>> = Some(Cow::Borrowed("acm_certificate.expires_within_60d"));

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("acm_certificate.expired"),
            technology: CERTIFICATE,
            score: 7,
            reads: READS,
            timed: true,
            part_of: WHOLE,
            page: Cow::Borrowed(include_str!("acm_certificate/expired.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, &[(0, 7)], found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("acm_certificate.expires_within_30d"),
            technology: CERTIFICATE,
            score: 5,
            reads: READS,
            timed: true,
            part_of: WHOLE,
            parameters: Cow::Borrowed(&[expiry::WINDOW_30]),
            page: Cow::Borrowed(include_str!("acm_certificate/expires_within_30d.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, &[(window(case)?, 5)], found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("acm_certificate.expires_within_60d"),
            technology: CERTIFICATE,
            score: 3,
            reads: READS,
            timed: true,
            parameters: Cow::Borrowed(&[expiry::WINDOW_60]),
            page: Cow::Borrowed(include_str!("acm_certificate/expires_within_60d.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, &[(window(case)?, 3), (30, 5), (0, 7)], found),
    },
];

/// The most that a finding scores while nothing presents the certificate.
const IDLE: u8 = 3;

/// Finds a certificate that is valid for fewer days than one of these: the score is that of
/// the last.
fn find(case: &Case<'_>, within: &[(i64, u8)], found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/Certificate/NotAfter";
    let Some(end) = time(case.item, AT)? else { return Ok(()) };
    let Some(score) = expiry::score(end, case.world.now()?, within) else { return Ok(()) };
    let certificate = &case.item.config["Certificate"];
    // What can be taken out of ACM may be presented anywhere.
    let stays = certificate["Type"] != "PRIVATE" && certificate["Options"]["Export"] != "ENABLED";
    if stays && list(&certificate["InUseBy"]).is_empty() {
        let detail = format!("valid until {}; nothing in AWS uses it", day(end));
        found.add(Whole, detail).score(score.min(IDLE)).at(AT);
    } else {
        // Being used widens a finding that was accepted because nothing was.
        found.add(Whole, format!("valid until {}", day(end))).score(score).ground("used").at(AT);
    }
    Ok(())
}
