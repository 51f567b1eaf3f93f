//! The atomics of the protocols that are model-checked: `crates/models` compiles the
//! same source files with loom's types in their place.

pub use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a thread does while another is between two stores.
#[inline]
pub fn pause() {
    core::hint::spin_loop();
}
