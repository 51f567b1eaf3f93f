//! The thread's last-error value (errhandlingapi.h).
//!
//! One word of the thread's own block: no allocation, no lock, valid before any heap exists and in
//! threads that heapmin has never seen. Functions set it only where their documentation says so.

#![allow(non_snake_case, reason = "the documented names")]

use crate::types::DWORD;
use heapmin_engine::thread::face_words;

/// The calling thread's value.
#[inline]
pub fn get() -> u32 {
    let [word, ..] = face_words();
    word.get() as u32
}

/// Changes the calling thread's value.
#[inline]
pub fn set(code: u32) {
    let [word, ..] = face_words();
    word.set(code as usize);
}

/// The calling thread's last-error value.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GetLastError() -> DWORD {
    get()
}

/// Sets the calling thread's last-error value, to any number.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn SetLastError(code: DWORD) {
    set(code);
}
