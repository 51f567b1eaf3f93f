//! The figures of a process: adding up what a survey of its window sees.

use crate::directory::UNIT;
use crate::heaps::cache::{CacheRecord, caches};
use crate::heaps::{self, HeapRecord};
use crate::memory::Fault;
use crate::model::snapshot::{self as model, Snapshot, Totals};
use crate::process::{self, Stat};
use crate::residency::{PAGE, REGION, Residency};
use crate::survey::{Region, Unit, survey};
use crate::tables::{Kind, Tables, capacity};
use crate::target::Target;
use std::collections::{BTreeMap, HashMap};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What a heap's units have.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeapSums {
    live_bytes: u64,
    live_blocks: u64,
    committed_bytes: u64,
    resident_bytes: u64,
    reclaimable_bytes: u64,
    fragmented_bytes: u64,
    classes: Vec<model::Class>,
    large: model::Large,
}

/// What all units have.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    heaps: BTreeMap<u32, HeapSums>,
    /// Slabs by the unit of their cache.
    slabs: HashMap<u32, u64>,
    totals: Totals,
    huge_is_unknown: bool,
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// See [`Target::snapshot`].
pub(crate) fn snapshot(target: &Target, tables: &Tables<'_>) -> Result<Snapshot, Fault> {
    let (time_ms, began) = (now(), Instant::now());
    let pid = target.process().pid;
    let residency = Residency::new(target.pagemap());
    let huge_pages = process::huge_pages(pid);
    let mut sums = Sums::default();
    survey(tables, &residency, huge_pages, &mut |region| {
        sums.add_region(tables, region);
        true
    })?;
    let heaps = sums.heaps(tables, &process::thread_names(pid)?)?;
    let totals = sums.totals(tables, &residency, pid, &heaps)?;
    let mut process = target.process().clone();
    process.threads = Stat::read(pid)?.threads;
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(Snapshot { schema: model::SCHEMA, process, time_ms, took_us, totals, heaps })
}

impl Sums {
    /// Adds a region's units.
    pub fn add_region(&mut self, tables: &Tables<'_>, region: &Region<'_>) {
        if region.is_used() {
            self.huge_is_unknown |= region.huge.is_none();
            if region.huge == Some(true) {
                let bytes = self.totals.huge_page_bytes.get_or_insert(0);
                *bytes += REGION;
            }
        }
        for unit in region.units {
            self.add_unit(tables, unit, region.is_kept);
        }
    }

    fn add_unit(&mut self, tables: &Tables<'_>, unit: &Unit, is_kept: bool) {
        let resident = bytes(unit.resident);
        let totals = &mut self.totals;
        totals.resident_bytes += resident;
        match unit.kind {
            Kind::Slab { class, owner } => {
                *self.slabs.entry(owner).or_default() += 1;
                let heap = self.heaps.entry(unit.heap.unwrap_or_default()).or_default();
                heap.add_slab(tables.sizes(), class, unit, is_kept);
            }
            Kind::LargeHead | Kind::LargeBody if unit.heap.is_some() => {
                let heap = self.heaps.entry(unit.heap.unwrap_or_default()).or_default();
                heap.add_large(unit);
            }
            Kind::Engine | Kind::Heap => totals.metadata_bytes += resident,
            Kind::FreeDirty => {
                totals.free_dirty_bytes += UNIT;
                totals.reclaimable_bytes += resident;
            }
            Kind::FreeClean | Kind::Unused => {
                totals.free_clean_bytes += if unit.is_clean { UNIT } else { 0 };
                totals.reclaimable_bytes += if unit.is_clean { resident } else { 0 };
            }
            Kind::LargeHead | Kind::LargeBody | Kind::Unknown => {}
        }
    }

    /// The heaps that there are, with what was added up.
    pub fn heaps(
        &self,
        tables: &Tables<'_>,
        names: &HashMap<u32, String>,
    ) -> Result<Vec<model::Heap>, Fault> {
        let records = heaps::heaps(tables)?;
        records.iter().map(|record| self.heap(tables, record, names)).collect()
    }

    fn heap(
        &self,
        tables: &Tables<'_>,
        record: &HeapRecord,
        names: &HashMap<u32, String>,
    ) -> Result<model::Heap, Fault> {
        let caches = caches(tables, record)?;
        let sums = self.heaps.get(&record.number).cloned().unwrap_or_default();
        let mut classes = sums.classes;
        for (class, sums) in classes.iter_mut().enumerate() {
            let of = |number: fn(&CacheRecord, usize) -> u64| -> u64 {
                caches.iter().map(|cache| number(cache, class)).sum()
            };
            sums.cached_blocks =
                of(|cache, class| cache.stacks.get(class).map_or(0, |s| s.blocks()));
            sums.allocations =
                of(|cache, class| cache.allocations.get(class).copied().unwrap_or(0));
        }
        classes.retain(|class| class.slabs > 0);
        let large = model::Large { allocations: record.large_allocations, ..sums.large };
        let caches: Vec<model::Cache> =
            caches.iter().map(|cache| self.cache(tables, cache, names)).collect();
        let most = [record.maximum, record.limit].into_iter().find(|most| *most != 0);
        let small: u64 = caches.iter().fold(0, |sum, cache| cache.allocations.saturating_add(sum));
        Ok(model::Heap {
            number: record.number,
            incarnation: record.incarnation,
            handle: record.handle(tables),
            name: record.name(),
            sized: record.sized,
            serialized: !record.unserialized,
            executable: record.executable,
            maximum_bytes: most,
            decay: heaps::decay(tables, record)?,
            locked: record.closed == 2,
            live_bytes: sums.live_bytes,
            live_blocks: sums.live_blocks,
            committed_bytes: sums.committed_bytes,
            resident_bytes: sums.resident_bytes,
            reclaimable_bytes: sums.reclaimable_bytes,
            fragmented_bytes: sums.fragmented_bytes,
            allocations: small.saturating_add(record.large_allocations),
            classes,
            large,
            caches,
        })
    }

    fn cache(
        &self,
        tables: &Tables<'_>,
        cache: &CacheRecord,
        names: &HashMap<u32, String>,
    ) -> model::Cache {
        let held = || cache.stacks.iter().map(|stacks| stacks.blocks());
        let sizes = tables.sizes().iter().map(|size| u64::from(*size));
        model::Cache {
            state: cache.state,
            thread: cache.thread,
            thread_name: cache.thread.and_then(|thread| names.get(&thread).cloned()),
            cached_blocks: held().sum(),
            cached_bytes: held().zip(sizes).map(|(blocks, size)| blocks * size).sum(),
            slabs: self.slabs.get(&cache.unit).copied().unwrap_or(0),
            allocations: cache.allocations.iter().fold(0, |sum, count| count.saturating_add(sum)),
        }
    }

    /// Everything together.
    pub fn totals(
        &self,
        tables: &Tables<'_>,
        residency: &Residency<'_>,
        pid: i32,
        heaps: &[model::Heap],
    ) -> Result<Totals, Fault> {
        let mut totals = self.totals;
        for heap in self.heaps.values() {
            totals.live_bytes += heap.live_bytes;
            totals.live_blocks += heap.live_blocks;
            totals.committed_bytes += heap.committed_bytes;
            totals.reclaimable_bytes += heap.reclaimable_bytes;
            totals.fragmented_bytes += heap.fragmented_bytes;
        }
        for (table, length) in tables.extents() {
            let bytes = residency.bytes(table..table + length)?;
            totals.metadata_bytes += bytes;
            totals.resident_bytes += bytes;
        }
        let alive = process::living_thread(pid)?;
        totals.huge_page_bytes = match self.huge_is_unknown {
            // Which they are isn't told, only how many.
            true => process::huge_bytes(alive, &tables.blocks()).ok(),
            false => Some(totals.huge_page_bytes.unwrap_or(0)),
        };
        let directory = tables.directory();
        totals.returned_bytes = tables.memory().number(directory.returned_bytes.get())?;
        totals.allocations = heaps.iter().fold(0, |sum, heap| heap.allocations.saturating_add(sum));
        totals.process_resident_bytes = process::resident_bytes(alive)?.0;
        Ok(totals)
    }
}

impl HeapSums {
    fn add_slab(&mut self, sizes: &[u32], class: usize, unit: &Unit, is_kept: bool) {
        if self.classes.is_empty() {
            let empty = |size: &u32| model::Class { block_bytes: *size, ..Default::default() };
            self.classes = sizes.iter().map(empty).collect();
        }
        let Some(sums) = self.classes.get_mut(class) else { return };
        let resident = bytes(unit.resident);
        let live = u64::from(unit.live_blocks) * u64::from(sums.block_bytes);
        // Of a live block that was never written, nothing may be in memory.
        let live_resident = live.min(resident);
        let free = bytes(unit.resident & unit.free).min(resident - live_resident);
        // A slab without a live block becomes a free span, and those go in any case.
        let reclaimable = if is_kept && unit.live_blocks > 0 { 0 } else { free };
        sums.slabs += 1;
        sums.capacity_blocks += u64::from(capacity(sums.block_bytes));
        sums.live_blocks += u64::from(unit.live_blocks);
        sums.resident_bytes += resident;
        sums.reclaimable_bytes += reclaimable;
        self.live_bytes += live;
        self.live_blocks += u64::from(unit.live_blocks);
        self.committed_bytes += UNIT;
        self.resident_bytes += resident;
        self.reclaimable_bytes += reclaimable;
        self.fragmented_bytes += resident - live_resident - reclaimable;
    }

    fn add_large(&mut self, unit: &Unit) {
        let resident = bytes(unit.resident);
        let behind = bytes(unit.resident & unit.free);
        if unit.kind == Kind::LargeHead {
            self.large.blocks += 1;
            self.large.live_bytes += unit.large_bytes;
            self.live_blocks += 1;
            self.live_bytes += unit.large_bytes;
        }
        self.large.committed_bytes += UNIT;
        self.large.resident_bytes += resident;
        self.committed_bytes += UNIT;
        self.resident_bytes += resident;
        self.reclaimable_bytes += behind;
    }
}

/// Bytes of the pages in a mask.
fn bytes(mask: u16) -> u64 {
    u64::from(mask.count_ones()) * PAGE
}
