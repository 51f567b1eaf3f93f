//! `perror` and `_wperror`.

use super::line::Line;
use super::table;
use super::text::{Character, Characters};
use crate::errno;
use crate::side::Side;
use core::ffi::c_char;
use libc::wchar_t;

/// Prints `WORDS: MESSAGE`, or the message alone if there are no words.
fn print<C: Character>(words: Characters<C>, add: impl Fn(&mut Line, C)) {
    let message = table::text(errno::get(Side::Program)).to_bytes();
    let mut line = Line::new();
    if !words.is_at_end() {
        words.for_each(|character| add(&mut line, character));
        line.bytes(b": ");
    }
    line.bytes(message);
    line.end();
}

/// `perror`: prints the message for the thread's errno to standard error, after `words`, a colon
/// and a space if there are words.
///
/// # Safety
/// `words` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_perror(words: *const c_char) {
    // SAFETY: the contract of this function.
    print(unsafe { Characters::of(words) }, |line, character| line.byte(character as u8));
}

/// `perror` with wide words, which are printed as UTF-8.
///
/// # Safety
/// `words` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _wperror(words: *const wchar_t) {
    // SAFETY: the contract of this function.
    print(unsafe { Characters::of(words) }, |line, character| line.character(character as u32));
}
