//! `malloc_trim` and `mallopt`.

use core::ffi::c_int;
use heapmin_engine::process;

// malloc.h
const M_MXFAST: c_int = 1;

/// The GNU C library's bound for `M_MXFAST`: `80 * sizeof(size_t) / 4`.
const LARGEST_MXFAST: c_int = (80 * size_of::<usize>() / 4) as c_int;

/// Gives unused memory back to the system, of all threads and down to single pages. The result
/// is 1 if any memory went back. The padding is a wish about one arena's end, which isn't here.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn malloc_trim(_padding: usize) -> c_int {
    let trimmed = process::trim();
    c_int::from(trimmed.released > 0)
}

/// Accepts every setting that the GNU C library accepts (result 1) and refuses what it refuses
/// (result 0). The parameters tune parts that this heap doesn't have, so nothing changes.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    let accepted = match parameter {
        M_MXFAST => (0..=LARGEST_MXFAST).contains(&value),
        _ => true,
    };
    c_int::from(accepted)
}
