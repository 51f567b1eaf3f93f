//! The model: heaps and their live blocks. Each operation is done in the engine and in the model,
//! and what the engine says must be what the model knows.

use crate::block::{Block, at};
use crate::kit::random::Random;
use crate::walk::{self, Busy};
use heapmin_engine::RefusalKind;
use heapmin_engine::exact::{DamageKind, ExactHeap, ExactOptions, Marks, Request, Resize};
use std::collections::BTreeMap;

/// Bytes of live blocks at most.
const ENOUGH: usize = 64 << 20;

/// Heaps, their blocks, and what decides what happens next.
pub struct World {
    heaps: Vec<ExactHeap>,
    /// By address: no two may overlap, whatever heaps they are of.
    blocks: BTreeMap<usize, Block>,
    /// What other tests have left in the heaps: the process heap is everybody's.
    left: BTreeMap<usize, Vec<Busy>>,
    random: Random,
}

/// What a block of `size` bytes counts for against its heap's limit.
pub fn charge(size: usize) -> usize {
    (size.max(16) + 8).next_multiple_of(16)
}

/// A size at the borders of classes, pages and units, or anywhere.
pub fn size(random: &mut Random) -> usize {
    let near = |random: &mut Random, size: usize| (size + random.below(24)).saturating_sub(12);
    match random.below(100) {
        0..40 => random.below(300),
        40..60 => random.below(5000),
        60..70 => near(random, 32 << 10),
        70..80 => near(random, 64 << 10),
        80..98 => random.below(200 << 10),
        _ => random.below(6 << 20),
    }
}

fn align(random: &mut Random) -> usize {
    match random.below(100) {
        0..75 => 16,
        75..97 => 1 << (4 + random.below(13)),
        _ => 1 << (17 + random.below(4)),
    }
}

impl World {
    /// A world of the process heap and one heap for each of these options.
    pub fn new(options: &[ExactOptions], seed: u64) -> Self {
        let process = ExactHeap::process().expect("a process heap");
        let create = |&options| ExactHeap::create(options).expect("memory for a heap");
        let heaps = [process].into_iter().chain(options.iter().map(create)).collect();
        Self::of(heaps, seed)
    }

    /// A world of these heaps, without any block.
    pub fn of(heaps: Vec<ExactHeap>, seed: u64) -> Self {
        let left = heaps.iter().map(|&heap| (heap.handle(), walk::checked(heap))).collect();
        Self { heaps, blocks: BTreeMap::new(), left, random: Random::new(seed) }
    }

    fn charged(&self, heap: ExactHeap) -> usize {
        self.of_heap(heap).map(|block| charge(block.size)).sum()
    }

    fn of_heap(&self, heap: ExactHeap) -> impl Iterator<Item = &Block> {
        self.blocks.values().filter(move |block| block.heap == heap)
    }

    #[track_caller]
    fn insert(&mut self, block: Block) {
        let range = block.range();
        if let Some((_, other)) = self.blocks.range(..range.end).next_back() {
            assert!(other.range().end <= range.start, "{block:?} overlaps {other:?}");
        }
        self.blocks.insert(range.start, block);
    }

    fn pick(&mut self) -> Option<Block> {
        let address = self.some_address()?;
        self.blocks.remove(&address)
    }

    fn some_address(&mut self) -> Option<usize> {
        let index = self.random.next() as usize;
        self.blocks.keys().nth(index.checked_rem(self.blocks.len())?).copied()
    }

    fn some_heap(&mut self) -> ExactHeap {
        self.heaps[self.random.below(self.heaps.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn marks(&mut self) -> Marks {
        Marks { has_word: self.chance(25), flags: (self.random.next() >> 20) as u8 & 7 }
    }

    /// Does as many operations.
    pub fn steps(&mut self, count: usize) {
        for _ in 0..count {
            match self.random.below(100) {
                0..40 => self.allocate(),
                40..60 => self.resize(),
                60..85 => self.free(),
                85..90 => self.change_marks(),
                90..94 => self.refuse(),
                94..97 => self.overrun(),
                97 => {
                    self.some_heap().trim();
                }
                98 => {
                    ExactHeap::trim_all();
                }
                _ => self.some_heap().fill_free(0xDD),
            }
        }
    }

    fn allocate(&mut self) {
        let heap = self.some_heap();
        let seed = self.random.next();
        let size = size(&mut self.random);
        if self.blocks.values().map(|block| block.size).sum::<usize>() + size > ENOUGH {
            return;
        }
        if heap.is_process() && self.chance(30) {
            return self.insert(Block::of_malloc(size, seed));
        }
        let limit = heap.options().limit;
        let fits = limit == 0 || self.charged(heap) + charge(size) <= limit;
        if self.chance(40) {
            let block = Block::allocate_plain(heap, size, seed);
            assert_eq!(block.is_some(), fits, "{size} bytes in a heap limited to {limit}");
            if let Some(block) = block {
                self.insert(block);
            }
            return;
        }
        let request = Request {
            size,
            align: align(&mut self.random),
            zero: self.chance(40),
            marks: self.marks(),
            unserialized: self.chance(30),
        };
        let block = Block::allocate(heap, &request, seed);
        assert_eq!(block.is_some(), fits, "{request:?} in a heap limited to {limit}");
        if let Some(block) = block {
            self.insert(block);
        }
    }

    fn resize(&mut self) {
        let Some(mut block) = self.pick() else { return };
        let seed = self.random.next();
        let size = match self.random.below(4) {
            0 => size(&mut self.random),
            // Near to what it is: where it is, mostly.
            1 => (block.size + self.random.below(64)).saturating_sub(32),
            2 => self.random.below(block.size + 1),
            _ => block.size + self.random.below(block.size + 100),
        };
        if size > 8 << 20 {
            return self.insert(block);
        }
        if block.heap.is_process() && self.chance(30) {
            block.resize_by_malloc(size, seed);
            return self.insert(block);
        }
        let resize = Resize {
            size,
            align: block.align,
            zero: self.chance(50),
            in_place: self.chance(40),
            unserialized: self.chance(30),
            flags_on_growth: (self.chance(30) && !block.of_malloc)
                .then_some(self.random.below(8) as u8),
        };
        let limit = block.heap.options().limit;
        let others = self.charged(block.heap);
        let fits =
            limit == 0 || charge(size) <= charge(block.size) || others + charge(size) <= limit;
        let (before, of_malloc) = (block.size, block.of_malloc);
        let done = block.resize(&resize, seed);
        if !fits {
            assert!(!done, "{resize:?} of {before} bytes, over the limit of {limit}");
        } else if !resize.in_place || (size <= before && !of_malloc) {
            assert!(done, "{resize:?} of {before} bytes");
        }
        self.insert(block);
    }

    fn free(&mut self) {
        let Some(block) = self.pick() else { return };
        let (heap, address) = (block.heap, block.address);
        if heap.is_process() && self.chance(40) {
            block.free_by_malloc();
        } else {
            block.free_past(self.random.below(2) == 0);
        }
        // SAFETY: nothing has taken memory since, so no block starts there.
        let again = unsafe { heap.free(at(address), false) }.map_err(|refusal| refusal.kind());
        // Its unit may be the thread's new cache by now.
        let kinds = [Err(RefusalKind::AlreadyFree), Err(RefusalKind::ForeignPointer)];
        assert!(kinds.contains(&again), "{address:#x}: {again:?}");
        assert!(heap.size(at(address)).is_err());
    }

    fn change_marks(&mut self) {
        let Some(mut block) = self.pick() else { return };
        let (heap, p) = (block.heap, block.pointer());
        let word = self.random.next() as usize;
        assert_eq!(heap.set_word(p, word), Ok(block.marks.has_word));
        if block.marks.has_word {
            block.word = word;
        }
        if !block.of_malloc {
            let flags = self.random.below(8) as u8;
            assert_eq!(heap.set_flags(p, flags), Ok(()));
            block.marks.flags = flags;
        }
        block.agrees();
        block.check();
        self.insert(block);
    }

    fn refuse(&mut self) {
        let Some(address) = self.some_address() else { return };
        let inside = 1 + self.random.below(self.blocks[&address].size.max(1));
        let heap = self.blocks[&address].heap;
        let other = self.some_heap();
        let wrong =
            [(heap, address + inside), (other, address), (heap, inside), (heap, usize::MAX)];
        for (heap, address) in wrong {
            if self.blocks.get(&address).is_some_and(|block| block.heap == heap) {
                continue;
            }
            let p = at(address);
            // SAFETY: no block of the heap's starts there: the heap is to notice.
            assert!(unsafe { heap.free(p, false) }.is_err(), "{address:#x}");
            // SAFETY: as above.
            assert!(unsafe { heap.reallocate(p, &Resize::plain(50)) }.is_err(), "{address:#x}");
            assert!(heap.size(p).is_err() && heap.check(p).is_err(), "{address:#x}");
            assert!(heap.marks(p).is_err() && heap.word(p).is_err(), "{address:#x}");
            assert!(heap.set_flags(p, 1).is_err() && heap.set_word(p, 1).is_err(), "{address:#x}");
        }
    }

    /// Writes a byte behind a block, and takes it back.
    fn overrun(&mut self) {
        let Some(address) = self.some_address() else { return };
        let block = &self.blocks[&address];
        if block.of_malloc {
            return;
        }
        let (heap, p) = (block.heap, block.pointer());
        let behind = p.wrapping_add(block.size);
        // SAFETY: a sized block has 8 bytes or more behind it that only the heap uses.
        let was = unsafe { behind.read() };
        // SAFETY: as above.
        unsafe { behind.write(was ^ 0x10) };
        // SAFETY: refused, so the block stays.
        let freed = unsafe { heap.free(p, false) }.map_err(|refusal| refusal.kind());
        assert_eq!(freed, Err(RefusalKind::Damaged), "{block:?}");
        // SAFETY: as above.
        let resized = unsafe { heap.reallocate(p, &Resize::plain(block.size)) };
        assert_eq!(resized.map_err(|refusal| refusal.kind()), Err(RefusalKind::Damaged));
        assert_eq!(heap.check(p).map_err(|refusal| refusal.kind()), Err(RefusalKind::Damaged));
        let damage = heap.validate().map(|damage| (damage.kind, damage.address));
        assert_eq!(damage, Some((DamageKind::Tail, address)), "{block:?}");
        // SAFETY: as above.
        unsafe { behind.write(was) };
        block.agrees();
    }

    /// Checks every heap and every block.
    #[track_caller]
    pub fn check(&self) {
        for &heap in &self.heaps {
            assert_eq!(heap.validate(), None);
            let mut blocks: Vec<Busy> = self
                .of_heap(heap)
                .map(|block| Busy {
                    address: block.address,
                    size: block.size,
                    marks: block.marks,
                    word: block.word,
                })
                .collect();
            blocks.extend(&self.left[&heap.handle()]);
            blocks.sort_by_key(|busy| busy.address);
            assert_eq!(walk::checked(heap), blocks);
        }
        for block in self.blocks.values() {
            block.agrees();
            block.check();
        }
    }

    /// Frees all blocks; the heaps stay.
    pub fn free_all(self) {
        self.blocks.into_values().for_each(Block::free);
        for heap in self.heaps {
            let left = self.left[&heap.handle()].len();
            assert_eq!((heap.validate(), heap.summary().blocks), (None, left));
        }
    }

    /// Frees half of the blocks, and destroys the heaps with what is left.
    pub fn end(mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        for (index, block) in blocks.into_values().enumerate() {
            if block.heap.is_process() || index % 2 == 0 {
                block.free();
            }
        }
        for heap in self.heaps {
            assert_eq!(heap.validate(), None);
            // SAFETY: the blocks were forgotten, and nobody else knows the heap.
            assert_eq!(unsafe { heap.destroy() }, !heap.is_process());
        }
    }
}
