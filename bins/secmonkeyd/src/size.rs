//! What the store takes on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// It is measured no more often than this.
const FRESH: Duration = Duration::from_mins(1);

/// What a folder takes on disk.
#[derive(Clone)]
pub struct Size {
    folder: PathBuf,
    last: Arc<Mutex<Option<(Instant, u64)>>>,
}

impl Size {
    pub fn of(folder: PathBuf) -> Self {
        Self { folder, last: Arc::default() }
    }

    /// In bytes, as it was within the last minute.
    pub async fn bytes(&self) -> u64 {
        let mut last = self.last.lock().await;
        if let Some((at, bytes)) = *last
            && at.elapsed() < FRESH
        {
            return bytes;
        }
        let folder = self.folder.clone();
        let bytes = tokio::task::spawn_blocking(move || taken(&folder)).await.unwrap_or_default();
        *last = Some((Instant::now(), bytes));
        bytes
    }
}

/// What cannot be read counts nothing: it is on its way out.
fn taken(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => taken(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}
