//! The system's side of the C run-time: the same heap, and an errno of its own.

use crate::abi::crt::{
    _o__aligned_free, _o__aligned_malloc, _o__errno, _o__expand, _o__msize, _o__recalloc, _o_free,
    _o_malloc, _o_realloc, ENOMEM,
};
use crate::input::Size;
use crate::model::block::{Block, Kind};
use crate::model::world::World;
use crate::told::{call, quietly};

/// The life of a block, or its end in a block of the program's own.
#[track_caller]
pub fn run(world: &mut World, size: Size, again: Size, keep: bool) {
    const BEFORE: i32 = 0x0BAD;
    let (size, again) = (world.limited(size), world.limited(again).max(1));
    if world.is_full() {
        return;
    }
    _o__errno().set(BEFORE);
    let (address, told) = call(|| _o_malloc(size));
    if Size(size).is_too_much() {
        assert_eq!(address, 0, "{size} bytes");
        assert_eq!(_o__errno().get(), ENOMEM, "the system's errno");
        return told.host_errno(ENOMEM);
    }
    told.nothing();
    let process = world.process();
    let index = world.adopt(Block::plain(process, address, size));
    assert_eq!(quietly(|| _o__msize(address)), size, "_o__msize");
    let (moved, told) = call(|| _o_realloc(address, again));
    if Size(again).is_too_much() {
        assert_eq!(moved, 0, "{again} bytes");
        assert_eq!(_o__errno().get(), ENOMEM, "the system's errno");
        told.host_errno(ENOMEM);
        return world.blocks[index].check();
    }
    told.nothing();
    world.blocks[index].check_kept(moved, again);
    let index = world.replace(index, Block::plain(process, moved, again));
    assert_eq!(quietly(|| _o__expand(moved, again)), moved, "_o__expand to the same size");
    let same = quietly(|| _o__recalloc(moved, 1, again));
    world.blocks[index].check_kept(same, again);
    let index = world.replace(index, Block::plain(process, same, again));
    let alignment = 1 << (size % 12);
    let aligned = quietly(|| _o__aligned_malloc(again, alignment));
    let kind = Kind::Aligned { alignment, offset: 0 };
    let other = world.adopt(Block::of_kind(process, aligned, again, kind));
    if !keep {
        let block = world.release(other);
        quietly(|| _o__aligned_free(aligned));
        world.freed(&block);
        let block = world.release(index);
        quietly(|| _o_free(same));
        world.freed(&block);
    }
    assert_eq!(_o__errno().get(), BEFORE, "the system's errno after successes");
}
