//! A live block: owned by value, filled with a pattern that shows any foreign write.

use super::target::Target;

/// Blocks up to this size are filled and checked byte by byte; of larger ones both ends are, and
/// a word in each page.
const WHOLE_UP_TO: usize = 8 << 10;
/// Bytes at both ends of larger blocks.
const ENDS: usize = 1 << 10;
/// Distance of the words between the ends: a page on most systems.
const STEP: usize = 4 << 10;

/// A live block. Neither `Clone` nor `Copy`: holding it is the right to its bytes, and dropping
/// it without [`Block::free`] leaks it, as tests of destroyed heaps want it.
#[derive(Debug)]
pub struct Block {
    /// The heap that it is of.
    pub heap: Target,
    address: *mut u8,
    /// Bytes asked for.
    pub size: usize,
    /// Bytes that the heap says may be used: what the pattern fills.
    pub usable: usize,
    /// Alignment asked for.
    pub align: usize,
    seed: u64,
}

// SAFETY: the block's bytes belong to whoever holds the `Block`.
unsafe impl Send for Block {}

impl Block {
    /// Allocates a block, checks what was promised of it, and fills it. `None`: out of memory.
    pub fn allocate(
        heap: Target,
        size: usize,
        align: usize,
        zeroed: bool,
        seed: u64,
    ) -> Option<Self> {
        let address = heap.allocate(size, align, zeroed);
        if address.is_null() {
            return None;
        }
        let mut block = Self { heap, address, size, usable: 0, align, seed };
        block.look();
        if zeroed {
            let zero = [0; 4096];
            let mut parts = block.bytes()[..size].chunks(zero.len());
            // Slices are compared at once: byte by byte would take unoptimised tests minutes.
            assert!(
                parts.all(|part| *part == zero[..part.len()]),
                "a zeroed block isn't zero: {block:?}"
            );
        }
        block.fill(seed);
        Some(block)
    }

    /// The block's address.
    pub fn address(&self) -> *mut u8 {
        self.address
    }

    /// Gives the block up without freeing it.
    pub fn into_address(self) -> *mut u8 {
        self.address
    }

    /// The addresses that it takes; one of size 0 still takes its address.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.address.addr()..self.address.addr() + self.usable.max(1)
    }

    /// Asks the heap for the usable size, and checks it and the alignment.
    fn look(&mut self) {
        self.usable = self.heap.usable_size(self.address).expect("a live block has a size");
        assert!(self.usable >= self.size, "too short: {self:?}");
        assert!(self.address.addr().is_multiple_of(self.align.max(16)), "not aligned: {self:?}");
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: a live block of `usable` bytes that this value owns; the heap commits all of
        // it, and any byte value is a valid `u8`.
        unsafe { std::slice::from_raw_parts(self.address, self.usable) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` makes it exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.address, self.usable) }
    }

    /// Fills the block with the pattern of a seed.
    pub fn fill(&mut self, seed: u64) {
        self.seed = seed;
        let bytes = self.bytes_mut();
        let length = bytes.len();
        for part in parts(length) {
            for at in part {
                bytes[at] = pattern(seed, at);
            }
        }
    }

    /// Checks that nobody else has written into the block.
    #[track_caller]
    pub fn check(&self) {
        self.check_first(self.usable, self.usable);
    }

    /// Checks the first `kept` bytes of what was filled when `filled` bytes were usable.
    #[track_caller]
    fn check_first(&self, filled: usize, kept: usize) {
        for part in parts(filled) {
            let part = part.start.min(kept)..part.end.min(kept);
            let mut found = part.clone().zip(&self.bytes()[part]);
            if let Some((at, byte)) = found.find(|&(at, &byte)| byte != pattern(self.seed, at)) {
                panic!("byte {at} was overwritten with {byte:#x}: {self:?}");
            }
        }
    }

    /// Makes the block `size` bytes long with its contents kept. `false`: out of memory, and the
    /// block is as it was.
    #[track_caller]
    pub fn reallocate(&mut self, size: usize, seed: u64) -> bool {
        // SAFETY: this value owns the block, and takes the new address if there is one.
        let moved = unsafe { self.heap.reallocate(self.address, size, self.align) };
        let moved = moved.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
        if moved.is_null() {
            self.check();
            return false;
        }
        self.address = moved;
        self.becomes(size, seed);
        true
    }

    /// Makes the block `size` bytes long where it is. `false`: not possible, it is as it was.
    #[track_caller]
    pub fn resize_in_place(&mut self, size: usize, seed: u64) -> bool {
        // SAFETY: this value owns the block; the size is asked for afresh below.
        let done = unsafe { self.heap.resize_in_place(self.address, size) };
        let done = done.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
        if done {
            self.becomes(size, seed);
        } else {
            self.check();
        }
        done
    }

    #[track_caller]
    fn becomes(&mut self, size: usize, seed: u64) {
        let before = self.usable;
        self.size = size;
        self.look();
        self.check_first(before, before.min(size));
        self.fill(seed);
    }

    /// Checks the block and frees it.
    #[track_caller]
    pub fn free(self) {
        self.check();
        // SAFETY: this value owns the block and ends here.
        let freed = unsafe { self.heap.free(self.address) };
        freed.unwrap_or_else(|refusal| panic!("{refusal}: {self:?}"));
    }
}

/// The byte at a place of the pattern.
fn pattern(seed: u64, at: usize) -> u8 {
    let mixed = (seed ^ (at as u64 >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed >> (8 * (at & 3) + 24)) as u8
}

/// The parts of a block that are filled, in order.
fn parts(length: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (head, tail) = if length <= WHOLE_UP_TO { (length, length) } else { (ENDS, length - ENDS) };
    let between = (head..tail).step_by(STEP).map(move |at| at..(at + 8).min(tail));
    std::iter::once(0..head).chain(between).chain(std::iter::once(tail..length))
}
