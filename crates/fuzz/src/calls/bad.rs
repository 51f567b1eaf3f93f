//! Pointers that are no blocks, and handles that are no heaps, given to every function that says so
//! instead of ending the process.

use crate::abi::heapapi::{
    ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, Entry, HEAP_GENERATE_EXCEPTIONS,
    HeapAlloc, HeapCompact, HeapDestroy, HeapFree, HeapLock, HeapReAlloc, HeapSize, HeapSummary,
    HeapUnlock, HeapValidate, HeapWalk, NO_ERROR, STATUS_ACCESS_VIOLATION, Summary,
};
use crate::abi::native::{self, heapmin_heap_summary, heapmin_heap_trim, heapmin_validate};
use crate::abi::rtl::{
    RtlDestroyHeap, RtlFreeHeap, RtlGetUserInfoHeap, RtlMultipleFreeHeap, RtlReAllocateHeap,
    RtlSetUserFlagsHeap, RtlSetUserValueHeap, RtlSizeHeap, RtlValidateHeap,
};
use crate::calls::heapapi::Flags;
use crate::calls::walk::{self, Cursor};
use crate::input::{Choice, Size};
use crate::model::handle;
use crate::model::pointer::{self, Memory};
use crate::model::world::World;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

/// What is done with a bad pointer.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Use {
    Free { rtl: bool },
    FreeMultiple,
    ReAlloc { rtl: bool, size: Size },
    Size { rtl: bool },
    Validate { rtl: bool },
    UserInfo,
    UserValue,
    UserFlags,
    Walk(Cursor),
    WalkCrt,
}

/// Uses a pointer that is no block of a heap.
#[track_caller]
pub fn pointer(world: &mut World, heap: Choice, source: pointer::Source, flags: Flags, how: Use) {
    let heap = world.pick_heap(heap);
    let Some(pointer) = source.resolve(world, heap) else { return };
    let (address, codes) = (pointer.address, pointer.codes());
    let bits = flags.bits();
    let fails = |result: u64, told: crate::told::Told| {
        assert_eq!(result, 0, "{how:?} of {pointer:x?}");
        told.one_of(codes);
    };
    match how {
        Use::Free { rtl } => {
            let free = |bits| match rtl {
                true => RtlFreeHeap(heap, bits, address),
                false => HeapFree(heap, bits, address) as u32,
            };
            let (freed, told) = call(|| free(bits));
            fails(freed.into(), told);
        }
        Use::FreeMultiple => {
            let array = [0, address, 0];
            // SAFETY: three pointers.
            let (freed, told) =
                call(|| unsafe { RtlMultipleFreeHeap(heap, bits, 3, array.as_ptr()) });
            told.one_of(&[ERROR_INVALID_PARAMETER, ERROR_NOACCESS]);
            assert_eq!(freed, 1, "freeing NULL and {pointer:x?}");
        }
        Use::ReAlloc { rtl, size } => {
            let reallocate = if rtl { RtlReAllocateHeap } else { HeapReAlloc };
            let size = world.limited(size);
            let (block, told) = call(|| reallocate(heap, bits, address, size));
            assert_eq!(block, 0, "resizing {pointer:x?}");
            told.failure(codes, world.heap(heap).bad_block(bits));
        }
        Use::Size { rtl } => {
            let size = if rtl { RtlSizeHeap } else { HeapSize };
            assert_eq!(quietly(|| size(heap, bits, address)), usize::MAX, "size of {pointer:x?}");
        }
        Use::Validate { rtl } => {
            let validate = |bits| match rtl {
                true => RtlValidateHeap(heap, bits, address).into(),
                false => HeapValidate(heap, bits, address),
            };
            let (is_valid, told) = call(|| validate(bits));
            assert_eq!(is_valid, 0, "validating {pointer:x?}");
            match pointer.memory {
                Memory::Mapped => told.nothing(),
                Memory::Unmapped => told.last_error(ERROR_NOACCESS),
                Memory::Unknown => told.nothing_or(ERROR_NOACCESS),
            }
        }
        Use::UserInfo => {
            let (mut value, mut user) = (7, 7);
            let (done, told) =
                call(|| RtlGetUserInfoHeap(heap, bits, address, Some(&mut value), Some(&mut user)));
            fails(done.into(), told);
            assert_eq!((value, user), (7, 7), "what was told of {pointer:x?}");
        }
        Use::UserValue => {
            let (done, told) = call(|| RtlSetUserValueHeap(heap, bits, address, 7));
            fails(done.into(), told);
        }
        Use::UserFlags => {
            let (done, told) = call(|| RtlSetUserFlagsHeap(heap, bits, address, 0x200, 0x400));
            fails(done.into(), told);
        }
        Use::Walk(cursor) => walk::go_on(heap, address, cursor),
        Use::WalkCrt => walk::go_on_crt(world, address),
    }
}

/// Uses a handle that is no heap's, with a live block, a bad pointer or none.
#[track_caller]
pub fn handle(world: &World, source: handle::Source, block: Choice, flags: Flags, size: Size) {
    let Some(heap) = source.resolve(world) else { return };
    let bits = flags.bits();
    let size = world.limited(size);
    let block = block.index(world.blocks.len()).map_or(size, |index| world.blocks[index].address);
    let exception = (bits & HEAP_GENERATE_EXCEPTIONS != 0).then_some(STATUS_ACCESS_VIOLATION);
    let bad = [ERROR_INVALID_HANDLE];

    let (result, told) = call(|| HeapAlloc(heap, bits, size));
    assert_eq!(result, 0, "HeapAlloc({heap:#x})");
    told.failure(&bad, exception);
    let (result, told) = call(|| HeapReAlloc(heap, bits, block, size));
    assert_eq!(result, 0, "HeapReAlloc({heap:#x})");
    told.failure(&bad, exception);
    let (result, told) = call(|| HeapSize(heap, bits, block));
    assert_eq!(result, usize::MAX, "HeapSize({heap:#x})");
    told.last_error(ERROR_INVALID_HANDLE);
    assert_eq!(quietly(|| HeapFree(heap, bits, 0)), 1, "HeapFree({heap:#x}, NULL)");
    assert_eq!(quietly(|| RtlDestroyHeap(heap)), heap, "RtlDestroyHeap({heap:#x})");

    let mut entry = Entry { more: [0xCD; 3], ..Entry::default() };
    let mut summary = Summary { cb: size_of::<Summary>() as u32, ..Summary::default() };
    let (mut value, mut user) = (7, 7);
    let fails = |name: &str, work: &mut dyn FnMut() -> u64| {
        let (result, told) = call(work);
        assert_eq!(result, 0, "{name}({heap:#x})");
        told.last_error(ERROR_INVALID_HANDLE);
    };
    // NULL frees nothing in any heap.
    if block != 0 {
        fails("HeapFree", &mut || HeapFree(heap, bits, block) as u64);
        fails("RtlFreeHeap", &mut || RtlFreeHeap(heap, bits, block).into());
    }
    fails("HeapValidate", &mut || HeapValidate(heap, bits, block) as u64);
    fails("HeapCompact", &mut || HeapCompact(heap, bits) as u64);
    fails("HeapLock", &mut || HeapLock(heap) as u64);
    fails("HeapUnlock", &mut || HeapUnlock(heap) as u64);
    fails("HeapDestroy", &mut || HeapDestroy(heap) as u64);
    fails("HeapWalk", &mut || HeapWalk(heap, Some(&mut entry)) as u64);
    fails("HeapSummary", &mut || HeapSummary(heap, 0, Some(&mut summary)) as u64);
    fails("RtlGetUserInfoHeap", &mut || {
        RtlGetUserInfoHeap(heap, bits, block, Some(&mut value), Some(&mut user)).into()
    });
    assert_eq!(entry, Entry { more: [0xCD; 3], ..Entry::default() }, "HeapWalk wrote an entry");
    assert_eq!((summary.allocated, value, user), (0, 7, 7), "something was written");

    if heap != 0 {
        // NULL stands for all heaps here.
        assert_eq!(quietly(|| heapmin_validate(heap, None)), native::NO_HEAP);
        let mut summary = native::Summary { blocks: 7, ..native::Summary::default() };
        assert_eq!(quietly(|| heapmin_heap_summary(heap, Some(&mut summary))), 0);
        assert_eq!(summary.blocks, 0, "the summary of no heap");
        assert_eq!(quietly(|| heapmin_heap_trim(heap, None)), 0);
    }
}

/// NULL for a block, which each function takes in its own way.
#[track_caller]
pub fn null_block(world: &World, heap: Choice, flags: Flags, size: Size) {
    let heap = world.pick_heap(heap);
    let bits = flags.bits();
    let (block, told) = call(|| HeapReAlloc(heap, bits, 0, size.0));
    assert_eq!(block, 0, "HeapReAlloc(NULL)");
    told.last_error(NO_ERROR);
    assert_eq!(quietly(|| HeapFree(heap, bits, 0)), 1, "HeapFree(NULL)");
    assert_eq!(quietly(|| HeapFree(0, bits, 0)), 1, "HeapFree(NULL, NULL)");
    assert_eq!(quietly(|| HeapSize(heap, bits, 0)), usize::MAX, "HeapSize(NULL)");
    let (found, told) = call(|| HeapWalk(heap, None));
    assert_eq!(found, 0, "HeapWalk(NULL)");
    told.one_of(&[ERROR_INVALID_PARAMETER, ERROR_NOACCESS]);
}
