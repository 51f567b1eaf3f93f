//! Blocks that the engine refuses: what the caller is told, or the end of the process.

use crate::codes::{ERROR_INVALID_PARAMETER, ERROR_NOACCESS};
use crate::types::DWORD;
use core::sync::atomic::{AtomicBool, Ordering};
use heapmin_engine::exact::is_readable;
use heapmin_engine::{Refusal, RefusalKind, refuse_and_abort};

/// Whether damage ends the process (HeapEnableTerminationOnCorruption).
static TERMINATES: AtomicBool = AtomicBool::new(false);

/// From now on, and for good, damage and bad pointers end the process.
pub fn terminate() {
    TERMINATES.store(true, Ordering::Relaxed);
}

/// Whether they do.
pub fn terminates() -> bool {
    TERMINATES.load(Ordering::Relaxed)
}

/// What a function that was given a bad block fails with; it may end the process instead.
#[cold]
pub fn report(function: &'static str, refusal: Refusal) -> DWORD {
    if terminates() {
        refuse_and_abort(function, refusal);
    }
    error(refusal)
}

/// ERROR_NOACCESS where there is no memory at all, else ERROR_INVALID_PARAMETER.
pub fn error(refusal: Refusal) -> DWORD {
    if is_unmapped(refusal) { ERROR_NOACCESS } else { ERROR_INVALID_PARAMETER }
}

/// Whether the address is no memory. The memory of freed blocks counts as memory, whether or not
/// the system still has pages there.
pub fn is_unmapped(refusal: Refusal) -> bool {
    matches!(refusal.kind(), RefusalKind::ForeignPointer | RefusalKind::Misaligned)
        && !is_readable(core::ptr::without_provenance(refusal.address()))
}
