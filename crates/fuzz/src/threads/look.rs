//! Looking at a heap while other threads use it.

use crate::abi::crt::{self, _heapchk, _heapwalk, HeapInfo};
use crate::abi::heapapi::{
    Entry, HeapAlloc, HeapCompact, HeapCreate, HeapDestroy, HeapFree, HeapLock, HeapSize,
    HeapSummary, HeapUnlock, HeapValidate, HeapWalk, PROCESS_HEAP_ENTRY_BUSY, Summary,
};
use crate::calls::walk;
use crate::model::block::Block;
use crate::told::{call, quietly};
use std::thread;

/// While the heap is locked, nobody changes it.
#[track_caller]
pub fn locked(heap: usize, own: &[Block], create: bool) {
    assert_eq!(quietly(|| HeapLock(heap)), 1, "HeapLock");
    let held = Held(heap);
    let all = walk::elements(heap);
    let block = quietly(|| HeapAlloc(heap, 0, 40));
    if block != 0 {
        assert_eq!(quietly(|| HeapSize(heap, 0, block)), 40, "HeapSize under HeapLock");
        assert_eq!(quietly(|| HeapFree(heap, 0, block)), 1, "HeapFree under HeapLock");
    }
    assert_eq!(quietly(|| HeapValidate(heap, 0, 0)), 1, "HeapValidate under HeapLock");
    let busy = |all: &[Entry]| -> Vec<(usize, u32)> {
        let is_busy = |entry: &&Entry| entry.flags & PROCESS_HEAP_ENTRY_BUSY != 0;
        all.iter().filter(is_busy).map(|entry| (entry.data, entry.size)).collect()
    };
    let blocks = busy(&all);
    assert_eq!(blocks, busy(&walk::elements(heap)), "two walks under HeapLock");
    for block in own.iter().filter(|block| block.heap == heap) {
        let shown = blocks
            .iter()
            .any(|&(address, size)| (address, size as usize) == (block.base, block.base_size));
        assert!(shown, "no walk shows {block:x?}");
    }
    if create {
        let other = quietly(|| HeapCreate(0, 0, 0));
        assert_eq!(quietly(|| HeapValidate(other, 0, 0)), 1, "HeapValidate of a new heap");
        assert_eq!(quietly(|| HeapDestroy(other)), 1, "HeapDestroy under another heap's lock");
    }
    drop(held);
}

/// A lock that is given back also if a difference ends the thread, so that no other one waits.
struct Held(usize);

impl Drop for Held {
    fn drop(&mut self) {
        let (done, told) = call(|| HeapUnlock(self.0));
        if !thread::panicking() {
            assert_eq!(done, 1, "HeapUnlock");
            told.nothing();
        }
    }
}

/// What may be asked at any time.
#[track_caller]
pub fn unlocked(heap: usize, process: usize, own: &[Block]) {
    assert_eq!(quietly(|| HeapValidate(heap, 0, 0)), 1, "HeapValidate beside other threads");
    let mut summary = Summary { cb: size_of::<Summary>() as u32, ..Summary::default() };
    assert_eq!(quietly(|| HeapSummary(heap, 0, Some(&mut summary))), 1, "HeapSummary");
    let in_heap = own.iter().filter(|block| block.heap == heap);
    let bytes: usize = in_heap.map(|block| block.base_size).sum();
    assert!(summary.allocated >= bytes, "{summary:x?} with {bytes} bytes of this thread alone");
    let _ = call(|| HeapCompact(heap, 0));
    if heap == process {
        assert_eq!(quietly(|| _heapchk()), crt::HEAPOK, "_heapchk beside other threads");
    }
    own.iter().for_each(Block::check);
}

/// Walks while others change the heap: it may end at any time, but it ends.
#[track_caller]
pub fn walk_on(heap: usize, process: usize) {
    const MOST: usize = 10_000;
    let mut entry = Entry::default();
    for _ in 0..MOST {
        let (found, _) = call(|| HeapWalk(heap, Some(&mut entry)));
        if found == 0 {
            break;
        }
    }
    if heap == process {
        let mut info = HeapInfo::default();
        for _ in 0..MOST {
            let (result, told) = call(|| _heapwalk(Some(&mut info)));
            told.nothing();
            if result != crt::HEAPOK {
                break;
            }
        }
    }
}
