//! Asking programs to trim and check their heaps, in the middle of whatever they do.

mod harness;
mod calls;
mod disturbed;
mod smoke;
