//! Checks of the server certificates in IAM.

use std::borrow::Cow;

use jiff::Timestamp;
use secmonkey_core::check::{Check, Findings, Parameter, Undecided};
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::expiry::{self, WINDOW_30, WINDOW_60, window};
use super::subject::Whole;
use super::x509::{self, Read};
use super::{AwsCheck, Run, day, text, time};

const CERTIFICATE: Cow<'static, str> = Cow::Borrowed("iam_server_certificate");

const EXPIRATION: &str = "/ServerCertificateMetadata/Expiration";
const UPLOADED: &str = "/ServerCertificateMetadata/UploadDate";
const BODY: &str = "/CertificateBody";

/// A check of the time that is left.
const fn timed(
    id: &'static str,
    score: u8,
    part_of: Option<Cow<'static, str>>,
    parameters: &'static [Parameter],
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
        parameters: Cow::Borrowed(parameters),
        page: Cow::Borrowed(page),
        ..Check::DEFAULT
    };
    AwsCheck { check, run }
}

/// A check of what the certificate says of itself.
const fn of_body(
    id: &'static str,
    score: u8,
    parameters: &'static [Parameter],
    page: &'static str,
    run: Run,
) -> AwsCheck {
    let check = Check {
        id: Cow::Borrowed(id),
        technology: CERTIFICATE,
        score,
        reads: Texts::new(&[BODY]),
        parameters: Cow::Borrowed(parameters),
        page: Cow::Borrowed(page),
        ..Check::DEFAULT
    };
    AwsCheck { check, run }
}

/// How long a key has to be. What is shorter than 1024 bits is another finding.
const MIN_BITS: Parameter = Parameter::number(
    "min_bits",
    2048,
    (1025, 16384),
    "bits",
    "how long an RSA or DSA key has to be",
);

const KEY: &[Parameter] = &[MIN_BITS];
const IN_30_DAYS: &[Parameter] = &[WINDOW_30];
const IN_60_DAYS: &[Parameter] = &[WINDOW_60];

/// The check that tells the others of its kind in a wider sense.
const WHOLE: Option<Cow<'static, str>> =
    Some(Cow::Borrowed("iam_server_certificate.expiry_tiered"));

pub(super) const CHECKS: &[AwsCheck] = &[
    timed(
        "iam_server_certificate.expired",
        7,
        WHOLE,
        &[],
        include_str!("iam_server_certificate/expired.md"),
        |case, found| ends(case, &[(0, 7)], found),
    ),
    timed(
        "iam_server_certificate.expires_within_30d",
        5,
        WHOLE,
        IN_30_DAYS,
        include_str!("iam_server_certificate/expires_within_30d.md"),
        |case, found| ends(case, &[(window(case)?, 5)], found),
    ),
    timed(
        "iam_server_certificate.expires_within_60d",
        3,
        WHOLE,
        IN_60_DAYS,
        include_str!("iam_server_certificate/expires_within_60d.md"),
        |case, found| ends(case, &[(window(case)?, 3)], found),
    ),
    timed(
        "iam_server_certificate.expiry_tiered",
        5,
        None,
        IN_60_DAYS,
        include_str!("iam_server_certificate/expiry_tiered.md"),
        |case, found| ends(case, &[(window(case)?, 3), (30, 5), (0, 7)], found),
    ),
    of_body(
        "iam_server_certificate.issuer_unreadable",
        1,
        &[],
        include_str!("iam_server_certificate/issuer_unreadable.md"),
        |case, found| {
            let detail = "its issuer has no name of an organization";
            says(case, found, |it| (!it.names_issuer).then(|| detail.to_owned()))
        },
    ),
    of_body(
        "iam_server_certificate.key_under_1024",
        7,
        &[],
        include_str!("iam_server_certificate/key_under_1024.md"),
        |case, found| says(case, found, |it| key_of(it, 0, 1024)),
    ),
    of_body(
        "iam_server_certificate.key_under_2048",
        3,
        KEY,
        include_str!("iam_server_certificate/key_under_2048.md"),
        |case, found| {
            // What does not fit is longer than any key.
            let bits = usize::try_from(case.world.number(&MIN_BITS.name)?).unwrap_or(usize::MAX);
            says(case, found, |it| key_of(it, 1024, bits))
        },
    ),
    of_body(
        "iam_server_certificate.signature_md5",
        3,
        &[],
        include_str!("iam_server_certificate/signature_md5.md"),
        |case, found| {
            let detail = "signed with an MD5 digest";
            says(case, found, |it| x509::MD5.contains(&it.signature).then(|| detail.to_owned()))
        },
    ),
    of_body(
        "iam_server_certificate.signature_sha1",
        1,
        &[],
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
