//! Which service exists in which region, from botocore's list of endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::model;

/// Our names of the regional services, with the names of their endpoints.
const REGIONAL: &[(&str, &str)] = &[("ec2", "ec2"), ("s3", "s3"), ("ses", "email")];

/// The table as a module.
pub fn generate(botocore: &Path) -> anyhow::Result<String> {
    let endpoints: Value =
        serde_json::from_slice(&model::read(&botocore.join("data/endpoints.json"))?)?;
    let partitions = endpoints["partitions"].as_array().context("no partitions")?;
    let mut regions = BTreeSet::new();
    let mut services = BTreeMap::<_, BTreeSet<_>>::new();
    for partition in partitions {
        let known = partition["regions"].as_object().context("a partition without regions")?;
        regions.extend(known.keys());
        for (service, endpoint) in REGIONAL {
            let endpoints = partition["services"][endpoint]["endpoints"].as_object();
            // Endpoints that are no region: `fips-us-east-1`, `aws-global`.
            let here = endpoints.into_iter().flat_map(|all| all.keys());
            services
                .entry(service)
                .or_default()
                .extend(here.filter(|name| known.contains_key(*name)));
        }
    }
    let mut text = String::from("//! Written by `cargo xtask shapes`: do not edit.\n\n");
    writeln!(text, "pub(super) const REGIONS: &[&str] = &{regions:?};\n")?;
    writeln!(text, "pub(super) const SERVICES: &[(&str, &[&str])] = &[")?;
    for (service, regions) in services {
        writeln!(text, "    ({service:?}, &{regions:?}),")?;
    }
    writeln!(text, "];")?;
    // A set prints in braces, a slice in brackets.
    Ok(text.replace("&{", "&[").replace('}', "]"))
}
