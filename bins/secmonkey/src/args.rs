//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand};
use ipnet::IpNet;
use secmonkey_core::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::event::{Hash, Position};

use crate::output::Format;
use crate::time;

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
  secmonkey scan                        read the account, record, judge, tell
  secmonkey issues                      what is wrong now
  secmonkey items --cidr 203.0.113.7    whatever lets that address in
  secmonkey history bastion             how it came to be so
  secmonkey diff bastion                the last change, line by line
  secmonkey show bastion --at 2026-01-31

Exit codes: 0 done, 1 --fail-on reached, 2 wrong usage, configuration or credentials,
3 done in part, 4 store unusable or record edited, 130 interrupted.",
    propagate_version = false,
    max_term_width = 100
)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
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
    /// The form of the output; the fields of JSON are never renamed
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "table",
        hide_possible_values = true,
        value_name = "table|json|jsonl|csv"
    )]
    pub format: Format,
    /// How long to wait for a store that another process holds, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = time::duration)]
    pub wait: Duration,
    /// No remarks and no progress on standard error, errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell what is being done; twice for more
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
    /// What changed between two revisions or times, or what sets two items apart
    Diff(Diff),
    /// What is wrong
    Issues(Issues),
    /// Accept an issue, and say why
    Justify(Justify),
    /// Take a justification back
    Unjustify(Unjustify),
    /// The rules
    #[command(subcommand)]
    Checks(Checks),
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
    /// Print the IAM policy that a scan needs
    Permissions(Permissions),
    /// Print a completion script for a shell
    #[command(after_help = "Example:
  secmonkey completions bash > ~/.local/share/bash-completion/completions/secmonkey")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
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
            Self::Diff(_) => "secmonkey diff",
            Self::Issues(_) => "secmonkey issues",
            Self::Justify(_) => "secmonkey justify",
            Self::Unjustify(_) => "secmonkey unjustify",
            Self::Checks(_) => "secmonkey checks",
            Self::Network(_) => "secmonkey network",
            Self::Audit(_) => "secmonkey audit",
            Self::Policy(_) => "secmonkey policy",
            Self::Log(_) => "secmonkey log",
            Self::Verify(_) => "secmonkey verify",
            Self::Permissions(_) => "secmonkey permissions",
            Self::Completions { .. } => "secmonkey completions",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Register an account, to be watched or only known
    #[command(after_help = "Examples:
  secmonkey account add --id 123456789012 --name production
  secmonkey account add --id 123456789012 --name production --role audit/Reader --external-id 7
  secmonkey account add --id 210987654321 --name vendor --third-party")]
    Add(AccountAdd),
    /// Every registered account
    List,
    /// One account
    Show {
        /// Its id or name
        #[arg(value_name = "ID-or-NAME")]
        account: String,
    },
    /// Change what is registered; an empty value takes a setting away
    #[command(after_help = "Examples:
  secmonkey account edit production --region eu-west-1 --region us-east-1
  secmonkey account edit production --role ''
  secmonkey account edit old-shop --inactive")]
    Edit(AccountEdit),
    /// Forget an account; what was recorded of it stays, unwatched
    Remove {
        /// Its id or name
        #[arg(value_name = "ID-or-NAME")]
        account: String,
    },
    /// Register many accounts at once
    #[command(
        after_help = "FILE is what `account list --format json`, `jsonl` or `csv` prints. Only id and name
are needed. Accounts that are registered already are updated; none is removed.
All of the file is taken, or nothing.

Example:
  secmonkey account list --format csv > accounts.csv
  secmonkey account import accounts.csv"
    )]
    Import {
        /// The file; `-` for standard input
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub struct AccountAdd {
    /// The account's id, twelve digits
    #[arg(long, value_name = "N")]
    pub id: AccountId,
    /// What people call it
    #[arg(long, value_name = "S")]
    pub name: String,
    #[command(flatten)]
    pub settings: AccountSettings,
    /// Somebody else's account: known, never read
    #[arg(long)]
    pub third_party: bool,
    /// Ours, and not read for now
    #[arg(long)]
    pub inactive: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct AccountEdit {
    /// Its id or name
    #[arg(value_name = "ID-or-NAME")]
    pub account: String,
    /// What people call it
    #[arg(long, value_name = "S")]
    pub name: Option<String>,
    #[command(flatten)]
    pub settings: AccountSettings,
    /// Somebody else's account: known, never read
    #[arg(long)]
    pub third_party: bool,
    /// One of ours
    #[arg(long, conflicts_with = "third_party")]
    pub ours: bool,
    /// Read it in every scan
    #[arg(long)]
    pub active: bool,
    /// Do not read it for now
    #[arg(long, conflicts_with = "active")]
    pub inactive: bool,
}

#[derive(Debug, Default, clap::Args)]
pub struct AccountSettings {
    /// The role to assume, as name or ARN. Without one, the credentials are used as they
    /// are where they belong to the account, else the role `SecurityMonkey` is assumed
    #[arg(long, value_name = "R")]
    pub role: Option<String>,
    /// Handed over when the role is assumed
    #[arg(long, value_name = "X")]
    pub external_id: Option<String>,
    /// A region to read; all enabled ones if none is named
    #[arg(long = "region", value_name = "R")]
    pub regions: Option<Vec<String>>,
    /// A region not to read
    #[arg(long = "skip-region", value_name = "R")]
    pub skip_regions: Option<Vec<String>>,
    /// `aws`, `aws-cn`, `aws-us-gov` [default: that of the role's ARN, else aws]
    #[arg(long, value_name = "P")]
    pub partition: Option<String>,
    /// The id by which S3 access control lists name the account
    #[arg(long, value_name = "C")]
    pub canonical_id: Option<String>,
    /// The AWS organization it belongs to: `o-` and letters and digits
    #[arg(long, value_name = "ID")]
    pub organization: Option<String>,
    /// Free text
    #[arg(long, value_name = "T")]
    pub notes: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey scan
  secmonkey scan --account production --technology security_group --region eu-west-1
  secmonkey scan --fail-on-new 7 --format json > scan.json

With no account registered, the account of the credentials is. Global technologies (IAM,
S3) are read where no region is named, or with --region global or --region us-east-1.")]
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
    #[arg(long, value_name = "SCORE", value_parser = clap::value_parser!(u8).range(0..=10))]
    pub fail_on: Option<u8>,
    /// Exit with 1 if this scan opened or reopened an issue of this score
    #[arg(long, value_name = "SCORE", value_parser = clap::value_parser!(u8).range(0..=10))]
    pub fail_on_new: Option<u8>,
}

/// Which items, for every list of items or of their issues.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct Filter {
    /// Of this account, by id or name; can be given again
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// Of this technology; can be given again
    #[arg(long = "technology", value_name = "T")]
    pub technologies: Vec<String>,
    /// In this region; can be given again
    #[arg(long = "region", value_name = "R")]
    pub regions: Vec<String>,
    /// Of this name, now or once; `*` stands for anything
    #[arg(long, value_name = "PATTERN")]
    pub name: Option<String>,
    /// Of this ARN; `*` stands for anything
    #[arg(long, value_name = "PATTERN")]
    pub arn: Option<String>,
    /// As it was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey items --technology s3_bucket --min-score 5
  secmonkey items --name 'web-*' --region eu-west-1
  secmonkey items --cidr 203.0.113.0/24
  secmonkey items --text 'arn:aws:iam::210987654321:'
  secmonkey items --deleted
  secmonkey items --at 2026-01-31 --format csv

Sorted by key. The score adds up the open issues of an item that nobody justified.")]
pub struct Items {
    #[command(flatten)]
    pub filter: Filter,
    /// With this text in name, ARN, id or configuration; case does not matter
    #[arg(long, value_name = "S", help_heading = "Filters")]
    pub text: Option<String>,
    /// With an address or a block in the configuration that contains this one or lies in it
    #[arg(long, value_name = "IP", value_parser = cidr, help_heading = "Filters")]
    pub cidr: Option<IpNet>,
    /// With this score at least
    #[arg(long, value_name = "N", help_heading = "Filters")]
    pub min_score: Option<u32>,
    /// Only what is gone
    #[arg(long, conflicts_with = "all", help_heading = "Filters")]
    pub deleted: bool,
    /// Also what is gone, and what no scan looks at any more
    #[arg(long, help_heading = "Filters")]
    pub all: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey show bastion
  secmonkey show sg-0a1b2c3d --at '2 hours ago'
  secmonkey show 123456789012/s3_bucket/global/arn:aws:s3:::assets --revision 3 --format json")]
pub struct Show {
    #[command(flatten)]
    pub item: ItemName,
    /// As it was known then: RFC 3339, a date (its start, UTC) or `2 hours ago`
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "revision")]
    pub at: Option<Timestamp>,
    /// As it last stood at this revision
    #[arg(long, value_name = "N")]
    pub revision: Option<u64>,
}

/// An item.
#[derive(Debug, clap::Args)]
pub struct ItemName {
    /// Its key, ARN or id; or its name, now or once, where no other has it
    #[arg(value_name = "ITEM")]
    pub name: String,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The table shows the newest change first; JSON and CSV begin with the oldest, as the log does."
)]
pub struct History {
    #[command(flatten)]
    pub item: ItemName,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey diff bastion                         the last change
  secmonkey diff bastion --from 3                from revision 3 to now
  secmonkey diff bastion --from 3 --to 5
  secmonkey diff bastion --from '1 week ago'
  secmonkey diff web-blue --with web-green       two items as they are now")]
pub struct Diff {
    #[command(flatten)]
    pub item: ItemName,
    /// A revision or a time [default: the revision before `--to`]
    #[arg(long, value_name = "X", value_parser = point)]
    pub from: Option<Point>,
    /// A revision or a time [default: the last revision]
    #[arg(long, value_name = "Y", value_parser = point)]
    pub to: Option<Point>,
    /// Another item to compare it with
    #[arg(long, value_name = "ITEM2", conflicts_with_all = ["from", "to"])]
    pub with: Option<String>,
}

/// A point in the life of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Point {
    /// When this revision was recorded.
    Revision(u64),
    /// A time.
    At(Timestamp),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey issues --min-score 7
  secmonkey issues --status open,justified --technology s3_bucket
  secmonkey issues --check security_group.admin_port_open_to_internet
  secmonkey issues --status resolved --at 2026-01-31 --format csv

The strongest come first. An issue that is part of a wider one stands below it.")]
pub struct Issues {
    /// How they stand
    #[arg(
        long,
        value_name = "STATUS",
        value_delimiter = ',',
        default_value = "open",
        help_heading = "Filters"
    )]
    pub status: Vec<Status>,
    /// Found by this check; can be given again
    #[arg(long = "check", value_name = "C", help_heading = "Filters")]
    pub checks: Vec<String>,
    /// With this score at least, 0 to 10
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=10),
          help_heading = "Filters")]
    pub min_score: Option<u8>,
    /// Also of items that no scan looks at any more
    #[arg(long, help_heading = "Filters")]
    pub all: bool,
    #[command(flatten)]
    pub filter: Filter,
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Status {
    Open,
    Justified,
    Resolved,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey justify q7m3kd --note 'public by design: the web site'
  secmonkey justify q7m3kd --note 'until the migration is done' --until 2026-06-30
  secmonkey justify q7m3kd --note 'pen test' --until 'in 2 weeks'

It holds for as long as the finding stands, whatever else changes about the item; with
--until, to that time, even if the finding goes and comes back.")]
pub struct Justify {
    /// Its id, or the start of it where no other starts so
    pub issue: String,
    /// Why it is acceptable
    #[arg(long, value_name = "T")]
    pub note: String,
    /// When the decision ends: RFC 3339, a date (its start, UTC) or `in 30 days`
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub until: Option<Timestamp>,
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
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  secmonkey audit                     judge what is stored, record what comes of it
  secmonkey audit --at 2026-01-31     what today's checks say about that day; records nothing
  secmonkey audit --file group.json --technology security_group

FILE holds a configuration as AWS answers it, a list of them, or what `show --format json`
prints.",
    group(ArgGroup::new("what").args(["at", "file"]))
)]
pub struct Audit {
    /// Judge what was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
    /// Judge the configurations in this file; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "technology")]
    pub file: Option<PathBuf>,
    /// The technology of the configurations in the file
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
#[command(
    after_help = "Every event is read and held against the hash chain and the heads in heads.log. Whoever
can write to the store can compute the chain anew, so keep heads elsewhere too: this
command prints the present one as POSITION:HASH.

Example:
  secmonkey verify --head 1234:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)]
pub struct Verify {
    /// A head that was kept elsewhere
    #[arg(long, value_name = "POSITION:HASH", value_parser = head)]
    pub head: Option<(Position, Hash)>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  secmonkey permissions > policy.json
  aws iam create-policy --policy-name secmonkey --policy-document file://policy.json")]
pub struct Permissions {
    /// Only for this technology; can be given again
    #[arg(long = "technology", value_name = "T")]
    pub technologies: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Network {
    /// Vouch for a network
    #[command(after_help = "Examples:
  secmonkey network add --name office --cidr 203.0.113.0/24
  secmonkey network add --name build-vpn --cidr 10.8.0.0/16 --account build
  secmonkey network add --name partner --cidr 2001:db8::/32 --account vendor --notes 'until 2027'

What is in a block of the own account, or in one without an account, is known. What is in a
block of another account is told as access of that account. VPCs, NAT gateways and Elastic
IPs of the accounts that are watched are known without a word. The next scan judges anew.")]
    Add(NetworkAdd),
    /// Every known network
    List,
    /// Vouch for a network no longer
    #[command(after_help = "Example:
  secmonkey network remove office")]
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct NetworkAdd {
    /// What people call it
    #[arg(long, value_name = "N")]
    pub name: String,
    /// Its addresses: a block, or one address
    #[arg(long, value_name = "C", value_parser = whole_cidr)]
    pub cidr: IpNet,
    /// The registered account it belongs to, by id or name; of none in particular if none
    /// is named
    #[arg(long, value_name = "A")]
    pub account: Option<String>,
    /// Free text
    #[arg(long, value_name = "T", default_value = "", hide_default_value = true)]
    pub notes: String,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    time::parse(text, Timestamp::now())
}

fn point(text: &str) -> Result<Point, String> {
    match text.parse() {
        Ok(revision) => Ok(Point::Revision(revision)),
        Err(_) => moment(text).map(Point::At).map_err(|_| {
            format!("`{text}` is neither a revision nor a time: write 3, {}", time::FORMS)
        }),
    }
}

/// A block, or an address as the block that holds it alone.
fn cidr(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map(|net| net.trunc())
        .map_err(|_| {
            format!(
                "`{text}` is not an address or a block: write 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32"
            )
        })
}

/// A block as somebody means it: with bits behind the prefix, one of both is wrong.
fn whole_cidr(text: &str) -> Result<IpNet, String> {
    let block = cidr(text)?;
    match text.trim().parse::<IpNet>() {
        Ok(given) if given.addr() != block.addr() => Err(format!(
            "`{text}` has bits set behind its prefix: write {block}, or {} for the address alone",
            given.addr()
        )),
        _ if block.prefix_len() == 0 => Err(format!("`{block}` is every address, and no network")),
        _ => Ok(block),
    }
}

fn head(text: &str) -> Result<(Position, Hash), String> {
    let (position, hash) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is not a head: expected POSITION:HASH"))?;
    let position = position.parse().map_err(|_| format!("`{position}` is not a position"))?;
    Ok((
        position,
        hash.parse().map_err(|error: secmonkey_core::event::InvalidHash| error.to_string())?,
    ))
}

/// What clap says about wrong arguments, in one line.
pub fn explain(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let (said, usage) = text.split_once("\nUsage:").unwrap_or((&text, ""));
    let mut words: Vec<String> = Vec::new();
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("For more information") {
            continue;
        }
        let line = line.strip_prefix("error: ").unwrap_or(line);
        words.push(
            line.strip_prefix("tip: ").map_or_else(|| line.to_owned(), |tip| format!("({tip})")),
        );
    }
    let words = words.join(" ");
    let command: Vec<_> = usage
        .split_whitespace()
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    if command.is_empty() { words } else { format!("{words}: see `{} --help`", command.join(" ")) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

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
                said(&["audit", "--file", "x"]),
            ]
            .join("\n")
        );
    }

    #[test]
    fn an_address_is_a_block_of_one() {
        assert_eq!(cidr("10.1.2.3"), Ok("10.1.2.3/32".parse().unwrap()));
        assert_eq!(cidr("10.1.2.3/8"), Ok("10.0.0.0/8".parse().unwrap()));
        assert_eq!(cidr("2001:db8::1"), Ok("2001:db8::1/128".parse().unwrap()));
    }
}
