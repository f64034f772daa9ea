//! Checks of CloudFront distributions.

use secmonkey_core::item::Item;
use serde_json::Value;

use super::{AwsCheck, list, text};

mod bucket_origin_missing;
mod http_allowed;
mod logging_disabled;
mod origin_unencrypted;
mod tls_minimum_deprecated;

pub(super) const CHECKS: &[AwsCheck] = &[
    bucket_origin_missing::CHECK,
    http_allowed::CHECK,
    logging_disabled::CHECK,
    origin_unencrypted::CHECK,
    tls_minimum_deprecated::CHECK,
];

/// The path of the behaviour that counts where no other does.
const DEFAULT: &str = "*";

/// What a distribution does with requests: the path, where it stands, and the behaviour.
fn behaviors(item: &Item) -> impl Iterator<Item = (&str, String, &Value)> {
    const AT: &str = "/Distribution/DistributionConfig";
    let config = &item.config["Distribution"]["DistributionConfig"];
    let by_path = list(&config["CacheBehaviors"]["Items"]).iter().enumerate();
    let by_path = by_path.map(|(index, behavior)| {
        (text(&behavior["PathPattern"]), format!("{AT}/CacheBehaviors/Items/{index}"), behavior)
    });
    let default = &config["DefaultCacheBehavior"];
    by_path.chain([(DEFAULT, format!("{AT}/DefaultCacheBehavior"), default)])
}

/// Where a distribution gets what it serves, and where that stands.
fn origins(item: &Item) -> impl Iterator<Item = (String, &Value)> {
    let origins = &item.config["Distribution"]["DistributionConfig"]["Origins"]["Items"];
    let at = |index| format!("/Distribution/DistributionConfig/Origins/Items/{index}");
    list(origins).iter().enumerate().map(move |(index, origin)| (at(index), origin))
}

/// Which buckets everybody gets served by an enabled distribution: those of the origins that
/// some behaviour sends requests to without asking for a signature.
pub(super) fn served(item: &Item) -> impl Iterator<Item = &str> {
    let config = &item.config["Distribution"]["DistributionConfig"];
    let is_signed = |of: &Value| {
        ["TrustedKeyGroups", "TrustedSigners"].iter().any(|by| of[by]["Enabled"] == true)
    };
    let is_open = move |id: &str| {
        behaviors(item).any(|(.., of)| text(&of["TargetOriginId"]) == id && !is_signed(of))
    };
    origins(item)
        .filter(|_| config["Enabled"] == true)
        .filter(move |(_, origin)| is_open(text(&origin["Id"])))
        .filter_map(|(_, origin)| bucket(text(&origin["DomainName"])))
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
