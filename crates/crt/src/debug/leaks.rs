//! `_CrtDumpMemoryLeaks`, and the leak check at exit.

use super::checkpoint::State;
use super::dump::dump_until;
use super::flags;
use super::report::{self, Kind};
use super::text::Text;
use core::ffi::{c_int, c_void};
use core::ptr;
use heapmin_engine::os::fatal::Sentence;

/// Reports all blocks that are allocated, and returns 1; 0 without a word if there are none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtDumpMemoryLeaks() -> c_int {
    if !State::now().has_counted() {
        return 0;
    }
    report::send(Kind::Warning, Text::new().text("Detected memory leaks!\n"));
    dump_until(ptr::null_mut());
    1
}

/// When the library is loaded, so that the check comes after the program's exit handlers and the
/// destructors of its static objects, which may free: handlers run in reverse order. The number is
/// for programs that the library is linked into: before those that C++ programs may use.
#[used]
#[unsafe(link_section = ".init_array.00099")]
static AT_START: extern "C-unwind" fn() = at_start;

extern "C-unwind" fn at_start() {
    unsafe extern "C" {
        fn __cxa_atexit(
            function: extern "C-unwind" fn(*mut c_void),
            argument: *mut c_void,
            library: *mut c_void,
        ) -> c_int;
    }
    // No library handle: the library is never unloaded before the end of the process.
    // SAFETY: the function stays, as the library is never unloaded.
    unsafe { __cxa_atexit(at_exit, ptr::null_mut(), ptr::null_mut()) };
}

extern "C-unwind" fn at_exit(_: *mut c_void) {
    if flags::has(flags::LEAK_CHECK) {
        _CrtDumpMemoryLeaks();
    }
}
