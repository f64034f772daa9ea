//! The tests that every event log passes.
