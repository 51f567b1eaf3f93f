//! The texts, and `_sys_errlist`.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr};

/// `_sys_nerr`: numbers from 0 on that may have a text.
const COUNT: usize = 43;
/// The text for every other number.
const UNKNOWN: &CStr = c"Unknown error";

/// The texts by number; those for 0, 2 and 42 are the documented ones.
const TEXTS: [&CStr; COUNT] = [
    c"No error",
    c"Not permitted",
    c"No such file or directory",
    c"No such process",
    c"Interrupted call",
    c"Input or output failed",
    c"No such device or address",
    c"Argument list too long",
    c"Not an executable file",
    c"Bad file descriptor",
    c"No child process",
    c"Resource short for the moment",
    c"Not enough memory",
    c"Access denied",
    c"Bad address",
    UNKNOWN,
    c"Device or resource in use",
    c"File exists already",
    c"Link across devices",
    c"No such device",
    c"Not a directory",
    c"Is a directory",
    c"Invalid argument",
    c"Too many open files in the system",
    c"Too many open files",
    c"Not a terminal",
    UNKNOWN,
    c"File too large",
    c"No space left on the device",
    c"Not seekable",
    c"Read-only file system",
    c"Too many links",
    c"Broken pipe",
    c"Outside the function's domain",
    c"Result too large or buffer too small",
    UNKNOWN,
    c"Deadlock avoided",
    UNKNOWN,
    c"File name too long",
    c"No lock available",
    c"Function not available",
    c"Directory not empty",
    c"Illegal byte sequence",
];

/// Bytes of the longest text.
pub const LONGEST: usize = {
    let mut longest = UNKNOWN.count_bytes();
    let mut number = 0;
    while number < COUNT {
        if TEXTS[number].count_bytes() > longest {
            longest = TEXTS[number].count_bytes();
        }
        number += 1;
    }
    longest
};

/// The text for a number, without its terminator; all ASCII.
pub fn text(number: c_int) -> &'static CStr {
    usize::try_from(number).ok().and_then(|number| TEXTS.get(number)).copied().unwrap_or(UNKNOWN)
}

/// `_sys_errlist`: the texts by number and the one for all others, for programs that read the
/// table itself. They may also write to it.
static LIST: [AtomicPtr<c_char>; COUNT + 1] = {
    let mut list = [const { AtomicPtr::new(ptr::null_mut()) }; COUNT + 1];
    let mut number = 0;
    while number < COUNT {
        list[number] = AtomicPtr::new(TEXTS[number].as_ptr().cast_mut());
        number += 1;
    }
    list[COUNT] = AtomicPtr::new(UNKNOWN.as_ptr().cast_mut());
    list
};

/// `_sys_nerr`.
static NUMBERS: AtomicI32 = AtomicI32::new(COUNT as c_int);

/// The table of texts by number.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __sys_errlist() -> *mut *mut c_char {
    LIST.as_ptr().cast_mut().cast()
}

/// How many numbers the table has texts for.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __sys_nerr() -> *mut c_int {
    NUMBERS.as_ptr()
}
