//! The Global* functions (winbase.h).

#![allow(non_snake_case, reason = "the documented names")]

use super::Handle;
use super::calls;
use super::family::Family::Global;
use crate::types::{BOOL, LPCVOID, LPVOID, SIZE_T, UINT};

/// Allocates an object: a fixed one, which is its own pointer, or with `GMEM_MOVEABLE` one that
/// [`GlobalLock`] gives a pointer to. Of size 0 a fixed one has a byte, and
/// a moveable one is as if discarded. NULL: out of memory, out of handles (65,536 moveable objects)
/// or unknown flags.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalAlloc(flags: UINT, size: SIZE_T) -> Handle {
    calls::allocate(Global, flags, size)
}

/// Changes the size of an object or, with `GMEM_MODIFY`, its kind and not the size. Fixed and
/// locked objects move only with `GMEM_MOVEABLE`. Size 0 with it discards a moveable object that
/// isn't locked. NULL: the object is as it was.
///
/// # Safety
/// Nobody uses the object meanwhile, nor its old address if it moves.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn GlobalReAlloc(object: Handle, size: SIZE_T, flags: UINT) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { calls::reallocate(Global, object, size, flags) }
}

/// Frees an object, locked or not, and returns NULL; the handle, if it is none. NULL is nothing to
/// free.
///
/// # Safety
/// Nobody uses the object afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn GlobalFree(object: Handle) -> Handle {
    // SAFETY: by the contract of this function.
    unsafe { calls::free(Global, object) }
}

/// Locks a moveable object, which counts up to 255, and gives its pointer. NULL: no object, or
/// ERROR_DISCARDED. A fixed one's pointer is the handle.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalLock(object: Handle) -> LPVOID {
    calls::lock(Global, object)
}

/// Unlocks a moveable object once. TRUE: it is still locked. FALSE: no longer, and the last error
/// is 0; or the last error tells why not. For fixed objects and bad handles it is TRUE.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalUnlock(object: Handle) -> BOOL {
    calls::unlock(Global, object)
}

/// Bytes of an object, as many as were asked for. 0: no bytes, discarded, or no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalSize(object: Handle) -> SIZE_T {
    calls::size(object)
}

/// A moveable object's lock count in the low byte and its flags above; 0 for a fixed one, and
/// `GMEM_INVALID_HANDLE` for no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalFlags(object: Handle) -> UINT {
    calls::flags(Global, object)
}

/// The object with this pointer: a moveable one's handle, or the pointer itself. NULL: no object.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalHandle(data: LPCVOID) -> Handle {
    calls::handle(Global, data.cast())
}
