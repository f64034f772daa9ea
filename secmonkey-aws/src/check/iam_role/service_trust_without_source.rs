#![doc = include_str!("service_trust_without_source.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use crate::check::AwsCheck;
use crate::check::case::Case;
use crate::check::identity_policy::is_service_linked;
use crate::check::resource_policy::holds_back;
use crate::check::subject::Principal;

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("iam_role.service_trust_without_source"),
        technology: Cow::Borrowed("iam_role"),
        score: 2,
        version: 2,
        reads: Texts::new(&["/AssumeRolePolicyDocument", "/Path"]),
        page: Cow::Borrowed(include_str!("service_trust_without_source.md")),
        ..Check::DEFAULT
    },
    run,
};

/// Services that take a role for what runs in its own account, where somebody had to be
/// allowed to pass it (`iam:PassRole`): none of them is asked by another account.
const OF_THE_ACCOUNT: [&str; 14] = [
    "application-autoscaling.amazonaws.com",
    "autoscaling.amazonaws.com",
    "batch.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
    "edgelambda.amazonaws.com",
    "eks-fargate-pods.amazonaws.com",
    "eks.amazonaws.com",
    "elasticmapreduce.amazonaws.com",
    "lambda.amazonaws.com",
    "opsworks.amazonaws.com",
    "pods.eks.amazonaws.com",
    "spotfleet.amazonaws.com",
];

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let Some(exposed) = case.exposed()?.filter(|_| !is_service_linked(case.item)) else {
        return Ok(());
    };
    for grant in exposed.grants() {
        let Who::Service(service) = &grant.who else { continue };
        // In China, `ec2.amazonaws.com.cn`.
        let name = service.strip_suffix(".cn").unwrap_or(service);
        if !grant.source.is_empty() || OF_THE_ACCOUNT.contains(&name) {
            continue;
        }
        // What has to come from a known place, or to know a secret, is not asked by anybody.
        if grant.conditions.iter().any(holds_back) {
            continue;
        }
        let detail = format!(
            "{service} may assume the role for whoever asks it: no aws:SourceArn or aws:SourceAccount"
        );
        found.add(Principal(&grant.who), detail).at(exposed.statement(grant.statement));
    }
    Ok(())
}
