//! Where huge pages are, and where they aren't wanted any more.
//!
//! A region of the window, 2 MiB, may be one huge page. Once a part of it was given back, the system
//! must not fill it up again to make it huge: it does that by itself, to mappings that asked for huge
//! pages, within seconds or hours. So such a region is kept to small pages until all of it is free.

use super::{HUGE_PAGES_FROM, Window};
use crate::base::atomic::{AtomicU32, Ordering};
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::os::{self, HUGE_PAGE, HugePages};

/// Units in a region.
pub const REGION: u32 = (HUGE_PAGE / UNIT) as u32;

/// Regions kept to small pages at a time: each may split a mapping of the process in three, and the
/// system allows 65,530 of them (`vm.max_map_count`).
const SMALL_AT_MOST: u32 = 16 << 10;

static SMALL: AtomicU32 = AtomicU32::new(0);

impl Window {
    /// Whether a huge page may be behind a region.
    pub fn may_be_huge(&self, region: UnitIndex) -> bool {
        match os::huge_pages() {
            HugePages::Never => false,
            HugePages::Asked => region.0 as usize * UNIT >= HUGE_PAGES_FROM,
            HugePages::Always => true,
        }
    }

    /// Keeps the region that a unit is in to small pages. The caller has a part of it for itself
    /// that it is about to give back.
    pub fn keep_small(&self, unit: UnitIndex) {
        let region = UnitIndex(unit.0 / REGION * REGION);
        let mark = &self.header(region).small;
        if !self.may_be_huge(region)
            || mark.load(Ordering::Relaxed) != 0
            || SMALL.load(Ordering::Relaxed) >= SMALL_AT_MOST
            || mark.swap(1, Ordering::Relaxed) != 0
        {
            return;
        }
        SMALL.fetch_add(1, Ordering::Relaxed);
        os::prefer_small_pages(self.address(region), HUGE_PAGE);
    }

    /// Lets regions that lie wholly in a free span be huge again.
    pub fn allow_huge(&self, span: UnitIndex, length: Units) {
        let mut region = span.0.next_multiple_of(REGION);
        while region + REGION <= span.0 + length.0 {
            let unit = UnitIndex(region);
            if self.header(unit).small.swap(0, Ordering::Relaxed) != 0 {
                SMALL.fetch_sub(1, Ordering::Relaxed);
                os::prefer_huge_pages(self.address(unit), HUGE_PAGE);
            }
            region += REGION;
        }
    }
}
