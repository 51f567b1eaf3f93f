//! HeapAlloc, HeapReAlloc, HeapFree, and their Rtl twins.

use crate::abi::crt::{_free_base, _realloc_base, _recalloc};
use crate::abi::heapapi::{
    ERROR_NOT_ENOUGH_MEMORY, HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE,
    HEAP_REALLOC_IN_PLACE_ONLY, HEAP_SETTABLE_USER_FLAGS, HEAP_SETTABLE_USER_VALUE,
    HEAP_ZERO_MEMORY, HeapAlloc, HeapFree, HeapReAlloc,
};
use crate::abi::moveable::{GlobalFree, LocalFree};
use crate::abi::rtl::{
    RtlAllocateHeap, RtlFreeHeap, RtlMultipleAllocateHeap, RtlMultipleFreeHeap, RtlReAllocateHeap,
};
use crate::input::{Choice, Size};
use crate::model::block::{Block, Kind};
use crate::model::heap::Prospect;
use crate::model::world::World;
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

/// Flags of an allocation.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Flags {
    pub unserialized: bool,
    pub raises: bool,
    pub zero: bool,
    pub in_place: bool,
    pub value: bool,
    pub user: u8,
    /// Anything else, which is ignored: debugging flags, tags, what nobody knows.
    pub more: u32,
}

impl Flags {
    pub fn bits(self) -> u32 {
        let known = HEAP_NO_SERIALIZE
            | HEAP_GENERATE_EXCEPTIONS
            | HEAP_ZERO_MEMORY
            | HEAP_REALLOC_IN_PLACE_ONLY
            | HEAP_SETTABLE_USER_VALUE
            | HEAP_SETTABLE_USER_FLAGS;
        // Mostly none of those that mean nothing.
        let mut bits = if self.more.is_multiple_of(4) { self.more & !known } else { 0 };
        bits |= self.user_flags();
        for (wanted, flag) in [
            (self.unserialized, HEAP_NO_SERIALIZE),
            (self.raises, HEAP_GENERATE_EXCEPTIONS),
            (self.zero, HEAP_ZERO_MEMORY),
            (self.in_place, HEAP_REALLOC_IN_PLACE_ONLY),
            (self.value, HEAP_SETTABLE_USER_VALUE),
        ] {
            if wanted {
                bits |= flag;
            }
        }
        bits
    }

    /// Mostly none either: such blocks don't take the fast ways.
    fn user_flags(self) -> u32 {
        if self.user & 0x18 == 0 { u32::from(self.user & 7) << 9 } else { 0 }
    }
}

/// Allocates a block.
#[track_caller]
pub fn allocate(world: &mut World, heap: Choice, flags: Flags, size: Size, rtl: bool) {
    if world.is_full() {
        return;
    }
    let (handle, size) = (world.pick_heap(heap), world.limited(size));
    let allocate = if rtl { RtlAllocateHeap } else { HeapAlloc };
    let bits = flags.bits();
    let (address, told) = call(|| allocate(handle, bits, size));
    let heap = world.heap(handle);
    heap.prospect(None, size).check(address != 0);
    if address == 0 {
        return told.failure(&[ERROR_NOT_ENOUGH_MEMORY], heap.no_memory(bits));
    }
    told.nothing();
    adopt(world, handle, flags, size, address);
}

fn adopt(world: &mut World, handle: usize, flags: Flags, size: usize, address: usize) {
    if flags.zero {
        // SAFETY: a block of this size that was just allocated.
        unsafe { pattern::check_all(address, 0, size, 0) };
    }
    let value = flags.value.then_some(0);
    let flags = flags.user_flags();
    world.adopt(Block { value, flags, ..Block::plain(handle, address, size) });
}

/// Changes a plain block's size.
#[track_caller]
pub fn reallocate(world: &mut World, block: Choice, flags: Flags, size: Size, rtl: bool) {
    let Some(index) = world.pick(block, |block| block.kind == Kind::Plain) else { return };
    let size = world.limited(size);
    let old = world.blocks[index].clone();
    let reallocate = if rtl { RtlReAllocateHeap } else { HeapReAlloc };
    let bits = flags.bits();
    let (address, told) = call(|| reallocate(old.heap, bits, old.address, size));
    let heap = world.heap(old.heap);
    let mut prospect = heap.prospect(Some(old.size), size);
    if flags.in_place && size > old.size && prospect == Prospect::Certain {
        prospect = Prospect::Open;
    }
    prospect.check(address != 0);
    if address == 0 {
        told.failure(&[ERROR_NOT_ENOUGH_MEMORY], heap.no_memory(bits));
        return world.blocks[index].check();
    }
    told.nothing();
    if flags.in_place {
        assert_eq!(address, old.address, "HEAP_REALLOC_IN_PLACE_ONLY moved {old:x?}");
    }
    old.check_kept(address, size);
    if flags.zero {
        // SAFETY: the block has this size now.
        unsafe { pattern::check_all(address, old.size, size, 0) };
    }
    let user = if size > old.size { flags.user_flags() } else { old.flags };
    let new = Block { value: old.value, flags: user, ..Block::plain(old.heap, address, size) };
    world.replace(index, new);
}

/// Which function frees.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Way {
    Heap,
    Rtl,
    RtlMultiple,
    // The others only in the process heap, which all of them share.
    Free,
    Realloc,
    Recalloc,
    Local,
    Global,
}

/// Frees a plain block.
#[track_caller]
pub fn free(world: &mut World, block: Choice, way: Way, unserialized: bool) {
    let Some(index) = world.pick(block, |block| block.kind == Kind::Plain) else { return };
    let block = world.release(index);
    let Block { heap, address, .. } = block;
    let flags = if unserialized { HEAP_NO_SERIALIZE } else { 0 };
    let way = if heap == world.process() { way } else { way.of_any_heap() };
    match way {
        Way::Heap => assert_eq!(quietly(|| HeapFree(heap, flags, address)), 1, "HeapFree"),
        Way::Rtl => assert_eq!(quietly(|| RtlFreeHeap(heap, flags, address)), 1, "RtlFreeHeap"),
        Way::RtlMultiple => {
            let array = [0, address, 0];
            // SAFETY: three pointers.
            let freed = quietly(|| unsafe { RtlMultipleFreeHeap(heap, flags, 3, array.as_ptr()) });
            assert_eq!(freed, 3, "RtlMultipleFreeHeap");
        }
        Way::Free => quietly(|| _free_base(address)),
        Way::Realloc => assert_eq!(quietly(|| _realloc_base(address, 0)), 0, "realloc to 0"),
        Way::Recalloc => assert_eq!(quietly(|| _recalloc(address, 0, 8)), 0, "_recalloc to 0"),
        Way::Local => assert_eq!(quietly(|| LocalFree(address)), 0, "LocalFree"),
        Way::Global => assert_eq!(quietly(|| GlobalFree(address)), 0, "GlobalFree"),
    }
    world.freed(&block);
}

impl Way {
    fn of_any_heap(self) -> Self {
        match self {
            Self::Heap | Self::Rtl | Self::RtlMultiple => self,
            Self::Free | Self::Realloc => Self::Heap,
            Self::Recalloc | Self::Local => Self::Rtl,
            Self::Global => Self::RtlMultiple,
        }
    }
}

/// Allocates blocks in a fixed heap until it is full, and frees them again.
#[track_caller]
pub fn fill(world: &World, handle: usize, size: Size) {
    const MOST: usize = 64;
    let mut heap = world.heap(handle).clone();
    let Some(step) = heap.room().map(|room| room / MOST) else { return };
    let size = step + size.0 % (step + 16);
    let mut blocks = Vec::new();
    loop {
        let (address, told) = call(|| HeapAlloc(handle, 0, size));
        heap.prospect(None, size).check(address != 0);
        if address == 0 {
            told.failure(&[ERROR_NOT_ENOUGH_MEMORY], heap.no_memory(0));
            break;
        }
        told.nothing();
        heap.count(None, Some(size));
        blocks.push(address);
    }
    for block in blocks {
        assert_eq!(quietly(|| HeapFree(handle, 0, block)), 1, "HeapFree");
    }
}

/// Allocates several blocks at once.
#[track_caller]
pub fn allocate_multiple(world: &mut World, heap: Choice, flags: Flags, size: Size, count: u8) {
    const ROOM: usize = 8;
    const UNTOUCHED: usize = 0x7777;
    if world.is_full() {
        return;
    }
    let count = usize::from(count) % (ROOM + 1);
    let handle = world.pick_heap(heap);
    let mut size = world.limited(size);
    if !Size(size).is_too_much() {
        size = size.min(world.room() / ROOM);
    }
    let mut array = [UNTOUCHED; ROOM];
    let bits = flags.bits();
    // SAFETY: the array has room for at least so many.
    let (done, told) = call(|| unsafe {
        RtlMultipleAllocateHeap(handle, bits, size, count as u32, array.as_mut_ptr())
    });
    let done = done as usize;
    assert!(done <= count, "{done} blocks of {count}");
    if done == count {
        told.nothing();
    } else {
        told.failure(&[ERROR_NOT_ENOUGH_MEMORY], world.heap(handle).no_memory(bits));
    }
    for (index, &address) in array.iter().enumerate() {
        if index < done {
            assert_ne!(world.heap(handle).prospect(None, size), Prospect::Hopeless);
            adopt(world, handle, flags, size, address);
        } else {
            assert_eq!(address, UNTOUCHED, "element {index} after {done} blocks of {count}");
        }
    }
    if done < count {
        assert_ne!(world.heap(handle).prospect(None, size), Prospect::Certain, "too few blocks");
    }
}
