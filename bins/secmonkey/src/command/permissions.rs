//! `secmonkey permissions`

use std::collections::BTreeSet;

use secmonkey_core::technology::{Reach, Technology};
use serde::Serialize;

use crate::args::Permissions;
use crate::context::{self, Context};
use crate::error::{Error, Exit};

pub fn run(context: &Context, args: &Permissions) -> Result<Exit, Error> {
    let registry = context::registry();
    registry.require_technologies(&args.technologies)?;
    let is_asked = |technology: &&Technology| {
        args.technologies.is_empty() || args.technologies.iter().any(|id| *id == technology.id)
    };
    let technologies: Vec<_> = registry.technologies().filter(is_asked).collect();
    context.output.object(&policy(&technologies))?;
    if context.output.is_table() {
        context.output.note(
            "Attach this to the identity that scans, or to the role in each account; to assume \
             roles, that identity needs sts:AssumeRole on them.",
        );
    }
    Ok(Exit::Done)
}

/// An IAM policy, its members in the order in which people write them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy<'a> {
    version: &'static str,
    statement: [Statement<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<&'a str>,
    resource: &'static str,
}

/// The IAM policy under which these technologies can be read, and nothing else be done.
fn policy<'a>(technologies: &[&'a Technology]) -> Policy<'a> {
    let mut action: BTreeSet<_> =
        technologies.iter().flat_map(|technology| technology.permissions.iter()).collect();
    if technologies.iter().any(|technology| technology.reach == Reach::Regional) {
        // Which regions there are.
        action.insert("ec2:DescribeRegions");
    }
    let (sid, effect, resource) = ("SecmonkeyReads", "Allow", "*");
    Policy { version: "2012-10-17", statement: [Statement { sid, effect, action, resource }] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_for_everything() {
        let policy = policy(&context::registry().technologies().collect::<Vec<_>>());
        insta::assert_snapshot!(serde_json::to_string_pretty(&policy).unwrap());
    }

    #[test]
    fn global_technologies_need_no_regions() {
        let users = context::registry().technology("iam_user").unwrap();
        let [Statement { action, .. }] = policy(&[users]).statement;
        assert!(action.contains("iam:ListAccessKeys"), "{action:?}");
        assert!(!action.contains("ec2:DescribeRegions"), "{action:?}");
    }
}
