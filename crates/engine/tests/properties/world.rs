//! The model: every heap with its live blocks, by address. Each operation is done in the engine
//! and in the model, and what the engine says must be what the model knows.

use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::op::{Op, Wrong};
use heapmin_engine::RefusalKind;
use std::collections::BTreeMap;

/// Bytes of live blocks at most, so that a long run stays small.
const ENOUGH: usize = 256 << 20;

/// The model.
pub struct World {
    /// The process heap first.
    pub heaps: Vec<Target>,
    blocks: BTreeMap<usize, Block>,
    /// Addresses freed since memory was last taken: nobody can have them yet.
    freed: Vec<(Target, usize)>,
    /// Whether no other thread takes memory of the process's, so that what is free stays so.
    alone: bool,
    seed: u64,
}

impl World {
    /// A world of these heaps, without any block.
    pub fn new(heaps: Vec<Target>, alone: bool, seed: u64) -> Self {
        Self { heaps, blocks: BTreeMap::new(), freed: Vec::new(), alone, seed: seed << 32 }
    }

    fn next_seed(&mut self) -> u64 {
        self.seed += 1;
        self.seed
    }

    fn bytes(&self) -> usize {
        self.blocks.values().map(|block| block.usable).sum()
    }

    /// Live blocks and bytes of a heap.
    pub fn live(&self, heap: Target) -> (usize, usize) {
        let mine = || self.blocks.values().filter(|block| block.heap.is(heap));
        (mine().count(), mine().map(|block| block.usable).sum())
    }

    fn insert(&mut self, block: Block) {
        let range = block.range();
        let before = self.blocks.range(..range.end).next_back();
        if let Some((_, other)) = before {
            assert!(other.range().end <= range.start, "{block:?} overlaps {other:?}");
        }
        self.blocks.insert(range.start, block);
    }

    fn pick(&mut self, pick: usize) -> Option<Block> {
        let address = *self.blocks.keys().nth(pick.checked_rem(self.blocks.len())?)?;
        self.blocks.remove(&address)
    }

    /// Does one operation in one heap.
    pub fn apply(&mut self, heap: usize, op: &Op) {
        let target = self.heaps[heap % self.heaps.len()];
        match *op {
            Op::Allocate { size, align, zeroed } => self.allocate(target, size, align, zeroed),
            Op::AllocateMany { size, count } => {
                (0..count).for_each(|_| self.allocate(target, size, 1, false));
            }
            Op::AllocateAbsurd { size, align } => {
                assert!(target.allocate(size, align, false).is_null());
                assert!(target.allocate(size, align, true).is_null());
            }
            Op::Reallocate { pick, size } => self.change(pick, |block, seed| {
                assert!(block.reallocate(size, seed), "memory for {block:?}");
            }),
            Op::ReallocateAbsurd { pick } => self.change(pick, |block, seed| {
                assert!(!block.reallocate(usize::MAX - 100, seed));
            }),
            Op::ResizeInPlace { pick, size } => self.change(pick, |block, seed| {
                block.resize_in_place(size, seed);
            }),
            Op::Free { pick } => self.free_one(pick),
            Op::FreeMany { pick, every, count } => {
                (0..count).for_each(|index| self.free_one(pick.wrapping_add(index * (every - 1))));
            }
            Op::FreeAgain => self.free_again(),
            Op::Refuse { pick, wrong } => self.refuse(pick, wrong),
            Op::Trim => {
                let trimmed = target.trim();
                let released = trimmed.resident_before.saturating_sub(trimmed.resident_after);
                assert_eq!(trimmed.released, released);
            }
            Op::CreateHeap => {
                self.freed.clear();
                self.heaps.push(Target::create());
            }
            Op::DestroyHeap { pick } => self.destroy(pick),
            Op::ChangeHelper => {}
        }
    }

    fn allocate(&mut self, heap: Target, size: usize, align: usize, zeroed: bool) {
        if self.bytes() + size > ENOUGH {
            return;
        }
        self.freed.clear();
        let seed = self.next_seed();
        let block = Block::allocate(heap, size, align, zeroed, seed);
        self.insert(block.unwrap_or_else(|| panic!("no memory for {size} bytes at {align}")));
    }

    fn change(&mut self, pick: usize, change: impl FnOnce(&mut Block, u64)) {
        self.freed.clear();
        let seed = self.next_seed();
        if let Some(mut block) = self.pick(pick) {
            change(&mut block, seed);
            self.insert(block);
        }
    }

    fn free_one(&mut self, pick: usize) {
        if let Some(block) = self.pick(pick) {
            self.freed.push((block.heap, block.address().addr()));
            block.free();
        }
    }

    fn free_again(&self) {
        if self.alone {
            for &(heap, address) in &self.freed {
                refused(heap, address, &[RefusalKind::AlreadyFree]);
            }
        }
    }

    fn refuse(&self, pick: usize, wrong: Wrong) {
        let Some(index) = pick.checked_rem(self.blocks.len()) else { return };
        let Some(block) = self.blocks.values().nth(index) else { return };
        let start = block.address().addr();
        let local = [0u64; 4];
        static STATIC: [u64; 4] = [0; 4];
        match wrong {
            Wrong::Inside { granules } => {
                let inside = granules % block.usable.div_ceil(16) * 16;
                if inside > 0 {
                    refused(block.heap, start + inside, &[RefusalKind::InteriorPointer]);
                }
            }
            Wrong::Unaligned { bytes } => refused(
                block.heap,
                start + bytes,
                &[RefusalKind::InteriorPointer, RefusalKind::Misaligned],
            ),
            Wrong::OfAnotherHeap => {
                for &other in self.heaps.iter().filter(|other| !other.is(block.heap)) {
                    refused(other, start, &[RefusalKind::OtherHeap]);
                }
            }
            Wrong::OnTheStack => {
                let address = local.as_ptr().addr().next_multiple_of(16);
                refused(block.heap, address, &[RefusalKind::ForeignPointer]);
            }
            Wrong::Static => {
                let address = STATIC.as_ptr().addr().next_multiple_of(16);
                refused(block.heap, address, &[RefusalKind::ForeignPointer]);
            }
            Wrong::NearNull => refused(block.heap, 16, &[RefusalKind::ForeignPointer]),
            Wrong::Kernel => refused(block.heap, usize::MAX - 15, &[RefusalKind::ForeignPointer]),
        }
        block.check();
    }

    fn destroy(&mut self, pick: usize) {
        if self.heaps.len() < 2 {
            return;
        }
        let heap = self.heaps.remove(1 + pick % (self.heaps.len() - 1));
        self.blocks.retain(|_, block| !block.heap.is(heap));
        self.freed.retain(|(of, _)| !of.is(heap));
        // SAFETY: the model has forgotten the heap and its blocks; the other thread of the test
        // is waiting, and learns of heaps only from the model.
        unsafe { heap.destroy() };
    }

    /// Compares what a heap says of itself with the model, less what it held before.
    pub fn check_statistics(&self, heap: Target, before: (usize, usize)) {
        let said = heap.statistics();
        let (blocks, bytes) = self.live(heap);
        assert_eq!(said.live_blocks, blocks + before.0, "live blocks of {heap:?}");
        assert_eq!(said.live_bytes, bytes + before.1, "live bytes of {heap:?}");
        assert!(said.committed_bytes >= said.live_bytes, "{said:?}");
        assert!(said.mapped_bytes >= said.committed_bytes, "{said:?}");
        for class in &said.classes {
            assert_eq!(class.live_bytes, class.live_blocks * class.block_size);
        }
    }

    /// Checks every live block's contents.
    pub fn check_contents(&self) {
        self.blocks.values().for_each(Block::check);
    }

    /// Frees everything that is left, and the private heaps.
    pub fn end(mut self) {
        while let Some((_, block)) = self.blocks.pop_first() {
            block.free();
        }
        while self.heaps.len() > 1 {
            self.check_statistics(self.heaps[1], (0, 0));
            self.destroy(0);
        }
    }
}

/// Checks that a heap refuses an address in each function that takes one, for the right reason.
#[track_caller]
pub fn refused(heap: Target, address: usize, kinds: &[RefusalKind]) {
    let p = std::ptr::with_exposed_provenance_mut::<u8>(address);
    let answers = [
        // SAFETY: no block that anybody uses starts there: the heap is to notice.
        ("free", unsafe { heap.free(p) }.err()),
        // SAFETY: as above.
        ("reallocate", unsafe { heap.reallocate(p, 100, 1) }.err()),
        // SAFETY: as above.
        ("resize_in_place", unsafe { heap.resize_in_place(p, 1) }.err()),
        ("usable_size", heap.usable_size(p).err()),
    ];
    for (function, answer) in answers {
        let refusal = answer.unwrap_or_else(|| panic!("{function}({address:#x}) was not refused"));
        assert!(kinds.contains(&refusal.kind()), "{function}: {refusal} instead of {kinds:?}");
        assert_eq!(refusal.address(), address, "{function}");
        assert!(refusal.to_string().contains(&format!("{address:#x}")), "{function}: {refusal}");
    }
}
