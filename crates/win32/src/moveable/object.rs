//! Moveable objects: an entry of the table and, unless it is discarded, a block of the process
//! heap.

use super::Handle;
use super::family::{Failure, Family, MODIFY, MOVEABLE, MOVEABLE_BLOCK, ZEROINIT, refused, to_c};
use super::fixed;
use super::table::{self, Entry, Moving, State};
use crate::codes::{
    ERROR_DISCARDED, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_NOT_LOCKED,
};
use core::ptr;
use heapmin_engine::Refusal;
use heapmin_engine::exact::{ExactHeap, Marks, Request};

/// What is asked for in an object.
pub struct Object {
    pub discardable: bool,
    pub shared: bool,
    pub zero: bool,
    pub size: usize,
}

impl Object {
    /// Allocates the object. One of size 0 has no data: it starts as if discarded.
    pub fn allocate(&self, heap: ExactHeap) -> Result<(&'static Entry, *mut u8), Failure> {
        let entry = table::take().ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
        let mut data = ptr::null_mut();
        if self.size != 0 {
            data = data_block(heap, entry.handle(), self.size, self.zero);
            if data.is_null() {
                entry.give_back();
                return Err(ERROR_NOT_ENOUGH_MEMORY);
            }
        }
        entry.begin(State::new(self.discardable, self.shared, data.is_null()), data);
        Ok((entry, data))
    }
}

/// A block for the data of the object with this handle; null: out of memory.
fn data_block(heap: ExactHeap, handle: usize, size: usize, zero: bool) -> *mut u8 {
    let marks = Marks { has_word: true, flags: MOVEABLE_BLOCK };
    let block = heap.allocate(&Request { zero, marks, ..Request::plain(size) });
    if !block.is_null() {
        // The block is new and has a word: it can't be refused.
        let _ = heap.set_word(block, handle);
    }
    block
}

/// Frees an object that was just allocated and that nobody knows yet.
pub fn undo(heap: ExactHeap, entry: &'static Entry) {
    if let Some((_, data)) = entry.take_back() {
        // SAFETY: nobody uses the data of an object that nobody knows. It is live, or null.
        let _ = unsafe { heap.free(data, false) };
        entry.give_back();
    }
}

/// The object with this handle.
pub fn find(handle: usize) -> Result<&'static Entry, Failure> {
    table::at(handle).filter(|entry| entry.state().is_some()).ok_or(ERROR_INVALID_HANDLE)
}

/// Frees an object, locked or not. If its block is refused, the object stays as it was.
///
/// # Safety
/// Nobody uses the object or its data afterwards.
pub unsafe fn free(family: Family, heap: ExactHeap, handle: usize) -> Result<(), Failure> {
    let entry = table::at(handle).ok_or(ERROR_INVALID_HANDLE)?;
    let (state, data) = entry.take_back().ok_or(ERROR_INVALID_HANDLE)?;
    // SAFETY: by the contract of this function; null is nothing to free.
    if let Err(refusal) = unsafe { heap.free(data, false) } {
        entry.begin(state, data);
        return Err(refused(family.free_name(), refusal));
    }
    entry.give_back();
    Ok(())
}

/// Locks an object once more. Gives its data.
pub fn lock(handle: usize) -> Result<*mut u8, Failure> {
    let entry = find(handle)?;
    loop {
        let state = entry.state().ok_or(ERROR_INVALID_HANDLE)?;
        if state.is_discarded() {
            return Err(ERROR_DISCARDED);
        }
        if entry.change(state, state.locked()) {
            return Ok(entry.data());
        }
    }
}

/// Unlocks an object once. Gives whether it is still locked.
pub fn unlock(handle: usize) -> Result<bool, Failure> {
    let entry = find(handle)?;
    loop {
        let state = entry.state().ok_or(ERROR_INVALID_HANDLE)?;
        let unlocked = state.unlocked().ok_or(ERROR_NOT_LOCKED)?;
        if entry.change(state, unlocked) {
            return Ok(unlocked.locks() != 0);
        }
    }
}

/// Bytes of an object's data.
pub fn size(heap: ExactHeap, handle: usize) -> Result<usize, Failure> {
    let entry = find(handle)?;
    loop {
        let state = entry.state().ok_or(ERROR_INVALID_HANDLE)?;
        let data = entry.data();
        let size = if data.is_null() { Ok(0) } else { heap.size(data) };
        // Otherwise the block may be another one by now, or be half resized.
        if entry.is_still(state) {
            return size.map_err(|_| ERROR_INVALID_HANDLE);
        }
    }
}

/// An object's flags and lock count.
pub fn flags(family: Family, handle: usize) -> Result<u32, Failure> {
    let state = find(handle)?.state().ok_or(ERROR_INVALID_HANDLE)?;
    Ok(family.flags_of(state))
}

/// Changes an object's size or flags, or discards it, by the flags.
///
/// # Safety
/// Nobody uses the object's data meanwhile, nor the old address if it moves.
pub unsafe fn reallocate(
    family: Family,
    heap: ExactHeap,
    handle: usize,
    flags: u32,
    size: usize,
) -> Result<Handle, Failure> {
    let entry = find(handle)?;
    if flags & MODIFY != 0 {
        if family.wants_discardable(flags) {
            make_discardable(entry)?;
        }
        return Ok(to_c(handle));
    }
    if family.wants_discardable(flags) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    heap.lock();
    let result = match entry.begin_move() {
        // SAFETY: by the contract of this function.
        Some(moving) => unsafe { reshape(heap, moving, flags, size) },
        None => Err(Unable::For(ERROR_INVALID_HANDLE)),
    };
    heap.unlock();
    match result {
        Ok(()) => Ok(to_c(handle)),
        Err(Unable::For(failure)) => Err(failure),
        // Not with the heap locked: this may end the process, and the program's own handlers of
        // that run then.
        Err(Unable::Refused(refusal)) => Err(refused(family.reallocate_name(), refusal)),
    }
}

fn make_discardable(entry: &Entry) -> Result<(), Failure> {
    loop {
        let state = entry.state().ok_or(ERROR_INVALID_HANDLE)?;
        if entry.change(state, state.discardable()) {
            return Ok(());
        }
    }
}

/// Why an object stays as it is.
enum Unable {
    /// With this last error.
    For(Failure),
    /// The block of its data isn't one any more, or was damaged.
    Refused(Refusal),
}

/// Resizes, fills or discards an object, and ends its move.
///
/// # Safety
/// As for [`reallocate`].
unsafe fn reshape(heap: ExactHeap, moving: Moving, flags: u32, size: usize) -> Result<(), Unable> {
    let old = moving.data();
    let is_locked = moving.state.locks() != 0;
    let asks_to_move = flags & MOVEABLE != 0;
    let zero = flags & ZEROINIT != 0;
    let result = if size == 0 {
        // SAFETY: by the contract of this function.
        unsafe { discard(heap, old, asks_to_move && !is_locked) }
    } else if old.is_null() {
        Ok(data_block(heap, moving.handle(), size, zero))
    } else {
        let may_move = asks_to_move || !is_locked;
        let change = |old| fixed::Change { old, new: size, zero, may_move };
        // SAFETY: by the contract of this function.
        let resize = |old_size| unsafe { fixed::resize(heap, old, change(old_size)) };
        heap.size(old).and_then(resize).map_err(Unable::Refused)
    };
    let result = match result {
        Ok(new) if new.is_null() && size != 0 => Err(Unable::For(ERROR_NOT_ENOUGH_MEMORY)),
        other => other,
    };
    match result {
        Ok(new) => {
            moving.end(new);
            Ok(())
        }
        Err(unable) => {
            moving.end(old);
            Err(unable)
        }
    }
}

/// Frees the data; the null pointer that it gives takes its place.
///
/// # Safety
/// As for [`reallocate`].
unsafe fn discard(heap: ExactHeap, data: *mut u8, may: bool) -> Result<*mut u8, Unable> {
    if !may {
        return Err(Unable::For(ERROR_INVALID_PARAMETER));
    }
    // SAFETY: by the contract of this function; null is nothing to free.
    unsafe { heap.free(data, false) }.map(|()| ptr::null_mut()).map_err(Unable::Refused)
}
