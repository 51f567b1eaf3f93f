//! Failures on command: with the feature `inject`, a test says which of the next OS calls fail, and
//! how large the pages are.
//!
//! Without the feature the functions here are constants, and no code is left of them.

/// Whether the OS call about to be made is to fail.
#[cfg(not(feature = "inject"))]
#[inline(always)]
pub const fn fails() -> bool {
    false
}

/// The least page size that the engine is to see.
#[cfg(not(feature = "inject"))]
#[inline(always)]
pub const fn smallest_page() -> usize {
    0
}

#[cfg(feature = "inject")]
pub use active::{fail_after, fails, heal, pretend_page_size, refused, smallest_page};

#[cfg(feature = "inject")]
mod active {
    use core::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

    /// Calls that still succeed; negative: no failure is planned.
    static REMAINING: AtomicI64 = AtomicI64::new(-1);
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    static SMALLEST_PAGE: AtomicUsize = AtomicUsize::new(0);

    /// Makes the engine take pages for `bytes` long, a multiple of the system's. Called before
    /// its first use.
    pub fn pretend_page_size(bytes: usize) {
        SMALLEST_PAGE.store(bytes, Ordering::SeqCst);
    }

    /// The least page size that the engine is to see.
    pub fn smallest_page() -> usize {
        SMALLEST_PAGE.load(Ordering::SeqCst)
    }

    /// Lets the next `calls` OS calls that can fail succeed and refuses every one after them.
    pub fn fail_after(calls: u32) {
        REMAINING.store(i64::from(calls), Ordering::SeqCst);
    }

    /// Ends the failures.
    pub fn heal() {
        REMAINING.store(-1, Ordering::SeqCst);
    }

    /// How many calls were refused so far: a test's proof that its plan took effect.
    pub fn refused() -> u64 {
        REFUSED.load(Ordering::SeqCst)
    }

    /// Whether the OS call about to be made is to fail.
    pub fn fails() -> bool {
        let step = REMAINING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
            i64::MIN..=-1 => None,
            0 => Some(0),
            _ => Some(left - 1),
        });
        let refused = step == Ok(0);
        if refused {
            REFUSED.fetch_add(1, Ordering::SeqCst);
        }
        refused
    }
}
