//! The aligned family.

use super::crt::await_failure;
use crate::abi::crt::{
    _aligned_free, _aligned_malloc, _aligned_msize, _aligned_offset_malloc,
    _aligned_offset_realloc, _aligned_offset_recalloc, _aligned_realloc, _aligned_recalloc, EINVAL,
};
use crate::input::{Alignment, Choice, NO_SUCH_SIZE, Product, Size};
use crate::model::block::{Block, Kind};
use crate::model::world::World;
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

/// Alignments up to this one are tried; nobody's memory is enough for those from the other one on.
const TRIED: usize = 1 << 20;
const HOPELESS: usize = NO_SUCH_SIZE;
/// With an offset, only up to here: what is before the caller's bytes is looked for.
const TRIED_WITH_OFFSET: usize = 4 << 10;

/// What is asked for.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Wish {
    pub product: Product,
    pub alignment: Alignment,
    offset: u16,
    has_offset: bool,
    array: bool,
}

impl Wish {
    /// Limits it to what can be tried; `None`: neither that nor hopeless.
    pub fn limited(mut self, room: usize) -> Option<Self> {
        self.product = self.product.limited(room);
        if !self.array {
            let size = self.product.total().unwrap_or(usize::MAX);
            self.product = Product { count: 1, size };
        }
        let Alignment(alignment) = self.alignment;
        let tried = if self.offset() != 0 { TRIED_WITH_OFFSET } else { TRIED };
        let is_tried = !alignment.is_power_of_two() || alignment <= tried || alignment >= HOPELESS;
        is_tried.then_some(self)
    }

    pub fn alignment(self) -> usize {
        self.alignment.0
    }

    pub fn offset(self) -> usize {
        if self.has_offset { self.offset.into() } else { 0 }
    }

    pub fn is_array(self) -> bool {
        self.array
    }

    /// Whether it is refused as an invalid parameter. That an array is too large is noticed first.
    pub fn is_invalid(self, alignment: usize, offset: usize) -> bool {
        let total = self.product.total();
        let outside = |total| offset != 0 && offset >= total;
        !(self.array && total.is_none())
            && (!alignment.is_power_of_two() || total.is_some_and(outside))
    }

    /// Whether there can't be so much memory.
    pub fn is_too_much(self) -> bool {
        let total = self.product.total();
        self.alignment() >= HOPELESS || total.is_none_or(|total| total >= NO_SUCH_SIZE)
    }
}

/// Allocates an aligned block.
#[track_caller]
pub fn allocate(world: &mut World, wish: Wish, retries: u8) {
    if world.is_full() {
        return;
    }
    let Some(wish) = wish.limited(world.room()) else { return };
    let (alignment, offset) = (wish.alignment(), wish.offset());
    let Product { count, size } = wish.product;
    let _ = await_failure(world, None, retries);
    let (address, told) = call(|| match (wish.is_array(), wish.has_offset) {
        (false, false) => _aligned_malloc(size, alignment),
        (false, true) => _aligned_offset_malloc(size, alignment, offset),
        (true, false) => _aligned_recalloc(0, count, size, alignment),
        (true, true) => _aligned_offset_recalloc(0, count, size, alignment, offset),
    });
    let total = wish.product.total();
    if wish.is_invalid(alignment, offset) || total == Some(0) && !wish.has_offset {
        assert_eq!(address, 0, "{wish:?}");
        return told.errno(EINVAL, 1);
    }
    if wish.is_too_much() {
        assert_eq!(address, 0, "{wish:?}");
        return told.no_memory_in_any_way();
    }
    told.nothing();
    let total = total.expect("not too much");
    assert_ne!(address, 0, "{wish:?}");
    if wish.is_array() {
        // SAFETY: a block of this size that was just allocated.
        unsafe { pattern::check_all(address, 0, total, 0) };
    }
    let process = world.process();
    let kind = Kind::Aligned { alignment, offset };
    world.adopt(Block::of_kind(process, address, total, kind));
}

/// Resizes an aligned block, with its own alignment and offset mostly.
#[track_caller]
pub fn resize(world: &mut World, block: Choice, wish: Wish, same: bool, retries: u8) {
    let suits = |block: &Block| matches!(block.kind, Kind::Aligned { .. });
    let Some(index) = world.pick(block, suits) else { return };
    let old = world.blocks[index].clone();
    let Kind::Aligned { alignment, offset } = old.kind else { return };
    let Some(mut wish) = wish.limited(world.room()) else { return };
    if same {
        wish.alignment = Alignment(alignment);
        wish.offset = offset as u16;
        wish.has_offset = offset != 0 || wish.has_offset;
    }
    let (alignment, offset) = (wish.alignment(), wish.offset());
    let Product { count, size } = wish.product;
    let total = wish.product.total();
    if total == Some(0) {
        // That is freeing, which has its own place.
        return;
    }
    let _ = await_failure(world, None, retries);
    let (address, told) = call(|| match (wish.is_array(), wish.has_offset) {
        (false, false) => _aligned_realloc(old.address, size, alignment),
        (false, true) => _aligned_offset_realloc(old.address, size, alignment, offset),
        (true, false) => _aligned_recalloc(old.address, count, size, alignment),
        (true, true) => _aligned_offset_recalloc(old.address, count, size, alignment, offset),
    });
    let is_invalid = wish.is_invalid(alignment, offset);
    if is_invalid || wish.is_too_much() {
        assert_eq!(address, 0, "{wish:?} of {old:x?}");
        if is_invalid {
            told.errno(EINVAL, 1);
        } else {
            told.no_memory_in_any_way();
        }
        return world.blocks[index].check();
    }
    told.nothing();
    assert_ne!(address, 0, "{wish:?} of {old:x?}");
    let total = total.expect("not too much");
    old.check_kept(address, total);
    if wish.is_array() {
        // SAFETY: the block has this size now.
        unsafe { pattern::check_all(address, old.size, total, 0) };
    }
    let kind = Kind::Aligned { alignment, offset };
    world.forget_block(index);
    let new = Block::of_kind(old.heap, address, total, kind);
    let moved = new.base != old.base;
    world.adopt(new);
    if moved {
        world.freed(&old);
    }
}

/// Frees an aligned block.
#[track_caller]
pub fn free(world: &mut World, block: Choice, by_size: bool) {
    let suits = |block: &Block| matches!(block.kind, Kind::Aligned { .. });
    let Some(index) = world.pick(block, suits) else { return };
    let block = world.release(index);
    let Kind::Aligned { alignment, offset } = block.kind else { return };
    if by_size {
        let null = quietly(|| _aligned_offset_realloc(block.address, 0, alignment, offset));
        assert_eq!(null, 0, "resizing {block:x?} to 0");
    } else {
        quietly(|| _aligned_free(block.address));
    }
    world.freed(&block);
}

/// NULL and bad alignments for `_aligned_msize` and `_aligned_free`.
#[track_caller]
pub fn null(world: &World, block: Choice, alignment: Alignment, size: Size) {
    let Alignment(alignment) = alignment;
    let (found, told) = call(|| _aligned_msize(0, alignment, size.0));
    assert_eq!(found, usize::MAX, "_aligned_msize(NULL)");
    told.errno(EINVAL, 1);
    quietly(|| _aligned_free(0));
    let suits = |block: &Block| matches!(block.kind, Kind::Aligned { .. });
    let Some(index) = world.pick(block, suits) else { return };
    if !alignment.is_power_of_two() {
        let (found, told) = call(|| _aligned_msize(world.blocks[index].address, alignment, size.0));
        assert_eq!(found, usize::MAX, "_aligned_msize with alignment {alignment}");
        told.errno(EINVAL, 1);
    }
}
