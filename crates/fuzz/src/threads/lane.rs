//! What one thread does, on blocks of its own.

use super::{Shared, look, objects};
use crate::abi::crt::{
    _aligned_free, _aligned_offset_malloc, _aligned_offset_realloc, _calloc_base, _free_base,
    _heapmin, _realloc_base, _recalloc,
};
use crate::abi::debug::{_CrtCheckMemory, _CrtIsMemoryBlock, _free_dbg, _malloc_dbg, NORMAL_BLOCK};
use crate::abi::heapapi::{
    ERROR_NOT_ENOUGH_MEMORY, GetProcessHeaps, HEAP_REALLOC_IN_PLACE_ONLY, HEAP_ZERO_MEMORY,
    HeapAlloc, HeapCreate, HeapDestroy, HeapFree, HeapReAlloc,
};
use crate::abi::moveable::{GlobalAlloc, GlobalFree, GlobalLock, GlobalReAlloc, GlobalUnlock};
use crate::abi::moveable::{MOVEABLE, ZEROINIT};
use crate::abi::native::{self, heapmin_heap_trim, heapmin_validate};
use crate::abi::rtl::{RtlFreeHeap, RtlValidateHeap};
use crate::input::{Choice, Size};
use crate::model::block::{Block, Kind};
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;
use std::sync::PoisonError;

/// Bytes and blocks of one thread.
const MOST_BYTES: usize = 4 << 20;
const MOST_BLOCKS: usize = 60;

/// A call of a thread.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Call {
    Allocate { heap: Choice, size: Size, zero: bool },
    Reallocate { block: Choice, size: Size, zero: bool, in_place: bool },
    Free { block: Choice },
    FreeMany { block: Choice, count: u8 },
    Post { block: Choice },
    Take { choice: Choice, free: bool },
    Calloc { size: Size },
    Resize { block: Choice, size: Size, zero: bool },
    Aligned { size: Size, shift: u8, offset: u8 },
    ResizeAligned { block: Choice, size: Size },
    Debug { size: Size },
    Object { size: Size, again: Size },
    SharedObject { object: Choice, what: objects::Use, times: u8 },
    Churn { heap: Choice, size: Size, times: u8 },
    Locked { heap: Choice, create: bool },
    Look { heap: Choice },
    WalkOn { heap: Choice },
    Trim { heap: Choice, all: bool },
    OwnHeap { size: Size, count: u8 },
    CheckAll,
}

/// The state of one thread.
pub struct Lane {
    blocks: Vec<Block>,
    seed: u8,
}

impl Lane {
    pub const fn new() -> Self {
        Self { blocks: Vec::new(), seed: 0 }
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// Frees everything.
    pub fn end(self) {
        for block in self.blocks {
            free(&block);
        }
    }

    fn pick(&self, choice: Choice, suits: impl Fn(&Block) -> bool) -> Option<usize> {
        let suitable = || (0..self.blocks.len()).filter(|&index| suits(&self.blocks[index]));
        suitable().nth(choice.index(suitable().count())?)
    }

    fn is_full(&self) -> bool {
        self.blocks.len() >= MOST_BLOCKS
    }

    fn limited(&self, size: Size) -> usize {
        let used: usize = self.blocks.iter().map(|block| block.base_size).sum();
        let Size(bytes) = size;
        if size.is_too_much() { bytes } else { bytes % (MOST_BYTES.saturating_sub(used) + 64) }
    }

    #[track_caller]
    fn adopt(&mut self, mut block: Block) {
        block.check_known();
        self.seed = self.seed.wrapping_add(1);
        block.fill(self.seed);
        self.blocks.push(block);
    }

    /// Makes the call and checks what it did.
    #[track_caller]
    pub fn run(&mut self, shared: &Shared, what: Call) {
        let [process, ..] = shared.heaps;
        match what {
            Call::Allocate { heap, size, zero } => self.allocate(shared, heap, size, zero),
            Call::Reallocate { block, size, zero, in_place } => {
                self.reallocate(shared, block, size, zero, in_place);
            }
            Call::Free { block } => self.free_some(block, 1),
            Call::FreeMany { block, count } => self.free_some(block, count % 16),
            Call::Post { block } => {
                let Some(index) = block.index(self.blocks.len()) else { return };
                let block = self.blocks.swap_remove(index);
                shared.posted.lock().unwrap_or_else(PoisonError::into_inner).push(block);
            }
            Call::Take { choice, free: is_freed } => {
                let mut posted = shared.posted.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(index) = choice.index(posted.len()) else { return };
                let block = posted.swap_remove(index);
                drop(posted);
                block.check();
                if is_freed || self.is_full() { free(&block) } else { self.blocks.push(block) }
            }
            Call::Calloc { size } => self.calloc(process, size),
            Call::Resize { block, size, zero } => self.resize(process, block, size, zero),
            Call::Aligned { size, shift, offset } => self.aligned(process, size, shift, offset),
            Call::ResizeAligned { block, size } => self.resize_aligned(block, size),
            Call::Debug { size } => self.debug(process, size),
            Call::Object { size, again } => self.object(size, again),
            Call::SharedObject { object, what, times } => {
                let Some(index) = object.index(objects::COUNT) else { return };
                for _ in 0..=times {
                    objects::run(&shared.objects, index, what);
                }
            }
            Call::Churn { heap, size, times } => {
                let (heap, size) = (shared.pick(heap), self.limited(size));
                for _ in 0..=times {
                    let block = call(|| HeapAlloc(heap, 0, size % 2000)).0;
                    // The fixed heap may be full.
                    if block != 0 {
                        assert_eq!(quietly(|| HeapFree(heap, 0, block)), 1, "HeapFree");
                    }
                }
            }
            Call::Locked { heap, create } => look::locked(shared.pick(heap), &self.blocks, create),
            Call::Look { heap } => look::unlocked(shared.pick(heap), process, &self.blocks),
            Call::WalkOn { heap } => look::walk_on(shared.pick(heap), process),
            Call::Trim { heap, all } => {
                let heap = if all { 0 } else { shared.pick(heap) };
                assert_eq!(quietly(|| heapmin_heap_trim(heap, None)), 1, "a trim");
                if all {
                    assert_eq!(quietly(|| _heapmin()), 0, "_heapmin");
                }
            }
            Call::OwnHeap { size, count } => self.own_heap(size, count),
            Call::CheckAll => {
                assert_eq!(quietly(|| RtlValidateHeap(0, 0, 0)), 1, "all heaps");
                assert_eq!(quietly(|| heapmin_validate(0, None)), native::INTACT, "all heaps");
                self.blocks.iter().for_each(Block::check);
            }
        }
    }

    #[track_caller]
    fn allocate(&mut self, shared: &Shared, heap: Choice, size: Size, zero: bool) {
        if self.is_full() {
            return;
        }
        let (heap, size) = (shared.pick(heap), self.limited(size));
        let flags = if zero { HEAP_ZERO_MEMORY } else { 0 };
        let (address, told) = call(|| HeapAlloc(heap, flags, size));
        if address == 0 {
            assert!(Size(size).is_too_much() || shared.is_fixed(heap), "no {size} bytes");
            return told.last_error(ERROR_NOT_ENOUGH_MEMORY);
        }
        told.nothing();
        if zero {
            // SAFETY: a block of this size that was just allocated.
            unsafe { pattern::check_all(address, 0, size, 0) };
        }
        self.adopt(Block::plain(heap, address, size));
    }

    #[track_caller]
    fn reallocate(&mut self, shared: &Shared, block: Choice, size: Size, zero: bool, stay: bool) {
        let Some(index) = self.pick(block, |block| block.kind == Kind::Plain) else { return };
        let size = self.limited(size);
        let old = self.blocks[index].clone();
        let mut flags = if zero { HEAP_ZERO_MEMORY } else { 0 };
        if stay {
            flags |= HEAP_REALLOC_IN_PLACE_ONLY;
        }
        let (address, told) = call(|| HeapReAlloc(old.heap, flags, old.address, size));
        if address == 0 {
            let may_fail =
                Size(size).is_too_much() || size > old.size && (stay || shared.is_fixed(old.heap));
            assert!(may_fail, "{old:x?} can't have {size} bytes");
            told.last_error(ERROR_NOT_ENOUGH_MEMORY);
            return self.blocks[index].check();
        }
        told.nothing();
        assert!(!stay || address == old.address, "{old:x?} moved");
        self.replace(index, address, size, zero);
    }

    /// A plain block has another size now.
    #[track_caller]
    fn replace(&mut self, index: usize, address: usize, size: usize, zero: bool) {
        let old = self.blocks.swap_remove(index);
        old.check_kept(address, size);
        if zero {
            // SAFETY: the block has this size now.
            unsafe { pattern::check_all(address, old.size, size, 0) };
        }
        self.adopt(Block::plain(old.heap, address, size));
    }

    fn free_some(&mut self, block: Choice, count: u8) {
        for _ in 0..count {
            let Some(index) = block.index(self.blocks.len()) else { return };
            free(&self.blocks.swap_remove(index));
        }
    }

    #[track_caller]
    fn calloc(&mut self, process: usize, size: Size) {
        let size = self.limited(size);
        if self.is_full() {
            return;
        }
        let (address, told) = call(|| _calloc_base(1, size));
        if Size(size).is_too_much() {
            assert_eq!(address, 0, "{size} bytes");
            return told.no_memory(0, 0);
        }
        told.nothing();
        // SAFETY: a block of this size that was just allocated.
        unsafe { pattern::check_all(address, 0, size, 0) };
        self.adopt(Block::plain(process, address, size));
    }

    #[track_caller]
    fn resize(&mut self, process: usize, block: Choice, size: Size, zero: bool) {
        let suits = |block: &Block| block.heap == process && block.kind == Kind::Plain;
        let Some(index) = self.pick(block, suits) else { return };
        let size = self.limited(size).max(1);
        let old = self.blocks[index].address;
        let (address, told) =
            call(|| if zero { _recalloc(old, 1, size) } else { _realloc_base(old, size) });
        if Size(size).is_too_much() {
            assert_eq!(address, 0, "{size} bytes");
            return told.no_memory(0, 0);
        }
        told.nothing();
        self.replace(index, address, size, zero);
    }

    #[track_caller]
    fn aligned(&mut self, process: usize, size: Size, shift: u8, offset: u8) {
        let size = self.limited(size);
        if self.is_full() || Size(size).is_too_much() {
            return;
        }
        let alignment = 1 << (shift % 13);
        let offset = usize::from(offset) % size.max(1);
        let address = quietly(|| _aligned_offset_malloc(size, alignment, offset));
        assert_ne!(address, 0, "no {size} bytes aligned to {alignment}");
        let kind = Kind::Aligned { alignment, offset };
        self.adopt(Block::of_kind(process, address, size, kind));
    }

    #[track_caller]
    fn resize_aligned(&mut self, block: Choice, size: Size) {
        let suits = |block: &Block| matches!(block.kind, Kind::Aligned { .. });
        let Some(index) = self.pick(block, suits) else { return };
        let Kind::Aligned { alignment, offset } = self.blocks[index].kind else { return };
        let size = self.limited(size);
        if Size(size).is_too_much() || size <= offset {
            return;
        }
        let old = self.blocks.swap_remove(index);
        let address = quietly(|| _aligned_offset_realloc(old.address, size, alignment, offset));
        assert_ne!(address, 0, "no {size} bytes aligned to {alignment}");
        old.check_kept(address, size);
        self.adopt(Block::of_kind(old.heap, address, size, old.kind));
    }

    #[track_caller]
    fn debug(&mut self, process: usize, size: Size) {
        let size = self.limited(size);
        if self.is_full() || Size(size).is_too_much() {
            return;
        }
        let address = quietly(|| _malloc_dbg(size, NORMAL_BLOCK, 0, 0));
        let mut request = 0;
        let size32 = u32::try_from(size).expect("blocks are below 4 GiB");
        let is_block =
            quietly(|| _CrtIsMemoryBlock(address, size32, Some(&mut request), None, None));
        assert_eq!(is_block, 1, "_CrtIsMemoryBlock of {address:#x}");
        let kind = Kind::Debug { block_use: NORMAL_BLOCK, request };
        self.adopt(Block::of_kind(process, address, size, kind));
        assert_eq!(quietly(|| _CrtCheckMemory()), 1, "_CrtCheckMemory");
    }

    /// The life of a moveable object.
    #[track_caller]
    fn object(&self, size: Size, again: Size) {
        let (size, again) = (self.limited(size), self.limited(again));
        if Size(size).is_too_much() || Size(again).is_too_much() {
            return;
        }
        let object = quietly(|| GlobalAlloc(MOVEABLE, size));
        assert_eq!(object % 16, 8, "a moveable object");
        let same = quietly(|| GlobalReAlloc(object, again, MOVEABLE | ZEROINIT));
        assert_eq!(same, object, "GlobalReAlloc");
        if again != 0 {
            let data = quietly(|| GlobalLock(object));
            // SAFETY: the object's data, which has this size.
            unsafe { pattern::check_all(data, size, again, 0) };
            let (still, told) = call(|| GlobalUnlock(object));
            assert_eq!(still, 0, "GlobalUnlock");
            told.last_error(0);
        }
        assert_eq!(quietly(|| GlobalFree(object)), 0, "GlobalFree");
    }

    /// A heap for this thread alone, destroyed with its blocks.
    #[track_caller]
    fn own_heap(&self, size: Size, count: u8) {
        let heap = quietly(|| HeapCreate(u32::from(count & 1), 0, 0));
        assert_ne!(heap, 0, "HeapCreate");
        let size = self.limited(size) % (64 << 10);
        for _ in 0..count % 8 {
            let address = quietly(|| HeapAlloc(heap, HEAP_ZERO_MEMORY, size));
            // SAFETY: a block of this size that was just allocated.
            unsafe { pattern::check_all(address, 0, size, 0) };
            Block::plain(heap, address, size).check_known();
        }
        let mut handles = [0; 16];
        // SAFETY: the array has so much room.
        let total = quietly(|| unsafe { GetProcessHeaps(16, handles.as_mut_ptr()) });
        assert!(total < 16 && handles.contains(&heap), "{heap:#x} among {handles:x?}");
        assert_eq!(quietly(|| HeapDestroy(heap)), 1, "HeapDestroy");
    }
}

/// Checks a block's contents and frees it.
#[track_caller]
pub fn free(block: &Block) {
    let Block { heap, address, .. } = *block;
    block.check();
    match block.kind {
        Kind::Aligned { .. } => quietly(|| _aligned_free(address)),
        Kind::Debug { block_use, .. } => quietly(|| _free_dbg(address, block_use)),
        _ if block.seed.is_multiple_of(3) => {
            assert_eq!(quietly(|| RtlFreeHeap(heap, 0, address)), 1)
        }
        _ if heap == crate::abi::heapapi::GetProcessHeap() => quietly(|| _free_base(address)),
        _ => assert_eq!(quietly(|| HeapFree(heap, 0, address)), 1, "HeapFree"),
    }
}

impl Shared {
    fn pick(&self, choice: Choice) -> usize {
        choice.index(self.heaps.len()).map_or(self.heaps[0], |index| self.heaps[index])
    }

    fn is_fixed(&self, heap: usize) -> bool {
        heap == self.heaps[2]
    }
}
