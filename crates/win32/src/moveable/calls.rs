//! What the functions of both families do, by family.

use super::Handle;
use super::family::{
    Alleged, Failure, Family, INVALID_HANDLE_FLAGS, MOVEABLE, ZEROINIT, look_at, not_a_block,
    refused, to_c,
};
use super::{fixed, object};
use crate::codes::{
    ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_NOT_LOCKED, NO_ERROR,
};
use crate::corruption;
use crate::last_error;
use crate::types::{BOOL, FALSE, TRUE};
use core::ptr;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Refusal, RefusalKind};

/// All objects are in the process heap. Without it there are none, and no memory for any.
fn heap() -> Result<ExactHeap, Failure> {
    ExactHeap::process().ok_or(ERROR_NOT_ENOUGH_MEMORY)
}

/// `result`, or `otherwise` with the last error set.
fn or_report<T>(result: Result<T, Failure>, otherwise: T) -> T {
    result.unwrap_or_else(|failure| {
        last_error::set(failure);
        otherwise
    })
}

/// `LocalAlloc`, `GlobalAlloc`.
pub fn allocate(family: Family, flags: u32, size: usize) -> Handle {
    or_report(try_allocate(family, flags, size), ptr::null_mut())
}

fn try_allocate(family: Family, flags: u32, size: usize) -> Result<Handle, Failure> {
    if flags & !family.valid_flags() != 0 {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if flags & MOVEABLE == 0 {
        return fixed::allocate(family, heap()?, flags, size);
    }
    let asked = object::Object {
        discardable: family.wants_discardable(flags),
        shared: family.wants_shared(flags),
        zero: flags & ZEROINIT != 0,
        size,
    };
    asked.allocate(heap()?).map(|(entry, _)| to_c(entry.handle()))
}

/// `LocalReAlloc`, `GlobalReAlloc`.
///
/// # Safety
/// Nobody uses the object meanwhile, nor its old address if another one comes back.
pub unsafe fn reallocate(family: Family, handle: Handle, size: usize, flags: u32) -> Handle {
    // SAFETY: by the contract of this function.
    or_report(unsafe { try_reallocate(family, handle, size, flags) }, ptr::null_mut())
}

/// # Safety
/// As for [`reallocate`].
unsafe fn try_reallocate(
    family: Family,
    handle: Handle,
    size: usize,
    flags: u32,
) -> Result<Handle, Failure> {
    if handle.is_null() {
        return Err(ERROR_INVALID_HANDLE);
    }
    match look_at(handle) {
        // SAFETY: by the contract of this function.
        Alleged::Fixed(block) => unsafe { fixed::reallocate(family, heap()?, block, flags, size) },
        // SAFETY: by the contract of this function.
        Alleged::Moveable(handle) => unsafe {
            object::reallocate(family, heap()?, handle, flags, size)
        },
    }
}

/// `LocalFree`, `GlobalFree`: null on success, else the handle.
///
/// # Safety
/// Nobody uses the object afterwards.
pub unsafe fn free(family: Family, handle: Handle) -> Handle {
    if handle.is_null() {
        return handle;
    }
    // SAFETY: by the contract of this function.
    let result = unsafe { try_free(family, handle) };
    or_report(result.map(|()| ptr::null_mut()), handle)
}

/// # Safety
/// As for [`free`].
unsafe fn try_free(family: Family, handle: Handle) -> Result<(), Failure> {
    match look_at(handle) {
        Alleged::Fixed(block) => {
            // SAFETY: by the contract of this function.
            let result = unsafe { heap()?.free(block, false) };
            result.map_err(|refusal| refused(family.free_name(), refusal))
        }
        // SAFETY: by the contract of this function.
        Alleged::Moveable(handle) => unsafe { object::free(family, heap()?, handle) },
    }
}

/// `LocalLock`, `GlobalLock`.
pub fn lock(family: Family, handle: Handle) -> Handle {
    match look_at(handle) {
        Alleged::Moveable(handle) => {
            or_report(object::lock(handle).map(<*mut u8>::cast), ptr::null_mut())
        }
        Alleged::Fixed(block) => match heap().map(|heap| heap.size(block)) {
            Ok(Err(refusal)) if !is_lockable(refusal) => {
                if family == Family::Global {
                    last_error::set(ERROR_INVALID_HANDLE);
                }
                ptr::null_mut()
            }
            _ => handle,
        },
    }
}

/// Whether a pointer that is no block of the process heap is locked all the same, that is given
/// back as it came: memory of other allocators, statics and resources, which programs lock, too.
fn is_lockable(refusal: Refusal) -> bool {
    let foreign = matches!(
        refusal.kind(),
        RefusalKind::ForeignPointer | RefusalKind::OtherHeap | RefusalKind::Damaged
    );
    foreign && !corruption::is_unmapped(refusal)
}

/// `LocalUnlock`, `GlobalUnlock`: whether the object is still locked.
pub fn unlock(family: Family, handle: Handle) -> BOOL {
    match (look_at(handle), family) {
        (Alleged::Fixed(_), Family::Global) => TRUE,
        (Alleged::Fixed(_), Family::Local) => {
            last_error::set(ERROR_NOT_LOCKED);
            FALSE
        }
        (Alleged::Moveable(handle), _) => match object::unlock(handle) {
            Ok(true) => TRUE,
            // No failure, which the last error tells.
            Ok(false) => {
                last_error::set(NO_ERROR);
                FALSE
            }
            Err(failure) => {
                last_error::set(failure);
                let is_bad = failure == ERROR_INVALID_HANDLE;
                if is_bad && family == Family::Global { TRUE } else { FALSE }
            }
        },
    }
}

/// `LocalSize`, `GlobalSize`.
pub fn size(handle: Handle) -> usize {
    let result = heap().and_then(|heap| match look_at(handle) {
        Alleged::Fixed(block) => heap.size(block).map_err(|_| ERROR_INVALID_HANDLE),
        Alleged::Moveable(handle) => object::size(heap, handle),
    });
    or_report(result, 0)
}

/// `LocalFlags`, `GlobalFlags`.
pub fn flags(family: Family, handle: Handle) -> u32 {
    let result = match look_at(handle) {
        Alleged::Fixed(block) => heap().and_then(|heap| match heap.size(block) {
            Ok(_) => Ok(0),
            Err(refusal) => Err(match family {
                Family::Local => not_a_block(refusal),
                Family::Global => ERROR_INVALID_HANDLE,
            }),
        }),
        Alleged::Moveable(handle) => object::flags(family, handle),
    };
    or_report(result, INVALID_HANDLE_FLAGS)
}

/// `LocalHandle`, `GlobalHandle`: the handle of the object with its data here.
pub fn handle(family: Family, data: *const u8) -> Handle {
    let result = heap().and_then(|heap| match look_at(data.cast_mut().cast()) {
        Alleged::Moveable(_) => Err(ERROR_INVALID_HANDLE),
        Alleged::Fixed(block) => match word(heap, block) {
            Ok(Some(word)) if super::is_data_of(word, block.addr()) => Ok(to_c(word)),
            Ok(_) => Ok(block.cast()),
            Err(refusal) => Err(match (family, not_a_block(refusal)) {
                (Family::Local, ERROR_NOACCESS) => ERROR_NOACCESS,
                _ => ERROR_INVALID_HANDLE,
            }),
        },
    });
    or_report(result, ptr::null_mut())
}

/// A block's word. While another thread resizes the block where it is, it looks damaged; with the
/// heap locked nobody resizes moveable objects.
fn word(heap: ExactHeap, block: *const u8) -> Result<Option<usize>, Refusal> {
    match heap.word(block) {
        Err(refusal) if refusal.kind() == RefusalKind::Damaged => {
            heap.lock();
            let word = heap.word(block);
            heap.unlock();
            word
        }
        word => word,
    }
}

/// `LocalCompact`, `GlobalCompact`: bytes of the largest free block.
pub fn compact() -> usize {
    heap().map_or(0, |heap| heap.summary().largest_free)
}
