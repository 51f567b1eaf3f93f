//! `operator new` and `operator new[]` in all their forms.
//!
//! Out of memory, the standard asks for the new-handler loop: call the handler, try again; with
//! no handler, throw `std::bad_alloc`. The array forms call the single ones. The nothrow forms
//! are the throwing ones inside `try { … } catch (...) { return nullptr; }`. A Rust frame can't
//! catch what a handler throws, but the runtime's own nothrow operator is exactly that frame
//! around a call of the program's throwing operator. So the nothrow forms go through it wherever
//! a handler is installed or the program has replaced an `operator new`.

use crate::cxx_runtime::{beyond, new_handler, throw_bad_alloc};
use crate::errno;
use crate::replaced::{by_name, new_is_known_to_be_ours, new_is_ours};
use core::ffi::{CStr, c_void};
use core::{mem, ptr};
use heapmin_engine::process;

/// A `const std::nothrow_t &`; the object is empty.
type Nothrow = *const c_void;

type NothrowNew = unsafe extern "C-unwind" fn(usize, Nothrow) -> *mut c_void;
type AlignedNothrowNew = unsafe extern "C-unwind" fn(usize, usize, Nothrow) -> *mut c_void;

/// A block with an alignment; null: out of memory, or the alignment is not a power of two.
#[inline(always)]
fn aligned_block(size: usize, alignment: usize) -> *mut u8 {
    if alignment.is_power_of_two() {
        process::allocate_aligned(size, alignment)
    } else {
        ptr::null_mut()
    }
}

/// Tries until there is a block or nobody left to help: the new-handler loop.
#[inline(always)]
fn insist(attempt: impl Fn() -> *mut u8) -> *mut c_void {
    loop {
        let block = attempt();
        if !block.is_null() {
            return block.cast();
        }
        let Some(handler) = new_handler() else {
            errno::set(libc::ENOMEM);
            throw_bad_alloc()
        };
        // SAFETY: the program installed it to be called here. It may throw through this frame,
        // which owns nothing.
        unsafe { handler() };
    }
}

#[cold]
#[inline(never)]
fn plain_slow(size: usize) -> *mut c_void {
    insist(|| process::allocate(size))
}

#[inline(never)]
fn aligned_slow(size: usize, alignment: usize) -> *mut c_void {
    if !alignment.is_power_of_two() {
        throw_bad_alloc()
    }
    insist(|| aligned_block(size, alignment))
}

/// `operator new(size_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Znwm(size: usize) -> *mut c_void {
    match process::try_allocate(size) {
        Some(block) => block.as_ptr().cast(),
        None => plain_slow(size),
    }
}

/// `operator new[](size_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Znam(size: usize) -> *mut c_void {
    (by_name().new)(size)
}

/// `operator new(size_t, std::align_val_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmSt11align_val_t(size: usize, alignment: usize) -> *mut c_void {
    aligned_slow(size, alignment)
}

/// `operator new[](size_t, std::align_val_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamSt11align_val_t(size: usize, alignment: usize) -> *mut c_void {
    (by_name().aligned_new)(size, alignment)
}

/// `operator new(size_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmRKSt9nothrow_t(size: usize, tag: Nothrow) -> *mut c_void {
    let own = _ZnwmRKSt9nothrow_t as *const c_void;
    nothrow(size, || plain_nothrow_slow(c"_ZnwmRKSt9nothrow_t", own, size, tag))
}

/// `operator new[](size_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamRKSt9nothrow_t(size: usize, tag: Nothrow) -> *mut c_void {
    let own = _ZnamRKSt9nothrow_t as *const c_void;
    nothrow(size, || plain_nothrow_slow(c"_ZnamRKSt9nothrow_t", own, size, tag))
}

/// `operator new(size_t, std::align_val_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmSt11align_val_tRKSt9nothrow_t(
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    let own = _ZnwmSt11align_val_tRKSt9nothrow_t as *const c_void;
    aligned_nothrow(c"_ZnwmSt11align_val_tRKSt9nothrow_t", own, size, alignment, tag)
}

/// `operator new[](size_t, std::align_val_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamSt11align_val_tRKSt9nothrow_t(
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    let own = _ZnamSt11align_val_tRKSt9nothrow_t as *const c_void;
    aligned_nothrow(c"_ZnamSt11align_val_tRKSt9nothrow_t", own, size, alignment, tag)
}

#[inline(always)]
fn nothrow(size: usize, slow: impl FnOnce() -> *mut c_void) -> *mut c_void {
    if new_is_known_to_be_ours()
        && let Some(block) = process::try_allocate(size)
    {
        return block.as_ptr().cast();
    }
    slow()
}

/// Where the slow path of a nothrow form ends.
enum Route {
    /// With a block of ours.
    Block(*mut c_void),
    /// In the runtime's function of the same name, because a handler may help or the program's
    /// own operator has to be called.
    Runtime(*mut c_void),
    /// Out of memory.
    Nowhere,
}

fn route(symbol: &CStr, own: *const c_void, attempt: impl Fn() -> *mut u8) -> Route {
    if new_is_ours() {
        let block = attempt();
        if !block.is_null() {
            return Route::Block(block.cast());
        }
        if new_handler().is_none() {
            return Route::Nowhere;
        }
    }
    beyond(symbol, own).map_or(Route::Nowhere, Route::Runtime)
}

#[cold]
#[inline(never)]
fn plain_nothrow_slow(symbol: &CStr, own: *const c_void, size: usize, tag: Nothrow) -> *mut c_void {
    match route(symbol, own, || process::allocate(size)) {
        Route::Block(block) => block,
        Route::Runtime(function) => {
            // SAFETY: the runtime's function of this very name, hence of this type.
            let operator = unsafe { mem::transmute::<*mut c_void, NothrowNew>(function) };
            // SAFETY: called as the program called ours.
            unsafe { operator(size, tag) }
        }
        Route::Nowhere => errno::no_memory(),
    }
}

#[inline(never)]
fn aligned_nothrow(
    symbol: &CStr,
    own: *const c_void,
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    match route(symbol, own, || aligned_block(size, alignment)) {
        Route::Block(block) => block,
        Route::Runtime(function) => {
            // SAFETY: the runtime's function of this very name, hence of this type.
            let operator = unsafe { mem::transmute::<*mut c_void, AlignedNothrowNew>(function) };
            // SAFETY: called as the program called ours.
            unsafe { operator(size, alignment, tag) }
        }
        Route::Nowhere => errno::no_memory(),
    }
}
