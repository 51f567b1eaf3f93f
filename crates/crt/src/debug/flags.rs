//! The state of the debug heap: `_CrtSetDbgFlag` and its variable, and the fill threshold.

use super::invalid;
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// `_CRTDBG_ALLOC_MEM_DF`: blocks get their type; off: all become `_IGNORE_BLOCK`.
pub const ALLOC_MEM: c_int = 0x01;
/// `_CRTDBG_DELAY_FREE_MEM_DF`: freed blocks stay, to find writes to them.
pub const DELAY_FREE_MEM: c_int = 0x02;
/// `_CRTDBG_CHECK_ALWAYS_DF`: `_CrtCheckMemory` at every call.
pub const CHECK_ALWAYS: c_int = 0x04;
/// `_CRTDBG_CHECK_CRT_DF`: blocks of the run-time library count for leaks and differences.
pub const CHECK_CRT: c_int = 0x10;
/// `_CRTDBG_LEAK_CHECK_DF`: leaks are reported at exit.
pub const LEAK_CHECK: c_int = 0x20;

/// The bits that mean something: the flags, and in the upper half the check frequency.
const KNOWN: c_int = ALLOC_MEM | DELAY_FREE_MEM | CHECK_ALWAYS | CHECK_CRT | LEAK_CHECK | !0xFFFF;
/// `_CRTDBG_REPORT_FLAG`: asks for the state.
const QUERY: c_int = -1;

/// The state. Programs may also write to it directly.
#[unsafe(no_mangle)]
pub static _crtDbgFlag: AtomicI32 = AtomicI32::new(ALLOC_MEM);

/// How many characters are filled behind a string in a larger buffer.
static FILL_THRESHOLD: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The state as it is.
pub fn all() -> c_int {
    _crtDbgFlag.load(Ordering::Relaxed)
}

/// Whether a flag is set.
pub fn has(flag: c_int) -> bool {
    all() & flag != 0
}

/// The address of `_crtDbgFlag`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __p__crtDbgFlag() -> *mut c_int {
    _crtDbgFlag.as_ptr()
}

/// Sets the state, and returns the one before. -1 only asks. Unknown bits are an invalid
/// parameter and change nothing.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetDbgFlag(flags: c_int) -> c_int {
    if flags == QUERY {
        return all();
    }
    if flags & !KNOWN != 0 {
        invalid::raise("_CrtSetDbgFlag", invalid::BITS);
        return all();
    }
    _crtDbgFlag.swap(flags, Ordering::Relaxed)
}

/// Sets how many characters of a buffer `strerror_s` and its relatives fill behind the message, and
/// returns the number before. Those of the host's C library fill none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetDebugFillThreshold(threshold: usize) -> usize {
    FILL_THRESHOLD.swap(threshold, Ordering::Relaxed)
}

/// What `_CrtSetDebugFillThreshold` set last; `SIZE_MAX` at first.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtGetDebugFillThreshold() -> usize {
    FILL_THRESHOLD.load(Ordering::Relaxed)
}
