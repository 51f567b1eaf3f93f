//! Fixed objects: blocks of the process heap.

use super::Handle;
use super::family::{Failure, Family, MODIFY, MOVEABLE, ZEROINIT, refused, to_c};
use super::object;
use crate::codes::{ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY};
use core::ptr;
use heapmin_engine::Refusal;
use heapmin_engine::exact::{ExactHeap, Request, Resize};

/// Allocates an object. Its size is exact, but Global has none of size 0.
pub fn allocate(
    family: Family,
    heap: ExactHeap,
    flags: u32,
    size: usize,
) -> Result<Handle, Failure> {
    let size = if family == Family::Global { size.max(1) } else { size };
    let zero = flags & ZEROINIT != 0;
    let block = heap.allocate(&Request { zero, ..Request::plain(size) });
    if block.is_null() { Err(ERROR_NOT_ENOUGH_MEMORY) } else { Ok(block.cast()) }
}

/// Changes size or kind of an object, by the flags.
///
/// # Safety
/// Nobody else uses the object meanwhile, nor its old address if another one comes back.
pub unsafe fn reallocate(
    family: Family,
    heap: ExactHeap,
    block: *mut u8,
    flags: u32,
    size: usize,
) -> Result<Handle, Failure> {
    let old = heap.size(block).map_err(|refusal| refused(family.reallocate_name(), refusal))?;
    if flags & MODIFY != 0 {
        if family == Family::Global && flags & MOVEABLE != 0 {
            // SAFETY: by the contract of this function; the block is live and `old` bytes long.
            return unsafe { make_moveable(heap, block, flags, old) };
        }
        return Ok(block.cast());
    }
    if family.wants_discardable(flags) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let change =
        Change { old, new: size, zero: flags & ZEROINIT != 0, may_move: flags & MOVEABLE != 0 };
    // SAFETY: by the contract of this function.
    match unsafe { resize(heap, block, change) } {
        Ok(new) if new.is_null() => Err(ERROR_NOT_ENOUGH_MEMORY),
        Ok(new) => Ok(new.cast()),
        Err(refusal) => Err(refused(family.reallocate_name(), refusal)),
    }
}

/// How a block is to change.
pub struct Change {
    /// Its bytes,
    pub old: usize,
    /// and those that it is to have.
    pub new: usize,
    /// New bytes read as zero.
    pub zero: bool,
    /// It may have another address then.
    pub may_move: bool,
}

/// Resizes a block. Null: it can't be done, and the block is as it was. What shrinks stays where it
/// is, as documented, also where it may move.
///
/// # Safety
/// As for [`reallocate`].
pub unsafe fn resize(heap: ExactHeap, block: *mut u8, change: Change) -> Result<*mut u8, Refusal> {
    let Change { old, new, zero, may_move } = change;
    if new <= old {
        let in_place = Resize { zero, in_place: true, ..Resize::plain(new) };
        // SAFETY: by the contract of this function.
        let shrunk = unsafe { heap.reallocate(block, &in_place) }?;
        if !shrunk.is_null() || !may_move {
            return Ok(shrunk);
        }
    }
    let anywhere = Resize { zero, in_place: !may_move, ..Resize::plain(new) };
    // SAFETY: by the contract of this function.
    unsafe { heap.reallocate(block, &anywhere) }
}

/// Moves the contents to a new moveable object, and frees the block.
///
/// # Safety
/// As for [`reallocate`]; the block is live, and `size` bytes long.
unsafe fn make_moveable(
    heap: ExactHeap,
    block: *mut u8,
    flags: u32,
    size: usize,
) -> Result<Handle, Failure> {
    let discardable = Family::Global.wants_discardable(flags);
    let new = object::Object { discardable, shared: false, zero: false, size };
    let (entry, data) = new.allocate(heap)?;
    if !data.is_null() {
        // SAFETY: both are live blocks of this size, and the new one is nobody else's.
        unsafe { ptr::copy_nonoverlapping(block, data, size) };
    }
    // SAFETY: by the contract of this function.
    if let Err(refusal) = unsafe { heap.free(block, false) } {
        // The bytes after the block were overwritten: it stays, as it is on every failure.
        object::undo(heap, entry);
        return Err(refused(Family::Global.reallocate_name(), refusal));
    }
    Ok(to_c(entry.handle()))
}
