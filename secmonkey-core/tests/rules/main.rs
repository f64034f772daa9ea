//! The rules of recording and judging: given what was seen before, when something is
//! seen now, then these events follow.

mod audit;
mod record;
mod silence;
