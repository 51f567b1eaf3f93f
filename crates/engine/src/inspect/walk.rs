//! Walking a heap: every byte that it has committed is in one element or its overhead.
//!
//! ```text
//!  the record's region:  header | rest of its page | first slab … | reserved, uncommitted
//!  each further slab:    region (its header, beside the window) | blocks … | end of the slab
//!  then the large blocks, in the order of creation
//! ```
//! A step needs nothing but the element before it, so any number of walks may go on at a time. It
//! keeps no other thread out: who wants one consistent picture locks the heap.

use super::element::{
    BadCursor, Cursor, CursorKind, Element, ElementKind, LARGE_REGION, LAST_REGION,
};
use crate::base::atomic::Ordering;
use crate::base::size_class::{Class, SizeClass};
use crate::base::units::{GRANULE, GRANULE_SHIFT, UNIT, UnitIndex};
use crate::heap::claim::Claim;
use crate::heap::record::HeapRecord;
use crate::sized::tail;
use crate::span::map::{self, QUEUED, Use};
use crate::span::{POOL, SpanHeader, WINDOW};
use core::ptr;

/// Most bytes that an element's overhead counts: what the documented structure holds.
const LARGEST_OVERHEAD: usize = u8::MAX as usize;

/// A heap to be walked: its records, and where its first region is.
#[derive(Clone, Copy)]
pub struct Walked<'a> {
    /// The record, or both halves of the process heap.
    pub halves: &'a [&'a HeapRecord],
    /// The heap's handle, where the first region begins.
    pub handle: usize,
    /// Bytes of the record at the handle; 0 for the process heap, whose records are elsewhere.
    pub record_bytes: usize,
    /// Units beside the record.
    pub beside: u32,
    /// They are the heap's memory also when no slab is in them.
    pub committed: bool,
}

/// The element after the one at `after`, or the first; `None` at the end.
pub fn step(heap: Walked<'_>, after: Option<Cursor>) -> Result<Option<Element>, BadCursor> {
    let Some(after) = after else { return Ok(Some(heap.region())) };
    if let Some(element) = heap.step_in_first_region(after)? {
        return Ok(element.or_else(|| heap.next_slab(UnitIndex::NONE, 0)));
    }
    match after.kind {
        CursorKind::Region => {
            let slab = heap.slab_of_header(after.address).ok_or(BadCursor)?;
            Ok(heap.step_in_slab(slab, 0, after.region))
        }
        CursorKind::Block => {
            let unit = heap.unit_in_use(after.address).ok_or(BadCursor)?;
            match map::entry(unit).usage() {
                Use::Slab(class) => {
                    let next = heap.end_of_element(unit, class, after.address).ok_or(BadCursor)?;
                    Ok(heap.step_in_slab(unit, next, after.region))
                }
                Use::LargeHead => heap.after_large(unit, after.address),
                _ => Err(BadCursor),
            }
        }
        CursorKind::Uncommitted => Err(BadCursor),
    }
}

/// The unit of an address, if it was ever used.
fn known_unit(address: usize) -> Option<UnitIndex> {
    let known = WINDOW.contains(address) && WINDOW.unit(address).0 < POOL.lock().ever_used().0;
    known.then(|| WINDOW.unit(address)).filter(|unit| !unit.is_none())
}

impl Walked<'_> {
    fn owner(&self, unit: UnitIndex) -> Option<(usize, &HeapRecord)> {
        let number = WINDOW.header(unit).heap.get();
        self.halves
            .iter()
            .enumerate()
            .find(|(_, half)| half.number == number)
            .map(|(index, half)| (index, *half))
    }

    /// The slab, or the first unit of the large block, of this heap that an address is in.
    fn unit_in_use(&self, address: usize) -> Option<UnitIndex> {
        let mut unit = known_unit(address)?;
        while map::entry(unit).usage() == Use::LargeBody {
            unit = unit.before();
        }
        self.owner(unit).map(|_| unit)
    }

    /// The slab whose header is at this address.
    fn slab_of_header(&self, address: usize) -> Option<UnitIndex> {
        let table = ptr::from_ref(WINDOW.header(UnitIndex::NONE)).addr();
        let offset = address.wrapping_sub(table);
        let unit = offset / size_of::<SpanHeader>();
        let known = offset.is_multiple_of(size_of::<SpanHeader>())
            && unit != 0
            && unit < POOL.lock().ever_used().0 as usize;
        let unit = UnitIndex(unit as u32);
        let is_slab = known && matches!(map::entry(unit).usage(), Use::Slab(_));
        (is_slab && !self.is_beside(unit) && self.owner(unit).is_some()).then_some(unit)
    }

    /// The region of the slab after `slab` in the order of creation, or the first large block.
    fn next_slab(&self, slab: UnitIndex, region: u8) -> Option<Element> {
        let is_slab =
            |unit| matches!(map::entry(unit).usage(), Use::Slab(_)) && !self.is_beside(unit);
        match self.next_span(slab, is_slab) {
            Some(next) => Some(Element {
                address: ptr::from_ref(WINDOW.header(next)).addr(),
                size: size_of::<SpanHeader>(),
                overhead: 0,
                region: region.saturating_add(1).min(LAST_REGION),
                kind: ElementKind::Region {
                    committed: UNIT,
                    uncommitted: 0,
                    first_block: WINDOW.address(next),
                    last_block: WINDOW.address(next) + UNIT,
                },
            }),
            None => self.next_large(UnitIndex::NONE),
        }
    }

    /// The span after `unit` of the heap that `is_wanted`; of none, the first.
    fn next_span(
        &self,
        unit: UnitIndex,
        is_wanted: impl Fn(UnitIndex) -> bool,
    ) -> Option<UnitIndex> {
        let (first_half, mut at) = match self.owner(unit).filter(|_| !unit.is_none()) {
            Some((index, _)) => (index, Some(unit)),
            None => (0, None),
        };
        for half in self.halves.iter().skip(first_half) {
            let spans = half.spans.lock();
            let mut next = match at.take() {
                Some(unit) => WINDOW.header(unit).heap_next.get(),
                None => spans.first,
            };
            while !next.is_none() {
                if is_wanted(next) {
                    return Some(next);
                }
                next = WINDOW.header(next).heap_next.get();
            }
        }
        None
    }

    /// The first element of the large block after `large`: what is left of its units, so that the
    /// block itself comes last.
    fn next_large(&self, large: UnitIndex) -> Option<Element> {
        let unit = self.next_span(large, |unit| map::entry(unit).usage() == Use::LargeHead)?;
        let block = self.large(unit)?;
        let whole = WINDOW.header(unit).units.get().bytes();
        let taken = block.size + block.overhead;
        if taken < whole {
            return Some(slack(block.address + taken, whole - taken, LARGE_REGION));
        }
        Some(block)
    }

    fn large(&self, unit: UnitIndex) -> Option<Element> {
        let (_, owner) = self.owner(unit)?;
        Some(busy(owner, WINDOW.address(unit), Claim::Large(unit), LARGE_REGION, 0))
    }

    /// What follows the element at `address` of a large block; `None`: nothing, or it is none.
    fn after_large(&self, unit: UnitIndex, address: usize) -> Result<Option<Element>, BadCursor> {
        let block = self.large(unit).ok_or(BadCursor)?;
        match address.wrapping_sub(block.address) {
            0 => Ok(self.next_large(unit)),
            offset if offset == block.size + block.overhead => Ok(Some(block)),
            _ => Err(BadCursor),
        }
    }

    /// The element at `offset` of a slab, or what follows the slab.
    fn step_in_slab(&self, slab: UnitIndex, offset: usize, region: u8) -> Option<Element> {
        self.element(slab, offset, region).or_else(|| self.next_slab(slab, region))
    }

    /// The element that starts at `offset` of a slab; `None` at its end.
    pub fn element(&self, slab: UnitIndex, offset: usize, region: u8) -> Option<Element> {
        let Use::Slab(class) = map::entry(slab).usage() else { return None };
        let (_, owner) = self.owner(slab)?;
        let start = WINDOW.address(slab);
        let kind = class.properties();
        let end = (kind.end as usize) << GRANULE_SHIFT;
        if offset >= UNIT {
            return None;
        }
        if offset >= end {
            return Some(slack(start + offset, UNIT - offset, region));
        }
        let within = offset % kind.size as usize;
        let granule = ((offset - within) >> GRANULE_SHIFT) as u32;
        if is_live(slab, granule) {
            let block = start + offset - within;
            return Some(busy(owner, block, Claim::Small(class), region, within));
        }
        let bytes = free_run(slab, kind, granule) - offset;
        Some(Element {
            address: start + offset,
            size: bytes,
            overhead: 0,
            region,
            kind: ElementKind::Free,
        })
    }

    /// Where the element at `address` of a slab ends, as an offset; `None`: there is none.
    pub fn end_of_element(
        &self,
        slab: UnitIndex,
        class: SizeClass,
        address: usize,
    ) -> Option<usize> {
        let offset = address.wrapping_sub(WINDOW.address(slab));
        let (_, owner) = self.owner(slab)?;
        let size = class.size();
        let within = offset % size;
        let end = (class.properties().end as usize) << GRANULE_SHIFT;
        if offset >= end {
            return (offset == end).then_some(UNIT);
        }
        let granule = ((offset - within) >> GRANULE_SHIFT) as u32;
        if !is_live(slab, granule) {
            return (within == 0).then(|| free_run(slab, class.properties(), granule));
        }
        let block = busy(owner, address - within, Claim::Small(class), 0, 0);
        let taken = block.size + block.overhead;
        match within {
            0 => Some(offset + taken),
            // The rest of the block that its overhead doesn't count.
            _ if within == taken => Some(offset - within + size),
            _ => None,
        }
    }
}

pub fn slack(address: usize, size: usize, region: u8) -> Element {
    Element { address, size, overhead: 0, region, kind: ElementKind::Slack }
}

/// A live block, or what is left of it from `within` on: its slack beyond what the overhead counts.
fn busy(owner: &HeapRecord, block: usize, claim: Claim, region: u8, within: usize) -> Element {
    let extent = claim.size();
    if within != 0 {
        return slack(block + within, extent - within, region);
    }
    let mut element = Element {
        address: block,
        size: extent,
        overhead: 0,
        region,
        kind: ElementKind::Busy { marks: tail::Marks::default(), word: 0 },
    };
    if !owner.traits.sized {
        return element;
    }
    // SAFETY: the bytes of a span in use can be read; extents are multiples of 16.
    if let Some(found) = unsafe { tail::read(block, extent) } {
        element.size = found.size;
        element.overhead = match claim {
            Claim::Small(_) => (extent - found.size).min(LARGEST_OVERHEAD),
            // So that what is left of its units begins elsewhere than the block.
            Claim::Large(_) if found.size == 0 => GRANULE,
            Claim::Large(_) => 0,
        };
        let word = if found.marks.has_word {
            // SAFETY: as above, and the marks say that there is one.
            unsafe { tail::word(block, extent) }
        } else {
            0
        };
        element.kind = ElementKind::Busy { marks: found.marks, word };
    }
    element
}

/// Whether the block at a granule of a slab is its caller's.
pub fn is_live(slab: UnitIndex, granule: u32) -> bool {
    let (word, bit) = ((granule >> 6) as usize, 1u64 << (granule & 63));
    let live = |words: &[crate::base::atomic::AtomicU64; 64]| {
        words.get(word).is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0)
    };
    let is_remote = || map::entry(slab).0 & QUEUED != 0 && live(&WINDOW.remote(slab).bits.0);
    live(WINDOW.live_words(slab)) && !is_remote()
}

/// The offset at which the free blocks end that stand side by side from a granule on.
fn free_run(slab: UnitIndex, class: &Class, granule: u32) -> usize {
    let mut at = granule;
    while at < class.end && !is_live(slab, at) {
        at += class.stride;
    }
    (at as usize) << GRANULE_SHIFT
}
