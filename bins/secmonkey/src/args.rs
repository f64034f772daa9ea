//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand};
use secmonkey_core::Timestamp;
use secmonkey_core::event::Position;

use crate::time;

mod access;
mod accounts;
mod form;
mod governance;
mod moving;
mod notify;
mod parse;
mod query;
mod record;
mod report;

pub use access::{Doctor, Permissions};
pub use accounts::{
    Account, AccountAdd, AccountDiscover, AccountEdit, AccountSettings, Network, NetworkAdd,
};
pub use form::{Form, Page, Standard};
pub use governance::{Apply, Comment, Ignore, IgnoreAdd, OverrideCheck, ResetCheck};
pub use moving::{Compact, Export, ExportWhat, Import, Inventory};
pub use notify::{Notifications, Setup, SetupEvents, Subscribe, Subscriptions};
pub use query::{Blame, Diff, Exposure, History, IssueOf, Issues, Items, Show, Status, any_of};
pub use record::{CheckProof, Checkpoint, Keys, KeysCreate, Prove, Verify};
pub use report::Report;

use parse::{moment, score};

/// Watches AWS accounts: records every configuration and every change for ever, judges
/// them, and tells.
///
/// Nothing needs to be set up: with AWS credentials in the environment or a profile,
/// `secmonkey scan` reads the account they belong to.
#[derive(Debug, Parser)]
#[command(
    name = "secmonkey",
    version,
    after_help = "Examples:
  secmonkey                             where we stand: the worst, and how to fix it
  secmonkey scan                        read the account, record, judge, tell
  secmonkey issues                      what is wrong now
  secmonkey issue q7m3kd                why, and how to fix it
  secmonkey items --cidr 203.0.113.7    whatever lets that address in
  secmonkey history bastion             how it came to be so
  secmonkey blame bastion               since when each line of it stands
  secmonkey exposure bastion            since when it was open, until when, to whom
  secmonkey diff bastion                the last change, line by line
  secmonkey report daily                what happened, as text, Markdown, HTML, CSV or JSON
  secmonkey show bastion --at 2026-01-31

Exit codes: 0 done, 1 --fail-on reached, 2 wrong usage, configuration or credentials,
3 done in part, 4 store unusable or record edited, 130 interrupted (143 terminated, 129
terminal closed).",
    propagate_version = false,
    max_term_width = 100
)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What goes with every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The store: a folder [default: secmonkey in the user's data folder]
    #[arg(
        long,
        global = true,
        env = "SECMONKEY_STORE",
        value_name = "PATH",
        hide_env_values = true
    )]
    pub store: Option<PathBuf>,
    /// The configuration file [default: secmonkey/config.toml in the user's configuration folder]
    #[arg(
        long,
        global = true,
        env = "SECMONKEY_CONFIG",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// The form of the output; the fields of JSON are never renamed, and a text of CSV that a
    /// spreadsheet would run begins with an apostrophe
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "table",
        hide_possible_values = true,
        value_name = "table|json|jsonl|csv"
    )]
    pub format: Form,
    /// How long to wait for a store that another process holds and does not share, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = time::duration)]
    pub wait: Duration,
    /// No remarks and no progress on standard error, errors only; a scan that found nothing new
    /// prints nothing
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell what is being done: the scopes of a scan, retries, waits; twice: each call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The accounts that are watched, and those that are known
    #[command(subcommand)]
    Account(Account),
    /// Read everything once, record what changed, judge it, tell
    Scan(Scan),
    /// Search what was recorded
    Items(Items),
    /// One item: its configuration and what is known of it, now or at a past instant
    Show(Show),
    /// How an item came to be as it is
    History(History),
    /// Which revision last set each member of a configuration, and when
    Blame(Blame),
    /// Since when findings stood and until when, also before anybody looked for them
    Exposure(Exposure),
    /// What changed between two revisions or times, or what sets two items apart
    Diff(Diff),
    /// What is wrong
    Issues(Issues),
    /// One issue: what it rests on, since when, why it matters, how to fix it
    Issue(IssueOf),
    /// What was looked at, read and judged, and what was not
    Status(Status),
    /// What is in the way of watching, and how to mend it
    Doctor(Doctor),
    /// Answers to be filed, printed and sent: as text, Markdown, HTML, CSV and JSON
    #[command(subcommand)]
    Report(Report),
    /// Accept issues, and say why
    Justify(Justify),
    /// Take a justification back
    Unjustify(Unjustify),
    /// Say something about an item, a revision or an issue
    Comment(Comment),
    /// The rules
    #[command(subcommand)]
    Checks(Checks),
    /// What is read: each kind of resource, its checks and the permissions that it takes
    Technologies,
    /// Bring about what a file declares: accounts, networks, ignored items, overrides
    Apply(Apply),
    /// Items that nobody wants to hear of
    #[command(subcommand)]
    Ignore(Ignore),
    /// Who is told of what, and when
    #[command(subcommand, name = "subscription")]
    Subscription(Subscriptions),
    /// Tell nobody for now; try whether a notifier delivers
    #[command(subcommand)]
    Notifications(Notifications),
    /// What has to be set up elsewhere
    #[command(subcommand)]
    Setup(Setup),
    /// The networks that are known: what lets them in lets in nobody unknown
    #[command(subcommand)]
    Network(Network),
    /// Judge what is stored, a past instant or a file; asks AWS nothing
    Audit(Audit),
    /// Policies in words
    #[command(subcommand)]
    Policy(Policy),
    /// The record itself: every event
    Log(Log),
    /// Find out whether the record was edited
    Verify(Verify),
    /// Sign the record as it is: what others keep shows later whether it still begins so
    Checkpoint(Checkpoint),
    /// Prove to others that a revision was recorded
    Prove(Prove),
    /// Say what a proof proves; needs no store
    CheckProof(CheckProof),
    /// The keys that the record is signed with
    #[command(subcommand)]
    Keys(Keys),
    /// Copy the store, also while it is in use
    Backup(Backup),
    /// Write the record to files: for keeping, or to move it to another store
    Export(Export),
    /// Read what `export` wrote
    Import(Import),
    /// Cut the history before a time; what is now, and what was signed, stays
    Compact(Compact),
    /// Keep what can be read of a damaged store
    Salvage(Salvage),
    /// Print the IAM policy that a scan needs
    Permissions(Permissions),
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  secmonkey completions bash > ~/.local/share/bash-completion/completions/secmonkey")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages: for whoever packages it
    #[command(hide = true)]
    Manual {
        /// A folder
        folder: PathBuf,
    },
}

impl Command {
    /// What another process is told that waits for the store.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Account(_) => "secmonkey account",
            Self::Scan(_) => "secmonkey scan",
            Self::Items(_) => "secmonkey items",
            Self::Show(_) => "secmonkey show",
            Self::History(_) => "secmonkey history",
            Self::Blame(_) => "secmonkey blame",
            Self::Exposure(_) => "secmonkey exposure",
            Self::Diff(_) => "secmonkey diff",
            Self::Issue(_) => "secmonkey issue",
            Self::Issues(_) => "secmonkey issues",
            Self::Status(_) => "secmonkey status",
            Self::Doctor(_) => "secmonkey doctor",
            Self::Report(_) => "secmonkey report",
            Self::Justify(_) => "secmonkey justify",
            Self::Unjustify(_) => "secmonkey unjustify",
            Self::Apply(_) => "secmonkey apply",
            Self::Comment(_) => "secmonkey comment",
            Self::Ignore(_) => "secmonkey ignore",
            Self::Subscription(_) => "secmonkey subscription",
            Self::Notifications(_) => "secmonkey notifications",
            Self::Setup(_) => "secmonkey setup",
            Self::Checks(_) => "secmonkey checks",
            Self::Technologies => "secmonkey technologies",
            Self::Network(_) => "secmonkey network",
            Self::Audit(_) => "secmonkey audit",
            Self::Policy(_) => "secmonkey policy",
            Self::Log(_) => "secmonkey log",
            Self::Verify(_) => "secmonkey verify",
            Self::Checkpoint(_) => "secmonkey checkpoint",
            Self::Prove(_) => "secmonkey prove",
            Self::CheckProof(_) => "secmonkey check-proof",
            Self::Keys(_) => "secmonkey keys",
            Self::Backup(_) => "secmonkey backup",
            Self::Compact(_) => "secmonkey compact",
            Self::Export(_) => "secmonkey export",
            Self::Import(_) => "secmonkey import",
            Self::Salvage(_) => "secmonkey salvage",
            Self::Permissions(_) => "secmonkey permissions",
            Self::Completions { .. } => "secmonkey completions",
            Self::Manual { .. } => "secmonkey manual",
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey scan
  secmonkey scan --account production --technology security_group --region eu-west-1
  secmonkey scan --fail-on-new 7 --format json > scan.json

Where secmonkeyd holds the store, it looks now, and what came of that is told here.

With no account registered, the account of the credentials is. Global technologies (IAM,
S3) are read where no region is named, or with --region global or --region us-east-1.

Mail about what scans find is sent where the configuration file says so:
  [notify.ses]
  from = \"secmonkey@example.org\"
  to = [\"security@example.org\"]
  region = \"eu-west-1\"
README.md and secmonkey.toml have all settings.")]
pub struct Scan {
    /// Only this account, by id or name; can be given again
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// Only this technology; can be given again
    #[arg(long = "technology", value_name = "T")]
    pub technologies: Vec<String>,
    /// Only this region; can be given again
    #[arg(long = "region", value_name = "R")]
    pub regions: Vec<String>,
    /// Exit with 1 if an open, unjustified issue in what was scanned has this score
    #[arg(long, value_name = "SCORE", value_parser = score)]
    pub fail_on: Option<u8>,
    /// Exit with 1 if this scan opened or reopened an issue of this score
    #[arg(long, value_name = "SCORE", value_parser = score)]
    pub fail_on_new: Option<u8>,
    /// Scan although this machine's clock and AWS's differ by over 15 minutes
    #[arg(long)]
    pub trust_clock: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey justify q7m3kd --note 'public by design: the web site'
  secmonkey justify q7m3kd --note 'until the migration is done' --until 2026-06-30
  secmonkey justify q7m3kd h2x5ol --note 'pen test' --until 'in 2 weeks'
  secmonkey justify --check s3_bucket.versioning_disabled --name 'logs-*' --note 'logs' --dry-run

It holds for as long as the finding stands, whatever else changes about the item; with
--until, to that time, even if the finding goes and comes back. What is only part of an issue
is justified with it. Filters choose open issues; with ids, both are meant.")]
pub struct Justify {
    /// Their ids, or the starts of them where no other starts so
    #[arg(value_name = "ISSUE", required_unless_present_any = ["checks", "name", "accounts", "technologies", "regions"])]
    pub issues: Vec<String>,
    /// Every open issue of this check; can be given again
    #[arg(long = "check", value_name = "C", help_heading = "Filters")]
    pub checks: Vec<String>,
    /// Every open issue of items of this name; `*` stands for anything
    #[arg(long, value_name = "PATTERN", help_heading = "Filters")]
    pub name: Option<String>,
    /// In this account, by id or name; can be given again
    #[arg(long = "account", value_name = "A", help_heading = "Filters")]
    pub accounts: Vec<String>,
    /// Of this technology; can be given again
    #[arg(long = "technology", value_name = "T", help_heading = "Filters")]
    pub technologies: Vec<String>,
    /// In this region; can be given again
    #[arg(long = "region", value_name = "R", help_heading = "Filters")]
    pub regions: Vec<String>,
    /// Only say which issues it would be
    #[arg(long)]
    pub dry_run: bool,
    /// Why it is acceptable
    #[arg(long, value_name = "T")]
    pub note: String,
    /// When the decision ends: RFC 3339, a date (its start, UTC) or `in 30 days`
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub until: Option<Timestamp>,
}

impl Justify {
    /// Whether issues are chosen by more than their ids.
    pub fn has_filter(&self) -> bool {
        self.name.is_some()
            || [&self.checks, &self.accounts, &self.technologies, &self.regions]
                .iter()
                .any(|all| !all.is_empty())
    }
}

#[derive(Debug, clap::Args)]
pub struct Unjustify {
    /// Its id, or the start of it where no other starts so
    pub issue: String,
}

#[derive(Debug, Subcommand)]
pub enum Checks {
    /// Every check
    List {
        /// Only of this technology; can be given again
        #[arg(long = "technology", value_name = "T")]
        technologies: Vec<String>,
    },
    /// One check: what it finds, why it matters, how to mend it
    Show {
        /// Its id
        #[arg(value_name = "CHECK")]
        check: String,
    },
    /// Let a check say otherwise for some items, or for all
    Override(OverrideCheck),
    /// Let a check say again what it says by itself
    Reset(ResetCheck),
    /// Every override in force, with what it is about
    Overrides,
    /// Hold the examples of pages against the checks, rules of your own among them
    #[command(
        after_help = "A FILE is the page of a check: of a rule of the folder that `rules` names in the
configuration file, or as TECHNOLOGY/NAME.md or with its id as its name, or a folder of them; a
page of another name is found by its title. A page of a family is tried for every technology
that has the check. Without any, all checks are tested. Ends with 1 where a check says something
else.

Examples:
  secmonkey checks test iam_user.not_an_employee
  secmonkey checks test secmonkey-aws/src/check/security_group"
    )]
    Test {
        /// Checks by their ids, pages, or folders of pages
        #[arg(value_name = "CHECK or FILE", value_hint = clap::ValueHint::AnyPath)]
        which: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  secmonkey audit                     judge what is stored, record what comes of it
  secmonkey audit --at 2026-01-31     what today's checks say about that day; records nothing
  secmonkey audit --file group.json
  secmonkey audit --file answers.json --technology iam_role

FILE holds a configuration as AWS answers it, a list of them, what the AWS CLI prints around
them (describe-security-groups, get-account-authorization-details, get-bucket-acl ...),
configuration items of AWS Config (get-resource-config-history, batch-get-resource-config, a
snapshot), a CloudFormation template in JSON, or what `show --format json` prints, in which
alone a missing member is empty. What is not recognised is refused.",
    group(ArgGroup::new("what").args(["at", "file"]))
)]
pub struct Audit {
    /// Judge what was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
    /// Judge the configurations in this file; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Judge those of this technology; without it, all that say what they are
    #[arg(long, value_name = "T", requires = "file")]
    pub technology: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Say in words who can do what, under which conditions, and why
    Explain(Explain),
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A FILE holds a policy, or what the AWS CLI prints around one. It needs no store and no
credentials; with a store, the accounts registered there say who is ours. An ITEM is
something that was scanned, by key, ARN, id or name. Where no option says so, the policy
itself shows what it is: with a Principal that of a resource, without one that of an
identity.

Examples:
  secmonkey policy explain bucket-policy.json
  secmonkey policy explain bucket-policy.json --resource arn:aws:s3:::logs --account production
  aws s3api get-bucket-policy --bucket logs | secmonkey policy explain -
  secmonkey policy explain logs
  secmonkey policy explain base.json deploy.json --identity --boundary boundary.json"
)]
pub struct Explain {
    /// A file, `-` for standard input, or an item that is recorded; several files are the
    /// policies of one identity
    #[arg(required = true, value_name = "FILE|ITEM")]
    pub policies: Vec<PathBuf>,
    /// The account that the policy is in, by id or name
    #[arg(long, value_name = "OWNER")]
    pub account: Option<String>,
    /// It is the policy of a resource of this kind: `s3_bucket`, `iam_role`, `sqs_queue`, ...
    #[arg(long, value_name = "T", conflicts_with = "resource")]
    pub resource_type: Option<String>,
    /// It is the policy of this resource
    #[arg(long, value_name = "ARN")]
    pub resource: Option<String>,
    /// It is a policy attached to a user, group or role
    #[arg(long, conflicts_with_all = ["resource", "resource_type"])]
    pub identity: bool,
    /// The permissions boundary of the identity
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resource", "resource_type"])]
    pub boundary: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey log --format jsonl > record.jsonl
  secmonkey log --from 1200
  secmonkey log --follow")]
pub struct Log {
    /// From this position on
    #[arg(long, value_name = "P")]
    pub from: Option<Position>,
    /// Wait for more; other commands can use the store meanwhile
    #[arg(long)]
    pub follow: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The copy is a store of its own. It is held against the hash chain and the heads before it gets
its name. The key of secret values, `digest.key`, and those that sign, `keys`, are not copied: keep
them in another place.

Example:
  secmonkey backup /backup/secmonkey-2026-01-31
  secmonkey backup /backup/secmonkey-2026-01-31.tar.zst   # `tar -xf` makes a store of it")]
pub struct Backup {
    /// A directory that does not exist, or a file that ends in `.tar` or `.tar.zst`
    #[arg(value_name = "DIR|FILE")]
    pub to: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
FROM is only read. The new store has the events from the first to the first gap, and what lies
behind it is written to TO.orphans.jsonl. Ends with 4 where anything is missing.

Example:
  secmonkey salvage /var/lib/secmonkey /var/lib/secmonkey-salvaged")]
pub struct Salvage {
    /// The damaged store
    pub from: PathBuf,
    /// A directory that does not exist
    pub to: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use secmonkey_app::arguments::explain;

    use super::*;

    #[test]
    fn the_command_line_is_well_made() {
        Args::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_are_told_in_one_line() {
        let said = |arguments: &[&str]| {
            let all = ["secmonkey"].iter().chain(arguments);
            explain(&Args::try_parse_from(all).unwrap_err())
        };
        insta::assert_snapshot!(
            [
                said(&["scna"]),
                said(&["scan", "--regin", "x"]),
                said(&["account", "add", "--id", "12", "--name", "x"]),
                said(&["account", "add"]),
                said(&["issues", "--min-score", "11"]),
                said(&["issues", "--status", "opne"]),
                said(&["items", "--cidr", "10.0.0.0/33"]),
                said(&["network", "add", "--name", "n", "--cidr", "10.0.0.1/8"]),
                said(&["network", "add", "--name", "n", "--cidr", "::/0"]),
                said(&["network", "add", "--name", "n", "--cidr", "office"]),
                said(&["items", "--at", "teatime"]),
                said(&["items", "--all", "--deleted"]),
                said(&["diff", "x", "--from", "soon"]),
                said(&["verify", "--head", "7"]),
                said(&["verify", "--head", "7:ab"]),
                said(&["audit", "--technology", "x"]),
                said(&["permissions", "--trust", "123456789012"]),
                said(&["permissions", "--terraform", "--cloudformation"]),
                said(&["permissions", "--terraform", "--trust", "production"]),
                said(&["permissions", "--terraform", "--external-id", "a b"]),
                said(&["permissions", "--terraform", "--role", "a/b"]),
            ]
            .join("\n")
        );
    }
}
