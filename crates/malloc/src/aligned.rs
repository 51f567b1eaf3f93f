//! Blocks with an alignment: `posix_memalign`, `aligned_alloc`, `memalign`, `valloc`, `pvalloc`.

use crate::errno::{invalid_argument, no_memory};
use core::ffi::{c_int, c_void};
use heapmin_engine::process;

/// The largest power of two that fits a size; `memalign` refuses to round up past it.
const LARGEST_ALIGNMENT: usize = 1 << (usize::BITS - 1);

#[inline]
fn aligned_block(alignment: usize, size: usize) -> *mut c_void {
    let block = process::allocate_aligned(size, alignment);
    if block.is_null() { no_memory() } else { block.cast() }
}

/// Stores a block at `*place`. The result is 0, `EINVAL` (alignment not a power of two or not a
/// multiple of a pointer's size) or `ENOMEM`; a failure changes neither `*place` nor `errno`.
///
/// # Safety
/// `place` is valid for writing a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn posix_memalign(
    place: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    if !alignment.is_power_of_two() || alignment < size_of::<*mut c_void>() {
        return libc::EINVAL;
    }
    let block = process::allocate_aligned(size, alignment);
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the contract of this function.
    unsafe { place.write(block.cast()) };
    0
}

/// C11; an alignment that is not a power of two is `EINVAL`, and the size may be any.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    if alignment.is_power_of_two() { aligned_block(alignment, size) } else { invalid_argument() }
}

/// The obsolete SunOS form: the alignment is rounded up to a power of two, as the GNU C library
/// does, and is `EINVAL` only where there is no such power.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    if alignment > LARGEST_ALIGNMENT {
        return invalid_argument();
    }
    aligned_block(alignment.next_power_of_two(), size)
}

/// A block aligned to the system's page size.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn valloc(size: usize) -> *mut c_void {
    aligned_block(page_size(), size)
}

/// [`valloc`] with the size rounded up to whole pages, one at least.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pvalloc(size: usize) -> *mut c_void {
    let page = page_size();
    let Some(padded) = size.max(1).checked_add(page - 1) else { return no_memory() };
    aligned_block(page, padded & !(page - 1))
}

fn page_size() -> usize {
    // SAFETY: sysconf only reads the auxiliary vector.
    let asked = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(asked).unwrap_or(4096)
}
