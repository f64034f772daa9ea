//! Which service exists in which region.

mod table;

/// The region where the global services of a partition are asked; `None` for a partition
/// unknown to this release.
pub(crate) fn home(partition: &str) -> Option<&'static str> {
    Some(match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => return None,
    })
}

/// Whether the service of an endpoint prefix may exist in a region: false only where the
/// table knows both and has not the pair.
pub(crate) fn serves(endpoint_prefix: &str, region: &str) -> bool {
    let known = |(prefix, _): &&(&str, &[&str])| *prefix == endpoint_prefix;
    match table::SERVICES.iter().find(known) {
        Some((_, regions)) => regions.contains(&region) || !table::REGIONS.contains(&region),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::service::{ALL, SES};

    #[test]
    fn every_regional_service_is_in_the_table() {
        let regional = ALL.iter().filter(|service| !service.global);
        for service in regional {
            let known =
                table::SERVICES.iter().any(|(prefix, _)| *prefix == service.endpoint_prefix);
            assert!(known, "{} is missing: run `cargo xtask shapes`", service.id);
        }
        let regional = ALL.iter().filter(|service| !service.global);
        // Both generations of load balancers have one endpoint.
        let prefixes: BTreeSet<_> = regional.map(|service| service.endpoint_prefix).collect();
        assert_eq!(table::SERVICES.len(), prefixes.len());
    }

    #[test]
    fn only_a_known_absence_is_an_absence() {
        assert!(serves("ec2", "eu-west-1"));
        assert!(serves(SES.endpoint_prefix, "eu-west-1"));
        // Known region, no SES there.
        assert!(table::REGIONS.contains(&"us-iso-west-1"));
        assert!(!serves(SES.endpoint_prefix, "us-iso-west-1"));
        assert!(serves(SES.endpoint_prefix, "mars-north-1"), "a region of tomorrow is tried");
        assert!(serves("of_tomorrow", "eu-west-1"), "a service without a table is tried");
    }

    #[test]
    fn the_home_of_every_partition_serves_what_is_asked_there() {
        for partition in [
            "aws",
            "aws-cn",
            "aws-us-gov",
            "aws-iso",
            "aws-iso-b",
            "aws-iso-e",
            "aws-iso-f",
            "aws-eusc",
        ] {
            let home = home(partition).unwrap();
            assert!(table::REGIONS.contains(&home), "{home}");
            assert!(serves("ec2", home) && serves("s3", home), "{home}");
        }
        assert_eq!(home("aws-mars"), None);
    }
}
