//! Rounds, played: two counts of freed bytes stand for all memory, and every round finds old
//! whatever it sees.
//!
//! The counts change in the engine's way: those in slabs without a lock, as a heap's `freed` does
//! (`heap/record.rs`, `background/rounds.rs`), those in spans under one, as the pool's
//! (`heap/units.rs`, `span/purge.rs`).

use crate::base::atomic::{AtomicU64, Ordering};
use crate::heap::demand;
use crate::os::lock::Lock;

/// Bytes in slabs that no round has seen.
static IN_SLABS: AtomicU64 = AtomicU64::new(0);
/// Bytes in spans that no round has seen.
static IN_SPANS: AtomicU64 = AtomicU64::new(0);
/// Stands for the pool's.
static SPANS: Lock<()> = Lock::new(());
/// Rounds done by threads of the program's own.
static IN_PLACE: AtomicU64 = AtomicU64::new(0);

/// As the engine's.
pub struct Found {
    /// Never.
    pub young: bool,
    /// Nothing is given back.
    pub gave: bool,
    /// Any.
    pub period: u32,
}

/// Gives back all that it sees.
pub fn round() -> Found {
    demand::take();
    let seen = IN_SLABS.load(Ordering::Relaxed);
    if seen != 0 {
        IN_SLABS.fetch_sub(seen, Ordering::Relaxed);
    }
    let spans = SPANS.lock();
    IN_SPANS.store(0, Ordering::Relaxed);
    drop(spans);
    if !crate::bare_thread::is_current() {
        IN_PLACE.fetch_add(1, Ordering::Relaxed);
    }
    Found { young: false, gave: false, period: first_period() }
}

/// Any: time doesn't pass in a model.
pub fn first_period() -> u32 {
    500
}

/// Frees so many bytes in slabs, and does nothing else.
pub fn come_free_in_slabs(bytes: usize) {
    IN_SLABS.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Frees so many bytes in spans; `tell` is told with the lock held how many are free now.
pub fn come_free_in_spans(bytes: usize, tell: impl FnOnce(usize)) {
    let spans = SPANS.lock();
    let free = IN_SPANS.load(Ordering::Relaxed) + bytes as u64;
    IN_SPANS.store(free, Ordering::Relaxed);
    tell(free as usize);
    drop(spans);
}

/// Bytes that no round has seen.
pub fn unseen() -> u64 {
    IN_SLABS.load(Ordering::Relaxed) + IN_SPANS.load(Ordering::Relaxed)
}

/// Rounds done by threads of the program's own.
pub fn done_in_place() -> u64 {
    IN_PLACE.load(Ordering::Relaxed)
}
