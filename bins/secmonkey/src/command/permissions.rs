//! `secmonkey permissions`

use std::collections::BTreeSet;

use secmonkey_core::technology::{Reach, Technology};
use serde_json::{Value, json};

use crate::args::Permissions;
use crate::context::{self, Context};
use crate::error::{Error, Exit};

pub fn run(context: &Context, args: Permissions) -> Result<Exit, Error> {
    context::known_technologies(&args.technologies)?;
    let mut technologies = context::technologies();
    if !args.technologies.is_empty() {
        technologies.retain(|known| args.technologies.iter().any(|id| id == known.id));
    }
    context.output.object(&policy(&technologies))?;
    if context.output.is_table() {
        context.output.note(
            "Attach this to the identity that scans, or to the role in each account; to assume \
             roles, that identity needs sts:AssumeRole on them.",
        );
    }
    Ok(Exit::Done)
}

/// The IAM policy under which these technologies can be read, and nothing else be done.
fn policy(technologies: &[Technology]) -> Value {
    let mut actions: BTreeSet<&str> =
        technologies.iter().flat_map(|technology| technology.permissions.iter().copied()).collect();
    if technologies.iter().any(|technology| technology.reach == Reach::Regional) {
        // Which regions there are.
        actions.insert("ec2:DescribeRegions");
    }
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "SecmonkeyReads",
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*",
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_for_everything() {
        insta::assert_snapshot!(format!("{:#}", policy(&context::technologies())));
    }

    #[test]
    fn global_technologies_need_no_regions() {
        let users: Vec<_> =
            context::technologies().into_iter().filter(|known| known.id == "iam_user").collect();
        let actions = policy(&users)["Statement"][0]["Action"].to_string();
        assert!(actions.contains("iam:ListAccessKeys") && !actions.contains("ec2:"), "{actions}");
    }
}
