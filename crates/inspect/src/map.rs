//! The picture of the heaps: what every page is.

mod large_ends;

use crate::directory::{GRANULE_SHIFT, UNIT};
use crate::heaps;
use crate::memory::Fault;
use crate::model::map::{self as model, Map, Usage};
use crate::process;
use crate::residency::{PAGE, PAGES, Residency};
use crate::snapshot::{Sums, now};
use crate::survey::{REGION_UNITS, Region, Unit, survey};
use crate::tables::{Bits, Kind, Tables};
use crate::target::{Progress, Target};
use std::collections::HashMap;

/// See [`Target::map`].
pub(crate) fn map(
    target: &Target,
    tables: &Tables<'_>,
    progress: Progress<'_>,
) -> Result<Map, Fault> {
    let time_ms = now();
    let pid = target.process().pid;
    let residency = Residency::new(target.pagemap());
    let mut sums = Sums::default();
    let mut regions = Vec::new();
    let all = u64::from(tables.end().div_ceil(REGION_UNITS));
    let mut done = 0;
    survey(tables, &residency, process::huge_pages(pid), &mut |region| {
        sums.add_region(tables, region);
        if region.is_used() {
            regions.push(picture(tables, region));
        }
        done += 1;
        progress(done, all)
    })?;
    let heaps = sums.heaps(tables, &HashMap::new())?;
    let totals = sums.totals(tables, &residency, pid, &heaps)?;
    let names = heaps::heaps(tables)?;
    let heaps = names.iter().map(|heap| (heap.number, heap.name())).collect();
    let process = target.process().clone();
    let mut map = Map { schema: model::SCHEMA, process, time_ms, totals, heaps, regions };
    large_ends::fill(&mut map);
    Ok(map)
}

fn picture(tables: &Tables<'_>, region: &Region<'_>) -> model::Region {
    let units = (region.first..).zip(region.units);
    model::Region {
        address: tables.address(region.first),
        huge: region.huge,
        units: units.map(|(number, unit)| unit_of(tables, region, number, unit)).collect(),
    }
}

fn unit_of(tables: &Tables<'_>, region: &Region<'_>, number: u32, unit: &Unit) -> model::Unit {
    let mut live = Vec::new();
    let usage = match unit.kind {
        Kind::Slab { class, .. } => {
            let block_bytes = tables.sizes().get(class).copied().unwrap_or(UNIT as u32);
            if unit.live_blocks > 0 {
                live = live_on_pages(region.chunk.live(number), block_bytes).to_vec();
            }
            Usage::Slab { block_bytes, live_blocks: unit.live_blocks }
        }
        Kind::LargeHead => Usage::LargeHead { bytes: unit.large_bytes },
        Kind::LargeBody => Usage::LargeBody,
        Kind::Engine => Usage::Engine,
        Kind::Heap => Usage::Heap,
        Kind::FreeDirty => Usage::FreeDirty,
        Kind::FreeClean => Usage::FreeClean,
        Kind::Unused | Kind::Unknown if unit.is_clean => Usage::FreeClean,
        Kind::Unused | Kind::Unknown => Usage::Unused,
    };
    model::Unit { usage, heap: unit.heap, resident: unit.resident, live }
}

/// Bytes of live blocks on each page of a slab.
fn live_on_pages(live: &Bits, size: u32) -> [u16; PAGES as usize] {
    let mut pages = [0u64; PAGES as usize];
    for (word, first) in live.iter().zip((0u64..).step_by(64)) {
        let mut word = *word;
        while word != 0 {
            let start = (first + u64::from(word.trailing_zeros())) << GRANULE_SHIFT;
            let end = (start + u64::from(size)).min(UNIT);
            word &= word - 1;
            let mut at = start;
            while at < end {
                let stop = end.min((at / PAGE + 1) * PAGE);
                if let Some(page) = pages.get_mut((at / PAGE) as usize) {
                    *page += stop - at;
                }
                at = stop;
            }
        }
    }
    pages.map(|bytes| bytes.min(PAGE) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_across_pages_count_on_each() {
        let mut live = [0; 64];
        // Blocks of 3,072 bytes, 192 granules: the first two, and the last that fits.
        for granule in [0usize, 192, 20 * 192] {
            live[granule / 64] |= 1 << (granule % 64);
        }
        let pages = live_on_pages(&live, 3072);
        assert_eq!(pages[..3], [4096, 2048, 0]);
        assert_eq!(pages[15], 3072);
        assert_eq!(pages.iter().map(|&bytes| u32::from(bytes)).sum::<u32>(), 3 * 3072);
    }

    #[test]
    fn bits_where_no_block_starts_fill_no_page_over() {
        assert_eq!(live_on_pages(&[u64::MAX; 64], 16), [4096; 16]);
        assert_eq!(live_on_pages(&[u64::MAX; 64], 32768), [4096; 16]);
    }
}
