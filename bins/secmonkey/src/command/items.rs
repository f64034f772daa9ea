//! `secmonkey items`

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use secmonkey_core::account::AccountId;
use secmonkey_core::item::GLOBAL;
use secmonkey_core::view::{ItemRow, Views};
use serde_json::Value;

use crate::args::{Filter, Items};
use crate::context::{self, Context};
use crate::error::{Error, Exit};
use crate::nearest;
use crate::record::Records;
use crate::select;

pub async fn run(context: &Context, args: Items) -> Result<Exit, Error> {
    let opened = context.open().await?;
    let known = opened.known(args.filter.at).await?;
    let views = &known.views;
    let wanted = Wanted::new(views, args.filter)?;
    let records = Records::new(&known)?;
    let text = args.text.map(|text| text.to_lowercase());
    // One configuration at a time is in memory.
    let rows = views.items().filter_map(|row| {
        let fitting = || {
            let row = row?;
            if row.deleted != args.deleted && !args.all || !wanted.fits(&row) {
                return Ok(None);
            }
            if (text.is_some() || args.cidr.is_some()) && {
                let config = views.config(&row.key)?.unwrap_or_default();
                text.as_ref().is_some_and(|text| !says(&row, &config, text))
                    || args.cidr.is_some_and(|net| !touches(&config, net))
            } {
                return Ok(None);
            }
            let item = records.item(&row)?;
            let listed = args.all || item.unwatched_since.is_none() || args.deleted;
            let strong = args.min_score.is_none_or(|least| item.score >= least);
            Ok((listed && strong).then_some(item))
        };
        fitting().transpose()
    });
    context.output.list(rows)?;
    Ok(Exit::Done)
}

/// Which items are wanted.
pub struct Wanted {
    accounts: Vec<AccountId>,
    technologies: Vec<String>,
    regions: Vec<String>,
    name: Option<String>,
    arn: Option<String>,
}

impl Wanted {
    /// The filter, once everything in it is known to exist.
    pub fn new(views: &Views, filter: Filter) -> Result<Self, Error> {
        context::known_technologies(&filter.technologies)?;
        let registered = views.accounts()?;
        let accounts = filter
            .accounts
            .iter()
            .map(|name| select::account_id(views, &registered, name))
            .collect::<Result<Vec<_>, _>>()?;
        known_regions(views, &filter.regions)?;
        Ok(Self {
            accounts,
            technologies: filter.technologies,
            regions: filter.regions,
            name: filter.name,
            arn: filter.arn,
        })
    }

    /// Whether an item is wanted.
    pub fn fits(&self, row: &ItemRow) -> bool {
        let among = |wanted: &[String], one: &String| wanted.is_empty() || wanted.contains(one);
        let called = |pattern: &str, now: Option<&str>| {
            now.is_some_and(|now| select::matches(pattern, now))
                || row.former.iter().any(|once| select::matches(pattern, once))
        };
        (self.accounts.is_empty() || self.accounts.contains(&row.key.account))
            && among(&self.technologies, &row.key.technology)
            && among(&self.regions, &row.key.region)
            && self.name.as_ref().is_none_or(|name| called(name, Some(&row.name)))
            && self.arn.as_ref().is_none_or(|arn| called(arn, row.arn.as_deref()))
    }
}

/// Says no to regions in which nothing was ever looked at.
fn known_regions(views: &Views, wanted: &[String]) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut known = BTreeSet::from([GLOBAL.to_owned()]);
    for scan in views.scans() {
        known.extend(scan?.planned.into_iter().flat_map(|planned| planned.regions));
    }
    match wanted.iter().find(|region| !known.contains(*region)) {
        None => Ok(()),
        Some(region) => {
            let known = known.iter().map(String::as_str);
            Err(Error::usage(nearest::unknown("region", region, known)))
        }
    }
}

/// Whether an item says a text, given in lower case.
fn says(row: &ItemRow, config: &Value, text: &str) -> bool {
    let holds = |one: &str| one.to_lowercase().contains(text);
    holds(&row.name)
        || row.arn.as_deref().is_some_and(holds)
        || holds(&row.key.id)
        || any(config, &holds)
}

/// Whether a name or a value anywhere in a configuration fits.
fn any(config: &Value, fits: &dyn Fn(&str) -> bool) -> bool {
    match config {
        Value::Object(members) => {
            members.iter().any(|(name, value)| fits(name) || any(value, fits))
        }
        Value::Array(elements) => elements.iter().any(|element| any(element, fits)),
        Value::String(text) => fits(text),
        Value::Null => false,
        other => fits(&other.to_string()),
    }
}

/// Whether a configuration holds an address or a block that contains the other or lies
/// in it.
fn touches(config: &Value, net: IpNet) -> bool {
    match config {
        Value::Object(members) => members.values().any(|value| touches(value, net)),
        Value::Array(elements) => elements.iter().any(|value| touches(value, net)),
        Value::String(text) => {
            block(text).is_some_and(|found| found.contains(&net) || net.contains(&found))
        }
        _ => false,
    }
}

/// The block or address that a text is.
fn block(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_block_is_found_wherever_it_stands() {
        let config = json!({
            "IpPermissions": [{ "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] }],
            "Policy": { "Statement": [{
                "Condition": { "IpAddress": { "aws:SourceIp": ["203.0.113.7", "2001:db8::/32"] } },
            }] },
            "Description": "10.9.9.9 is no address of its own here",
        });
        let touches = |net: &str| touches(&config, net.parse().unwrap());
        for net in ["10.1.2.3/32", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.0/24", "2001:db8:1::/48"] {
            assert!(touches(net), "{net}");
        }
        for net in ["11.0.0.0/8", "203.0.113.8/32", "2001:db9::/32"] {
            assert!(!touches(net), "{net}");
        }
    }
}
