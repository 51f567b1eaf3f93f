//! Moveable objects that all threads share.
//!
//! Any thread locks them, looks at their first bytes, which nobody changes, and unlocks them; any
//! thread resizes them. While somebody has an object locked, its data stays where it is.

use crate::abi::heapapi::{ERROR_NOT_ENOUGH_MEMORY, NO_ERROR};
use crate::abi::moveable::{
    GlobalAlloc, GlobalFlags, GlobalFree, GlobalHandle, GlobalLock, GlobalReAlloc, GlobalSize,
    GlobalUnlock, LOCK_COUNT, MOVEABLE,
};
use crate::model::block::{Block, Kind};
use crate::model::object::{BLOCK_FLAGS, Object};
use crate::pattern::{self, Written};
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

/// Shared objects.
pub const COUNT: usize = 4;
/// Bytes of each that nobody changes, and the most that each may have besides.
const KEPT: usize = 16;
const MOST: usize = 200_000;

/// What a thread does with a shared object.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Use {
    Lock { times: u8 },
    Resize { size: u32 },
}

/// Makes the objects.
pub fn make() -> [usize; COUNT] {
    std::array::from_fn(|index| {
        let object = quietly(|| GlobalAlloc(MOVEABLE, KEPT));
        assert_eq!(object % 16, 8, "GlobalAlloc");
        let data = quietly(|| GlobalLock(object));
        // SAFETY: the object's data, which nobody else knows yet.
        unsafe { pattern::fill(data, KEPT, seed(index)) };
        unlock(object);
        object
    })
}

fn seed(index: usize) -> u8 {
    index as u8 * 7
}

#[track_caller]
fn unlock(object: usize) {
    let (still, told) = call(|| GlobalUnlock(object));
    if still == 0 { told.last_error(NO_ERROR) } else { told.nothing() }
}

#[track_caller]
fn check_kept(data: usize, index: usize) {
    let written = Written { address: data, size: KEPT, seed: seed(index) };
    // SAFETY: the data of an object that is locked, or that no thread uses.
    unsafe { pattern::check(data, KEPT, written) };
}

/// Uses one of the objects.
#[track_caller]
pub fn run(objects: &[usize; COUNT], index: usize, what: Use) {
    let object = objects[index];
    match what {
        Use::Lock { times } => {
            let times = times % 5 + 1;
            let data = quietly(|| GlobalLock(object));
            for _ in 1..times {
                assert_eq!(quietly(|| GlobalLock(object)), data, "a locked object moved");
            }
            check_kept(data, index);
            assert_eq!(quietly(|| GlobalHandle(data)), object, "GlobalHandle");
            let flags = quietly(|| GlobalFlags(object));
            assert!(flags & LOCK_COUNT >= u32::from(times), "flags {flags:#x} with {times} locks");
            assert!(quietly(|| GlobalSize(object)) >= KEPT, "GlobalSize");
            check_kept(data, index);
            for _ in 0..times {
                unlock(object);
            }
        }
        Use::Resize { size } => {
            let size = KEPT + size as usize % MOST;
            // Without GMEM_MOVEABLE a locked object doesn't move.
            let (same, told) = call(|| GlobalReAlloc(object, size, 0));
            if same == 0 {
                told.last_error(ERROR_NOT_ENOUGH_MEMORY);
            } else {
                told.nothing();
                assert_eq!(same, object, "GlobalReAlloc");
            }
        }
    }
}

/// The objects and their data, for the model; no thread runs.
#[track_caller]
pub fn model(objects: &[usize; COUNT], process: usize) -> (Vec<Object>, Vec<Block>) {
    let blocks = objects.iter().enumerate().map(|(index, &handle)| {
        let data = quietly(|| GlobalLock(handle));
        check_kept(data, index);
        unlock(handle);
        let size = quietly(|| GlobalSize(handle));
        let kind = Kind::Moveable { handle };
        let (value, flags) = (Some(handle), BLOCK_FLAGS);
        let mut block = Block { kind, value, flags, ..Block::plain(process, data, size) };
        block.fill(seed(index));
        block
    });
    let blocks: Vec<Block> = blocks.collect();
    let object = |&handle| Object { handle, discardable: false, shared: false, locks: 0 };
    let mut all: Vec<Object> = objects.iter().map(object).collect();
    for (object, block) in all.iter_mut().zip(&blocks) {
        object.check(process, Some(block));
    }
    (all, blocks)
}

/// Frees the objects.
pub fn free(objects: &[usize; COUNT]) {
    for &object in objects {
        assert_eq!(quietly(|| GlobalFree(object)), 0, "GlobalFree");
    }
}
