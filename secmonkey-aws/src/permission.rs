//! What an identity may call, asked of IAM itself.

use std::collections::BTreeSet;

use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use secmonkey_core::account::Account;
use secmonkey_core::watch::{Cause, Error, Listed, pages};

use crate::error::failed;
use crate::operation::Operation;
use crate::session::{Caller, Sessions};
use crate::settings;

/// What asking needs.
pub const SIMULATE: Operation = Operation::new("iam:SimulatePrincipalPolicy");
/// What telling needs where a session's role is.
const ROLE: Operation = Operation::new("iam:GetRole");

/// So many operations are asked about at a time.
const BATCH: usize = 100;

/// The operations of these (`s3:GetBucketAcl`) that whoever reads an account may not call: by the
/// policies of that identity, its permissions boundary and its organization, on any
/// resource. What a resource's own policy refuses does not show here.
///
/// # Errors
/// Where IAM cannot be asked; that may itself be denied.
pub async fn denied(
    sessions: &Sessions,
    account: &Account,
    caller: &Caller,
    operations: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, Error> {
    let Some(principal) = principal(sessions, account, caller).await? else {
        return Ok(BTreeSet::new());
    };
    let client = sessions.iam(account);
    let operations: Vec<String> = operations.iter().map(|&one| one.to_owned()).collect();
    let mut denied = BTreeSet::new();
    for some in operations.chunks(BATCH) {
        let mut listing = pages(SIMULATE, |marker| {
            let asked = client
                .simulate_principal_policy()
                .policy_source_arn(&principal)
                .set_action_names(Some(some.to_vec()))
                .set_marker(marker);
            async move {
                let answer = asked.send().await.map_err(|error| failed(SIMULATE, &error))?;
                let results = answer.evaluation_results.unwrap_or_default();
                Ok(Listed::page(results, answer.marker))
            }
        });
        while let Some(results) = listing.next().await? {
            let refused = results
                .into_iter()
                .filter(|one| one.eval_decision != PolicyEvaluationDecisionType::Allowed);
            denied.extend(refused.map(|one| one.eval_action_name));
        }
    }
    Ok(denied)
}

/// The identity whose policies say what may be read; `None` of a root user, who may do
/// everything.
async fn principal(
    sessions: &Sessions,
    account: &Account,
    caller: &Caller,
) -> Result<Option<String>, Error> {
    if let Some(role) = settings::role_arn(account) {
        return Ok(Some(role));
    }
    let resource = caller.arn.splitn(6, ':').nth(5).unwrap_or_default();
    let mut parts = resource.split('/');
    match (parts.next(), parts.next()) {
        (Some("root"), None) => Ok(None),
        (Some("user"), Some(_)) => Ok(Some(caller.arn.clone())),
        // A session does not tell the path of its role.
        (Some("assumed-role"), Some(name)) => {
            let answer = sessions.iam(account).get_role().role_name(name).send().await;
            let answer = answer.map_err(|error| failed(ROLE, &error))?;
            Ok(answer.role.map(|role| role.arn))
        }
        _ => {
            let reason = format!("{} has no policies of its own", caller.arn);
            Err(Error::new(SIMULATE, Cause::Other, reason))
        }
    }
}
