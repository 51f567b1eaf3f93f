//! Asking programs to trim and check their heaps, in the middle of whatever they do.

mod calls;
mod changes;
mod disturbed;
mod harness;
mod kills;
mod refusals;
mod stops;
