//! Which service exists in which region, from botocore's list of endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use syn::{Expr, ExprLit, Item, Lit};

use super::model;

/// The table as a module: the regional endpoints of the services that `services`, the
/// source of `secmonkey_aws::service`, names.
pub fn generate(botocore: &Path, services: &Path) -> anyhow::Result<String> {
    let prefixes = prefixes(services)?;
    let endpoints: Value =
        serde_json::from_slice(&model::read(&botocore.join("data/endpoints.json"))?)?;
    let partitions = endpoints["partitions"].as_array().context("no partitions")?;
    let mut regions = BTreeSet::new();
    let mut table = BTreeMap::<_, BTreeSet<_>>::new();
    for partition in partitions {
        let known = partition["regions"].as_object().context("a partition without regions")?;
        regions.extend(known.keys());
        for prefix in &prefixes {
            let endpoints = partition["services"][prefix]["endpoints"].as_object();
            // Endpoints that are no region: `fips-us-east-1`, `aws-global`.
            let here = endpoints.into_iter().flat_map(|all| all.keys());
            let here = here.filter(|name| known.contains_key(*name));
            table.entry(prefix).or_default().extend(here);
        }
    }
    let mut text = String::from("//! Written by `cargo xtask shapes`: do not edit.\n\n");
    writeln!(text, "pub(super) const REGIONS: &[&str] = &{regions:?};\n")?;
    writeln!(text, "/// By endpoint prefix.")?;
    writeln!(text, "pub(super) const SERVICES: &[(&str, &[&str])] = &[")?;
    for (prefix, regions) in table {
        ensure!(!regions.is_empty(), "botocore knows no regional endpoint of `{prefix}`");
        writeln!(text, "    ({prefix:?}, &{regions:?}),")?;
    }
    writeln!(text, "];")?;
    // A set prints in braces, a slice in brackets.
    Ok(text.replace("&{", "&[").replace('}', "]"))
}

/// The endpoint prefixes of all regional services.
fn prefixes(services: &Path) -> anyhow::Result<BTreeSet<String>> {
    let source = fs::read_to_string(services)
        .with_context(|| format!("cannot read {}", services.display()))?;
    let items = syn::parse_file(&source)?.items;
    let prefixes: BTreeSet<_> = items.iter().filter_map(regional).collect();
    ensure!(!prefixes.is_empty(), "{} names no regional service", services.display());
    Ok(prefixes)
}

/// The second argument of `const SES: Service = regional("ses", "email", ...)`.
fn regional(item: &Item) -> Option<String> {
    let Item::Const(constant) = item else { return None };
    let Expr::Call(call) = &*constant.expr else { return None };
    let Expr::Path(function) = &*call.func else { return None };
    match call.args.get(1)? {
        Expr::Lit(ExprLit { lit: Lit::Str(prefix), .. }) if function.path.is_ident("regional") => {
            Some(prefix.value())
        }
        _ => None,
    }
}
