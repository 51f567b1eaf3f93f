//! The first region of a heap: its record, and the units beside it.
//!
//! ```text
//!  handle
//!  | record | rest of its page | reserved …       | unit 0 | unit 1 | …        |
//!             slack              uncommitted       slabs, or free, or uncommitted
//! ```
//! The uncommitted range comes last. The process heap has no record there, and no units beside it: its
//! first region is unit 0, which is never used.

use super::elements::{Place, UNIT};
use crate::heaps::HeapRecord;
use crate::memory::Fault;
use crate::model::entry::{Entry, EntryKind};
use crate::tables::{Kind, Tables};

/// Shows a slab. `false`: the walk is to end.
type ShowSlab<'a> = &'a mut dyn FnMut(u32, &mut dyn FnMut(&Entry) -> bool) -> Result<bool, Fault>;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct FirstRegion {
    /// Where it begins.
    handle: u64,
    /// The unit there.
    unit: u32,
    /// The number that its own elements are shown with.
    heap: u32,
    /// Bytes of the record.
    record_bytes: u64,
    /// Bytes of it in whole pages.
    record_pages: u64,
    /// Units beside it.
    beside: u32,
    /// They are the heap's memory also where no slab is.
    committed: bool,
}

impl FirstRegion {
    /// The process heap's.
    pub fn of_process(tables: &Tables<'_>) -> Self {
        Self {
            handle: tables.base(),
            unit: 0,
            heap: 0,
            record_bytes: 0,
            record_pages: 0,
            beside: 0,
            committed: false,
        }
    }

    /// Another heap's. Its record was seen to be in a unit that is in use.
    pub fn of_private(tables: &Tables<'_>, heap: &HeapRecord) -> Self {
        let unit = tables.unit_of(heap.address).unwrap_or(0);
        let record_bytes = u64::from(tables.directory().heap.private_bytes);
        let page = rustix::param::page_size() as u64;
        Self {
            handle: heap.address,
            unit,
            heap: heap.number,
            record_bytes,
            record_pages: record_bytes.next_multiple_of(page).min(UNIT),
            beside: heap.beside.min(tables.end().saturating_sub(unit).saturating_sub(1)),
            committed: heap.committed_beside,
        }
    }

    /// Whether a unit is one of those beside the record.
    pub fn is_beside(&self, unit: u32) -> bool {
        unit.wrapping_sub(self.unit).wrapping_sub(1) < self.beside
    }

    /// Shows it all. `false`: the walk is to end.
    pub fn show(
        &self,
        tables: &Tables<'_>,
        heap: &HeapRecord,
        slab: ShowSlab<'_>,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> Result<bool, Fault> {
        let mut slabs = Vec::new();
        for unit in (self.unit + 1..).take(self.beside as usize) {
            let is_slab = matches!(tables.kind(tables.entry(unit)?), Kind::Slab { .. })
                && tables.header(unit)?.heap == heap.number;
            slabs.push((unit, is_slab));
        }
        let place = Place { heap: self.heap, region: 0 };
        let (region, uncommitted) = self.header(place, slabs.iter().filter(|slab| slab.1).count());
        let rest = self.record_pages - self.record_bytes.min(self.record_pages);
        let goes_on = visit(&region)
            && (rest == 0
                || visit(&place.element(self.handle + self.record_bytes, rest, EntryKind::Slack)));
        if !goes_on {
            return Ok(false);
        }
        for (unit, is_slab) in slabs {
            let goes_on = match is_slab {
                true => slab(unit, visit)?,
                false if self.committed => {
                    visit(&place.element(tables.address(unit), UNIT, EntryKind::Free))
                }
                false => true,
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(visit(&uncommitted))
    }

    /// The region's header, and the uncommitted range: behind the record's page, up to the units if
    /// one of them is in use.
    fn header(&self, place: Place, slabs: usize) -> (Entry, Entry) {
        let units = if self.committed { u64::from(self.beside) } else { slabs as u64 };
        let bytes = UNIT * (1 + u64::from(self.beside));
        let committed_bytes = self.record_pages + UNIT * units;
        let kind = EntryKind::Region {
            committed_bytes,
            uncommitted_bytes: bytes.saturating_sub(committed_bytes),
            first_block: self.handle + self.record_bytes,
            last_block: self.handle + bytes,
        };
        let to = if units > 0 { UNIT } else { bytes };
        let from = self.handle + self.record_pages;
        let uncommitted =
            place.element(from, to.saturating_sub(self.record_pages), EntryKind::Uncommitted);
        (place.element(self.handle, self.record_bytes, kind), uncommitted)
    }
}
