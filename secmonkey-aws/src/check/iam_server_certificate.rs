//! Checks of the server certificates in IAM.

use std::borrow::Cow;

use jiff::Timestamp;
use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::subject::Whole;
use super::x509::{self, Read};
use super::{AwsCheck, Run, day, expiry, text, time};

const CERTIFICATE: Cow<'static, str> = Cow::Borrowed("iam_server_certificate");

const EXPIRATION: &str = "/ServerCertificateMetadata/Expiration";
const UPLOADED: &str = "/ServerCertificateMetadata/UploadDate";
const BODY: &str = "/CertificateBody";

/// A check of the time that is left.
const fn timed(
    id: &'static str,
    score: u8,
    part_of: Option<Cow<'static, str>>,
    page: &'static str,
    run: Run,
) -> AwsCheck {
    let check = Check {
        id: Cow::Borrowed(id),
        technology: CERTIFICATE,
        score,
        reads: Texts::new(&[EXPIRATION]),
        timed: true,
        part_of,
        page: Cow::Borrowed(page),
        ..Check::DEFAULT
    };
    AwsCheck { check, run }
}

/// A check of what the certificate says of itself.
const fn of_body(id: &'static str, score: u8, page: &'static str, run: Run) -> AwsCheck {
    let check = Check {
        id: Cow::Borrowed(id),
        technology: CERTIFICATE,
        score,
        reads: Texts::new(&[BODY]),
        page: Cow::Borrowed(page),
        ..Check::DEFAULT
    };
    AwsCheck { check, run }
}

/// The check that tells the others of its kind in a wider sense.
const WHOLE: Option<Cow<'static, str>> =
    Some(Cow::Borrowed("iam_server_certificate.expiry_tiered"));

pub(super) const CHECKS: &[AwsCheck] = &[
    timed(
        "iam_server_certificate.expired",
        7,
        WHOLE,
        include_str!("iam_server_certificate/expired.md"),
        |case, found| ends(case, &[(0, 7)], found),
    ),
    timed(
        "iam_server_certificate.expires_within_30d",
        5,
        WHOLE,
        include_str!("iam_server_certificate/expires_within_30d.md"),
        |case, found| ends(case, &[(30, 5)], found),
    ),
    timed(
        "iam_server_certificate.expires_within_60d",
        3,
        WHOLE,
        include_str!("iam_server_certificate/expires_within_60d.md"),
        |case, found| ends(case, &[(60, 3)], found),
    ),
    timed(
        "iam_server_certificate.expiry_tiered",
        5,
        None,
        include_str!("iam_server_certificate/expiry_tiered.md"),
        |case, found| ends(case, &[(60, 3), (30, 5), (0, 7)], found),
    ),
    of_body(
        "iam_server_certificate.issuer_unreadable",
        1,
        include_str!("iam_server_certificate/issuer_unreadable.md"),
        |case, found| {
            let detail = "its issuer has no name of an organization";
            says(case, found, |it| (!it.names_issuer).then(|| detail.to_owned()))
        },
    ),
    of_body(
        "iam_server_certificate.key_under_1024",
        7,
        include_str!("iam_server_certificate/key_under_1024.md"),
        |case, found| says(case, found, |it| key_of(it, 0, 1024)),
    ),
    of_body(
        "iam_server_certificate.key_under_2048",
        3,
        include_str!("iam_server_certificate/key_under_2048.md"),
        |case, found| says(case, found, |it| key_of(it, 1024, 2048)),
    ),
    of_body(
        "iam_server_certificate.signature_md5",
        3,
        include_str!("iam_server_certificate/signature_md5.md"),
        |case, found| {
            let detail = "signed with an MD5 digest";
            says(case, found, |it| x509::MD5.contains(&it.signature).then(|| detail.to_owned()))
        },
    ),
    of_body(
        "iam_server_certificate.signature_sha1",
        1,
        include_str!("iam_server_certificate/signature_sha1.md"),
        |case, found| {
            let detail = "signed with a SHA-1 digest";
            says(case, found, |it| x509::SHA1.contains(&it.signature).then(|| detail.to_owned()))
        },
    ),
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("iam_server_certificate.uploaded_before_heartbleed"),
            technology: CERTIFICATE,
            score: 4,
            reads: Texts::new(&[UPLOADED]),
            page: Cow::Borrowed(include_str!(
                "iam_server_certificate/uploaded_before_heartbleed.md"
            )),
            ..Check::DEFAULT
        },
        run: uploaded_before_heartbleed,
    },
];

/// Finds a certificate that is valid for fewer days than one of these.
fn ends(case: &Case<'_>, within: &[(i64, u8)], found: &mut Findings) -> Result<(), Undecided> {
    let Some(end) = time(case.item, EXPIRATION)? else { return Ok(()) };
    if let Some(score) = expiry::score(end, case.world.now()?, within) {
        found.add(Whole, format!("valid until {}", day(end))).score(score).at(EXPIRATION);
    }
    Ok(())
}

/// Adds what is wrong with what a certificate says of itself.
fn says(
    case: &Case<'_>,
    found: &mut Findings,
    wrong: impl FnOnce(&Read) -> Option<String>,
) -> Result<(), Undecided> {
    let body = text(&case.item.config["CertificateBody"]);
    if body.is_empty() {
        return Err(Undecided::Unread(BODY.to_owned()));
    }
    if let Some(detail) = wrong(&x509::read(body, BODY)?) {
        found.add(Whole, detail).at(BODY);
    }
    Ok(())
}

/// A key of at least `from` bits, and fewer than `below`.
fn key_of(certificate: &Read, from: usize, below: usize) -> Option<String> {
    let (kind, bits) = certificate.key?;
    (from..below).contains(&bits).then(|| format!("its {kind} key has {bits} bits"))
}

fn uploaded_before_heartbleed(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    // The start of the month in which Heartbleed became known, on the 7th.
    const HEARTBLEED: Timestamp = Timestamp::constant(1_396_310_400, 0);
    let Some(uploaded) = time(case.item, UPLOADED)? else { return Ok(()) };
    if uploaded < HEARTBLEED {
        found.add(Whole, format!("uploaded {}", day(uploaded))).at(UPLOADED);
    }
    Ok(())
}
