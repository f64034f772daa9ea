//! Checks of DB security groups.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use secmonkey_core::check::{Check, Findings, Undecided, World};
use secmonkey_core::event::ScopeId;
use secmonkey_core::texts::Texts;

use super::case::Case;
use super::security_group::{PRIVATE, is_internet};
use super::subject::Network;
use super::{AwsCheck, list, text};

const GROUP: Cow<'static, str> = Cow::Borrowed("rds_security_group");

/// The technology of the databases that are in groups.
const INSTANCE: &str = "rds_instance";

const READS: Texts = Texts::new(&["/DBSecurityGroupName", "/IPRanges/*/CIDRIP"]);
const WORLD: Texts = Texts::new(&[INSTANCE]);
/// That no database is in the group only lowers a score.
const DOUBTS: Texts = Texts::new(&[INSTANCE]);

/// The largest private network.
const TEN: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8));

pub(super) const CHECKS: &[AwsCheck] = &[
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_security_group.any_address"),
            technology: GROUP,
            score: 9,
            reads: READS,
            world: WORLD,
            doubts: DOUBTS,
            page: Cow::Borrowed(include_str!("rds_security_group/any_address.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            let is_any = |block: IpNet| block.prefix_len() == 0 && block.addr().is_unspecified();
            find(case, |block, _| Ok(is_any(block).then_some(9)), "every address", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_security_group.large_network"),
            technology: GROUP,
            score: 4,
            reads: READS,
            world: Texts::new(&["known", INSTANCE]),
            doubts: DOUBTS,
            page: Cow::Borrowed(include_str!("rds_security_group/large_network.md")),
            ..Check::DEFAULT
        },
        run: |case, found| find(case, large, "a network larger than /24", found),
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_security_group.private_cidr_outside_vpc"),
            technology: GROUP,
            score: 1,
            reads: Texts::new(&["/DBSecurityGroupName", "/IPRanges/*/CIDRIP", "/VpcId"]),
            world: WORLD,
            doubts: DOUBTS,
            page: Cow::Borrowed(include_str!("rds_security_group/private_cidr_outside_vpc.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            if !text(&case.item.config["VpcId"]).is_empty() {
                return Ok(());
            }
            let is_private = |block| match block {
                IpNet::V4(block) => PRIVATE.iter().any(|private| private.contains(&block)),
                IpNet::V6(_) => false,
            };
            let score = |block, _: &World<'_>| Ok(is_private(block).then_some(1));
            find(case, score, "a private block, outside of any VPC", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_security_group.ten_net"),
            technology: GROUP,
            score: 4,
            reads: READS,
            world: WORLD,
            doubts: DOUBTS,
            page: Cow::Borrowed(include_str!("rds_security_group/ten_net.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            let score = |block: IpNet, _: &World<'_>| Ok((block.trunc() == TEN).then_some(4));
            find(case, score, "every address that begins with 10", found)
        },
    },
    AwsCheck {
        check: Check {
            id: Cow::Borrowed("rds_security_group.zero_prefix"),
            technology: GROUP,
            score: 9,
            reads: READS,
            world: WORLD,
            doubts: DOUBTS,
            page: Cow::Borrowed(include_str!("rds_security_group/zero_prefix.md")),
            ..Check::DEFAULT
        },
        run: |case, found| {
            let is_zero = |block: IpNet| block.prefix_len() == 0 && !block.addr().is_unspecified();
            let score = |block, _: &World<'_>| Ok(is_zero(block).then_some(9));
            find(case, score, "every address, whatever stands before the /0", found)
        },
    },
];

/// The most that a finding scores while no database is in the group.
const IDLE: u8 = 3;

/// Finds ranges that are let in, with the score that they have.
fn find(
    case: &Case<'_>,
    score: impl Fn(IpNet, &World<'_>) -> Result<Option<u8>, Undecided>,
    what: &str,
    found: &mut Findings,
) -> Result<(), Undecided> {
    let config = &case.item.config;
    let mut wrong = Vec::new();
    for (index, range) in list(&config["IPRanges"]).iter().enumerate() {
        let at = format!("/IPRanges/{index}/CIDRIP");
        let block = text(&range["CIDRIP"]).parse::<IpNet>();
        let block = block.map_err(|error| Undecided::Malformed(format!("{at}: {error}")))?;
        if let Some(score) = score(block, &case.world)? {
            wrong.push((block, score, at));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let instances = ScopeId { technology: INSTANCE.to_owned(), ..ScopeId::of(&case.item.key) };
    let of_instance = Texts::new(&["/DBSecurityGroups/*/DBSecurityGroupName"]);
    let name = text(&config["DBSecurityGroupName"]);
    let (in_use, in_doubt) = match case.world.naming(&instances, &of_instance, name) {
        Ok(instances) => (!instances.is_empty(), false),
        Err(Undecided::Unlisted(_)) => (true, true),
        Err(why) => return Err(why),
    };
    for (block, score, at) in wrong {
        let detail = format!("lets in {block}, {what}");
        let finding = if in_use {
            // A database that joins widens a finding that was accepted because there was none.
            found.add(Network(block), detail).score(score).ground("in use")
        } else {
            let detail = format!("{detail}; no DB instance is in the group");
            found.add(Network(block), detail).score(score.min(IDLE))
        };
        finding.at(at);
        if in_doubt {
            finding.doubt(INSTANCE);
        }
    }
    Ok(())
}

/// The score of a network that is larger than /24 and that nobody vouched for. What other
/// checks tell is left to them.
fn large(block: IpNet, world: &World<'_>) -> Result<Option<u8>, Undecided> {
    let block = block.trunc();
    if !(1..24).contains(&block.prefix_len()) || block == TEN {
        return Ok(None);
    }
    if is_internet(world, block)? {
        return Ok(Some(9));
    }
    match world.blocks(block) {
        Ok(known) => Ok((!known.iter().any(|known| known.name.is_some())).then_some(4)),
        // Registered networks are always known.
        Err(Undecided::Unlisted(_)) => Ok(Some(4)),
        Err(why) => Err(why),
    }
}
