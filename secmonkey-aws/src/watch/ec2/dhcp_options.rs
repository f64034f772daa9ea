//! DHCP options: which names, servers and times the machines of a VPC are told.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::DhcpOptions;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Observed, Scope};

use crate::operation::Operation;
use crate::service;
use crate::shape::Shape as _;
use crate::watch::ec2::{PAGE, TAGS, arn, is_own, name};
use crate::watch::{Described, Events, Facts, Structure, pages_of, required};

/// The account's own sets of DHCP options. Which set a VPC has says the VPC.
pub const DHCP_OPTIONS: Facts = Facts {
    id: "dhcp_options",
    title: "DHCP options",
    structures: &[Structure::new("DhcpOptions", "")],
    events: &[
        Events::new("/requestParameters/dhcpOptionsId", &["DeleteDhcpOptions"]),
        TAGS,
        Events::new("/responseElements/dhcpOptions/dhcpOptionsId", &["CreateDhcpOptions"]),
    ],
    sets: &[Set::new("/DhcpConfigurations", &["Key"]), Set::new("/Tags", &["Key"])],
    // Servers are asked in the order that they are named in.
    ordered: &["/DhcpConfigurations/*/Values"],
    ..Facts::of(&service::EC2, OPTIONS)
};

const OPTIONS: Operation = Operation::new("ec2:DescribeDhcpOptions");

/// The fewest calls that read one region: `⌈sets of options / 1000⌉`, one at least.
#[must_use]
pub const fn fewest_calls(options: usize) -> usize {
    pages_of(options, PAGE as usize)
}

impl Described for DhcpOptions {
    described!(DHCP_OPTIONS, describe_dhcp_options.set_filters("dhcp-options-id") => dhcp_options);

    type Beside = ();

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if !is_own(scope, self.owner_id()) {
            return Ok(None);
        }
        let id = required(OPTIONS, "DhcpOptionsId", self.dhcp_options_id.clone())?;
        let (name, arn) = (name(self.tags(), &id), arn(scope, "dhcp-options", &id));
        Ok(Some(DHCP_OPTIONS.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
