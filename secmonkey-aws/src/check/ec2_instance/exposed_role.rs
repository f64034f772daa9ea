#![doc = include_str!("exposed_role.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::event::ScopeId;
use secmonkey_core::item::GLOBAL;
use secmonkey_core::texts::Texts;

use super::exposure::{exposures, is_idle};
use crate::check::case::{Case, Shared};
use crate::check::reachable::few;
use crate::check::subject::Whole;
use crate::check::{AwsCheck, listed, policy_rows};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("ec2_instance.exposed_role"),
        technology: Cow::Borrowed("ec2_instance"),
        score: 7,
        reads: Texts::new(&["/IamInstanceProfile/Arn", "/NetworkInterfaces", "/State/Name"]),
        world: Texts::new(&[
            "accounts",
            "ec2_prefix_list",
            "iam_managed_policy",
            ROLE,
            "internet_gateway",
            "known",
            "network_acl",
            "route_table",
            "security_group",
            "subnet",
        ]),
        timed: true,
        page: Cow::Borrowed(include_str!("exposed_role.md")),
        ..Check::DEFAULT
    },
    run,
};

/// The technology of roles.
const ROLE: &str = "iam_role";

/// Where a role says in which instance profiles it is.
const PROFILES: Texts = Texts::new(&["/InstanceProfileList/*/Arn"]);

/// What scores less is a front door, or somebody in particular.
const EXPOSED: u8 = 7;

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    const AT: &str = "/IamInstanceProfile/Arn";
    let Some(profile) = case.item.config["IamInstanceProfile"]["Arn"].as_str() else {
        return Ok(());
    };
    if is_idle(case.item) {
        return Ok(());
    }
    let exposures = exposures(case)?;
    let Some((open, exposure)) = exposures.iter().max_by_key(|(_, exposure)| exposure.score) else {
        return Ok(());
    };
    if exposure.score < EXPOSED {
        return Ok(());
    }
    let scope = ScopeId {
        account: case.item.key.account.clone(),
        technology: ROLE.to_owned(),
        region: GLOBAL.to_owned(),
    };
    for key in case.world.naming(&scope, &PROFILES, profile)? {
        let Some(role) = case.world.item(&key)? else { continue };
        let shared = Shared { identity_policies: policy_rows::identity(ROLE), ..Shared::default() };
        let worn = Case::new(&role, case.world, &shared);
        let Some((may, grounds)) = power(&worn)? else { continue };
        let paths = few(&exposure.paths.iter().map(String::as_str).collect());
        let detail = format!(
            "{} is open to {} by {paths}; the instance has the role {}, which {may}",
            exposure.traffic, exposure.who, role.name,
        );
        let finding = found.add(Whole, detail).at(AT).ground(open.as_str());
        finding.evidence.extend(exposure.at.iter().cloned());
        finding.grounds.extend(grounds);
    }
    Ok(())
}

/// What makes a role worth taking over, for people, and what that rests on.
fn power(role: &Case<'_>) -> Result<Option<(String, Vec<String>)>, Undecided> {
    let effective = role.effective()?;
    let permissions = effective.permissions()?;
    if let Some(held) = permissions.full_admin() {
        let labels = effective.basis(&held.evidence).labels;
        let by = listed(labels.iter().map(String::as_str));
        return Ok(Some((format!("may do everything on everything, by {by}"), labels)));
    }
    let ways = permissions.escalations();
    let mut ways = ways.iter().filter(|way| !way.narrow);
    let Some(first) = ways.next() else { return Ok(None) };
    let (id, how) = (first.path.id, first.path.how);
    let may = format!("opens a way to more permissions by {id} ({how})");
    Ok(Some((may, vec![id.to_owned()])))
}
