//! `strerror`, `_wcserror`, `_strerror`, `__wcserror`: messages in the thread's buffers.
//!
//! A message stays until the thread's next one of the same kind of character. The buffers are a
//! block of the process heap that goes when the thread does.

use super::table;
use super::text::{Character, Characters, Text};
use crate::errno;
use crate::side::Side;
use core::ffi::{c_char, c_int};
use core::mem::offset_of;
use core::ptr;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::thread;
use libc::wchar_t;

/// The most characters of a caller's words, as documented.
const LONGEST_PREFIX: usize = 94;
/// Characters of a buffer: words, a colon, a space, the message, a newline, the terminator.
const ROOM: usize = LONGEST_PREFIX + 2 + table::LONGEST + 2;

#[repr(C)]
struct Buffers {
    wide: [wchar_t; ROOM],
    narrow: [c_char; ROOM],
}

/// The thread's buffers; null if there is no memory for them.
fn buffers() -> *mut u8 {
    let word = &thread::face_words()[thread::OWNED_BLOCK];
    if word.get() == 0 {
        // Neither errno nor the new handler: a function that tells of an error must not make one.
        let block = ExactHeap::process()
            .map_or(ptr::null_mut(), |heap| heap.allocate_plain(size_of::<Buffers>()));
        word.set(block.expose_provenance());
        // Where the thread's end goes unseen, the block stays: a leak, and nothing worse.
        thread::watch_end();
    }
    ptr::with_exposed_provenance_mut(word.get())
}

/// A character whose kind has a buffer.
trait Buffered: Character {
    /// Where that buffer is in the block.
    const OFFSET: usize;
}

impl Buffered for c_char {
    const OFFSET: usize = offset_of!(Buffers, narrow);
}

impl Buffered for wchar_t {
    const OFFSET: usize = offset_of!(Buffers, wide);
}

/// Writes a text to the thread's buffer and gives its address; null if there is no memory.
fn in_buffer<C: Buffered>(write: impl FnOnce(&mut Text<C>)) -> *mut C {
    let block = buffers();
    if block.is_null() {
        return ptr::null_mut();
    }
    let place = block.wrapping_add(C::OFFSET).cast::<C>();
    // SAFETY: the thread's own buffer, of that many characters.
    let mut text = unsafe { Text::at(place, ROOM) };
    write(&mut text);
    text.end();
    place
}

/// The message for the thread's errno after the caller's words, with a newline.
fn last_error<C: Buffered>(words: Characters<C>) -> *mut C {
    let number = errno::get(Side::Program);
    in_buffer(|text| {
        text.prefix(words, LONGEST_PREFIX).message(number).ascii(b"\n");
    })
}

/// `strerror`: the message for a number.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_strerror(number: c_int) -> *mut c_char {
    let message = in_buffer::<c_char>(|text| {
        text.message(number);
    });
    // Without a buffer, the text itself: nobody is to write to it, but it can be read.
    if message.is_null() { table::text(number).as_ptr().cast_mut() } else { message }
}

/// The message for a number in wide characters; null if there is no memory for the buffer.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _wcserror(number: c_int) -> *mut wchar_t {
    in_buffer(|text| {
        text.message(number);
    })
}

/// The message for the thread's errno and a newline, after `words` (at most 94 characters), a
/// colon and a space if there are words; null if there is no memory for the buffer.
///
/// # Safety
/// `words` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _strerror(words: *const c_char) -> *mut c_char {
    // SAFETY: the contract of this function.
    last_error(unsafe { Characters::of(words) })
}

/// [`_strerror`] in wide characters.
///
/// # Safety
/// `words` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __wcserror(words: *const wchar_t) -> *mut wchar_t {
    // SAFETY: the contract of this function.
    last_error(unsafe { Characters::of(words) })
}
