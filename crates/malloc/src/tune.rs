//! `malloc_trim` and `mallopt`.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering};
use heapmin_engine::{Decay, process};

// malloc.h
const M_MXFAST: c_int = 1;
const M_TRIM_THRESHOLD: c_int = -1;

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
/// (result 0). One of them means something here: with an `M_TRIM_THRESHOLD` below 0, which is how
/// programs that can't afford a page fault switch trimming off, memory doesn't go back by itself any
/// more; from 0 on it goes back as before. The number of bytes, and the other parameters, tune parts
/// that this heap doesn't have.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    let accepted = match parameter {
        M_MXFAST => (0..=LARGEST_MXFAST).contains(&value),
        M_TRIM_THRESHOLD => {
            set_trimming(value >= 0);
            true
        }
        _ => true,
    };
    c_int::from(accepted)
}

/// What [`BEFORE`] says while `mallopt` hasn't switched anything off.
const NOTHING: u64 = u64::MAX;

/// The milliseconds that were in force before `mallopt` switched returning off, to go back to.
static BEFORE: AtomicU64 = AtomicU64::new(NOTHING);

/// Switches returning memory without being asked on or off.
fn set_trimming(on: bool) {
    // Relaxed: the number stands for itself, and threads that tune at the same time agree on
    // nothing anyway.
    if on {
        let before = BEFORE.swap(NOTHING, Ordering::Relaxed);
        // Unless somebody has set something since.
        if let (Decay::Never, Ok(milliseconds)) = (process::decay(), u32::try_from(before)) {
            process::set_decay(match milliseconds {
                0 => Decay::AtOnce,
                _ => Decay::After { milliseconds },
            });
        }
        return;
    }
    let before = match process::decay() {
        Decay::Never => return,
        Decay::AtOnce => 0,
        Decay::After { milliseconds } => u64::from(milliseconds),
    };
    BEFORE.store(before, Ordering::Relaxed);
    process::set_decay(Decay::Never);
}
