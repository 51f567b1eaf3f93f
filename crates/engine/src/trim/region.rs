//! A region of the window, the 2 MiB of a huge page: which of its pages are in memory.

use super::huge::{REGION, RegionPages};
use crate::base::units::{UnitIndex, Units};
use crate::os::{self, Pages};
use crate::slab::pages::{PAGE, PAGES};
use crate::span::WINDOW;

/// The first unit of the region that a unit is in.
pub fn of(unit: u32) -> u32 {
    unit / REGION as u32 * REGION as u32
}

/// The pages of the region that are in memory.
pub fn resident(region: u32) -> RegionPages {
    let mut states = [0u8; REGION * PAGES];
    // What isn't committed may not even be mapped.
    let units = WINDOW.committed().0.saturating_sub(region).min(REGION as u32);
    let bytes = Units(units).bytes();
    let page = os::resident_pages(WINDOW.address(UnitIndex(region)), bytes, &mut states);
    // Where pages are larger, fewer places are used: one stands for several bits.
    let together = (page / PAGE).max(1);
    let mut pages = [0; REGION];
    for (unit, mask) in pages.iter_mut().enumerate() {
        for bit in 0..PAGES {
            let place = (unit * PAGES + bit).checked_div(together).unwrap_or(0);
            if states.get(place).is_some_and(|state| state & 1 != 0) {
                *mask |= 1 << bit;
            }
        }
    }
    pages
}

/// Most runs of pages in a region: each second page.
const MOST_RUNS: usize = REGION * PAGES / 2;

/// Gives back runs of pages of a region. Returns the masks of those that the system took.
pub fn decommit(region: u32, pages: &RegionPages) -> RegionPages {
    let start = WINDOW.address(UnitIndex(region));
    let is_set =
        |at: usize| pages.get(at / PAGES).is_some_and(|mask| mask >> (at % PAGES) & 1 != 0);
    let mut runs = [Pages::NONE; MOST_RUNS];
    let mut count = 0;
    let mut at = 0;
    for run in &mut runs {
        while at < REGION * PAGES && !is_set(at) {
            at += 1;
        }
        let first = at;
        while is_set(at) {
            at += 1;
        }
        if at == first {
            break;
        }
        *run = Pages::new(start + first * PAGE, (at - first) * PAGE);
        count += 1;
    }
    let done = os::decommit_many(runs.get(..count).unwrap_or_default());
    if done == count { *pages } else { still_done(pages, done) }
}

/// The pages of the first `done` runs.
#[cold]
fn still_done(pages: &RegionPages, done: usize) -> RegionPages {
    let mut left = [0; REGION];
    let (mut runs, mut before) = (0, false);
    for at in 0..REGION * PAGES {
        let bit = 1 << (at % PAGES);
        let is_set = pages.get(at / PAGES).is_some_and(|mask| mask & bit != 0);
        runs += usize::from(is_set && !before);
        before = is_set;
        if is_set
            && runs <= done
            && let Some(mask) = left.get_mut(at / PAGES)
        {
            *mask |= bit;
        }
    }
    left
}
