//! `secmonkey permissions`

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use secmonkey_app::error::{Error, Exit};
use secmonkey_app::scan;
use secmonkey_aws::trail::LOOKUP;
use secmonkey_core::technology::Technology;
use serde::Serialize;

use crate::args::Permissions;
use crate::context::{self, Context};
use crate::output::{self, Format};

mod cloudformation;
mod terraform;

/// What AWS takes in a managed policy: characters, without white space.
const SIZE: usize = 6_144;

pub fn run(context: &Context, args: &Permissions) -> Result<Exit, Error> {
    let registry = context::registry();
    registry.require_technologies(&args.technologies)?;
    let is_asked = |technology: &&Technology| {
        if args.technologies.is_empty() {
            context.config.technologies.reads(&technology.id)
        } else {
            args.technologies.iter().any(|id| *id == technology.id)
        }
    };
    let technologies: Vec<_> = registry.technologies().filter(is_asked).collect();
    let policies = if args.discover {
        split(secmonkey_aws::source::PERMISSIONS.iter().copied().collect(), SIZE)
    } else {
        let asks = context.config.daemon.events.lookup && args.technologies.is_empty();
        policies(&technologies, asks.then_some(LOOKUP.permission))
    };
    let role = Role {
        name: &args.role,
        trust: args.trust.as_deref(),
        external_id: args.external_id.as_deref(),
        policies: &policies,
    };
    if args.terraform {
        output::print(&terraform::module(&role))?;
    } else if args.cloudformation {
        output::print(&format!("{:#}\n", cloudformation::template(&role)?))?;
    } else if let Some(directory) = &args.output {
        write(directory, &policies)?;
        context.output.note(format!("{} in {}", names(policies.len()), directory.display()));
    } else {
        print(context, &policies, if args.discover { DISCOVERS } else { READS })?;
    }
    Ok(Exit::Done)
}

/// Where the policy of a scan belongs.
const READS: &str = "Attach this to the identity that scans, or to the role in each account; to \
                     assume roles, that identity needs sts:AssumeRole on them.";
/// Where the policy of a discovery belongs.
const DISCOVERS: &str = "Attach this to the identity that discovers accounts, in the \
                         organization's management account or that of a delegated administrator.";

/// Prints the one policy; as a list where they are several. `place` says where they belong.
fn print(context: &Context, policies: &[Policy<'_>], place: &str) -> Result<(), Error> {
    match policies {
        policies if matches!(context.output.format, Format::Jsonl | Format::Csv) => {
            policies.iter().try_for_each(|policy| context.output.object(policy))?;
        }
        [policy] => context.output.object(policy)?,
        policies => context.output.object(&policies)?,
    }
    if context.output.is_table() {
        if policies.len() > 1 {
            context.output.note(format!(
                "These are {} policies, because AWS takes no longer ones: --output DIR writes each \
                 to a file",
                policies.len()
            ));
        }
        context.output.note(place);
    }
    Ok(())
}

/// Writes each policy to a file.
fn write(directory: &Path, policies: &[Policy<'_>]) -> Result<(), Error> {
    let refused = |path: &Path, error: std::io::Error| {
        Error::usage(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(directory).map_err(|error| refused(directory, error))?;
    for (number, policy) in (1..).zip(policies) {
        let path = directory.join(format!("secmonkey-{number}.json"));
        let text = serde_json::to_string_pretty(policy)? + "\n";
        fs::write(&path, text).map_err(|error| refused(&path, error))?;
    }
    Ok(())
}

/// The names of the files of so many policies.
fn names(count: usize) -> String {
    match count {
        0 | 1 => "secmonkey-1.json".to_owned(),
        _ => format!("secmonkey-1.json to secmonkey-{count}.json"),
    }
}

/// The role that a scan assumes.
struct Role<'a> {
    name: &'a str,
    /// Who assumes it, where that is known.
    trust: Option<&'a str>,
    external_id: Option<&'a str>,
    policies: &'a [Policy<'a>],
}

impl Role<'_> {
    /// The name of a policy of the role: what it may do is no matter of one policy, so that
    /// the first keeps its name when a second is needed.
    fn policy(&self, number: usize) -> String {
        format!("{}-{number}", self.name)
    }
}

/// What is said of the role where it is made.
const DESCRIPTION: &str = "secmonkey reads the configuration of resources";
/// What is said of who assumes it.
const TRUSTED: &str = "Who scans: the id of an account, or the ARN of a role or user";

/// An IAM policy, its members in the order in which people write them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy<'a> {
    version: &'static str,
    statement: [Statement<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<&'a str>,
    resource: &'static str,
}

impl<'a> Policy<'a> {
    fn allowing(action: BTreeSet<&'a str>) -> Self {
        let (sid, effect, resource) = ("SecmonkeyReads", "Allow", "*");
        Self { version: "2012-10-17", statement: [Statement { sid, effect, action, resource }] }
    }

    /// Its characters, as AWS counts them: nothing in it has white space.
    fn size(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |text| text.len())
    }
}

/// The IAM policies under which these technologies can be read, perhaps one more call be made,
/// and nothing else be done: as few as AWS takes, one at least.
fn policies<'a>(technologies: &[&'a Technology], also: Option<&'a str>) -> Vec<Policy<'a>> {
    split(scan::operations(technologies, also), SIZE)
}

/// Policies of at most a size that allow these actions together.
fn split(actions: BTreeSet<&str>, most: usize) -> Vec<Policy<'_>> {
    // Before the first action stands no comma.
    let empty = Policy::allowing(BTreeSet::new()).size().saturating_sub(1);
    let mut all = Vec::new();
    let (mut part, mut size) = (BTreeSet::new(), empty);
    for action in actions {
        // Its quotes and a comma.
        let more = action.len() + 3;
        if size + more > most && !part.is_empty() {
            all.push(Policy::allowing(std::mem::take(&mut part)));
            size = empty;
        }
        part.insert(action);
        size += more;
    }
    all.push(Policy::allowing(part));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<'a> Policy<'a> {
        fn actions(&self) -> impl Iterator<Item = &'a str> {
            self.statement.iter().flat_map(|statement| statement.action.iter().copied())
        }
    }

    fn everything() -> Vec<Policy<'static>> {
        policies(&context::registry().technologies().collect::<Vec<_>>(), None)
    }

    #[test]
    fn the_policies_for_everything() {
        let all = everything();
        insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
        assert!(all.iter().all(|policy| policy.size() <= SIZE));
    }

    #[test]
    fn global_technologies_need_no_regions() {
        let users = context::registry().technology("iam_user").unwrap();
        let actions: Vec<_> = policies(&[users], None).iter().flat_map(Policy::actions).collect();
        assert!(actions.contains(&"iam:ListAccessKeys"), "{actions:?}");
        assert!(!actions.contains(&"ec2:DescribeRegions"), "{actions:?}");
    }

    #[test]
    fn policies_are_as_few_and_as_long_as_may_be() {
        let all: BTreeSet<_> = everything().iter().flat_map(Policy::actions).collect();
        for most in [300, 1_000, 2_000, SIZE, usize::MAX] {
            let parts = split(all.clone(), most);
            let together: Vec<_> = parts.iter().flat_map(Policy::actions).collect();
            assert_eq!(together, all.iter().copied().collect::<Vec<_>>(), "each once, in order");
            assert!(parts.iter().all(|part| part.size() <= most), "{most}");
            for pair in parts.windows(2) {
                let next = pair[1].actions().next().unwrap();
                assert!(pair[0].size() + next.len() + 3 > most, "{next} has room before");
            }
        }
        assert_eq!(split(BTreeSet::new(), SIZE).len(), 1);
    }

    fn role<'a>(policies: &'a [Policy<'a>]) -> Role<'a> {
        Role { name: "SecurityMonkey", trust: None, external_id: None, policies }
    }

    #[test]
    fn a_role_for_terraform() {
        let queues = context::registry().technology("sqs_queue").unwrap();
        let actions: BTreeSet<_> =
            policies(&[queues], None).iter().flat_map(Policy::actions).collect();
        let two = split(actions, 150);
        let trusting = Role {
            name: "Reader",
            trust: Some("arn:aws:iam::123456789012:role/scanner"),
            external_id: Some("7f3a/secmonkey"),
            policies: &two[..1],
        };
        insta::assert_snapshot!("terraform", terraform::module(&role(&two)));
        insta::assert_snapshot!("terraform_trusting", terraform::module(&trusting));
    }

    #[test]
    fn a_role_for_cloudformation() {
        let queues = context::registry().technology("sqs_queue").unwrap();
        let actions: BTreeSet<_> =
            policies(&[queues], None).iter().flat_map(Policy::actions).collect();
        let two = split(actions, 150);
        let template = cloudformation::template(&role(&two)).unwrap();
        insta::assert_snapshot!("cloudformation", format!("{template:#}"));
        let trusting = Role {
            trust: Some("123456789012"),
            external_id: Some("7f3a/secmonkey"),
            ..role(&two[..1])
        };
        let template = cloudformation::template(&trusting).unwrap();
        insta::assert_snapshot!("cloudformation_trusting", format!("{template:#}"));
    }
}
