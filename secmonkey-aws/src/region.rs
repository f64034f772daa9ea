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

/// Whether a service may exist in a region: false only where the table knows both and
/// has not the pair.
pub(crate) fn serves(service: &str, region: &str) -> bool {
    let known = |(name, _): &&(&str, &[&str])| *name == service;
    match table::SERVICES.iter().find(known) {
        Some((_, regions)) => regions.contains(&region) || !table::REGIONS.contains(&region),
        None => true,
    }
}
