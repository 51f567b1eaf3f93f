//! Frees by threads that don't own the slab: a second bitmap, and an inbox of slabs for the owner.
//!
//! ```text
//!  freeing thread:  set the block's bit; if its word was 0: set the word's summary bit;
//!                   if the summary was 0: set QUEUED, push the slab
//!  owner:           pop the slab → clear QUEUED → take the summary → take the words it names
//! ```
//! Each step is decided by the old value of one atomic operation, so each duty has one bearer:
//!
//! R1  a word becomes nonzero by one thread's operation, and only that thread sets its summary
//!     bit; the owner takes only words whose summary bit it took
//! R2  the summary becomes nonzero by one thread's operation, and only that thread pushes the slab;
//!     the owner takes the summary only of slabs that it popped, so a slab is in one inbox once
//! R3  so the bits of a thread that has a duty left are not taken, their blocks stay live, and the
//!     slab can't be released; a thread without a duty left doesn't touch the slab again
//!
//! A free costs one atomic operation, sometimes more, and waits for nobody. The bit's old value
//! shows a second free by whatever thread. QUEUED sends the owner's own frees the slow way, where
//! they look at the bit too.

use crate::base::atomic::{AtomicU32, AtomicU64, Ordering, pause};

/// In `inbox_next`: the pusher has not yet stored what comes next.
const LINKING: u32 = u32::MAX;

/// What became of a remote free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The bit was set already: a double free.
    Twice,
    /// Recorded; the owner knows, or will be told by another thread.
    Recorded,
    /// Recorded, and the calling thread must push the slab into its owner's inbox.
    MustPush,
}

/// The words of one slab that this protocol works on.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// The slab's entry in the unit map, which holds QUEUED.
    pub entry: &'a AtomicU32,
    /// Which of the words may hold bits.
    pub summary: &'a AtomicU64,
    /// One bit a granule.
    pub words: &'a [AtomicU64],
}

impl Shared<'_> {
    /// Whether a block waits to be collected.
    pub fn is_posted(&self, word: usize, bit: u64) -> bool {
        self.words[word].load(Ordering::Acquire) & bit != 0
    }

    /// Records that the block at `bit` of `word` was freed.
    pub fn post(&self, word: usize, bit: u64, queued: u32) -> Posted {
        // Release: the freeing thread's last uses of the block come before the owner's taking it.
        let before = self.words[word].fetch_or(bit, Ordering::AcqRel);
        if before & bit != 0 {
            return Posted::Twice;
        }
        if before != 0 || self.summary.fetch_or(1 << word, Ordering::AcqRel) != 0 {
            return Posted::Recorded;
        }
        self.entry.fetch_or(queued, Ordering::AcqRel);
        Posted::MustPush
    }

    /// Takes all recorded bits: calls `take(word, bits)` for each word that has some.
    /// Only the slab's owner calls this, after it popped the slab and cleared QUEUED.
    pub fn collect(&self, mut take: impl FnMut(usize, u64)) {
        let mut summary = self.summary.swap(0, Ordering::AcqRel);
        while summary != 0 {
            let word = summary.trailing_zeros() as usize;
            summary &= summary - 1;
            let bits = self.words[word].swap(0, Ordering::AcqRel);
            if bits != 0 {
                take(word, bits);
            }
        }
    }

    /// Says that the slab is in no inbox any more. Comes before [`Shared::collect`], so that a
    /// push after that sets it again.
    pub fn clear_queued(&self, queued: u32) {
        self.entry.fetch_and(!queued, Ordering::AcqRel);
    }
}

/// Slabs with remote frees, waiting for their owner. Any thread pushes, the owner takes all.
pub struct Inbox {
    head: AtomicU32,
}

impl Inbox {
    /// An empty inbox.
    #[allow(dead_code, reason = "caches are made from zeroed memory, models by this")]
    pub fn new() -> Self {
        Self { head: AtomicU32::new(0) }
    }

    /// Whether there is nothing to take.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.load(Ordering::Acquire) == 0
    }

    /// Adds a slab; `link` is its `inbox_next`. Waits for nobody.
    pub fn push(&self, slab: u32, link: &AtomicU32) {
        link.store(LINKING, Ordering::Relaxed);
        // AcqRel: the slab's link is LINKING before anybody finds the slab.
        let next = self.head.swap(slab, Ordering::AcqRel);
        link.store(next, Ordering::Release);
    }

    /// Takes everything out. Follow it with [`Inbox::next`].
    pub fn take(&self) -> u32 {
        self.head.swap(0, Ordering::AcqRel)
    }

    /// The slab after the one with this link, 0 at the end. Read before the slab's summary is
    /// taken. Waits for a pusher that is between its two stores.
    pub fn next(link: &AtomicU32) -> u32 {
        loop {
            match link.load(Ordering::Acquire) {
                LINKING => pause(),
                next => return next,
            }
        }
    }
}
