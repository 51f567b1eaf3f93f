//! Trim: give back to the OS what nobody uses.
//!
//! ```text
//!  1  every thread's cache:  blocks that others freed are collected, stacks emptied, empty slabs freed
//!  2  slabs in use:          the pages that no live block touches; behind the ends of large blocks
//!  3  free spans             (span/purge)
//!  4  tables beside units that are free  (span/tables)
//! ```
//! The first two in steps, each with the heap's gate closed (`subject`); the others go on in between.

mod huge;
mod region;
mod subject;
pub mod survey;
mod sweep;

use crate::base::epoch::Epoch;
use crate::cache::Cache;
use crate::heap::decay::Decay;
use crate::heap::record::HeapRecord;
use crate::heap::registry;
use crate::span::purge::{Age, purge};
use crate::span::tables::release_tables;
use survey::Survey;

pub use subject::{Patience, Step, Stopped, Subject};
use sweep::sweep;

/// What a trim did, in bytes: of the trimmed heap, and of what all heaps share, which is free spans
/// and metadata.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trimmed {
    /// What was in memory before.
    pub resident_before: usize,
    /// What is in memory afterwards.
    pub resident_after: usize,
    /// The difference; 0 if other threads have taken more meanwhile.
    pub released: usize,
    /// What is left, and why.
    pub left: Left,
}

/// Why memory is still there after a trim, in bytes; the parts add up to what is resident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// In live blocks.
    pub live: usize,
    /// Free, but on a page with a live block.
    pub fragmented: usize,
    /// Free spans, and what other threads have freed or taken meanwhile.
    pub cached: usize,
    /// Free pages of huge pages that are mostly live: breaking those up would not pay.
    pub huge: usize,
    /// What the engine needs itself: tables beside the window, caches, records of heaps.
    pub metadata: usize,
}

/// Trims heaps. `Err`: it ended early, since one of them was destroyed.
pub fn trim(heaps: &[&HeapRecord]) -> Result<Trimmed, Stopped> {
    let mut numbers = [u32::MAX; MOST_HEAPS];
    for (number, heap) in numbers.iter_mut().zip(heaps) {
        *number = heap.number;
    }
    measured(
        |number| numbers.contains(&number),
        || heaps.iter().try_for_each(|heap| release(heap, Patience::Wait)),
    )
}

/// Heaps that make up one for their users.
const MOST_HEAPS: usize = 2;

/// Trims all heaps, those apart whose users keep each other out by themselves, and those that
/// another thread has locked.
pub fn trim_all() -> Trimmed {
    let release_all = || {
        let mut number = None;
        while let Some(heap) = registry::next_heap(number) {
            number = Some(heap.number);
            if !heap.traits.unserialized {
                // Gone or locked meanwhile: the others matter all the same.
                let _ = release(heap, Patience::Skip);
            }
        }
        Ok(())
    };
    measured(|_| true, release_all).unwrap_or_default()
}

fn measured(
    among: impl Fn(u32) -> bool,
    work: impl FnOnce() -> Result<(), Stopped>,
) -> Result<Trimmed, Stopped> {
    let before = Survey::of(&among).resident();
    work()?;
    purge(Age::Any, 0);
    release_tables();
    let after = Survey::of(&among);
    let (resident_before, resident_after) = (before, after.resident());
    let released = resident_before.saturating_sub(resident_after);
    Ok(Trimmed { resident_before, resident_after, released, left: after.left })
}

/// Makes everything of a heap that nobody uses free, and gives back the free pages of its slabs.
pub fn release(heap: &HeapRecord, patience: Patience) -> Result<(), Stopped> {
    let subject = Subject::new(heap, patience);
    subject.each_cache(empty)?;
    sweep(&subject, Age::Any)?;
    Ok(())
}

/// Empties a cache, down to its memory.
fn empty(heap: &HeapRecord, cache: &Cache) {
    cache.spill_all(heap);
    cache.release_stacks();
}

/// What became of a heap's old memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Released {
    /// Some memory isn't old enough.
    pub young: bool,
    /// Some was given back.
    pub gave: bool,
}

/// Gives back what of a heap was unused for as long as its decay time says.
pub fn release_old(heap: &HeapRecord) -> Result<Released, Stopped> {
    let subject = Subject::new(heap, Patience::Skip);
    let mut released = Released::default();
    subject.each_cache(|heap, cache| empty_if_idle(heap, cache, &mut released))?;
    let swept = sweep(&subject, Age::Due)?;
    released.young |= swept.young;
    released.gave |= swept.bytes > 0;
    Ok(released)
}

/// Empties a cache whose thread hasn't used it for long. One that its thread uses is young: only
/// when all threads rest there is nothing more to wait for.
fn empty_if_idle(heap: &HeapRecord, cache: &Cache, released: &mut Released) {
    if cache.is_spilled() && cache.inbox().is_empty() {
        return;
    }
    let decay = heap.decay.get();
    let print = cache.fingerprint();
    let (seen, since) = cache.seen.get();
    if print == seen && decay.is_over(since) {
        empty(heap, cache);
        released.gave = true;
        return;
    }
    if print != seen {
        cache.seen.set((print, Epoch::now()));
    }
    released.young |= decay != Decay::Never;
}

/// Trims a heap unless another thread has locked it, without a report.
pub fn try_trim(heaps: &[&HeapRecord]) {
    for heap in heaps {
        // Gone or locked: as documented, nothing is done then.
        let _ = release(heap, Patience::Skip);
    }
    purge(Age::Any, 0);
}
