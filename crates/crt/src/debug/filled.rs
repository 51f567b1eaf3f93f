//! `strerror_s` and its relatives as a debug library has them: what the message leaves of the
//! buffer is filled, so that a size that is larger than the buffer comes to light.

use super::flags;
use core::ffi::{c_char, c_int};
use libc::wchar_t;

// As they are exported: what the debug forms add comes after their work.
unsafe extern "C-unwind" {
    fn strerror_s(place: *mut c_char, room: usize, number: c_int) -> c_int;
    fn _wcserror_s(place: *mut wchar_t, room: usize, number: c_int) -> c_int;
    fn _strerror_s(place: *mut c_char, room: usize, words: *const c_char) -> c_int;
    fn __wcserror_s(place: *mut wchar_t, room: usize, words: *const wchar_t) -> c_int;
}

/// Fills the rest of buffers.
const FILL: u8 = 0xFE;

/// Fills what follows the C string at `place`, up to the threshold.
///
/// # Safety
/// `place` is valid for `room` characters if `result` is 0.
unsafe fn fill_rest<C: Copy + Default + PartialEq>(
    result: c_int,
    place: *mut C,
    room: usize,
) -> c_int {
    if result == 0 {
        // SAFETY: within the room.
        let is_text = |&at: &usize| unsafe { place.wrapping_add(at).read() } != C::default();
        let used = (0..room).take_while(is_text).count() + 1;
        let rest = room.saturating_sub(used).min(flags::_CrtGetDebugFillThreshold());
        // SAFETY: `used + rest` is at most the room.
        unsafe { place.wrapping_add(used).write_bytes(FILL, rest) };
    }
    result
}

/// `strerror_s`
///
/// # Safety
/// `place` is NULL or valid for writing `room` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_strerror_s(
    place: *mut c_char,
    room: usize,
    number: c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { fill_rest(strerror_s(place, room, number), place, room) }
}

/// `_wcserror_s`
///
/// # Safety
/// `place` is NULL or valid for writing `room` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug__wcserror_s(
    place: *mut wchar_t,
    room: usize,
    number: c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { fill_rest(_wcserror_s(place, room, number), place, room) }
}

/// `_strerror_s`
///
/// # Safety
/// `place` is NULL or valid for writing `room` characters, `words` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug__strerror_s(
    place: *mut c_char,
    room: usize,
    words: *const c_char,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { fill_rest(_strerror_s(place, room, words), place, room) }
}

/// `__wcserror_s`
///
/// # Safety
/// `place` is NULL or valid for writing `room` characters, `words` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug___wcserror_s(
    place: *mut wchar_t,
    room: usize,
    words: *const wchar_t,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { fill_rest(__wcserror_s(place, room, words), place, room) }
}
