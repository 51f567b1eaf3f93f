//! The debug heap. Freed blocks are never kept, since nothing would ever free them.

use super::aligned::Wish;
use super::crt::await_failure;
use crate::abi::crt::{EINVAL, MAXREQ};
use crate::abi::debug::{
    _CrtCheckMemory, _CrtDoForAllClientObjects, _CrtDumpMemoryLeaks, _CrtMemCheckpoint,
    _CrtMemDifference, _CrtMemDumpAllObjectsSince, _CrtMemDumpStatistics, _CrtReportBlockType,
    _CrtSetAllocHook, _CrtSetDbgFlag, _aligned_free_dbg, _aligned_offset_malloc_dbg,
    _aligned_offset_realloc_dbg, _aligned_offset_recalloc_dbg, _calloc_dbg, _expand_dbg, _free_dbg,
    _malloc_dbg, _msize_dbg, _realloc_dbg, _recalloc_dbg, ALLOC_MEM, AllocHook, CLIENT_BLOCK,
    CRT_BLOCK, FRESH, GUARD, HEADER, IGNORE_BLOCK, KNOWN_FLAGS, NORMAL_BLOCK, State,
};
use crate::input::{Choice, NO_SUCH_SIZE, Product, Size};
use crate::model::block::{Block, Kind};
use crate::model::pointer;
use crate::model::world::World;
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;
use std::cell::Cell;

/// A type of blocks, with a subtype.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Type {
    Normal,
    Client(u8),
    Crt,
    Ignore,
}

impl Type {
    fn number(self) -> i32 {
        match self {
            Self::Normal => NORMAL_BLOCK,
            Self::Client(subtype) => CLIENT_BLOCK | i32::from(subtype) << 16,
            Self::Crt => CRT_BLOCK,
            Self::Ignore => IGNORE_BLOCK,
        }
    }
}

/// Most bytes of a debug block.
const MOST: usize = MAXREQ - HEADER - GUARD;

/// Checks what the block gained, and takes it into the model.
#[track_caller]
fn adopt(world: &mut World, address: usize, size: usize, block_use: i32) -> usize {
    let mut request = 0;
    let size32 = u32::try_from(size).expect("blocks are below 4 GiB");
    let is_block = quietly(|| {
        crate::abi::debug::_CrtIsMemoryBlock(address, size32, Some(&mut request), None, None)
    });
    assert_eq!(is_block, 1, "_CrtIsMemoryBlock of {address:#x}");
    let process = world.process();
    let kind = Kind::Debug { block_use, request };
    let block = Block::of_kind(process, address, size, kind);
    assert_eq!((block.base, block.base_size), (address - HEADER, HEADER + size + GUARD));
    world.adopt(block)
}

/// `_malloc_dbg` or `_calloc_dbg`.
#[track_caller]
pub fn allocate(world: &mut World, kind: Type, zero: bool, product: Product, hook: bool) {
    if world.is_full() {
        return;
    }
    let mut product = product.limited(world.room());
    if !zero {
        product = Product { count: 1, size: product.total().unwrap_or(usize::MAX) };
    }
    let Product { count, size } = product;
    let number = kind.number();
    let _ = await_failure(world, None, 0);
    let (address, told) = hooked(hook, || {
        if zero { _calloc_dbg(count, size, number, 0, 0) } else { _malloc_dbg(size, number, 0, 0) }
    });
    let total = product.total().filter(|&total| total <= MOST);
    let possible = total.filter(|&total| total < NO_SUCH_SIZE && !hook);
    let Some(total) = possible else {
        assert_eq!(address, 0, "{product:?}");
        if zero && total.is_none() {
            return told.errno(EINVAL, 0);
        }
        return told.no_memory_in_any_way();
    };
    told.nothing();
    // SAFETY: a block of this size that was just allocated.
    unsafe { pattern::check_all(address, 0, total, if zero { 0 } else { FRESH }) };
    let number = if world.debug_flags & ALLOC_MEM == 0 { IGNORE_BLOCK } else { number };
    adopt(world, address, total, number);
}

/// Makes a call with an allocation hook that refuses, if there is to be one.
fn hooked<R>(refuse: bool, work: impl FnOnce() -> R) -> (R, crate::told::Told) {
    if refuse {
        assert!(_CrtSetAllocHook(Some(refusing_hook)).is_none());
    }
    let result = call(work);
    if refuse {
        let hook: Option<AllocHook> = _CrtSetAllocHook(None);
        assert!(hook.is_some(), "the hook is gone");
    }
    result
}

extern "C-unwind" fn refusing_hook(
    _: i32,
    _: usize,
    _: usize,
    _: i32,
    _: i32,
    _: usize,
    _: i32,
) -> i32 {
    0
}

/// How a debug block is resized.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    Realloc,
    Recalloc,
    Expand,
}

/// Resizes a debug block.
#[track_caller]
pub fn resize(world: &mut World, block: Choice, how: Resize, product: Product, hook: bool) {
    let suits = |block: &Block| matches!(block.kind, Kind::Debug { .. });
    let Some(index) = world.pick(block, suits) else { return };
    let old = world.blocks[index].clone();
    let Kind::Debug { block_use, .. } = old.kind else { return };
    let is_array = how == Resize::Recalloc;
    let mut product = product.limited(world.room());
    if !is_array {
        product = Product { count: 1, size: product.total().unwrap_or(usize::MAX) };
    }
    let (total, size) = (product.total(), product.size);
    if total == Some(0) && how != Resize::Expand {
        return;
    }
    let _ = await_failure(world, None, 0);
    let (address, told) = hooked(hook, || match how {
        Resize::Realloc => _realloc_dbg(old.address, size, block_use, 0, 0),
        Resize::Recalloc => _recalloc_dbg(old.address, product.count, size, block_use, 0, 0),
        Resize::Expand => _expand_dbg(old.address, size, block_use, 0, 0),
    });
    let possible = total.filter(|&total| total < NO_SUCH_SIZE && !hook);
    let may_fail = how == Resize::Expand && possible.is_some_and(|total| total > old.size);
    let Some(total) = possible.filter(|_| address != 0 || !may_fail) else {
        assert_eq!(address, 0, "{how:?} of {old:x?} to {product:?}");
        match (how, total) {
            (Resize::Expand, None) => told.errno(EINVAL, 1),
            (Resize::Recalloc, total) if total.is_none_or(|total| total > MOST) => {
                told.errno(EINVAL, 0);
            }
            _ => told.no_memory_in_any_way(),
        }
        return world.blocks[index].check();
    };
    told.nothing();
    assert_ne!(address, 0, "{how:?} of {old:x?} to {total}");
    if how == Resize::Expand {
        assert_eq!(address, old.address, "_expand_dbg moved {old:x?}");
    }
    old.check_kept(address, total);
    // SAFETY: the block has this size now.
    unsafe { pattern::check_all(address, old.size, total, if is_array { 0 } else { FRESH }) };
    let is_tracked = world.debug_flags & ALLOC_MEM != 0 && block_use != IGNORE_BLOCK;
    world.forget_block(index);
    let index = adopt(world, address, total, if is_tracked { block_use } else { IGNORE_BLOCK });
    if world.blocks[index].base != old.base {
        world.freed(&old);
    }
}

/// Frees a block of the debug heap.
#[track_caller]
pub fn free(world: &mut World, block: Choice, hook: bool) {
    let suits =
        |block: &Block| matches!(block.kind, Kind::Debug { .. } | Kind::DebugAligned { .. });
    let Some(index) = world.pick(block, suits) else { return };
    let address = world.blocks[index].address;
    if hook && let Kind::Debug { block_use, .. } = world.blocks[index].kind {
        let ((), told) = hooked(true, || _free_dbg(address, block_use));
        told.nothing();
        return world.blocks[index].check();
    }
    let block = world.release(index);
    match block.kind {
        Kind::Debug { block_use, .. } => quietly(|| _free_dbg(address, block_use)),
        _ => quietly(|| _aligned_free_dbg(address)),
    }
    world.freed(&block);
}

/// Allocates or resizes an aligned debug block.
#[track_caller]
pub fn aligned(world: &mut World, block: Option<Choice>, wish: Wish) {
    let suits = |block: &Block| matches!(block.kind, Kind::DebugAligned { .. });
    let index = block.and_then(|block| world.pick(block, suits));
    if index.is_none() && world.is_full() {
        return;
    }
    let Some(wish) = wish.limited(world.room()) else { return };
    // What is before the caller's bytes is looked for.
    let is_near = wish.alignment() <= 4096 || !wish.alignment().is_power_of_two();
    if wish.product.total() == Some(0) || !is_near {
        return;
    }
    let old = index.map(|index| world.blocks[index].clone());
    let (alignment, offset) = match old.as_ref().map(|old| old.kind) {
        Some(Kind::DebugAligned { alignment, offset }) => (alignment, offset),
        _ => (wish.alignment(), wish.offset()),
    };
    let Product { count, size } = wish.product;
    let total = wish.product.total();
    let _ = await_failure(world, None, 0);
    let address = old.as_ref().map_or(0, |old| old.address);
    let (result, told) = call(|| match (wish.is_array(), address) {
        (false, 0) => _aligned_offset_malloc_dbg(size, alignment, offset, 0, 0),
        (false, _) => _aligned_offset_realloc_dbg(address, size, alignment, offset, 0, 0),
        (true, _) => _aligned_offset_recalloc_dbg(address, count, size, alignment, offset, 0, 0),
    });
    let is_invalid = wish.is_invalid(alignment, offset);
    if is_invalid || total.is_none_or(|total| total >= NO_SUCH_SIZE) {
        assert_eq!(result, 0, "{wish:?} of {old:x?}");
        match (is_invalid, total.is_none_or(|total| total > MOST)) {
            // Which of the two is noticed first, isn't documented.
            (true, true) => {}
            (true, false) => told.errno(EINVAL, 1),
            (false, _) => told.no_memory_in_any_way(),
        }
        return index.map_or((), |index| world.blocks[index].check());
    }
    told.nothing();
    assert_ne!(result, 0, "{wish:?} of {old:x?}");
    let total = total.expect("possible");
    let old_size = old.as_ref().map_or(0, |old| old.size);
    if let Some(old) = &old {
        old.check_kept(result, total);
    }
    let gained = if wish.is_array() { 0 } else { FRESH };
    // SAFETY: the block has this size now.
    unsafe { pattern::check_all(result, old_size, total, gained) };
    if let Some(index) = index {
        world.forget_block(index);
    }
    let kind = Kind::DebugAligned { alignment, offset };
    let process = world.process();
    let new = Block::of_kind(process, result, total, kind);
    let base = new.base;
    world.adopt(new);
    if let Some(old) = old.filter(|old| old.base != base) {
        world.freed(&old);
    }
}

/// Writes to a guard byte of a debug block, and has it found.
#[track_caller]
pub fn overrun(world: &World, block: Choice, place: u8, change: u8) {
    let suits = |block: &Block| matches!(block.kind, Kind::Debug { .. });
    let Some(index) = world.pick(block, suits) else { return };
    let block = &world.blocks[index];
    let place = usize::from(place) % (2 * GUARD);
    let place = match place.checked_sub(GUARD) {
        Some(behind) => block.address + block.size + behind,
        None => block.address - GUARD + place,
    };
    // SAFETY: a guard byte inside the heap's block, which nobody else uses.
    let old = unsafe { pattern::read(place) };
    // SAFETY: as above.
    unsafe { pattern::swap(place, old ^ change.max(1)) };
    let is_found = world.debug_flags & ALLOC_MEM != 0;
    assert_eq!(quietly(|| _CrtCheckMemory()), i32::from(!is_found), "the guard of {block:x?}");
    // SAFETY: as above.
    unsafe { pattern::swap(place, old) };
    assert_eq!(quietly(|| _CrtCheckMemory()), 1, "after the repair of {block:x?}");
}

/// Sets the debug flags, good or bad.
#[track_caller]
pub fn set_flags(world: &mut World, flags: u8, frequency: u16, valid: bool) {
    const DELAY_FREE: i32 = 2;
    const LEAK_CHECK: i32 = 0x20;
    let mask = if valid { KNOWN_FLAGS } else { 0xFF } & !DELAY_FREE & !LEAK_CHECK;
    let flags = i32::from(flags) & mask | (i32::from(frequency) << 16);
    let (old, told) = call(|| _CrtSetDbgFlag(flags));
    assert_eq!(old, world.debug_flags, "_CrtSetDbgFlag({flags:#x})");
    if flags & 0xFFFF & !KNOWN_FLAGS != 0 && flags != -1 {
        return told.errno(EINVAL, 1);
    }
    told.nothing();
    if flags != -1 {
        world.debug_flags = flags;
    }
}

/// What lists blocks lists those that there are.
#[track_caller]
fn check_lists(world: &World, before: &State, after: &State) {
    let uses = world.blocks.iter().filter_map(|block| match block.kind {
        Kind::Debug { block_use, .. } => Some(block_use & 0xFFFF),
        _ => None,
    });
    let uses: Vec<i32> = uses.collect();
    let clients = Cell::new(0);
    quietly(|| _CrtDoForAllClientObjects(Some(count), &clients));
    let is_on = world.debug_flags & ALLOC_MEM != 0;
    let expected = uses.iter().filter(|&&kind| is_on && kind == CLIENT_BLOCK).count();
    assert_eq!(clients.get(), expected, "client blocks");
    let is_aligned = |block: &Block| matches!(block.kind, Kind::DebugAligned { .. });
    let counts_crt = world.debug_flags & 0x10 != 0;
    let is_leak = |&kind: &i32| {
        kind == NORMAL_BLOCK || kind == CLIENT_BLOCK || counts_crt && kind == CRT_BLOCK
    };
    let leaks = quietly(|| _CrtDumpMemoryLeaks());
    // Aligned blocks may have been made while they didn't count.
    if !world.blocks.iter().any(is_aligned) {
        assert_eq!(leaks, i32::from(uses.iter().any(is_leak)), "_CrtDumpMemoryLeaks: {uses:x?}");
    }
    quietly(|| _CrtMemDumpStatistics(Some(after)));
    quietly(|| _CrtMemDumpAllObjectsSince(Some(before)));
}

extern "C-unwind" fn count(_: usize, context: &Cell<usize>) {
    context.set(context.get() + 1);
}

/// A difference of states around one allocation, and pointers that are no debug blocks.
#[track_caller]
pub fn ask(world: &mut World, kind: Type, size: Size, source: pointer::Source) {
    let (mut before, mut after, mut difference) =
        (State::default(), State::default(), State::default());
    quietly(|| _CrtMemCheckpoint(Some(&mut before)));
    let count = world.blocks.len();
    let Size(size) = size;
    allocate(world, kind, false, Product { count: 1, size }, false);
    quietly(|| _CrtMemCheckpoint(Some(&mut after)));
    let differs = quietly(|| _CrtMemDifference(Some(&mut difference), Some(&before), Some(&after)));
    let made = world.blocks.get(count);
    let (mut counts, mut sizes) = ([0; 5], [0; 5]);
    let mut is_counted = false;
    if let Some(Block { size, kind: Kind::Debug { block_use, .. }, .. }) = made {
        let place = (block_use & 0xFFFF) as usize;
        (counts[place], sizes[place]) = (1, *size);
        let counts_crt = world.debug_flags & 0x10 != 0;
        is_counted = matches!(place as i32, NORMAL_BLOCK | CLIENT_BLOCK)
            || counts_crt && place as i32 == CRT_BLOCK;
    }
    assert_eq!((difference.counts, difference.sizes), (counts, sizes), "_CrtMemDifference");
    assert_eq!(differs, i32::from(is_counted), "_CrtMemDifference of {made:x?}");
    assert_eq!(quietly(|| _CrtCheckMemory()), 1, "_CrtCheckMemory");
    check_lists(world, &before, &after);
    let (size, told) = call(|| _msize_dbg(0, NORMAL_BLOCK));
    assert_eq!(size, usize::MAX, "_msize_dbg(NULL)");
    told.errno(EINVAL, 1);
    quietly(|| _free_dbg(0, NORMAL_BLOCK));
    let Some(pointer) = source.resolve(world, world.process()) else { return };
    // An aligned block lies in a normal one, which has an address of its own.
    let is_debug = |block: &Block| [block.address, block.base + HEADER].contains(&pointer.address);
    if !world.blocks.iter().any(is_debug) {
        let found = quietly(|| _CrtReportBlockType(pointer.address));
        assert_eq!(found, -1, "_CrtReportBlockType of {pointer:x?}");
        let (size, told) = call(|| _msize_dbg(pointer.address, NORMAL_BLOCK));
        assert_eq!(size, usize::MAX, "_msize_dbg of {pointer:x?}");
        told.errno(EINVAL, 0);
        // Reported, and nothing done.
        quietly(|| _free_dbg(pointer.address, NORMAL_BLOCK));
    }
}
