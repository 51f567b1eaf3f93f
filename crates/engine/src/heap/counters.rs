//! Exact counts of a heap's operations, kept while somebody wants them.

use crate::base::atomic::Ordering;
use crate::base::size_class::CLASS_COUNT;
use core::sync::atomic::AtomicU64;

/// Exact counts, kept while the record's `counting` says so.
pub struct Counters {
    pub live: AtomicU64,
    pub peak: AtomicU64,
    pub frees: AtomicU64,
    pub by_class: [AtomicU64; CLASS_COUNT + 1],
}

impl Counters {
    /// Nothing counted.
    pub const fn new() -> Self {
        Self {
            live: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            by_class: [const { AtomicU64::new(0) }; CLASS_COUNT + 1],
        }
    }

    /// Whether nothing was counted.
    pub fn are_zero(&self) -> bool {
        let all = self.by_class.iter().chain([&self.live, &self.peak, &self.frees]);
        all.into_iter().all(|count| count.load(Ordering::Relaxed) == 0)
    }

    /// Counts an allocation of `bytes` in a class, or in the last place for a large block.
    pub fn allocated(&self, class: usize, bytes: usize) {
        if let Some(count) = self.by_class.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let live = self.live.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        self.peak.fetch_max(live, Ordering::Relaxed);
    }

    /// Counts a free of `bytes`.
    pub fn freed(&self, bytes: usize) {
        self.frees.fetch_add(1, Ordering::Relaxed);
        self.live.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}
