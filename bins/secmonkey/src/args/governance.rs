//! Overrides of checks, items to ignore, comments.

use clap::{ArgGroup, Subcommand};
use secmonkey_core::Timestamp;
use secmonkey_core::query::language::{Pattern, Term};
use secmonkey_core::query::{Query, QueryError};

use super::parse::{moment, score};
use super::query::any_of;

/// The items that a rule is about.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "For which items")]
pub struct Scope {
    /// A query about items: `tag:env=test name:web-*`; `docs/query.md` has all terms
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// In this account, by id or name; can be given again
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// In accounts of which this is registered: `notes=*sandbox*`, `third_party=true`
    #[arg(long = "where", value_name = "FIELD=PATTERN", value_parser = member)]
    pub members: Vec<Term>,
    /// With this tag, and perhaps its value: `env=test`; can be given again
    #[arg(long = "tag", value_name = "K=V", value_parser = tag)]
    pub tags: Vec<Term>,
    /// In this region; can be given again
    #[arg(long = "region", value_name = "R")]
    pub regions: Vec<String>,
}

impl Scope {
    /// The query that they come to.
    pub fn into_query(self) -> Result<Query, QueryError> {
        let query: Query = self.query.join(" ").parse()?;
        let query = query.and(any_of(self.accounts, Term::Account));
        let query = query.and(any_of(self.regions, Term::Region));
        Ok(self.members.into_iter().chain(self.tags).fold(query, Query::and))
    }
}

fn member(text: &str) -> Result<Term, String> {
    match text.split_once('=') {
        Some((field, pattern)) if !field.is_empty() => {
            Term::of(&format!("account.{field}"), pattern).map_err(|error| error.reason.to_string())
        }
        _ => Err(format!("`{text}` is not FIELD=PATTERN: write `notes=*sandbox*`")),
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not NAME=VALUE: write `max_age_days=180`")),
    }
}

fn tag(text: &str) -> Result<Term, String> {
    Term::of("tag", text).map_err(|error| error.reason.to_string())
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  secmonkey checks override s3_bucket.versioning_disabled --score 1 --reason 'not our way'
  secmonkey checks override security_group.unused --disable --reason 'we monitor'
  secmonkey checks override ebs_volume.unencrypted --score 2 --account sandbox --reason 'no data'
  secmonkey checks override iam_user.console_without_mfa --score 9 --where 'notes=*payment*' \\
      --reason PCI
  secmonkey checks override iam_user.active_key_unrotated_90d --set max_age_days=180 --dry-run \\
      --reason 'our key policy'
  secmonkey checks override rds_instance.unencrypted --disable --tag env=test --until 'in 30 days' \\
      --reason 'migration' --dry-run

An override for some items counts before one for all; of several, the last made counts. A new
one for the same items replaces the old one. What a disabled check finds is suppressed, not
resolved: it is recorded all the same, and `--status suppressed` lists it.

Parameters (`secmonkey checks show CHECK` names them) decide over what is found: the next scan,
or `secmonkey audit`, judges anew what is stored.",
    group(ArgGroup::new("effect").args(["score", "disable", "set"]).required(true).multiple(true))
)]
pub struct OverrideCheck {
    /// The check
    #[arg(value_name = "CHECK")]
    pub check: String,
    /// The score of what it finds: 0 to 10, or info, low, medium, high, critical
    #[arg(long, value_name = "N", value_parser = score)]
    pub score: Option<u8>,
    /// Set a parameter of the check: `max_age_days=180`, `ports=22,8443`; can be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// Suppress what it finds
    #[arg(long, conflicts_with_all = ["score", "set"])]
    pub disable: bool,
    /// Why
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// When it ends: RFC 3339, a date or `in 30 days`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
    /// Only say what it would be about
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub scope: Scope,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey checks reset s3_bucket.versioning_disabled
  secmonkey checks reset ebs_volume.unencrypted --account sandbox")]
pub struct ResetCheck {
    /// The check
    #[arg(value_name = "CHECK")]
    pub check: String,
    #[command(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Subcommand)]
pub enum Ignore {
    /// Ignore items: they are recorded and judged all the same
    Add(IgnoreAdd),
    /// Every rule in force, with what it ignores
    List,
    /// Ignore items no longer
    #[command(after_help = "Example:
  secmonkey ignore remove q7m3kd")]
    Remove {
        /// The rule's id, or the start of it where no other starts so
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey ignore add --technology ec2_instance --prefix asg- --reason 'they come and go'
  secmonkey ignore add --tag env=playground --reason 'nobody depends on it' --until 2027-01-31
  secmonkey ignore add --account sandbox --reason 'emptied every night' --dry-run
  secmonkey ignore add 'technology:route53_record name:_acme-challenge.*' --reason certbot

What is ignored is left out of lists and scores, and nobody is told of it. Nothing that is
recorded changes; `secmonkey items ignored:true` lists it.")]
pub struct IgnoreAdd {
    /// Of this technology; can be given again
    #[arg(long = "technology", value_name = "T", help_heading = "For which items")]
    pub technologies: Vec<String>,
    /// Whose names begin so
    #[arg(long, value_name = "P", help_heading = "For which items")]
    pub prefix: Option<String>,
    /// Why
    #[arg(long, value_name = "R")]
    pub reason: String,
    /// When it ends: RFC 3339, a date or `in 30 days`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
    /// Only say what it would ignore
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub scope: Scope,
}

impl IgnoreAdd {
    /// The items that are meant.
    pub fn query(&mut self) -> Query {
        let technologies = std::mem::take(&mut self.technologies);
        let prefix = self.prefix.take().filter(|prefix| !prefix.is_empty());
        let name = prefix.map(|prefix| Term::Name(Pattern::of(vec![prefix, String::new()])));
        any_of(technologies, Term::Technology).and(name.map(Query::Term).unwrap_or_default())
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey comment bastion --text 'asked the network team'
  secmonkey comment bastion --revision 3 --text 'the change of INC-1234'
  secmonkey comment q7m3kd --text 'waits for the migration'

Comments are shown with their item, its revisions and its issues; they change nothing else.")]
pub struct Comment {
    /// An item by key, ARN, id or name, or an issue by its id
    #[arg(value_name = "ITEM|ISSUE")]
    pub about: String,
    /// What there is to say
    #[arg(long, value_name = "T")]
    pub text: String,
    /// About this revision of the item
    #[arg(long, value_name = "N")]
    pub revision: Option<u64>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "FILE is TOML. What it declares is so from then on, all of it or nothing; what it does not
declare stays. Applied again it changes nothing.

  [[account]]
  id = \"123456789012\"
  name = \"production\"

  [[network]]
  name = \"office\"
  cidr = \"203.0.113.0/24\"

  [[ignore]]
  query = \"technology:ec2_instance name:asg-*\"
  reason = \"they come and go\"

  [[override]]
  check = \"rds_instance.unencrypted\"
  query = \"tag:env=test\"                # without it: all items
  score = 1                             # or: disabled = true, parameters = { max_age_days = 180 }
  reason = \"no data in there\"
  until = 2027-01-31                    # if it ends

An account has what `account list --format json` prints; only id and name are needed.

Examples:
  secmonkey apply -f watch.toml --dry-run
  secmonkey apply -f watch.toml"
)]
pub struct Apply {
    /// The file, TOML or YAML; `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// Only say what it would change
    #[arg(long)]
    pub dry_run: bool,
}
