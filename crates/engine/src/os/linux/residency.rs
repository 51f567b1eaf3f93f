//! Which pages are in memory.

use super::keeping_errno;
use super::memory::system_page_size;
use core::ffi::c_void;
use core::ptr;

/// Bytes of `[address, address + bytes)` that are in memory now; both page-aligned.
pub fn resident_bytes(address: usize, bytes: usize) -> usize {
    /// Pages asked about in one call: one byte each on the stack.
    const BATCH: usize = 1024;
    let page = system_page_size();
    let mut states = [0u8; BATCH];
    let mut resident = 0;
    let mut at = address;
    while at < address + bytes {
        let length = (address + bytes - at).min(BATCH * page);
        if ask(at, length, &mut states) {
            let pages = length.div_ceil(page.max(1));
            let present = states.iter().take(pages).filter(|&state| state & 1 != 0).count();
            resident += present * page;
        }
        at += length;
    }
    resident
}

/// Says of each page of `[address, address + bytes)`, as far as `states` has places, whether it is
/// in memory: 1 in the lowest bit. Returns the bytes in a page.
pub fn resident_pages(address: usize, bytes: usize, states: &mut [u8]) -> usize {
    let page = system_page_size();
    let length = bytes.min(states.len().saturating_mul(page));
    if length > 0 && !ask(address, length, states) {
        states.fill(0);
    }
    page
}

fn ask(address: usize, bytes: usize, states: &mut [u8]) -> bool {
    let start = ptr::without_provenance_mut::<c_void>(address);
    // SAFETY: the callers above have a byte for each page asked about.
    let result = keeping_errno(|| unsafe { libc::mincore(start, bytes, states.as_mut_ptr()) });
    result == 0
}
