//! What secmonkey may read, and whether it can.

use std::path::PathBuf;

use clap::ArgGroup;

use super::parse::{external_id, role_name, trusted};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the store and the disk that it is on, the credentials, the clock, each account with its
role and the permissions that the technologies need, the queue of events, the notifiers and the
daemon. Nothing is scanned, recorded or told. What a role may call is asked of IAM itself
(iam:SimulatePrincipalPolicy); where that is not allowed, it is what scans were denied. Ends with
1 where anything does not work.

Examples:
  secmonkey doctor
  secmonkey doctor --account production --format json")]
pub struct Doctor {
    /// Only this account: id, name or tag; can be given again
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without options: the policy for everything that is read, as JSON. AWS takes 6,144 characters
a managed policy; where it needs more, several policies are printed as an array, with
`--format jsonl` one a line, and with --output each into a file of its own. The role that
--terraform and --cloudformation make has them all.

Examples:
  secmonkey permissions > policy.json
  secmonkey permissions --output policies
  secmonkey permissions --terraform --trust 123456789012 > secmonkey.tf
  secmonkey permissions --cloudformation --trust 123456789012 > secmonkey.json
  aws cloudformation deploy --stack-name secmonkey --template-file secmonkey.json \\
      --capabilities CAPABILITY_NAMED_IAM",
    group(ArgGroup::new("form").args(["output", "terraform", "cloudformation"])),
    group(ArgGroup::new("whole").args(["terraform", "cloudformation"]).multiple(true))
)]
pub struct Permissions {
    /// Only for this technology; can be given again
    #[arg(long = "technology", value_name = "T")]
    pub technologies: Vec<String>,
    /// For `account discover`, and nothing else
    #[arg(long, conflicts_with = "technologies")]
    pub discover: bool,
    /// Write each policy to a file of this folder: secmonkey-1.json, ...
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The role with its policies, for Terraform
    #[arg(long)]
    pub terraform: bool,
    /// The role with its policies, as a CloudFormation template
    #[arg(long)]
    pub cloudformation: bool,
    /// Who assumes the role: an account, by id, or a role or user, by ARN [default: a variable or
    /// parameter that stands for the account the role is in]
    #[arg(long, value_name = "ACCOUNT-OR-ARN", requires = "whole", value_parser = trusted)]
    pub trust: Option<String>,
    /// What whoever assumes the role has to know (`account add --external-id`)
    #[arg(long, value_name = "ID", requires = "whole", value_parser = external_id)]
    pub external_id: Option<String>,
    /// The name of the role
    #[arg(long, value_name = "NAME", default_value = "SecurityMonkey", requires = "whole", value_parser = role_name)]
    pub role: String,
}
