//! Address space and pages for the models: the engine's window in its place for little address
//! space, mapped afresh in each execution so that it reads as zero.

use crate::execution;

/// Bytes of address space that the program may have: a window of a few units is small and quick
/// to make.
const ADDRESS_SPACE: usize = 16 << 20;

/// Bytes in a page.
pub fn page_size() -> usize {
    4096
}

/// Bytes of memory in the machine.
pub fn physical_memory() -> usize {
    ADDRESS_SPACE
}

/// Little, so that the engine doesn't reserve its window at once.
pub fn address_space_limit() -> Option<usize> {
    Some(ADDRESS_SPACE)
}

/// The limit forbids it.
pub fn reserve(_: usize, _: usize) -> Option<usize> {
    None
}

/// Maps zeroed pages, in place of those of the execution before.
pub fn commit(address: usize, bytes: usize, _: bool) -> bool {
    let start = std::ptr::without_provenance_mut(address);
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
    // SAFETY: the window's place, far from all other mappings, is used by one model at a time,
    // and what an earlier execution had there is gone with it.
    let mapped = unsafe { libc::mmap(start, bytes, protection, flags, -1, 0) };
    mapped != libc::MAP_FAILED && mapped.expose_provenance() == address
}

/// Nothing is executed in a model.
pub fn allow_execution(_: usize, _: usize, _: bool) -> bool {
    true
}

/// Pages are readable as soon as they are committed.
pub fn allow_reading(_: usize, _: usize) -> bool {
    true
}

/// Maps the pages afresh.
pub fn recommit(address: usize, bytes: usize) -> bool {
    decommit(address, bytes)
}

/// Zeroes the pages.
pub fn decommit(address: usize, bytes: usize) -> bool {
    if let Some(execution) = execution::current() {
        execution.forget(address..address + bytes);
    }
    commit(address, bytes, true)
}

/// Pages stay: the place is fixed.
pub fn release(_: usize, _: usize) {}

/// The engine copies instead.
pub fn move_pages(_: usize, _: usize, _: usize) -> bool {
    false
}

/// A hint.
pub fn prefer_huge_pages(_: usize, _: usize) {}

/// A hint.
pub fn populate(_: usize, _: usize) {}

/// Everything is, as far as anybody asks.
pub fn resident_bytes(_: usize, bytes: usize) -> usize {
    bytes
}

/// The same.
pub fn resident_pages(_: usize, _: usize, states: &mut [u8]) -> usize {
    states.fill(1);
    page_size()
}

/// A range of pages.
#[derive(Clone, Copy)]
pub struct Pages {
    address: usize,
    bytes: usize,
}

impl Pages {
    /// None.
    pub const NONE: Self = Self { address: 0, bytes: 0 };

    /// Those of `[address, address + bytes)`.
    pub fn new(address: usize, bytes: usize) -> Self {
        Self { address, bytes }
    }
}

/// The same, which here never fails.
///
/// # Safety
/// As in the engine.
pub unsafe fn clear(address: usize, bytes: usize) {
    decommit(address, bytes);
}

/// Zeroes the pages of each range.
pub fn decommit_many(ranges: &[Pages]) -> usize {
    ranges.iter().take_while(|range| decommit(range.address, range.bytes)).count()
}

/// Bytes in a huge page.
pub const HUGE_PAGE: usize = 2 << 20;

/// Which mappings the system gives huge pages to.
pub enum HugePages {
    /// None: here.
    Never,
    /// Those that asked.
    Asked,
    /// All.
    Always,
}

/// There are none.
pub fn huge_pages() -> HugePages {
    HugePages::Never
}

/// A hint.
pub fn prefer_small_pages(_: usize, _: usize) {}
