//! HeapWalk, RtlWalkHeap, `_heapwalk`, and what has to agree with them: HeapSummary, HeapValidate,
//! HeapCompact.

use crate::abi::crt::{self, _heapchk, _heapwalk, HeapInfo};
use crate::abi::heapapi::{
    ERROR_INVALID_PARAMETER, ERROR_NO_MORE_ITEMS, ERROR_NOACCESS, Entry, HeapCompact, HeapSummary,
    HeapValidate, HeapWalk, PROCESS_HEAP_ENTRY_BUSY, PROCESS_HEAP_ENTRY_DDESHARE,
    PROCESS_HEAP_ENTRY_MOVEABLE, PROCESS_HEAP_REGION, PROCESS_HEAP_UNCOMMITTED_RANGE, Summary,
};
use crate::abi::native::{self, heapmin_heap_summary, heapmin_validate};
use crate::abi::rtl::{
    RTL_HEAP_BUSY, RTL_HEAP_FLAGS_SHIFT, RTL_HEAP_SETTABLE_VALUE, RTL_HEAP_USER_FLAGS,
    RtlCompactHeap, RtlWalkHeap, STATUS_NO_MORE_ENTRIES, WalkEntry,
};
use crate::memory;
use crate::model::block::{Block, Kind};
use crate::model::heap::Extent;
use crate::model::world::World;
use crate::pattern;
use crate::told::{call, quietly};
use arbitrary::Arbitrary;

/// Garbage that a walk starts with, but for its null address.
const START: Entry = Entry {
    data: 0,
    size: 0xCDCD_CDCD,
    overhead: 0xCD,
    region: 0xCD,
    flags: 0xCDCD,
    more: [0xCDCD_CDCD_CDCD_CDCD; 3],
};

/// All elements of a heap.
#[track_caller]
pub fn elements(heap: usize) -> Vec<Entry> {
    let mut entry = START;
    let mut all = Vec::new();
    loop {
        let (found, told) = call(|| HeapWalk(heap, Some(&mut entry)));
        if found == 0 {
            told.last_error(ERROR_NO_MORE_ITEMS);
            return all;
        }
        told.nothing();
        assert_eq!(found, 1, "HeapWalk's result");
        assert!(all.len() < 1 << 20, "a walk without end");
        all.push(entry);
    }
}

/// Where the first element of a heap is.
#[track_caller]
pub fn first_region(heap: usize) -> usize {
    let mut entry = START;
    assert_eq!(quietly(|| HeapWalk(heap, Some(&mut entry))), 1, "a heap has elements");
    entry.data
}

fn is_busy(entry: &Entry) -> bool {
    entry.flags & PROCESS_HEAP_ENTRY_BUSY != 0
}

/// The live blocks that a walk shows.
#[track_caller]
pub fn busy_blocks(heap: usize) -> Vec<(usize, usize)> {
    let all = elements(heap);
    all.iter()
        .filter(|entry| is_busy(entry))
        .map(|entry| (entry.data, entry.size as usize))
        .collect()
}

/// Walks a heap in each way there is, and compares with the model.
#[track_caller]
pub fn check(world: &mut World, heap: usize) {
    let all = elements(heap);
    assert_eq!(all, elements(heap), "two walks differ");
    check_elements(heap, &all);
    check_regions(&all);
    let busy: Vec<&Entry> = all.iter().filter(|entry| is_busy(entry)).collect();
    check_blocks(world, heap, &busy);
    check_rtl(world, heap, &all);
    check_summary(world, heap, &busy);
    assert_eq!(quietly(|| HeapValidate(heap, 0, 0)), 1, "HeapValidate of heap {heap:#x}");
    assert_eq!(quietly(|| heapmin_validate(heap, None)), native::INTACT);
    if heap == world.process() {
        assert_eq!(quietly(|| _heapchk()), crt::HEAPOK, "_heapchk");
        check_crt(&busy);
    }
    for block in world.blocks.iter().filter(|block| block.heap == heap) {
        block.check();
    }
}

#[track_caller]
fn check_elements(heap: usize, all: &[Entry]) {
    let first = all.first().expect("a heap has elements");
    assert_eq!(first.flags, PROCESS_HEAP_REGION, "the first element");
    // A heap whose handle is memory of the program's has its blocks elsewhere.
    assert!(first.data == heap || heap == memory::base(), "the first element of {heap:#x}");
    let marks = PROCESS_HEAP_ENTRY_MOVEABLE | PROCESS_HEAP_ENTRY_DDESHARE;
    let mut pieces = Vec::new();
    for entry in all {
        let kind = if is_busy(entry) { entry.flags & !marks } else { entry.flags };
        let kinds =
            [PROCESS_HEAP_REGION, PROCESS_HEAP_UNCOMMITTED_RANGE, PROCESS_HEAP_ENTRY_BUSY, 0];
        assert!(kinds.contains(&kind), "the flags of {entry:x?}");
        if kind != PROCESS_HEAP_REGION {
            let end = entry.data + entry.size as usize + usize::from(entry.overhead);
            pieces.push((entry.data, end));
        }
        if !is_busy(entry) {
            let (is_valid, told) = call(|| HeapValidate(heap, 0, entry.data));
            told.nothing_or(ERROR_NOACCESS);
            assert_eq!(is_valid, 0, "an element that is no live block is valid: {entry:x?}");
        }
    }
    pieces.sort_unstable();
    for pair in pieces.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "elements overlap: {pair:x?}");
    }
}

/// What a region has committed is in its elements, and what it hasn't, too.
#[track_caller]
fn check_regions(all: &[Entry]) {
    let is = |entry: &Entry, flag| entry.flags & flag != 0;
    for region in all.iter().filter(|entry| is(entry, PROCESS_HEAP_REGION)) {
        let (committed, uncommitted) = (region.more[0] & 0xFFFF_FFFF, region.more[0] >> 32);
        let [_, first_block, end] = region.more;
        assert!(first_block <= end, "{region:x?}");
        // Some have their header elsewhere.
        let header = region.size as usize + usize::from(region.overhead);
        let header = if region.data + header == first_block { header } else { 0 };
        let (mut found, mut reserved) = (header, 0);
        for entry in all.iter().filter(|entry| !is(entry, PROCESS_HEAP_REGION)) {
            let bytes = entry.size as usize + usize::from(entry.overhead);
            if !(first_block..end).contains(&entry.data) {
            } else if is(entry, PROCESS_HEAP_UNCOMMITTED_RANGE) {
                reserved += bytes;
            } else {
                found += bytes;
            }
        }
        assert_eq!((found, reserved), (committed, uncommitted), "elements in {region:x?}");
    }
}

/// The walk shows exactly the live blocks.
#[track_caller]
fn check_blocks(world: &World, heap: usize, busy: &[&Entry]) {
    let mut shown: Vec<(usize, usize)> =
        busy.iter().map(|entry| (entry.data, entry.size as usize)).collect();
    let mut live: Vec<(usize, usize)> = world
        .blocks
        .iter()
        .filter(|block| block.heap == heap)
        .map(|block| (block.base, block.base_size))
        .collect();
    if heap == world.process() {
        live.extend(world.residents.iter().map(|(&address, &size)| (address, size)));
    }
    shown.sort_unstable();
    live.sort_unstable();
    assert_eq!(shown, live, "blocks that the walk of {heap:#x} shows, and those that live");
    for entry in busy {
        let block = world.blocks.iter().find(|block| block.base == entry.data);
        check_marks(world, entry, block);
    }
}

#[track_caller]
fn check_marks(world: &World, entry: &Entry, block: Option<&Block>) {
    let mut flags = PROCESS_HEAP_ENTRY_BUSY;
    if let Some(Block { kind: Kind::Moveable { handle }, .. }) = block {
        flags |= PROCESS_HEAP_ENTRY_MOVEABLE;
        if world.objects.iter().any(|object| object.handle == *handle && object.shared) {
            flags |= PROCESS_HEAP_ENTRY_DDESHARE;
        }
        assert_eq!(entry.more[0], *handle, "hMem of {entry:x?}");
    }
    assert_eq!(entry.flags, flags, "the flags of {entry:x?}, {block:x?}");
}

#[track_caller]
fn check_rtl(world: &World, heap: usize, all: &[Entry]) {
    let mut entry = WalkEntry { flags: 0xCDCD, segment: 0xCD, ..WalkEntry::default() };
    for expected in all {
        assert_eq!(
            quietly(|| RtlWalkHeap(heap, Some(&mut entry))),
            0,
            "RtlWalkHeap at {expected:x?}"
        );
        let found = (entry.data, entry.size, entry.overhead, entry.segment);
        let same = (expected.data, expected.size as usize, expected.overhead, expected.region);
        assert_eq!(found, same, "the element of RtlWalkHeap");
        assert_eq!(entry.flags & RTL_HEAP_BUSY != 0, is_busy(expected), "{entry:x?}");
        let block = world.blocks.iter().find(|block| block.base == entry.data);
        if let Some(block) = block.filter(|_| is_busy(expected)) {
            let user = (block.flags >> RTL_HEAP_FLAGS_SHIFT) as u16;
            assert_eq!(entry.flags & RTL_HEAP_USER_FLAGS, user, "flags of {block:x?}: {entry:x?}");
            if let Some(value) = block.value {
                assert_ne!(entry.flags & RTL_HEAP_SETTABLE_VALUE, 0, "{entry:x?}");
                assert_eq!(entry.more[0], value, "the value of {block:x?} in {entry:x?}");
            }
        }
    }
    let end = quietly(|| RtlWalkHeap(heap, Some(&mut entry)));
    assert_eq!(end, STATUS_NO_MORE_ENTRIES, "the end of RtlWalkHeap");
}

#[track_caller]
fn check_summary(world: &World, heap: usize, busy: &[&Entry]) {
    let mut summary = Summary { cb: size_of::<Summary>() as u32, ..Summary::default() };
    assert_eq!(quietly(|| HeapSummary(heap, 0, Some(&mut summary))), 1, "HeapSummary");
    let allocated: usize = busy.iter().map(|entry| entry.size as usize).sum();
    assert_eq!(summary.allocated, allocated, "cbAllocated against the walk");
    let elements = elements(heap);
    let bytes = |wanted: bool| -> usize {
        let is_wanted =
            |entry: &&Entry| (entry.flags & PROCESS_HEAP_UNCOMMITTED_RANGE != 0) == wanted;
        let bytes = |entry: &Entry| entry.size as usize + usize::from(entry.overhead);
        elements.iter().filter(is_wanted).map(bytes).sum()
    };
    assert_eq!(summary.committed, bytes(false), "cbCommitted against the walk");
    assert_eq!(summary.reserved - summary.committed, bytes(true), "cbReserved against the walk");
    assert!(summary.committed >= summary.allocated, "{summary:x?}");
    assert!(summary.reserved >= summary.committed, "{summary:x?}");
    // That of a fixed heap is what was asked for, whatever its regions take.
    match world.heap(heap).extent {
        Extent::Growable => assert!(summary.maximum >= summary.reserved, "{summary:x?}"),
        Extent::Fixed { reserve } | Extent::Committed { reserve } => {
            assert!(summary.maximum >= reserve, "{summary:x?}");
        }
    }
    let mut own = native::Summary::default();
    assert_eq!(quietly(|| heapmin_heap_summary(heap, Some(&mut own))), 1);
    assert_eq!((own.allocated, own.blocks), (allocated, busy.len()), "heapmin_heap_summary");
    let (largest, told) = call(|| HeapCompact(heap, 0));
    if largest == 0 {
        told.last_error(0)
    } else {
        told.nothing()
    }
    assert!(largest <= summary.committed, "HeapCompact: {largest:#x}, {summary:x?}");
    let (same, _) = call(|| RtlCompactHeap(heap, 0));
    assert_eq!(same, largest, "RtlCompactHeap");
}

/// All free blocks that `_heapwalk` shows are filled with this byte.
#[track_caller]
pub fn check_fill(fill: u8) {
    let mut info = HeapInfo::default();
    while quietly(|| _heapwalk(Some(&mut info))) == crt::HEAPOK {
        if info.useflag == crt::FREEENTRY {
            // SAFETY: a free block, which is memory and which nobody uses.
            unsafe { pattern::check_all(info.pentry, 0, info.size, fill) };
        }
    }
}

#[track_caller]
fn check_crt(busy: &[&Entry]) {
    let mut info = HeapInfo { pentry: 0, size: 0xCDCD, useflag: 0xCDCD };
    let mut used = Vec::new();
    for _ in 0..1 << 20 {
        let result = quietly(|| _heapwalk(Some(&mut info)));
        if result == crt::HEAPEND {
            let mut shown: Vec<_> =
                busy.iter().map(|entry| (entry.data, entry.size as usize)).collect();
            used.sort_unstable();
            shown.sort_unstable();
            assert_eq!(used, shown, "used entries of _heapwalk and those of HeapWalk");
            return;
        }
        assert_eq!(result, crt::HEAPOK, "_heapwalk at {info:x?}");
        match info.useflag {
            crt::USEDENTRY => used.push((info.pentry, info.size)),
            other => assert_eq!(other, crt::FREEENTRY, "the use of {info:x?}"),
        }
    }
    panic!("a walk without end");
}

/// A cursor that no walk gave.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Cursor {
    flags: u16,
    region: u8,
    size: u32,
    overhead: u8,
}

/// Walks on from a cursor with any address. Whatever comes of it, it is an element or a refusal.
#[track_caller]
pub fn go_on(heap: usize, address: usize, cursor: Cursor) {
    let Cursor { flags, region, size, overhead } = cursor;
    let mut entry = Entry { data: address, size, overhead, region, flags, more: [0; 3] };
    let before = entry;
    let (found, told) = call(|| HeapWalk(heap, Some(&mut entry)));
    if found == 0 {
        told.one_of(&[ERROR_INVALID_PARAMETER, ERROR_NO_MORE_ITEMS]);
        assert_eq!(entry, before, "a refused entry changed");
    } else {
        told.nothing();
        let shown = elements(heap).iter().any(|element| element.data == entry.data);
        assert!(shown, "a walk from {before:x?} came to {entry:x?}, which is no element");
    }
    let mut entry = WalkEntry {
        data: address,
        flags,
        segment: region,
        size: size as usize,
        overhead,
        ..WalkEntry::default()
    };
    quietly(|| RtlWalkHeap(heap, Some(&mut entry)));
}

/// The same for `_heapwalk`.
#[track_caller]
pub fn go_on_crt(world: &World, address: usize) {
    let mut info = HeapInfo { pentry: address, size: 0xCDCD, useflag: 0xCDCD };
    let result = quietly(|| _heapwalk(Some(&mut info)));
    match result {
        crt::HEAPOK => {
            let process = world.process();
            let shown = elements(process).iter().any(|element| element.data == info.pentry);
            assert!(shown, "_heapwalk from {address:#x} came to {info:x?}, which is no element");
        }
        other => assert!(
            [crt::HEAPBADPTR, crt::HEAPBADNODE, crt::HEAPEND].contains(&other),
            "_heapwalk from {address:#x}: {other}"
        ),
    }
}
