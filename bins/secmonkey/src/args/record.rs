//! The record itself: whether it was edited, and what others can check of it.

use std::path::PathBuf;

use clap::{ArgGroup, Subcommand};
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Hash, Position};

use super::parse::{head, key_name, moment};
use super::query::ItemName;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every event is read and held against the hash chain, the heads in heads.log and the
checkpoints that were signed. Whoever can write to the store can compute all of them anew, so
keep a head or a checkpoint elsewhere, too: this command prints the present head as
POSITION:HASH, `secmonkey checkpoint` signs it. The views are held against their sums, and
rebuilt where they are damaged.

Examples:
  secmonkey verify
  secmonkey verify --head 1234:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  secmonkey verify --checkpoint 2026-01-31.txt --key log.vkey"
)]
pub struct Verify {
    /// A head that was kept elsewhere
    #[arg(long, value_name = "POSITION:HASH", value_parser = head)]
    pub head: Option<(Position, Hash)>,
    /// A checkpoint that was kept elsewhere
    #[arg(long, value_name = "FILE", requires = "key")]
    pub checkpoint: Option<PathBuf>,
    /// The key that it is signed with, as `keys list` prints it, or a file that holds it: kept
    /// elsewhere, too
    #[arg(long, value_name = "KEY|FILE", requires = "checkpoint")]
    pub key: Option<String>,
    /// Go on without the heads that `heads.log` has lost
    #[arg(long)]
    pub renew_heads: bool,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A checkpoint is three lines (the log's origin, how many events it has, the root of the Merkle
tree over them) and a signature: a C2SP tlog-checkpoint, which other programs read, too. It is
also kept in the folder `checkpoints` of the store. Nothing is signed that contradicts what was
signed before. Give it to who shall be able to hold you to it, after every scan or once a day.

Example:
  secmonkey checkpoint > /elsewhere/$(date +%F).txt"
)]
pub struct Checkpoint {
    /// The key, by name, or its file; needed where the store has several or none
    #[arg(long, value_name = "NAME|FILE")]
    pub key: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is printed is a C2SP tlog-proof: the event that made the revision, the configuration
after it, the place of the event in the log, and the checkpoint it is proven against: the last
that was signed, or a new one. Who has the key of the log needs nothing else.

It proves that this was recorded at that time, not that nothing was recorded after it.

Examples:
  secmonkey prove bastion > bastion.tlog-proof
  secmonkey prove bastion --revision 3 > bastion-3.tlog-proof
  secmonkey prove bastion --at 2026-01-31 --checkpoint 2026-02-01.txt > bastion.tlog-proof
  secmonkey check-proof bastion.tlog-proof --key log.vkey",
    group(ArgGroup::new("point").args(["at", "revision"]))
)]
pub struct Prove {
    #[command(flatten)]
    pub item: ItemName,
    /// The revision that stood then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Timestamp>,
    /// This revision
    #[arg(long, value_name = "N")]
    pub revision: Option<u64>,
    /// Prove it against this checkpoint, which somebody holds
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The key, by name, or its file, where a new checkpoint has to be signed
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "checkpoint")]
    pub key: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends with 4 where the proof does not hold: where the event, its configuration, its place or the
checkpoint was changed. The key has to come from whom you trust, not with the proof.

Example:
  secmonkey check-proof bastion.tlog-proof --key log.vkey --checkpoint 2026-02-01.txt"
)]
pub struct CheckProof {
    /// The proof
    #[arg(value_name = "FILE")]
    pub proof: PathBuf,
    /// The key of the log, as `keys list` prints it, or a file that holds it
    #[arg(long, value_name = "KEY|FILE")]
    pub key: String,
    /// A checkpoint that you hold: the proof has to be one against it
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key, and print the half that others need
    Create(KeysCreate),
    /// The keys that the record is signed with
    List,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is printed is a C2SP verifier key, ORIGIN+ID+KEY: give it to whoever shall check
checkpoints and proofs. The secret half is written to a file that only its owner can read, in
the folder `keys` of the store or where --out says: it is in no backup of the store. The first
key settles the origin, which names the log in checkpoints, for ever.

Examples:
  secmonkey keys create > log.vkey
  secmonkey keys create --origin security.example.org/log --out /media/usb/log.key"
)]
pub struct KeysCreate {
    /// What you call it
    #[arg(value_name = "NAME", default_value = "log", value_parser = key_name)]
    pub name: String,
    /// Write the secret half to this file, not to the store
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The name of the log in checkpoints: a domain and a path, unlike that of any other
    /// [default: secmonkey.local/log/ and a random number]
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
}
