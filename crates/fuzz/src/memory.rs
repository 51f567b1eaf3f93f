//! Memory of the program's that it lends to one heap at a time, and the routine that commits it.

use crate::abi::rtl::{STATUS_NO_MEMORY, STATUS_SUCCESS};
use std::cell::Cell;
use std::ptr;

/// Its bytes, and those that are committed from the start.
pub const RESERVE: usize = 0x2_0000;
pub const COMMITTED: usize = 0x2000;

/// Aligned as heaps are.
#[repr(align(65536))]
struct Lent {
    _bytes: [u8; RESERVE],
}

static LENT: Lent = Lent { _bytes: [0x5A; RESERVE] };

thread_local! {
    /// How often the routine will still commit; then it refuses.
    static COMMITS: Cell<u32> = const { Cell::new(0) };
}

/// Where it is.
pub fn base() -> usize {
    ptr::from_ref(&LENT).addr()
}

/// Sets how often the routine commits.
pub fn set_commits(count: u32) {
    COMMITS.set(count);
}

/// Commits what it is asked for as long as it may.
pub extern "C-unwind" fn commit(asked_base: usize, address: &mut usize, size: &mut usize) -> i32 {
    assert_eq!(asked_base, base(), "the CommitRoutine's base");
    let end = address.checked_add(*size).expect("an address range");
    assert!(*size != 0, "the CommitRoutine was asked for nothing");
    assert!(base() < *address && end <= base() + RESERVE, "the CommitRoutine's address");
    let left = COMMITS.get();
    COMMITS.set(left.saturating_sub(1));
    if left == 0 { STATUS_NO_MEMORY } else { STATUS_SUCCESS }
}
