//! A pipeline of your own parts: a watcher, an auditor and a notifier, a page each.
//! What is watched are the queues of a made-up message broker.
//!
//! `cargo run --package secmonkey-core --example queues`

mod auditor;
mod notifier;
mod watcher;

use std::error::Error;
use std::sync::Arc;

use secmonkey_core::account::Account;
use secmonkey_core::log::memory::Memory;
use secmonkey_core::pipeline::Pipeline;
use secmonkey_core::plan::Plan;
use secmonkey_core::view::Views;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let broker = Arc::new(watcher::Broker::default());
    // In memory; with a `Store` of secmonkey-store both outlive the process.
    let log = Arc::new(Memory::default());
    let pipeline = Pipeline::new(log, Views::in_memory())
        .watcher(Arc::new(watcher::Queues(Arc::clone(&broker))))
        .auditor(Arc::new(auditor::auditor()))
        .notifier(Arc::new(notifier::Desk));

    let account = Account::new(watcher::BROKER, "ours".parse()?, "ours");
    let plan = Plan::all([(account, vec!["here".to_owned()])]);

    // What the broker holds at each of four scans.
    for queues in [
        json!({ "orders": { "Readers": ["billing", "stock"], "Waiting": 7 } }),
        // Another order and other telemetry: nothing changed.
        json!({ "orders": { "Readers": ["stock", "billing"], "Waiting": 9 } }),
        json!({ "orders": { "Readers": ["stock", "everybody", "billing"], "Waiting": 9 } }),
        json!({}),
    ] {
        println!("scanning {queues}");
        broker.set(serde_json::from_value(queues)?);
        let summary = pipeline.scan(&plan).await?;
        println!("  {:?}", summary.items);
    }
    Ok(())
}
