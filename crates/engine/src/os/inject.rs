//! Failures on command: with the feature `inject`, a test says which of the next OS calls fail.
//!
//! Without the feature [`fails`] is a constant, and no code is left of it.

/// Whether the OS call about to be made is to fail.
#[cfg(not(feature = "inject"))]
#[inline(always)]
pub const fn fails() -> bool {
    false
}

#[cfg(feature = "inject")]
pub use active::{fail_after, fails, heal, refused};

#[cfg(feature = "inject")]
mod active {
    use core::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    /// Calls that still succeed; negative: no failure is planned.
    static REMAINING: AtomicI64 = AtomicI64::new(-1);
    static REFUSED: AtomicU64 = AtomicU64::new(0);

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
