//! A log that cannot be written any more ends a scan in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use secmonkey_core::event::{Envelope, Position, Stored, StreamId, Version};
use secmonkey_core::log::memory::Memory;
use secmonkey_core::log::{self, Append, EventLog};
use secmonkey_core::pipeline::{Error, Pipeline};
use secmonkey_core::testing::Scene;

use crate::running::{Does, Told, plan};

/// A log that takes some batches more, and then none: its disk is full.
struct Full {
    log: Arc<Memory>,
    left: AtomicUsize,
}

#[async_trait]
impl EventLog for Full {
    async fn append(&self, batch: Vec<Append>) -> Result<log::Receipt, log::AppendError> {
        let less = |left: usize| left.checked_sub(1);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        if taken.is_err() {
            return Err(log::Error::ReadOnly("the disk is full".to_owned()).into());
        }
        self.log.append(batch).await
    }

    async fn read_all(&self, after: Position, max: usize) -> Result<Vec<Envelope>, log::Error> {
        self.log.read_all(after, max).await
    }

    async fn read_stored(&self, after: Position, max: usize) -> Result<Vec<Stored>, log::Error> {
        self.log.read_stored(after, max).await
    }

    async fn restore(&self, events: Vec<Stored>) -> Result<log::Receipt, log::AppendError> {
        self.log.restore(events).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        max: usize,
    ) -> Result<Vec<Envelope>, log::Error> {
        self.log.read_stream(stream, from, max).await
    }

    async fn version(&self, stream: &StreamId) -> Result<Version, log::Error> {
        self.log.version(stream).await
    }

    async fn head(&self) -> Result<log::Head, log::Error> {
        self.log.head().await
    }

    fn subscribe(&self, after: Position) -> BoxStream<'_, Result<Envelope, log::Error>> {
        self.log.subscribe(after)
    }

    async fn publish_head(&self) -> Result<(), log::Error> {
        Err(log::Error::ReadOnly("`heads.log` cannot be written".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_a_scan_with_its_summary_and_keeps_what_was_recorded() {
    // Registration, start, one item; what completed, the end of the scan.
    for left in 2..9 {
        let scene = Scene::new(&[]);
        let log = Arc::new(Full { log: Arc::clone(&scene.log), left: AtomicUsize::new(left) });
        let pipeline =
            Pipeline::new(log, scene.views.clone()).watcher(Arc::new(Told(|_| Does::Lists)));
        let summary = match pipeline.scan(&plan(&["1"])).await {
            Err(Error::EndedEarly { summary, error }) => {
                let reason = error.to_string();
                assert!(reason.contains("the disk is full") && left < 8, "{reason}");
                *summary
            }
            ended => {
                let summary = ended.unwrap();
                assert!(left > 4, "all was written after {left}");
                let unpublished = summary.unpublished.as_ref().unwrap();
                assert!(unpublished.contains("heads.log"), "{unpublished}");
                summary
            }
        };
        let recorded = scene.views.items().count() as u64;
        assert_eq!(recorded, summary.items.created, "after {left}: {summary:?}");
    }
}
