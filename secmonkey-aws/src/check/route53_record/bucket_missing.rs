#![doc = include_str!("bucket_missing.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use super::{is_public, targets};
use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, text};
use crate::kind;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("route53_record.bucket_missing"),
        technology: Cow::Borrowed("route53_record"),
        score: 7,
        reads: Texts::new(&[
            "/AliasTarget/DNSName",
            "/HostedZoneId",
            "/Name",
            "/ResourceRecords/*/Value",
            "/Type",
        ]),
        world: Texts::new(&["known", "route53_hosted_zone"]),
        page: Cow::Borrowed(include_str!("bucket_missing.md")),
        ..Check::DEFAULT
    },
    run,
};

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let config = &case.item.config;
    for (target, at) in targets(config) {
        let Some(bucket) = bucket(target, text(&config["Name"])) else { continue };
        if is_public(case)? && case.world.owners(&kind::BUCKET, &bucket)?.is_empty() {
            let detail = format!("leads to bucket {bucket}, which no watched account has");
            found.add(Whole, detail).at(at);
        }
    }
    Ok(())
}

/// The bucket that S3 looks for when somebody asks for `name`, where `target` is S3: the one
/// that an endpoint names, else the one that is called as the record.
fn bucket(target: &str, name: &str) -> Option<String> {
    let target = target.trim_end_matches('.').to_ascii_lowercase();
    let host = target.strip_suffix(".cn").unwrap_or(&target).strip_suffix(".amazonaws.com")?;
    let service = host.rsplit_once(".s3").map_or(host, |(_, region)| region);
    let is_s3 = |service: &str| {
        service.is_empty() || service.starts_with(['.', '-']) && !service.contains("accesspoint")
    };
    match host.rsplit_once(".s3") {
        Some((bucket, _)) if is_s3(service) => Some(bucket.to_owned()),
        Some(_) => None,
        None => {
            let is_s3 = host.strip_prefix("s3").is_some_and(is_s3);
            is_s3.then(|| name.trim_end_matches('.').replace("\\052", "*"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn s3_finds_the_bucket_by_its_endpoint_or_by_the_name_of_the_record() {
        let of = |target: &str| bucket(target, "www.example.com.");
        let named = Some("www.example.com".to_owned());
        assert_eq!(of("s3-website-eu-west-1.amazonaws.com."), named);
        assert_eq!(of("s3-website.eu-central-1.amazonaws.com"), named);
        assert_eq!(of("s3.amazonaws.com"), named);
        let assets = Some("assets".to_owned());
        assert_eq!(of("assets.s3-website-eu-west-1.amazonaws.com"), assets);
        assert_eq!(of("assets.s3.eu-west-1.amazonaws.com"), assets);
        assert_eq!(of("assets.s3.amazonaws.com."), assets);
        assert_eq!(of("my.assets.s3.cn-north-1.amazonaws.com.cn"), Some("my.assets".to_owned()));
        for other in [
            "shop-1.eu-west-1.elb.amazonaws.com",
            "ap-1.s3-accesspoint.eu-west-1.amazonaws.com",
            "assets.s3stats.amazonaws.com",
            "www.example.org",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
