//! What a unit is, in the form in which pages have it.

use std::collections::BTreeMap;

use heapmin_inspect::model::map::{Map, REGION_UNITS, Region, UNIT_BYTES, Unit, Usage};

/// Pages of a unit.
pub const UNIT_PAGES: usize = 16;
/// Bytes of a page.
const PAGE: u16 = 4096;

/// A unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// One of the `USAGE_`s.
    pub usage: u8,
    /// 0: not a huge page; 1: a huge page; 2: unknown.
    pub huge: u8,
    /// 0: none; else the heap's number and 1.
    pub heap: u64,
    /// Bytes: of a slab's blocks, of a large block in its first unit.
    pub size: u64,
    /// Live blocks of a slab.
    pub blocks: u64,
    /// Bit n: page n is in memory.
    pub resident: u16,
    /// Live bytes.
    pub live: Live,
}

/// Live bytes of a unit's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// None on any page.
    None,
    /// Every byte of every page.
    All,
    /// So many on each.
    Pages([u16; UNIT_PAGES]),
}

/// [`Usage`] as a number.
pub const USAGE_UNUSED: u8 = 0;
/// See above.
pub const USAGE_FREE_DIRTY: u8 = 1;
/// See above.
pub const USAGE_FREE_CLEAN: u8 = 2;
/// See above.
pub const USAGE_SLAB: u8 = 3;
/// See above.
pub const USAGE_LARGE_HEAD: u8 = 4;
/// See above.
pub const USAGE_LARGE_BODY: u8 = 5;
/// See above.
pub const USAGE_ENGINE: u8 = 6;
/// See above.
pub const USAGE_HEAP: u8 = 7;
/// Not in use any more, in the later frames of a film.
pub const USAGE_GONE: u8 = 15;

/// A unit that is not in use any more.
pub const GONE: Record = Record {
    usage: USAGE_GONE,
    huge: 2,
    heap: 0,
    size: 0,
    blocks: 0,
    resident: 0,
    live: Live::None,
};

impl Record {
    fn new(region: &Region, unit: &Unit) -> Self {
        let (usage, size, blocks) = match unit.usage {
            Usage::Unused => (USAGE_UNUSED, 0, 0),
            Usage::FreeDirty => (USAGE_FREE_DIRTY, 0, 0),
            Usage::FreeClean => (USAGE_FREE_CLEAN, 0, 0),
            Usage::Slab { block_bytes, live_blocks } => {
                (USAGE_SLAB, block_bytes.into(), live_blocks.into())
            }
            Usage::LargeHead { bytes } => (USAGE_LARGE_HEAD, bytes, 0),
            Usage::LargeBody => (USAGE_LARGE_BODY, 0, 0),
            Usage::Engine => (USAGE_ENGINE, 0, 0),
            Usage::Heap => (USAGE_HEAP, 0, 0),
        };
        let large = matches!(usage, USAGE_LARGE_HEAD | USAGE_LARGE_BODY);
        let live = if unit.live.is_empty() {
            if large { Live::All } else { Live::None }
        } else {
            let page = |at| unit.live.get(at).map_or(0, |&live: &u16| live.min(PAGE));
            let pages: [u16; UNIT_PAGES] = std::array::from_fn(page);
            match pages {
                pages if pages == [0; UNIT_PAGES] => Live::None,
                pages if pages == [PAGE; UNIT_PAGES] => Live::All,
                pages => Live::Pages(pages),
            }
        };
        let huge = match region.huge {
            Some(false) => 0,
            Some(true) => 1,
            None => 2,
        };
        let heap = unit.heap.map_or(0, |heap| u64::from(heap) + 1);
        Self { usage, huge, heap, size, blocks, resident: unit.resident, live }
    }
}

/// The units of a map, by their number: their address in units.
pub fn records(map: &Map) -> BTreeMap<u64, Record> {
    let mut records = BTreeMap::new();
    for region in &map.regions {
        let first = region.address / UNIT_BYTES;
        for (unit, number) in region.units.iter().take(REGION_UNITS).zip(first..) {
            records.insert(number, Record::new(region, unit));
        }
    }
    records
}
