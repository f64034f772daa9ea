//! `secmonkey items`

use ipnet::IpNet;
use secmonkey_app::error::{Error, Exit};
use secmonkey_aws::check::subject::{Direction, Peer, Rule, Traffic};
use secmonkey_core::query::{self, ItemState, Known, Match};
use secmonkey_core::record::Records;
use serde_json::Value;

use crate::args::Items;
use crate::console;
use crate::context::{self, Context};
use crate::rows::Matched;
use crate::silence;

pub async fn run(context: &Context, args: Items) -> Result<Exit, Error> {
    let (query, at) = args.into_query()?;
    let opened = context.open().await?;
    let known = opened.known(at).await?;
    let registry = context::registry();
    let records = Records::new(&known, registry)?;
    let found = query::items(&known, registry, query.clone())?;
    let count = if query.asks_for_addresses() {
        matched(context, &known, &records, found)?
    } else {
        context.output.list(found.map(|item| Ok(records.item(&item?))))?
    };
    if count == 0 {
        silence::explain(context, &known, query)?;
    }
    Ok(Exit::Done)
}

/// Lists items with the places that matched. Those that name every address fit whatever is
/// looked for: they come last.
fn matched(
    context: &Context,
    known: &Known,
    records: &Records<'_>,
    found: impl Iterator<Item = Result<ItemState, query::Error>>,
) -> Result<u64, Error> {
    let mut list = context.output.start::<Matched>()?;
    let mut everywhere = Vec::new();
    for state in found {
        let state = state?;
        let mut record = records.item(&state);
        let config = known.views.config(&record.key)?.unwrap_or_default();
        for place in &mut record.matched {
            place.rule = rule(&config, &place.pointer, place.cidr);
        }
        if !state.matched.is_empty() && state.matched.iter().all(Match::is_everywhere) {
            everywhere.push(Matched(record));
        } else {
            list.push(&Matched(record))?;
        }
    }
    for record in &everywhere {
        list.push(record)?;
    }
    let count = list.end()?;
    if !everywhere.is_empty() && (everywhere.len() as u64) < count {
        let many = console::count(everywhere.len() as u64, "item");
        context.output.note(format!("the last {many} only because every address is named"));
    }
    Ok(count)
}

/// The rule of a security group at a place of its configuration, in words.
fn rule(config: &Value, pointer: &str, block: IpNet) -> Option<String> {
    let mut names = pointer.split('/').skip(1);
    let direction = match names.next()? {
        "IpPermissions" => Direction::Ingress,
        "IpPermissionsEgress" => Direction::Egress,
        _ => return None,
    };
    let permission =
        config.pointer(&format!("/{}/{}", pointer.split('/').nth(1)?, names.next()?))?;
    let port = |name: &str| permission[name].as_i64();
    let protocol = permission["IpProtocol"].as_str()?;
    let traffic = Traffic::new(protocol, port("FromPort"), port("ToPort"));
    Some(Rule { direction, traffic, peer: Peer::Block(block) }.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_is_told_in_words_and_anything_else_is_not() {
        let config = json!({
            "IpPermissions": [{
                "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                "IpRanges": [{ "CidrIp": "203.0.113.0/24" }],
            }],
            "Policy": { "Statement": ["203.0.113.0/24"] },
        });
        let told = |pointer| rule(&config, pointer, "203.0.113.0/24".parse().unwrap());
        let words = told("/IpPermissions/0/IpRanges/0/CidrIp");
        assert_eq!(words.as_deref(), Some("ingress tcp/22 203.0.113.0/24"));
        assert_eq!(told("/Policy/Statement/0"), None);
        assert_eq!(told("/IpPermissions"), None);
    }
}
