//! What is asked.

use ipnet::IpNet;
use secmonkey_core::Timestamp;
use secmonkey_core::query::language::{self, Flag, Operator, Pattern, Term, When};
use secmonkey_core::query::{Point, Query, QueryError};

use super::parse::{cidr, moment, score, strength};
use crate::time;

/// Which items, for every list of items or of their issues.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct Filter {
    /// A query: words that are looked for as text, and terms such as `tag:env=prod`; see below
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
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
    /// Of this ARN, now or once; `*` stands for anything
    #[arg(long, value_name = "PATTERN")]
    pub arn: Option<String>,
    /// With this text in name, ARN, id or configuration; case does not matter
    #[arg(long, value_name = "S")]
    pub text: Option<String>,
    /// With this place in the configuration, and perhaps what stands there:
    /// `/IpPermissions/*/FromPort=22`
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub path: Option<Term>,
    /// With a policy that names this account, role, organisation or service
    #[arg(long, value_name = "WHO", value_parser = principal)]
    pub principal: Option<Term>,
    /// That mention this id, name or ARN of something else
    #[arg(long = "ref", value_name = "ID", value_parser = reference)]
    pub reference: Option<Term>,
    /// As it was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
}

/// What every list says of its query.
const QUERIES: &str = "A query is words and terms side by side, OR, NOT and parentheses:
account account.FIELD arn changed check cidr deleted first_seen id ignored key
name opened path principal ref region resolved score severity since status tag
technology text watched. Options mean the same, and hold besides.";

#[derive(Debug, clap::Args)]
#[command(after_help = format!("Examples:
  secmonkey items web
  secmonkey items 'technology:s3_bucket score:>=5 changed:<7d'
  secmonkey items tag:env=prod NOT region:eu-west-1
  secmonkey items --technology s3_bucket --min-score 5
  secmonkey items --cidr 203.0.113.0/24 --ingress
  secmonkey items --principal 210987654321
  secmonkey items --ref sg-0a1b2c3d             what uses this group
  secmonkey items --path '/IpPermissions/*/FromPort=22'
  secmonkey items --at 2026-01-31 --format csv

{QUERIES}

Sorted by key. The score adds up the open issues of an item that nobody justified."))]
pub struct Items {
    #[command(flatten)]
    pub filter: Filter,
    #[command(flatten)]
    pub addresses: Addresses,
    /// With this score at least: 0 or more, or info, low, medium, high, critical
    #[arg(long, value_name = "N", value_parser = strength, help_heading = "Filters")]
    pub min_score: Option<u32>,
    /// Only what is gone
    #[arg(long, conflicts_with = "all", help_heading = "Filters")]
    pub deleted: bool,
    /// Also what is gone, what no scan looks at any more, and what is ignored
    #[arg(long, help_heading = "Filters")]
    pub all: bool,
}

/// Addresses in configurations.
#[derive(Debug, clap::Args)]
pub struct Addresses {
    /// With an address or a block in the configuration that contains this one or lies in it;
    /// what names every address comes last
    #[arg(long, value_name = "IP", value_parser = cidr, help_heading = "Filters")]
    pub cidr: Option<IpNet>,
    /// With --cidr: that block and no other
    #[arg(long, requires = "cidr", help_heading = "Filters")]
    pub exact: bool,
    /// With --cidr: only where a rule lets it in
    #[arg(long, requires = "cidr", help_heading = "Filters")]
    pub ingress: bool,
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
  secmonkey blame bastion
  secmonkey blame bastion /IpPermissions
  secmonkey blame bastion --format csv

The bracket that opens a list or an object was last set by the revision that added a member to it
or took one away. JSON and CSV hold a row for whatever holds no others.")]
pub struct Blame {
    #[command(flatten)]
    pub item: ItemName,
    /// A place in its configuration, which begins with a slash [default: all of it]
    #[arg(value_name = "POINTER")]
    pub pointer: Option<String>,
    /// As it was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("asked").required(true).multiple(true),
    after_help = "Examples:
  secmonkey exposure bastion
  secmonkey exposure --check security_group.admin_port_open_to_internet
  secmonkey exposure --principal 210987654321
  secmonkey exposure bastion --format csv

A line for each time that a finding stood, of what is recorded. Where its check judged the item
then, the issue tells. What was before the check came into use, in the version of today, is judged
now: of what was recorded then, in the world as it was known then."
)]
pub struct Exposure {
    /// Of this item: its key, ARN or id; or its name, now or once, where no other has it
    #[arg(value_name = "ITEM", group = "asked")]
    pub item: Option<String>,
    /// What this check finds, or once found
    #[arg(long, value_name = "C", group = "asked")]
    pub check: Option<String>,
    /// What lets this account, role, organisation, service or address in; `=*` is everybody
    #[arg(long, value_name = "WHO", value_parser = principal, group = "asked")]
    pub principal: Option<Term>,
    /// As it was known then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey diff bastion                         the last change
  secmonkey diff bastion --from 3                from revision 3 to now
  secmonkey diff bastion --from 3 --to 5
  secmonkey diff bastion --from '1 week ago'
  secmonkey diff bastion --at yesterday          what was the last change then
  secmonkey diff web-blue --with web-green       two items as they are now, or with --at then")]
pub struct Diff {
    #[command(flatten)]
    pub item: ItemName,
    /// A revision or a time [default: the revision before `--to`]
    #[arg(long, value_name = "X", value_parser = point)]
    pub from: Option<Point>,
    /// A revision or a time [default: the last revision]
    #[arg(long, value_name = "Y", value_parser = point)]
    pub to: Option<Point>,
    /// As it was known then: up to that time, instead of up to now
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "to")]
    pub at: Option<Timestamp>,
    /// Another item to compare it with
    #[arg(long, value_name = "ITEM2", conflicts_with_all = ["from", "to"])]
    pub with: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = format!("Examples:
  secmonkey issues --min-score high
  secmonkey issues bastion
  secmonkey issues 'severity:>=high opened:<7d NOT account:sandbox'
  secmonkey issues --new --flat
  secmonkey issues --cidr 203.0.113.7
  secmonkey issues --status open,justified --technology s3_bucket
  secmonkey issues --check security_group.admin_port_open_to_internet
  secmonkey issues --status resolved --at 2026-01-31 --format csv
  secmonkey issues --format sarif > findings.sarif

{QUERIES}

Other programs read --format ocsf (OCSF 1.6, an array of Compliance Findings), asff (an array
of AWS Security Hub's findings; BatchImportFindings takes 100 a call) and sarif (SARIF 2.1.0).
What was not looked at, read or judged is in OCSF a finding of unknown compliance, in SARIF a
notification; ASFF has no place for it, and it is said on standard error.

The strongest come first; of equal score what the internet reaches, then what strangers
reach, then what is privileged, then the newest. One fact is one line: the address families
of one rule, several sources of one kind, several services of one policy, what is only part of
a wider issue. --flat and the other formats hold every issue."))]
pub struct Issues {
    /// How they stand [default: open]
    #[arg(long, value_name = "STATUS", value_delimiter = ',', help_heading = "Filters")]
    pub status: Vec<Standing>,
    /// Found by this check; can be given again
    #[arg(long = "check", value_name = "C", help_heading = "Filters")]
    pub checks: Vec<String>,
    /// With this score at least: 0 to 10, or info, low, medium, high, critical
    #[arg(long, value_name = "N", value_parser = score, help_heading = "Filters")]
    pub min_score: Option<u8>,
    /// With an address or a block in what the issue rests on that contains this one or lies in it
    #[arg(long, value_name = "IP", value_parser = cidr, help_heading = "Filters")]
    pub cidr: Option<IpNet>,
    /// Opened or reopened at this time or later; of resolved ones, resolved since
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "Filters")]
    pub since: Option<Timestamp>,
    /// Opened or reopened by the last scan
    #[arg(long, help_heading = "Filters")]
    pub new: bool,
    /// One line an issue, not one a fact
    #[arg(long)]
    pub flat: bool,
    /// No more lines than this
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What goes first
    #[arg(long, value_name = "ORDER", default_value = "score", hide_default_value = true)]
    pub sort: Sorting,
    /// Also of items that no scan looks at any more
    #[arg(long, help_heading = "Filters")]
    pub all: bool,
    #[command(flatten)]
    pub filter: Filter,
}

/// What goes first in a list of issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sorting {
    /// The worst
    Score,
    /// The newest
    New,
    /// The oldest
    Age,
    /// By item
    Item,
    /// By check
    Check,
}

impl From<Sorting> for secmonkey_core::record::Order {
    fn from(sorting: Sorting) -> Self {
        match sorting {
            Sorting::Score => Self::Worst,
            Sorting::New => Self::Newest,
            Sorting::Age => Self::Oldest,
            Sorting::Item => Self::Item,
            Sorting::Check => Self::Check,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct IssueOf {
    /// Its id, or the start of it where no other starts so
    #[arg(value_name = "ID")]
    pub issue: String,
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Standing {
    Open,
    Justified,
    Suppressed,
    Resolved,
}

impl From<Standing> for secmonkey_core::issue::Status {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Open => Self::Open,
            Standing::Justified => Self::Justified,
            Standing::Suppressed => Self::Suppressed,
            Standing::Resolved => Self::Resolved,
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey status
  secmonkey status --account production --format json
  secmonkey status --at 2026-01-31

The table leaves out what was looked at, read and judged; JSON holds everything.")]
pub struct Status {
    /// Of this account, by id or name; can be given again
    #[arg(long = "account", value_name = "A", help_heading = "Filters")]
    pub accounts: Vec<String>,
    /// Of this technology; can be given again
    #[arg(long = "technology", value_name = "T", help_heading = "Filters")]
    pub technologies: Vec<String>,
    /// As it was known then
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "Filters")]
    pub at: Option<Timestamp>,
}

impl Filter {
    /// What is meant, and the time as of which it is asked.
    pub fn into_query(self) -> Result<(Query, Option<Timestamp>), QueryError> {
        let mut query: Query = self.query.join(" ").parse()?;
        for (names, term) in [
            (self.accounts, Term::Account as fn(Pattern) -> Term),
            (self.technologies, Term::Technology),
            (self.regions, Term::Region),
        ] {
            query = query.and(any_of(names, term));
        }
        let patterns = [
            self.name.map(|name| Term::Name(Pattern::glob(&name))),
            self.arn.map(|arn| Term::Arn(Pattern::glob(&arn))),
            self.text.map(|text| Term::Text(Pattern::literal(text))),
        ];
        let terms = patterns.into_iter().chain([self.path, self.principal, self.reference]);
        Ok((terms.flatten().fold(query, Query::and), self.at))
    }
}

/// What has any of these names.
pub fn any_of(names: Vec<String>, term: fn(Pattern) -> Term) -> Query {
    Query::any(names.into_iter().map(|name| term(Pattern::literal(name))))
}

impl Items {
    /// What is meant, and the time as of which it is asked.
    pub fn into_query(self) -> Result<(Query, Option<Timestamp>), QueryError> {
        /// Where the rules stand that let somebody in.
        const INGRESS: &str = "/IpPermissions";
        let (query, at) = self.filter.into_query()?;
        let Addresses { cidr, exact, ingress } = self.addresses;
        let below = if ingress { INGRESS.to_owned() } else { String::new() };
        let mut terms = vec![
            cidr.map(|block| Term::Cidr { block, is_exact: exact, below }),
            self.min_score.map(|least| Term::Score(Operator::AtLeast, least)),
            self.deleted.then_some(Term::Deleted(Flag::True)),
        ];
        if self.all {
            let all =
                [Term::Deleted(Flag::Any), Term::Watched(Flag::Any), Term::Ignored(Flag::Any)];
            terms.extend(all.map(Some));
        }
        Ok((terms.into_iter().flatten().fold(query, Query::and), at))
    }
}

impl Issues {
    /// What is meant, but for what is new, and the time as of which it is asked.
    pub fn into_query(self) -> Result<(Query, Option<Timestamp>), QueryError> {
        let (query, at) = self.filter.into_query()?;
        let standing = |one: Standing| Term::Status(language::Standing::Is(one.into()));
        let query = query.and(Query::any(self.status.into_iter().map(standing)));
        let query = query.and(any_of(self.checks, Term::Check));
        let terms = [
            self.min_score.map(|least| Term::Score(Operator::AtLeast, least.into())),
            self.cidr.map(|block| Term::Cidr { block, is_exact: false, below: String::new() }),
            self.since.map(|since| Term::Since(When::At(since))),
            self.all.then_some(Term::Watched(Flag::Any)),
        ];
        Ok((terms.into_iter().flatten().fold(query, Query::and), at))
    }
}

fn path(text: &str) -> Result<Term, String> {
    term("path", text)
}

fn principal(text: &str) -> Result<Term, String> {
    term("principal", text)
}

fn reference(text: &str) -> Result<Term, String> {
    term("ref", text)
}

fn term(field: &str, value: &str) -> Result<Term, String> {
    Term::of(field, value).map_err(|error| error.reason.to_string())
}

fn point(text: &str) -> Result<Point, String> {
    match text.parse() {
        Ok(revision) => Ok(Point::Revision(revision)),
        Err(_) => moment(text).map(Point::At).map_err(|_| {
            format!("`{text}` is neither a revision nor a time: write 3, {}", time::FORMS)
        }),
    }
}
