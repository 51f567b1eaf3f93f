//! The Local* functions (winbase.h).

#![allow(non_snake_case, reason = "the documented names")]

use super::Handle;
use super::calls;
use super::family::Family::Local;
use crate::types::{BOOL, LPCVOID, LPVOID, SIZE_T, UINT};

/// Allocates an object: a fixed one, which is its own pointer, or with `LMEM_MOVEABLE` one that
/// [`LocalLock`] gives a pointer to. Of size 0 a fixed one is a block without bytes, and
/// a moveable one is as if discarded. NULL: out of memory, out of handles (65,536 moveable objects)
/// or unknown flags.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalAlloc(flags: UINT, size: SIZE_T) -> Handle {
    calls::allocate(Local, flags, size)
}

/// Changes the size of an object or, with `LMEM_MODIFY`, its kind and not the size. Fixed and
/// locked objects move only with `LMEM_MOVEABLE`. Size 0 with it discards a moveable object that
/// isn't locked. NULL: the object is as it was.
///
/// # Safety
/// Nobody uses the object meanwhile, nor its old address if it moves.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn LocalReAlloc(object: Handle, size: SIZE_T, flags: UINT) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { calls::reallocate(Local, object, size, flags) }
}

/// Frees an object, locked or not, and returns NULL; the handle, if it is none. NULL is nothing to
/// free.
///
/// # Safety
/// Nobody uses the object afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn LocalFree(object: Handle) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { calls::free(Local, object) }
}

/// Locks a moveable object, which counts up to 255, and gives its pointer. NULL: no object, or
/// ERROR_DISCARDED. A fixed one's pointer is the handle.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalLock(object: Handle) -> LPVOID {
    calls::lock(Local, object)
}

/// Unlocks a moveable object once. TRUE: it is still locked. FALSE: no longer, and the last error
/// is 0; or the last error tells why not. Fixed objects are never locked: ERROR_NOT_LOCKED.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalUnlock(object: Handle) -> BOOL {
    calls::unlock(Local, object)
}

/// Bytes of an object, as many as were asked for. 0: no bytes, discarded, or no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalSize(object: Handle) -> SIZE_T {
    calls::size(object)
}

/// A moveable object's lock count in the low byte and its flags above; 0 for a fixed one, and
/// `LMEM_INVALID_HANDLE` for no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalFlags(object: Handle) -> UINT {
    calls::flags(Local, object)
}

/// The object with this pointer: a moveable one's handle, or the pointer itself. NULL: no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalHandle(data: LPCVOID) -> Handle {
    calls::handle(Local, data.cast())
}
