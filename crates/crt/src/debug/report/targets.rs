//! Where reports go: `_CrtSetReportMode`, `_CrtSetReportFile`.
//!
//! A report file is a descriptor of the host system, cast to a pointer, or one of the documented
//! pseudo-handles. What is written to it isn't buffered.

use super::super::invalid;
use super::super::text::Text;
use super::{KINDS, Kind};
use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};

/// `_CRTDBG_MODE_FILE`
const FILE: c_int = 1;
/// `_CRTDBG_MODE_DEBUG`
const DEBUG: c_int = 2;
/// `_CRTDBG_MODE_WNDW`
const WINDOW: c_int = 4;
/// `_CRTDBG_REPORT_MODE`: asks for the mode.
const QUERY: c_int = -1;

/// `_CRTDBG_INVALID_HFILE`: no file.
const NO_FILE: isize = -1;
/// `_CRTDBG_HFILE_ERROR`: what `_CrtSetReportFile` fails with.
const FILE_ERROR: isize = -2;
/// `_CRTDBG_FILE_STDOUT`
const STANDARD_OUTPUT: isize = -4;
/// `_CRTDBG_FILE_STDERR`
const STANDARD_ERROR: isize = -5;
/// `_CRTDBG_REPORT_FILE`: asks for the file.
const FILE_QUERY: isize = -6;

/// The mode of each report type.
static MODES: [AtomicI32; KINDS] =
    [AtomicI32::new(DEBUG), AtomicI32::new(WINDOW), AtomicI32::new(WINDOW)];
/// The file of each report type.
static FILES: [AtomicPtr<c_void>; KINDS] = [const { AtomicPtr::new(handle(NO_FILE)) }; KINDS];
/// Whether the last report on standard error ended its line.
static LINE_ENDED: AtomicBool = AtomicBool::new(true);

const fn handle(number: isize) -> *mut c_void {
    ptr::without_provenance_mut(number.cast_unsigned())
}

/// Writes a report where its type's mode says.
pub fn write(kind: Kind, text: &mut Text) {
    let number = kind.number().unsigned_abs() as usize;
    let (Some(mode), Some(file)) = (MODES.get(number), FILES.get(number)) else { return };
    let mode = mode.load(Ordering::Relaxed);
    if mode & FILE != 0
        && let Some(descriptor) = descriptor(file.load(Ordering::Relaxed))
    {
        write_to(descriptor, text.as_bytes());
    }
    if mode & WINDOW != 0 && !text.ends_line() {
        // A window would show it by itself.
        text.byte(b'\n');
    }
    if mode & (DEBUG | WINDOW) != 0 {
        let starts_line = LINE_ENDED.swap(text.ends_line(), Ordering::Relaxed);
        let bytes = if starts_line { text.prefixed() } else { text.as_bytes() };
        write_to(libc::STDERR_FILENO, bytes);
    }
}

/// The descriptor that a report file stands for.
fn descriptor(file: *mut c_void) -> Option<c_int> {
    match file.addr().cast_signed() {
        STANDARD_OUTPUT => Some(libc::STDOUT_FILENO),
        STANDARD_ERROR => Some(libc::STDERR_FILENO),
        number => c_int::try_from(number).ok().filter(|&number| number >= 0),
    }
}

/// Writes all of it, as far as that works; the host's `errno` stays as it is.
fn write_to(descriptor: c_int, mut bytes: &[u8]) {
    // SAFETY: the address of this thread's errno is always valid.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { errno.read() };
    while !bytes.is_empty() {
        // SAFETY: the bytes are valid for reading.
        let written = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            // SAFETY: as above.
            Err(_) if unsafe { errno.read() } == libc::EINTR => {}
            Err(_) => break,
        }
    }
    // SAFETY: as above.
    unsafe { errno.write(before) };
}

/// Sets where reports of a type go, and returns the mode before; -1 only asks. An unknown type or
/// mode is an invalid parameter, and the result -1.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetReportMode(kind: c_int, mode: c_int) -> c_int {
    const NAME: &str = "_CrtSetReportMode";
    let Some(place) = Kind::of(kind).and_then(|_| MODES.get(kind.unsigned_abs() as usize)) else {
        invalid::raise(NAME, invalid::CHOICE);
        return -1;
    };
    if mode == QUERY {
        return place.load(Ordering::Relaxed);
    }
    if mode & !(FILE | DEBUG | WINDOW) != 0 {
        invalid::raise(NAME, invalid::BITS);
        return -1;
    }
    place.swap(mode, Ordering::Relaxed)
}

/// Sets the file of a report type, and returns the one before; `_CRTDBG_REPORT_FILE` only asks.
/// An unknown type is an invalid parameter, and the result `_CRTDBG_HFILE_ERROR`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetReportFile(kind: c_int, file: *mut c_void) -> *mut c_void {
    let Some(place) = Kind::of(kind).and_then(|_| FILES.get(kind.unsigned_abs() as usize)) else {
        invalid::raise("_CrtSetReportFile", invalid::CHOICE);
        return handle(FILE_ERROR);
    };
    if file.addr().cast_signed() == FILE_QUERY {
        return place.load(Ordering::Relaxed);
    }
    place.swap(file, Ordering::Relaxed)
}
