//! What the faces call: the process heap, and private heaps.

pub mod handle;
pub mod process;
