//! User values and flags of blocks.

use crate::abi::heapapi::ERROR_INVALID_PARAMETER;
use crate::abi::heapapi::HEAP_SETTABLE_USER_FLAGS;
use crate::abi::rtl::{RtlSetUserFlagsHeap, RtlSetUserValueHeap};
use crate::input::Choice;
use crate::model::block::Kind;
use crate::model::world::World;
use crate::told::call;

/// Sets a plain block's user value, which only some have.
#[track_caller]
pub fn set_value(world: &mut World, block: Choice, value: usize) {
    let Some(index) = world.pick(block, |block| block.kind == Kind::Plain) else { return };
    let block = &mut world.blocks[index];
    let (done, told) = call(|| RtlSetUserValueHeap(block.heap, 0, block.address, value));
    assert_eq!(done, u8::from(block.value.is_some()), "RtlSetUserValueHeap of {block:x?}");
    match &mut block.value {
        Some(old) => {
            told.nothing();
            *old = value;
        }
        None => told.last_error(ERROR_INVALID_PARAMETER),
    }
    block.check();
}

/// Resets and sets user flags of a plain block.
#[track_caller]
pub fn set_flags(world: &mut World, block: Choice, reset: u32, set: u32, valid: bool) {
    let Some(index) = world.pick(block, |block| block.kind == Kind::Plain) else { return };
    let block = &mut world.blocks[index];
    let mask = if valid { HEAP_SETTABLE_USER_FLAGS } else { u32::MAX };
    let (reset, set) = (reset & mask, set & mask);
    let (done, told) = call(|| RtlSetUserFlagsHeap(block.heap, 0, block.address, reset, set));
    if (reset | set) & !HEAP_SETTABLE_USER_FLAGS == 0 {
        told.nothing();
        assert_eq!(done, 1, "RtlSetUserFlagsHeap of {block:x?}");
        block.flags = block.flags & !reset | set;
    } else {
        told.last_error(ERROR_INVALID_PARAMETER);
        assert_eq!(done, 0, "RtlSetUserFlagsHeap with {reset:#x}, {set:#x}");
    }
    block.check();
}
