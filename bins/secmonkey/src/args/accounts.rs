//! What is decided about accounts and networks.

use std::path::PathBuf;

use clap::Subcommand;
use ipnet::IpNet;
use secmonkey_aws::settings;
use secmonkey_core::account::{AccountId, InvalidAccountId};

use super::parse::cidr;

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
        after_help = "FILE is what `account list --format json`, `jsonl` or `csv` prints, or an inventory of
SWAG. Only id and name are needed. Of accounts that are registered already, what the
file leaves out stays, and what it gives as empty is taken away; none is removed.
All of the file is taken, or nothing.

Example:
  secmonkey account list --format csv > accounts.csv
  secmonkey account import accounts.csv
  secmonkey account import swag.json --dry-run"
    )]
    Import {
        /// The file; `-` for standard input
        file: PathBuf,
        /// Only say what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Register the accounts of the AWS organization, and keep them as it has them
    #[command(
        after_help = "Asks AWS Organizations with the credentials at hand, which have to be of the management
account or of a delegated administrator (`secmonkey permissions --discover`). New accounts
are registered. Of those that are, the name, the organization and whether they are in use
follow AWS: a suspended account is not watched until it is active again. Everything else, and
who was made inactive by hand, stays. None is removed: who is not in the organization any more
is told.

Examples:
  secmonkey account discover --dry-run
  secmonkey account discover --role audit/Reader --external-id 7
  secmonkey account discover --account management --deactivate-missing"
    )]
    Discover(AccountDiscover),
}

#[derive(Debug, clap::Args)]
pub struct AccountAdd {
    /// The account's id, twelve digits
    #[arg(long, value_name = "N", value_parser = account_id)]
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

#[derive(Debug, clap::Args)]
pub struct AccountDiscover {
    /// The role by which new accounts are entered, as name [default: as a scan has it]
    #[arg(long, value_name = "R", value_parser = role_name)]
    pub role: Option<String>,
    /// Handed over when their role is assumed
    #[arg(long, value_name = "X")]
    pub external_id: Option<String>,
    /// Ask as this registered account, by id or name, whose role is assumed
    #[arg(long, value_name = "A")]
    pub account: Option<String>,
    /// Do not watch accounts that are not in the organization any more, until they are again
    #[arg(long)]
    pub deactivate_missing: bool,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
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

fn account_id(text: &str) -> Result<AccountId, String> {
    if settings::is_account_id(text) {
        text.parse().map_err(|error: InvalidAccountId| error.to_string())
    } else {
        Err(format!("`{text}` is not an account id: expected twelve digits"))
    }
}

/// The name of a role that is the same in every account.
fn role_name(text: &str) -> Result<String, String> {
    if text.starts_with("arn:") {
        return Err("an ARN is the role of one account: give the name alone".to_owned());
    }
    Ok(text.to_owned())
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
