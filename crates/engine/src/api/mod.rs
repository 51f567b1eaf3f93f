//! What the faces call: the process heap, and private heaps.

pub mod exact;
pub mod handle;
pub mod process;
pub mod thread;
