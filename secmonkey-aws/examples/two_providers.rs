//! A provider of your own beside AWS: one log, one pipeline, one set of answers.
//!
//! The provider is a made-up colocation, whose technology is a server in a rack. AWS is
//! the account of the credentials, its users and roles alone.
//!
//! `cargo run --package secmonkey-aws --example two_providers`

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use secmonkey_aws::session::{Config, Sessions};
use secmonkey_core::account::Account;
use secmonkey_core::check::{Catalogue, Check, Findings, Rule, Undecided, World};
use secmonkey_core::item::Item;
use secmonkey_core::log::memory::Memory;
use secmonkey_core::pipeline::Pipeline;
use secmonkey_core::plan::Plan;
use secmonkey_core::provider::Provider;
use secmonkey_core::secret::DigestKey;
use secmonkey_core::technology::{Reach, Technology};
use secmonkey_core::texts::Texts;
use secmonkey_core::view::Views;
use secmonkey_core::watch::{self, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher};
use serde_json::{Value, json};

/// Who runs the racks. Only watchers of this provider meet its accounts.
const COLOCATION: Provider = Provider::named("colocation");

const SERVER: Technology = Technology {
    provider: COLOCATION,
    id: Cow::Borrowed("rack_server"),
    title: Cow::Borrowed("server in a rack"),
    // A colocation has no regions.
    reach: Reach::Global,
    listed_by: Texts::new(&["rack:List"]),
    permissions: Texts::new(&["rack:List"]),
    ..Technology::DEFAULT
};

struct Racks;

impl Racks {
    /// What the colocation would answer.
    fn servers() -> Vec<(String, Value)> {
        let server = |name: &str, console: &str| (name.to_owned(), json!({ "Console": console }));
        vec![server("db-1", "10.0.0.11"), server("db-2", "0.0.0.0")]
    }
}

#[async_trait]
impl Watcher for Racks {
    fn provider(&self) -> Provider {
        COLOCATION
    }

    fn technologies(&self) -> &[Technology] {
        static ALL: [Technology; 1] = [SERVER];
        &ALL
    }

    async fn sweep(&self, _: &Scope, out: &Sweep) -> Result<(), watch::Error> {
        let mut listing = watch::pages("rack:List", |_token| {
            std::future::ready(Ok(Listed::page(Some(Self::servers()), None)))
        });
        while let Some(page) = listing.next().await? {
            for (name, config) in page {
                out.item(Observed::new(&SERVER, name, config)).await;
            }
        }
        out.complete(&SERVER, &listing.end()?).await;
        Ok(())
    }

    async fn look(&self, _: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, watch::Error> {
        let servers = Self::servers();
        let looked = |one: &Wanted| match servers.iter().find(|(name, _)| *name == one.id) {
            Some((name, config)) => {
                Looked::there(Observed::new(&SERVER, name.as_str(), config.clone()))
            }
            None => Looked::gone(&one.id),
        };
        Ok(wanted.iter().map(looked).collect())
    }
}

const CONSOLE_TO_ALL: Check = Check {
    id: Cow::Borrowed("rack_server.console_to_all"),
    technology: Cow::Borrowed("rack_server"),
    score: 8,
    reads: Texts::new(&["/Console"]),
    page: Cow::Borrowed("# Console listens to everybody\n\n**Fix:** bind it to one address.\n"),
    ..Check::DEFAULT
};

#[expect(clippy::unnecessary_wraps, reason = "other checks cannot always know")]
fn console_to_all(item: &Item, _: &World<'_>, found: &mut Findings) -> Result<(), Undecided> {
    if item.config["Console"] == "0.0.0.0" {
        found.add("console", "it listens on every address").at("/Console");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sessions = Sessions::load(Config::default()).await;
    let views = Views::in_memory();
    let pipeline = Pipeline::new(Arc::new(Memory::default()), views.clone())
        .watchers(secmonkey_aws::watch::watchers(&sessions))
        .watcher(Arc::new(Racks))
        .auditor(Arc::new(secmonkey_aws::check::catalogue()))
        .auditor(Arc::new(Catalogue::new([Rule::new(CONSOLE_TO_ALL, console_to_all)])))
        // For secret values. Any will do here, where nothing outlives the run; a record that
        // stays needs random bytes, which are kept beside it.
        .digest_key(DigestKey::new([7; 32]));

    // The id of an account is whatever its provider says.
    let cellar = Account::new(COLOCATION, "cellar".parse()?, "the cellar");
    let cloud = Account::from(sessions.caller().await?);
    let plan = Plan::all([(cloud, Vec::new()), (cellar, Vec::new())]).only([
        "iam_user",
        "iam_role",
        "rack_server",
    ]);
    let summary = pipeline.scan(&plan).await?;

    for account in views.accounts()?.iter() {
        println!("{} {}:", account.provider, account.name);
        for item in views.items() {
            let item = item?;
            if item.key.account == account.id {
                println!("  {} {}", item.key.technology, item.key.id);
            }
        }
    }
    println!("worst of the cellar:");
    for issue in views.issues() {
        let issue = issue?;
        if issue.key.technology == "rack_server" {
            println!("  {} {}: {}", issue.finding.score, issue.key.id, issue.finding.detail);
        }
    }
    println!("{} checks could not decide", summary.undecided.len());
    Ok(())
}
