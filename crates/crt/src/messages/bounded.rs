//! `strerror_s`, `_wcserror_s`, `_strerror_s`, `__wcserror_s`: messages in the caller's buffer.

use super::text::{Character, Characters, Text};
use crate::side::Side;
use crate::{errno, invalid_parameter};
use core::ffi::{c_char, c_int};
use libc::wchar_t;

/// Writes a text to a place of `room` characters, cut where that is too few: 0, or `EINVAL` from
/// the handler if there is no place.
///
/// # Safety
/// `place` is null or valid for writing `room` characters.
unsafe fn write<C: Character>(
    function: &'static str,
    place: *mut C,
    room: usize,
    write: impl FnOnce(&mut Text<C>),
) -> c_int {
    if place.is_null() || room == 0 {
        invalid_parameter::raise(Side::Program, function, "there is no buffer");
        return errno::EINVAL;
    }
    // SAFETY: the contract of this function; the room isn't 0.
    let mut text = unsafe { Text::at(place, room) };
    write(&mut text);
    text.end();
    0
}

/// The message for `number`.
///
/// # Safety
/// As for [`write`].
unsafe fn message<C: Character>(
    function: &'static str,
    place: *mut C,
    room: usize,
    number: c_int,
) -> c_int {
    let text = |text: &mut Text<C>| {
        text.message(number);
    };
    // SAFETY: the contract of this function.
    unsafe { write(function, place, room, text) }
}

/// The message for the thread's errno after the caller's words.
///
/// # Safety
/// As for [`write`].
unsafe fn last_error<C: Character>(
    function: &'static str,
    place: *mut C,
    room: usize,
    words: Characters<C>,
) -> c_int {
    let number = errno::get(Side::Program);
    let text = |text: &mut Text<C>| {
        text.prefix(words, usize::MAX).message(number);
    };
    // SAFETY: the contract of this function.
    unsafe { write(function, place, room, text) }
}

/// Copies the message for `number` to a buffer, cut where it is too small: 0, or `EINVAL` without
/// a buffer.
///
/// # Safety
/// `place` is null or valid for writing `room` characters.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn strerror_s(
    place: *mut c_char,
    room: usize,
    number: c_int,
) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { message("strerror_s", place, room, number) }
}

/// [`strerror_s`] in wide characters.
///
/// # Safety
/// As for [`strerror_s`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _wcserror_s(
    place: *mut wchar_t,
    room: usize,
    number: c_int,
) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { message("_wcserror_s", place, room, number) }
}

/// Copies the message for the thread's errno to a buffer, after `words`, a colon and a space if
/// there are words, cut where the buffer is too small: 0, or `EINVAL` without a buffer.
///
/// # Safety
/// `place` is null or valid for writing `room` characters; `words` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _strerror_s(
    place: *mut c_char,
    room: usize,
    words: *const c_char,
) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { last_error("_strerror_s", place, room, Characters::of(words)) }
}

/// [`_strerror_s`] in wide characters.
///
/// # Safety
/// As for [`_strerror_s`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __wcserror_s(
    place: *mut wchar_t,
    room: usize,
    words: *const wchar_t,
) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { last_error("__wcserror_s", place, room, Characters::of(words)) }
}
