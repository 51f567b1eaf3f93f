//! Giving back the free pages of slabs that are in use, and those behind the ends of large blocks,
//! region by region.

use super::huge::{REGION, RegionPages, is_kept};
use super::region;
use super::subject::{Stopped, Subject};
use crate::base::epoch::Epoch;
use crate::base::size_class::SizeClass;
use crate::base::units::{GRANULE_SHIFT, UNIT, UnitIndex};
use crate::cache::Cache;
use crate::heap::decay::Decay;
use crate::heap::record::HeapRecord;
use crate::os;
use crate::slab::pages::{PAGE, free_pages, whole_pages};
use crate::span::map::{self, Use};
use crate::span::purge::Age;
use crate::span::{POOL, SpanHeader, WINDOW};
use core::ops::Range;

/// The epoch of a span in which nothing has happened since it was swept.
const SWEPT: Epoch = Epoch(0);

/// Spans that are few.
const FEW: u32 = 64;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swept {
    /// Bytes of memory given back.
    pub bytes: usize,
    /// Some slabs were used too recently.
    pub young: bool,
}

/// Sweeps a heap, in steps.
pub fn sweep(subject: &Subject<'_>, age: Age) -> Result<Swept, Stopped> {
    let number = subject.number();
    let mut swept = Swept::default();
    let Some(extent) = subject.step(|heap, _| extent(heap))? else { return Ok(swept) };
    let mut at = extent.start;
    while let Some(next) = next_region(number, at..extent.end) {
        at = subject.step(|heap, step| {
            let mut region = next;
            let before = swept.bytes;
            while let Some(found) = next_region(number, region..extent.end) {
                Region { heap, start: found, age }.sweep(&mut swept);
                region = found + REGION as u32;
                if step.is_over() {
                    break;
                }
            }
            POOL.lock().count_returned(swept.bytes - before);
            region
        })?;
    }
    Ok(swept)
}

/// The units between which the heap's spans are. Of few spans exactly, so that a round through many
/// small heaps doesn't look at the whole window for each; `None`: it has no span.
fn extent(heap: &HeapRecord) -> Option<Range<u32>> {
    let spans = heap.spans.lock();
    let (mut first, mut last) = (u32::MAX, 0);
    let mut at = spans.first;
    for _ in 0..FEW {
        if at.is_none() {
            return (last > 0).then_some(first..last + 1);
        }
        (first, last) = (first.min(at.0), last.max(at.0));
        at = WINDOW.header(at).heap_next.get();
    }
    Some(1..u32::MAX)
}

/// The first region in `units` in which the heap has a slab or a large block begins.
fn next_region(number: u32, units: Range<u32>) -> Option<u32> {
    let end = WINDOW.committed().0.min(units.end);
    let mut unit = units.start.max(1);
    while unit < end {
        let is_own = match map::entry(UnitIndex(unit)).usage() {
            Use::Slab(_) | Use::LargeHead => WINDOW.header(UnitIndex(unit)).heap.get() == number,
            _ => false,
        };
        if is_own {
            return Some(region::of(unit));
        }
        unit += 1;
    }
    None
}

/// A region of a heap that no other thread is in.
struct Region<'a> {
    heap: &'a HeapRecord,
    start: u32,
    age: Age,
}

impl Region<'_> {
    fn sweep(&self, swept: &mut Swept) {
        let decay = self.heap.decay.get();
        let end = WINDOW.committed().0;
        let mut free: RegionPages = [0; REGION];
        for (index, mask) in free.iter_mut().enumerate() {
            let unit = UnitIndex(self.start + index as u32);
            if unit.is_none() || unit.0 >= end {
                continue;
            }
            let usage = map::entry(unit).usage();
            let header = WINDOW.header(unit);
            if !matches!(usage, Use::Slab(_) | Use::LargeHead)
                || header.heap.get() != self.heap.number
                || !self.is_due(header, decay, swept)
            {
                continue;
            }
            header.epoch.set(SWEPT);
            match usage {
                Use::Slab(class) => *mask = free_pages_of(unit, class),
                _ => swept.bytes += release_tail(unit),
            }
        }
        if free.iter().any(|&mask| mask != 0) {
            swept.bytes += self.release(&free);
        }
    }

    fn is_due(&self, header: &SpanHeader, decay: Decay, swept: &mut Swept) -> bool {
        let epoch = header.epoch.get();
        if self.age == Age::Any {
            return true;
        }
        if epoch == SWEPT {
            return false;
        }
        let is_over = decay.is_over(epoch);
        swept.young |= !is_over;
        is_over
    }

    /// Gives back what is in memory of the free pages. Returns the bytes.
    fn release(&self, free: &RegionPages) -> usize {
        let resident = region::resident(self.start);
        let mut wanted = *free;
        for (wanted, resident) in wanted.iter_mut().zip(&resident) {
            *wanted &= resident;
        }
        if is_kept(UnitIndex(self.start), &resident, &wanted, self.age) {
            return 0;
        }
        if wanted.iter().all(|&mask| mask == 0) {
            return self.note(free, &resident, &wanted);
        }
        WINDOW.keep_small(UnitIndex(self.start));
        let done = region::decommit(self.start, &wanted);
        self.note(free, &resident, &done)
    }

    /// Notes what isn't in memory now, of the free pages. Returns the bytes given back.
    fn note(&self, free: &RegionPages, resident: &RegionPages, done: &RegionPages) -> usize {
        let mut bytes = 0;
        for (index, ((free, resident), done)) in free.iter().zip(resident).zip(done).enumerate() {
            bytes += done.count_ones() as usize * PAGE;
            if *free != 0 {
                let slab = UnitIndex(self.start + index as u32);
                note_returned(slab, free & (!resident | done));
            }
        }
        bytes
    }
}

/// The free pages of a slab.
fn free_pages_of(slab: UnitIndex, class: SizeClass) -> u16 {
    let page = os::page_size();
    let header = WINDOW.header(slab);
    let free = (header.free_granules.get() as usize) << GRANULE_SHIFT;
    let uncarved = UNIT - ((header.carved.get() as usize) << GRANULE_SHIFT);
    if free + uncarved < page {
        return 0;
    }
    whole_pages(free_pages(WINDOW.live_words(slab), class.properties().stride), page)
}

/// Notes which pages of a slab aren't in memory. A slab whose pages all are comes first in its list.
fn note_returned(slab: UnitIndex, returned: u16) {
    let header = WINDOW.header(slab);
    header.returned.set(returned);
    if returned == 0 && header.listed.get() {
        // SAFETY: caches are never unmapped while a slab of theirs exists, and no thread is inside.
        let owner = unsafe { Cache::at(map::entry(slab).owner()).as_ref() };
        owner.unlist(header);
        owner.list(slab, header.class.get());
    }
}

/// Gives back the pages behind the end of a large block: an earlier block may have used them.
fn release_tail(unit: UnitIndex) -> usize {
    let header = WINDOW.header(unit);
    let start = WINDOW.address(unit) + header.size.get();
    let end = WINDOW.address(unit) + header.units.get().bytes();
    if start >= end {
        return 0;
    }
    let resident = os::resident_bytes(start, end - start);
    if resident > 0 && os::decommit(start, end - start) { resident } else { 0 }
}
