//! Tells the people at the desk.

use async_trait::async_trait;
use secmonkey_core::notify::{Error, Message, Notifier};

/// The notifier.
pub struct Desk;

#[async_trait]
impl Notifier for Desk {
    fn name(&self) -> &'static str {
        "desk"
    }

    /// Called after a scan of an account, when all of it is in the log.
    async fn notify(&self, message: &Message) -> Result<(), Error> {
        if let Some(baseline) = &message.baseline {
            println!("  {} items are watched from now on", baseline.items);
        }
        for change in &message.changes {
            println!("  {} {}", change.name, change.kind.as_str());
            for sentence in &change.summary {
                println!("    {sentence}");
            }
        }
        for issue in &message.issues {
            println!("  {}: {} ({:?})", issue.name, issue.finding.detail, issue.kind);
        }
        Ok(())
    }
}
