//! The `_o_` functions: what components of the system call instead of the functions without the
//! prefix. They share the heap with the program and have their own errno, handlers and new mode.
#![allow(non_snake_case, reason = "the exported names")]

use crate::side::Side::System;
use crate::{
    administration, aligned, allocate, errno, invalid_parameter, new_handler, reallocate, release,
    size,
};
use core::ffi::{c_int, c_uint, c_void};

/// `malloc`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o_malloc(size: usize) -> *mut c_void {
    allocate::allocate(System, size)
}

/// `calloc`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o_calloc(count: usize, size: usize) -> *mut c_void {
    allocate::allocate_zeroed(System, count, size)
}

/// `realloc`.
///
/// # Safety
/// As for `_realloc_base`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { reallocate::realloc(System, block, size) }
}

/// `free`.
///
/// # Safety
/// As for `_free_base`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o_free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { release::release("free", block) };
}

/// `_recalloc`.
///
/// # Safety
/// As for `_recalloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { reallocate::recalloc(System, block, count, size) }
}

/// `_expand`.
///
/// # Safety
/// As for `_expand`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__expand(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { reallocate::expand_checked(System, block, size) }
}

/// `_msize`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__msize(block: *mut c_void) -> usize {
    size::size(System, block)
}

/// `_aligned_malloc`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__aligned_malloc(size: usize, alignment: usize) -> *mut c_void {
    aligned::malloc(System, size, alignment)
}

/// `_aligned_offset_malloc`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__aligned_offset_malloc(
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    aligned::offset_malloc(System, size, alignment, offset)
}

/// `_aligned_free`.
///
/// # Safety
/// As for `_aligned_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__aligned_free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { aligned::free(block) };
}

/// `_aligned_realloc`.
///
/// # Safety
/// As for `_aligned_realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__aligned_realloc(
    block: *mut c_void,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { aligned::realloc(System, block, size, alignment) }
}

/// `_aligned_offset_realloc`.
///
/// # Safety
/// As for `_aligned_realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__aligned_offset_realloc(
    block: *mut c_void,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { aligned::offset_realloc(System, block, size, alignment, offset) }
}

/// `_aligned_recalloc`.
///
/// # Safety
/// As for `_aligned_realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__aligned_recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { aligned::recalloc(System, block, count, size, alignment) }
}

/// `_aligned_offset_recalloc`.
///
/// # Safety
/// As for `_aligned_realloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__aligned_offset_recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { aligned::offset_recalloc(System, block, count, size, alignment, offset) }
}

/// `_aligned_msize`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__aligned_msize(
    block: *mut c_void,
    alignment: usize,
    _offset: usize,
) -> usize {
    aligned::msize(System, block, alignment)
}

/// `_heapchk`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__heapchk() -> c_int {
    administration::check()
}

/// `_heapmin`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__heapmin() -> c_int {
    administration::minimize()
}

/// `_get_heap_handle`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__get_heap_handle() -> isize {
    administration::handle()
}

/// `_set_new_handler`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_new_handler(
    handler: Option<new_handler::Handler>,
) -> Option<new_handler::Handler> {
    new_handler::set_handler(System, handler)
}

/// `_set_new_mode`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_new_mode(mode: c_int) -> c_int {
    new_handler::set_mode(System, mode)
}

/// `_callnewh`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__callnewh(size: usize) -> c_int {
    c_int::from(new_handler::call(System, size))
}

/// `_errno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__errno() -> *mut c_int {
    errno::address(System)
}

/// `__doserrno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o___doserrno() -> *mut c_uint {
    errno::doserrno_address(System)
}

/// `_get_errno`.
///
/// # Safety
/// As for `_get_errno`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__get_errno(value: *mut c_int) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { errno::read_into(System, value) }
}

/// `_set_errno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_errno(value: c_int) -> c_int {
    errno::write(System, value)
}

/// `_get_doserrno`.
///
/// # Safety
/// As for `_get_doserrno`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _o__get_doserrno(value: *mut c_uint) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { errno::read_doserrno_into(System, value) }
}

/// `_set_doserrno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_doserrno(value: c_uint) -> c_int {
    errno::write_doserrno(System, value)
}

/// `_set_invalid_parameter_handler`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_invalid_parameter_handler(
    handler: Option<invalid_parameter::Handler>,
) -> Option<invalid_parameter::Handler> {
    invalid_parameter::set_process_handler(System, handler)
}

/// `_get_invalid_parameter_handler`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__get_invalid_parameter_handler() -> Option<invalid_parameter::Handler> {
    invalid_parameter::process_handler(System)
}

/// `_set_thread_local_invalid_parameter_handler`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__set_thread_local_invalid_parameter_handler(
    handler: Option<invalid_parameter::Handler>,
) -> Option<invalid_parameter::Handler> {
    invalid_parameter::set_thread_handler(System, handler)
}

/// `_get_thread_local_invalid_parameter_handler`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__get_thread_local_invalid_parameter_handler()
-> Option<invalid_parameter::Handler> {
    invalid_parameter::thread_handler(System)
}

/// `_invalid_parameter_noinfo`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _o__invalid_parameter_noinfo() {
    invalid_parameter::without_information(System);
}
