//! When a huge page is broken up to give back what is free of it.
//!
//! A huge page that is broken up has its free part back at the OS, and costs what it saved: misses
//! of the TLB in the part that is in use. So only if enough of it is free: see [`Age::breaking_share`].

use crate::base::units::UnitIndex;
use crate::slab::pages::PAGES;
use crate::span::map::{self, Use};
use crate::span::purge::Age;
use crate::span::{WINDOW, window};

/// Units in the region of a huge page.
pub const REGION: usize = window::REGION as usize;

/// Pages, a bit each, of the units of a region.
pub type RegionPages = [u16; REGION];

/// Pages in a region's masks.
pub fn count(pages: &RegionPages) -> usize {
    pages.iter().map(|mask| mask.count_ones() as usize).sum()
}

/// Whether a region may be one huge page: all of it is in memory, and the system makes some.
pub fn may_be_whole(region: UnitIndex, resident: &RegionPages) -> bool {
    count(resident) == REGION * PAGES && WINDOW.may_be_huge(region)
}

/// Whether giving back the `free` pages of slabs in a region is not worth what they are a part of.
/// Free spans in it, which go after them, count with them.
pub fn is_kept(region: UnitIndex, resident: &RegionPages, free: &RegionPages, age: Age) -> bool {
    let spans = (region.0..region.0 + REGION as u32)
        .filter(|&unit| map::entry(UnitIndex(unit)).usage() == Use::FreeDirty)
        .count();
    let free = count(free) + spans * PAGES;
    free * age.breaking_share() < REGION * PAGES && may_be_whole(region, resident)
}
