//! `_CrtDbgReport` with its arguments in a list. The variadic form is an inline function of
//! the header: Rust can't define one.

use super::super::text::Text;
use super::{Kind, deliver};
use core::ffi::{c_char, c_int, c_void};
use heapmin_engine::os::fatal::Sentence;

unsafe extern "C" {
    /// Of the C library. A `va_list` parameter is passed as a pointer in the calling conventions
    /// of the systems that heapmin runs on: it is an array, a structure larger than two words, or
    /// a pointer itself.
    fn vsnprintf(
        buffer: *mut c_char,
        size: usize,
        format: *const c_char,
        arguments: *mut c_void,
    ) -> c_int;
}

/// Sends a report: `FILE(LINE) : ` if there is a file, for assertions a word that one failed, and
/// the text, if there is a format. Returns 0 to go on, 1 to break into the debugger, and -1 if the
/// report type is unknown. The module is for windows that show it, and unused.
///
/// # Safety
/// The strings are C strings or NULL, and the arguments suit the format.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtDbgReportV(
    kind: c_int,
    file: *const c_char,
    line: c_int,
    _module: *const c_char,
    format: *const c_char,
    arguments: *mut c_void,
) -> c_int {
    let Some(kind) = Kind::of(kind) else { return -1 };
    let mut text = Text::new();
    text.place(file, line);
    if kind == Kind::Assertion {
        text.text(if format.is_null() { "Assertion failed!" } else { "Assertion failed: " });
    }
    if !format.is_null() {
        let (end, room) = text.end();
        // SAFETY: `room` bytes are free at the end of the text; the rest is the caller's.
        unsafe { vsnprintf(end, room, format, arguments) };
        text.measure_again();
    }
    if kind == Kind::Assertion {
        text.byte(b'\n');
    }
    deliver(kind, &mut text)
}
