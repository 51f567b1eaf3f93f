//! What a heap holds, counted while its gate is closed.

use crate::base::atomic::Ordering;
use crate::base::size_class::{CLASS_COUNT, CLASSES};
use crate::base::units::UnitIndex;
use crate::heap::record::HeapRecord;
use crate::span::map::{self, QUEUED, Use};
use crate::span::{POOL, WINDOW};
use crate::trim::survey::Survey;

/// What a heap holds. Sizes are in bytes.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Bytes in live blocks, padding up to the size class included.
    pub live_bytes: usize,
    /// Live blocks.
    pub live_blocks: usize,
    /// The most that `live_bytes` ever was; 0 unless operations are counted.
    pub peak_live_bytes: usize,
    /// Bytes of the heap's spans.
    pub committed_bytes: usize,
    /// Bytes of the heap's spans that are in memory.
    pub resident_bytes: usize,
    /// Bytes of the window that were ever used by any heap, their side tables not included.
    pub mapped_bytes: usize,
    /// Bytes of free spans of the process that may be resident.
    pub free_dirty_bytes: usize,
    /// Bytes given back to the OS by the process so far.
    pub returned_bytes: u64,
    /// Allocations; 0 unless operations are counted.
    pub allocations: u64,
    /// Frees; 0 unless operations are counted.
    pub frees: u64,
    /// The size classes, smallest first.
    pub classes: [ClassStatistics; CLASS_COUNT],
    /// Large blocks; `block_size` is 0.
    pub large: ClassStatistics,
    /// Caches of threads, alive or ended.
    pub caches: usize,
}

/// The blocks of one size class.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClassStatistics {
    /// Bytes in a block.
    pub block_size: usize,
    /// Live blocks.
    pub live_blocks: usize,
    /// Bytes in them.
    pub live_bytes: usize,
    /// Slabs, or spans of large blocks.
    pub slabs: usize,
    /// Allocations; 0 unless operations are counted.
    pub allocations: u64,
}

/// Counts what `heap` holds.
pub fn gather(heap: &HeapRecord) -> Statistics {
    let quiet = heap.quiesce();
    let mut classes = [ClassStatistics::default(); CLASS_COUNT];
    for (statistics, class) in classes.iter_mut().zip(&CLASSES) {
        statistics.block_size = class.size as usize;
    }
    let mut large = ClassStatistics::default();
    let spans = heap.spans.lock();
    let mut at = spans.first;
    while !at.is_none() {
        match map::entry(at).usage() {
            Use::Slab(class) => {
                let blocks = live_blocks(at);
                let statistics = &mut classes[class.index()];
                statistics.slabs += 1;
                statistics.live_blocks += blocks;
                statistics.live_bytes += blocks * statistics.block_size;
            }
            Use::LargeHead => {
                large.slabs += 1;
                large.live_blocks += 1;
                large.live_bytes += WINDOW.header(at).size.get();
            }
            _ => {}
        }
        at = WINDOW.header(at).heap_next.get();
    }
    drop(spans);
    let caches = heap.caches.lock().count;
    // While the gate is still closed: all numbers are of one moment.
    let committed_bytes = heap.committed.load(Ordering::Relaxed);
    drop(quiet);
    let counters = &heap.counters;
    for (statistics, count) in classes.iter_mut().chain([&mut large]).zip(&counters.by_class) {
        statistics.allocations = count.load(Ordering::Relaxed);
    }
    let all = || classes.iter().chain([&large]);
    let pool = POOL.lock();
    Statistics {
        live_bytes: all().map(|c| c.live_bytes).sum(),
        live_blocks: all().map(|c| c.live_blocks).sum(),
        peak_live_bytes: counters.peak.load(Ordering::Relaxed) as usize,
        committed_bytes,
        resident_bytes: Survey::of(|number| number == heap.number).spans,
        mapped_bytes: pool.ever_used().bytes(),
        free_dirty_bytes: pool.free_units().0 as usize * crate::base::units::UNIT,
        returned_bytes: pool.returned_bytes(),
        allocations: all().map(|c| c.allocations).sum(),
        frees: counters.frees.load(Ordering::Relaxed),
        classes,
        large,
        caches,
    }
}

/// Live blocks of a slab: live bits without those that another thread has freed.
pub fn live_blocks(slab: UnitIndex) -> usize {
    let live = WINDOW.live_words(slab);
    // Not the summary: the table isn't in memory for slabs that no other thread has freed blocks of.
    if map::entry(slab).0 & QUEUED == 0 {
        return live.iter().map(|word| word.load(Ordering::Relaxed).count_ones() as usize).sum();
    }
    let remote = &WINDOW.remote(slab).bits.0;
    live.iter()
        .zip(remote)
        .map(|(live, freed)| {
            (live.load(Ordering::Relaxed) & !freed.load(Ordering::Relaxed)).count_ones() as usize
        })
        .sum()
}

/// Makes every operation of the heap counted from now on.
pub fn start_counting(heap: &HeapRecord) {
    let live = gather(heap).live_bytes as u64;
    let quiet = heap.quiesce();
    heap.counters.live.store(live, Ordering::Relaxed);
    heap.counters.peak.store(live, Ordering::Relaxed);
    heap.counting.store(true, Ordering::Relaxed);
    drop(quiet);
}
