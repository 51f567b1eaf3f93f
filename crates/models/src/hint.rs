//! `core::hint` for the engine's source files.

use crate::program::{Spin, settings};

pub use std::hint::assert_unchecked;

/// Between two looks at a word that another thread is to change.
///
/// loom runs a thread that yields only when no other one can go on, which ends every such loop.
/// In a model of what follows after a bounded number of looks ([`Spin::Nothing`]) it is no more
/// than the hint that it is.
pub fn spin_loop() {
    if settings().spin == Spin::Yields {
        loom::thread::yield_now();
    }
}
