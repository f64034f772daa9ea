//! Who is told of what, and what tells of changes.

use clap::{ArgGroup, Subcommand};
use secmonkey_core::Timestamp;
use secmonkey_core::governance::{Cadence, QuietHours};

use super::parse::{moment, score};

#[derive(Debug, Subcommand)]
pub enum Subscriptions {
    /// Tell somebody of something; of an outlet nobody subscribed to, everything is told
    Add(Subscribe),
    /// Every subscription
    List,
    /// Tell of it no longer
    #[command(after_help = "Example:
  secmonkey subscription remove on-call")]
    Remove {
        /// The subscription's name, or the start of its id
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  secmonkey subscription add on-call --outlet pager 'account:prod score:>=7'
  secmonkey subscription add network --outlet mail --to net@example.org --changes \\
      --cadence hourly --quiet-hours '22:00-07:00 Europe/Rome' technology:security_group
  secmonkey subscription add morning --outlet mail --cadence 'daily at 08:00' --report

An OUTLET is a `[notify.NAME]` of the configuration file. Another subscription of the same name
is replaced. docs/notifications.md says what is told and when, docs/query.md what a QUERY is.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Subscribe {
    /// What people call it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Who tells: the name of a notifier in the configuration file
    #[arg(long, value_name = "O")]
    pub outlet: String,
    /// Whom it tells; else those that the outlet's settings name
    #[arg(long, value_name = "WHOM")]
    pub to: Option<String>,
    /// Of what: everything where nothing is said
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// When: `at once`, `hourly`, `daily at 08:00 Europe/Rome`
    #[arg(long, value_name = "WHEN", default_value = "at once")]
    pub cadence: Cadence,
    /// Hours in which nothing is told: `22:00-07:00 Europe/Rome`
    #[arg(long, value_name = "HOURS")]
    pub quiet_hours: Option<QuietHours>,
    /// The score from which issues are told in quiet hours all the same
    #[arg(long, value_name = "SCORE", value_parser = score, requires = "quiet_hours")]
    pub quiet_except: Option<u8>,
    /// Tell changes of items as well, not issues alone
    #[arg(long)]
    pub changes: bool,
    /// Tell the daily report, and not each change
    #[arg(long)]
    pub report: bool,
    /// Tell the report also where it has nothing to tell
    #[arg(long, requires = "report")]
    pub even_empty: bool,
    /// Only say whether it could be
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub enum Notifications {
    /// Tell nobody anything for now
    #[command(after_help = "Example:
  secmonkey notifications silence --reason 'the migration' --until 'in 4 hours'

What happens meanwhile is told when it ends: in one message each, as far as it still stands.")]
    Silence {
        /// Why
        #[arg(long, value_name = "R")]
        reason: String,
        /// When it ends by itself: RFC 3339, a date or `in 4 hours`
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<Timestamp>,
    },
    /// Tell again
    Resume,
    /// Have a notifier deliver a message that says that it is a test
    #[command(after_help = "Example:
  secmonkey notifications test mail --to me@example.org")]
    Test {
        /// The name of a notifier in the configuration file
        #[arg(value_name = "OUTLET")]
        outlet: String,
        /// Whom it tells; else those that its settings name
        #[arg(long, value_name = "WHOM")]
        to: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Setup {
    /// What has to be there so that changes are told of as they happen, and who made them
    Events(SetupEvents),
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  secmonkey setup events --terraform > events.tf
  secmonkey setup events --cloudformation --organization o-a1b2c3d4e5 > events.yaml

It prints a queue, a bus and the rules that pass CloudTrail's management events on to it; nothing
is set up by it. The queue's URL is `queue` under `[daemon.events]`. See docs/attribution.md.",
    group(ArgGroup::new("form").args(["terraform", "cloudformation"]).required(true))
)]
pub struct SetupEvents {
    /// As Terraform
    #[arg(long)]
    pub terraform: bool,
    /// As a template of CloudFormation
    #[arg(long)]
    pub cloudformation: bool,
    /// The name of the queue, the bus and the rules
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// The id of the organization whose accounts may pass events on
    #[arg(long, value_name = "O")]
    pub organization: Option<String>,
}
