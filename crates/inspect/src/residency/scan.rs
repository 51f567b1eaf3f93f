//! Runs of pages by the request `PAGEMAP_SCAN`, known since Linux 6.7.

#![allow(unsafe_code, reason = "a request to the system")]

use super::Run;
use crate::memory::Fault;
use std::fs::File;
use std::io;
use std::mem::size_of;
use std::ops::Range;
use std::os::fd::AsRawFd;

/// Why there is no answer.
pub(super) enum Failure {
    /// The system doesn't know the request.
    Unknown,
    /// Something else.
    Fault(Fault),
}

const PRESENT: u64 = 1 << 3;
/// The page that all reads of untouched memory share: it takes none.
const ZERO_PAGE: u64 = 1 << 5;
const HUGE: u64 = 1 << 6;

/// Runs in one answer.
const RUNS: usize = 2048;

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg`.
#[repr(C)]
struct Argument {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    region_count: u64,
    most_pages: u64,
    inverted: u64,
    wanted: u64,
    wanted_any: u64,
    returned: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`
const PAGEMAP_SCAN: libc::Ioctl =
    (3 << 30 | (size_of::<Argument>() << 16) | ((b'f' as usize) << 8) | 16) as libc::Ioctl;

pub(super) fn each(
    pagemap: &File,
    bytes: Range<u64>,
    visit: &mut dyn FnMut(Run),
) -> Result<(), Failure> {
    let page = rustix::param::page_size() as u64;
    let mut at = bytes.start / page * page;
    let end = bytes.end.checked_next_multiple_of(page).unwrap_or(u64::MAX / page * page);
    let mut regions = vec![Region::default(); RUNS];
    while at < end {
        let mut argument = Argument {
            size: size_of::<Argument>() as u64,
            flags: 0,
            start: at,
            end,
            walk_end: 0,
            regions: regions.as_mut_ptr().expose_provenance() as u64,
            region_count: RUNS as u64,
            most_pages: 0,
            inverted: ZERO_PAGE,
            wanted: PRESENT | ZERO_PAGE,
            wanted_any: 0,
            returned: PRESENT | HUGE,
        };
        // SAFETY: the argument says where the answers go: as many of them as there is room for.
        let count = unsafe { libc::ioctl(pagemap.as_raw_fd(), PAGEMAP_SCAN, &raw mut argument) };
        let count = usize::try_from(count).map_err(|_| failure(io::Error::last_os_error()))?;
        for region in regions.iter().take(count) {
            let huge = Some(region.categories & HUGE != 0);
            visit(Run { bytes: region.start.max(bytes.start)..region.end.min(bytes.end), huge });
        }
        if argument.walk_end <= at {
            return Err(Failure::Fault(Fault::Inconsistent("what the system says of its pages")));
        }
        at = argument.walk_end;
    }
    Ok(())
}

fn failure(error: io::Error) -> Failure {
    match error.raw_os_error() {
        Some(libc::ENOTTY | libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP) => Failure::Unknown,
        Some(libc::ESRCH) => Failure::Fault(Fault::Gone),
        Some(libc::EACCES | libc::EPERM) => Failure::Fault(Fault::Forbidden),
        _ => Failure::Fault(Fault::System("its pages can't be asked about", error)),
    }
}
