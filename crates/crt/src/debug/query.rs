//! Questions about pointers: `_CrtIsValidHeapPointer`, `_CrtIsMemoryBlock` and others.

use super::aligned_block::{AlignedPointer, recognise_aligned};
use super::block::{Block, Facts, Type};
use super::list;
use super::recognise::{Pointer, recognise};
use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr;

/// What the debug heap knows of the block whose bytes start at the pointer.
fn facts(user: *const c_void) -> Option<Facts> {
    let block = Block::of_user(user).filter(|&block| list::contains(block))?;
    // SAFETY: a listed block; who asks for it has it.
    Some(unsafe { block.facts() })
}

/// 1 if the pointer isn't NULL. Size and access are ignored, as documented.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtIsValidPointer(
    pointer: *const c_void,
    _size: c_uint,
    _access: c_int,
) -> c_int {
    c_int::from(!pointer.is_null())
}

/// 1 if a block of the process heap starts at the pointer: of the debug heap, of its aligned
/// functions, or without a header.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtIsValidHeapPointer(pointer: *const c_void) -> c_int {
    let is_block = !pointer.is_null()
        && (!matches!(recognise(pointer), Pointer::Bad(_))
            || !matches!(recognise_aligned(pointer.cast_mut()), AlignedPointer::Bad(_)));
    c_int::from(is_block)
}

/// 1 if the pointer is the start of a block of the debug heap, in use, of exactly that size. Then
/// what isn't NULL receives its request number, file and line; else 0, NULL and 0.
///
/// # Safety
/// Each of the last three is NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtIsMemoryBlock(
    pointer: *const c_void,
    size: c_uint,
    request: *mut i32,
    file: *mut *mut c_char,
    line: *mut c_int,
) -> c_int {
    let found = facts(pointer).filter(|facts| {
        facts.size == size as usize && !matches!(facts.kind(), None | Some(Type::Free))
    });
    let told = found.map_or((0, ptr::null_mut(), 0), |facts| {
        (facts.request, facts.file.cast_mut(), facts.line)
    });
    // SAFETY: the caller's.
    unsafe {
        if let Some(request) = request.as_mut() {
            *request = told.0;
        }
        if let Some(file) = file.as_mut() {
            *file = told.1;
        }
        if let Some(line) = line.as_mut() {
            *line = told.2;
        }
    }
    c_int::from(found.is_some())
}

/// The type of a block of the debug heap, with its subtype in the upper half; -1 if the pointer is
/// no such block's.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtReportBlockType(pointer: *const c_void) -> c_int {
    facts(pointer).map_or(-1, |facts| facts.block_use)
}
