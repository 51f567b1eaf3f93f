//! The plain names: what `malloc` and its relatives are mapped to in programs compiled with
//! `_DEBUG`. Functions, so that pointers to them work too.

use super::aligned::{self, Call};
use super::allocate::{ALIGNMENT, Caller, Contents, allocate, allocate_zeroed};
use super::block::Type;
use super::{invalid, release, resize};
use crate::errno;
use crate::limits::HEAP_MAXREQ;
use crate::side::Side;
use core::ffi::c_void;
use core::ptr;

const NORMAL: i32 = Type::Normal.number();

/// `malloc`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_malloc(size: usize) -> *mut c_void {
    allocate(size, ALIGNMENT, Contents::Fresh, Caller::PLAIN)
}

/// `calloc`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_calloc(number: usize, size: usize) -> *mut c_void {
    allocate_zeroed(number, size, errno::ENOMEM, Caller::PLAIN)
}

/// `realloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_realloc(
    user: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller's.
    unsafe { resize::reallocate("realloc", user, size, Caller::PLAIN) }
}

/// `_recalloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_recalloc(
    user: *mut c_void,
    number: usize,
    size: usize,
) -> *mut c_void {
    let array = (number, size);
    // SAFETY: the caller's.
    unsafe { resize::reallocate_zeroed("_recalloc", user, array, errno::ENOMEM, Caller::PLAIN) }
}

/// `_expand`
///
/// # Safety
/// The block is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_expand(
    user: *mut c_void,
    size: usize,
) -> *mut c_void {
    const NAME: &str = "_expand";
    if user.is_null() {
        invalid::raise(NAME, invalid::BLOCK);
        return ptr::null_mut();
    }
    if size > HEAP_MAXREQ {
        return errno::no_memory(Side::Program);
    }
    // SAFETY: the caller's.
    unsafe { resize::expand(NAME, user, size, Caller::PLAIN) }
}

/// `free`
///
/// # Safety
/// The caller doesn't use the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_free(user: *mut c_void) {
    // SAFETY: the caller's.
    unsafe { release::release("free", user, NORMAL) }
}

/// `_msize`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_msize(user: *mut c_void) -> usize {
    release::size_of_block("_msize", user)
}

fn call(
    function: &'static str,
    contents: Contents,
    alignment: usize,
    offset: Option<usize>,
) -> Call {
    Call { function, caller: Caller::PLAIN, alignment, offset, contents }
}

/// `_aligned_malloc`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_aligned_malloc(
    size: usize,
    alignment: usize,
) -> *mut c_void {
    call("_aligned_malloc", Contents::Fresh, alignment, None).allocate(size)
}

/// `_aligned_offset_malloc`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_aligned_offset_malloc(
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    call("_aligned_offset_malloc", Contents::Fresh, alignment, Some(offset)).allocate(size)
}

/// `_aligned_realloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_aligned_realloc(
    user: *mut c_void,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    let call = call("_aligned_realloc", Contents::Fresh, alignment, None);
    // SAFETY: the caller's.
    unsafe { call.reallocate(user, size) }
}

/// `_aligned_offset_realloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_aligned_offset_realloc(
    user: *mut c_void,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    let call = call("_aligned_offset_realloc", Contents::Fresh, alignment, Some(offset));
    // SAFETY: the caller's.
    unsafe { call.reallocate(user, size) }
}

/// `_aligned_recalloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_aligned_recalloc(
    user: *mut c_void,
    number: usize,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    let call = call("_aligned_recalloc", Contents::Zero, alignment, None);
    // SAFETY: the caller's.
    unsafe { call.reallocate_array(user, (number, size), errno::ENOMEM) }
}

/// `_aligned_offset_recalloc`
///
/// # Safety
/// The block is the caller's, who uses only the result from then on.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_aligned_offset_recalloc(
    user: *mut c_void,
    number: usize,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    let call = call("_aligned_offset_recalloc", Contents::Zero, alignment, Some(offset));
    // SAFETY: the caller's.
    unsafe { call.reallocate_array(user, (number, size), errno::ENOMEM) }
}

/// `_aligned_free`
///
/// # Safety
/// The caller doesn't use the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_debug_aligned_free(user: *mut c_void) {
    // SAFETY: the caller's.
    unsafe { aligned::release("_aligned_free", user) }
}

/// `_aligned_msize`
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_debug_aligned_msize(
    user: *mut c_void,
    alignment: usize,
    offset: usize,
) -> usize {
    call("_aligned_msize", Contents::Fresh, alignment, Some(offset)).size(user)
}
