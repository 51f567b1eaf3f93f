//! Every element of a heap, in the order in which the heap itself would give them, but read from
//! outside.
//!
//! | module | |
//! |---|---|
//! | `spans` | a heap's slabs and large blocks, in the order of creation |
//! | `first_region` | a heap's record and the units beside it |
//! | `blocks` | the live blocks of a slab, with their sizes |
//! | `elements` | what a walk shows of a slab or a large block |
//! | `tail` | what stands behind a block that records its size |
//!
//! ```text
//!  the record's region:  header | rest of its page | first slab … | reserved, uncommitted
//!  each further slab:    region (its header, beside the window) | blocks … | end of the slab
//!  then the large blocks
//! ```
//! The process heap is one heap of two halves: the slabs of blocks that record their size, those of
//! `malloc`, and the large blocks in the same order.

pub(crate) mod blocks;
pub(crate) mod elements;
mod first_region;
pub(crate) mod spans;
pub(crate) mod tail;

use crate::heaps::{self, HeapRecord};
use crate::memory::Fault;
use crate::model::entry::{Entry, EntryKind};
use crate::tables::{Kind, Slab, Tables};
use blocks::Reader;
use elements::{LARGE_REGION, LAST_REGION, Place, UNIT};
use first_region::FirstRegion;
use spans::Spans;

/// The process heap's numbers, in the order in which a walk shows its halves.
const PROCESS: [u32; 2] = [1, 0];

/// Calls `visit` for each element of the heap that is `called` so by number or handle, or of all
/// heaps.
pub(crate) fn walk(
    tables: &Tables<'_>,
    called: Option<u64>,
    visit: &mut dyn FnMut(&Entry) -> bool,
) -> Result<(), Fault> {
    let heaps = heaps::heaps(tables)?;
    let is_process = |heap: &HeapRecord| PROCESS.contains(&heap.number);
    let wanted = |heap: &HeapRecord| called.is_none_or(|called| heap.is_called(called, tables));
    let (process, private): (Vec<_>, Vec<_>) = heaps.into_iter().partition(is_process);
    let process_wanted = process.iter().any(wanted);
    let private: Vec<_> = private.into_iter().filter(wanted).collect();
    if !process_wanted
        && private.is_empty()
        && let Some(called) = called
    {
        return Err(Fault::NoSuchHeap(called));
    }
    if tables.end() == 0 {
        // Nothing was allocated yet: there is no window, and so no region.
        return Ok(());
    }
    let mut spans = Spans::read(tables)?;
    let reader = Reader::new(tables)?;
    if process_wanted {
        let half = |number: &u32| process.iter().find(|heap| heap.number == *number);
        let halves: Vec<&HeapRecord> = PROCESS.iter().filter_map(half).collect();
        let region = FirstRegion::of_process(tables);
        if !(Walk { tables, reader: &reader, halves, region }).all(&mut spans, visit)? {
            return Ok(());
        }
    }
    for heap in &private {
        let region = FirstRegion::of_private(tables, heap);
        if !(Walk { tables, reader: &reader, halves: vec![heap], region }).all(&mut spans, visit)? {
            return Ok(());
        }
    }
    Ok(())
}

/// A heap that is walked.
struct Walk<'a> {
    tables: &'a Tables<'a>,
    reader: &'a Reader<'a>,
    /// The record, or both of the process heap's.
    halves: Vec<&'a HeapRecord>,
    region: FirstRegion,
}

impl Walk<'_> {
    /// Shows all elements. `false`: the walk is to end.
    fn all(&self, spans: &mut Spans, visit: &mut dyn FnMut(&Entry) -> bool) -> Result<bool, Fault> {
        let orders: Vec<(&HeapRecord, Vec<u32>)> =
            self.halves.iter().map(|half| (*half, spans.of(half))).collect();
        let Some((first, _)) = orders.first() else { return Ok(true) };
        let goes_on = self.region.show(
            self.tables,
            first,
            &mut |unit, visit| {
                let region = 0;
                self.slab(first, unit, region, visit).map(|shown| shown.unwrap_or(true))
            },
            visit,
        )?;
        if !goes_on {
            return Ok(false);
        }
        let mut region = 0;
        for (heap, order) in &orders {
            for &unit in order.iter().filter(|unit| spans.is_slab(**unit)) {
                if self.region.is_beside(unit) {
                    continue;
                }
                region = (region + 1).min(LAST_REGION);
                if !self.region_of_slab(heap, unit, region, visit)? {
                    return Ok(false);
                }
            }
        }
        for (heap, order) in &orders {
            for &unit in order.iter().filter(|unit| !spans.is_slab(**unit)) {
                if !self.large(heap, unit, visit)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// A slab's region, which begins with its header beside the window.
    fn region_of_slab(
        &self,
        heap: &HeapRecord,
        unit: u32,
        region: u8,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<bool, Fault> {
        let Some(slab) = self.slab_of(heap, unit)? else { return Ok(true) };
        let start = self.tables.address(unit);
        let [_, (headers, _), _, _] = self.tables.extents();
        let bytes = u64::from(self.tables.directory().header.bytes);
        let kind = EntryKind::Region {
            committed_bytes: UNIT,
            uncommitted_bytes: 0,
            first_block: start,
            last_block: start + UNIT,
        };
        let place = Place { heap: heap.number, region };
        let header = place.element(headers + u64::from(unit) * bytes, bytes, kind);
        Ok(visit(&header) && self.blocks_of(heap, unit, &slab, region, visit)?)
    }

    /// The blocks of a slab. `None`: it isn't the heap's any more.
    fn slab(
        &self,
        heap: &HeapRecord,
        unit: u32,
        region: u8,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<Option<bool>, Fault> {
        let Some(slab) = self.slab_of(heap, unit)? else { return Ok(None) };
        self.blocks_of(heap, unit, &slab, region, visit).map(Some)
    }

    fn slab_of(&self, heap: &HeapRecord, unit: u32) -> Result<Option<Slab>, Fault> {
        Ok(self.tables.slab(unit)?.filter(|slab| slab.header.heap == heap.number))
    }

    fn blocks_of(
        &self,
        heap: &HeapRecord,
        unit: u32,
        slab: &Slab,
        region: u8,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<bool, Fault> {
        let start = self.tables.address(unit);
        let Some(&extent) = self.tables.sizes().get(slab.class) else { return Ok(true) };
        let extent = u64::from(extent);
        let blocks = if heap.sized {
            self.reader.small(start, extent, &slab.live)?.blocks(self.objects_of(heap))
        } else {
            Vec::new()
        };
        let place = Place { heap: heap.number, region };
        Ok(place.slab(start, extent, &slab.live, &blocks, visit))
    }

    /// A large block, if it is one of the heap's still.
    fn large(
        &self,
        heap: &HeapRecord,
        unit: u32,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<bool, Fault> {
        let header = self.tables.header(unit)?;
        let is_there = self.tables.kind(self.tables.entry(unit)?) == Kind::LargeHead
            && header.heap == heap.number;
        let whole = u64::from(header.units) * UNIT;
        if !is_there || header.size > whole {
            return Ok(true);
        }
        let start = self.tables.address(unit);
        let block = if heap.sized {
            self.reader.large(start, header.size, self.objects_of(heap))?
        } else {
            elements::Block::whole(header.size)
        };
        let place = Place { heap: heap.number, region: LARGE_REGION };
        Ok(place.large(start, whole, &block, visit))
    }

    /// Only blocks of the process heap are moveable objects' data.
    fn objects_of(&self, heap: &HeapRecord) -> Option<&Reader<'_>> {
        PROCESS.contains(&heap.number).then_some(self.reader)
    }
}
