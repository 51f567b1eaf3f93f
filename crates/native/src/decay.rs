//! When memory goes back to the system without being asked for.

use core::ffi::{c_int, c_long, c_void};
use heapmin_engine::{Decay, process};
use heapmin_win32::handle;

/// `HEAPMIN_DECAY_NEVER`
const NEVER: c_long = -1;
/// `HEAPMIN_DECAY_AT_ONCE`
const AT_ONCE: c_long = 0;
/// `HEAPMIN_DECAY_NO_HEAP`: the handle is no heap's.
const NO_HEAP: c_long = -2;

/// Says for how long memory that nobody uses stays for reuse: of one heap, or of all that were not
/// set by themselves (NULL). Returns 1; or 0, and nothing has changed, if no heap has the handle or
/// the time is below -1 or above `UINT32_MAX`.
///
/// # Safety
/// The heap isn't destroyed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_set_decay(
    heap: *mut c_void,
    milliseconds: c_long,
) -> c_int {
    let Some(decay) = from_c(milliseconds) else { return 0 };
    if heap.is_null() {
        process::set_decay(decay);
        return 1;
    }
    match handle::find(heap) {
        Some(heap) => {
            heap.set_decay(decay);
            1
        }
        None => 0,
    }
}

/// For how long memory that nobody uses stays for reuse, in milliseconds: of one heap, or of those
/// that were not set by themselves (NULL). `HEAPMIN_DECAY_NO_HEAP` if no heap has the handle.
///
/// # Safety
/// The heap isn't destroyed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_decay(heap: *mut c_void) -> c_long {
    if heap.is_null() {
        return to_c(process::decay());
    }
    handle::find(heap).map_or(NO_HEAP, |heap| to_c(heap.decay()))
}

/// Begins to give memory back whenever the system runs short of it (anything but 0), or ends that
/// (0). Returns 1, or 0 if this system has nothing that tells of pressure.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_set_pressure(on: c_int) -> c_int {
    c_int::from(process::set_pressure(on != 0))
}

fn from_c(milliseconds: c_long) -> Option<Decay> {
    match milliseconds {
        NEVER => Some(Decay::Never),
        AT_ONCE => Some(Decay::AtOnce),
        _ => {
            let milliseconds = u32::try_from(milliseconds).ok()?;
            Some(Decay::After { milliseconds })
        }
    }
}

fn to_c(decay: Decay) -> c_long {
    match decay {
        Decay::Never => NEVER,
        Decay::AtOnce => AT_ONCE,
        Decay::After { milliseconds } => c_long::from(milliseconds),
    }
}
