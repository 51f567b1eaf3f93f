//! Heaps that nobody has, as large as wanted.

use heapmin_inspect::model::map::{Map, Region, SCHEMA, Unit, Usage};
use heapmin_inspect::model::snapshot::{Process, Totals};

/// Where they begin.
pub const BASE: u64 = 0x7f3a_4000_0000;
const REGION: u64 = 2 << 20;
const CLASSES: [u32; 9] = [16, 32, 48, 64, 112, 256, 640, 2048, 8192];

/// Numbers that look like chance and are always the same.
pub struct Random(pub u64);

impl Random {
    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A unit that nobody has used.
pub fn unused() -> Unit {
    Unit { usage: Usage::Unused, heap: None, resident: 0, live: Vec::new() }
}

/// A slab in which about so much of a hundred is live.
pub fn slab(random: &mut Random, block_bytes: u32, heap: u32, percent: u64) -> Unit {
    let mut live = Vec::new();
    let mut resident = 0;
    for page in 0..16 {
        let full = 4096 / u64::from(block_bytes.min(4096));
        let blocks = (0..full).filter(|_| random.below(100) < percent).count() as u64;
        live.push((blocks * u64::from(block_bytes.min(4096))) as u16);
        if blocks > 0 || random.below(3) > 0 {
            resident |= 1 << page;
        }
    }
    let bytes: u64 = live.iter().map(|&live| u64::from(live)).sum();
    let live_blocks = (bytes / u64::from(block_bytes)) as u32;
    if bytes == 0 {
        live.clear();
    }
    Unit { usage: Usage::Slab { block_bytes, live_blocks }, heap: Some(heap), resident, live }
}

/// The first units of a large block.
pub fn large(bytes: u64, heap: u32, resident: u16) -> Vec<Unit> {
    let unit = |usage| Unit { usage, heap: Some(heap), resident, live: Vec::new() };
    let units = bytes.div_ceil(64 << 10) as usize;
    let mut block = vec![unit(Usage::LargeBody); units];
    block[0].usage = Usage::LargeHead { bytes };
    block
}

/// Heaps of so many regions, in a process with this command line.
pub fn map(regions: usize, seed: u64, command: &str) -> Map {
    let mut random = Random(seed);
    let mut units = Vec::new();
    let fill = |units: &mut Vec<Unit>, usage, resident, count: u64| {
        let heap = None;
        let unit = Unit { usage, heap, resident, live: Vec::new() };
        units.extend(std::iter::repeat_n(unit, count as usize));
    };
    fill(&mut units, Usage::Unused, 0, 1);
    fill(&mut units, Usage::Engine, 0xffff, 2);
    fill(&mut units, Usage::Heap, 0x0003, 1);
    while units.len() < regions * 32 {
        let heap = [0, 0, 0, 1, 2, 7][random.below(6) as usize];
        match random.below(10) {
            0 => fill(&mut units, Usage::FreeDirty, 0xffff, 1 + random.below(6)),
            1 => fill(&mut units, Usage::FreeClean, 0, 1 + random.below(9)),
            2 => {
                let bytes = 70_000 + random.below(3 << 20);
                units.extend(large(
                    bytes,
                    heap,
                    [0xffff, 0xffff, 0x00ff][random.below(3) as usize],
                ));
            }
            _ => {
                let class = CLASSES[random.below(9) as usize];
                let percent = [0, 8, 30, 60, 90, 100, 100][random.below(7) as usize];
                for _ in 0..1 + random.below(8) {
                    units.push(slab(&mut random, class, heap, percent));
                }
            }
        }
    }
    units.truncate(regions * 32);
    for unit in units.iter_mut().rev().take(9) {
        *unit = unused();
    }
    let regions: Vec<Region> = units
        .chunks(32)
        .enumerate()
        .map(|(number, units)| {
            // A quarter of the way lies a gap.
            let gap = if number * 4 > regions { 12 } else { 0 };
            let address = BASE + (number as u64 + gap) * REGION;
            Region { address, huge: Some(number % 5 == 2), units: units.to_vec() }
        })
        .collect();
    let heaps =
        [(0, "process"), (1, "process (HeapAlloc)"), (2, "heap 0x7f3a40010000"), (7, "images")];
    Map {
        schema: SCHEMA,
        process: process(command),
        time_ms: 1_763_773_200_000,
        totals: totals(&regions),
        heaps: heaps.map(|(number, name)| (number, name.to_owned())).to_vec(),
        regions,
    }
}

fn process(command: &str) -> Process {
    Process {
        pid: 4711,
        command: command.to_owned(),
        uid: 1000,
        user: "ann".to_owned(),
        threads: 12,
        engine: "0.1.0".to_owned(),
        file: "/usr/lib/heapmin/libheapmin_malloc.so".to_owned(),
        started: 1,
    }
}

fn totals(regions: &[Region]) -> Totals {
    let mut totals = Totals::default();
    for unit in regions.iter().flat_map(|region| &region.units) {
        let resident = u64::from(unit.resident.count_ones()) * 4096;
        let large = matches!(unit.usage, Usage::LargeHead { .. } | Usage::LargeBody);
        let live = if large && unit.live.is_empty() { 65536 } else { 0 }
            + unit.live.iter().map(|&live| u64::from(live)).sum::<u64>();
        totals.live_bytes += live;
        totals.live_blocks += live / 64;
        totals.resident_bytes += resident;
        totals.reclaimable_bytes += resident.saturating_sub(live) / 2;
        totals.fragmented_bytes += resident.saturating_sub(live) / 3;
        totals.committed_bytes += if unit.heap.is_some() { 65536 } else { 0 };
    }
    totals.metadata_bytes = 300 << 10;
    totals.huge_page_bytes = Some(2 << 20);
    totals.returned_bytes = 123 << 20;
    totals.process_resident_bytes = totals.resident_bytes + (30 << 20);
    totals
}
