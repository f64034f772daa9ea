//! Whether the threads that a store needs can be had: sled waits for ever for one that it
//! could not start.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Error;

/// What a store needs beside the caller's: sled's seven workers and its flusher, the thread that
/// opens, the writer, the index, and some for readers.
const NEEDED: usize = 15;

/// Starts as many threads as a store needs, at the same time, and ends them.
///
/// # Errors
/// Where the system does not give as many.
pub fn probe() -> Result<(), Error> {
    start(NEEDED).map_err(Error::Threads)
}

fn start(count: usize) -> io::Result<()> {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let mut threads = Vec::with_capacity(count);
    let mut refused = Ok(());
    for _ in 0..count {
        let gate = Arc::clone(&gate);
        let wait = move || drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
        match thread::Builder::new().name("probe".to_owned()).spawn(wait) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                refused = Err(error);
                break;
            }
        }
    }
    drop(closed);
    for thread in threads {
        // They do nothing that could panic.
        let _ = thread.join();
    }
    refused
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_many_as_a_store_needs_can_be_had_here() {
        super::probe().unwrap();
    }
}
