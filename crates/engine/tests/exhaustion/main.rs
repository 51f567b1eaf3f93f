//! Out of memory: null at a heap's maximum size and at the process's limits, nothing lost, and
//! everything works again afterwards.

#[path = "../kit/mod.rs"]
mod kit;

mod limits;
mod maximum_size;
