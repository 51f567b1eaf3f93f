//! What is in memory, and why: a look at the window from its start to its end, beside threads that
//! go on. What they change meanwhile is seen before or after, never by halves.

use super::Left;
use super::huge::{REGION, RegionPages, may_be_whole};
use super::region;
use crate::base::size_class::SizeClass;
use crate::base::units::UnitIndex;
use crate::inspect::statistics::live_blocks;
use crate::slab::pages::{PAGE, free_pages};
use crate::span::WINDOW;
use crate::span::map::{self, Use};

/// What is in memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Survey {
    /// Of the heaps that were asked about, and what all heaps share.
    pub left: Left,
    /// Of the spans of these heaps alone.
    pub spans: usize,
}

impl Survey {
    /// Everything in `left`.
    pub fn resident(&self) -> usize {
        let Left { live, fragmented, cached, huge, metadata } = self.left;
        live + fragmented + cached + huge + metadata
    }

    /// Looks at heaps whose numbers are `among` those that are asked about.
    pub fn of(among: impl Fn(u32) -> bool) -> Self {
        let mut survey = Self::default();
        let end = WINDOW.committed();
        let mut large_until = 0;
        let mut start = 0;
        while start < end.0 {
            if is_used(start, end.0, large_until) {
                let resident = region::resident(start);
                survey.add_region(start, end.0, &resident, &mut large_until, &among);
            }
            start += REGION as u32;
        }
        survey.left.metadata += WINDOW.resident_tables(end);
        survey
    }

    fn add_region(
        &mut self,
        start: u32,
        end: u32,
        resident: &RegionPages,
        large_until: &mut u32,
        among: &impl Fn(u32) -> bool,
    ) {
        let huge = may_be_whole(UnitIndex(start), resident);
        for (index, &mask) in resident.iter().enumerate() {
            let unit = UnitIndex(start + index as u32);
            if unit.is_none() || unit.0 >= end {
                continue;
            }
            let bytes = mask.count_ones() as usize * PAGE;
            let header = WINDOW.header(unit);
            match map::entry(unit).usage() {
                Use::Slab(class) if among(header.heap.get()) => {
                    self.add_slab(unit, class, mask, huge);
                }
                Use::LargeHead => {
                    if among(header.heap.get()) {
                        *large_until = unit.0 + header.units.get().0;
                        self.spans += bytes;
                        self.left.live += bytes;
                    }
                }
                Use::LargeBody if unit.0 < *large_until => {
                    self.spans += bytes;
                    self.left.live += bytes;
                }
                Use::Engine | Use::Heap => self.left.metadata += bytes,
                // Never used ones too: a huge page brings them in.
                Use::FreeDirty | Use::FreeClean | Use::Unused if huge => self.left.huge += bytes,
                Use::FreeDirty | Use::FreeClean | Use::Unused => self.left.cached += bytes,
                Use::Slab(_) | Use::LargeBody => {}
            }
        }
    }

    fn add_slab(&mut self, slab: UnitIndex, class: SizeClass, resident: u16, huge: bool) {
        let bytes = resident.count_ones() as usize * PAGE;
        let live = (live_blocks(slab) * class.size()).min(bytes);
        let free = free_pages(WINDOW.live_words(slab), class.properties().stride) & resident;
        let free = (free.count_ones() as usize * PAGE).min(bytes - live);
        self.spans += bytes;
        self.left.live += live;
        if huge {
            self.left.huge += free;
        } else {
            self.left.cached += free;
        }
        self.left.fragmented += bytes - live - free;
    }
}

/// Whether anything in the region may be in memory.
fn is_used(start: u32, end: u32, large_until: u32) -> bool {
    start < large_until
        || (start.max(1)..end.min(start + REGION as u32)).any(|unit| {
            !matches!(map::entry(UnitIndex(unit)).usage(), Use::Unused | Use::FreeClean)
        })
}
