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
use crate::replaced::{TABLE, new_is_ours, resolved};
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

/// The new-handler loop, entered after a first failure.
#[inline(always)]
fn insist(attempt: impl Fn() -> *mut u8) -> *mut c_void {
    while let Some(handler) = new_handler() {
        // SAFETY: the program installed it to be called here. It may throw through this frame,
        // which owns nothing.
        unsafe { handler() };
        let block = attempt();
        if !block.is_null() {
            return block.cast();
        }
    }
    errno::set(libc::ENOMEM);
    throw_bad_alloc()
}

#[cold]
#[inline(never)]
fn insist_plain(size: usize) -> *mut c_void {
    insist(|| process::allocate(size))
}

#[cold]
#[inline(never)]
fn insist_aligned(size: usize, alignment: usize) -> *mut c_void {
    if !alignment.is_power_of_two() {
        throw_bad_alloc()
    }
    insist(|| aligned_block(size, alignment))
}

/// `operator new(size_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Znwm(size: usize) -> *mut c_void {
    let block = process::allocate(size);
    if block.is_null() { insist_plain(size) } else { block.cast() }
}

/// `operator new[](size_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Znam(size: usize) -> *mut c_void {
    resolved(&TABLE.new)(size)
}

/// `operator new(size_t, std::align_val_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmSt11align_val_t(size: usize, alignment: usize) -> *mut c_void {
    let block = aligned_block(size, alignment);
    if block.is_null() { insist_aligned(size, alignment) } else { block.cast() }
}

/// `operator new[](size_t, std::align_val_t)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamSt11align_val_t(size: usize, alignment: usize) -> *mut c_void {
    resolved(&TABLE.aligned_new)(size, alignment)
}

/// `operator new(size_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmRKSt9nothrow_t(size: usize, tag: Nothrow) -> *mut c_void {
    let own = _ZnwmRKSt9nothrow_t as *const c_void;
    nothrow(size, || plain_otherwise(c"_ZnwmRKSt9nothrow_t", own, size, tag))
}

/// `operator new[](size_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamRKSt9nothrow_t(size: usize, tag: Nothrow) -> *mut c_void {
    let own = _ZnamRKSt9nothrow_t as *const c_void;
    nothrow(size, || plain_otherwise(c"_ZnamRKSt9nothrow_t", own, size, tag))
}

/// `operator new(size_t, std::align_val_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnwmSt11align_val_tRKSt9nothrow_t(
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    let own = _ZnwmSt11align_val_tRKSt9nothrow_t as *const c_void;
    let symbol = c"_ZnwmSt11align_val_tRKSt9nothrow_t";
    aligned_nothrow(size, alignment, || aligned_otherwise(symbol, own, size, alignment, tag))
}

/// `operator new[](size_t, std::align_val_t, const std::nothrow_t &)`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _ZnamSt11align_val_tRKSt9nothrow_t(
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    let own = _ZnamSt11align_val_tRKSt9nothrow_t as *const c_void;
    let symbol = c"_ZnamSt11align_val_tRKSt9nothrow_t";
    aligned_nothrow(size, alignment, || aligned_otherwise(symbol, own, size, alignment, tag))
}

#[inline(always)]
fn nothrow(size: usize, otherwise: impl FnOnce() -> *mut c_void) -> *mut c_void {
    if new_is_ours() {
        let block = process::allocate(size);
        if !block.is_null() {
            return block.cast();
        }
    }
    otherwise()
}

#[inline(always)]
fn aligned_nothrow(
    size: usize,
    alignment: usize,
    otherwise: impl FnOnce() -> *mut c_void,
) -> *mut c_void {
    if new_is_ours() {
        let block = aligned_block(size, alignment);
        if !block.is_null() {
            return block.cast();
        }
    }
    otherwise()
}

/// The runtime's function for a nothrow form, where our heap alone won't do.
fn delegate(symbol: &CStr, own: *const c_void) -> Option<*mut c_void> {
    if !new_is_ours() || new_handler().is_some() { beyond(symbol, own) } else { None }
}

#[cold]
#[inline(never)]
fn plain_otherwise(symbol: &CStr, own: *const c_void, size: usize, tag: Nothrow) -> *mut c_void {
    if let Some(found) = delegate(symbol, own) {
        // SAFETY: the runtime's function of this very name, hence of this type.
        let operator = unsafe { mem::transmute::<*mut c_void, NothrowNew>(found) };
        // SAFETY: called as the program called ours.
        return unsafe { operator(size, tag) };
    }
    let block = process::allocate(size);
    if block.is_null() { errno::no_memory() } else { block.cast() }
}

#[cold]
#[inline(never)]
fn aligned_otherwise(
    symbol: &CStr,
    own: *const c_void,
    size: usize,
    alignment: usize,
    tag: Nothrow,
) -> *mut c_void {
    if let Some(found) = delegate(symbol, own) {
        // SAFETY: the runtime's function of this very name, hence of this type.
        let operator = unsafe { mem::transmute::<*mut c_void, AlignedNothrowNew>(found) };
        // SAFETY: called as the program called ours.
        return unsafe { operator(size, alignment, tag) };
    }
    let block = aligned_block(size, alignment);
    if block.is_null() { errno::no_memory() } else { block.cast() }
}
