//! What is to be filed, printed and sent.

use secmonkey_core::Timestamp;

use super::parse::moment;
use super::query::Filter;

/// A report.
#[derive(Debug, clap::Subcommand)]
pub enum Report {
    /// What changed, was opened, resolved and decided, and what waits
    Daily(Daily),
    /// Each control of a framework: passed, failed or not assessed, and the evidence
    Compliance(Framework),
    /// Every access key: whose, since when, when last used
    AccessKeys(Asked),
    /// What nobody uses, as far as checks find it
    Unused(Asked),
    /// What anybody on the internet gets at
    Public(Asked),
    /// Since when findings stood open, and until when
    Exposure(Exposed),
    /// What was looked at: each technology of each account
    Coverage(Asked),
}

/// Of what a report is.
#[derive(Debug, clap::Args)]
#[command(after_help = FORMS)]
pub struct Asked {
    #[command(flatten)]
    pub filter: Filter,
}

/// What every report says of its forms.
const FORMS: &str = "Examples:
  secmonkey report public --account production
  secmonkey report access-keys --format csv > keys.csv
  secmonkey report coverage --format html > coverage.html

--format html makes one page that needs nothing beside it and prints; markdown, json and csv hold
the same. Every report ends with what was not looked at.";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey report daily
  secmonkey report daily --since 2026-01-30 --at 2026-01-31
  secmonkey report daily --since '8 hours ago' --format html > today.html

Issues that are open and critical or high stand in it every day until they are dealt with.")]
pub struct Daily {
    /// From this time on [default: a day before its end]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    #[command(flatten)]
    pub filter: Filter,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey report compliance --framework cis-aws-foundations-5.0
  secmonkey report compliance --framework pci-dss-4.0.1 --account production --format html

A control passes where every check that answers it was asked of everything and found nothing.
What is undecided or was never looked at is not assessed. docs/compliance.md has the frameworks.")]
pub struct Framework {
    /// The framework and its version
    #[arg(long, value_name = "F")]
    pub framework: String,
    #[command(flatten)]
    pub filter: Filter,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey report exposure --since 2026-01-01
  secmonkey report exposure --check s3_bucket.publicly_accessible --format html > exposure.html

Without --check: what anybody on the internet gets at. A line for each time that a finding stood,
as `secmonkey exposure` tells it.")]
pub struct Exposed {
    /// What this check finds; can be given again
    #[arg(long = "check", value_name = "C")]
    pub checks: Vec<String>,
    /// Only what stood at this time or later
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    #[command(flatten)]
    pub filter: Filter,
}

/// What a report is about, and as of when.
#[derive(Debug)]
pub struct About {
    pub query: secmonkey_core::query::Query,
    pub at: Option<Timestamp>,
}

impl Report {
    /// What it is about.
    pub fn about(&mut self) -> Result<About, secmonkey_core::query::QueryError> {
        let filter = match self {
            Self::Daily(args) => &mut args.filter,
            Self::Compliance(args) => &mut args.filter,
            Self::Exposure(args) => &mut args.filter,
            Self::AccessKeys(args)
            | Self::Unused(args)
            | Self::Public(args)
            | Self::Coverage(args) => &mut args.filter,
        };
        let (query, at) = std::mem::take(filter).into_query()?;
        Ok(About { query, at })
    }
}
