//! Small stores, changed as arbitrary bytes say: see `secmonkey-store/tests/store/fuzzed.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../secmonkey-store/tests/store/fuzzed.rs"]
mod fuzzed;

fuzz_target!(|bytes: &[u8]| fuzzed::changed_as(bytes));
