//! Freeing: the fast path for blocks of the thread's own slabs, and everything else.

use super::demand;
use super::record::HeapRecord;
use super::refusal::{Refusal, judge};
use crate::base::atomic::Ordering;
use crate::base::size_class::SizeClass;
use crate::base::units::{GRANULE_SHIFT, GRANULES_PER_UNIT, UnitIndex};
use crate::cache::refill::{Supplier, pass_on};
use crate::cache::slot::Slot;
use crate::cache::{Cache, shared_words};
use crate::slab::remote::Posted;
use crate::span::map::{self, QUEUED, Use};
use crate::span::window::Granule;
use crate::span::{Entry, WINDOW};
use core::sync::atomic::fence;

/// What a free by another thread counts for, in granules, that is the first of its slab in a while: there may be
/// many more, which aren't counted.
const FREED_BY_OTHERS: u32 = GRANULES_PER_UNIT as u32 / 4;

impl HeapRecord {
    /// Frees a block of a slab of the thread's own, the common case. `false`: nothing was done.
    /// `slot` is the calling thread's in this heap.
    ///
    /// # Safety
    /// As for [`HeapRecord::free`].
    #[inline(always)]
    pub unsafe fn try_free(&self, slot: &Slot, address: usize) -> bool {
        let freed = slot.enter().is_some_and(|cache| cache.free_own(address));
        slot.leave();
        freed
    }

    /// Frees a block. Null is no block, and fine. `slot` is the calling thread's in this heap.
    ///
    /// # Safety
    /// Nobody uses the block afterwards. Everything else is checked.
    #[inline(always)]
    pub unsafe fn free(&self, slot: Option<&Slot>, address: usize) -> Result<(), Refusal> {
        match slot {
            // SAFETY: by the contract of this function.
            Some(slot) if unsafe { self.try_free(slot, address) } => Ok(()),
            _ => self.free_slow(slot, address),
        }
    }

    /// What [`HeapRecord::try_free`] leaves over.
    #[cold]
    #[inline(never)]
    pub fn free_slow(&self, slot: Option<&Slot>, address: usize) -> Result<(), Refusal> {
        if address == 0 {
            return Ok(());
        }
        if let Some(slot) = slot {
            let result = slot.enter().map(|cache| self.free_inside(Some(cache), address));
            slot.leave();
            demand::attend();
            if let Some(result) = result {
                return result.map_err(|()| judge(self, address));
            }
        }
        self.free_past(false, address)
    }

    /// Frees a block the slow way; `lock`: as for [`HeapRecord::inside_past`].
    pub fn free_past(&self, lock: bool, address: usize) -> Result<(), Refusal> {
        let result = self.inside_past(lock, |cache| self.free_inside(cache, address));
        demand::attend();
        result.map_err(|()| judge(self, address))
    }

    /// Frees a block for a thread that is inside the heap with `cache`.
    pub fn free_inside(&self, cache: Option<&Cache>, address: usize) -> Result<(), ()> {
        let granule = WINDOW.granule(address).ok_or(())?;
        let slab = granule.unit();
        let entry = map::entry(slab);
        match entry.usage() {
            Use::Slab(class) if WINDOW.header(slab).heap.get() == self.number => {
                if WINDOW.live_word(granule).load(Ordering::Relaxed) & granule.bit() == 0 {
                    return Err(());
                }
                match cache {
                    Some(cache) if entry.owner() == cache.unit() => {
                        self.free_own(cache, class, entry, granule, address)?;
                    }
                    _ => self.free_remote(cache, slab, granule)?,
                }
                self.count_free(class.size());
                Ok(())
            }
            Use::LargeHead if WINDOW.address(slab) == address => {
                let size = self.free_large(slab).ok_or(())?;
                self.count_free(size);
                Ok(())
            }
            _ => Err(()),
        }
    }

    fn count_free(&self, size: usize) {
        if self.counting.load(Ordering::Relaxed) {
            self.counters.freed(size);
        }
    }

    /// A live block of the cache's own slab whose stack is full, or whose slab is queued.
    fn free_own(
        &self,
        cache: &Cache,
        class: SizeClass,
        entry: Entry,
        granule: Granule,
        address: usize,
    ) -> Result<(), ()> {
        if entry.0 & QUEUED != 0 {
            let words = shared_words(granule.unit());
            if words.is_posted(granule.within_unit() >> 6, granule.bit()) {
                return Err(());
            }
            cache.drain_inbox(self);
        }
        // Not `Cache::free_own`: that refuses a slab that another thread has queued meanwhile.
        if cache.push(class, granule, address) {
            return Ok(());
        }
        cache.spill_half(class, self);
        if cache.push(class, granule, address) { Ok(()) } else { Err(()) }
    }

    /// A live block of a slab that another thread owns.
    fn free_remote(
        &self,
        cache: Option<&Cache>,
        slab: UnitIndex,
        granule: Granule,
    ) -> Result<(), ()> {
        let words = shared_words(slab);
        match words.post(granule.within_unit() >> 6, granule.bit(), QUEUED) {
            Posted::Twice => Err(()),
            Posted::Recorded => Ok(()),
            Posted::MustPush => {
                // The slab's owner may be asleep, and never count what becomes free there.
                match cache {
                    Some(cache) => cache.note_freed(FREED_BY_OTHERS, self),
                    None => self.count_freed((FREED_BY_OTHERS as isize) << GRANULE_SHIFT),
                }
                let owner = map::entry(slab).owner();
                pass_on(slab, owner);
                // The slab may have been adopted in between; its former owner, if it is idle,
                // would not look into its inbox for long. Who adopts changes the entry and then
                // looks into the inbox: one of the two sees what the other did.
                fence(Ordering::SeqCst);
                if map::entry(slab).owner() != owner {
                    self.drain_idle();
                }
                Ok(())
            }
        }
    }

    /// Forwards what lies in the inboxes of idle caches.
    #[cold]
    pub fn drain_idle(&self) {
        let lists = self.caches.lock();
        let mut at = lists.idle;
        // SAFETY: caches in the list are alive, and nobody uses an idle one while the list is locked.
        while let Some(cache) = unsafe { at.as_ref() } {
            cache.empty_inbox(self);
            at = cache.next_idle.get();
        }
    }
}
