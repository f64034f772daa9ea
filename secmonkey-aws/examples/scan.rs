//! A whole scan of the caller's account, as README shows it. What it finds stays in the
//! directory `store`, or in the one that is named.
//!
//! `cargo run --package secmonkey-aws --example scan [STORE]`

use std::sync::Arc;

use secmonkey_aws::session::{Config, Sessions};
use secmonkey_aws::{check, watch};
use secmonkey_core::account::Account;
use secmonkey_core::pipeline::Pipeline;
use secmonkey_core::plan::Plan;
use secmonkey_core::view::Views;
use secmonkey_store::{OpenOptions, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "store".to_owned());
    let store = Store::open(path, OpenOptions::default())?;
    let sessions = Sessions::load(Config::default()).await;
    let views = Views::new(store.views.clone());
    // Secret values are recorded as digests under a key that lies beside the log.
    let key = store.digest_key(None, &views.digest_keys()?)?;
    let pipeline = Pipeline::new(store.log.clone(), views)
        .watchers(watch::watchers(&sessions))
        .auditor(Arc::new(check::catalogue()))
        .digest_key(key);

    let account = Account::from(sessions.caller().await?);
    let regions = sessions.regions(&account).await?;
    let summary = pipeline.scan(&Plan::all([(account, regions)])).await?;
    println!("{} items, {} issues", summary.items.created, summary.issues.opened);
    Ok(())
}
