//! Which pages of a process are in memory, and which of them are huge, as the system tells it.
//!
//! Since Linux 6.7 one request gives all runs of pages. Before, `/proc/PID/pagemap` has a word for
//! each page; whether pages are huge is then told only to root, by `/proc/kpageflags`.

use crate::memory::Fault;
use std::cell::Cell;
use std::fs::File;
use std::ops::Range;

mod pagemap;
mod scan;

/// Bytes that a bit of a mask stands for.
pub(crate) const PAGE: u64 = 4096;
/// Bits of a mask: the pages of a unit.
pub(crate) const PAGES: u32 = 16;
/// Bytes of a huge page, and of a region.
pub(crate) const REGION: u64 = 2 << 20;

/// A run of pages that are in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Their addresses.
    pub bytes: Range<u64>,
    /// Whether they are of huge pages, if the system tells.
    pub huge: Option<bool>,
}

/// Asks the system.
#[derive(Debug)]
pub(crate) struct Residency<'a> {
    pagemap: &'a File,
    can_scan: Cell<bool>,
    /// Says what physical pages are; `None`: to this user the system doesn't tell.
    flags: Option<File>,
}

/// What is in memory of consecutive units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Of each unit, a bit for each page.
    pub masks: Vec<u16>,
    /// Of each region of 2 MiB, whether it is a huge page.
    pub huge: Vec<Option<bool>>,
}

impl<'a> Residency<'a> {
    /// Of the process whose file this is.
    pub fn new(pagemap: &'a File) -> Self {
        let flags = File::open("/proc/kpageflags").ok();
        Self { pagemap, can_scan: Cell::new(true), flags }
    }

    /// Calls `visit` for each run of pages in memory, from address to address.
    pub fn each(&self, bytes: Range<u64>, visit: &mut dyn FnMut(Run)) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.can_scan.get() {
            match scan::each(self.pagemap, bytes.clone(), visit) {
                Ok(()) => return Ok(()),
                Err(scan::Failure::Unknown) => self.can_scan.set(false),
                Err(scan::Failure::Fault(fault)) => return Err(fault),
            }
        }
        pagemap::each(self.pagemap, self.flags.as_ref(), bytes, visit)
    }

    /// Bytes in memory, from address to address.
    pub fn bytes(&self, bytes: Range<u64>) -> Result<u64, Fault> {
        let mut sum = 0;
        self.each(bytes, &mut |run| sum += run.bytes.end - run.bytes.start)?;
        Ok(sum)
    }

    /// What is in memory of the `units` (of 64 KiB) from an address on, which begins a region.
    pub fn pages(&self, start: u64, units: usize, pages: &mut Pages) -> Result<(), Fault> {
        pages.masks.clear();
        pages.masks.resize(units, 0);
        let bytes = units as u64 * PAGE * u64::from(PAGES);
        pages.huge.clear();
        pages.huge.resize(bytes.div_ceil(REGION) as usize, Some(false));
        self.each(start..start.saturating_add(bytes), &mut |run| pages.add(start, &run))
    }
}

impl Pages {
    fn add(&mut self, start: u64, run: &Run) {
        let from = run.bytes.start.saturating_sub(start) / PAGE;
        let end = run.bytes.end.saturating_sub(start).div_ceil(PAGE);
        let mut at = from;
        while at < end {
            let unit = at / u64::from(PAGES);
            let stop = end.min((unit + 1) * u64::from(PAGES));
            let Some(mask) = self.masks.get_mut(unit as usize) else { return };
            let below = |page: u64| (1u32 << (page - unit * u64::from(PAGES))) - 1;
            *mask |= (below(stop) & !below(at)) as u16;
            at = stop;
        }
        if run.huge != Some(false) {
            let regions = from * PAGE / REGION..(end * PAGE).div_ceil(REGION);
            for region in regions {
                if let Some(huge) = self.huge.get_mut(region as usize) {
                    *huge = run.huge;
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "residency_tests.rs"]
mod tests;
