//! The C++ runtime, found when it is needed.
//!
//! A C program must not have to load `libstdc++` for this library, so nothing of the runtime is
//! linked. When `operator new` is out of memory its caller is C++ code, and that code has loaded
//! a runtime: in the global scope as a rule, or privately, where a C program loaded a C++ plug-in
//! with `RTLD_LOCAL`. Symbols are looked up each time, because a runtime can be unloaded.

use core::ffi::{CStr, c_void};
use core::{mem, ptr};

/// A function installed with `std::set_new_handler`. It may throw.
pub type NewHandler = unsafe extern "C-unwind" fn();

type GetNewHandler = unsafe extern "C" fn() -> Option<NewHandler>;
type ThrowBadAlloc = unsafe extern "C-unwind" fn() -> !;

/// Runtimes by the names under which the dynamic linker knows them.
const RUNTIMES: [&CStr; 3] = [c"libstdc++.so.6", c"libc++abi.so.1", c"libc++.so.1"];

/// The symbol's address in the given scope, or else in a runtime that was loaded privately.
fn find(scope: *mut c_void, symbol: &CStr) -> *mut c_void {
    // SAFETY: the scope is one of dlsym's constants, the name a C string.
    let found = unsafe { libc::dlsym(scope, symbol.as_ptr()) };
    if !found.is_null() {
        return found;
    }
    for runtime in RUNTIMES {
        // SAFETY: RTLD_NOLOAD loads nothing and so runs no foreign code.
        let handle = unsafe { libc::dlopen(runtime.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
        if handle.is_null() {
            continue;
        }
        // SAFETY: the handle was just opened.
        let found = unsafe { libc::dlsym(handle, symbol.as_ptr()) };
        // SAFETY: as above; the runtime stays loaded for the C++ code that called us.
        unsafe { libc::dlclose(handle) };
        if !found.is_null() {
            return found;
        }
    }
    ptr::null_mut()
}

/// The program's new-handler, if it has a C++ runtime and installed one.
pub fn new_handler() -> Option<NewHandler> {
    let found = find(libc::RTLD_DEFAULT, c"_ZSt15get_new_handlerv");
    // SAFETY: null is `None`; otherwise the symbol is `std::get_new_handler`, of this type.
    let get = unsafe { mem::transmute::<*mut c_void, Option<GetNewHandler>>(found) };
    // SAFETY: the function takes nothing and reads an atomic.
    get.and_then(|get| unsafe { get() })
}

/// The runtime's own function under the name of one of ours, which is `not` it.
pub fn beyond(symbol: &CStr, not: *const c_void) -> Option<*mut c_void> {
    let found = find(libc::RTLD_NEXT, symbol);
    (!found.is_null() && !ptr::eq(found, not)).then_some(found)
}

/// Throws `std::bad_alloc` through the caller.
#[cold]
pub fn throw_bad_alloc() -> ! {
    let found = find(libc::RTLD_DEFAULT, c"_ZSt17__throw_bad_allocv");
    // SAFETY: null is `None`; otherwise the symbol is `std::__throw_bad_alloc`, of this type.
    match unsafe { mem::transmute::<*mut c_void, Option<ThrowBadAlloc>>(found) } {
        // SAFETY: it takes nothing; the frames that it unwinds are `C-unwind` and own nothing.
        Some(throw) => unsafe { throw() },
        None => {
            crate::standard_error::write(
                b"heapmin: operator new: out of memory, and no C++ runtime is loaded that could \
                  throw std::bad_alloc\n",
            );
            // SAFETY: abort has no preconditions.
            unsafe { libc::abort() }
        }
    }
}
