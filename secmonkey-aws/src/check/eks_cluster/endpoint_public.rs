#![doc = include_str!("endpoint_public.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;

use ipnet::IpNet;

use crate::check::case::Case;
use crate::check::security_group::internet::holds_internet;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed, text};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("eks_cluster.endpoint_public"),
        technology: Cow::Borrowed("eks_cluster"),
        score: 7,
        reads: Texts::new(&[
            "/cluster/resourcesVpcConfig/endpointPublicAccess",
            "/cluster/resourcesVpcConfig/publicAccessCidrs",
        ]),
        page: Cow::Borrowed(include_str!("endpoint_public.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The score where only some networks reach it.
const LIMITED: u8 = 1;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/cluster/resourcesVpcConfig/publicAccessCidrs";
    let network = &case.item.config["cluster"]["resourcesVpcConfig"];
    if network["endpointPublicAccess"] != true {
        return Ok(());
    }
    let mut blocks = Vec::new();
    for (index, block) in list(&network["publicAccessCidrs"]).iter().enumerate() {
        let Ok(block) = text(block).parse::<IpNet>() else {
            return Err(Undecided::Malformed(format!("{AT}/{index} is no block")));
        };
        blocks.push(block.trunc());
    }
    blocks.sort_unstable();
    let names: Vec<_> = blocks.iter().map(ToString::to_string).collect();
    let said = listed(names.iter().map(String::as_str));
    // Where nobody says who may ask, everybody may.
    let finding = if blocks.is_empty() || holds_internet(&blocks) {
        let from = if blocks.is_empty() { "0.0.0.0/0".to_owned() } else { said };
        let detail = format!("the internet reaches the API server ({from})");
        found.add(Whole, detail).ground("internet")
    } else {
        found.add(Whole, format!("{said} reach the API server over the internet")).score(LIMITED)
    };
    finding.grounds.extend(names);
    finding.at("/cluster/resourcesVpcConfig/endpointPublicAccess");
    Ok(())
}
