//! The atomics of the protocols that are model-checked: `tests/loom` compiles the same source
//! files with this module replaced by loom's types.

pub use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a thread does while another is between two stores.
#[inline]
pub fn pause() {
    core::hint::spin_loop();
}
