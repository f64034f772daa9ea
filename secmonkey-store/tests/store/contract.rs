//! The contracts of every event log and of every table of rows, on sled.

use secmonkey_core::log::contract;
use secmonkey_core::view;
use secmonkey_store::{OpenOptions, Store};

use crate::options;

#[tokio::test(flavor = "multi_thread")]
async fn sled_passes() {
    let directory = tempfile::tempdir().expect("a directory");
    let opened = std::sync::atomic::AtomicU32::new(0);
    contract::run(async |clock: contract::Clock| {
        let number = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = directory.path().join(number.to_string());
        let store = Store::open(path, OpenOptions { clock, ..options() }).expect("a store");
        store.log
    })
    .await;
}

#[test]
fn the_rows_of_sled_pass() {
    let directory = tempfile::tempdir().expect("a directory");
    let opened = std::sync::atomic::AtomicU32::new(0);
    view::contract::run(|| {
        let number = opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = directory.path().join(number.to_string());
        Store::open(path, options()).expect("a store").views
    });
}
