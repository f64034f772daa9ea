#![doc = include_str!("public_ip.md")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use secmonkey_core::check::{Check, Findings};
use secmonkey_core::texts::Texts;

use crate::check::case::Case;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, list, listed};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ec2_instance.public_ip"),
        technology: Cow::Borrowed("ec2_instance"),
        reads: Texts::new(&[
            "/NetworkInterfaces/*/Association/PublicIp",
            "/NetworkInterfaces/*/PrivateIpAddresses/*/Association/PublicIp",
            "/PublicIpAddress",
        ]),
        page: Cow::Borrowed(include_str!("public_ip.md")),
        ..Check::DEFAULT
    },
    run: |case, found| {
        find(case, found);
        Ok(())
    },
};

fn find(case: &Case<'_>, found: &mut Findings) {
    let config = &case.item.config;
    let mut holders = vec!["/PublicIpAddress".to_owned()];
    for (index, interface) in list(&config["NetworkInterfaces"]).iter().enumerate() {
        let at = format!("/NetworkInterfaces/{index}");
        holders.push(format!("{at}/Association/PublicIp"));
        for address in 0..list(&interface["PrivateIpAddresses"]).len() {
            holders.push(format!("{at}/PrivateIpAddresses/{address}/Association/PublicIp"));
        }
    }
    let mut addresses = BTreeMap::<&str, Vec<String>>::new();
    for at in holders {
        if let Some(address) = config.pointer(&at).and_then(|address| address.as_str()) {
            addresses.entry(address).or_default().push(at);
        }
    }
    if addresses.is_empty() {
        return;
    }
    let detail = format!("it is on the internet as {}", listed(addresses.keys().copied()));
    let finding = found.add(Whole, detail);
    for at in addresses.into_values().flatten() {
        finding.at(at);
    }
}
