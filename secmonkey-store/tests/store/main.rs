//! What a store promises.

mod contract;

use std::path::Path;
use std::time::Duration;

use secmonkey_store::{OpenOptions, Store};

/// How the tests open a store: at once or not at all.
fn options() -> OpenOptions {
    OpenOptions { wait: Duration::ZERO, command: "test".to_owned(), ..OpenOptions::default() }
}

fn open(path: &Path) -> Store {
    Store::open(path, options()).expect("the store opens")
}
