//! `_CrtMemCheckpoint`, `_CrtMemDifference`.

use super::block::{Header, TYPES, Type};
use super::{flags, invalid, list};
use core::array;
use core::ffi::c_int;
use core::ptr;

/// `_CrtMemState`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct State {
    /// The newest block.
    pub newest: *mut Header,
    /// Blocks by type.
    pub blocks: [usize; TYPES],
    /// Bytes by type.
    pub bytes: [usize; TYPES],
    /// Most bytes in use at one time so far.
    pub most_in_use: usize,
    /// Bytes of all allocations so far.
    pub allocated: usize,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<State>() == 104);

impl State {
    /// As it is now.
    pub fn now() -> State {
        list::locked(|list| State {
            newest: list.newest,
            blocks: list.counters.blocks,
            bytes: list.counters.bytes,
            most_in_use: list.counters.most_in_use,
            allocated: list.counters.allocated,
        })
    }

    /// Blocks and bytes of a type.
    pub fn of(&self, kind: Type) -> (usize, usize) {
        let index = kind.number().unsigned_abs() as usize;
        let at = |list: &[usize; TYPES]| list.get(index).copied().unwrap_or(0);
        (at(&self.blocks), at(&self.bytes))
    }

    /// Whether there are blocks or bytes of types that count as leaks and differences.
    pub fn has_counted(&self) -> bool {
        let counted = [Type::Normal, Type::Client, Type::Crt];
        let length = if flags::has(flags::CHECK_CRT) { 3 } else { 2 };
        counted.into_iter().take(length).any(|kind| self.of(kind) != (0, 0))
    }
}

fn difference(newer: [usize; TYPES], older: [usize; TYPES]) -> [usize; TYPES] {
    let mut pairs = newer.into_iter().zip(older);
    array::from_fn(|_| pairs.next().map_or(0, |(newer, older)| newer.wrapping_sub(older)))
}

/// Stores the state of the debug heap. NULL is an invalid parameter.
///
/// # Safety
/// The state is NULL or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtMemCheckpoint(state: *mut State) {
    if state.is_null() {
        return invalid::raise("_CrtMemCheckpoint", invalid::STATE);
    }
    // SAFETY: the caller's.
    unsafe { state.write(State::now()) };
}

/// Stores what changed between two states, and returns 1 if blocks or bytes in use did; free and
/// ignored blocks don't count, and those of the run-time library only with `_CRTDBG_CHECK_CRT_DF`.
/// NULL is an invalid parameter, and the result 0.
///
/// # Safety
/// Each of the states is NULL or valid; the first one for writing. They may be the same.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _CrtMemDifference(
    changes: *mut State,
    older: *const State,
    newer: *const State,
) -> c_int {
    if changes.is_null() || older.is_null() || newer.is_null() {
        invalid::raise("_CrtMemDifference", invalid::STATE);
        return 0;
    }
    // SAFETY: the caller's.
    let (older, newer) = unsafe { (older.read(), newer.read()) };
    let change = State {
        newest: ptr::null_mut(),
        blocks: difference(newer.blocks, older.blocks),
        bytes: difference(newer.bytes, older.bytes),
        most_in_use: newer.most_in_use.wrapping_sub(older.most_in_use),
        allocated: newer.allocated.wrapping_sub(older.allocated),
    };
    // SAFETY: the caller's.
    unsafe { changes.write(change) };
    c_int::from(change.has_counted())
}
