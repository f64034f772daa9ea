//! What leaves the record and comes into it.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand, value_parser};
use secmonkey_core::Timestamp;

use super::parse::moment;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The events go out byte for byte, in compressed segments that name each other's digests, so that
none can be changed, left out or moved unnoticed. In a folder each segment is a file; a name that
ends in .zst is one file with all of them. Run again with the same folder, it adds what is new:
what is there is not written again. The key of secret values and those that sign are not in it:
keep `digest.key` and `keys` in another place.

With --configs, the configuration of each item goes into a file of its own, indented and in
canonical order, under ACCOUNT/TECHNOLOGY/REGION/ID.json: fit for git. Only files that change are
written; those of what is gone are removed, and nothing that the file secmonkey.manifest does not
list. `audit --file` reads them.

Examples:
  secmonkey export /backup/log           every night: only what is new
  secmonkey export log.zst --to 5000
  secmonkey --store elsewhere import log.zst
  secmonkey export --configs configs && git -C configs add --all
  secmonkey export --configs then --at 2026-01-31
  secmonkey export decisions --format csv",
    group(ArgGroup::new("what").args(["to", "configs"])),
    args_conflicts_with_subcommands = true
)]
pub struct Export {
    #[command(subcommand)]
    pub what: Option<ExportWhat>,
    /// A folder, or a file that ends in `.zst` and does not exist
    #[arg(value_name = "DIR|FILE")]
    pub to: Option<PathBuf>,
    /// From this position on [default: behind what is in the folder, else 1]
    #[arg(long, value_name = "POSITION", conflicts_with = "configs",
        value_parser = value_parser!(u64).range(1..))]
    pub from: Option<u64>,
    /// Up to this position [default: the last]
    #[arg(long = "to", value_name = "POSITION", conflicts_with = "configs",
        value_parser = value_parser!(u64).range(1..))]
    pub through: Option<u64>,
    /// Write the configurations of all items to this folder instead, a file each
    #[arg(long, value_name = "DIR")]
    pub configs: Option<PathBuf>,
    /// The configurations as they were known then
    #[arg(long, value_name = "TIME", requires = "configs", conflicts_with = "to", value_parser = moment)]
    pub at: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every question about later times is answered as before; of earlier ones nothing is left but what
still counts: each item as it stood, its open issues, justifications and comments, accounts,
networks, rules and keys, and when each scope was looked at. Of every event that goes, its leaf in
the signed tree stays: old checkpoints and proofs hold, and `verify` checks what is left against
them. The cut is made where no scan ran, stands in the record, and a checkpoint is signed of it.

It asks first, says what goes, and writes the new log beside the old one, so the disk needs room
for both. What goes cannot be brought back: keep an `export` or a `backup`.

Examples:
  secmonkey compact --before '1 year ago' --dry-run
  secmonkey export /backup/log && secmonkey compact --before 2025-01-01")]
pub struct Compact {
    /// What was recorded before this time goes
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub before: Timestamp,
    /// Say what would go, and leave everything as it is
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Sign with this key: its name, or the file it is in [default: the only one]
    #[arg(long, value_name = "NAME|FILE")]
    pub key: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum ExportWhat {
    /// Every decision that counts: who, when, why, until when
    #[command(after_help = "Examples:
  secmonkey export decisions
  secmonkey export decisions --format csv > decisions.csv
  secmonkey export decisions --at 2026-01-31

A folder of the name `decisions` is written ./decisions.")]
    Decisions {
        /// As they stood then
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Option<Timestamp>,
    },
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every segment is read and held against its digest, the hash chain and its neighbours before
the first event is taken. Events that the store has already have to be the same, and are left
as they are: an import that was interrupted goes on where it ended. The store has the same head
then, and old checkpoints and proofs hold. Ends with 4 where a segment is damaged or missing,
or where the store has another log; nothing was changed then.

With --items, FILE holds configurations that somebody else read: a JSON array or lines of
{\"id\": ..., \"config\": {...}} with name, arn, region and technology where they are known, what
AWS Config recorded (a snapshot), what the AWS CLI prints, or what edda keeps. They are recorded
and judged as a scan would: compared with what is known, secret values digested. What a file does
not say stays as it was, and only with --complete is gone what it does not name.

With --security-monkey, DIR holds what Netflix's Security Monkey gives away: justified issues as its
API answers them (GET /api/1/issues?justified=True) or as CSV, and the backup of configurations,
which are not recorded. Each justification that means one issue here justifies it; the others
are listed, and it ends with 3.

Examples:
  secmonkey --store new import /backup/log
  secmonkey import /backup/log --dry-run
  secmonkey import --security-monkey old --dry-run
  secmonkey import --items snapshot.json --account production
  secmonkey import --items queues.jsonl --account production --technology sqs_queue \\
    --region eu-west-1 --complete",
    group(ArgGroup::new("what").args(["from", "items", "security_monkey"]).required(true))
)]
pub struct Import {
    /// What `export` wrote
    #[arg(value_name = "DIR|FILE")]
    pub from: Option<PathBuf>,
    /// Only find out whether the segments are whole, or which issues would be justified
    #[arg(long, conflicts_with = "items")]
    pub dry_run: bool,
    /// Take over the justifications of Netflix's Security Monkey
    #[arg(long, value_name = "DIR")]
    pub security_monkey: Option<PathBuf>,
    /// Record configurations that somebody else read; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "account")]
    pub items: Option<PathBuf>,
    #[command(flatten)]
    pub of: Inventory,
}

/// What an inventory is of.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Configurations from elsewhere")]
pub struct Inventory {
    /// The account that they are in, by id or name
    #[arg(long, value_name = "A", requires = "items")]
    pub account: Option<String>,
    /// Their technology, where they do not say it
    #[arg(long, value_name = "T", requires = "items")]
    pub technology: Option<String>,
    /// Their region, where they do not say it
    #[arg(long, value_name = "R", requires = "items")]
    pub region: Option<String>,
    /// They are all there are of their technologies in their regions: others are gone
    #[arg(long, requires = "items")]
    pub complete: bool,
}
