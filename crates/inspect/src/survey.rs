//! A look at the whole window, region by region: what each unit is, and which of its pages are in
//! memory, hold live blocks, or could go back.

use crate::directory::{GRANULE_SHIFT, UNIT};
use crate::memory::Fault;
use crate::residency::{PAGE, PAGES, Pages, Residency};
use crate::tables::chunk::Chunk;
use crate::tables::{Bits, Kind, Tables, capacity};

/// Units of a region.
pub(crate) const REGION_UNITS: u32 = 32;

/// A trim breaks a huge page up only if at least one of so many of its pages is free.
const BREAKING_SHARE: u32 = 4;
/// Bytes from the window's start on which the heap asks for huge pages.
const HUGE_PAGES_FROM: u64 = 8 << 20;

/// Which memory of a process the system may make huge by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HugePages {
    /// None.
    Never,
    /// What asked for it.
    Asked,
    /// Everything.
    Always,
}

/// A unit, and what of it is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// What it is.
    pub kind: Kind,
    /// The heap of a slab or large block.
    pub heap: Option<u32>,
    /// Its pages that are in memory, a bit each.
    pub resident: u16,
    /// Its pages without a live block, and behind the end of a large one.
    pub free: u16,
    /// Live blocks, of a slab.
    pub live_blocks: u32,
    /// Bytes of a large block, in its first unit.
    pub large_bytes: u64,
    /// Whether it is in a free span that takes no memory.
    pub is_clean: bool,
}

/// A region of 2 MiB.
pub(crate) struct Region<'a> {
    /// Its first unit.
    pub first: u32,
    /// Whether it is a huge page, if the system tells.
    pub huge: Option<bool>,
    /// Whether a trim leaves the free pages of slabs with live blocks, as all of it is in memory and
    /// mostly live.
    pub is_kept: bool,
    /// Its units; fewer at the end of what is committed.
    pub units: &'a [Unit],
    /// Where live bits are.
    pub chunk: &'a Chunk,
}

impl Region<'_> {
    /// Whether there is more in it than free memory that takes none.
    pub fn is_used(&self) -> bool {
        self.units.iter().any(is_used)
    }
}

fn is_used(unit: &Unit) -> bool {
    !matches!(unit.kind, Kind::Unused | Kind::FreeClean)
}

/// What goes on from one unit to the next.
#[derive(Default)]
struct Spans {
    /// The large block that was seen last: its heap, the unit behind it, where its user's part ends.
    large: (u32, u32, u64),
    /// Behind the clean span that was seen last.
    clean_end: u32,
}

/// Calls `visit` for each region, until it returns `false`.
pub(crate) fn survey(
    tables: &Tables<'_>,
    residency: &Residency<'_>,
    huge_pages: HugePages,
    visit: &mut dyn FnMut(&Region<'_>) -> bool,
) -> Result<(), Fault> {
    let (mut chunk, mut pages) = (Chunk::default(), Pages::default());
    let mut spans = Spans::default();
    let mut units = Vec::new();
    let mut first = 0;
    while first < tables.end() {
        tables.read_chunk(first, &mut chunk)?;
        units.clear();
        units.extend(chunk.units().map(|unit| spans.unit(tables, &chunk, unit)));
        let next = chunk.units().end;
        if next == tables.end() {
            // A huge page may have brought in what was never used.
            let end = next.next_multiple_of(REGION_UNITS).min(tables.committed()).max(next);
            units.extend((next..end).map(|_| unused()));
        }
        let visit = |first, huge, units: &[Unit]| {
            let is_kept = is_kept(units, huge_pages, u64::from(first) * UNIT);
            visit(&Region { first, huge, is_kept, units, chunk: &chunk })
        };
        if !ask_in_runs(tables, residency, first, &mut units, &mut pages, visit)? {
            break;
        }
        first = next;
    }
    Ok(())
}

/// Asks about pages of consecutive regions that are used together, and visits each region. `false`:
/// a visit ended it.
fn ask_in_runs(
    tables: &Tables<'_>,
    residency: &Residency<'_>,
    first: u32,
    units: &mut [Unit],
    pages: &mut Pages,
    mut visit: impl FnMut(u32, Option<bool>, &[Unit]) -> bool,
) -> Result<bool, Fault> {
    let in_region = REGION_UNITS as usize;
    let mut at = 0;
    while at < units.len() {
        let used = |region: &[Unit]| region.iter().any(is_used);
        let together = units[at..].chunks(in_region).take_while(|region| used(region)).count();
        let stop = (at + together.max(1) * in_region).min(units.len());
        let run = &mut units[at..stop];
        if together > 0 {
            residency.pages(tables.address(first + at as u32), run.len(), pages)?;
            for (unit, mask) in run.iter_mut().zip(&pages.masks) {
                unit.resident = *mask;
            }
        }
        let regions = (first + at as u32..).step_by(in_region).zip(run.chunks(in_region));
        for (index, (first, region)) in regions.enumerate() {
            let huge =
                if together > 0 { pages.huge.get(index).copied().flatten() } else { Some(false) };
            if !visit(first, huge, region) {
                return Ok(false);
            }
        }
        at = stop;
    }
    Ok(true)
}

fn unused() -> Unit {
    let free = u16::MAX;
    Unit {
        kind: Kind::Unused,
        heap: None,
        resident: 0,
        free,
        live_blocks: 0,
        large_bytes: 0,
        is_clean: false,
    }
}

impl Spans {
    fn unit(&mut self, tables: &Tables<'_>, chunk: &Chunk, unit: u32) -> Unit {
        let mut seen = Unit { kind: tables.kind(chunk.entry(unit)), ..unused() };
        match seen.kind {
            Kind::Slab { class, .. } => {
                let size = tables.sizes().get(class).copied().unwrap_or(UNIT as u32);
                let live = chunk.live(unit);
                seen.heap = Some(tables.header_in(chunk, unit).heap);
                seen.live_blocks = count(live).min(capacity(size));
                seen.free = free_pages(live, size >> GRANULE_SHIFT);
            }
            Kind::LargeHead => {
                let header = tables.header_in(chunk, unit);
                let most = (tables.end() - unit).min(header.units).max(1);
                seen.heap = Some(header.heap);
                seen.large_bytes = header.size.min(u64::from(most) * UNIT);
                let end = tables.address(unit) + seen.large_bytes;
                self.large = (header.heap, unit + most, end);
                seen.free = pages_from(tables.address(unit), end);
            }
            Kind::LargeBody => {
                let (heap, behind, end) = self.large;
                if unit < behind {
                    seen.heap = Some(heap);
                    seen.free = pages_from(tables.address(unit), end);
                }
            }
            Kind::FreeClean if unit >= self.clean_end => {
                let length = tables.header_in(chunk, unit).units;
                self.clean_end = unit + length.clamp(1, tables.end() - unit);
            }
            Kind::FreeClean | Kind::Unused => {}
            Kind::FreeDirty | Kind::Engine | Kind::Heap | Kind::Unknown => {}
        }
        match seen.kind {
            Kind::FreeClean | Kind::Unused => seen.is_clean = unit < self.clean_end,
            // It isn't one any more.
            _ => self.clean_end = 0,
        }
        seen
    }
}

/// Bits that are set.
fn count(bits: &Bits) -> u32 {
    bits.iter().map(|word| word.count_ones()).sum()
}

/// The pages of a unit that lie behind `end` as a whole.
fn pages_from(unit: u64, end: u64) -> u16 {
    let used = end.saturating_sub(unit).div_ceil(PAGE).min(u64::from(PAGES));
    !(((1u32 << used) - 1) as u16)
}

/// The pages that granules of a slab are on, a bit each. `count` is at least 1.
fn pages_of(granule: u32, count: u32) -> u16 {
    const IN_A_PAGE: u32 = (PAGE >> GRANULE_SHIFT) as u32;
    let below = |page: u32| (1u32 << page.min(PAGES)) - 1;
    let (first, last) = (granule / IN_A_PAGE, (granule + count - 1) / IN_A_PAGE);
    (below(last + 1) & !below(first)) as u16
}

/// The pages on which no live block lies, a bit each. `stride`: granules in a block.
fn free_pages(live: &Bits, stride: u32) -> u16 {
    let mut touched = 0;
    for (word, start) in live.iter().zip((0..).step_by(64)) {
        if *word != 0 {
            // A word is a quarter of a page: blocks between its first and its last touch no page
            // that these two don't.
            let (first, last) = (word.trailing_zeros(), 63 - word.leading_zeros());
            touched |= pages_of(start + first, last - first + stride.max(1));
        }
    }
    !touched
}

/// Whether a trim would leave the region as it is.
fn is_kept(units: &[Unit], huge_pages: HugePages, offset: u64) -> bool {
    let may_be_huge = match huge_pages {
        HugePages::Never => false,
        HugePages::Asked => offset >= HUGE_PAGES_FROM,
        HugePages::Always => true,
    };
    let is_whole =
        units.len() == REGION_UNITS as usize && units.iter().all(|unit| unit.resident == u16::MAX);
    // Those go back first, and the region isn't whole any more.
    let has_tail = |unit: &Unit| {
        matches!(unit.kind, Kind::LargeHead | Kind::LargeBody) && unit.resident & unit.free != 0
    };
    let free = |unit: &Unit| match unit.kind {
        Kind::Slab { .. } => unit.free.count_ones(),
        Kind::FreeDirty => PAGES,
        _ => 0,
    };
    may_be_huge
        && is_whole
        && !units.iter().any(has_tail)
        && units.iter().map(free).sum::<u32>() * BREAKING_SHARE < REGION_UNITS * PAGES
}

#[cfg(test)]
#[path = "survey_tests.rs"]
mod tests;
