//! Functions of 16-bit Windows, which moved objects by itself (winbase.h).
//!
//! They are documented as obsolete: nothing moves unasked today, so fixing and wiring an object is
//! locking it, and compacting is saying what a large block could have.

#![allow(non_snake_case, reason = "the documented names")]

use super::Handle;
use super::calls;
use super::family::Family::Global;
use crate::types::{BOOL, DWORD, LPVOID, SIZE_T, UINT};

/// Bytes of the process heap's largest free block.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalCompact(_least: UINT) -> SIZE_T {
    calls::compact()
}

/// As [`LocalCompact`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn LocalShrink(_object: Handle, _size: UINT) -> SIZE_T {
    calls::compact()
}

/// As [`LocalCompact`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalCompact(_least: DWORD) -> SIZE_T {
    calls::compact()
}

/// Locks an object as `GlobalLock` does.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalFix(object: Handle) {
    calls::lock(Global, object);
}

/// Unlocks an object as `GlobalUnlock` does.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalUnfix(object: Handle) {
    calls::unlock(Global, object);
}

/// `GlobalLock`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalWire(object: Handle) -> LPVOID {
    calls::lock(Global, object)
}

/// `GlobalUnlock`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GlobalUnWire(object: Handle) -> BOOL {
    calls::unlock(Global, object)
}
