//! All heaps, blocks and objects, and what there was before.

use super::block::{Block, Kind};
use super::heap::{Extent, Heap};
use super::object::Object;
use crate::abi::crt::_aligned_free;
use crate::abi::crt::{_freea, _set_new_handler, _set_new_mode};
use crate::abi::debug::{_CrtSetDbgFlag, _aligned_free_dbg, _free_dbg, ALLOC_MEM};
use crate::abi::heapapi::{
    ERROR_NOACCESS, GetProcessHeap, HeapDestroy, HeapFree, HeapUnlock, HeapValidate,
};
use crate::abi::moveable::GlobalFree;
use crate::calls::{information, walk};
use crate::input::{Choice, NO_SUCH_SIZE, Size};
use crate::told::{self, call, quietly};
use std::collections::BTreeMap;

/// Bytes of all live blocks together.
const MOST_BYTES: usize = 8 << 20;
const MOST_BLOCKS: usize = 200;
/// Freed addresses to try again.
const REMEMBERED: usize = 24;
/// Blocks from this size on may be given back to the system at once.
const GIVEN_BACK: usize = 16 << 10;

/// The state of a program.
pub struct World {
    /// The process heap first, then in the order of creation.
    pub heaps: Vec<Heap>,
    pub blocks: Vec<Block>,
    pub objects: Vec<Object>,
    pub freed: Vec<usize>,
    pub destroyed: Vec<usize>,
    pub freed_objects: Vec<usize>,
    /// A block of another allocator's.
    pub foreign: Box<[u8; 512]>,
    /// Blocks of the process heap that were there before, with their sizes: heapmin's own.
    pub residents: BTreeMap<usize, usize>,
    pub new_mode: bool,
    pub new_handler: bool,
    pub debug_flags: i32,
    bytes: usize,
    seed: u8,
}

impl World {
    pub fn new() -> Self {
        told::install();
        let process = quietly(|| GetProcessHeap());
        assert_ne!(process, 0, "there is no process heap");
        let mut world = Self {
            heaps: vec![Heap::new(process, 0, Extent::Growable)],
            blocks: Vec::new(),
            objects: Vec::new(),
            freed: Vec::new(),
            destroyed: Vec::new(),
            freed_objects: Vec::new(),
            foreign: Box::new([0; 512]),
            residents: BTreeMap::new(),
            new_mode: false,
            new_handler: false,
            debug_flags: ALLOC_MEM,
            bytes: 0,
            seed: 0,
        };
        world.find_residents();
        // Nothing leads back from what the program before may have set.
        world.heaps[0].compatibility = information::compatibility(process);
        world
    }

    /// Adds the two heaps that threads share.
    pub fn share(&mut self, growable: usize, fixed: usize, reserve: usize) {
        self.heaps.push(Heap::new(growable, 0, Extent::Growable));
        self.heaps.push(Heap::new(fixed, 0, Extent::Fixed { reserve }));
    }

    /// Counts what the heaps' blocks take anew.
    pub fn recount(&mut self) {
        for heap in &mut self.heaps {
            heap.charged = 0;
            let handle = heap.handle;
            for block in self.blocks.iter().filter(|block| block.heap == handle) {
                heap.count(None, Some(block.base_size));
            }
        }
    }

    /// Learns which blocks of the process heap are heapmin's own.
    pub fn find_residents(&mut self) {
        let process = self.process();
        let busy = walk::busy_blocks(process);
        self.residents = busy
            .into_iter()
            .filter(|&(address, _)| !self.blocks.iter().any(|block| block.base == address))
            .collect();
    }

    pub fn process(&self) -> usize {
        self.heaps[0].handle
    }

    pub fn heap(&self, handle: usize) -> &Heap {
        self.heaps.iter().find(|heap| heap.handle == handle).expect("a block's heap is live")
    }

    pub fn heap_mut(&mut self, handle: usize) -> &mut Heap {
        self.heaps.iter_mut().find(|heap| heap.handle == handle).expect("a block's heap is live")
    }

    /// One of the heaps.
    pub fn pick_heap(&self, choice: Choice) -> usize {
        choice.index(self.heaps.len()).map_or(self.process(), |index| self.heaps[index].handle)
    }

    /// One of the blocks that suit.
    pub fn pick(&self, choice: Choice, suits: impl Fn(&Block) -> bool) -> Option<usize> {
        let suitable = || (0..self.blocks.len()).filter(|&index| suits(&self.blocks[index]));
        suitable().nth(choice.index(suitable().count())?)
    }

    /// The same among plain blocks of the process heap.
    pub fn pick_of_process(&self, choice: Choice) -> Option<usize> {
        let process = self.process();
        self.pick(choice, |block| block.heap == process && block.kind == Kind::Plain)
    }

    /// A size that there is room for, or one that can't be.
    pub fn limited(&self, size: Size) -> usize {
        let Size(bytes) = size;
        if bytes < NO_SUCH_SIZE && bytes > self.room() { bytes % (self.room() + 1) } else { bytes }
    }

    /// Bytes that the program may still allocate at once.
    pub fn room(&self) -> usize {
        (MOST_BYTES.saturating_sub(self.bytes)).max(64)
    }

    pub fn is_full(&self) -> bool {
        self.blocks.len() + self.objects.len() >= MOST_BLOCKS
    }

    pub fn next_seed(&mut self) -> u8 {
        self.seed = self.seed.wrapping_add(1);
        self.seed
    }

    /// Whether a live block of the heap, of whomever, starts there.
    pub fn is_base(&self, heap: usize, address: usize) -> bool {
        self.blocks.iter().any(|block| block.heap == heap && block.base == address)
            || heap == self.process() && self.residents.contains_key(&address)
    }

    /// Takes a new block into the model, which checks it, and fills it.
    #[track_caller]
    pub fn adopt(&mut self, mut block: Block) -> usize {
        for other in &self.blocks {
            assert!(!block.overlaps(other), "{block:x?} overlaps {other:x?}");
        }
        block.check_known();
        let seed = self.next_seed();
        block.fill(seed);
        self.bytes += block.base_size;
        self.heap_mut(block.heap).count(None, Some(block.base_size));
        self.freed.retain(|&address| address != block.address);
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// Takes a block out of the model: what was in it is checked, and spoilt.
    #[track_caller]
    pub fn release(&mut self, index: usize) -> Block {
        let mut block = self.blocks.swap_remove(index);
        block.check();
        block.fill(!block.seed);
        self.bytes -= block.base_size;
        self.heap_mut(block.heap).count(Some(block.base_size), None);
        block
    }

    /// The call after [`World::release`] freed the block.
    #[track_caller]
    pub fn freed(&mut self, block: &Block) {
        let Block { heap, base, base_size, .. } = *block;
        if self.freed.len() == REMEMBERED {
            self.freed.remove(0);
        }
        self.freed.push(block.base);
        if !self.is_base(heap, base) {
            let (is_valid, told) = call(|| HeapValidate(heap, 0, base));
            assert_eq!(is_valid, 0, "a freed block is valid: {block:x?}");
            if base_size < GIVEN_BACK { told.nothing() } else { told.nothing_or(ERROR_NOACCESS) }
        }
    }

    /// Replaces a block by what came of it: its own address or another one.
    #[track_caller]
    pub fn replace(&mut self, index: usize, block: Block) -> usize {
        let old = self.blocks[index].clone();
        self.forget_block(index);
        let (old_base, new_base) = (old.base, block.base);
        let index = self.adopt(block);
        if old_base != new_base {
            self.freed(&old);
        }
        index
    }

    /// A block went by the call before, which is not to be looked at any more.
    pub fn forget_block(&mut self, index: usize) {
        let block = self.blocks.swap_remove(index);
        self.bytes -= block.base_size;
        self.heap_mut(block.heap).count(Some(block.base_size), None);
    }

    /// A moveable object was freed.
    pub fn freed_object(&mut self, handle: usize) {
        if self.freed_objects.len() == REMEMBERED {
            self.freed_objects.remove(0);
        }
        self.freed_objects.push(handle);
    }

    /// A heap was destroyed, with all its blocks.
    pub fn forget_heap(&mut self, handle: usize) {
        self.heaps.retain(|heap| heap.handle != handle);
        let gone: usize = self
            .blocks
            .iter()
            .filter(|block| block.heap == handle)
            .map(|block| block.base_size)
            .sum();
        self.bytes -= gone;
        self.blocks.retain(|block| block.heap != handle);
        if self.destroyed.len() == REMEMBERED {
            self.destroyed.remove(0);
        }
        self.destroyed.push(handle);
    }

    /// Checks everything, frees everything, and checks that nothing is left.
    pub fn end(mut self) {
        for heap in self.heaps.clone() {
            walk::check(&mut self, heap.handle);
        }
        self.leave_no_state();
        while let Some(object) = self.objects.pop() {
            let data = self.pick(Choice::first(), |block| {
                block.kind == Kind::Moveable { handle: object.handle }
            });
            let data = data.map(|index| self.release(index));
            assert_eq!(quietly(|| GlobalFree(object.handle)), 0, "freeing {object:x?}");
            if let Some(data) = data {
                self.freed(&data);
            }
        }
        while let Some(index) = self.blocks.len().checked_sub(1) {
            let block = self.release(index);
            let Block { heap, address, .. } = block;
            match block.kind {
                // Half of them go with their heap.
                Kind::Plain if heap != self.process() && block.seed.is_multiple_of(2) => continue,
                Kind::Plain => assert_eq!(quietly(|| HeapFree(heap, 0, address)), 1),
                Kind::Aligned { .. } => quietly(|| _aligned_free(address)),
                Kind::Stack => quietly(|| _freea(address)),
                Kind::Debug { block_use, .. } => quietly(|| _free_dbg(address, block_use)),
                Kind::DebugAligned { .. } => quietly(|| _aligned_free_dbg(address)),
                Kind::Moveable { .. } => panic!("data of no object: {block:x?}"),
            }
            self.freed(&block);
        }
        while self.heaps.len() > 1 {
            let heap = self.heaps.remove(1);
            assert_eq!(quietly(|| HeapDestroy(heap.handle)), 1, "destroying {heap:x?}");
        }
        self.check_nothing_left();
    }

    /// No block of the process heap is left but those that were there before.
    #[track_caller]
    pub fn check_nothing_left(&self) {
        let process = self.process();
        let mut left = walk::busy_blocks(process);
        left.retain(|(address, size)| self.residents.get(address) != Some(size));
        assert!(left.is_empty(), "blocks of the process heap are left: {left:x?}");
    }

    /// Undoes what isn't a block: locks, modes, handlers, flags.
    fn leave_no_state(&mut self) {
        for heap in &mut self.heaps {
            for _ in 0..std::mem::take(&mut heap.locks) {
                assert_eq!(quietly(|| HeapUnlock(heap.handle)), 1, "unlocking {:#x}", heap.handle);
            }
        }
        assert_eq!(quietly(|| _set_new_mode(0)), i32::from(self.new_mode));
        let handler = quietly(|| _set_new_handler(None));
        assert_eq!(handler.is_some(), self.new_handler, "the new handler");
        assert_eq!(quietly(|| _CrtSetDbgFlag(ALLOC_MEM)), self.debug_flags);
    }
}
