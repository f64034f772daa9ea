#![doc = include_str!("bucket_origin_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::origins;
use crate::check::case::Case;
use crate::check::subject::Origin;
use crate::check::{AwsCheck, text};
use crate::kind;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("cloudfront_distribution.bucket_origin_missing"),
        technology: Cow::Borrowed("cloudfront_distribution"),
        score: 7,
        reads: Texts::new(&[
            "/Distribution/DistributionConfig/Enabled",
            "/Distribution/DistributionConfig/Origins/Items/*/DomainName",
            "/Distribution/DistributionConfig/Origins/Items/*/Id",
        ]),
        world: Texts::new(&["known"]),
        page: Cow::Borrowed(include_str!("bucket_origin_missing.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The most that a finding scores while the distribution is disabled.
const IDLE: u8 = 3;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let is_enabled = case.item.config["Distribution"]["DistributionConfig"]["Enabled"] == true;
    for (at, origin) in origins(case.item) {
        let domain = text(&origin["DomainName"]);
        let Some(bucket) = bucket(domain) else { continue };
        if !case.world.owners(&kind::BUCKET, bucket)?.is_empty() {
            continue;
        }
        let detail = format!("the bucket {bucket} is in none of our accounts");
        let subject = Origin(text(&origin["Id"]));
        if is_enabled {
            found.add(subject, detail).ground("enabled").at(format!("{at}/DomainName"));
        } else {
            let detail = format!("{detail}; the distribution is disabled");
            found.add(subject, detail).score(IDLE).at(format!("{at}/DomainName"));
        }
    }
    Ok(())
}

/// The bucket that a domain of S3 is of: `NAME.s3.REGION.amazonaws.com` and what came before,
/// websites too.
fn bucket(domain: &str) -> Option<&str> {
    let of_s3 = domain.strip_suffix(".cn").unwrap_or(domain).strip_suffix(".amazonaws.com")?;
    // The names of buckets have dots, too: the last that fits is S3's own.
    let services = [".s3.", ".s3-website.", ".s3.dualstack.", ".s3-", ".s3-website-"];
    let of_region = services.iter().filter_map(|service| of_s3.rsplit_once(service));
    let of_region = of_region.filter(|(_, region)| is_region(region)).map(|(bucket, _)| bucket);
    of_region.min_by_key(|bucket| bucket.len()).or_else(|| of_s3.strip_suffix(".s3"))
}

/// Whether a part of a domain reads as a region: `eu-west-1`, and no `accesspoint.eu-west-1`.
fn is_region(text: &str) -> bool {
    !text.contains('.')
        && text.split('-').count() >= 3
        && text.ends_with(|last: char| last.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_in_front_of_what_is_s3s() {
        for (domain, expected) in [
            ("site.s3.amazonaws.com", Some("site")),
            ("site.s3.eu-west-1.amazonaws.com", Some("site")),
            ("site.s3.dualstack.eu-west-1.amazonaws.com", Some("site")),
            ("site.s3-eu-west-1.amazonaws.com", Some("site")),
            ("www.example.com.s3-website-us-east-1.amazonaws.com", Some("www.example.com")),
            ("www.example.com.s3-website.eu-central-1.amazonaws.com", Some("www.example.com")),
            ("site.s3.cn-north-1.amazonaws.com.cn", Some("site")),
            ("old.s3.backup.s3.eu-west-1.amazonaws.com", Some("old.s3.backup")),
            ("ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", None),
            ("shop-123.eu-west-1.elb.amazonaws.com", None),
            ("s3.amazonaws.com.example.com", None),
            ("api.example.com", None),
        ] {
            assert_eq!(bucket(domain), expected, "{domain}");
        }
    }
}
